"""PyTorch on the CPU: torch.nn.functional."""

from typing import Any

import torch
from torch.nn import functional

from cnnspec.kit.calls import Array, Unsupported
from cnnspec.targets.conventions import converted, two
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
    """(H, W, C) as (C, H, W), (N, K, K, C) as (N, C, K, K); as strided as the array was."""
    whole = tensor(array)
    whole = whole.movedim(-1, first)
    return whole.contiguous() if array.flags.c_contiguous else whole


def maps_of(images: Array) -> torch.Tensor:
    """(H, W, C) as (1, C, H, W), and a batch (B, H, W, C) as (B, C, H, W)."""
    maps = channels_first(images, images.ndim - 3)
    return maps if images.ndim == 4 else maps[None]


def as_given(maps: torch.Tensor, images: Array) -> Array:
    """Maps (B, N, H, W) with channels last, and without the axis B if the images had none."""
    last = maps.movedim(1, -1).numpy()
    return last if images.ndim == 4 else last[0]


def of_conv(padding: Any, stride: Any) -> Any:
    """Padding as conv2d takes it. Raises Unsupported for what it cannot say."""
    if isinstance(padding, str) and any(step != 1 for step in two("stride", stride)):
        return converted("padding", "pair", 0) if padding == "valid" else unsupported(padding)
    return converted("padding", "same/valid" if isinstance(padding, str) else "pair", padding)


def of_pooling(padding: Any, size: Any) -> Any:
    """Padding as poolings take it: at most half of the window. Raises Unsupported for the rest."""
    if isinstance(padding, str):
        return 0 if padding == "valid" else unsupported(padding)
    both = converted("padding", "pair", padding)
    if any(n > most // 2 >= 0 for n, most in zip(both, two("size", size), strict=True)):
        raise Unsupported("padding of more than half of the window")
    return both


def unsupported(word: str) -> Any:
    """Raise Unsupported for a word."""
    raise Unsupported(f"padding {word}")


@common.takes_batches
def conv(
    image: Array,
    filters: Array,
    bias: Array | None = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Array:
    """functional.conv2d."""
    common.floats(dtypes, image, filters, *([] if bias is None else [bias]))
    image, filters = common.ranked(image, filters, batch=True)
    added = None if bias is None else tensor(bias)
    padded = of_conv(padding, stride)
    x, w = maps_of(image), channels_first(filters, 1)
    return as_given(functional.conv2d(x, w, added, stride, padded, dilation, groups), image)


def relu(feature_map: Array) -> Array:
    """functional.relu."""
    if feature_map.dtype.name in WITHOUT:
        raise Unsupported(f"arrays of {feature_map.dtype.name}")
    return functional.relu(tensor(feature_map)).numpy()


@common.takes_batches
def pooling(
    feature_map: Array,
    size: Any = 2,
    stride: Any = 2,
    padding: Any = 0,
    dilation: Any = 1,
    ceil: bool = False,
) -> Array:
    """functional.max_pool2d."""
    if feature_map.dtype.name in WITHOUT:
        raise Unsupported(f"arrays of {feature_map.dtype.name}")
    common.require_maps(feature_map)
    padded, x = of_pooling(padding, size), maps_of(feature_map)
    return as_given(functional.max_pool2d(x, size, stride, padded, dilation, ceil), feature_map)


@common.takes_batches
def average_pooling(
    feature_map: Array,
    size: Any,
    stride: Any,
    padding: Any = 0,
    ceil: bool = False,
    count_padding: bool = False,
) -> Array:
    """functional.avg_pool2d."""
    common.floats(dtypes, feature_map)
    common.require_maps(feature_map)
    padded, x = of_pooling(padding, size), maps_of(feature_map)
    made = functional.avg_pool2d(x, size, stride, padded, ceil, count_padding)
    return as_given(made, feature_map)
