"""Faults of average_pooling: which windows are looked at, and what is made of their numbers."""

from collections.abc import Callable
from typing import Any

import numpy as np

from cnnspec import reference, spec
from cnnspec.kit import windows
from cnnspec.kit.fault import Ask, Changes, Look, Undefined, after, before, fault
from cnnspec.spec import Array

NAME = "average_pooling"

# What is made of the numbers of a window


def of_windows(make: Callable[[Array], Array], x: Array, size: int, stride: int) -> Changes:
    """What is made of the windows (..., S*S), in place of their means."""
    parts = windows.of(x, size, stride)
    with np.errstate(all="ignore"):
        made = make(parts.reshape(*parts.shape[:3], size * size))
    return {"feature_map": np.asarray(made, x.dtype), "size": 1, "stride": 1}


@before(NAME, "A4", remedy="Take the mean, not the largest element.")
def maximum_in_place_of_the_mean(feature_map: Array, size: int, stride: int) -> Changes:
    """The largest of each window instead of its mean."""
    return of_windows(lambda parts: parts.max(axis=3), feature_map, size, stride)


@before(NAME, "A4", remedy="Take the mean, not the smallest element.")
def minimum_in_place_of_the_mean(feature_map: Array, size: int, stride: int) -> Changes:
    """The smallest of each window instead of its mean."""
    return of_windows(lambda parts: parts.min(axis=3), feature_map, size, stride)


@before(NAME, "A4", remedy="Take the mean, not the median.")
def median_in_place_of_the_mean(feature_map: Array, size: int, stride: int) -> Changes:
    """The median of each window instead of its mean."""
    return of_windows(lambda parts: np.median(parts, axis=3), feature_map, size, stride)


@before(NAME, "A4", remedy="Take the mean of all, not of the largest and the smallest.")
def middle_of_both_ends(feature_map: Array, size: int, stride: int) -> Changes:
    """The middle between the largest and the smallest of each window."""
    return of_windows(
        lambda parts: (parts.max(axis=3) + parts.min(axis=3)) / 2, feature_map, size, stride
    )


@before(NAME, "A4", remedy="Take the mean of the numbers, not of their magnitudes.")
def mean_of_the_magnitudes(feature_map: Array) -> Changes:
    """The mean of the magnitudes of each window."""
    return {"feature_map": np.abs(feature_map)}


@before(NAME, "A4", remedy="Count every element, zeros too.")
def zeros_are_not_counted(feature_map: Array, size: int, stride: int) -> Changes:
    """The sum is divided by the number of elements that are not zero."""
    return of_windows(
        lambda parts: parts.sum(axis=3) / np.maximum((parts != 0).sum(axis=3), 1),
        feature_map,
        size,
        stride,
    )


@before(NAME, "A4", remedy="Take the mean of the window, not its first element.")
def first_element_in_place_of_the_mean(feature_map: Array, size: int, stride: int) -> Changes:
    """The first element of each window: subsampling."""
    return of_windows(lambda parts: parts[..., 0], feature_map, size, stride)


# What the sum is divided by


@after(NAME, "A4", remedy="Divide the sum by the number of elements, S * S.")
def not_divided(y: Array, size: int) -> Array:
    """The sum of each window: nothing is divided."""
    return y * y.dtype.type(size**2)


@after(NAME, "A4", remedy="Divide by S * S, not by S.")
def divided_by_the_size(y: Array, size: int) -> Array:
    """The sum is divided by S."""
    return y * y.dtype.type(size)


@after(NAME, "A4", remedy="Divide by S * S, whatever the stride is.")
def divided_by_the_square_of_the_stride(y: Array, size: int, stride: int) -> Array:
    """The sum is divided by T * T."""
    return y * y.dtype.type(size**2) / y.dtype.type(stride**2)


@after(NAME, "A4", remedy="Divide by S * S, not by 4.")
def divided_by_four(y: Array, size: int) -> Array:
    """The sum is divided by 4, as if windows were 2 by 2."""
    return y * y.dtype.type(size**2) / y.dtype.type(4)


@after(NAME, "A4", remedy="Divide by S * S, not by one less: no sample variance is asked for.")
def divided_by_one_less(y: Array, size: int) -> Array:
    """The sum is divided by S * S - 1."""
    with np.errstate(all="ignore"):
        return y * y.dtype.type(size**2) / y.dtype.type(size**2 - 1) if size > 1 else y


@after(NAME, "A4", remedy="Divide by S * S, not by (S + 2) * (S + 2): there is no padding.")
def divided_by_a_padded_count(y: Array, size: int) -> Array:
    """The sum is divided by (S + 1) * (S + 1)."""
    return y * y.dtype.type(size**2) / y.dtype.type((size + 1) ** 2)


