"""Arrays as tables of numbers on coloured ground, for pages: around what is wrong, where large."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Any

import numpy as np

from cnnspec.figures.colours import Kind, kind_of, span
from cnnspec.figures.difference import Difference
from cnnspec.kit.calls import Argument, Call
from cnnspec.kit.operation import Parameter, operation_of
from cnnspec.report.grids import MAPS, around
from cnnspec.report.literal import number, written
from cnnspec.spec import Array

ROWS, COLUMNS = 10, 12
"""The most rows and columns of a table."""

SLICES = 3
"""The most tables of an input."""

STEPS = 8
"""How many colours there are for each sign."""

LONG = 8
"""The most characters of a number that are shown; a title has it in full."""

LETTERS = {"C": "channel", "N": "filter"}
"""What the axes are called of which a table shows one index."""

Place = tuple[int, ...]


@dataclass(frozen=True)
class Cell:
    """An element: its number, its colour, and how it is marked. full: the number with all digits.

    marks: wrong, first, read, extra, missing. said: the marks in words.
    """

    text: str
    colour: str = ""
    marks: str = ""
    full: str = ""
    said: str = ""


@dataclass(frozen=True)
class Table:
    """A part of a map. part: which one, where it is not all of it."""

    title: str
    columns: list[int]
    rows: list[tuple[int, list[Cell]]]
    part: str = ""
    note: str = ""


@dataclass(frozen=True)
class Block:
    """Tables that belong together. ends: of the scale of the first ones."""

    title: str
    tables: list[Table] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    text: str = ""


def colour(value: float, kind: Kind, most: float) -> str:
    """The class of a number's colour: none for 0, and a sign with 1 to STEPS for others."""
    if np.isnan(value):
        return "nan"
    if value == 0:
        return "zero"
    share = min(abs(value) / most, 1.0) if np.isfinite(value) else 1.0
    step = max(1, round(share * STEPS))
    if kind == "grey":
        return f"s{step}"
    sign = "p" if value > 0 else "n"
    return f"{'d' if kind == 'difference' else ''}{sign}{step}"


def short(value: Any) -> tuple[str, str]:
    """A number in few characters, and in full where that is longer."""
    full = number(value).removeprefix("np.")
    if len(full) <= LONG:
        return full, ""
    return f"{float(value):.4g}".replace("e+0", "e+").replace("e-0", "e-"), full


def is_drawn(array: Array) -> bool:
    """Whether an array has numbers that can be coloured."""
    return array.dtype.kind in "biuf" and array.size > 0


def as_maps(array: Array) -> Array:
    """An array as maps (H, W, C); of another rank than 2 and 3 as one row."""
    if array.ndim == 3:
        return array
    return array[:, :, np.newaxis] if array.ndim == 2 else array.reshape(1, -1, 1)


# Expected, got and their difference.


def compared(
    expected: Array | None, got: Array | None, allowed: Array | None = None
) -> list[Block]:
    """The maps in which two results differ, each with its difference; or what there is of them."""
    if expected is None or got is None or not comparable(expected, got):
        return list(alone({"expected": expected, "got": got}))
    whole = Difference(
        as_maps(expected), as_maps(got), None if allowed is None else as_maps(allowed)
    )
    kind = kind_of(whole.expected, whole.got)
    most = span(kind, whole.expected, whole.got)[1]
    wrong = [n for n in range(whole.shape[2]) if whole.wrong[:, :, n].any()]
    blocks = [
        Block(f"map {n}" if whole.shape[2] > 1 else "", triple(whole, n, kind, most))
        for n in (wrong or range(min(whole.shape[2], 1)))[:MAPS]
    ]
    if blocks:
        more = [f"{len(wrong) - MAPS} more maps differ"] if len(wrong) > MAPS else []
        blocks[-1].said.extend(more)
    return blocks


def comparable(expected: Array, got: Array) -> bool:
    """Whether two results can be laid over one another."""
    numbers = {expected.dtype.kind, got.dtype.kind} <= set("biuf")
    return numbers and expected.ndim == got.ndim and bool(expected.size or got.size)


