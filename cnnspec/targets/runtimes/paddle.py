"""PaddlePaddle on the CPU: paddle.nn.functional."""

from typing import Any

import numpy as np
import paddle
from paddle.nn import functional

from cnnspec.kit.calls import Array
from cnnspec.targets.conventions import converted, two
from cnnspec.targets.runtimes import common

dtypes = ("float64", "float32")

paddle.set_device("cpu")


def maps_of(images: Array) -> paddle.Tensor:
    """(H, W, C) as (1, C, H, W), and a batch (B, H, W, C) as (B, C, H, W)."""
    return paddle.to_tensor(common.packed(np.moveaxis(common.batched(images), -1, 1)))


def as_given(maps: paddle.Tensor, images: Array) -> Array:
    """Maps (B, N, H, W) with channels last, and without the axis B if the images had none."""
    last = np.moveaxis(maps.numpy(), 1, -1)
    return last if images.ndim == 4 else last[0]


def padded(padding: Any) -> Any:
    """Padding as a word, or as four numbers."""
    if isinstance(padding, str):
        return converted("padding", "SAME/VALID", padding)
    return list(converted("padding", "top-bottom-left-right", padding))


def pair(name: str, value: Any) -> list[Any]:
    """A number for rows and one for columns."""
    return list(two(name, value))


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
    """functional.conv2d of (B, C, H, W) and (N, C, K, K)."""
    common.floats(dtypes, image, filters, *([] if bias is None else [bias]))
    image, filters = common.ranked(image, filters, batch=True)
    w = paddle.to_tensor(common.packed(filters.transpose(0, 3, 1, 2)))
    added = None if bias is None else paddle.to_tensor(common.packed(bias))
    steps = pair("stride", stride), padded(padding), pair("dilation", dilation)
    return as_given(functional.conv2d(maps_of(image), w, added, *steps, groups), image)


def relu(feature_map: Array) -> Array:
    """functional.relu."""
    common.floats(dtypes, feature_map)
    return functional.relu(paddle.to_tensor(common.packed(feature_map))).numpy()


@common.takes_batches
def pooling(
    feature_map: Array, size: Any = 2, stride: Any = 2, padding: Any = 0, ceil: bool = False
) -> Array:
    """functional.max_pool2d of (B, C, H, W)."""
    common.floats(dtypes, feature_map)
    sizes = pair("size", size), pair("stride", stride)
    made = functional.max_pool2d(maps_of(feature_map), *sizes, padded(padding), ceil_mode=ceil)
    return as_given(made, feature_map)


@common.takes_batches
def average_pooling(
    feature_map: Array,
    size: Any,
    stride: Any,
    padding: Any = 0,
    ceil: bool = False,
    count_padding: bool = False,
) -> Array:
    """functional.avg_pool2d of (B, C, H, W)."""
    common.floats(dtypes, feature_map)
    sizes = pair("size", size), pair("stride", stride)
    divisor = {"ceil_mode": ceil, "exclusive": not count_padding}
    made = functional.avg_pool2d(maps_of(feature_map), *sizes, padded(padding), **divisor)
    return as_given(made, feature_map)
