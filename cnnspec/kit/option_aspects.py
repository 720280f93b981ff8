"""How calls with options vary: along each axis, in their forms, and beside dtypes and layouts.

Each pair of levels meets in a row (covering.py). A row is made into extents, sizes and options by
drawing what its levels leave open.
"""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from cnnspec.kit.aspects import Span, spans
from cnnspec.kit.calls import Call
from cnnspec.kit.covering import Row
from cnnspec.kit.geometry import Line, reach
from cnnspec.kit.numerals import Setting
from cnnspec.kit.settings import Form

Random = np.random.RandomState
Takes = Callable[[str, Form], bool]
"""Whether the target takes a name in a form."""

AXES = ("rows", "columns")
PLAIN = "plain"
"""The level at which an option is left out."""

STRIDES = ("1", "less than the size", "the size", "more than the size")
PADDINGS = ("none", "symmetric", "asymmetric", "before", "behind", "more than half")
WORDS = (PLAIN, "valid", "same_upper", "same_lower")
LEFT_OVER = (0, 1, 2)
"""How many elements the last window leaves behind it: 2 for more than one."""

DTYPES = ("float64", "float32", "int32", "uint8")
LAYOUTS = ("C", "Fortran", "sliced", "last axis first")

MOST_TRIES = 30


@dataclass(frozen=True, kw_only=True, eq=False)
class Options:
    """How the options of an operation vary.

    aspects: levels by their names, given what the target takes. excluded: whether levels make no
    sense together; those that are not drawn yet are absent. made: a call that has the levels of a
    row, or None where what was drawn makes none. alone: small calls for a clause, in which nothing
    else is out of the ordinary; the simplest first.
    """

    aspects: Callable[[Takes], Mapping[str, tuple[Hashable, ...]]]
    excluded: Callable[[Row], bool]
    made: Callable[[Row, Takes, Random, int], Call | None]
    alone: Mapping[str, Callable[[int], list[Call]]]


@dataclass(frozen=True)
class Drawn:
    """An axis: its extent and windows, and the padding before it and behind it."""

    line: Line
    before: int
    behind: int


def of_axes(sizes: tuple[Span, ...], *, dilation: bool, padding: bool) -> dict[str, Any]:
    """The aspects of both axes. dilation, padding: whether there is such an option."""
    found: dict[str, Any] = {}
    for axis in AXES:
        found |= {
            f"{axis} of the result": spans(1, (2, 4), (5, 9)),
            f"size along {axis}": sizes,
            f"stride along {axis}": STRIDES,
            f"left over along {axis}": LEFT_OVER,
        }
        if padding:
            found[f"padding along {axis}"] = PADDINGS
        if dilation:
            found[f"dilation along {axis}"] = (1, 2, 3)
    return found


def excluded(row: Row) -> bool:
    """Whether levels of axes make no sense together."""
    for axis in AXES:
        size, stride = row.get(f"size along {axis}"), row.get(f"stride along {axis}")
        left = row.get(f"left over along {axis}")
        if stride == "1" and left:
            return True
        if isinstance(size, Span) and size.most == 1 and stride == "the size":
            return True  # that is a stride of 1
        if isinstance(size, Span) and size.most < len("KKK") and stride == "less than the size":
            return True
        worded = row.get("padding in words", PLAIN) != PLAIN
        if worded and row.get(f"padding along {axis}", "none") != "none":
            return True
    return False


def drawn(
    row: Row, axis: str, random: Random, like: Drawn | None, single: set[str]
) -> Drawn | None:
    """An axis that has the levels of a row; None where what was drawn makes no sense.

    like: the other axis; single: what the target takes as one number for both.
    """
    size = span(row, f"size along {axis}", random)
    dilation = int(row.get(f"dilation along {axis}", 1))  # type: ignore[call-overload]
    stride = stride_of(str(row.get(f"stride along {axis}", "1")), size, random)
    if like is not None:
        size = like.line.size if "size" in single else size
        stride = like.line.stride if "stride" in single else stride
        dilation = like.line.dilation if "dilation" in single else dilation
    left = int(row.get(f"left over along {axis}", 0))  # type: ignore[call-overload]
    left = left if left < len(LEFT_OVER) - 1 else random.randint(2, max(stride, 3))
    if left >= stride:
        return None
    whole = reach(Line(0, size, stride, dilation))
    sides = padding_of(str(row.get(f"padding along {axis}", "none")), whole, random)
    before, behind = (like.before, like.behind) if like and "padding" in single else sides
    length = span(row, f"{axis} of the result", random)
    if str(row.get("padding in words", PLAIN)).startswith("same"):
        extent = (length - 1) * stride + 1 + left
    else:
        extent = (length - 1) * stride + whole + left - before - behind
    if extent < 1:
        return None
    return Drawn(Line(extent, size, stride, dilation), before, behind)


def span(row: Row, name: str, random: Random) -> int:
    """A number of the span that a row has."""
    level = row[name]
    return level.drawn(random) if isinstance(level, Span) else int(level)  # type: ignore[call-overload]


def stride_of(level: str, size: int, random: Random) -> int:
    """A stride that stands so beside a size."""
    if level == "less than the size":
        return random.randint(2, size) if size > len("KK") else 0
    return {"1": 1, "the size": size}.get(level, size + random.randint(1, 3))


def padding_of(level: str, whole: int, random: Random) -> tuple[int, int]:
    """Padding before an axis and behind it. whole: the reach of a window."""
    some, more = random.randint(1, 3), random.randint(1, 3)
    both = {
        "none": (0, 0),
        "symmetric": (some, some),
        "asymmetric": ((some, some + more), (some + more, some))[random.randint(2)],
        "before": (some, 0),
        "behind": (0, some),
        "more than half": (whole // 2 + 1, whole // 2 + random.randint(1, 3)),
    }
    return both[level]


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
    return {name for name in names if not takes(name, "pair") and not takes(name, "sides")}


def axes_of(row: Row, random: Random, single: set[str]) -> list[Drawn] | None:
    """Both axes of a row. single: what the target takes as one number for both."""
    for _ in range(MOST_TRIES):
        first = drawn(row, "rows", random, None, single)
        second = drawn(row, "columns", random, first, single)
        if first is not None and second is not None:
            return [first, second]
    return None


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
