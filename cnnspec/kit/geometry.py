"""Where windows with options lie, told once more: the book is judged by it, and so it is not asked.

All is told by arrays: padding is laid around a map, zeros between the taps of a filter, and windows
are taken from a view of all windows.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from cnnspec.kit.calls import Call
from cnnspec.kit.settings import pair, sides
from cnnspec.spec import Array


class Line(NamedTuple):
    """An axis: its extent, and a window along it."""

    extent: int
    size: int
    stride: int
    dilation: int


Sides = tuple[tuple[int, int], tuple[int, int]]


def reach(line: Line) -> int:
    """From the first element that a window reads to the last one."""
    return line.dilation * (line.size - 1) + 1


def most_windows(extent: int, size: int) -> int:
    """How many windows of a size start along an axis at stride 1; one if none fits."""
    return max(extent - size + 1, 1)


def lines(extents: tuple[int, ...], sizes: Any, strides: Any, dilations: Any) -> list[Line]:
    """The axes of rows and of columns."""
    several = zip(extents, pair(sizes), pair(strides), pair(dilations), strict=True)
    return [Line(*one) for one in several]


def padding_of(setting: Any, along: list[Line]) -> Sides:
    """Padding in any of its forms, as ((top, bottom), (left, right))."""
    if not isinstance(setting, str):
        return sides(setting)
    rows, columns = (of_word(setting, line) for line in along)
    return rows, columns


def of_word(word: str, line: Line) -> tuple[int, int]:
    """What a word adds before an axis and behind it, by counting where windows start."""
    if word == "valid":
        return 0, 0
    last = range(0, line.extent, line.stride)[-1] if line.extent else 0
    lacking = max(last + reach(line) - line.extent, 0)
    less, more = lacking // 2, lacking - lacking // 2
    return (less, more) if word == "same_upper" else (more, less)


def starts(line: Line, before: int, after: int, ceil: bool = False) -> range:
    """Where windows start in an axis that is padded."""
    whole = before + line.extent + after
    if not ceil:
        return range(0, whole - reach(line) + 1, line.stride)
    count = -((reach(line) - whole) // line.stride) + 1  # the last of them may reach beyond the end
    every = range(0, count * line.stride, line.stride)
    return every[:-1] if every[-1] >= before + line.extent else every


def all_read(line: Line, sides: tuple[int, int], *, ceil: bool) -> bool:
    """Whether each window along an axis reads an element of it, and not padding alone."""
    before, behind = sides
    taps = range(0, reach(line), line.dilation)
    return all(
        any(before <= start + tap < before + line.extent for tap in taps)
        for start in starts(line, before, behind, ceil)
    )


def around(x: Array, padding: Sides, value: float) -> Array:
    """A map (H, W, C) with a value around it. Raises ValueError for padding below 0."""
    (top, bottom), (left, right) = padding
    height, width, channels = x.shape
    found: Array = np.full((top + height + bottom, left + width + right, channels), value, x.dtype)
    found[top : top + height, left : left + width] = x
    return found


def windows(x: Array, along: list[Line], at: list[range], value: float) -> Array:
    """The windows of a padded map (H, W, C) that start at some places: (Ho, Wo, C, S, S).

    What lies beyond the end of the map is the value.
    """
    ends = [one[-1] + reach(line) if len(one) else 0 for one, line in zip(at, along, strict=True)]
    lacking = [max(0, end - n) for end, n in zip(ends, x.shape[:2], strict=True)]
    x = around(x, ((0, lacking[0]), (0, lacking[1])), value)
    views = sliding_window_view(x, [reach(line) for line in along], axis=(0, 1))
    rows, columns = (np.array(one, dtype=int) for one in at)
    by_rows, by_columns = (line.dilation for line in along)
    found: Array = views[rows][:, columns][..., ::by_rows, ::by_columns]
    return found


def pooled(
    x: Array,
    size: Any,
    stride: Any,
    padding: Any = 0,
    dilation: Any = 1,
    *,
    ceil: bool = False,
    inside: float,
    beyond: float,
) -> Array:
    """The windows of a map (H, W, C), options and all: (Ho, Wo, C, SH, SW).

    inside: what padding holds; beyond: what there is behind it, where a last window reaches.
    """
    along = lines(x.shape[:2], size, stride, dilation)
    given = padding_of(padding, along)
    at = [starts(line, *ends, ceil) for line, ends in zip(along, given, strict=True)]
    return windows(around(x, given, inside), along, at, beyond)


def spread(filters: Array, dilation: Any) -> Array:
    """Filters (N, KH, KW, C) with zeros between their taps."""
    rows, columns = pair(dilation)
    number, height, width, depth = filters.shape
    found = np.zeros((number, rows * (height - 1) + 1, columns * (width - 1) + 1, depth))
    found[:, ::rows, ::columns] = filters
    return found


def cropped(call: Call) -> Call | None:
    """A call whose padding below zero is cut off its first array; None where there is none."""
    setting = call.plain.get("padding", 0)
    if isinstance(setting, str) or min(map(min, sides(setting))) >= 0:
        return None
    first, *others = call.arrays
    axis = 1 if call.plain.get("batch") else 0
    for n, (before, after) in enumerate(sides(setting)):
        extent = first.shape[axis + n]
        first = first.take(range(max(0, -before), max(extent - max(0, -after), 0)), axis + n)
    (top, bottom), (left, right) = ((max(a, 0), max(b, 0)) for a, b in sides(setting))
    return call.with_arrays([first, *others]).changed(padding=((top, bottom), (left, right)))
