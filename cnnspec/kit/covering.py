"""Rows in which every pair of levels meets: a covering array, as tests of many options use it.

Rows are found greedily, each around a combination that no row before has. The libraries that were
tried do not serve: of pairs under a condition on five aspects (the work of a call), one leaves a
sixth uncovered, and the other takes a hundred times as long.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
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

    strength: of how many aspects all levels meet.
    """

    aspects: Aspects
    feasible: Feasible
    hides: Hides = nothing_hides
    strength: int = 2

    def every(self) -> Iterator[Combination]:
        """All combinations that make sense by themselves."""
        for names in combinations(self.aspects, self.strength):
            for levels in product(*(self.aspects[name] for name in names)):
                row = dict(zip(names, levels, strict=True))
                if self.feasible(row):
                    yield frozenset(row.items())

    def met(self, row: Row) -> Iterator[Combination]:
        """The combinations that a row shows."""
        hiding = {item for item in row.items() if self.hides(*item)}
        for one in combinations(row.items(), self.strength):
            if hiding <= set(one):
                yield frozenset(one)


class Unmet:
    """The combinations that no row shows yet, in order; and for each item, what goes with it."""

    def __init__(self, combinations_: Iterable[Combination]) -> None:
        self.left = dict.fromkeys(combinations_)
        self.beside: dict[Item, set[Combination]] = {}
        for one in self.left:
            for item in one:
                self.beside.setdefault(item, set()).add(one - {item})

    def drop(self, combination: Combination) -> None:
        """A combination is shown."""
        if combination in self.left:
            del self.left[combination]
            for item in combination:
                self.beside[item].discard(combination - {item})

    def gain(self, item: Item, parts: set[Combination]) -> int:
        """How many combinations that are left an item adds to parts of a row."""
        return len(self.beside.get(item, set()) & parts)


def covering(table: Table, random: np.random.RandomState) -> list[Row]:
    """Rows that show every feasible combination of a table."""
    unmet = Unmet(table.every())
    rows: list[Row] = []
    while unmet.left:
        wanted = next(iter(unmet.left))
        tries = (completed(dict(wanted), table, random, unmet) for _ in range(TRIES))
        row = next((one for one in tries if one is not None and wanted in table.met(one)), None)
        unmet.drop(wanted)
        if row is not None:
            rows.append(row)
            for known in table.met(row):
                unmet.drop(known)
    return rows


def completed(row: Row, table: Table, random: np.random.RandomState, unmet: Unmet) -> Row | None:
    """The row with a level for each aspect, chosen to meet most of what is left; or None.

    Among levels that are equally good, the plain one is taken half of the time. None is taken that
    hides the others.
    """
    names = [name for name in table.aspects if name not in row]
    hiding = {item for item in row.items() if table.hides(*item)}
    for name in (names[n] for n in random.permutation(len(names))):
        levels = [level for level in table.aspects[name] if not table.hides(name, level)]
        parts = {frozenset(one) for one in combinations(row.items(), table.strength - 1)}
        shown = {one for one in parts if hiding <= one}
        gains = {level: unmet.gain((name, level), shown) for level in levels}
        best = best_of(gains, table, row, name)
        if not best:
            return None
        plain = best[0] == levels[0] and random.randint(2)
        row[name] = best[0] if plain else best[random.randint(len(best))]
    return {name: row[name] for name in table.aspects}


def best_of(gains: dict[Hashable, int], table: Table, row: Row, name: str) -> list[Hashable]:
    """Of the levels of an aspect that a row may have, those that gain most."""
    for most in sorted(set(gains.values()), reverse=True):  # few are asked whether they may
        equal = [level for level, gain in gains.items() if gain == most]
        best = [level for level in equal if table.feasible({**row, name: level})]
        if best:
            return best
    return []
