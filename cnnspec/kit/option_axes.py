"""Axes that have the levels of a row: all of them, so that none is sought in vain.

Some levels make no sense together along an axis: padding of more than half of a window leaves no
map where there is one window alone. So what there is for some levels is found before it is drawn.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import NamedTuple

from cnnspec.kit.aspects import Span, spans
from cnnspec.kit.geometry import Line, all_read, of_word, reach

PLAIN = "plain"
"""The level at which an option is left out."""

LENGTHS = spans(1, (2, 4), (5, 8))
STRIDES = ("1", "less than the size", "the size", "more than the size")
LEFT_OVER = ("none", "one", "more")
"""How many elements the last window leaves behind it."""

PADDINGS = ("none", "symmetric", "asymmetric", "before", "behind", "more than half")
WORDS = (PLAIN, "valid", "same_upper", "same_lower")


class Levels(NamedTuple):
    """The levels of an axis; None for one that is not chosen yet."""

    length: Span | None
    size: Span | None
    stride: str | None
    left: str | None
    padding: str | None
    dilation: int | None
    word: str | None


@dataclass(frozen=True)
class Kind:
    """What axes an operation has: sizes, dilations, and whether each window reads an element.

    Padding alone has no largest element and no mean, and so such windows are left out there.
    """

    sizes: tuple[Span, ...]
    dilations: tuple[int, ...]
    pinned: bool


@dataclass(frozen=True)
class Drawn:
    """An axis: its extent and windows, and the padding before it and behind it."""

    line: Line
    before: int
    behind: int


@lru_cache(maxsize=2**14)
def possible(kind: Kind, levels: Levels) -> bool:
    """Whether there is an axis that has some levels."""
    every = Levels(LENGTHS, kind.sizes, STRIDES, LEFT_OVER, PADDINGS, kind.dilations, WORDS)  # type: ignore[arg-type]
    open_ = [(one,) if one is not None else some for one, some in zip(levels, every, strict=True)]
    return any(axes(kind, Levels(*whole)) for whole in product(*open_))  # type: ignore[arg-type]


@lru_cache(maxsize=2**14)
def axes(kind: Kind, levels: Levels) -> tuple[Drawn, ...]:
    """Axes that have all of some levels."""
    return tuple(found(kind, levels))


def found(kind: Kind, levels: Levels) -> Iterator[Drawn]:
    """Axes that have all of some levels, one by one."""
    if levels.word != PLAIN and levels.padding != "none":
        return
    for line in lines(levels):
        sides = paddings(str(levels.padding), reach(line))
        for left, given in product(lefts(str(levels.left), line.stride), sides):
            one = axis(line, left, given, str(levels.word))
            if one is not None and (not kind.pinned or is_pinned(one)):
                yield one


def lines(levels: Levels) -> Iterator[Line]:
    """Windows that have some levels; the extent is that of the result."""
    assert levels.size is not None  # noqa: S101  for the type checker
    assert levels.length is not None  # noqa: S101  for the type checker
    for size, count in product(ends(levels.size), ends(levels.length)):
        for stride in strides(str(levels.stride), size):
            yield Line(count, size, stride, levels.dilation or 1)


def axis(line: Line, left: int, sides: tuple[int, int], word: str) -> Drawn | None:
    """An axis, or None if it has no element. line: its extent is that of the result."""
    if word.startswith("same"):
        extent = (line.extent - 1) * line.stride + 1 + left
        sides = of_word(word, line._replace(extent=extent))
    else:
        extent = (line.extent - 1) * line.stride + reach(line) + left - sum(sides)
    return Drawn(line._replace(extent=extent), *sides) if extent > 0 else None


def is_pinned(one: Drawn) -> bool:
    """Whether each window reads an element of the axis, whether the length is rounded up or not."""
    sides = one.before, one.behind
    return all_read(one.line, sides, ceil=False) and all_read(one.line, sides, ceil=True)


def ends(span: Span) -> tuple[int, ...]:
    """The least and the most of a span."""
    return tuple(dict.fromkeys((span.least, span.most)))


def strides(level: str, size: int) -> tuple[int, ...]:
    """Strides that stand so beside a size."""
    found = {
        "1": (1,),
        "less than the size": tuple(range(2, size)),
        "the size": (size,) if size > 1 else (),
        "more than the size": (size + 1, size + 2),
    }
    return found[level]


def lefts(level: str, stride: int) -> tuple[int, ...]:
    """How many elements a last window may leave."""
    return tuple(n for n in range(stride) if LEFT_OVER[min(n, 2)] == level)


def paddings(level: str, whole: int) -> tuple[tuple[int, int], ...]:
    """Padding before an axis and behind it. whole: the reach of a window."""
    half = whole // 2 + 1
    found = {
        "none": ((0, 0),),
        "symmetric": ((1, 1), (2, 2), (3, 3)),
        "asymmetric": ((1, 2), (2, 1), (1, 3), (3, 1)),
        "before": ((1, 0), (2, 0), (3, 0)),
        "behind": ((0, 1), (0, 2), (0, 3)),
        "more than half": ((half, half), (half, half + 1), (half + 1, half)),
    }
    return found[level]
