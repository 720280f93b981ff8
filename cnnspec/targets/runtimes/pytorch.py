"""PyTorch on the CPU: torch.nn.functional."""

import torch
from torch.nn import functional

from cnnspec.kit.calls import Array, Unsupported
from cnnspec.targets.runtimes import common

dtypes = ("float64", "float32", "float16")
WITHOUT = ("uint16", "uint32", "uint64", "bool")
"""Dtypes for which there are no kernels."""

if common.threads():
    torch.set_num_threads(common.threads())


def tensor(array: Array) -> torch.Tensor:
    """The same memory where PyTorch can hold it: strides from zero on, native byte order."""
    native = array.dtype.isnative and array.flags.aligned and array.flags.writeable
    if not native or any(step < 0 for step in array.strides):
        array = common.packed(array)
    return torch.from_numpy(array)


def channels_first(array: Array, first: int) -> torch.Tensor:
    """(H, W, C) as (1, C, H, W), (N, K, K, C) as (N, C, K, K); as strided as the array was."""
    whole = tensor(array)
    whole = whole.movedim(-1, first)
    return whole.contiguous() if array.flags.c_contiguous else whole


def conv(image: Array, filters: Array) -> Array:
    """functional.conv2d."""
    common.floats(dtypes, image, filters)
    image, filters = common.ranked(image, filters)
    maps = functional.conv2d(channels_first(image, 0)[None], channels_first(filters, 1))
    return maps[0].movedim(0, -1).numpy()


def relu(feature_map: Array) -> Array:
    """functional.relu."""
    if feature_map.dtype.name in WITHOUT:
        raise Unsupported(f"arrays of {feature_map.dtype.name}")
    return functional.relu(tensor(feature_map)).numpy()


def pooling(feature_map: Array, size: int = 2, stride: int = 2) -> Array:
    """functional.max_pool2d."""
    if feature_map.dtype.name in WITHOUT:
        raise Unsupported(f"arrays of {feature_map.dtype.name}")
    common.rank_3(feature_map)
    maps = functional.max_pool2d(channels_first(feature_map, 0)[None], size, stride)
    return maps[0].movedim(0, -1).numpy()


def average_pooling(feature_map: Array, size: int, stride: int) -> Array:
    """functional.avg_pool2d."""
    common.floats(dtypes, feature_map)
    common.rank_3(feature_map)
    maps = functional.avg_pool2d(channels_first(feature_map, 0)[None], size, stride)
    return maps[0].movedim(0, -1).numpy()
