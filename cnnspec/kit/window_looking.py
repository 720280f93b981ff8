"""How poolings look through windows: impulses, and the result from what windows read."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from cnnspec.kit import geometry
from cnnspec.kit.calls import Argument, Call
from cnnspec.kit.looking import NOTHING, Asked, Looking, Seen, Way, Windows, as_asked
from cnnspec.spec import Array

LOW, HIGH = -8.0, 16.0
"""The numbers of a map of impulses; their sum over any small window is exact in every float."""


def asked(call: Call) -> tuple[Asked, Asked]:
    """What a call asks of rows and of columns."""
    given = {"padding": 0, "dilation": 1, "ceil": False, **call.plain}
    x = call.arrays[0]
    lines = geometry.lines(x.shape[:2], given["size"], given["stride"], given["dilation"])
    ends = geometry.padding_of(given["padding"], lines)
    word = given["padding"] if isinstance(given["padding"], str) else ""
    rows, columns = (
        Asked(*line, *end, word, bool(given["ceil"])) for line, end in zip(lines, ends, strict=True)
    )
    return rows, columns


def impulses(call: Call) -> Call:
    """A channel for each cell, in which this cell alone is high; in the first channel none is."""
    height, width = call.arrays[0].shape[:2]
    x = np.full((height, width, height * width + 1), LOW)
    for place, (row, column) in enumerate(np.ndindex(height, width)):
        x[row, column, place + 1] = HIGH
    return call.changed(feature_map=Argument(x))


def seen(call: Call, y: Array) -> Seen | None:
    """Which rows and which columns each window reads: (Ho, H) and (Wo, W), of truth values."""
    height, width = call.arrays[0].shape[:2]
    if y.ndim != call.arrays[0].ndim or y.shape[2] != height * width + 1 or np.isnan(y).any():
        return None
    read = (y[..., 1:] != y[..., :1]).reshape(*y.shape[:2], height, width)
    rows, columns = read.any(axis=(1, 3)), read.any(axis=(0, 2))
    product = rows[:, np.newaxis, :, np.newaxis] & columns[:, np.newaxis]
    return (rows, columns) if np.array_equal(read, product) else None


def shown(call: Call, places: tuple[Array, Array]) -> Seen:
    """What is seen where windows read some places. Windows that read nothing hide the others."""
    extents = call.arrays[0].shape[:2]
    rows, columns = (
        (one[:, :, np.newaxis] == np.arange(n)).any(axis=1)
        for one, n in zip(places, extents, strict=True)
    )
    return np.asarray(rows & columns.any()), np.asarray(columns & rows.any())


def taken(x: Array, windows: Windows, fill: float) -> Array:
    """What windows read, (Ho, Wo, C, SH, SW), and a number where they read nothing."""
    rows, columns = windows.reads
    around = np.pad(x, ((0, 1), (0, 1), (0, 0)), constant_values=fill)
    around[-1], around[:, -1] = fill, fill
    found = around[rows[:, :, np.newaxis, np.newaxis], columns]  # (Ho, SH, Wo, SW, C)
    return np.asarray(found.transpose(0, 2, 4, 1, 3))


def emptiness(windows: Windows) -> Array:
    """Which windows read no cell: (Ho, Wo)."""
    rows, columns = ((one == NOTHING).all(axis=1) for one in windows.reads)
    return np.asarray(rows[:, np.newaxis] | columns)


def in_floats(x: Array) -> Array:
    """A map whose numbers have room for minus infinity."""
    return x if x.dtype.kind == "f" else x.astype(np.float64)


def largest(call: Call, windows: Windows) -> Array:
    """The largest cell that each window reads."""
    x = in_floats(call.arrays[0])
    cells = taken(x, windows, -np.inf)
    y = cells.max(axis=(3, 4), initial=-np.inf)
    if "held" in windows.chosen:
        y = np.maximum(y, windows.chosen["held"].step(x, windows))
    return of_nothing(y, windows, -np.inf)


def mean(call: Call, windows: Windows) -> Array:
    """The sum of the cells that each window reads, over the number of cells that count."""
    x = in_floats(call.arrays[0])
    if "held" in windows.chosen:
        count = bool(call.plain.get("count_padding", False))
        windows = replace(windows, reads=windows.chosen["held"].step(count, windows))
    cells = taken(x, windows, 0)
    counts = divisors(call, windows)[:, :, np.newaxis].astype(x.dtype)
    with np.errstate(all="ignore"):
        return of_nothing(cells.sum(axis=(3, 4)) / counts, windows, np.nan)


def divisors(call: Call, windows: Windows) -> Array:
    """How many cells of each window count: (Ho, Wo)."""
    count = bool(call.plain.get("count_padding", False))
    along = [counts(one) for one in zip(windows.asked, windows.laid, strict=True)]
    real, inside, every = (np.outer(*both) for both in zip(*along, strict=True))
    way = windows.chosen.get("divisor")
    if way is not None:
        return np.asarray(way.step(count, windows, real, inside, every))
    return np.asarray(inside if count else real)


def counts(axis: Any) -> tuple[Array, Array, Array]:
    """For each window of an axis: the cells of the map, those of the padded map, and all."""
    asked_, laid = axis
    starts = np.arange(laid.length) * laid.stride - laid.before
    places = np.add.outer(starts, np.arange(laid.size) * laid.dilation)
    real = ((places >= 0) & (places < asked_.extent)).sum(axis=1)
    inside = (places < asked_.extent + laid.after).sum(axis=1)
    return real, inside, np.full(laid.length, laid.size)


def of_nothing(y: Array, windows: Windows, value: float) -> Array:
    """A result with what windows give that read nothing, in a way of its own or as a value."""
    empty = emptiness(windows)
    if empty.any():
        way = windows.chosen.get("nothing")
        y[empty] = value if way is None else way.step(y)
    return y


REAL = "What a window of padding alone gives is open; leave it out by the start rule of ceil."
NOTHINGS = (
    Way("nothing-gives-zero", "A window that reads nothing gives 0.", REAL, lambda _y: 0),
    Way(
        "nothing-gives-the-lowest",
        "A window that reads nothing gives the lowest number.",
        REAL,
        lambda y: np.finfo(y.dtype).min,
    ),
)

Made = Callable[[Call, Windows], Array]


def none(_call: Call, _y: Array) -> list[str]:
    """Nothing is to be said."""
    return []


def divided(call: Call, y: Array) -> list[str]:
    """The first window whose sum is divided by another number than is asked."""
    height, width = call.arrays[0].shape[:2]
    wide = asked(call)
    right = divisors(call, Windows(wide, (as_asked(wide[0]), as_asked(wide[1])), (y, y)))
    if right.shape != y.shape[:2]:
        return []
    for place in np.ndindex(*right.shape):
        rise = y[place][1:] - y[place][0]
        if not (rise > 0).any():
            continue
        cells = int((rise > 0).sum())
        divisor = float((HIGH - LOW) / rise.max())
        plain = abs(y[place][0] * divisor - LOW * cells) < ROUNDING  # each cell is read once
        if plain and abs(divisor - right[place]) > ROUNDING:
            return [
                f"output ({place[0]}, {place[1]}) is divided by {divisor:.6g} where "
                f"{right[place]} is asked: its window has {cells} cells in the {height} by {width} "
                "map"
            ]
    return []


ROUNDING = 1e-3
"""Divisors that differ by less are the same, rounded."""


def looking(
    made: Made, ways: Mapping[str, tuple[Way, ...]], besides: Callable[..., list[str]] = none
) -> Looking:
    """How a pooling looks through windows. made: its result. ways: its own ways to be wrong.

    besides: what impulses show that is not about places.
    """
    return Looking(asked, impulses, seen, shown, besides, made, {"nothing": NOTHINGS, **ways})
