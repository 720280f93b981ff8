"""Faults of pooling: which windows are looked at, and what is made of their numbers."""

from collections.abc import Callable

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from cnnspec import reference
from cnnspec.kit.fault import Ask, Changes, Undefined, after, before
from cnnspec.spec import Array

# Which windows, and what of them


def windows(x: Array, size: int, stride: int) -> Array:
    """All windows: (Ho, Wo, C, S, S)."""
    return sliding_window_view(x, (size, size), axis=(0, 1))[::stride, ::stride]


def starts(shape: Array, x: Array, size: int, step: Callable[[int], int]) -> Array:
    """The maximum of windows that start at step(0), step(1), ...; cut off by the border."""
    y = np.zeros_like(shape)
    if not y.size and 0 in y.shape[:2]:
        return y
    across = np.stack([highest(x, step(j), size, 1) for j in range(y.shape[1])], axis=1)
    for i in range(y.shape[0]):
        y[i] = highest(across, step(i), size, 0)
    return y


def highest(x: Array, start: int, size: int, axis: int) -> Array:
    """The maximum of so many rows or columns. Raises Undefined where there is nothing."""
    part = x[start : start + size] if axis == 0 else x[:, start : start + size]
    if not part.size:
        raise Undefined
    return np.asarray(part.max(axis=axis))


@after("pooling", "P4", remedy="Window i starts at i * stride, not at i.")
def windows_one_apart(y: Array, feature_map: Array, size: int) -> Array:
    """Window i starts at i instead of i * T."""
    return starts(y, feature_map, size, lambda i: i)


@after("pooling", "P4", remedy="Window i starts at i * stride, not at i * size.")
def windows_a_size_apart(y: Array, feature_map: Array, size: int) -> Array:
    """Window i starts at i * S instead of i * T."""
    return starts(y, feature_map, size, lambda i: i * size)


@after("pooling", "P4", remedy="Window i starts at i * stride, not one later.")
def windows_start_one_late(y: Array, feature_map: Array, size: int, stride: int) -> Array:
    """Every window starts a row and a column too late."""
    return starts(y, feature_map, size, lambda i: i * stride + 1)


@after("pooling", "P4", remedy="A window is x[r : r + size], which has size rows.")
def window_one_short(y: Array, feature_map: Array, size: int, stride: int) -> Array:
    """Windows lack their last row and column."""
    return starts(y, feature_map, max(size - 1, 1), lambda i: i * stride)


@after("pooling", "P4", remedy="A window is x[r : r + size], which has size rows.")
def window_a_row_short(y: Array, feature_map: Array, size: int, stride: int) -> Array:
    """Windows lack their last row."""
    return windows(feature_map, size, stride)[..., : max(size - 1, 1), :].max(axis=(3, 4))


@after("pooling", "P4", remedy="A window is x[r : r + size, c : c + size].")
def window_a_column_short(y: Array, feature_map: Array, size: int, stride: int) -> Array:
    """Windows lack their last column."""
    return windows(feature_map, size, stride)[..., : max(size - 1, 1)].max(axis=(3, 4))


@after("pooling", "P4", remedy="A window is x[r : r + size], not x[r : r + size + 1].")
def window_one_long(y: Array, feature_map: Array, size: int, stride: int) -> Array:
    """Windows have a row and a column too many, where the map has them."""
    return starts(y, feature_map, size + 1, lambda i: i * stride)


@after("pooling", "P4", remedy="Use the size that is given, not 2, where a window is cut out.")
def windows_of_two_by_two(y: Array, feature_map: Array, stride: int) -> Array:
    """Windows are 2 by 2 whatever the size is; the result has the right shape."""
    return starts(y, feature_map, 2, lambda i: i * stride)


@after("pooling", "P4", remedy="A window is x[r : r + size, c : c + size].")
def window_a_column_long(y: Array, feature_map: Array, size: int, stride: int) -> Array:
    """Windows have a column too many, where the map has it."""
    wide = np.pad(feature_map, ((0, 0), (0, 1), (0, 0)), constant_values=-np.inf)
    return np.maximum(y, reference.pooling(wide[:, 1:], size, stride)[: len(y), : y.shape[1]])


