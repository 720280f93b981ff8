"""Draws figures with matplotlib: panels of maps, each of the size that its map has.

Every panel is placed by inches, so that no picture leaves a gutter and no text is cut off.
"""

import io
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib import colors
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from cnnspec.figures.colours import (
    ABSENT,
    NOT_A_NUMBER,
    OWN,
    STRIPE,
    Kind,
    kind_of,
    mixed,
    span,
)
from cnnspec.figures.difference import Difference, told
from cnnspec.kit.text import plain
from cnnspec.spec import Array

SIDE = 2.6
"""Inches of the longer side of a panel."""

CELL = 0.42
"""The most inches of an element."""

LEAST = 1.3
"""Inches of the shorter side: narrower maps are stretched, and their titles have room."""

LEFT, GAP, TOP, BELOW, BAR = 0.55, 0.35, 0.72, 0.38, 0.12
"""Inches: beside the first panel, between panels, above and below each, and of a value scale."""

SCALE = 0.5
"""Inches for the numbers of a value scale."""

WRITTEN = 12
"""Maps of up to so many rows and columns have their numbers written into them."""

MOST_MAPS = 6
"""The most maps that a figure shows."""

MOST_COLUMNS = 6


class Drawn(Figure):
    """A figure that a notebook shows by itself, whatever its settings."""

    def _repr_png_(self) -> bytes:
        """The figure as a PNG file."""
        file = io.BytesIO()
        self.savefig(file, format="png", dpi=100)
        return file.getvalue()


@dataclass(frozen=True, eq=False)
class Panel:
    """One map with its title. ends: of its value scale. bar: whether the scale stands beside it."""

    title: str
    values: Array
    kind: Kind
    ends: tuple[float, float]
    bar: bool = False
    there: Array | None = None
    marked: Array | None = None
    texts: Array | None = None


@dataclass
class Row:
    """Panels beside one another, and a title for all of them."""

    title: str
    panels: list[Panel] = field(default_factory=list)


def maps(given: npt.ArrayLike) -> Array:
    """An array as maps (H, W, C). Raises ValueError for what are none."""
    array = np.asarray(given)
    if array.dtype.kind not in "biuf":
        raise ValueError(f"maps are arrays of real numbers, and not of {array.dtype}")
    if array.ndim == 2:
        array = array[:, :, np.newaxis]
    if array.ndim != 3:
        raise ValueError(f"maps are (H, W) or (H, W, C), and not of shape {array.shape}")
    return array.astype(np.float64)


def compared(
    expected: Array, got: Array, titles: tuple[str, str], above: Sequence[Row] = ()
) -> Figure:
    """Rows of expected, got and their difference, for the maps that differ; else for all.

    above: rows before them.
    """
    whole = Difference(expected, got)
    every = range(whole.shape[2])
    wrong = [n for n in every if whole.wrong[:, :, n].any()] or list(every)
    kind = kind_of(expected, got)
    ends, apart = span(kind, expected, got), span("difference", whole.values)
    names = [plain(one, 60) for one in (*titles, f"{titles[1]} - {titles[0]}")]
    rows = list(above)
    for n in wrong[:MOST_MAPS]:
        one = whole.channel(n)
        said = "; ".join(told(one))
        row = Row(f"map {n}: {said}" if len(every) > 1 else said)
        for name, values, there in (
            (names[0], one.expected, one.laid(one.expected.shape)),
            (names[1], one.got, one.laid(one.got.shape)),
        ):
            room = np.zeros(one.shape)
            room[: values.shape[0], : values.shape[1]] = values
            row.panels.append(Panel(name, room, kind, ends, name is names[1], there))
        both = ~(one.missing | one.extra)
        row.panels.append(Panel(names[2], one.values, "difference", apart, True, both, one.wrong))
        rows.append(row)
    left = len(wrong) - MOST_MAPS
    note = f"{left} more map{'s' * (left > 1)}" if left > 0 else ""
    return figure(rows, note)


def given(arrays: Mapping[str, Array]) -> Row:
    """A row of inputs: of each the first plane, the axes of one element left out."""
    row = Row("input")
    for name, array in arrays.items():
        plane = array.squeeze() if array.squeeze().ndim == len(PLANE) else array[..., 0]
        plane = plane.astype(np.float64)
        while plane.ndim > len(PLANE):
            plane = plane[0]
        kind = kind_of(plane)
        row.panels.append(Panel(name, plane, kind, span(kind, plane)))
    return row


PLANE = ("rows", "columns")
"""The axes of what is drawn."""


