"""tinygrad, on the device that it finds or that its environment variables name."""

from typing import Any

import numpy as np
from tinygrad import Tensor

from cnnspec.kit.calls import Array, Unsupported
from cnnspec.targets.conventions import converted, two
from cnnspec.targets.runtimes import common

dtypes = ("float64", "float32", "float16")


def maps_of(images: Array) -> Tensor:
    """(H, W, C) as (1, C, H, W), and a batch (B, H, W, C) as (B, C, H, W)."""
    return Tensor(common.packed(np.moveaxis(common.batched(images), -1, 1)))


def as_given(maps: Tensor, images: Array) -> Array:
    """Maps (B, N, H, W) with channels last, and without the axis B if the images had none."""
    last = maps.permute(0, 2, 3, 1)
    return (last if images.ndim == 4 else last[0]).numpy()


def padded(padding: Any) -> tuple[Any, ...]:
    """Padding as (left, right, top, bottom). Raises Unsupported for a word but "valid"."""
    if isinstance(padding, str):
        if padding != "valid":
            raise Unsupported(f"padding {padding}")
        padding = 0
    return tuple(converted("padding", "left-right-top-bottom", padding))


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
    """Tensor.conv2d of (B, C, H, W) and (N, C, K, K)."""
    common.floats(dtypes, image, filters, *([] if bias is None else [bias]))
    image, filters = common.ranked(image, filters, batch=True)
    w = Tensor(common.packed(filters.transpose(0, 3, 1, 2)))
    added = None if bias is None else Tensor(common.packed(bias))
    steps = two("stride", stride), two("dilation", dilation), padded(padding)
    return as_given(maps_of(image).conv2d(w, added, groups, *steps), image)


def relu(feature_map: Array) -> Array:
    """Tensor.relu."""
    return Tensor(common.packed(feature_map)).relu().numpy()


@common.takes_batches
def pooling(
    feature_map: Array,
    size: Any = 2,
    stride: Any = 2,
    padding: Any = 0,
    dilation: Any = 1,
    ceil: bool = False,
) -> Array:
    """Tensor.max_pool2d of (B, C, H, W)."""
    common.floats(dtypes, feature_map)
    steps = two("size", size), two("stride", stride), two("dilation", dilation)
    return as_given(maps_of(feature_map).max_pool2d(*steps, padded(padding), ceil), feature_map)


@common.takes_batches
def average_pooling(
    feature_map: Array,
    size: Any,
    stride: Any,
    padding: Any = 0,
    ceil: bool = False,
    count_padding: bool = False,
) -> Array:
    """Tensor.avg_pool2d of (B, C, H, W)."""
    common.floats(dtypes, feature_map)
    sizes = two("size", size), two("stride", stride)
    divisor = {"ceil_mode": ceil, "count_include_pad": count_padding}
    made = maps_of(feature_map).avg_pool2d(*sizes, padding=padded(padding), **divisor)
    return as_given(made, feature_map)