@after("pooling", "P4", remedy="A window is x[r : r + size, c : c + size].")
def window_a_row_long(y: Array, feature_map: Array, size: int, stride: int) -> Array:
    """Windows have a row too many, where the map has it."""
    high = np.pad(feature_map, ((0, 1), (0, 0), (0, 0)), constant_values=-np.inf)
    return np.maximum(y, reference.pooling(high[1:], size, stride)[: len(y), : y.shape[1]])


@after("pooling", "P4", remedy="A window has size rows and size columns.")
def first_row_of_the_window(y: Array, feature_map: Array, size: int, stride: int) -> Array:
    """Only the first row of each window is looked at."""
    return windows(feature_map, size, stride)[..., 0, :].max(axis=3)


@after("pooling", "P4", remedy="A window has size rows and size columns.")
def first_column_of_the_window(y: Array, feature_map: Array, size: int, stride: int) -> Array:
    """Only the first column of each window is looked at."""
    return windows(feature_map, size, stride)[..., 0].max(axis=3)


@after("pooling", "P4", remedy="Look at every element of the window, with two loops.")
def diagonal_of_the_window(y: Array, feature_map: Array, size: int, stride: int) -> Array:
    """Only the diagonal of each window is looked at."""
    return np.diagonal(windows(feature_map, size, stride), axis1=3, axis2=4).max(axis=3)


@after(
    "pooling", "P4", remedy="Take the largest element, not the first: subsampling is no pooling."
)
def first_element_of_the_window(y: Array, feature_map: Array, size: int, stride: int) -> Array:
    """The first element of each window, whichever is the largest."""
    return windows(feature_map, size, stride)[..., 0, 0].copy()


@after("pooling", "P4", remedy="Let the loop over the rows reach the last window.")
def last_row_unwritten(y: Array) -> Array:
    """The last row of the result stays zero."""
    y[-1:] = 0
    return y


@after("pooling", "P4", remedy="Let the loop over the columns reach the last window.")
def last_column_unwritten(y: Array) -> Array:
    """The last column of the result stays zero."""
    y[:, -1:] = 0
    return y


@after(
    "pooling", "P4", remedy="Let the loops run over range(0, H - S + 1, T), not range(0, H - S, T)."
)
def last_window_left_out(y: Array, feature_map: Array, size: int, stride: int) -> Array:
    """Windows that end at the border stay zero, as with loops over range(0, H - S, T)."""
    rows, cols = (len(range(0, n - size, stride)) for n in feature_map.shape[:2])
    y[rows:], y[:, cols:] = 0, 0
    return y


@after("pooling", "P4", remedy="Let the loops run over range(0, H - S + 1, T).")
def last_starts_left_out(y: Array, feature_map: Array, size: int, stride: int) -> Array:
    """Windows that start at H-S-1 or later stay zero, as with the article's loops."""
    rows, cols = (len(range(0, n - size - 1, stride)) for n in feature_map.shape[:2])
    y[rows:], y[:, cols:] = 0, 0
    return y


@after("pooling", "P4", remedy="Window (i, j) starts at row i * stride and column j * stride.")
def windows_transposed(y: Array) -> Array:
    """Element (i, j) is that of window (j, i), and zero where there is none."""
    side = min(y.shape[:2])
    turned = np.zeros_like(y)
    turned[:side, :side] = y[:side, :side].swapaxes(0, 1)
    return turned


@after("pooling", "P4", remedy="Let both loops reach their last window.")
def last_row_and_column_unwritten(y: Array) -> Array:
    """The last row and the last column of the result stay zero."""
    y[-1:], y[:, -1:] = 0, 0
    return y


@after("pooling", "P4", remedy="Take the rows from the height and the columns from the width.")
def square_map_assumed(y: Array) -> Array:
    """Only a square part of the result is written; the rest stays zero."""
    side = min(y.shape[:2])
    y[side:], y[:, side:] = 0, 0
    return y


