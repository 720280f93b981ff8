"""TensorFlow on the CPU: tf.nn."""

import tensorflow as tf

from cnnspec.kit.calls import Array
from cnnspec.targets.runtimes import common

dtypes = ("float64", "float32", "float16")

if common.threads():
    tf.config.threading.set_intra_op_parallelism_threads(common.threads())


def tensor(array: Array) -> tf.Tensor:
    """A tensor of the array's dtype; some operations would take an array itself as float32."""
    return tf.constant(common.packed(array))


def conv(image: Array, filters: Array) -> Array:
    """tf.nn.conv2d of (1, H, W, C) and (K, K, C, N)."""
    common.floats(dtypes, image, filters)
    image, filters = common.ranked(image, filters)
    bank = tensor(filters.transpose(1, 2, 3, 0))
    return tf.nn.conv2d(tensor(image[None]), bank, 1, "VALID").numpy()[0]


def relu(feature_map: Array) -> Array:
    """tf.nn.relu."""
    common.floats((*dtypes, "int8", "int16", "int32", "int64", "uint8", "uint16"), feature_map)
    return tf.nn.relu(tensor(feature_map)).numpy()


def pooling(feature_map: Array, size: int = 2, stride: int = 2) -> Array:
    """tf.nn.max_pool2d of (1, H, W, C)."""
    common.floats(dtypes, feature_map)
    common.rank_3(feature_map)
    return tf.nn.max_pool2d(tensor(feature_map[None]), size, stride, "VALID").numpy()[0]


def average_pooling(feature_map: Array, size: int, stride: int) -> Array:
    """tf.nn.avg_pool2d of (1, H, W, C)."""
    common.floats(dtypes, feature_map)
    common.rank_3(feature_map)
    return tf.nn.avg_pool2d(tensor(feature_map[None]), size, stride, "VALID").numpy()[0]
