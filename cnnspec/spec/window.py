"""Windows that slide over an image or a map: how many there are, and what each of them reads.

Rows and columns are treated alike, so it is enough to look at one axis. It has n elements. Windows
of S elements start at 0, T, 2T, and so on, as long as they end within the axis. What is left over
at the end is not read:

    n = 8, S = 3, T = 2        0 1 2 3 4 5 6 7
    window 0 starts at 0       # # #
    window 1 starts at 2           # # #
    window 2 starts at 4               # # #

>>> Axis(extent=8, size=3, stride=2).length  # element 7 is left over
3

Three parameters change that. **Ceil** makes room for one window more where something is left over.
That window reaches beyond the end, and reads what there is. It has to start before the end of the
n elements: one that would start in padding behind them is left out.

    window 3 starts at 6                   # # #

>>> axis = Axis(extent=8, size=3, stride=2, ceil=True)
>>> axis.length
4
>>> axis.reads(3)
[6, 7]

**Padding** adds elements before the axis and after it. They are dots below. The first window starts
with them, at a place below 0. With a **dilation** D, a window reads every D-th element. So its S
elements, the **taps**, reach over E = D*(S-1) + 1 elements.

    n = 5, S = 2, T = 2, D = 2       . 0 1 2 3 4 .
    window 0 starts at -1            #   #
    window 1 starts at 1                 #   #
    window 2 starts at 3                     #   #

>>> axis = Axis(extent=5, size=2, stride=2, before=1, after=1, dilation=2)
>>> axis.length
3
>>> axis.taps(0)  # tap 0 lies in the padding; tap 1 reads element 1
[(1, 1)]
>>> axis.taps(1)
[(0, 1), (1, 3)]
"""

import operator
from itertools import product
from typing import Any, NamedTuple

import numpy.typing as npt

from cnnspec.spec.numbers import Array, SpecError, as_array, numbers


class Axis(NamedTuple):
    """An axis of `extent` elements, and the windows along it."""

    extent: int
    size: int
    stride: int = 1
    before: int = 0
    after: int = 0
    dilation: int = 1
    ceil: bool = False

    @property
    def reach(self) -> int:
        """E: how many elements lie from the first tap to the last one, both included."""
        return self.dilation * (self.size - 1) + 1

    @property
    def room(self) -> int:
        """How far a window can be moved, n + P - E; less than 0 where none fits."""
        return self.before + self.extent + self.after - self.reach

    @property
    def length(self) -> int:
        """How many windows there are: floor((n+P-E)/T) + 1; with ceil, rounded up."""
        if not self.ceil:
            return self.room // self.stride + 1  # C11, P6
        rounded_up = -(-self.room // self.stride) + 1
        last = (rounded_up - 1) * self.stride - self.before  # where the last window starts
        return rounded_up - 1 if last >= self.extent else rounded_up  # P9

    def places(self, i: int) -> list[int]:
        """Where the taps of window i lie. Places below 0, and from n on, lie beside the axis."""
        first = i * self.stride - self.before
        return [first + self.dilation * tap for tap in range(self.size)]  # C14, P8

    def taps(self, i: int) -> list[tuple[int, int]]:
        """The taps of window i that lie in the axis itself, each with its place."""
        found = enumerate(self.places(i))
        return [(tap, place) for tap, place in found if 0 <= place < self.extent]  # C12, P7

    def reads(self, i: int) -> list[int]:
        """The places that window i reads."""
        return [place for _, place in self.taps(i)]

    def counts(self, i: int) -> int:
        """How many taps of window i lie in the axis or in its padding."""
        return sum(place < self.extent + self.after for place in self.places(i))  # A6


def window(x: Array, i: int, j: int, ch: int, rows: Axis, cols: Axis) -> list[Any]:
    """The elements of channel ch that output (i, j) is computed from, row by row."""
    return [x[r, c, ch] for r, c in product(rows.reads(i), cols.reads(j))]


def require_windows(
    feature_map: npt.ArrayLike,
    size: Any,
    stride: Any,
    rank: str,
    fits: str,
) -> tuple[Array, int, int]:
    """Check that a feature map has rank 3, and that windows of `size` lie in it.

    Returns the map, in the result's dtype, and size and stride as int. rank, fits: the ids of the
    clauses that ask for it. Raises SpecError with one of them, or Q6.
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


def axes(x: Array, size: int, stride: int) -> tuple[Axis, Axis]:
    """The axes of rows and of columns of a map whose windows are square."""
    return Axis(x.shape[0], size, stride), Axis(x.shape[1], size, stride)
