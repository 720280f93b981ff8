"""Faults of average pooling: sizes and strides that are misread."""

import operator
from typing import Any

import numpy as np

from cnnspec import reference
from cnnspec.kit.fault import fault
from cnnspec.operations.average_pooling.inputs import NAME
from cnnspec.spec import Array

BITS = 2**32 - 1
"""What is kept of a number in 32 bits without a sign."""


@fault(NAME, "A2", remedy="Take whole numbers alone: operator.index, not int.")
def fractions_are_cut(feature_map: Any, size: Any, stride: Any) -> Array:
    """A size and a stride that are no whole numbers are cut to whole ones."""
    return reference.average_pooling(feature_map, int(size), int(stride))


@fault(NAME, "A2", remedy="Compare the size with the map before it is cut to 32 bits.")
def large_sizes_are_cut_to_thirty_two_bits(feature_map: Any, size: Any, stride: Any) -> Array:
    """Of a size the lowest 32 bits are used: a very large one may fit."""
    size = operator.index(size)
    return reference.average_pooling(feature_map, size & BITS if size > 0 else size, stride)


@fault(NAME, "A3", remedy="Hold the stride in a wider integer, or cut it to the map's extent.")
def large_strides_are_cut_to_thirty_two_bits(feature_map: Any, size: Any, stride: Any) -> Array:
    """Of a stride the lowest 32 bits are used: a very large one may be 1."""
    stride = operator.index(stride)
    return reference.average_pooling(feature_map, size, stride & BITS if stride > 0 else stride)


@fault(NAME, "A2", remedy="Make size an int (operator.index) before it is squared.")
def counts_in_the_type_of_the_size(feature_map: Any, size: Any, stride: Any) -> Array:
    """The elements of a window are counted in the type of the size: in uint8, 16 * 16 is 0."""
    y = reference.average_pooling(feature_map, size, stride)
    with np.errstate(all="ignore"):
        return y * (operator.index(size) ** 2 / (size * size))
