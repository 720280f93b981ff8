"""Arrays as grids of numbers in HTML: what is below zero is blue, what is above is orange."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from cnnspec.kit.example import Example, Place, array, run
from cnnspec.kit.fault import Fault
from cnnspec.report.literal import number
from cnnspec.spec import Array
from templates import rendered

BELOW, ABOVE = (66, 133, 190), (232, 137, 48)
"""Red, green and blue of the smallest and of the largest number."""

MOST = 8
"""So many faults show what they make of an example."""


@dataclass(frozen=True)
class Cell:
    """A number: its text, its colour, and whether it is marked or wrong."""

    text: str
    colour: str
    names: str


@dataclass(frozen=True)
class Grid:
    """A grid: what stands before it, its title and its rows."""

    sign: str
    title: str
    rows: list[list[Cell]]

    @property
    def shape(self) -> str:
        """Its rows and columns."""
        return f"{len(self.rows)} by {len(self.rows[0])}" if self.rows else "empty"


def colour(value: float, largest: float) -> str:
    """White for zero; the stronger, the larger the number is."""
    if not np.isfinite(value):
        return "rgb(200, 200, 200)"
    end = ABOVE if value > 0 else BELOW
    share = 0.75 * abs(value) / largest if largest else 0.0
    return f"rgb{tuple(round(255 + share * (part - 255)) for part in end)}"


def short(value: object) -> str:
    """A number in few characters."""
    text = number(value).replace("np.", "").replace("-0.0", "0")
    return text if len(text) <= 7 else f"{float(value):.3g}"  # type: ignore[arg-type]


def grid(title: str, values: Array, sign: str = "", mark: Place = None, wrong: Any = None) -> Grid:
    """A grid of an array (rows, columns). wrong: what it should be, if it is to be compared."""
    marked = np.zeros(values.shape, bool)
    if mark is not None:
        marked[mark] = True
    numbers = values.astype(float)
    sizes = np.abs(numbers[np.isfinite(numbers)])
    largest = float(sizes.max()) if sizes.size else 0.0
    differs = np.zeros(values.shape, bool) if wrong is None else differing(numbers, wrong)
    rows = [
        [
            Cell(
                short(values[r, c]),
                colour(float(numbers[r, c]), largest),
                " ".join(["marked"] * bool(marked[r, c]) + ["wrong"] * bool(differs[r, c])),
            )
            for c in range(values.shape[1])
        ]
        for r in range(values.shape[0])
    ]
    return Grid(sign, title, rows)


def differing(got: Array, expected: Array) -> Array:
    """Where an array is not what it should be: also beyond its end."""
    wrong = np.ones(got.shape, bool)
    rows, columns = np.minimum(got.shape, expected.shape)
    here, there = got[:rows, :columns], expected[:rows, :columns]
    wrong[:rows, :columns] = ~((here == there) | (np.isnan(here) & np.isnan(there)))
    return wrong


def picture(one: Example) -> str:
    """The picture of a worked example."""
    names, _ = run(one)
    grids = [grid(p.title, array(p, names), p.sign, p.mark) for p in one.picture]
    return rendered("grids.html.jinja", grids=grids)


def instead(one: Example, models: list[Fault]) -> str:
    """What faulty operations make of an example; empty where none makes anything else."""
    names, _ = run(one)
    right = array(one.picture[-1], names)
    found: dict[bytes, tuple[Fault, Array]] = {}
    for model in models:
        got = made(one, model)
        if got is not None and texts(got) != texts(right):
            found.setdefault(got.tobytes() + str(got.shape).encode(), (model, got))
    shown = list(found.values())[:MOST]
    if not shown:
        return ""
    grids = [grid("right", right)]
    grids += [grid(model.id, got, wrong=right) for model, got in shown]
    return rendered("grids.html.jinja", grids=grids)


def texts(values: Array) -> list[list[str]]:
    """What a grid shows of an array."""
    return [[short(value) for value in row] for row in values]


def made(one: Example, model: Fault) -> Array | None:
    """The result of an example on a faulty operation; None where there is none."""
    faulty = model.make(model.edition)

    def operation(*arguments: Any, edition: str = "", batch: bool = False, **named: Any) -> Any:
        del edition, batch  # the model has an edition, and knows a batch by its rank
        return faulty(*arguments, **named)

    try:
        names, _ = run(one, {model.operation: operation})
        return array(one.picture[-1], names).astype(float)
    except Exception:
        return None
