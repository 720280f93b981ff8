"""tinygrad, on the device that it finds or that its environment variables name."""

from tinygrad import Tensor

from cnnspec.kit.calls import Array
from cnnspec.targets.runtimes import common

dtypes = ("float64", "float32", "float16")


def conv(image: Array, filters: Array) -> Array:
    """Tensor.conv2d of (1, C, H, W) and (N, C, K, K)."""
    common.floats(dtypes, image, filters)
    image, filters = common.ranked(image, filters)
    x = Tensor(common.packed(image.transpose(2, 0, 1))[None])
    w = Tensor(common.packed(filters.transpose(0, 3, 1, 2)))
    return x.conv2d(w)[0].permute(1, 2, 0).numpy()


def relu(feature_map: Array) -> Array:
    """Tensor.relu."""
    return Tensor(common.packed(feature_map)).relu().numpy()


def pooling(feature_map: Array, size: int = 2, stride: int = 2) -> Array:
    """Tensor.max_pool2d of (1, C, H, W)."""
    common.floats(dtypes, feature_map)
    common.rank_3(feature_map)
    x = Tensor(common.packed(feature_map.transpose(2, 0, 1))[None])
    return x.max_pool2d((size, size), stride)[0].permute(1, 2, 0).numpy()


def average_pooling(feature_map: Array, size: int, stride: int) -> Array:
    """Tensor.avg_pool2d of (1, C, H, W)."""
    common.floats(dtypes, feature_map)
    common.rank_3(feature_map)
    x = Tensor(common.packed(feature_map.transpose(2, 0, 1))[None])
    return x.avg_pool2d((size, size), stride)[0].permute(1, 2, 0).numpy()
