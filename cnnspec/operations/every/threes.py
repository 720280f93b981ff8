"""Rows in which each three options meet, beside those of pairs: some faults need three to show.

"Same" padding that forgets a dilation is right without a stride. All levels of three options would
be thousands; so each option is left out, or has one other level, which is another one in each turn.
"""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from cnnspec.kit.covering import Row, Table, covering

Random = np.random.RandomState

THREES = 3
OF_OPTIONS = ("stride", "padding", "dilation", "groups", "bias", "images", "ceil", "count_padding")
"""How the names of those aspects begin that say which options a call has."""

MOST_TRIES = 4
"""How often the rest of a row is drawn until it goes together."""


def rows_of_threes(table: Table, random: Random, turns: int) -> Iterator[Row]:
    """Rows in which three options meet at two levels each; what else they have is drawn."""
    for turn in range(turns):
        two = two_levels(table, turn, random)
        for row in covering(Table(two, table.feasible, strength=THREES), random):
            tries = (completed(row, table, random) for _ in range(MOST_TRIES))
            whole = next((one for one in tries if one is not None), None)
            if whole is not None:
                yield whole


def two_levels(table: Table, turn: int, random: Random) -> Mapping[str, Sequence[object]]:
    """For each aspect of an option the plain level and another one."""
    first = int(random.randint(len(table.aspects)))
    found = {}
    for place, (name, levels) in enumerate(table.aspects.items()):
        if name.startswith(OF_OPTIONS) and len(levels) > 1:
            other = 1 + (first + turn + place) % (len(levels) - 1)
            found[name] = (levels[0], levels[other])
    return found


def completed(row: Row, table: Table, random: Random) -> Row | None:
    """A row with a level of each aspect, drawn from those that go with the others; or None."""
    whole = dict(row)
    names = [name for name in table.aspects if name not in row]
    for name in (names[n] for n in random.permutation(len(names))):
        levels = table.aspects[name]
        order = (levels[n] for n in random.permutation(len(levels)))
        able = next((one for one in order if table.feasible({**whole, name: one})), None)
        if able is None:
            return None
        whole[name] = able
    return {name: whole[name] for name in table.aspects}
