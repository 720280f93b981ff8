"""Facts of calls, by which conditions tell them apart.

A table holds the facts of many calls, an array for each: extents by their letters (H, W, C, K), the
rows and columns of the right result (Ho, Wo), the rank, the dtype and the layout of the inputs.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from cnnspec.kit.calls import Argument, Call
from cnnspec.kit.operation import REGISTRY, dimensions_of
from cnnspec.spec import Array

Facts = dict[str, Any]
Table = Mapping[str, Array]
Value = Callable[[Table], Array]
"""A number of each call."""

RANK, DTYPE, LAYOUT = "rank", "dtype", "layout"
"""Facts that are no extents. Those of dtypes and layouts are texts."""

SWAPPED = "byte-swapped"
"""The layout that is a dtype of its own."""

PLAIN = "C"
"""The layout that needs no words."""

RESULT = ("Ho", "Wo")
"""The extents of the right result."""


def facts_of(call: Call, right: Array | None = None) -> Facts:
    """The facts of a call. right: its right result, if that is known."""
    found: Facts = dict.fromkeys(extents(call.operation), 1)
    found |= dimensions_of(call)
    found |= dict(zip(RESULT, right.shape[:2] if right is not None else (), strict=False))
    given = {n: a for n, a in call.arguments.items() if isinstance(a, Argument)}
    dtypes = {name: dtype_of(a) for name, a in given.items()}
    layouts = {name: a.layout for name, a in given.items()}
    return found | {
        RANK: next(iter(given.values())).values.ndim,
        DTYPE: " and ".join(dict.fromkeys(dtypes.values())),
        LAYOUT: " and ".join(one for one in dict.fromkeys(layouts.values()) if one != PLAIN),
        **{of(DTYPE, name): dtype for name, dtype in dtypes.items()},
        **{of(LAYOUT, name): layout for name, layout in layouts.items()},
    }


def dtype_of(argument: Argument) -> str:
    """The dtype of an array in words; it depends on the layout, too."""
    swapped = f"{SWAPPED} " if argument.layout == SWAPPED else ""
    return f"{swapped}{argument.values.dtype.name}"


def of(kind: str, name: str) -> str:
    """The name of a fact of one array among several."""
    return f"{kind} of the {name}"


def extents(operation: str) -> list[str]:
    """The letters of an operation's extents: of axes, of numbers, and of the right result."""
    one = REGISTRY[operation]
    axes = [letter for array in one.arrays for letter in array.axes[-1]]
    return list(dict.fromkeys([*axes, *(number.letter for number in one.numbers), *RESULT]))


def sides(operation: str) -> tuple[str, ...]:
    """The letters of the first two axes of the first array."""
    return tuple(list(REGISTRY[operation].arrays[0].axes[-1])[:2])


def table(rows: Iterable[Facts]) -> Table:
    """Facts of many calls, as columns."""
    rows = list(rows)
    names = {name for row in rows for name in row}
    return {name: np.array([row.get(name, 1) for row in rows]) for name in names}


def joined(first: Table, second: Table) -> Table:
    """One table after another."""
    if not first:
        return second
    sizes = [len(next(iter(one.values()))) for one in (first, second)]
    names = {**first, **second}
    both = [
        {name: one.get(name, np.ones(size, int)) for name in names}
        for one, size in zip((first, second), sizes, strict=True)
    ]
    return {name: np.append(both[0][name], both[1][name]) for name in names}


def extent(letter: str) -> Value:
    """An extent of each call."""
    return lambda t: t[letter]


def product_of(letters: Iterable[str]) -> Value:
    """The product of some extents of each call."""
    chosen = list(letters)
    return lambda t: np.asarray(np.prod([t[one] for one in chosen], axis=0))


def larger(a: str, b: str) -> Value:
    """The larger of two extents of each call."""
    return lambda t: np.maximum(t[a], t[b])


def smaller(a: str, b: str) -> Value:
    """The smaller of two extents of each call."""
    return lambda t: np.minimum(t[a], t[b])


def difference(a: str, b: str) -> Value:
    """How much larger one extent of each call is than another."""
    return lambda t: t[a] - t[b]
