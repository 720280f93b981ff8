"""Faults of pooling: sizes and strides that are misread."""

import operator
from typing import Any

import numpy as np

from cnnspec import reference
from cnnspec.kit.fault import fault
from cnnspec.spec import Array

BITS = 2**32 - 1
"""What is kept of a number in 32 bits without a sign."""


@fault("pooling", "P2", remedy="Take whole numbers alone: operator.index, not int.")
def fractions_of_a_size_are_cut(feature_map: Any, size: Any = 2, stride: Any = 2) -> Array:
    """A size and a stride that are no whole numbers are cut to whole ones."""
    return reference.pooling(feature_map, int(size), int(stride))


@fault("pooling", "P2", remedy="Compare the size with the map before it is cut to 32 bits.")
def sizes_are_cut_to_thirty_two_bits(feature_map: Any, size: Any = 2, stride: Any = 2) -> Array:
    """Of a size the lowest 32 bits are used: a very large one may fit."""
    size = operator.index(size)
    return reference.pooling(feature_map, size & BITS if size > 0 else size, stride)


@fault("pooling", "P3", remedy="Hold the stride in a wider integer, or cut it to the map's extent.")
def strides_are_cut_to_thirty_two_bits(feature_map: Any, size: Any = 2, stride: Any = 2) -> Array:
    """Of a stride the lowest 32 bits are used: a very large one may be 1."""
    stride = operator.index(stride)
    return reference.pooling(feature_map, size, stride & BITS if stride > 0 else stride)


@fault("pooling", "P2", remedy="Take what has an index (operator.index), not int alone.")
def numbers_of_numpy_are_refused(feature_map: Any, size: Any = 2, stride: Any = 2) -> Array:
    """A size or a stride that is no int of Python is refused, a whole number of NumPy too."""
    if type(size) is not int or type(stride) is not int:
        raise TypeError("size and stride are of the type int")
    return reference.pooling(feature_map, size, stride)


@fault("pooling", "P2", remedy="Test numbers by operator.index, not by isinstance(size, int).")
def numbers_of_numpy_give_the_default(feature_map: Any, size: Any = 2, stride: Any = 2) -> Array:
    """A stride that is a whole number of NumPy counts as left out."""
    return reference.pooling(feature_map, size, 2 if isinstance(stride, np.integer) else stride)