def stages(found: Mapping[str, Array]) -> Figure:
    """A row for each stage, a panel for each map."""
    rows = []
    for name, values in found.items():
        kind = kind_of(values)
        ends, count = span(kind, values), values.shape[2]
        shown = min(count, MOST_COLUMNS)
        more = f", {count - shown} more" if count > shown else ""
        row = Row(f"{name}, {values.shape[0]} by {values.shape[1]}, {count} maps{more}")
        for n in range(shown):
            title = f"{name}, map {n}"
            row.panels.append(Panel(title, values[:, :, n], kind, ends, n == shown - 1))
        rows.append(row)
    return figure(rows)


def tapped(found: Sequence[Any]) -> Figure:
    """For each tap map what is looked at, as specified and by the target."""
    rows = []
    for one in found:
        grids = one.grids
        order = {name: n + 1 for n, name in enumerate(names_in(grids.specified))}
        row = Row(f"{one.operation}: {'; '.join(one.summary) or grids.title}")
        for title, grid in (("as specified", grids.specified), ("the target", grids.target)):
            texts = np.array(grid, dtype=object)
            numbers = np.array(
                [[float(order.get(name, 0)) for name in one_row] for one_row in grid]
            )
            ends = (0.0, float(max(order.values(), default=1)) * 1.6)
            row.panels.append(Panel(title, ends[1] - numbers, "grey", ends, texts=texts))
        rows.append(row)
    return figure(rows)


def names_in(grid: Sequence[Sequence[str]]) -> list[str]:
    """The names in the cells of a grid, in reading order."""
    return list(dict.fromkeys(name for row in grid for name in row if name.strip()))


# Layout, in inches.


def size_of(panel: Panel) -> tuple[float, float]:
    """The width and the height of a panel."""
    height, width = (max(n, 1) for n in panel.values.shape)
    scale = min(SIDE / max(height, width), CELL)
    return max(width * scale, LEAST), max(height * scale, LEAST)


def figure(rows: list[Row], note: str = "") -> Figure:
    """Draw rows of panels, one below the other. note: a last line."""
    sizes = [[size_of(one) for one in row.panels] for row in rows]
    room = [[w + (SCALE + BAR if p.bar else 0) for p, (w, _) in zip(r.panels, s, strict=True)]
            for r, s in zip(rows, sizes, strict=True)]  # fmt: skip
    widest = max((sum(one) + GAP * (len(one) - 1) for one in room), default=LEAST)
    width = max(LEFT + widest + 0.15, 4.0)
    heights = [max((h for _, h in one), default=LEAST) for one in sizes]
    height = sum(heights) + len(rows) * (TOP + BELOW) + (0.3 if note else 0.05)
    made = Drawn(figsize=(width, height))
    FigureCanvasAgg(made)  # no pyplot: it would keep every figure, and look for a display
    top = height
    for row, size, tall in zip(rows, sizes, heights, strict=True):
        top -= TOP
        title = wrapped(row.title, width)
        made.text(0.1 / width, (top + 0.33) / height, title, fontsize=9, weight="bold", va="bottom")
        left = LEFT
        for panel, (wide, high) in zip(row.panels, size, strict=True):
            place = (left / width, (top - high) / height, wide / width, high / height)
            drawn(made, panel, place, (width, height))
            left += wide + GAP + (SCALE + BAR if panel.bar else 0)
        top -= tall + BELOW
    if note:
        made.text(0.1 / width, 0.1 / height, note, fontsize=8)
    return made


def wrapped(text: str, width: float) -> str:
    """A title in two lines at the most, as wide as a figure."""
    lines = textwrap.wrap(plain(text), int(width * 13), max_lines=2, placeholder=" …")
    return "\n".join(lines)


