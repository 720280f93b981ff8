"""Rows in which every pair of levels meets: a covering array, as tests of many options use it.

Rows are found greedily, each around a combination that no row before has. The libraries that were
tried do not serve: of pairs under a condition on five aspects (the work of a call), one leaves a
sixth uncovered, and the other takes a hundred times as long.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations, product

import numpy as np

Row = dict[str, Hashable]
"""A level for each aspect, or for some of them."""

Item = tuple[str, Hashable]
"""An aspect and one of its levels."""

Combination = frozenset[Item]
"""Levels of a few aspects."""

Aspects = Mapping[str, Sequence[Hashable]]
"""The levels of each aspect. The first of them is the plain one."""

Feasible = Callable[[Row], bool]
"""Whether a row makes sense, of which only some aspects may be set yet."""

Hides = Callable[[str, Hashable], bool]
"""Whether a level may hide what the other levels of a row would show: nothing is wrong in a result
without elements. What meets in a row that has such levels counts only where all of them take part.
"""

TRIES = 8
"""How often a row is begun around a combination before it is left out as impossible."""


def nothing_hides(_name: str, _level: Hashable) -> bool:
    """No level hides what others show."""
    return False


@dataclass(frozen=True)
class Table:
    """What rows are made of: aspects and their levels, and which of them go together.

    strength: of how many aspects all levels meet. preferred: which rows are made if they can be,
    such as those of small calls; all others are only made for what no such row shows.
    """

    aspects: Aspects
    feasible: Feasible
    hides: Hides = nothing_hides
    strength: int = 2
    preferred: Feasible | None = None

    @cached_property
    def every(self) -> tuple[Combination, ...]:
        """All combinations that make sense by themselves."""
        rows = (
            dict(zip(names, levels, strict=True))
            for names in combinations(self.aspects, self.strength)
            for levels in product(*(self.aspects[name] for name in names))
        )
        return tuple(frozenset(row.items()) for row in rows if self.feasible(row))

    def met(self, row: Row) -> Iterator[Combination]:
        """The combinations that a row shows."""
        hides = {item for item in row.items() if self.hides(*item)}
        for one in combinations(row.items(), self.strength):
            if hides <= set(one):
                yield frozenset(one)


Numbered = tuple[frozenset[int], Hashable]
"""A level of an aspect, behind the number of the item that the two are."""


class Unmet:
    """The combinations of a table that no row shows yet.

    An item is a number here, and a set of items the bits of a number: `beside` has, for all items
    of a combination but one, those that complete it to a combination that is left.
    """

    def __init__(self, table: Table) -> None:
        items = [(name, level) for name, levels in table.aspects.items() for level in levels]
        self.table, self.numbers = table, {item: n for n, item in enumerate(items)}
        self.hiding = {n for item, n in self.numbers.items() if table.hides(*item)}
        self.open: dict[str, list[Numbered]] = {name: [] for name in table.aspects}
        for (name, level), n in self.numbers.items():
            if n not in self.hiding:
                self.open[name].append((frozenset([n]), level))
        self.beside: dict[frozenset[int], int] = {}
        self.every = [frozenset(self.numbers[item] for item in one) for one in table.every]
        for one in self.every:
            for last in one:
                rest = one - {last}
                self.beside[rest] = self.beside.get(rest, 0) | 1 << last

    def is_left(self, place: int) -> bool:
        """Whether a combination of the table, by its place in their order, is not shown yet."""
        *rest, last = self.every[place]
        return bool(self.beside[frozenset(rest)] >> last & 1)

    def left(self) -> list[Combination]:
        """All that are not shown yet, in their order."""
        return [one for place, one in enumerate(self.table.every) if self.is_left(place)]

    def drop(self, combination: Combination) -> None:
        """A combination is impossible, or shown."""
        self.clear(combination, set())

    def meet(self, row: Row) -> None:
        """A row shows its combinations."""
        self.clear(row.items(), self.hiding)

    def clear(self, items: Iterable[Item], hiding: set[int]) -> None:
        """The combinations of some items are shown: those that have all items that hide others."""
        numbers = [self.numbers[item] for item in items]
        mask, hiding = sum(1 << n for n in numbers), hiding.intersection(numbers)
        for rest in map(frozenset, combinations(numbers, self.table.strength - 1)):
            known = self.beside.get(rest)
            if known:
                self.beside[rest] = known & ~reached(rest, hiding, mask)

    def gains(self, numbers: list[int], levels: Iterable[Numbered]) -> list[int]:
        """How many combinations that are left each level adds to the items of a row.

        Each is counted as often as it has items in the row.
        """
        mask, beside = sum(1 << n for n in numbers), self.beside.get
        hides = self.hiding.intersection(numbers)
        rests = map(frozenset, combinations(numbers, self.table.strength - 2))
        masks = [(rest, reached(rest, hides, mask)) for rest in rests]
        return [
            sum([(beside(rest | own, 0) & mask).bit_count() for rest, mask in masks])
            for own, _ in levels
        ]


def reached(rest: frozenset[int], hiding: set[int], mask: int) -> int:
    """The items that complete others to a combination in which all that hide take part."""
    lacking = hiding - rest
    if not lacking:
        return mask
    return 1 << next(iter(lacking)) if len(lacking) == 1 else 0


def covering(table: Table, random: np.random.RandomState) -> list[Row]:
    """Rows that show every feasible combination of a table."""
    unmet, rows = Unmet(table), list[Row]()
    for place, wanted in enumerate(table.every):
        if not unmet.is_left(place):
            continue
        row = row_with(wanted, table, random, unmet)
        unmet.drop(wanted)
        if row is not None:
            rows.append(row)
            unmet.meet(row)
    return rows


def row_with(
    wanted: Combination, table: Table, random: np.random.RandomState, unmet: Unmet
) -> Row | None:
    """A row that shows a combination, one that is preferred if possible; None if none is found."""
    if table.preferred and table.preferred(dict(wanted)):
        smaller = replace(table, feasible=table.preferred, preferred=None)
        row = row_with(wanted, smaller, random, unmet)
        if row is not None:
            return row
    tries = (completed(dict(wanted), table, random, unmet) for _ in range(TRIES))
    return next((one for one in tries if one is not None and wanted in table.met(one)), None)


def left(table: Table, rows: Iterable[Row]) -> list[Combination]:
    """The combinations of a table that no row shows."""
    unmet = Unmet(table)
    for row in rows:
        unmet.meet(row)
    return unmet.left()


def completed(row: Row, table: Table, random: np.random.RandomState, unmet: Unmet) -> Row | None:
    """The row with a level for each aspect, chosen to meet most of what is left; or None.

    Among levels that are equally good, the plain one is taken half of the time. None is taken that
    hides the others.
    """
    names = [name for name in table.aspects if name not in row]
    numbers = [unmet.numbers[item] for item in row.items()]
    for name in (names[n] for n in random.permutation(len(names))):
        levels = unmet.open[name]
        one = best_of(levels, unmet.gains(numbers, levels), random, able_in(row, name, table))
        if one is None:
            return None
        (number,), row[name] = one
        numbers.append(number)
    return {name: row[name] for name in table.aspects}


def able_in(row: Row, name: str, table: Table) -> Callable[[Hashable], bool]:
    """A function that tells whether a row may have a level of an aspect."""
    return lambda level: table.feasible({**row, name: level})


def best_of(
    levels: list[Numbered],
    gains: list[int],
    random: np.random.RandomState,
    able: Callable[[Hashable], bool],
) -> Numbered | None:
    """A level that a row may have, and of these one that gains most."""
    for most in sorted(set(gains), reverse=True):
        equal = [one for one, gain in zip(levels, gains, strict=True) if gain == most]
        order = equal if len(equal) == 1 else [equal[n] for n in random.permutation(len(equal))]
        if equal[0] is levels[0] and random.randint(2):
            order.insert(0, equal[0])
        for one in order:  # few are asked whether they may
            if able(one[1]):
                return one
    return None
