"""Faults of pooling: the shape of the result, size and stride. x is the map, (H, W, C)."""

from typing import Any

import numpy as np

from cnnspec import reference, spec
from cnnspec.kit.fault import Changes, Undefined, after, before, fault
from cnnspec.spec import Array

SHAPE = "The result has (H - S) // T + 1 rows and (W - S) // T + 1 columns."

# The shape


@after(
    "pooling",
    "P3",
    remedy=f"{SHAPE} Do not compute (H - S + 1) / T + 1.",
    seen="the corrected successor of the article's code",
)
def extra_zero_row(y: Array, feature_map: Array, size: int, stride: int) -> Array:
    """A row or a column of zeros more where the stride divides H - S + 1, or W - S + 1."""
    more = [((n - size + 1) % stride == 0) * 1 for n in feature_map.shape[:2]]
    return np.pad(y, ((0, more[0]), (0, more[1]), (0, 0)))


@after("pooling", "P3", remedy=SHAPE)
def a_zero_row_more(y: Array) -> Array:
    """The result has a row of zeros more at its end."""
    return np.pad(y, ((0, 1), (0, 0), (0, 0)))


@after("pooling", "P3", remedy=SHAPE)
def a_zero_column_more(y: Array) -> Array:
    """The result has a column of zeros more at its end."""
    return np.pad(y, ((0, 0), (0, 1), (0, 0)))


@after("pooling", "P3", remedy=SHAPE)
def zeros_at_both_ends(y: Array) -> Array:
    """The result has a row and a column of zeros more at its end."""
    return np.pad(y, ((0, 1), (0, 1), (0, 0)))


@before(
    "pooling",
    "P3",
    remedy=f"{SHAPE} Round down, not up.",
    seen="Caffe's pooling layers, and whatever was ported from them",
)
def ceil_mode(feature_map: Array, size: int, stride: int) -> Changes:
    """A remainder gets a window of its own, which reaches beyond the map (rounded up)."""
    within(feature_map, size, stride)
    pad = [(0, -(n - size) % stride) for n in feature_map.shape[:2]]
    return {"feature_map": np.pad(feature_map, (*pad, (0, 0)), constant_values=-np.inf)}


@before("pooling", "P3", remedy=f"{SHAPE} Pad nothing.")
def ceil_mode_with_zeros(feature_map: Array, size: int, stride: int) -> Changes:
    """A remainder gets a window of its own, filled up with zeros."""
    within(feature_map, size, stride)
    pad = [(0, -(n - size) % stride) for n in feature_map.shape[:2]]
    return {"feature_map": np.pad(feature_map, (*pad, (0, 0)))}


