"""Faults of relu: memory, dtypes, values that are not finite, state."""

import itertools
from typing import Any

import numpy as np

from cnnspec import reference
from cnnspec.kit.fault import Function, after, fault, stateful
from cnnspec.operations.relu.faults.values import ALL, blank
from cnnspec.spec import Array

# Memory, dtypes, values that are not finite, state


@fault("relu", "Q1", "Q4", remedy="Write into a new array, and return that.")
def in_place_and_returned(feature_map: Any) -> Array:
    """The input is overwritten and returned."""
    y = reference.relu(feature_map)
    if feature_map.flags.writeable and feature_map.dtype == y.dtype:
        feature_map[...] = y
        return np.asarray(feature_map)
    return y


@fault("relu", "Q4", remedy="Copy: an input without negative numbers needs a new result too.")
def returns_its_input(feature_map: Any) -> Array:
    """An input without negative numbers is returned itself."""
    y = reference.relu(feature_map)
    same = y.dtype == feature_map.dtype and np.array_equal(y, feature_map)
    return feature_map if same else y


@fault("relu", "Q6", remedy="Return the map's dtype: allocate with dtype=feature_map.dtype.")
def through_float32(feature_map: Any) -> Array:
    """The result is float32."""
    with np.errstate(all="ignore"):
        return reference.relu(feature_map).astype(np.float32)


@after(
    "relu",
    "Q7",
    remedy="Let NaN pass: numpy.maximum does, `x > 0 ? x : 0` and fmax do not.",
    seen="apache/tvm#19579 (maxps of x86), several GPU runtimes",
)
def nan_becomes_zero(y: Array, feature_map: Array) -> Array:
    """NaN is not above zero, and becomes zero."""
    return np.where(np.isnan(feature_map), y.dtype.type(0), y)


@after("relu", "Q7", remedy="Infinity is above zero, and stays.")
def infinity_cut(y: Array) -> Array:
    """Infinity becomes the largest finite number."""
    return np.minimum(y, np.finfo(y.dtype).max)


@after("relu", "Q7", remedy="Select, do not multiply: x * (x > 0) is NaN at minus infinity.")
def multiplied_by_a_mask(y: Array, feature_map: Array) -> Array:
    """X times (x > 0), which is NaN for minus infinity."""
    with np.errstate(all="ignore"):
        return feature_map * (feature_map > 0).astype(feature_map.dtype)


@after("relu", "Q8", remedy="Leave subnormal numbers as they are: no flush-to-zero mode.")
def subnormals_flushed(y: Array) -> Array:
    """Subnormal numbers become zero."""
    return np.where(y < np.finfo(y.dtype).tiny, y.dtype.type(0), y)


@after("relu", "R2", "Q9", remedy="Count rows and columns in a wider integer.")
def cells_counted_in_eight_bits(y: Array) -> Array:
    """Rows and columns are counted in eight bits; what lies beyond stays zero."""
    return blank(blank(y, slice(2**8, None)), ALL, slice(2**8, None))


@after("relu", "R2", "Q9", remedy="Count rows and columns in a wider integer.")
def cells_counted_in_sixteen_bits(y: Array) -> Array:
    """Rows and columns are counted in sixteen bits; what lies beyond stays zero."""
    return blank(blank(y, slice(2**16, None)), ALL, slice(2**16, None))


@stateful("relu", "Q2", remedy="Keep no count of calls.")
def wrong_after_a_thousand_calls() -> Function:
    """From its thousandth call on, it lets negative numbers pass."""
    calls = itertools.count()

    def relu(feature_map: Any) -> Array:
        y = reference.relu(feature_map)
        return y if next(calls) < 1000 else np.asarray(feature_map).astype(y.dtype)

    return relu


@stateful("relu", "Q2", remedy="Clear the workspace, or make it as large as the map.")
def residue_of_a_large_call() -> Function:
    """After a large map, the next result holds a residue of it."""
    sizes = [0]

    def relu(feature_map: Any) -> Array:
        y = reference.relu(feature_map)
        sizes.append(y.size)
        return np.asarray(y + y.dtype.type(sizes[-2] > 150))

    return relu


@stateful("relu", "Q2", remedy="Take the dtype from each map, not from the first.")
def dtype_of_the_first_call() -> Function:
    """The first call decides in which dtype all later ones are computed."""
    first: list[Any] = []

    def relu(feature_map: Any) -> Array:
        y = reference.relu(feature_map)
        first.append(y.dtype)
        with np.errstate(all="ignore"):
            return y.astype(first[0])

    return relu
