"""Windows that slide over a feature map: how many there are, and where each of them starts.

Along an axis of n elements, windows of S elements start at 0, T, 2T, and so on. The last one is the
last that lies in the axis as a whole; what is left behind it, no window reads:

    n = 7, S = 3, T = 2        0 1 2 3 4 5 6
    window 0 starts at 0       # # #
    window 1 starts at 2           # # #
    window 2 starts at 4               # # #

>>> length(7, 3, 2)
3
>>> length(8, 3, 2)  # element 7 is left over
3
"""

import operator
from typing import SupportsIndex

import numpy.typing as npt

from cnnspec.spec.numbers import Array, SpecError, as_array, numbers


def length(extent: int, size: int, stride: int) -> int:
    """How many windows lie in an axis: floor((extent - size) / stride) + 1."""
    return (extent - size) // stride + 1


def window(x: Array, i: int, j: int, ch: int, size: int, stride: int) -> Array:
    """The elements of channel ch that output (i, j) is computed from, row by row."""
    r, c = i * stride, j * stride
    return x[r : r + size, c : c + size, ch].ravel()


def require_windows(
    feature_map: npt.ArrayLike,
    size: SupportsIndex,
    stride: SupportsIndex,
    rank: str,
    fits: str,
) -> tuple[Array, int, int]:
    """Check that a feature map has rank 3, and that windows of `size` lie in it.

    Returns the map, in the result's dtype, and size and stride as int. rank, fits: the ids of the
    clauses that say so. Raises SpecError with one of them, or Q6.
    """
    x = as_array(feature_map)
    if x.ndim != 3:
        raise SpecError(rank, f"a feature map has rank 3 (rows, columns, channels), not {x.ndim}")
    height, width, _ = x.shape
    try:
        size, stride = operator.index(size), operator.index(stride)
    except TypeError:
        message = f"size and stride are whole numbers, not {size!r} and {stride!r}"
        raise SpecError(fits, message) from None
    if not 1 <= size <= min(height, width):
        raise SpecError(fits, f"a window of size {size} in a {height} by {width} map")
    if stride < 1:
        raise SpecError(fits, f"a stride of {stride}; it is at least 1")
    (x,) = numbers(x)
    return x, size, stride
