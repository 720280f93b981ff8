"""How calls with options vary: along each axis, in their forms, and beside dtypes and layouts.

Each pair of levels meets in a row (covering.py). A row is made into extents, sizes and options by
drawing what its levels leave open.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cnnspec.kit.aspects import Span
from cnnspec.kit.calls import Call
from cnnspec.kit.covering import Row
from cnnspec.kit.left_open import Question
from cnnspec.kit.numerals import Setting
from cnnspec.kit.option_axes import (
    LEFT_OVER,
    LENGTHS,
    PADDINGS,
    STRIDES,
    Drawn,
    Kind,
    Levels,
    axes,
    possible,
)
from cnnspec.kit.option_features import options_set
from cnnspec.kit.restriction import Trial
from cnnspec.kit.settings import Form

Random = np.random.RandomState
Takes = Callable[[str, Form], bool]
"""Whether the target takes a name in a form."""

AXES = ("rows", "columns")
DTYPES = ("float64", "float32", "int32", "uint8")
LAYOUTS = ("C", "Fortran", "sliced", "last axis first")
LONG = 30
"""Bits of long numbers: float32 does not hold them, and sums of them are exact in float64."""

MOST_TRIES = 8
"""How often an axis is drawn until it fits the other one."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Options:
    """How the options of an operation vary.

    aspects: levels by their names, given what the target takes. excluded: whether levels make no
    sense together; those that are not drawn yet are absent. made: a call that has the levels of a
    row, or None where what was drawn makes none. alone: small calls for a clause, in which nothing
    else is out of the ordinary; the simplest first. pinned: whether the clauses say what a valid
    call gives, and leave none of it open. features: what is out of the ordinary in a call, in words
    (option_features.py). left_open: questions of what the clauses leave open, by a name. trial:
    calls by which it is tried what a target refuses.
    """

    aspects: Callable[[Takes], Mapping[str, tuple[Hashable, ...]]]
    excluded: Callable[[Row], bool]
    made: Callable[[Row, Takes, Random, int], Call | None]
    alone: Mapping[str, Callable[[int], list[Call]]]
    pinned: Callable[[Call], bool] = lambda _call: True
    features: Callable[[Call], Sequence[str]] = options_set
    left_open: Callable[[], Mapping[str, Question]] = dict
    trial: Callable[[], Trial] | None = None


def of_axes(kind: Kind) -> dict[str, Any]:
    """The aspects of both axes."""
    found: dict[str, Any] = {}
    for axis in AXES:
        found |= {
            f"{axis} of the result": LENGTHS,
            f"size along {axis}": kind.sizes,
            f"stride along {axis}": STRIDES,
            f"left over along {axis}": LEFT_OVER,
            f"padding along {axis}": PADDINGS,
            f"dilation along {axis}": kind.dilations,
        }
    return found


NAMES_OF = {
    axis: (
        f"{axis} of the result",
        f"size along {axis}",
        f"stride along {axis}",
        f"left over along {axis}",
        f"padding along {axis}",
        f"dilation along {axis}",
        "padding in words",
    )
    for axis in AXES
}
"""The aspects that tell what an axis is like."""


def levels_of(row: Row, axis: str) -> Levels:
    """The levels of an axis, as far as they are chosen."""
    return Levels(*map(row.get, NAMES_OF[axis]))  # type: ignore[arg-type]


def excluded(kind: Kind, row: Row) -> bool:
    """Whether levels of axes make no sense together."""
    return not all(possible(kind, levels_of(row, axis)) for axis in AXES)


def span(row: Row, name: str, random: Random) -> int:
    """A number of the span that a row has."""
    level = row[name]
    return level.drawn(random) if isinstance(level, Span) else int(level)  # type: ignore[call-overload]


def in_form(name: str, rows: Any, columns: Any, takes: Takes, random: Random) -> Setting | None:
    """A setting along rows and columns, in a form that the target takes; None where there is none.

    Padding is given as pairs of what is before and behind.
    """
    forms: list[tuple[Form, Setting]] = []
    if isinstance(rows, tuple):
        forms.append(("sides", (rows, columns)))
        if rows[0] == rows[1] and columns[0] == columns[1]:
            forms.append(("pair", (rows[0], columns[0])))
            rows, columns = rows[0], columns[0]
    else:
        forms.append(("pair", (rows, columns)))
    if rows == columns and not isinstance(rows, tuple):
        forms.append(("number", rows))
    able = [setting for form, setting in forms if takes(name, form)]
    return able[random.randint(len(able))] if able else None


def single_in(names: tuple[str, ...], takes: Takes) -> set[str]:
    """Those names that the target takes as one number for both axes, and in no other way."""
    able = (name for name in names if takes(name, "number"))
    return {name for name in able if not takes(name, "pair") and not takes(name, "sides")}


def axes_of(kind: Kind, row: Row, random: Random, single: set[str]) -> list[Drawn] | None:
    """Both axes of a row. single: what the target takes as one number for both."""
    rows, columns = (axes(kind, levels_of(row, axis)) for axis in AXES)
    for _ in range(MOST_TRIES if rows else 0):
        first = rows[random.randint(len(rows))]
        able = [one for one in columns if agree(first, one, single)]
        if single and not able:
            able = [one for one in every(kind, row) if agree(first, one, single)]
        if able:
            return [first, able[random.randint(len(able))]]
    return None


def every(kind: Kind, row: Row) -> list[Drawn]:
    """Columns of other levels, for what the target takes as one number for both axes."""
    own = levels_of(row, "columns")
    return [
        one
        for stride in STRIDES
        for padding in PADDINGS
        for dilation in kind.dilations
        for one in axes(kind, own._replace(stride=stride, padding=padding, dilation=dilation))
    ]


def agree(rows: Drawn, columns: Drawn, single: set[str]) -> bool:
    """Whether two axes have the same of what is one number for both."""
    pairs = {
        "size": (rows.line.size, columns.line.size),
        "stride": (rows.line.stride, columns.line.stride),
        "dilation": (rows.line.dilation, columns.line.dilation),
        "padding": ((rows.before, rows.behind), (columns.before, columns.behind)),
    }
    return all(pairs[name][0] == pairs[name][1] for name in single)


def as_taken(
    found: dict[str, tuple[Hashable, ...]], names: tuple[str, ...], takes: Takes
) -> dict[str, tuple[Hashable, ...]]:
    """Aspects without the levels that the target cannot be given."""
    for name in names:
        if not any(takes(name, form) for form in ("number", "pair", "sides")):
            for axis in AXES:
                found[f"{name} along {axis}"] = found[f"{name} along {axis}"][:1]
        elif name in single_in(names, takes):
            found[f"{name} along columns"] = found[f"{name} along columns"][:1]
    if "padding" in names and not takes("padding", "sides"):
        for axis in AXES:
            levels = found[f"padding along {axis}"]
            kept = ("none", "symmetric", "more than half")
            found[f"padding along {axis}"] = tuple(one for one in levels if one in kept)
    return found
