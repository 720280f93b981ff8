"""The aspects of a call: sizes, dtypes, layouts, numbers and earlier calls, and their levels.

Faults that come from two conditions together show only where both are met. So drawn cases vary all
aspects at once, and each pair of levels meets in one of them (covering.py).
"""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import exp, log, prod
from typing import Any, NamedTuple

import numpy as np

from cnnspec.kit.calls import LAYOUTS, Array, Call
from cnnspec.kit.covering import Aspects, Combination, Row
from cnnspec.kit.filling import FLOATS, Shape

Random = np.random.RandomState
Sizes = dict[str, int]
"""A size for each aspect of size: rows, say."""


class Span(NamedTuple):
    """A range of sizes, both ends included, in steps."""

    least: int
    most: int
    step: int = 1

    def __str__(self) -> str:
        return str(self.least) if self.least == self.most else f"{self.least} to {self.most}"

    def drawn(self, random: Random) -> int:
        """A size, its logarithm uniform; each end comes more often than other sizes."""
        if self.least == self.most:
            return self.least
        if random.randint(4) == 0:
            return (self.least, self.most)[random.randint(2)]
        low, high = log(max(self.least, 1)), log(max(self.most, 1) + 1)
        size = int(exp(random.uniform(low, high)))
        size -= (size - self.least) % self.step
        return max(self.least, min(self.most, size))


def spans(*sizes: int | tuple[int, int] | tuple[int, int, int]) -> tuple[Span, ...]:
    """A span for each size, or pair of least and most."""
    return tuple(Span(one, one) if isinstance(one, int) else Span(*one) for one in sizes)


class Fit(NamedTuple):
    """What the numbers of an array shall fit.

    dtype: its own. bits: of whole numbers. computed: the floats with which the target computes.
    """

    dtype: np.dtype[Any]
    bits: int
    computed: np.dtype[Any]


SQUARE = "square"
"""An aspect of size: 1 where there are as many columns as rows, else 0."""


def squared(sizes: Sizes) -> Sizes:
    """The sizes, with as many columns as rows if they are to be square."""
    return {**sizes, "columns": sizes["rows"]} if sizes.get(SQUARE) else sizes


def is_oblong(sizes: Sizes) -> bool:
    """Whether sizes are to be square, and have other spans of columns than of rows."""
    rows, columns = sizes.get("rows"), sizes.get("columns")
    return bool(sizes.get(SQUARE)) and None not in (rows, columns) and rows != columns


def itself_alone(_given: object) -> int:
    """Nothing is summed: an element is made up by one number."""
    return 1


@dataclass(frozen=True, kw_only=True, eq=False)
class Crossing:
    """How the calls of an operation vary.

    sizes, coarse: levels of the aspects of size; coarse are those of the quick budget. excluded:
    whether sizes make no sense together; those that are not drawn yet are absent. shaped: the
    shapes of the arrays and the numbers, by sizes. work: the steps of a call, at least. numbers:
    the kinds of numbers. filled: arrays of a kind of numbers, given their shapes and the numbers,
    and what each shall fit; the bits of a fit are those that sums may have. summed: how many
    numbers make up one element, at least. terms: how many roundings that takes in a call.
    """

    sizes: Mapping[str, tuple[Span, ...]]
    coarse: Mapping[str, tuple[Span, ...]]
    excluded: Callable[[Sizes], bool] = is_oblong
    shaped: Callable[[Sizes], tuple[list[Shape], Sizes]]
    work: Callable[[Sizes], int]
    numbers: tuple[str, ...]
    filled: Callable[[str, list[Shape], Sizes, list[Fit], Random], list[Array]]
    summed: Callable[[Sizes], int] = itself_alone
    terms: Callable[[Call], int] = itself_alone


DTYPES = (
    *FLOATS,
    "float16",
    "uint8",
    "int8",
    "int32",
    "int64",
    "bool",
    "int16",
    "uint16",
    "uint32",
    "uint64",
)
"""The dtypes of a first array. Those of the quick budget come first."""

FEW_DTYPES = 7
OTHER_DTYPES = ("the same", "float64", "float32", "int64", "uint8")
"""The dtypes of the other arrays."""

PLAIN_LAYOUT, BROADCAST = "C", "broadcast"
OFTEN = ("C", "Fortran", "last axis first", "sliced", "byte-swapped", "mirrored", "last columns")
"""The layouts of the quick budget."""

ALONE = "alone"
HISTORIES = (
    ALONE,
    "made five times",
    "after other numbers",
    "an element changed",
    "after a rejection",
    "after another dtype",
    "after a larger call",
    "beside a thread",
)
FEW_HISTORIES = 5

NOT_FINITE = ("NaN", "infinities", "NaN in the last array")
TINY = "tiny"
SUBNORMAL = (TINY, "tiny in the last array")
TWO_SCALES = "two scales"
OF_FLOATS = (*NOT_FINITE, *SUBNORMAL, TWO_SCALES, "general floats", "powers of two")
"""Kinds of numbers that integers cannot be."""

GENERAL = "general floats"
"""The kind of numbers of which sums are rounded."""

