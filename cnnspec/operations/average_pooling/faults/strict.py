"""Faults of average_pooling: invalid input, memory, dtypes, values that are not finite."""

from typing import Any

import numpy as np

from cnnspec import reference
from cnnspec.kit import windows
from cnnspec.kit.fault import Changes, after, before, fault
from cnnspec.spec import Array

NAME = "average_pooling"

# Invalid input


@fault(NAME, "A1", remedy="Reject a map whose rank is not 3.")
def averages_maps_without_channels(feature_map: Any, size: int, stride: int) -> Array:
    """A map of rank 2 is taken as one channel."""
    x = np.asarray(feature_map)
    return reference.average_pooling(x[:, :, np.newaxis] if x.ndim == 2 else x, size, stride)


@fault(NAME, "A2", "Q3", remedy="Reject a stride below 1.")
def average_with_the_magnitude_of_the_stride(feature_map: Any, size: int, stride: int) -> Array:
    """The sign of a stride is ignored."""
    return reference.average_pooling(feature_map, size, abs(stride))


@fault(NAME, "A2", remedy="Reject a size larger than the map.")
def average_of_a_window_cut_to_the_map(feature_map: Any, size: int, stride: int) -> Array:
    """A window that is larger than the map is cut to the map."""
    if np.ndim(feature_map) == 3 and size > min(np.shape(feature_map)[:2]) > 0:
        size = min(np.shape(feature_map)[:2])
    return reference.average_pooling(feature_map, size, stride)


@fault(NAME, "A2", "Q3", remedy="Reject a size below 1.", seen="keras-team/keras#19013")
def average_of_windows_without_elements(feature_map: Any, size: int, stride: int) -> Array:
    """A size below 1 gives NaN, the mean of nothing."""
    x = np.asarray(feature_map)
    if x.ndim != 3 or size > 0 or stride < 1:
        return reference.average_pooling(x, size, stride)
    return np.full((windows.count(len(x), 1, stride), 1, x.shape[2]), np.nan)


@fault(NAME, "Q10", remedy="Check size and stride first, and raise ValueError with a message.")
def average_windows_unchecked(feature_map: Any, size: int, stride: int) -> Array:
    """A size below 1 is found by an accident inside."""
    if size < 1:
        [][size]
    return reference.average_pooling(feature_map, size, stride)


# Memory, dtypes, values that are not finite, large dimensions


@fault(NAME, "Q4", remedy="Copy: the mean of one element is still a new result.")
def average_view_where_nothing_is_to_do(feature_map: Any, size: int, stride: int) -> Array:
    """Windows of one element give a view of the map."""
    y = reference.average_pooling(feature_map, size, stride)
    if size == 1 and isinstance(feature_map, np.ndarray) and feature_map.dtype == y.dtype:
        return feature_map[::stride, ::stride]
    return y


@fault(NAME, "Q5", remedy="Make the array contiguous (numpy.ascontiguousarray).")
def average_reads_in_memory_order(feature_map: Any, size: int, stride: int) -> Array:
    """The map is read in the order of its memory, whatever its strides are."""
    x = np.asarray(feature_map)
    return reference.average_pooling(x.ravel("K").reshape(x.shape), size, stride)


@fault(NAME, "Q6", remedy="Allocate the result with the map's dtype.")
def means_are_float32(feature_map: Any, size: int, stride: int) -> Array:
    """The result is float32, whatever the map is."""
    with np.errstate(all="ignore"):
        return reference.average_pooling(feature_map, size, stride).astype(np.float32)


@fault(NAME, "Q6", remedy="Convert integers to float64 before they are added.")
def integer_sums_wrap(feature_map: Any, size: int, stride: int) -> Array:
    """Integers are added in their own dtype, and their sums wrap around."""
    y = reference.average_pooling(feature_map, size, stride)
    x = np.asarray(feature_map)
    if x.dtype.kind not in "iu":
        return y
    with np.errstate(all="ignore"):
        return windows.of(x, size, stride).sum(axis=(3, 4), dtype=x.dtype) / size**2


@fault(NAME, "Q6", remedy="A mean of integers is a float: divide with /.", seen="sum // count")
def integer_means_cut(feature_map: Any, size: int, stride: int) -> Array:
    """Means of integers are rounded down."""
    y = reference.average_pooling(feature_map, size, stride)
    return np.floor(y) if np.asarray(feature_map).dtype.kind in "iu" else y


