"""PaddlePaddle on the CPU: paddle.nn.functional."""

import paddle
from paddle.nn import functional

from cnnspec.kit.calls import Array
from cnnspec.targets.runtimes import common

dtypes = ("float64", "float32")

paddle.set_device("cpu")


def conv(image: Array, filters: Array) -> Array:
    """functional.conv2d of (1, C, H, W) and (N, C, K, K)."""
    common.floats(dtypes, image, filters)
    image, filters = common.ranked(image, filters)
    x = paddle.to_tensor(common.packed(image.transpose(2, 0, 1))[None])
    w = paddle.to_tensor(common.packed(filters.transpose(0, 3, 1, 2)))
    return functional.conv2d(x, w).numpy()[0].transpose(1, 2, 0)


def relu(feature_map: Array) -> Array:
    """functional.relu."""
    common.floats(dtypes, feature_map)
    return functional.relu(paddle.to_tensor(common.packed(feature_map))).numpy()


def pooling(feature_map: Array, size: int = 2, stride: int = 2) -> Array:
    """functional.max_pool2d of (1, C, H, W)."""
    common.floats(dtypes, feature_map)
    common.rank_3(feature_map)
    x = paddle.to_tensor(common.packed(feature_map.transpose(2, 0, 1))[None])
    return functional.max_pool2d(x, size, stride).numpy()[0].transpose(1, 2, 0)


def average_pooling(feature_map: Array, size: int, stride: int) -> Array:
    """functional.avg_pool2d of (1, C, H, W)."""
    common.floats(dtypes, feature_map)
    common.rank_3(feature_map)
    x = paddle.to_tensor(common.packed(feature_map.transpose(2, 0, 1))[None])
    return functional.avg_pool2d(x, size, stride).numpy()[0].transpose(1, 2, 0)