def factor_of(ask: Ask) -> float | None:
    """What a window of ones gives, if it is not 1."""
    y = ask(np.ones((1, 1, 1)), 1, 1)
    return float(y.flat[0]) if y is not None and y.size == 1 and y.flat[0] not in (0, 1) else None


@after(NAME, "A4", remedy="Leave out the factor.", measure=factor_of, constant=0.5)
def mean_times_a_factor(y: Array, c: float) -> Array:
    """Every mean is multiplied by {c}."""
    return y * y.dtype.type(c)


# What becomes of the mean


@after(NAME, "A4", remedy="Return floats: the result's array has an integer dtype.")
def means_cut_to_whole_numbers(y: Array) -> Array:
    """Means lose their fraction, as in an array of integers or by integer division."""
    return np.trunc(y)


@after(NAME, "A4", remedy="Divide with /, not with //.")
def means_rounded_down(y: Array) -> Array:
    """Means are rounded down to whole numbers (//)."""
    return np.floor(y)


@after(NAME, "A4", remedy="Return the mean as it is: keep its fraction.")
def means_rounded(y: Array) -> Array:
    """Means are rounded to whole numbers."""
    return np.rint(y)


@after(NAME, "A4", remedy="Return the mean with its sign: no ReLU within.")
def means_rectified(y: Array) -> Array:
    """Negative means become zero."""
    return np.maximum(y, y.dtype.type(0))


@after(NAME, "A4", "A5", remedy="Compute in the map's precision.")
def means_in_float32(y: Array) -> Array:
    """Means are held in float32."""
    with np.errstate(all="ignore"):
        return y.astype(np.float32).astype(y.dtype)


@after(NAME, "A4", "A5", remedy="Compute 1/n in the map's precision, or divide.")
def reciprocal_in_float32(y: Array, size: int) -> Array:
    """The sum is multiplied by 1/n, which is held in float32."""
    short = float(np.float32(1) / np.float32(size**2))
    return y * y.dtype.type(size**2) * y.dtype.type(short)


@before(NAME, "A4", "A5", remedy="Keep the map in its own precision.")
def map_in_float32(feature_map: Array) -> Changes:
    """The map is rounded to float32."""
    with np.errstate(all="ignore"):
        return {"feature_map": feature_map.astype(np.float32).astype(feature_map.dtype)}


def by_differences(got: Array, right: Array, feature_map: Array) -> Look:
    """Tells an error that is small beside the sum of the whole map, not beside the window's own."""
    unit = float(np.finfo(got.dtype).eps)
    error = np.abs(got - right)
    if not (error <= feature_map.size * unit * np.abs(feature_map).sum()).all():
        return "contrary"
    return "telling" if (error > 2**6 * unit * np.abs(right)).any() else "neutral"


@fault(
    NAME,
    "A5",
    alike=by_differences,
    remedy="Sum each window for itself: running sums keep the error of the whole map.",
    seen="box filters by summed-area tables",
)
def by_running_sums(feature_map: Any, size: int, stride: int) -> Array:
    """Differences of running sums over the whole map, which keep its error (summed-area table)."""
    x, size, stride = spec.require_average_pooling(feature_map, size, stride)
    right = reference.average_pooling(x, size, stride)
    if not np.isfinite(x).all():
        return right
    table = np.pad(x, ((1, 0), (1, 0), (0, 0))).cumsum(axis=0).cumsum(axis=1)
    upper, lower = table[:-size], table[size:]
    sums = lower[:, size:] - lower[:, :-size] - upper[:, size:] + upper[:, :-size]
    return np.asarray(sums[::stride, ::stride] / size**2, x.dtype)


# Which windows


def starts(y: Array, x: Array, size: int, step: Callable[[int], int]) -> Array:
    """The mean of windows that start at step(0), step(1), ...; of what lies within the map."""
    made = np.zeros_like(y)
    with np.errstate(all="ignore"):
        for i, j in np.ndindex(y.shape[:2]):
            part = x[step(i) : step(i) + size, step(j) : step(j) + size]
            if not part.size:
                raise Undefined
            made[i, j] = part.mean(axis=(0, 1), dtype=x.dtype)
    return made


@after(NAME, "A4", remedy="Window i starts at i * stride, not at i.")
def means_one_apart(y: Array, feature_map: Array, size: int) -> Array:
    """Window i starts at i instead of i * T."""
    return starts(y, feature_map, size, lambda i: i)


@after(NAME, "A4", remedy="Window i starts at i * stride, not at i * size.", seen="torch/cunn#200")
def means_a_size_apart(y: Array, feature_map: Array, size: int) -> Array:
    """Window i starts at i * S instead of i * T."""
    return starts(y, feature_map, size, lambda i: i * size)


