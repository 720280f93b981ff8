"""Rows in which every pair of levels meets: a covering array, as tests of many options use it.

Rows are found greedily, each around a combination that no row before has. The libraries that were
tried do not serve: of pairs under a condition on five aspects (the work of a call), one leaves a
sixth uncovered, and the other takes a hundred times as long.
"""

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product

import numpy as np

Row = dict[str, Hashable]
"""A level for each aspect, or for some of them."""

Combination = frozenset[tuple[str, Hashable]]
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


def covering(table: Table, random: np.random.RandomState) -> list[Row]:
    """Rows that show every feasible combination of a table."""
    left = dict.fromkeys(table.every())
    rows: list[Row] = []
    while left:
        wanted = next(iter(left))
        tries = (completed(dict(wanted), table, random, left) for _ in range(TRIES))
        row = next((one for one in tries if one is not None and wanted in table.met(one)), None)
        left.pop(wanted)
        if row is not None:
            rows.append(row)
            for known in table.met(row):
                left.pop(known, None)
    return rows


def completed(
    row: Row, table: Table, random: np.random.RandomState, left: Mapping[Combination, object]
) -> Row | None:
    """The row with a level for each aspect, chosen to meet most of what is left; or None.

    Among levels that are equally good, the plain one is taken half of the time. None is taken that
    hides the others.
    """
    names = [name for name in table.aspects if name not in row]
    hiding = {item for item in row.items() if table.hides(*item)}
    for name in (names[n] for n in random.permutation(len(names))):
        levels = [level for level in table.aspects[name] if not table.hides(name, level)]
        options = [level for level in levels if table.feasible({**row, name: level})]
        if not options:
            return None
        gains = [gain(row, (name, level), table.strength, left, hiding) for level in options]
        best = [o for o, n in zip(options, gains, strict=True) if n == max(gains)]
        plain = best[0] == levels[0] and random.randint(2)
        row[name] = best[0] if plain else best[random.randint(len(best))]
    return {name: row[name] for name in table.aspects}


def gain(
    row: Row,
    item: tuple[str, Hashable],
    strength: int,
    left: Mapping[Combination, object],
    hiding: set[tuple[str, Hashable]],
) -> int:
    """How many combinations that are left an item adds to a row."""
    others = combinations(row.items(), strength - 1)
    return sum(frozenset((item, *other)) in left for other in others if hiding <= set(other))
