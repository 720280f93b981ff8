"""MNN's expressions, on the CPU, in float32."""

from typing import Any

import MNN.expr as expr
import numpy as np

from cnnspec.kit.calls import Array, Unsupported
from cnnspec.targets.conventions import converted, two
from cnnspec.targets.runtimes import common

dtypes = ("float32",)


def variable(array: Array) -> expr.Var:
    """A variable of MNN's own layout for images, with the values of an (N, C, H, W) array."""
    packed = common.packed(array)
    plain = expr.const(packed, list(packed.shape), expr.NCHW)
    return expr.convert(plain, expr.NC4HW4)


def maps_of(images: Array) -> expr.Var:
    """(H, W, C) as (1, C, H, W), and a batch (B, H, W, C) as (B, C, H, W)."""
    return variable(np.moveaxis(common.batched(images), -1, 1))


def as_given(variable: expr.Var, images: Array) -> Array:
    """The maps in a variable with channels last, without the axis B if the images had none."""
    plain = expr.convert(variable, expr.NCHW)
    maps = np.array(plain.read(), np.float32).reshape(plain.shape)
    last = np.moveaxis(maps, 1, -1)
    return last if images.ndim == 4 else last[0]


def pair(name: str, value: Any) -> list[Any]:
    """A number for columns and one for rows: MNN has x first."""
    rows, columns = two(name, value)
    return [columns, rows]


def padded(padding: Any) -> tuple[Any, list[int]]:
    """A mode of padding, and (columns, rows) for the one in numbers."""
    if isinstance(padding, str):
        words = {"valid": expr.VALID, "same_upper": expr.SAME}
        if padding not in words:
            raise Unsupported(f"padding {padding}")
        return words[padding], [0, 0]
    rows, columns = converted("padding", "pair", padding)
    return expr.CAFFE, [columns, rows]


@common.takes_batches
def conv(
    image: Array,
    filters: Array,
    bias: Array | None = None,
    stride: Any = 1,
    padding: Any = "valid",
    dilation: Any = 1,
    groups: int = 1,
) -> Array:
    """expr.conv2d."""
    common.floats(dtypes, image, filters, *([] if bias is None else [bias]))
    image, filters = common.ranked(image, filters, batch=True)
    w = common.packed(filters.transpose(0, 3, 1, 2))
    weights = expr.const(w, list(w.shape), expr.NCHW)
    b = np.zeros(len(w), np.float32) if bias is None else common.packed(bias)
    added = expr.const(b, [len(b)], expr.NCHW)
    mode, pads = padded(padding)
    steps = pair("stride", stride), pads, pair("dilation", dilation)
    made = expr.conv2d(maps_of(image), weights, added, *steps, groups, mode)
    return as_given(made, image)


def relu(feature_map: Array) -> Array:
    """expr.relu."""
    common.floats(dtypes, feature_map)
    x = common.packed(feature_map)
    y = expr.relu(expr.const(x, list(x.shape), expr.NCHW), 0.0)
    return np.array(y.read(), np.float32).reshape(y.shape)


@common.takes_batches
def pooling(
    feature_map: Array, size: Any = 2, stride: Any = 2, padding: Any = "valid", ceil: bool = False
) -> Array:
    """expr.max_pool."""
    mode, pads = of_windows(padding, ceil)
    return windows(expr.max_pool, feature_map, size, stride, mode, pads)


@common.takes_batches
def average_pooling(
    feature_map: Array,
    size: Any,
    stride: Any,
    padding: Any = "valid",
    ceil: bool = False,
    count_padding: bool = False,
) -> Array:
    """expr.avg_pool. It counts padding in numbers, and no other."""
    mode, pads = of_windows(padding, ceil)
    if (any(pads) and not count_padding) or (mode == expr.SAME and count_padding):
        raise Unsupported(f"count_padding = {count_padding} with such padding")
    return windows(expr.avg_pool, feature_map, size, stride, mode, pads)


def of_windows(padding: Any, ceil: bool) -> tuple[Any, list[int]]:
    """The mode of a pooling: with padding in numbers it rounds lengths up, as Caffe does."""
    mode, pads = padded(0 if ceil and padding == "valid" else padding)
    if mode == expr.CAFFE and not ceil and not any(pads):
        return expr.VALID, pads
    if ceil != (mode == expr.CAFFE):
        raise Unsupported(f"ceil = {ceil} with padding {padding}")
    return mode, pads


def windows(
    function: Any, feature_map: Array, size: Any, stride: Any, mode: Any, pads: list[int]
) -> Array:
    """An operation on windows."""
    common.floats(dtypes, feature_map)
    sizes = pair("size", size), pair("stride", stride)
    return as_given(function(maps_of(feature_map), *sizes, mode, pads), feature_map)