@after("pooling", "P4", remedy="Each channel for itself.")
def over_all_channels(y: Array) -> Array:
    """The maximum is taken over all channels."""
    return np.broadcast_to(y.max(axis=2, keepdims=True, initial=-np.inf), y.shape).copy()


@after("pooling", "P3", remedy="Each channel for itself: take the maximum over axes 0 and 1.")
def channels_folded_into_one(y: Array) -> Array:
    """The maximum is taken over all channels, and the result has one."""
    return y.max(axis=2, keepdims=True, initial=-np.inf)


@after("pooling", "P4", remedy="Use the channel's own index.")
def first_channel_for_all(y: Array) -> Array:
    """Every channel of the result is that of the first."""
    return np.broadcast_to(y[:, :, :1], y.shape).copy()


@after("pooling", "P4", remedy="Let the loop over the channels reach the last one.")
def last_channel_unwritten(y: Array) -> Array:
    """The last of several channels stays zero."""
    y[:, :, max(y.shape[2] - 1, 1) :] = 0
    return y


@after("pooling", "P4", remedy="Let the loop run over every channel.")
def only_the_first_channel_written(y: Array) -> Array:
    """All channels but the first stay zero."""
    y[:, :, 1:] = 0
    return y


@after("pooling", "P4", remedy="Channel k of the result is that of channel k.")
def channels_in_reverse(y: Array) -> Array:
    """The channels come in reverse order."""
    return y[:, :, ::-1].copy()


@after("pooling", "P4", remedy="Begin each channel's maximum anew.")
def maximum_runs_on_over_the_channels(y: Array) -> Array:
    """The maximum of one channel is not set back before the next."""
    return np.maximum.accumulate(y, axis=2)


@after("pooling", "P4", remedy="Begin each window's maximum anew.")
def maximum_runs_on(y: Array) -> Array:
    """The maximum of one window is not set back before the next, row by row."""
    flat = y.reshape(-1, y.shape[2])
    return np.maximum.accumulate(flat, axis=0).reshape(y.shape)


@after("pooling", "P4", remedy="Begin each window's maximum anew.")
def maximum_runs_on_along_the_row(y: Array) -> Array:
    """The maximum of one window is not set back before the next of its row."""
    return np.maximum.accumulate(y, axis=1)


@after("pooling", "P4", remedy="Take the columns from the width, not from the height.")
def columns_as_many_as_rows(y: Array) -> Array:
    """No more columns are written than there are rows; the rest stays zero."""
    y[:, len(y) :] = 0
    return y


@after("pooling", "P4", remedy="Take the rows from the height, not from the width.")
def rows_as_many_as_columns(y: Array) -> Array:
    """No more rows are written than there are columns; the rest stays zero."""
    y[y.shape[1] :] = 0
    return y


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
    seen="max = 0 before the loops; FLT_MIN, which is above zero, in uxlfoundation/oneDNN#1677",
    measure=start_of,
    constant=0.0,
)
def maximum_begins_at(y: Array, c: float) -> Array:
    """The maximum begins at {c}: windows below that give {c}."""
    return np.asarray(np.maximum(y, y.dtype.type(c)))


@before("pooling", "P4", remedy="Take the largest element, not the mean.")
def average_is_taken(feature_map: Array, size: int, stride: int) -> Changes:
    """The mean of each window instead of its maximum."""
    with np.errstate(all="ignore"):
        return {
            "feature_map": windows(feature_map, size, stride).mean(
                axis=(3, 4), dtype=feature_map.dtype
            ),
            "size": 1,
            "stride": 1,
        }


@before("pooling", "P4", remedy="Take the largest element, not the sum.")
def sum_is_taken(feature_map: Array, size: int, stride: int) -> Changes:
    """The sum of each window instead of its maximum."""
    with np.errstate(all="ignore"):
        return {
            "feature_map": windows(feature_map, size, stride).sum(axis=(3, 4)),
            "size": 1,
            "stride": 1,
        }