@fault(
    NAME, "Q6", remedy="A mean of integers is a float: divide in float64.", seen="int / int in C"
)
def integer_means_cut_towards_zero(feature_map: Any, size: int, stride: int) -> Array:
    """Means of integers lose their fraction."""
    y = reference.average_pooling(feature_map, size, stride)
    return np.trunc(y) if np.asarray(feature_map).dtype.kind in "iu" else y


@fault(
    NAME,
    "Q6",
    remedy="Add first, in float64, and divide the sum.",
    seen="apache/tvm#3581: four fives give 4",
)
def integers_divided_before_they_are_added(feature_map: Any, size: int, stride: int) -> Array:
    """Each integer is divided by the count, and loses its fraction, before it is added."""
    y = reference.average_pooling(feature_map, size, stride)
    x = np.asarray(feature_map)
    if x.dtype.kind not in "iu":
        return y
    return windows.of(x // size**2, size, stride).sum(axis=(3, 4), dtype=float)


@fault(
    NAME,
    "Q6",
    remedy="1/n is a fraction: compute it in float64, or divide.",
    seen="pytorch/pytorch#143738, as it seems",
)
def reciprocal_as_an_integer(feature_map: Any, size: int, stride: int) -> Array:
    """Sums of integers are multiplied by 1/n as an integer, which is zero."""
    y = reference.average_pooling(feature_map, size, stride)
    return y * 0 if size > 1 and np.asarray(feature_map).dtype.kind in "iu" else y


@after(
    NAME,
    "Q7",
    remedy="Sum each window for itself: a running sum that has met a NaN stays one.",
    seen="scipy/scipy#7818: uniform_filter",
)
def nan_stays_in_the_running_sum(y: Array, feature_map: Array, size: int, stride: int) -> Array:
    """All means after a NaN or an infinity, of its row and of later rows, are NaN."""
    met = np.maximum.accumulate(np.maximum.accumulate(~np.isfinite(feature_map), 0), 1)
    ends = met[size - 1 :: stride, size - 1 :: stride]
    return np.where(ends, y.dtype.type(np.nan), y)


@before(NAME, "Q7", remedy="Let NaN pass: use mean, not nanmean.")
def nan_read_as_zero_in_means(feature_map: Array) -> Changes:
    """NaN counts as zero."""
    return {"feature_map": np.where(np.isnan(feature_map), 0, feature_map)}


@after(NAME, "Q7", remedy="Let NaN pass: use mean, not nanmean.")
def nan_left_out_of_means(y: Array, feature_map: Array, size: int, stride: int) -> Array:
    """NaN is left out: neither added nor counted."""
    parts = windows.of(feature_map, size, stride)
    there = ~np.isnan(parts)
    with np.errstate(all="ignore"):
        mean = np.where(there, parts, 0).sum(axis=(3, 4)) / there.sum(axis=(3, 4))
    return np.where(np.isnan(y), mean, y).astype(y.dtype)


@before(NAME, "Q8", remedy="Leave subnormal numbers as they are: no flush-to-zero mode.")
def subnormal_numbers_flushed_in_means(feature_map: Array) -> Changes:
    """Subnormal numbers count as zero."""
    tiny = np.finfo(feature_map.dtype).tiny
    return {
        "feature_map": np.where(np.abs(feature_map) < tiny, feature_map.dtype.type(0), feature_map)
    }


@after(NAME, "A4", "Q9", remedy="Count rows and columns in a wider integer.")
def means_counted_in_eight_bits(y: Array) -> Array:
    """Rows and columns of the result are counted in eight bits; what lies beyond stays zero."""
    y[2**8 :], y[:, 2**8 :] = 0, 0
    return y


@after(NAME, "A4", "Q9", remedy="Count the elements of a window in a wider integer.")
def count_in_sixteen_bits(y: Array, size: int) -> Array:
    """The elements of a window are counted in sixteen bits."""
    count = size**2 % 2**16
    with np.errstate(all="ignore"):
        return y if size < 2**8 else y * y.dtype.type(size**2) / y.dtype.type(count)
