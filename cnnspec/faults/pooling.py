"""Faults of pooling. Steps see the map as x (H, W, C), with size and stride."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from cnnspec import reference, spec
from cnnspec.faults import Ask, Function, after, before, fault, stateful
from cnnspec.spec import Array

Arguments = tuple[Array, int, int]
SHAPE = "The result has (H - S) // T + 1 rows and (W - S) // T + 1 columns."

# The shape


@after(
    "pooling",
    "P3",
    remedy=f"{SHAPE} Do not compute (H - S + 1) / T + 1.",
    seen="the corrected successor of the article's code",
)
def extra_zero_row(y: Array, x: Array, size: int, stride: int) -> Array:
    """A row or a column of zeros more where the stride divides H - S + 1, or W - S + 1."""
    more = [((n - size + 1) % stride == 0) * 1 for n in x.shape[:2]]
    return np.pad(y, ((0, more[0]), (0, more[1]), (0, 0)))


@before(
    "pooling",
    "P3",
    remedy=f"{SHAPE} Round down, not up.",
    seen="Caffe's pooling layers; ceil_mode of PyTorch",
)
def ceil_mode(x: Array, size: int, stride: int) -> Arguments:
    """A remainder gets a window of its own, which reaches beyond the map (rounded up)."""
    pad = [(0, -(n - size) % stride) for n in x.shape[:2]]
    return np.pad(x, (*pad, (0, 0)), constant_values=-np.inf), size, stride


@before("pooling", "P3", remedy=f"{SHAPE} Pad nothing.")
def ceil_mode_with_zeros(x: Array, size: int, stride: int) -> Arguments:
    """A remainder gets a window of its own, filled up with zeros."""
    pad = [(0, -(n - size) % stride) for n in x.shape[:2]]
    return np.pad(x, (*pad, (0, 0))), size, stride


def padded(x: Array, size: int, stride: int, fill: float) -> Array:
    """The map padded so that there are ceil(H / T) windows, the larger half at the end."""
    more = [max((-(-n // stride) - 1) * stride + size - n, 0) for n in x.shape[:2]]
    pad = [(n // 2, n - n // 2) for n in more]
    return np.pad(x, (*pad, (0, 0)), constant_values=fill)


@before("pooling", "P3", remedy=f"{SHAPE} Pad nothing.", seen="padding `SAME` of TensorFlow")
def same_padding(x: Array, size: int, stride: int) -> Arguments:
    """The map is padded on both sides so that there are ceil(H / T) windows (padding `same`)."""
    return padded(x, size, stride, -np.inf), size, stride


@before("pooling", "P3", remedy=f"{SHAPE} Pad nothing.")
def same_padding_with_zeros(x: Array, size: int, stride: int) -> Arguments:
    """The map is padded with zeros on both sides so that there are ceil(H / T) windows."""
    return padded(x, size, stride, 0), size, stride


@fault(
    "pooling",
    "P3",
    remedy=f"{SHAPE} A window that would reach beyond the map is left out.",
    seen="loops over range(0, H, T) with slices, which NumPy cuts at the border",
)
def a_window_for_every_stride(feature_map: Any, size: int = 2, stride: int = 2) -> Array:
    """There is a window at 0, T, 2T, ... below H; those at the end are cut off by the border."""
    x, size, stride, _ = spec.require_pooling(feature_map, size, stride, "standard")
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
    return y[: rows // stride, : cols // stride].copy()


@fault(
    "pooling",
    "P3",
    "P4",
    remedy=f"{SHAPE} Let the loops run over range(0, H - S + 1, T).",
    seen="the article, section 5",
)
def the_article(feature_map: Any, size: int = 2, stride: int = 2) -> Array:
    """The article's pooling as published: a window too few, the last ones zero."""
    return reference.pooling(feature_map, size, stride, edition="article")


@fault("pooling", "P3a", "P4a", remedy="Judge it by --edition standard, which is what it computes.")
def the_standard(feature_map: Any, size: int = 2, stride: int = 2) -> Array:
    """What the article's text means, where the publication is asked for."""
    return reference.pooling(feature_map, size, stride)


