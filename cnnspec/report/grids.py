"""Expected and got as grids of numbers, side by side, within the width of a report."""

import numpy as np

from cnnspec.report.literal import number
from cnnspec.spec import Array

ROWS = 8
"""The most rows of a grid."""

COLUMNS = 72
"""The most characters of a line."""

MOST_CELLS = COLUMNS // 4
"""More cells of two grids never fit into a line."""

MAPS = 3
"""The most maps that are shown."""

Place = tuple[int, int]


def side_by_side(expected: Array, got: Array) -> list[str]:
    """The maps in which expected and got differ, as grids.

    A star marks each difference, an arrow the first. Of a large map the part around its first
    difference is shown.
    """
    if expected.ndim != 3 or got.ndim != 3:
        return []
    every = range(max(expected.shape[2], got.shape[2]))
    wrong = [n for n in every if differing(one_map(expected, n), one_map(got, n)).any()]
    lines: list[str] = []
    for n in wrong[:MAPS]:
        lines += grids(n, one_map(expected, n), one_map(got, n), first=not lines)
    if len(wrong) > MAPS:
        more = len(wrong) - MAPS
        lines.append(f"{more} more map{'s' * (more > 1)} differ{'s' * (more == 1)}")
    return lines


def one_map(maps: Array, n: int) -> Array:
    """A map of several; an empty one where there are not so many."""
    return maps[:, :, n] if n < maps.shape[2] else np.zeros((0, 0))


def differing(expected: Array, got: Array) -> Array:
    """True where a map differs from what was expected: also where one of the two ends before."""
    wrong = np.zeros(np.maximum(expected.shape, got.shape), bool)
    for one in (expected, got):
        wrong[: one.shape[0], : one.shape[1]] = True
    rows, columns = np.minimum(expected.shape, got.shape)
    there, here = expected[:rows, :columns], got[:rows, :columns]
    with np.errstate(all="ignore"):
        wrong[:rows, :columns] = ~((here == there) | (np.isnan(here) & np.isnan(there)))
    return wrong


def grids(n: int, expected: Array, got: Array, *, first: bool) -> list[str]:
    """One map, as expected and as got. first: whether the arrow points at its first difference."""
    wrong = differing(expected, got)
    rows, columns = wrong.shape
    row, column = (int(place) for place in np.unravel_index(wrong.argmax(), wrong.shape))
    top, bottom = around(row, rows, ROWS)
    width = min(columns, MOST_CELLS)
    left, right = around(column, columns, width)
    cells = {
        (r, c): ("> " if first and (r, c) == (row, column) else "") + number(got[r, c]) + " *"
        for r in range(top, min(bottom, got.shape[0]))
        for c in range(left, min(right, got.shape[1]))
        if wrong[r, c]
    }
    while True:
        left, right = around(column, columns, width)
        place = slice(top, bottom), slice(left, right)
        shown = [texts(expected[place], {}, place), texts(got[place], cells, place)]
        lines = joined(n, [aligned(one) for one in shown])
        if width == 1 or max(map(len, lines)) <= COLUMNS:
            break
        width -= 1
    if (bottom - top, right - left) != (rows, columns):
        part = f"rows {top} to {bottom - 1} and columns {left} to {right - 1}"
        lines.insert(0, f"map {n} is of shape {got.shape}; of its {part}:")
    return lines


def around(place: int, count: int, most: int) -> Place:
    """Where at most so many of `count` rows begin and end, a place among them."""
    first = max(0, min(place - most // 3, count - most))
    return first, min(count, first + most)


def texts(part: Array, marked: dict[Place, str], place: tuple[slice, slice]) -> list[list[str]]:
    """The elements of a part of a map as text. marked: those that differ, by their place in it."""
    top, left = place[0].start, place[1].start
    return [
        [marked.get((top + r, left + c), number(v)) for c, v in enumerate(row)]
        for r, row in enumerate(part)
    ]


def joined(n: int, blocks: list[list[str]]) -> list[str]:
    """Two blocks of lines beside each other."""
    width = max([len("expected"), *map(len, blocks[0])])
    lines = [f"map {n}: {'expected':<{width}}    got"]
    for i in range(max(map(len, blocks))):
        cells = [block[i] if i < len(block) else "" for block in blocks]
        lines.append(f"       {cells[0]:<{width}}    {cells[1]}".rstrip())
    return lines


def aligned(rows: list[list[str]]) -> list[str]:
    """Rows of cells in columns of one width."""
    width = max((len(cell) for row in rows for cell in row), default=0)
    return ["  ".join(f"{cell:>{width}}" for cell in row) for row in rows]
