"""Every setting of an axis up to some bounds, and all pairs of classes of rows and columns.

A setting that the clauses leave open is none of them: a window that does not fit, and of a pooling
one of padding alone.
"""

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import product
from typing import Any, NamedTuple

from cnnspec.kit.geometry import Line, of_word, reach
from cnnspec.kit.numerals import Setting
from cnnspec.kit.operation import Operation
from cnnspec.kit.option_aspects import Random, agree, in_form, single_in
from cnnspec.kit.option_axes import Drawn, is_pinned
from cnnspec.kit.settings import WORDS, Form
from cnnspec.kit.taken import Taken

SIZE, STRIDE, DILATION, PADDING = 4, 3, 3, 2
"""The largest of each. Padding is that before an axis, or behind it."""

OF_AXES = ("size", "stride", "padding", "dilation")
IN_NUMBERS: tuple[Form, ...] = ("number", "pair", "sides")

ORDINARY = 2
"""The extent of an axis beside which another one has a setting."""


class Both(NamedTuple):
    """The axes of rows and columns. word: padding in words, or nothing where it is in numbers."""

    rows: Drawn
    columns: Drawn
    word: str = ""


@dataclass(frozen=True)
class Offered:
    """What an operation of a target can be given along its axes.

    known: the names and forms that it takes. extent: the largest. pinned: whether each window has
    to read an element of the axis.
    """

    operation: Operation
    known: Taken
    extent: int
    pinned: bool
    single: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        names = tuple(name for name in self.names if self.takes_any(name))
        object.__setattr__(self, "single", frozenset(single_in(names, self.takes)))

    @property
    def names(self) -> list[str]:
        """Those settings of an axis that the operation has as arguments."""
        return [name for name in OF_AXES if name in self.operation.names]

    @property
    def words(self) -> list[str]:
        """The words of padding that are taken."""
        return [word for word in WORDS if self.takes("padding", word)]

    def takes(self, name: str, form: Form) -> bool:
        """Whether a name is taken in a form."""
        return (name, form) in self.known

    def takes_any(self, name: str) -> bool:
        """Whether a name is taken in numbers of some form."""
        return any(self.takes(name, form) for form in IN_NUMBERS)

    def up_to(self, name: str, most: int) -> range:
        """The values of a name along an axis: 1 alone where it is not taken."""
        return range(1, 1 + (most if self.takes_any(name) else 1))

    def paddings(self) -> list[tuple[int, int]]:
        """What may lie before an axis and behind it, if padding is in numbers."""
        several = range(PADDING + 1)
        if self.takes("padding", "sides"):
            return [(before, behind) for before in several for behind in several]
        return [(n, n) for n in several] if self.takes_any("padding") else [(0, 0)]

    def lines(self) -> Iterator[Line]:
        """Axes without padding, whether windows fit or not."""
        bounds = (self.up_to("stride", STRIDE), self.up_to("dilation", DILATION))
        extents, sizes = range(1, self.extent + 1), range(1, SIZE + 1)
        return (Line(*one) for one in product(extents, sizes, *bounds))

    def axes(self) -> list[Drawn]:
        """Every setting of an axis with padding in numbers."""
        pairs = product(self.lines(), self.paddings())
        return self.sound(Drawn(line, *sides) for line, sides in pairs)

    def axes_with(self, word: str) -> list[Drawn]:
        """Every setting of an axis with padding in a word."""
        return self.sound(Drawn(line, *of_word(word, line)) for line in self.lines())

    def sound(self, axes: Iterable[Drawn]) -> list[Drawn]:
        """Those axes of which the clauses leave nothing open."""
        return [one for one in axes if fits(one) and (not self.pinned or is_pinned(one))]

    def alone(self) -> Iterator[Both]:
        """Each setting along the rows and along the columns, beside an axis that is plain."""
        yield from beside(self.axes(), self.single)
        for word in self.words:
            known = self.single - {"padding"}
            yield from (both._replace(word=word) for both in beside(self.axes_with(word), known))

    def pairs(self, random: Random) -> Iterator[Both]:
        """For each pair of classes an axis of rows and one of columns, which are drawn."""
        classes: dict[Hashable, list[Drawn]] = {}
        for one in self.axes():
            classes.setdefault(class_of(one), []).append(one)
        for rows, columns in product(classes.values(), repeat=2):
            first = rows[random.randint(len(rows))]
            single = set(self.single)
            able = [one for one in columns if agree(first, one, single)] if single else columns
            if able:
                yield Both(first, able[random.randint(len(able))])

    def given(self, both: Both, random: Random) -> dict[str, Setting] | None:
        """The arguments for both axes, in forms that are taken; None where there is none.

        An option that changes nothing is left out.
        """
        found: dict[str, Setting] = {}
        for name in self.names:
            rows, columns = (value(name, one) for one in both[:2])
            default = (0, 0) if name == "padding" else 1
            if name == "padding" and both.word:
                found[name] = both.word
            elif not self.operation.option(name) or (rows, columns) != (default, default):
                setting = in_form(name, rows, columns, self.takes, random)
                if setting is None:
                    return None
                found[name] = setting
        return found


def fits(one: Drawn) -> bool:
    """Whether a window fits into an axis and its padding."""
    return reach(one.line) <= one.before + one.line.extent + one.behind


def value(name: str, one: Drawn) -> Any:
    """What an axis has of a name."""
    return (one.before, one.behind) if name == "padding" else getattr(one.line, name)


def beside(axes: list[Drawn], single: frozenset[str]) -> Iterator[Both]:
    """Each axis as that of rows, and as that of columns, beside one that is as plain as can be.

    single: names of which both have the same.
    """
    names = sorted(single)
    plainest: dict[Hashable, Drawn] = {}
    for one in sorted(axes, key=oddness):
        plainest.setdefault(tuple(value(name, one) for name in names), one)
    for one in axes:
        other = plainest[tuple(value(name, one) for name in names)]
        yield Both(one, other)
        yield Both(other, one)


def oddness(one: Drawn) -> tuple[int, ...]:
    """How far an axis is from one of an ordinary extent whose windows have one element."""
    line = one.line
    far = abs(line.extent - ORDINARY)
    return one.before + one.behind, line.dilation, line.stride, line.size, far, line.extent


def class_of(one: Drawn) -> Hashable:
    """How an axis is padded, whether it is dilated, and how its stride stands to the size."""
    line = one.line
    sides = "none" if not one.before + one.behind else "even" if one.before == one.behind else ""
    stride = "1" if line.stride == 1 else (line.stride > line.size) - (line.stride < line.size)
    return sides, line.dilation > 1, stride