def drawn(
    made: Figure, panel: Panel, place: tuple[float, float, float, float], whole: tuple[float, float]
) -> Axes:
    """Draw a panel into a figure, and its value scale beside it."""
    axes = made.add_axes(place)
    there = np.ones(panel.values.shape, bool) if panel.there is None else panel.there
    palette = colors.ListedColormap(mixed(panel.kind) / 255, name=panel.kind)
    scale = colors.Normalize(*panel.ends, clip=True)
    painted = painting(panel, palette, scale)
    painted[~there, 3] = 0  # the stripes behind are seen
    axes.patch.set(facecolor=OWN[ABSENT], hatch="////", edgecolor=OWN[STRIPE])
    if painted.size:
        axes.imshow(painted, aspect="auto", interpolation="nearest")
    axes.set_title(panel.title, fontsize=8)
    axes.tick_params(labelsize=6, length=2)
    ticks(axes, panel.values.shape)
    for x, y, text, colour in numbers(panel, there, painted):
        axes.text(x, y, text, ha="center", va="center", fontsize=6, color=colour)
    if panel.marked is not None and panel.marked.any():
        axes.add_patch(framed(panel.marked))
    if panel.bar:
        from matplotlib.cm import ScalarMappable

        left = place[0] + place[2] + 0.08 / whole[0]
        beside = made.add_axes((left, place[1], BAR / whole[0], place[3]))
        made.colorbar(ScalarMappable(scale, palette), cax=beside)
        beside.tick_params(labelsize=6, length=2)
        beside.yaxis.get_offset_text().set_fontsize(6)
    return axes


THIN = 0.03
"""The least part of a panel's side that a frame around wrong elements has, so that it is seen."""


def framed(marked: Array) -> Rectangle:
    """A frame around all elements that are wrong."""
    sides = []
    for axis in (1, 0):
        hit, extent = np.flatnonzero(marked.any(axis=1 - axis)), marked.shape[axis]
        first, last = float(hit[0]), float(hit[-1] + 1)
        spare = max(0.0, THIN * extent - (last - first)) / 2
        first, last = max(first - spare, 0), min(last + spare, extent)
        sides.append((first - 0.5, last - first))
    (left, width), (top, height) = sides
    return Rectangle((left, top), width, height, fill=False, edgecolor="#111111", linewidth=1.2)


def painting(panel: Panel, palette: Any, scale: Any) -> Array:
    """The colours of a map, (H, W, 4); NaN has one of its own."""
    finite = np.nan_to_num(panel.values, posinf=panel.ends[1], neginf=panel.ends[0])
    painted = np.array(palette(scale(np.clip(finite, *panel.ends))))
    painted[np.isnan(panel.values)] = colors.to_rgba(OWN[NOT_A_NUMBER])
    return painted


def ticks(axes: Axes, shape: tuple[int, ...]) -> None:
    """A tick for the first and the last row and column, or for each if they are few."""
    for n, ticked in zip(shape, (axes.set_yticks, axes.set_xticks), strict=True):
        ticked(range(n) if n <= WRITTEN else [0, n - 1])


def numbers(panel: Panel, there: Array, painted: Array) -> Iterator[tuple[int, int, str, str]]:
    """The texts in the cells of a small map: column, row, text, and its colour."""
    if max(panel.values.shape) > WRITTEN:
        return
    for r, c in np.argwhere(there).tolist():
        value = panel.values[r, c]
        text = panel.texts[r, c] if panel.texts is not None else f"{value:.6g}"
        light = painted[r, c, :3] @ (0.3, 0.59, 0.11) > 0.5
        yield c, r, text if len(text) <= 7 else f"{value:.2g}", "black" if light else "white"


def headed(made: Figure, title: str) -> None:
    """Give a figure a title above all: it grows by that."""
    width, height = made.get_size_inches()
    grown = height + HEAD
    made.set_size_inches(width, grown)
    for axes in made.axes:
        left, bottom, wide, high = axes.get_position().bounds
        axes.set_position((left, bottom * height / grown, wide, high * height / grown))
    for text in made.texts:
        x, y = text.get_position()
        text.set_position((x, y * height / grown))
    made.text(0.1 / width, 1 - 0.08 / grown, wrapped(title, width), fontsize=10, va="top")


HEAD = 0.3
"""Inches of a title above all."""


def bars(names: Sequence[str], panels: Mapping[str, Sequence[float]]) -> Figure:
    """Horizontal bars with names: a panel for each series, side by side. NaN has no bar."""
    width, height = 8.0, 0.8 + 0.2 * max(len(names), 1)
    made = Drawn(figsize=(width, height))
    FigureCanvasAgg(made)
    for n, (title, values) in enumerate(panels.items()):
        each = (width - 1.2) / len(panels)
        left = (1.1 + n * each) / width
        axes = made.add_axes((left, 0.4 / height, (each - 0.35) / width, (height - 0.75) / height))
        axes.barh(range(len(names)), np.nan_to_num(np.asarray(values, float)), color="#1a56b0")
        axes.set_title(title, fontsize=9)
        axes.set_yticks(range(len(names)), [plain(one, 40) for one in names] if n == 0 else [])
        axes.set_ylim(-0.6, len(names) - 0.4)
        axes.tick_params(labelsize=7, length=2)
    return made