@after("pooling", "P3", remedy=SHAPE)
def a_row_and_a_column_less(y: Array, x: Array, size: int, stride: int) -> Array:
    """The last row and column of the result are missing."""
    return y[:-1, :-1].copy()


@fault("pooling", "P3", remedy=SHAPE)
def one_is_not_added(feature_map: Any, size: int = 2, stride: int = 2) -> Array:
    """The result has floor((H-S+1)/T) rows and floor((W-S+1)/T) columns; the rest is left out."""
    y = reference.pooling(feature_map, size, stride)
    rows, cols = ((n - size + 1) // stride for n in np.shape(feature_map)[:2])
    return y[:rows, :cols].copy()


@after("pooling", "P3", remedy="Rows first, then columns.")
def transposed_maps(y: Array, x: Array, size: int, stride: int) -> Array:
    """Rows and columns of the result are exchanged."""
    return y.swapaxes(0, 1).copy()


@after("pooling", "P3", remedy="Put the channels last: numpy.moveaxis(result, 0, -1).")
def channels_first(y: Array, x: Array, size: int, stride: int) -> Array:
    """The result is (C, Ho, Wo), channels first."""
    return np.moveaxis(y, 2, 0).copy()


@after("pooling", "P3", remedy="Keep the axis of the channels, also where there is one.")
def single_channel_without_its_axis(y: Array, x: Array, size: int, stride: int) -> Array:
    """A single channel loses its axis."""
    return y[:, :, 0] if y.shape[2] == 1 else y


@after("pooling", "P3", remedy="Do not squeeze: axes of length 1 belong to the result.")
def dropped_axes(y: Array, x: Array, size: int, stride: int) -> Array:
    """Every axis of length 1 is dropped."""
    return np.squeeze(y)


# Size and stride


@before("pooling", "P3", "P4", remedy="Use the stride that is given; it need not be the size.")
def stride_is_the_size(x: Array, size: int, stride: int) -> Arguments:
    """The stride is ignored: windows do not overlap and leave no gaps."""
    return x, size, size


@before("pooling", "P3", "P4", remedy="Use the stride that is given, not 2.")
def stride_is_two(x: Array, size: int, stride: int) -> Arguments:
    """The stride is always 2."""
    return x, size, 2


@before("pooling", "P3", "P4", remedy="Use the stride that is given, not 1.")
def stride_is_one(x: Array, size: int, stride: int) -> Arguments:
    """The stride is always 1."""
    return x, size, 1


@before("pooling", "P3", "P4", remedy="Use the size that is given, not 2.")
def size_is_two(x: Array, size: int, stride: int) -> Arguments:
    """The windows always have the size 2."""
    return x, 2, stride


@before("pooling", "P3", "P4", remedy="Use the size that is given, not the stride.")
def size_is_the_stride(x: Array, size: int, stride: int) -> Arguments:
    """The windows are as large as the stride."""
    return x, stride, stride


@before(
    "pooling", "P3", "P4", remedy="The arguments are (feature_map, size, stride), in that order."
)
def size_and_stride_exchanged(x: Array, size: int, stride: int) -> Arguments:
    """Size and stride are exchanged."""
    return x, stride, size


@after("pooling", "P3", "P4", remedy="Use the stride for the columns too.")
def columns_move_by_one(y: Array, x: Array, size: int, stride: int) -> Array:
    """The stride is used for the rows alone; along the columns it is 1."""
    return reference.pooling(x, size, 1)[::stride].copy()


@after("pooling", "P3", "P4", remedy="Use the stride for the rows too.")
def rows_move_by_one(y: Array, x: Array, size: int, stride: int) -> Array:
    """The stride is used for the columns alone; along the rows it is 1."""
    return reference.pooling(x, size, 1)[:, ::stride].copy()


# Which windows, and what of them


def windows(x: Array, size: int, stride: int) -> Array:
    """All windows: (Ho, Wo, C, S, S)."""
    return sliding_window_view(x, (size, size), axis=(0, 1))[::stride, ::stride]


def starts(shape: Array, x: Array, size: int, step: Callable[[int], int]) -> Array:
    """The maximum of windows that start at step(0), step(1), ...; cut off by the border."""
    y = np.zeros_like(shape)
    for i, j in np.ndindex(y.shape[:2]):
        part = x[step(i) : step(i) + size, step(j) : step(j) + size]
        y[i, j] = part.max(axis=(0, 1)) if part.size else 0
    return y


@after("pooling", "P4", remedy="Window i starts at i * stride, not at i.")
def windows_one_apart(y: Array, x: Array, size: int, stride: int) -> Array:
    """Window i starts at i instead of i * T."""
    return starts(y, x, size, lambda i: i)


@after("pooling", "P4", remedy="Window i starts at i * stride, not at i * size.")
def windows_a_size_apart(y: Array, x: Array, size: int, stride: int) -> Array:
    """Window i starts at i * S instead of i * T."""
    return starts(y, x, size, lambda i: i * size)


@after("pooling", "P4", remedy="Window i starts at i * stride, not one later.")
def windows_start_one_late(y: Array, x: Array, size: int, stride: int) -> Array:
    """Every window starts a row and a column too late."""
    return starts(y, x, size, lambda i: i * stride + 1)


@after("pooling", "P4", remedy="A window is x[r : r + size], which has size rows.")
def window_one_short(y: Array, x: Array, size: int, stride: int) -> Array:
    """Windows lack their last row and column."""
    return starts(y, x, max(size - 1, 1), lambda i: i * stride)


@after("pooling", "P4", remedy="A window is x[r : r + size], which has size rows.")
def window_a_row_short(y: Array, x: Array, size: int, stride: int) -> Array:
    """Windows lack their last row."""
    return windows(x, size, stride)[..., : max(size - 1, 1), :].max(axis=(3, 4))


@after("pooling", "P4", remedy="A window is x[r : r + size, c : c + size].")
def window_a_column_short(y: Array, x: Array, size: int, stride: int) -> Array:
    """Windows lack their last column."""
    return windows(x, size, stride)[..., : max(size - 1, 1)].max(axis=(3, 4))


@after("pooling", "P4", remedy="A window is x[r : r + size], not x[r : r + size + 1].")
def window_one_long(y: Array, x: Array, size: int, stride: int) -> Array:
    """Windows have a row and a column too many, where the map has them."""
    return starts(y, x, size + 1, lambda i: i * stride)


@after("pooling", "P4", remedy="A window has size rows and size columns.")
def first_row_of_the_window(y: Array, x: Array, size: int, stride: int) -> Array:
    """Only the first row of each window is looked at."""
    return windows(x, size, stride)[..., 0, :].max(axis=3)


@after("pooling", "P4", remedy="A window has size rows and size columns.")
def first_column_of_the_window(y: Array, x: Array, size: int, stride: int) -> Array:
    """Only the first column of each window is looked at."""
    return windows(x, size, stride)[..., 0].max(axis=3)


@after("pooling", "P4", remedy="Look at every element of the window, with two loops.")
def diagonal_of_the_window(y: Array, x: Array, size: int, stride: int) -> Array:
    """Only the diagonal of each window is looked at."""
    return np.diagonal(windows(x, size, stride), axis1=3, axis2=4).max(axis=3)


@after(
    "pooling", "P4", remedy="Take the largest element, not the first: subsampling is no pooling."
)
def first_element_of_the_window(y: Array, x: Array, size: int, stride: int) -> Array:
    """The first element of each window, whichever is the largest."""
    return windows(x, size, stride)[..., 0, 0].copy()


@after("pooling", "P4", remedy="Let the loop over the rows reach the last window.")
def last_row_unwritten(y: Array, x: Array, size: int, stride: int) -> Array:
    """The last row of the result stays zero."""
    y[-1:] = 0
    return y


@after("pooling", "P4", remedy="Let the loop over the columns reach the last window.")
def last_column_unwritten(y: Array, x: Array, size: int, stride: int) -> Array:
    """The last column of the result stays zero."""
    y[:, -1:] = 0
    return y


@after(
    "pooling", "P4", remedy="Let the loops run over range(0, H - S + 1, T), not range(0, H - S, T)."
)
def last_window_left_out(y: Array, x: Array, size: int, stride: int) -> Array:
    """Windows that end at the border stay zero, as with loops over range(0, H - S, T)."""
    rows, cols = (len(range(0, n - size, stride)) for n in x.shape[:2])
    y[rows:], y[:, cols:] = 0, 0
    return y


@after("pooling", "P4", remedy="Let both loops reach their last window.")
def last_row_and_column_unwritten(y: Array, x: Array, size: int, stride: int) -> Array:
    """The last row and the last column of the result stay zero."""
    y[-1:], y[:, -1:] = 0, 0
    return y


@after("pooling", "P4", remedy="Take the rows from the height and the columns from the width.")
def square_map_assumed(y: Array, x: Array, size: int, stride: int) -> Array:
    """Only a square part of the result is written; the rest stays zero."""
    side = min(y.shape[:2])
    y[side:], y[:, side:] = 0, 0
    return y


@after("pooling", "P4", remedy="Each channel for itself.")
def over_all_channels(y: Array, x: Array, size: int, stride: int) -> Array:
    """The maximum is taken over all channels."""
    return np.broadcast_to(y.max(axis=2, keepdims=True, initial=-np.inf), y.shape).copy()


@after("pooling", "P3", "P4", remedy="Each channel for itself: take the maximum over axes 0 and 1.")
def channels_folded_into_one(y: Array, x: Array, size: int, stride: int) -> Array:
    """The maximum is taken over all channels, and the result has one."""
    return y.max(axis=2, keepdims=True, initial=-np.inf)


@after("pooling", "P4", remedy="Use the channel's own index.")
def first_channel_for_all(y: Array, x: Array, size: int, stride: int) -> Array:
    """Every channel of the result is that of the first."""
    return np.broadcast_to(y[:, :, :1], y.shape).copy()


@after("pooling", "P4", remedy="Let the loop over the channels reach the last one.")
def last_channel_unwritten(y: Array, x: Array, size: int, stride: int) -> Array:
    """The last of several channels stays zero."""
    y[:, :, max(y.shape[2] - 1, 1) :] = 0
    return y


@after("pooling", "P4", remedy="Let the loop run over every channel.")
def only_the_first_channel_written(y: Array, x: Array, size: int, stride: int) -> Array:
    """All channels but the first stay zero."""
    y[:, :, 1:] = 0
    return y


@after("pooling", "P4", remedy="Channel k of the result is that of channel k.")
def channels_in_reverse(y: Array, x: Array, size: int, stride: int) -> Array:
    """The channels come in reverse order."""
    return y[:, :, ::-1].copy()


@after("pooling", "P4", remedy="Begin each channel's maximum anew.")
def maximum_runs_on_over_the_channels(y: Array, x: Array, size: int, stride: int) -> Array:
    """The maximum of one channel is not set back before the next."""
    return np.maximum.accumulate(y, axis=2)


@after("pooling", "P4", remedy="Begin each window's maximum anew.")
def maximum_runs_on(y: Array, x: Array, size: int, stride: int) -> Array:
    """The maximum of one window is not set back before the next, row by row."""
    flat = y.reshape(-1, y.shape[2])
    return np.maximum.accumulate(flat, axis=0).reshape(y.shape)


# What is made of the numbers of a window


def start_of(ask: Ask) -> float | None:
    """What the largest of very small numbers is said to be, if it is more than they are."""
    y = ask(np.full((2, 2, 1), -1e300), 2, 2)
    if y is None or y.size != 1:
        return None
    start = float(y.flat[0])
    return start if np.isfinite(start) and start > -1e300 and start <= 1 else None


@after(
    "pooling",
    "P4",
    remedy="Begin the maximum with the window's first element, or with minus infinity.",
    seen="max = 0 before the loops; std::numeric_limits<float>::min(), which is above zero",
    measure=start_of,
    constant=0.0,
)
def maximum_begins_at(y: Array, x: Array, size: int, stride: int, c: float) -> Array:
    """The maximum begins at {c}: windows below that give {c}."""
    return np.asarray(np.maximum(y, y.dtype.type(c)))


@before("pooling", "P4", remedy="Take the largest element, not the mean.")
def average_is_taken(x: Array, size: int, stride: int) -> Arguments:
    """The mean of each window instead of its maximum."""
    with np.errstate(all="ignore"):
        return windows(x, size, stride).mean(axis=(3, 4), dtype=x.dtype), 1, 1


@before("pooling", "P4", remedy="Take the largest element, not the sum.")
def sum_is_taken(x: Array, size: int, stride: int) -> Arguments:
    """The sum of each window instead of its maximum."""
    with np.errstate(all="ignore"):
        return windows(x, size, stride).sum(axis=(3, 4)), 1, 1


@before("pooling", "P4", remedy="Take the largest element, not the smallest.")
def minimum_is_taken(x: Array, size: int, stride: int) -> Arguments:
    """The smallest of each window instead of the largest."""
    return windows(x, size, stride).min(axis=(3, 4)), 1, 1


@before("pooling", "P4", remedy="Take the largest element, not the median.")
def median_is_taken(x: Array, size: int, stride: int) -> Arguments:
    """The median of each window instead of its maximum."""
    with np.errstate(all="ignore"):
        return np.asarray(np.median(windows(x, size, stride), axis=(3, 4)), x.dtype), 1, 1


@before("pooling", "P4", remedy="Compare the numbers, not their magnitudes.")
def largest_magnitude(x: Array, size: int, stride: int) -> Arguments:
    """The largest magnitude of each window, without its sign."""
    return np.abs(x), size, stride


@before("pooling", "P4", remedy="Compare the numbers, not their magnitudes.")
def largest_magnitude_with_its_sign(x: Array, size: int, stride: int) -> Arguments:
    """The element of the largest magnitude of each window, with its sign."""
    parts = windows(x, size, stride)
    flat = parts.reshape(*parts.shape[:3], size * size)
    place = np.abs(flat).argmax(axis=3, keepdims=True)
    return np.take_along_axis(flat, place, axis=3)[..., 0], 1, 1


@after("pooling", "P4", remedy="Return the maximum as it is: negative ones too.")
def rectified_maxima(y: Array, x: Array, size: int, stride: int) -> Array:
    """Maxima lose their sign."""
    return np.abs(y)


@after("pooling", "P4", remedy="Compute in the map's precision.")
def rounded_to_float32(y: Array, x: Array, size: int, stride: int) -> Array:
    """Maxima are held in float32."""
    with np.errstate(all="ignore"):
        return y.astype(np.float32).astype(y.dtype)


@after("pooling", "P4", remedy="Return floats: the result's array has an integer dtype.")
def maxima_cut_to_whole_numbers(y: Array, x: Array, size: int, stride: int) -> Array:
    """Maxima lose their fraction, as in an array of integers."""
    return np.trunc(y)


# Invalid input and defaults


@fault("pooling", "P1", remedy="Reject a map whose rank is not 3.")
def takes_maps_without_channels(feature_map: Any, size: int = 2, stride: int = 2) -> Array:
    """A map of rank 2 is pooled as one channel."""
    x = np.asarray(feature_map)
    if x.ndim == 2 and 1 <= size <= min(x.shape) and stride >= 1:
        return reference.pooling(x[:, :, np.newaxis], size, stride)[:, :, 0]
    return reference.pooling(x, size, stride)


@fault("pooling", "P2", "Q3", remedy="Reject a stride below 1.")
def negative_stride_counts_as_positive(feature_map: Any, size: int = 2, stride: int = 2) -> Array:
    """The sign of a stride is ignored."""
    return reference.pooling(feature_map, size, abs(stride))


@fault("pooling", "P2", remedy="Reject a size larger than the map.")
def large_windows_are_cut(feature_map: Any, size: int = 2, stride: int = 2) -> Array:
    """A window that is larger than the map is cut to the map."""
    if np.ndim(feature_map) == 3 and size > min(np.shape(feature_map)[:2]) > 0:
        size = min(np.shape(feature_map)[:2])
    return reference.pooling(feature_map, size, stride)


@fault("pooling", "Q10", remedy="Check size and stride first, and raise ValueError with a message.")
def windows_unchecked(feature_map: Any, size: int = 2, stride: int = 2) -> Array:
    """A size below 1 is found by an accident inside."""
    if size < 1:
        [][size]
    return reference.pooling(feature_map, size, stride)


@fault("pooling", "P5", remedy="The default of the stride is 2, whatever the size is.")
def stride_follows_the_size(feature_map: Any, size: int = 2, stride: int | None = None) -> Array:
    """A stride that is left out is the size."""
    return reference.pooling(feature_map, size, size if stride is None else stride)


@fault("pooling", "P5", remedy="The default of the stride is 2.")
def stride_defaults_to_one(feature_map: Any, size: int = 2, stride: int = 1) -> Array:
    """A stride that is left out is 1."""
    return reference.pooling(feature_map, size, stride)


@fault("pooling", "P5", remedy="The default of the size is 2.")
def size_defaults_to_three(feature_map: Any, size: int = 3, stride: int = 2) -> Array:
    """A size that is left out is 3."""
    return reference.pooling(feature_map, size, stride)


# Memory, values that are not finite, large dimensions, state


@before("pooling", "Q7", remedy="Let NaN pass: use numpy.maximum, not fmax or nanmax.")
def nan_ignored(x: Array, size: int, stride: int) -> Arguments:
    """NaN is left out of the maximum; a window of nothing else gives minus infinity."""
    return np.where(np.isnan(x), -np.inf, x), size, stride


@after("pooling", "Q7", remedy="Let NaN pass: use numpy.maximum, not fmax or nanmax.")
def nan_ignored_among_numbers(y: Array, x: Array, size: int, stride: int) -> Array:
    """NaN is left out of the maximum, unless there is nothing else in the window."""
    parts = windows(x, size, stride)
    return np.fmax.reduce(parts.reshape(*parts.shape[:3], -1), axis=3)


@fault(
    "pooling",
    "Q7",
    remedy="Compare so that NaN stays: `if value > largest or value != value`.",
    seen="loops with `if value > largest`, begun with the window's first element",
)
def nan_kept_where_it_comes_first(feature_map: Any, size: int = 2, stride: int = 2) -> Array:
    """NaN stays only where it is the first element of its window, and hides the others there."""
    x, size, stride, _ = spec.require_pooling(feature_map, size, stride, "standard")
    parts = windows(x, size, stride)
    y = parts[..., 0, 0].copy()
    for a, b in np.ndindex(size, size):
        y = np.where(parts[..., a, b] > y, parts[..., a, b], y)
    return y


@after("pooling", "Q9", remedy="Count rows and columns in a wider integer.")
def rows_counted_in_sixteen_bits(y: Array, x: Array, size: int, stride: int) -> Array:
    """Rows are counted in sixteen bits; what lies beyond stays zero."""
    y[2**16 // stride :] = 0
    return y


@stateful("pooling", "Q4", remedy="Return a new array from each call, or a copy of the buffer.")
def one_buffer_of_maxima() -> Function:
    """Results of one shape are written into one buffer, again and again."""
    buffers: dict[Any, Array] = {}

    def pooling(feature_map: Any, size: int = 2, stride: int = 2) -> Array:
        y = reference.pooling(feature_map, size, stride)
        buffer = buffers.setdefault((y.shape, y.dtype), y)
        buffer[...] = y
        return buffer

    return pooling


@fault("pooling", "Q4", remedy="Copy: a window of one element is still a new result.")
def view_where_nothing_is_to_do(feature_map: Any, size: int = 2, stride: int = 2) -> Array:
    """Windows of one element give a view of the map."""
    y = reference.pooling(feature_map, size, stride)
    if size == 1 and isinstance(feature_map, np.ndarray) and feature_map.dtype == y.dtype:
        return feature_map[::stride, ::stride]
    return y


@fault("pooling", "Q1", remedy="Work on a copy of the map.")
def maxima_written_into_the_map(feature_map: Any, size: int = 2, stride: int = 2) -> Array:
    """The maxima are written into the caller's map."""
    y = reference.pooling(feature_map, size, stride)
    if isinstance(feature_map, np.ndarray) and feature_map.flags.writeable:
        feature_map[: y.shape[0], : y.shape[1]] = y
    return y