def alone(found: Mapping[str, Array | None]) -> Iterator[Block]:
    """Results that cannot be laid over one another, each for itself."""
    for name, array in found.items():
        if array is None:
            continue
        shape = f"{name}, of shape {array.shape}"
        if not is_drawn(array) or array.ndim > 3:
            yield Block(shape, text=written(array))
            continue
        maps, kind = as_maps(array), kind_of(array)
        most = span(kind, array)[1]
        yield Block(shape, [plain(name, maps[:, :, 0], kind, most)])


def triple(whole: Difference, n: int, kind: Kind, most: float) -> list[Table]:
    """Expected, got and difference of a map, the same part of each."""
    one = whole.channel(n)
    focus = one.first or (0, 0)
    first = focus if whole.first is not None and whole.first[2] == n else None
    rows, columns = part_of(one.shape, focus)
    shown = part(one.shape, rows, columns)
    apart = span("difference", whole.values)[1]

    def filled(cell: Callable[[int, int], Cell]) -> list[tuple[int, list[Cell]]]:
        return [(r, [cell(r, c) for c in columns]) for r in rows]

    def wanted(r: int, c: int) -> Cell:
        marked = "first" if (r, c) == first else ""
        return replace(holding(one.expected, r, c, kind, most), marks=marked)

    def came(r: int, c: int) -> Cell:
        return marked(holding(one.got, r, c, kind, most), one, (r, c), first)

    def less(r: int, c: int) -> Cell:
        return marked(differing(one, r, c, apart), one, (r, c), first)

    tables = (
        ("expected", wanted, shape_of(one.expected)),
        ("got", came, shape_of(one.got)),
        ("got − expected", less, ""),  # noqa: RUF001  a minus sign
    )
    return [Table(title, [*columns], filled(cell), shown, note) for title, cell, note in tables]


def holding(array: Array, r: int, c: int, kind: Kind, most: float) -> Cell:
    """An element of a map; stripes where it has none."""
    if r >= array.shape[0] or c >= array.shape[1]:
        return Cell("", "absent", said="no element")
    text, full = short(array[r, c])
    return Cell(text, colour(float(array[r, c]), kind, most), full=full)


def differing(one: Difference, r: int, c: int, apart: float) -> Cell:
    """The difference at an element. apart: the largest one."""
    if one.missing[r, c] or one.extra[r, c]:
        return Cell("missing" if one.missing[r, c] else "extra", "absent")
    value = one.values[r, c]
    text, full = short(value)
    return Cell(f"+{text}" if value > 0 else text, colour(value, "difference", apart), full=full)


def marked(cell: Cell, one: Difference, place: Place, first: Place | None) -> Cell:
    """A cell that is marked where the two results differ."""
    if not one.wrong[place]:
        return cell
    if place == first:
        return replace(cell, marks="wrong first", said="first wrong element")
    return replace(cell, marks="wrong", said=cell.said or "wrong")


def part_of(shape: Sequence[int], focus: Place) -> tuple[range, range]:
    """The rows and columns of a map that are shown."""
    rows, columns = shape
    return range(*around(focus[0], rows, ROWS)), range(*around(focus[1], columns, COLUMNS))


def part(shape: Sequence[int], rows: range, columns: range) -> str:
    """Which part of a map is shown, if not all of it."""
    if (len(rows), len(columns)) == tuple(shape):
        return ""
    return f"rows {span_of(rows)}, columns {span_of(columns)}, of {shape[0]} by {shape[1]}"


def span_of(numbers: range) -> str:
    """A range for people."""
    return f"{numbers[0]} to {numbers[-1]}" if len(numbers) > 1 else f"{numbers[0]}"


def shape_of(array: Array) -> str:
    """The extents of a map."""
    return f"{array.shape[0]} by {array.shape[1]}"


