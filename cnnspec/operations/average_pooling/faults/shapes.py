"""Faults of average_pooling: the shape of the result, size and stride."""

from typing import Any

import numpy as np

from cnnspec import spec
from cnnspec.kit.fault import Changes, Undefined, after, before, fault
from cnnspec.spec import Array

NAME = "average_pooling"
SHAPE = "The result has (H - S) // T + 1 rows and (W - S) // T + 1 columns."


def cut_off(x: Array, size: int, rows: range, cols: range) -> Array:
    """The means of windows that start at rows and columns, over what lies within the map."""
    y = np.zeros((len(rows), len(cols), x.shape[2]), x.dtype)
    with np.errstate(all="ignore"):
        for i, r in enumerate(rows):
            for j, c in enumerate(cols):
                part = x[r : r + size, c : c + size]
                if not part.size:
                    raise Undefined
                y[i, j] = part.mean(axis=(0, 1), dtype=x.dtype)
    return y


@after(
    NAME,
    "A3",
    remedy=f"{SHAPE} Round down, not up.",
    seen="Caffe's pooling layers, and whatever was ported from them",
)
def average_in_ceil_mode(y: Array, feature_map: Array, size: int, stride: int) -> Array:
    """A remainder gets a window of its own, the mean of which is over what lies in the map."""
    extents = [-(-(n - size) // stride) * stride + 1 for n in feature_map.shape[:2]]
    if any(last > n for last, n in zip(extents, feature_map.shape, strict=False)):
        raise Undefined
    return cut_off(feature_map, size, *(range(0, last, stride) for last in extents))


@fault(
    NAME,
    "A3",
    remedy=f"{SHAPE} A window that would reach beyond the map is left out.",
    seen="loops over range(0, H, T) with slices, which NumPy cuts at the border",
)
def an_average_for_every_stride(feature_map: Any, size: int, stride: int) -> Array:
    """There is a window at 0, T, 2T, ... below H; those at the end are cut off by the border."""
    x, size, stride = spec.require_average_pooling(feature_map, size, stride)
    return cut_off(x, size, *(range(0, n, stride) for n in x.shape[:2]))


@before(NAME, "A3", remedy=f"{SHAPE} Pad nothing.")
def average_of_a_padded_map(feature_map: Array) -> Changes:
    """The map is padded by a row and a column of zeros on each side."""
    return {"feature_map": np.pad(feature_map, ((1, 1), (1, 1), (0, 0)))}


@before(NAME, "A3", remedy=f"{SHAPE} Pad nothing.", seen="padding `SAME` of TensorFlow, counted")
def average_with_same_padding(feature_map: Array, size: int, stride: int) -> Changes:
    """The map is padded with zeros so that there are ceil(H / T) windows."""
    more = [max((-(-n // stride) - 1) * stride + size - n, 0) for n in feature_map.shape[:2]]
    pad = [(n // 2, n - n // 2) for n in more]
    return {"feature_map": np.pad(feature_map, (*pad, (0, 0)))}


@after(NAME, "A3", remedy=SHAPE)
def average_without_its_last_row(y: Array) -> Array:
    """The last row of the result is missing."""
    return y[:-1].copy()


@after(NAME, "A3", remedy=SHAPE)
def average_without_its_last_column(y: Array) -> Array:
    """The last column of the result is missing."""
    return y[:, :-1].copy()


@after(NAME, "A3", remedy=SHAPE)
def average_without_its_last_row_and_column(y: Array) -> Array:
    """The last row and the last column of the result are missing."""
    return y[:-1, :-1].copy()


@after(NAME, "A3", remedy="Rows first, then columns.")
def average_transposed(y: Array) -> Array:
    """Rows and columns of the result are exchanged."""
    return y.swapaxes(0, 1).copy()


@after(NAME, "A3", remedy="The channels are the last axis.")
def average_channels_first(y: Array) -> Array:
    """The channels of the result are its first axis."""
    return np.moveaxis(y, 2, 0).copy()


@after(NAME, "A3", remedy="Keep the axis of the channels, also where there is one.")
def average_without_channel_axis(y: Array) -> Array:
    """A result of one channel loses its channel axis."""
    return y[:, :, 0] if y.shape[2] == 1 else y


@after(NAME, "A3", remedy="Do not squeeze: axes of length 1 belong to the result.")
def average_squeezed(y: Array) -> Array:
    """Every axis of length 1 is dropped."""
    return np.squeeze(y)


@after(NAME, "A3", remedy="Take the mean of each channel for itself.")
def average_of_all_channels_as_one(y: Array) -> Array:
    """The mean is taken over all channels, and the result has one."""
    with np.errstate(all="ignore"):
        return y.mean(axis=2, keepdims=True, dtype=y.dtype)


@after(NAME, "A3", remedy="Take the mean of each window, not of the whole map.")
def average_of_the_whole_map(y: Array, feature_map: Array) -> Array:
    """The result is one mean for each channel (global average pooling)."""
    with np.errstate(all="ignore"):
        return feature_map.mean(axis=(0, 1), keepdims=True, dtype=feature_map.dtype)


@before(NAME, "A3", remedy="Move by the stride, not by the size.")
def average_stride_is_the_size(size: int) -> Changes:
    """The windows lie side by side, whatever the stride is."""
    return {"stride": size}


@before(NAME, "A3", remedy="Move by the stride that is given.")
def average_stride_is_two() -> Changes:
    """The stride is 2, whatever was asked for."""
    return {"stride": 2}


@before(NAME, "A3", remedy="Move by the stride that is given.")
def average_stride_is_one() -> Changes:
    """The stride is 1, whatever was asked for."""
    return {"stride": 1}


@before(NAME, "A3", remedy="Use the size that is given.")
def average_size_is_two(feature_map: Array) -> Changes:
    """Windows are 2 by 2, whatever was asked for."""
    if min(feature_map.shape[:2]) == 1:
        raise Undefined
    return {"size": 2}


@before(NAME, "A3", remedy="Size first, then stride.")
def average_size_and_stride_exchanged(size: int, stride: int) -> Changes:
    """Size and stride are taken in the other order."""
    return {"size": stride, "stride": size}
