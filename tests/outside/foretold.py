"""Results by rules other than the book's: what explains a difference foretells it, to the number.

A `Kind` is a sentence and a function that says what a runtime gives if the sentence holds. A
difference is explained by the first kind that foretells the runtime's result. It says nothing of
calls that it does not concern: there, a mistake of ours would be explained away.
"""

from collections.abc import Callable
from itertools import product
from typing import Literal, NamedTuple

import numpy as np
from outside_call import Call

from cnnspec.spec import Array

Foretold = Array | Literal["refused"] | None
"""A result, a rejection, or None where a kind has nothing to say of a call."""


UNEXPLAINED = "unexplained"


class Kind(NamedTuple):
    """A way to differ."""

    says: str
    foretells: Callable[[Call], Foretold]


class Windows(NamedTuple):
    """Along one axis: the places that each window reads, and how many of its taps count."""

    reads: list[list[int]]
    counts: list[int]


def windows(
    extent: int, size: int, starts: list[int], dilation: int = 1, end: int | None = None
) -> Windows:
    """Windows that start at some places; nothing is read or counted from `end` on."""
    last = extent if end is None else end
    taps = ([start + dilation * tap for tap in range(size)] for start in starts)
    places = [[place for place in one if place < last] for one in taps]
    reads = [[place for place in one if 0 <= place < extent] for one in places]
    return Windows(reads, [len(one) for one in places])


def pooled(call: Call, axes: list[Windows], empty: float = -np.inf) -> Array:
    """Maxima or means of windows along rows and columns. empty: the maximum of none."""
    rows, cols = axes
    x, padded = call.arrays[0], bool((call.arguments or {}).get("count_padding"))
    y = np.zeros((len(rows.reads), len(cols.reads), x.shape[2]))
    for i, j in product(range(len(rows.reads)), range(len(cols.reads))):
        seen = x[np.ix_(rows.reads[i], cols.reads[j])].reshape(-1, x.shape[2])
        if call.operation == "pooling":
            y[i, j] = seen.max(axis=0) if len(seen) else empty
        else:
            count = rows.counts[i] * cols.counts[j] if padded else len(seen)
            y[i, j] = seen.sum(axis=0) / count if count else np.nan
    return y


def explained(kinds: tuple[Kind, ...], call: Call, they: Array | None) -> str:
    """The sentence of the first kind that foretells a result; UNEXPLAINED if none does."""
    refused = they is None or not they.size
    for kind in kinds:
        found = kind.foretells(call)
        if found is None:
            continue
        if isinstance(found, str) or not found.size:
            if refused:
                return kind.says
        elif they is not None and alike(they, found):
            return kind.says
    return UNEXPLAINED


def alike(they: Array, found: Array) -> bool:
    """Whether a result is what was foretold. Means are rounded; this names, and judges nothing."""
    return they.shape == found.shape and np.allclose(they, found, rtol=1e-5, equal_nan=True)


class Along(NamedTuple):
    """The numbers of a call along one axis; the padding is 0 where a word says it."""

    extent: int
    size: int
    stride: int
    dilation: int
    before: int
    after: int

    @property
    def room(self) -> int:
        """How far a window can be moved; less than 0 where none fits."""
        reach = self.dilation * (self.size - 1) + 1
        return self.before + self.extent + self.after - reach

    @property
    def rounded_up(self) -> int:
        """How many windows there are with ceil and the start rule."""
        count = -(-self.room // self.stride) + 1
        beyond = (count - 1) * self.stride >= self.extent + self.before
        return max(count - beyond, 0)

    def windows(self, count: int) -> Windows:
        """The first windows of an axis; what negative padding cuts off behind is read still."""
        starts = [i * self.stride - self.before for i in range(count)]
        end = self.extent + max(self.after, 0)
        return windows(self.extent, self.size, starts, self.dilation, end)


def each_axis(call: Call) -> list[Along]:
    """The numbers of rows and of columns."""
    named = call.arguments or {}
    padding = named["padding"]
    sides = ((0, 0), (0, 0)) if isinstance(padding, str) else padding
    size = named.get("size") or call.arrays[1].shape[1:3]
    dilation = named.get("dilation", (1, 1))
    x, stride = call.arrays[0].shape, named["stride"]
    return [Along(x[a], size[a], stride[a], dilation[a], *sides[a]) for a in (0, 1)]


def the_one_window(call: Call, empty: float = -np.inf) -> Foretold:
    """With ceil a window that does not fit is computed, as far as it fits."""
    if not (call.arguments or {}).get("ceil") or all(one.room >= 0 for one in each_axis(call)):
        return None
    found = [axis.windows(axis.rounded_up) for axis in each_axis(call)]
    return pooled(call, found, empty=empty)


OPEN = Kind("ceil with E > n + P is left open: the one window is computed", the_one_window)
