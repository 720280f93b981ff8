"""Faults of pooling: integers, half precision, infinities, and windows of one element."""

from typing import Any

import numpy as np

from cnnspec import reference, spec
from cnnspec.kit.fault import after, fault
from cnnspec.spec import Array


@after("pooling", "P4", remedy="Compute in the map's precision, not in half of it.")
def rounded_to_float16(y: Array) -> Array:
    """Maxima are held in float16."""
    with np.errstate(all="ignore"):
        return y.astype(np.float16).astype(y.dtype)


@after("pooling", "P4", remedy="Write the result, also where a window is one element.")
def single_elements_unwritten(y: Array, size: int) -> Array:
    """Where windows have one element, the result stays zero."""
    return np.zeros_like(y) if size == 1 else y


@after(
    "pooling",
    "Q7",
    remedy="Begin the maximum with the window's first element, or with minus infinity.",
    seen="-FLT_MAX and numpy.finfo(...).min before the loops",
)
def maximum_begins_at_the_lowest_float(y: Array) -> Array:
    """The maximum begins at the lowest finite number: windows of minus infinity give that."""
    return np.maximum(y, np.finfo(y.dtype).min)


def of_kind(feature_map: Any, kinds: str) -> bool:
    """Whether a map holds numbers of a kind."""
    return np.asarray(feature_map).dtype.kind in kinds


@fault(
    "pooling", "Q6", remedy="Begin with the window's first element, or the dtype's least number."
)
def integer_maximum_begins_above_the_least(
    feature_map: Any, size: int = 2, stride: int = 2
) -> Array:
    """Of signed integers the maximum begins one above the least: at -127 for int8."""
    y = reference.pooling(feature_map, size, stride)
    if of_kind(feature_map, "i"):
        return np.maximum(y, y.dtype.type(np.iinfo(np.asarray(feature_map).dtype).min + 1))
    return y


@fault("pooling", "Q6", remedy="Compare unsigned numbers as unsigned ones.")
def unsigned_compared_as_signed(feature_map: Any, size: int = 2, stride: int = 2) -> Array:
    """Unsigned integers are compared as if they were signed: those of the upper half are less."""
    x, size, stride = spec.require_pooling(feature_map, size, stride)
    if not of_kind(feature_map, "u"):
        return reference.pooling(x, size, stride)
    own = np.asarray(feature_map)
    signed = own.astype(own.dtype.newbyteorder("=")).view(f"i{own.dtype.itemsize}")
    y = reference.pooling(signed, size, stride)
    return y.astype(signed.dtype).view(f"u{own.dtype.itemsize}")


@fault("pooling", "Q6", remedy="Keep integers, or convert them to float64, not to float32.")
def maxima_of_integers_in_float32(feature_map: Any, size: int = 2, stride: int = 2) -> Array:
    """Integers are converted to float32."""
    if not of_kind(feature_map, "iu"):
        return reference.pooling(feature_map, size, stride)
    return reference.pooling(np.asarray(feature_map).astype(np.float32), size, stride)
