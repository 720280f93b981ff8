"""TensorFlow on the CPU: tf.nn."""

from typing import Any

import tensorflow as tf

from cnnspec.kit.calls import Array
from cnnspec.targets.conventions import converted, sides
from cnnspec.targets.runtimes import common

dtypes = ("float64", "float32", "float16")

if common.threads():
    tf.config.threading.set_intra_op_parallelism_threads(common.threads())


def tensor(array: Array) -> tf.Tensor:
    """A tensor of the array's dtype; some operations would take an array itself as float32."""
    return tf.constant(common.packed(array))


def padded(padding: Any) -> Any:
    """Padding as a word, or as four pairs: of images, rows, columns and channels."""
    if isinstance(padding, str):
        return converted("padding", "SAME/VALID", padding)
    rows, columns = sides("padding", padding)
    return [(0, 0), rows, columns, (0, 0)]


def as_given(maps: tf.Tensor, images: Array) -> Array:
    """Maps (B, H, W, N), without the axis B if the images had none."""
    return maps.numpy() if images.ndim == 4 else maps.numpy()[0]


@common.takes_batches
def conv(
    image: Array, filters: Array, stride: Any = 1, padding: Any = "valid", dilation: Any = 1
) -> Array:
    """tf.nn.conv2d of (B, H, W, C) and (K, K, C, N). It has no bias, and no number of groups."""
    common.floats(dtypes, image, filters)
    image, filters = common.ranked(image, filters, batch=True)
    x, bank = tensor(common.batched(image)), tensor(filters.transpose(1, 2, 3, 0))
    return as_given(tf.nn.conv2d(x, bank, stride, padded(padding), dilations=dilation), image)


def relu(feature_map: Array) -> Array:
    """tf.nn.relu."""
    common.floats((*dtypes, "int8", "int16", "int32", "int64", "uint8", "uint16"), feature_map)
    return tf.nn.relu(tensor(feature_map)).numpy()


@common.takes_batches
def pooling(feature_map: Array, size: Any = 2, stride: Any = 2, padding: Any = "valid") -> Array:
    """tf.nn.max_pool2d of (B, H, W, C)."""
    common.floats(dtypes, feature_map)
    x = tensor(common.batched(feature_map))
    return as_given(tf.nn.max_pool2d(x, size, stride, padded(padding)), feature_map)


@common.takes_batches
def average_pooling(feature_map: Array, size: Any, stride: Any, padding: Any = "valid") -> Array:
    """tf.nn.avg_pool2d of (B, H, W, C). It takes padding in words alone."""
    common.floats(dtypes, feature_map)
    word = converted("padding", "SAME/VALID", padding)
    x = tensor(common.batched(feature_map))
    return as_given(tf.nn.avg_pool2d(x, size, stride, word), feature_map)