TOO_NARROW = {
    "float16": (*SUBNORMAL, TWO_SCALES, GENERAL, "large", "powers of two"),
    "bool": ("large", "negative"),
}
"""Kinds of numbers that a dtype is too narrow for."""


def aspects_of(crossing: Crossing, arrays: list[str], rejects: bool, thorough: bool) -> Aspects:
    """All aspects of an operation, with their levels. arrays: the names of its arrays.

    rejects: whether it has invalid input.
    """
    first, *others = arrays
    histories = HISTORIES if thorough else HISTORIES[:FEW_HISTORIES]
    layouts = tuple(LAYOUTS) if thorough else OFTEN
    found: dict[str, tuple[Hashable, ...]] = {
        **(crossing.sizes if thorough else crossing.coarse),
        "dtype": DTYPES if thorough else DTYPES[:FEW_DTYPES],
        f"layout of {first}": layouts,
        "numbers": crossing.numbers,
        "earlier calls": tuple(h for h in histories if rejects or h != "after a rejection"),
    }
    for name in others:
        found[f"dtype of {name}"] = OTHER_DTYPES
        found[f"layout of {name}"] = layouts
    return found


def plain_aspects(crossing: Crossing, thorough: bool) -> Aspects:
    """The aspects of plain calls: sizes, floats, and numbers of all kinds."""
    return {
        **(crossing.sizes if thorough else crossing.coarse),
        "dtype": FLOATS,
        "numbers": crossing.numbers,
    }


BROAD = ("equal rows", "all equal")
"""Kinds of numbers that are the same along an axis, so that its stride may be 0."""

WIDEST_SUM = 128
"""The most products of float16 that are summed: beyond, its bound says little."""

FLOAT16 = "float16"


@dataclass(frozen=True)
class Met:
    """Which combinations of levels met in the calls of an operation that were judged.

    strength: of how many aspects. count: how many there are. left: those that did not meet.
    """

    operation: str
    strength: int
    count: int
    left: tuple[Combination, ...]


def least_sizes(row: Row) -> Sizes:
    """The least size of each aspect of size that a row has."""
    return {name: level.least for name, level in row.items() if isinstance(level, Span)}


def feasible(row: Row, crossing: Crossing, most: int) -> bool:
    """Whether the levels of a row go together. most: the work that a call may take."""
    if not makes_sense(row):
        return False
    sizes = tuple([(name, level.least) for name, level in row.items() if type(level) is Span])
    return are_feasible(sizes, row.get("dtype") == FLOAT16, crossing, most)


@lru_cache(maxsize=2**16)
def are_feasible(
    given: tuple[tuple[str, int], ...], narrow: bool, crossing: Crossing, most: int
) -> bool:
    """Whether sizes go together. narrow: whether the numbers are of float16."""
    sizes = dict(given)
    if crossing.excluded(sizes) or crossing.work(sizes) > most:
        return False
    return not narrow or crossing.summed(sizes) <= WIDEST_SUM


HIDING = (*NOT_FINITE, "all equal", "lowest")
"""Kinds of numbers beside which a wrong place may not show, since its number is the same."""


def hides(name: str, level: Hashable) -> bool:
    """Whether a level may hide what others show: few numbers that differ, or no elements at all."""
    if name in ("channels", "filters"):
        return level == Span(0, 0)
    return name == "numbers" and level in HIDING


def makes_sense(row: Row) -> bool:
    """Whether dtypes, layouts and numbers go together."""
    kind, dtype = row.get("numbers"), str(row.get("dtype", "float64"))
    if kind is None:
        return True
    if kind in OF_FLOATS:
        others = [level for name, level in row.items() if name.startswith("dtype of")]
        if not dtype.startswith("float") or not {"the same", *FLOATS}.issuperset(others):
            return False
    if kind in TOO_NARROW.get(dtype, ()):
        return False
    return kind in BROAD or BROADCAST not in row.values()


def drawn_sizes(row: Row, crossing: Crossing, most: int, random: Random) -> Sizes:
    """A size for each aspect of size: drawn from the row's spans, and cut to a budget of work.

    What is drawn may be larger than the least that a row allows, and so its work is told anew.
    """
    given = {name: level for name, level in row.items() if isinstance(level, Span)}
    sizes = {name: span.drawn(random) for name, span in given.items()}
    narrow = row.get("dtype") == FLOAT16
    while cost(sizes, crossing) > most or (narrow and crossing.summed(sizes) > WIDEST_SUM):
        able = [name for name, span in given.items() if sizes[name] > span.least]
        if not able:
            break
        widest = max(able, key=lambda name: sizes[name] / max(given[name].least, 1))
        sizes[widest] = cut(sizes[widest], given[widest])
    return squared(sizes)


def cost(sizes: Sizes, crossing: Crossing) -> int:
    """The steps of a call of these sizes, or the elements of its arrays, if those are more."""
    shapes, _ = crossing.shaped(squared(sizes))
    return max(crossing.work(squared(sizes)), sum(map(prod, shapes)))


def cut(size: int, span: Span) -> int:
    """About half of a size, and at least the least of its span."""
    half = (size + span.least) // 2
    return half - (half - span.least) % span.step
