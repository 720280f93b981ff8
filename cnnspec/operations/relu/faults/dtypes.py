"""Faults of relu: integers, half precision, arithmetic in place of a choice, and blocks."""

from typing import Any

import numpy as np

from cnnspec import reference
from cnnspec.kit import walks
from cnnspec.kit.fault import Ask, after, fault
from cnnspec.spec import Array


@after("relu", "R2", remedy="Compute in the map's precision, not in half of it.")
def held_in_float16(y: Array) -> Array:
    """Numbers are held in float16 in between."""
    with np.errstate(all="ignore"):
        return y.astype(np.float16).astype(y.dtype)


@after("relu", "R2", "Q7", remedy="Choose, do not add: x + |x| is NaN for minus infinity.")
def half_of_the_sum_with_its_magnitude(y: Array, feature_map: Array) -> Array:
    """(x + |x|) / 2, which is NaN for minus infinity, and infinite for the largest numbers."""
    with np.errstate(all="ignore"):
        return (feature_map + np.abs(feature_map)) / 2


@fault("relu", "Q6", remedy="Compare unsigned numbers as unsigned ones.")
def unsigned_taken_for_signed(feature_map: Any) -> Array:
    """Unsigned integers of the upper half count as negative, and become zero."""
    y = reference.relu(feature_map)
    x = np.asarray(feature_map)
    if x.dtype.kind == "u":
        y[x > np.iinfo(x.dtype).max // 2] = 0
    return y


@fault("relu", "Q6", remedy="Keep integers, or convert them to float64, not to float32.")
def integers_held_in_float32(feature_map: Any) -> Array:
    """Integers are converted to float32."""
    x = np.asarray(feature_map)
    return reference.relu(x.astype(np.float32) if x.dtype.kind in "iu" else x)


def block_of(ask: Ask) -> float | None:
    """The size of blocks behind the last of which negative numbers are left."""
    rests = []
    for n in walks.LENGTHS:
        y = ask(-np.ones((n, 1, 1)))
        if y is None or y.shape != (n, 1, 1):
            return None
        rests.append(n - 1 - int(np.flatnonzero(y == 0).max(initial=-1)))
    return walks.of_rests(rests)


@after(
    "relu",
    "R2",
    remedy="Deal with what is left behind the last whole block of a vector.",
    measure=block_of,
    constant=8.0,
)
def left_behind_the_last_block(y: Array, feature_map: Array, c: float) -> Array:
    """What lies behind the last whole block of {c} elements is left, negative numbers too."""
    x, flat = feature_map.reshape(-1), y.reshape(-1).copy()
    whole = flat.size // int(c) * int(c)
    flat[whole:] = x[whole:]
    return flat.reshape(y.shape)
