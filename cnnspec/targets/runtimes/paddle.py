"""PaddlePaddle on the CPU: paddle.nn.functional."""

import paddle
from paddle.nn import functional

from cnnspec.targets.calls import Array
from cnnspec.targets.runtimes import common

dtypes = ("float64", "float32")

paddle.set_device("cpu")


def conv(image: Array, filters: Array) -> Array:
    """functional.conv2d of (1, C, H, W) and (N, C, K, K)."""
    common.floats(dtypes, image, filters)
    if image.ndim == 2 and filters.ndim == 3:
        image, filters = image[..., None], filters[..., None]
    if (image.ndim, filters.ndim) != (3, 4):
        raise ValueError(f"an image of rank {image.ndim}, filters of rank {filters.ndim}")
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
    if feature_map.ndim != 3:
        raise ValueError(f"a map of rank {feature_map.ndim}")
    x = paddle.to_tensor(common.packed(feature_map.transpose(2, 0, 1))[None])
    return functional.max_pool2d(x, size, stride).numpy()[0].transpose(1, 2, 0)