def within(x: Array, size: int, stride: int) -> None:
    """Raise Undefined where a window that is rounded up would begin beyond the map."""
    if any(-(-(n - size) // stride) * stride >= n for n in x.shape[:2]):
        raise Undefined


def padded(x: Array, size: int, stride: int, fill: float) -> Array:
    """The map padded so that there are ceil(H / T) windows, the larger half at the end."""
    more = [max((-(-n // stride) - 1) * stride + size - n, 0) for n in x.shape[:2]]
    pad = [(n // 2, n - n // 2) for n in more]
    return np.pad(x, (*pad, (0, 0)), constant_values=fill)


@before("pooling", "P3", remedy=f"{SHAPE} Pad nothing.", seen="padding `SAME` of TensorFlow")
def same_padding(feature_map: Array, size: int, stride: int) -> Changes:
    """The map is padded on both sides so that there are ceil(H / T) windows (padding `same`)."""
    return {"feature_map": padded(feature_map, size, stride, -np.inf)}


@before("pooling", "P3", remedy=f"{SHAPE} Pad nothing.")
def same_padding_with_zeros(feature_map: Array, size: int, stride: int) -> Changes:
    """The map is padded with zeros on both sides so that there are ceil(H / T) windows."""
    return {"feature_map": padded(feature_map, size, stride, 0)}


@fault(
    "pooling",
    "P3",
    remedy=f"{SHAPE} A window that would reach beyond the map is left out.",
    seen="loops over range(0, H, T) with slices, which NumPy cuts at the border",
)
def a_window_for_every_stride(feature_map: Any, size: int = 2, stride: int = 2) -> Array:
    """There is a window at 0, T, 2T, ... below H; those at the end are cut off by the border."""
    x, size, stride = spec.require_pooling(feature_map, size, stride)
    rows, cols = (range(0, n, stride) for n in x.shape[:2])
    y = np.zeros((len(rows), len(cols), x.shape[2]), x.dtype)
    for i, r in enumerate(rows):
        for j, c in enumerate(cols):
            y[i, j] = x[r : r + size, c : c + size].max(axis=(0, 1))
    return y


@fault(
    "pooling",
    "P3",
    remedy=f"{SHAPE} H // T is that only where S equals T.",
    seen="textbook layers: h // self.stride",
)
def rows_divided_by_the_stride(feature_map: Any, size: int = 2, stride: int = 2) -> Array:
    """The result has H // T rows and W // T columns; windows at the end are cut off."""
    y = a_window_for_every_stride(feature_map, size, stride)
    rows, cols, _ = np.shape(feature_map)
    if min(rows, cols) < stride or rows // stride * stride > rows - size + stride:
        raise Undefined  # no row at all, or one that begins with a window of none
    return y[: rows // stride, : cols // stride].copy()


@fault(
    "pooling",
    "P3",
    "P4",
    remedy=f"{SHAPE} Let the loops run over range(0, H - S + 1, T).",
    seen="the article, section 5; ahmedfgad/NumPyCNN#2",
)
def the_article(feature_map: Any, size: int = 2, stride: int = 2) -> Array:
    """The article's pooling as published: a window too few, the last ones zero."""
    return reference.pooling(feature_map, size, stride, edition="article")


@fault("pooling", "P3a", "P4a", remedy="Judge it by --edition standard, which is what it computes.")
def the_standard(feature_map: Any, size: int = 2, stride: int = 2) -> Array:
    """What the article's text means, where the publication is asked for."""
    return reference.pooling(feature_map, size, stride)


@after("pooling", "P3", remedy=SHAPE)
def a_row_and_a_column_less(y: Array) -> Array:
    """The last row and column of the result are missing."""
    return y[:-1, :-1].copy()


@fault("pooling", "P3", remedy=SHAPE)
def one_is_not_added(feature_map: Any, size: int = 2, stride: int = 2) -> Array:
    """The result has floor((H-S+1)/T) rows and floor((W-S+1)/T) columns; the rest is left out."""
    y = reference.pooling(feature_map, size, stride)
    rows, cols = ((n - size + 1) // stride for n in np.shape(feature_map)[:2])
    return y[:rows, :cols].copy()


@after("pooling", "P3", remedy="Rows first, then columns.")
def transposed_maps(y: Array) -> Array:
    """Rows and columns of the result are exchanged."""
    return y.swapaxes(0, 1).copy()


@after("pooling", "P3", remedy="Put the channels last: numpy.moveaxis(result, 0, -1).")
def channels_first(y: Array) -> Array:
    """The result is (C, Ho, Wo), channels first."""
    return np.moveaxis(y, 2, 0).copy()


@after("pooling", "P3", remedy="Keep the axis of the channels, also where there is one.")
def single_channel_without_its_axis(y: Array) -> Array:
    """A single channel loses its axis."""
    return y[:, :, 0] if y.shape[2] == 1 else y


@after("pooling", "P3", remedy="Do not squeeze: axes of length 1 belong to the result.")
def dropped_axes(y: Array) -> Array:
    """Every axis of length 1 is dropped."""
    return np.squeeze(y)


# Size and stride


@before("pooling", "P3", "P4", remedy="Use the stride that is given; it need not be the size.")
def stride_is_the_size(size: int) -> Changes:
    """The stride is ignored: windows do not overlap and leave no gaps."""
    return {"stride": size}


@before("pooling", "P3", "P4", remedy="Use the stride that is given, not 2.")
def stride_is_two() -> Changes:
    """The stride is always 2."""
    return {"stride": 2}


@before("pooling", "P3", remedy="Use the stride that is given, not 1.")
def stride_is_one() -> Changes:
    """The stride is always 1."""
    return {"stride": 1}


@before("pooling", "P3", "P4", remedy="Use the size that is given, not 2.")
def size_is_two() -> Changes:
    """The windows always have the size 2."""
    return {"size": 2}


@before("pooling", "P3", "P4", remedy="Use the size that is given, not the stride.")
def size_is_the_stride(stride: int) -> Changes:
    """The windows are as large as the stride."""
    return {"size": stride}


@before(
    "pooling", "P3", "P4", remedy="The arguments are (feature_map, size, stride), in that order."
)
def size_and_stride_exchanged(size: int, stride: int) -> Changes:
    """Size and stride are exchanged."""
    return {"size": stride, "stride": size}


@after("pooling", "P3", remedy="Use the stride for the columns too.")
def columns_move_by_one(y: Array, feature_map: Array, size: int, stride: int) -> Array:
    """The stride is used for the rows alone; along the columns it is 1."""
    return reference.pooling(feature_map, size, 1)[::stride].copy()


@after("pooling", "P3", remedy="Use the stride for the rows too.")
def rows_move_by_one(y: Array, feature_map: Array, size: int, stride: int) -> Array:
    """The stride is used for the columns alone; along the rows it is 1."""
    return reference.pooling(feature_map, size, 1)[:, ::stride].copy()