def plain(
    title: str,
    values: Array,
    kind: Kind,
    most: float,
    read: Collection[Place] = (),
    note: str = "",
) -> Table:
    """A map for itself. read: elements to mark, which are shown."""
    focus = min(read) if read else (0, 0)
    rows, columns = part_of(values.shape, focus)
    marked = set(read)
    table = []
    for r in rows:
        cells = []
        for c in columns:
            text, full = short(values[r, c])
            said = "read" if (r, c) in marked else ""
            cells.append(Cell(text, colour(float(values[r, c]), kind, most), said, full, said))
        table.append((r, cells))
    return Table(title, [*columns], table, part(values.shape, rows, columns), note)


# Inputs.


def inputs(call: Call, reads: Mapping[str, Sequence[Place]]) -> list[Block]:
    """The arguments of a call. reads: the elements to mark, by the name of the argument."""
    blocks, operation = [], operation_of(call)
    for parameter in operation.parameters:
        argument = call.arguments.get(parameter.name)
        if isinstance(argument, Argument):
            blocks.append(array(parameter, argument, reads.get(parameter.name, ())))
    others = [f"{n} = {a}" for n, a in call.arguments.items() if not isinstance(a, Argument)]
    if others:
        blocks.append(Block("", text=", ".join(others)))
    return blocks


def array(parameter: Parameter, argument: Argument, reads: Sequence[Place]) -> Block:
    """An array, as tables of two of its axes: those in which elements are marked come first."""
    values = argument.values
    more = [str(values.dtype)] if values.dtype != np.float64 else []
    more += [argument.layout] if argument.layout != "C" else []
    title = ", ".join([f"{parameter.name} {values.shape}", *more])
    form = next((one for one in parameter.axes if len(one) == values.ndim), "")
    constant = values.size > ROWS * COLUMNS and bool((values == values.flat[0]).all())
    if not is_drawn(values) or not form or values.ndim < 2 or constant:
        return Block(title, text=written(values))
    first = max(form.find("H"), form.find("K"), 0)
    others = [axis for axis in range(values.ndim) if axis not in (first, first + 1)]
    kind = kind_of(values)
    most = span(kind, values)[1]
    tables = []
    wanted = dict.fromkeys(tuple(p[a] for a in others) for p in reads)
    every = dict.fromkeys([*wanted, *product(*(range(min(values.shape[a], 99)) for a in others))])
    for index in [*every][: min(len(wanted), SLICES) or 1]:
        place = list(index)
        key: list[Any] = [
            slice(None) if a in (first, first + 1) else place.pop(0) for a in range(values.ndim)
        ]
        here = [p[first : first + 2] for p in reads if tuple(p[a] for a in others) == index]
        names = [f"{LETTERS.get(form[a], form[a])} {i}" for a, i in zip(others, index, strict=True)]
        name = ", ".join([parameter.name, *(names if len(every) > 1 else [])])
        tables.append(plain(name, values[tuple(key)], kind, most, [(p[0], p[1]) for p in here]))
    left = len(every) - len(tables)
    if len(tables) == 1 and not left:
        return Block("", [replace(tables[0], title=title)])
    return Block(
        title, tables, [f"{left} more {'are' if left > 1 else 'is'} not shown"] if left else []
    )


def grids(title: str, specified: Sequence[Sequence[str]], target: Sequence[Sequence[str]]) -> Block:
    """A tap map: what an element looks at, cell by cell, each name in the colour of its own."""
    names = [*dict.fromkeys(name for row in specified for name in row if name.strip())]
    level = {name: max(1, round((n + 1) * STEPS / len(names))) for n, name in enumerate(names)}
    tables = []
    for which, grid in (("as specified", specified), ("the target", target)):
        rows = []
        for r, row in enumerate(grid):
            cells = []
            for c, name in enumerate(row):
                own = specified[r][c] if r < len(specified) and c < len(specified[r]) else ""
                wrong = which != "as specified" and name != own
                shade = f"s{level[name]}" if name in level else "dp4" if name else "zero"
                cells.append(
                    Cell(
                        ("●" if name == "#" else name) or "·",
                        shade,
                        "wrong" if wrong else "",
                        said="differs" if wrong else "",
                    )
                )
            rows.append((r, cells))
        tables.append(Table(which, [*range(len(grid[0]))], rows))
    return Block(title, tables)
