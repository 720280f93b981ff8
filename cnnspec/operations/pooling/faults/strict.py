"""Faults of pooling: invalid input, defaults, memory, values that are not finite, state."""

import time
from typing import Any

import numpy as np

from cnnspec import reference, spec
from cnnspec.kit.fault import Changes, Function, after, before, fault, stateful
from cnnspec.operations.pooling.faults.windows import windows
from cnnspec.spec import Array

# Invalid input and defaults


@fault("pooling", "P1", remedy="Reject a map whose rank is not 3.")
def takes_maps_without_channels(feature_map: Any, size: int = 2, stride: int = 2) -> Array:
    """A map of rank 2 is pooled as one channel."""
    x = np.asarray(feature_map)
    if x.ndim == 2 and 1 <= size <= min(x.shape) and stride >= 1:
        return reference.pooling(x[:, :, np.newaxis], size, stride)[:, :, 0]
    return reference.pooling(x, size, stride)


@fault("pooling", "P1", remedy="Reject a map whose rank is not 3.")
def adds_the_axis_of_channels(feature_map: Any, size: int = 2, stride: int = 2) -> Array:
    """A map of rank 2 is taken as one channel, and the result has rank 3."""
    x = np.asarray(feature_map)
    return reference.pooling(x[:, :, np.newaxis] if x.ndim == 2 else x, size, stride)


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
def nan_ignored(feature_map: Array) -> Changes:
    """NaN is left out of the maximum; a window of nothing else gives minus infinity."""
    return {"feature_map": np.where(np.isnan(feature_map), -np.inf, feature_map)}


@after("pooling", "Q7", remedy="Let NaN pass: use numpy.maximum, not fmax or nanmax.")
def nan_ignored_among_numbers(y: Array, feature_map: Array, size: int, stride: int) -> Array:
    """NaN is left out of the maximum, unless there is nothing else in the window."""
    parts = windows(feature_map, size, stride)
    return np.fmax.reduce(parts.reshape(*parts.shape[:3], -1), axis=3)


@fault(
    "pooling",
    "Q7",
    remedy="Compare so that NaN stays: `if value > largest or value != value`.",
    seen="loops with `if value > largest`, begun with the window's first element",
)
def nan_kept_where_it_comes_first(feature_map: Any, size: int = 2, stride: int = 2) -> Array:
    """NaN stays only where it is the first element of its window, and hides the others there."""
    x, size, stride = spec.require_pooling(feature_map, size, stride)
    parts = windows(x, size, stride)
    y = parts[..., 0, 0].copy()
    for a, b in np.ndindex(size, size):
        y = np.where(parts[..., a, b] > y, parts[..., a, b], y)
    return y


@before("pooling", "Q8", remedy="Leave subnormal numbers as they are: no flush-to-zero mode.")
def subnormal_maxima_flushed(feature_map: Array) -> Changes:
    """Subnormal numbers count as zero."""
    return {
        "feature_map": np.where(
            np.abs(feature_map) < np.finfo(feature_map.dtype).tiny,
            feature_map.dtype.type(0),
            feature_map,
        )
    }


@after("pooling", "P4", "Q9", remedy="Count rows and columns in a wider integer.")
def both_counted_in_eight_bits(y: Array) -> Array:
    """Rows and columns of the result are counted in eight bits; what lies beyond stays zero."""
    y[2**8 :], y[:, 2**8 :] = 0, 0
    return y


@after("pooling", "P4", "Q9", remedy="Count rows and columns in a wider integer.")
def both_counted_in_sixteen_bits(y: Array, stride: int) -> Array:
    """Rows and columns of the map are counted in sixteen bits; what lies beyond stays zero."""
    y[-(-(2**16) // stride) :], y[:, -(-(2**16) // stride) :] = 0, 0
    return y


@after("pooling", "P4", "Q9", remedy="Count rows and columns in a wider integer.")
def rows_counted_in_sixteen_bits(y: Array, stride: int) -> Array:
    """Rows are counted in sixteen bits; what lies beyond stays zero."""
    y[2**16 // stride :] = 0
    return y


@fault("pooling", "Q6", remedy="Allocate the result with the map's dtype.")
def maxima_are_float32(feature_map: Any, size: int = 2, stride: int = 2) -> Array:
    """The result is float32, whatever the map is."""
    with np.errstate(all="ignore"):
        return reference.pooling(feature_map, size, stride).astype(np.float32)


@fault("pooling", "Q6", remedy="Begin with the window's first element.")
def integer_maximum_begins_at_zero(feature_map: Any, size: int = 2, stride: int = 2) -> Array:
    """Of a map of integers, a maximum below zero is zero."""
    y = reference.pooling(feature_map, size, stride)
    return np.maximum(y, 0) if np.asarray(feature_map).dtype.kind in "iu" else y


@fault("pooling", "Q4", remedy="Copy: a window of one element is still a new result.")
def view_where_nothing_is_to_do(feature_map: Any, size: int = 2, stride: int = 2) -> Array:
    """Windows of one element give a view of the map."""
    y = reference.pooling(feature_map, size, stride)
    if size == 1 and isinstance(feature_map, np.ndarray) and feature_map.dtype == y.dtype:
        return feature_map[::stride, ::stride]
    return y


@fault("pooling", "Q5", remedy="Make the array contiguous (numpy.ascontiguousarray).")
def map_read_in_memory_order(feature_map: Any, size: int = 2, stride: int = 2) -> Array:
    """The map is read in the order of its memory, whatever its strides are."""
    x = np.asarray(feature_map)
    return reference.pooling(x.ravel("K").reshape(x.shape), size, stride)


@stateful("pooling", "Q2", remedy="Pass size and stride on: a global is one place for all threads.")
def numbers_shared_by_threads() -> Function:
    """Threads put size and stride into one place, and may read those of another thread there."""
    place: list[Any] = []

    def pooling(feature_map: Any, size: Any = 2, stride: Any = 2) -> Array:
        own = reference.pooling(feature_map, size, stride)
        place[:] = [size, stride]
        time.sleep(5e-4)  # another thread may come between
        if place[0] > min(np.shape(feature_map)[:2]):
            return own
        return reference.pooling(feature_map, *place)

    return pooling