@after(NAME, "A4", remedy="Window i starts at i * stride, not one later.")
def means_start_one_late(y: Array, feature_map: Array, size: int, stride: int) -> Array:
    """Every window starts a row and a column too late; it is cut off by the border."""
    return starts(y, feature_map, size, lambda i: i * stride + 1)


@after(NAME, "A4", remedy="A window is x[r : r + size], which has size rows.")
def mean_of_a_window_one_short(y: Array, feature_map: Array, size: int, stride: int) -> Array:
    """Windows lack their last row and column, and are divided by what they have."""
    return starts(y, feature_map, max(size - 1, 1), lambda i: i * stride)


@after(NAME, "A4", remedy="A window is x[r : r + size], which has size rows.")
def mean_of_a_window_one_long(y: Array, feature_map: Array, size: int, stride: int) -> Array:
    """Windows have a row and a column too many, where the map has them."""
    return starts(y, feature_map, size + 1, lambda i: i * stride)


@before(NAME, "A4", remedy="Add every row of the window, the last too.")
def last_row_of_the_window_not_added(feature_map: Array, size: int, stride: int) -> Changes:
    """The last row of each window is not added; the sum is divided by S * S."""
    rows = max(size - 1, 1) * size
    return of_windows(
        lambda parts: parts[..., :rows].sum(axis=3) / size**2, feature_map, size, stride
    )


@before(NAME, "A4", remedy="Add every element of the window, the last too.")
def last_element_not_added(feature_map: Array, size: int, stride: int) -> Changes:
    """The last element of each window is not added; the sum is divided by S * S."""
    return of_windows(
        lambda parts: parts[..., : max(size**2 - 1, 1)].sum(axis=3) / size**2,
        feature_map,
        size,
        stride,
    )


@after(NAME, "A4", remedy="Set the sum back to zero before each window.")
def sum_runs_on(y: Array) -> Array:
    """The sum of one window is not set back before the next of its row."""
    with np.errstate(all="ignore"):
        return np.cumsum(y, axis=1, dtype=y.dtype)


@after(NAME, "A4", remedy="Set the sum back to zero before each channel.")
def sum_runs_on_over_the_channels(y: Array) -> Array:
    """The sum of one channel is not set back before the next."""
    with np.errstate(all="ignore"):
        return np.cumsum(y, axis=2, dtype=y.dtype)


@after(NAME, "A4", remedy="Let the loop over the rows reach the last window.")
def last_row_of_means_unwritten(y: Array) -> Array:
    """The last row of the result stays zero."""
    y[-1:] = 0
    return y


@after(NAME, "A4", remedy="Let the loop over the columns reach the last window.")
def last_column_of_means_unwritten(y: Array) -> Array:
    """The last column of the result stays zero."""
    y[:, -1:] = 0
    return y


@after(NAME, "A4", remedy="Let the loops run over range(0, H - S + 1, T), not range(0, H - S, T).")
def last_means_left_out(y: Array, feature_map: Array, size: int, stride: int) -> Array:
    """Windows that end at the border stay zero, as with loops over range(0, H - S, T)."""
    rows, cols = (len(range(0, n - size, stride)) for n in feature_map.shape[:2])
    y[rows:], y[:, cols:] = 0, 0
    return y


@after(NAME, "A4", remedy="Take the rows from the height and the columns from the width.")
def means_of_a_square_part(y: Array) -> Array:
    """Only a square part of the result is written; the rest stays zero."""
    side = min(y.shape[:2])
    y[side:], y[:, side:] = 0, 0
    return y


@after(NAME, "A4", remedy="Use the channel's own index.")
def means_of_the_first_channel_for_all(y: Array) -> Array:
    """Every channel of the result is that of the first."""
    return np.broadcast_to(y[:, :, :1], y.shape).copy()


@after(NAME, "A4", remedy="Let the loop run over every channel.")
def means_of_the_first_channel_alone(y: Array) -> Array:
    """All channels but the first stay zero."""
    y[:, :, 1:] = 0
    return y


@after(NAME, "A4", remedy="Channel k of the result is that of channel k.")
def means_with_channels_in_reverse(y: Array) -> Array:
    """The channels come in reverse order."""
    return y[:, :, ::-1].copy()


@after(NAME, "A4", remedy="Each channel for itself.")
def means_over_all_channels(y: Array) -> Array:
    """The mean is taken over all channels, and written to each."""
    with np.errstate(all="ignore"):
        mean = y.mean(axis=2, keepdims=True, dtype=y.dtype)
    return np.broadcast_to(mean, y.shape).copy()