@before("pooling", "P4", remedy="Take the largest element, not the smallest.")
def minimum_is_taken(feature_map: Array, size: int, stride: int) -> Changes:
    """The smallest of each window instead of the largest."""
    return {
        "feature_map": windows(feature_map, size, stride).min(axis=(3, 4)),
        "size": 1,
        "stride": 1,
    }


@before("pooling", "P4", remedy="Take the largest element, not the median.")
def median_is_taken(feature_map: Array, size: int, stride: int) -> Changes:
    """The median of each window instead of its maximum."""
    with np.errstate(all="ignore"):
        return {
            "feature_map": np.asarray(
                np.median(windows(feature_map, size, stride), axis=(3, 4)), feature_map.dtype
            ),
            "size": 1,
            "stride": 1,
        }


@before("pooling", "P4", remedy="Compare the numbers, not their magnitudes.")
def largest_magnitude(feature_map: Array) -> Changes:
    """The largest magnitude of each window, without its sign."""
    return {"feature_map": np.abs(feature_map)}


@before("pooling", "P4", remedy="Compare the numbers, not their magnitudes.")
def largest_magnitude_with_its_sign(feature_map: Array, size: int, stride: int) -> Changes:
    """The element of the largest magnitude of each window, with its sign."""
    parts = windows(feature_map, size, stride)
    flat = parts.reshape(*parts.shape[:3], size * size)
    place = np.abs(flat).argmax(axis=3, keepdims=True)
    return {"feature_map": np.take_along_axis(flat, place, axis=3)[..., 0], "size": 1, "stride": 1}


@before("pooling", "P4", remedy="Compare the numbers, not their magnitudes.")
def larger_magnitude_of_both_ends(feature_map: Array, size: int, stride: int) -> Changes:
    """The largest or the smallest of each window, whichever has the larger magnitude."""
    parts = windows(feature_map, size, stride)
    high, low = parts.max(axis=(3, 4)), parts.min(axis=(3, 4))
    return {"feature_map": np.where(np.abs(high) >= np.abs(low), high, low), "size": 1, "stride": 1}


@after("pooling", "P4", remedy="Return the maximum as it is: negative ones too.")
def rectified_maxima(y: Array) -> Array:
    """Maxima lose their sign."""
    return np.abs(y)


@after("pooling", "P4", remedy="Compare with > alone: no tolerance, and no rounding.")
def nearly_equal_taken_for_equal(y: Array, feature_map: Array, size: int, stride: int) -> Array:
    """A number that is larger by less than a billionth part does not count as larger."""
    parts = windows(feature_map, size, stride)
    best = parts[..., 0, 0].copy()
    with np.errstate(all="ignore"):
        for a, b in np.ndindex(size, size):
            value = parts[..., a, b]
            near = np.abs(value - best) <= 1e-9 * np.maximum(np.abs(value), np.abs(best))
            best = np.where((value > best) & ~near, value, best)
    return best


@after("pooling", "P4", remedy="Test `largest is None`, not `not largest`: zero is false.")
def zero_taken_for_nothing(y: Array, feature_map: Array, size: int, stride: int) -> Array:
    """A maximum of zero counts as none yet: what comes next replaces it."""
    if feature_map.all():  # which saves a walk through all places
        return y
    parts = windows(feature_map, size, stride)
    best = parts[..., 0, 0].copy()
    for a, b in np.ndindex(size, size):
        best = np.where((best == 0) | (parts[..., a, b] > best), parts[..., a, b], best)
    return best


@after("pooling", "P4", remedy="Compute in the map's precision.")
def rounded_to_float32(y: Array) -> Array:
    """Maxima are held in float32."""
    with np.errstate(all="ignore"):
        return y.astype(np.float32).astype(y.dtype)


@after("pooling", "P4", remedy="Return floats: the result's array has an integer dtype.")
def maxima_cut_to_whole_numbers(y: Array) -> Array:
    """Maxima lose their fraction, as in an array of integers."""
    return np.trunc(y)
