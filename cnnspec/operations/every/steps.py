"""Faults that any operation may have in how it walks through memory: tiles, pitches, parts.

Each is a step before the right operation, which changes its first array (H, W, C), or one after it,
which changes the result. An array of another rank stays as it is.
"""

from collections.abc import Callable
from dataclasses import dataclass
from inspect import Parameter, Signature
from typing import Any, Literal

import numpy as np

from cnnspec.kit import walks
from cnnspec.kit.fault import CONSTANT, REGISTRY, RESULT, Ask, Fault
from cnnspec.kit.operation import REGISTRY as OPERATIONS
from cnnspec.kit.operation import Operation
from cnnspec.spec import Array

Change = Callable[..., Array]
Measure = Callable[[Ask, Operation], float | None]


@dataclass(frozen=True)
class Step:
    """A change of the first array, or of the result. clause: S for that of shape, V of values."""

    change: Change
    place: Literal["before", "after"]
    clause: Literal["S", "V"]
    remedy: str
    measure: Measure | None
    constant: float | None

    def register(self, operation: Operation) -> None:
        """Register the fault of one operation."""
        shape, values = operation.roles.of("standard")
        measure = self.measure
        found = Fault(
            id=f"{operation.name}-{self.change.__name__}".replace("_", "-"),
            operation=operation.name,
            clauses=(shape if self.clause == "S" else values,),
            words=" ".join((self.change.__doc__ or "").split()),
            remedy=self.remedy,
            measure=None if measure is None else lambda ask: measure(ask, operation),
            before=self.before(operation) if self.place == "before" else None,
            after=self.after() if self.place == "after" else None,
            general=True,
        )
        REGISTRY.append(found if self.constant is None else found.with_constant(self.constant))

    def before(self, operation: Operation) -> Callable[..., dict[str, Any]]:
        """The step as a function of the first array, by its name."""
        name, change = operation.arrays[0].name, self.change

        def step(**given: Any) -> dict[str, Any]:
            x, *more = given.pop(name), *given.values()
            return {name: change(x, *more) if x.ndim == 3 and x.size else x}

        return asking(step, name, *([CONSTANT] if self.measure else []))

    def after(self) -> Callable[..., Array]:
        """The step as a function of the result."""
        change = self.change

        def step(y: Array, **given: Any) -> Array:
            return change(y, *given.values()) if y.ndim == 3 and y.size else y

        return asking(step, RESULT, *([CONSTANT] if self.measure else []))


def asking(step: Callable[..., Any], *names: str) -> Callable[..., Any]:
    """A function that says which arguments it takes."""
    kind = Parameter.POSITIONAL_OR_KEYWORD
    step.__dict__["__signature__"] = Signature([Parameter(name, kind) for name in names])
    return step


STEPS: list[Step] = []


def for_every_operation(
    place: Literal["before", "after"],
    clause: Literal["S", "V"],
    *,
    remedy: str,
    measure: Measure | None = None,
    constant: float | None = None,
) -> Callable[[Change], Change]:
    """Register a change for each operation."""

    def register(change: Change) -> Change:
        step = Step(change, place, clause, remedy, measure, constant)
        STEPS.append(step)
        for operation in OPERATIONS.values():
            step.register(operation)
        return change

    return register


# How the first array is read


@for_every_operation(
    "before",
    "V",
    remedy="Change the order of the axes with numpy.transpose or moveaxis: reshape does not move a "
    "number.",
)
def reads_reshaped_channels(x: Array) -> Array:
    """The first array is reshaped to (C, H, W) where its axes should be exchanged."""
    return walks.reshaped(x)


@for_every_operation("before", "V", remedy="A row has W elements, not H: row r starts at r * W.")
def reads_rows_at_the_pitch_of_the_height(x: Array) -> Array:
    """Row r of the first array is read from r * H on, not from r * W."""
    return walks.at_pitch(x, len(x), beyond="open")


@for_every_operation(
    "before", "V", remedy="Step on by the whole width after each row, also where it is odd."
)
def reads_rows_ever_earlier_on_odd_widths(x: Array) -> Array:
    """Where W is odd, each row is read one pixel earlier than it should, and one more each time."""
    return walks.at_pitch(x, x.shape[1] - x.shape[1] % 2)


@for_every_operation(
    "before", "V", remedy="Step on by the width alone after each row, also where it is odd."
)
def reads_rows_ever_later_on_odd_widths(x: Array) -> Array:
    """Where W is odd, each row is read one pixel later, and one more each time; zeros follow."""
    return walks.at_pitch(x, x.shape[1] + x.shape[1] % 2, beyond="zero")


# How the result is written


@for_every_operation(
    "after", "V", remedy="Change the order of the axes with numpy.moveaxis, not with reshape."
)
def writes_reshaped_channels(y: Array) -> Array:
    """The result is computed with the channels first, and reshaped where axes should move."""
    return np.moveaxis(y, 2, 0).copy().reshape(y.shape)


@for_every_operation("after", "V", remedy="Write the result in the order of its axes (C order).")
def writes_columns_before_rows(y: Array) -> Array:
    """The result is reshaped to (Wo, Ho, maps), as in Fortran order, and its axes exchanged."""
    return y.reshape(y.shape[1], y.shape[0], -1).transpose(1, 0, 2).copy()


@for_every_operation("after", "V", remedy="A row of the result starts at r times its columns.")
def writes_rows_at_the_pitch_of_the_height(y: Array) -> Array:
    """Row r of the result is written from r times its rows on, not r times its columns."""
    return walks.written_at_pitch(y, len(y))


TILES = "Let the loop over tiles run to the end: the last tile may be a part of one."


@for_every_operation("after", "V", remedy=TILES, measure=walks.tile_of_sides, constant=8.0)
def leaves_out_last_tiles(y: Array, c: float) -> Array:
    """Rows and columns behind the last whole tile of {c} by {c} stay zero."""
    return walks.blank_behind(y, int(c), 0, 1)


@for_every_operation("after", "V", remedy=TILES, measure=walks.tile_of_columns, constant=8.0)
def leaves_out_last_columns(y: Array, c: float) -> Array:
    """Columns behind the last whole block of {c} stay zero."""
    return walks.blank_behind(y, int(c), 1)


@for_every_operation("after", "V", remedy=TILES, measure=walks.tile_of_rows, constant=8.0)
def leaves_out_last_rows(y: Array, c: float) -> Array:
    """Rows behind the last whole block of {c} stay zero."""
    return walks.blank_behind(y, int(c), 0)


@for_every_operation("after", "V", remedy=TILES, measure=walks.tile_of_maps, constant=4.0)
def leaves_out_last_maps(y: Array, c: float) -> Array:
    """Maps behind the last whole block of {c} stay zero."""
    return walks.blank_behind(y, int(c), 2)


@for_every_operation("after", "V", remedy=TILES, measure=walks.tile_of_rows, constant=8.0)
def leaves_out_last_elements(y: Array, c: float) -> Array:
    """Elements behind the last whole block of {c}, in the order of memory, stay zero."""
    flat = y.reshape(-1)
    flat[flat.size - flat.size % int(c) :] = 0
    return flat.reshape(y.shape)


LAST_TILE = "Write the last tile to where it was computed: H - tile, not a multiple of the tile."


@for_every_operation(
    "after",
    "V",
    remedy=LAST_TILE,
    measure=walks.shifted_tile,
    constant=3.0,
)
def shifts_the_last_columns(y: Array, c: float) -> Array:
    """The last block of {c} columns is computed at the end, and written to the next multiple."""
    return walks.shifted_tail(y, int(c), 1)


@for_every_operation(
    "after",
    "V",
    remedy=LAST_TILE,
    measure=walks.shifted_tile,
    constant=3.0,
)
def shifts_the_last_tiles(y: Array, c: float) -> Array:
    """The last tiles of {c} by {c} are computed at the end, and written to the next multiple."""
    return walks.shifted_tail(walks.shifted_tail(y, int(c), 1), int(c), 0)


PARTS = "Write all of the result: take rows and columns, and their bytes, from its shape."


@for_every_operation("after", "V", remedy=PARTS)
def writes_a_quarter(y: Array) -> Array:
    """Only the first half of the rows and of the columns is written, rounded down."""
    y[len(y) // 2 :], y[:, y.shape[1] // 2 :] = 0, 0
    return y


@for_every_operation("after", "V", remedy=PARTS)
def writes_a_quarter_rounded_up(y: Array) -> Array:
    """Only the first half of the rows and of the columns is written, rounded up."""
    y[-(-len(y) // 2) :], y[:, -(-y.shape[1] // 2) :] = 0, 0
    return y


@for_every_operation("after", "V", remedy=PARTS, measure=walks.part_written, constant=0.25)
def writes_a_part(y: Array, c: float) -> Array:
    """Of all elements, in the order of memory, only the first {c} is written."""
    flat = y.reshape(-1)
    flat[int(flat.size * c) :] = 0
    return flat.reshape(y.shape)


@for_every_operation("after", "V", remedy="Let the loop over the rows reach the last one.")
def writes_the_upper_half(y: Array) -> Array:
    """Only the first half of the rows is written."""
    y[-(-len(y) // 2) :] = 0
    return y


ROOM = "Cut off what fills up a block: the result has the shape of the book."


@for_every_operation("after", "S", remedy=ROOM, measure=walks.room_of_maps, constant=32.0)
def rounds_maps_up(y: Array, c: float) -> Array:
    """There are maps of zeros more, up to a multiple of {c}."""
    return walks.filled_up(y, int(c), 2)


@for_every_operation("after", "S", remedy=ROOM, measure=walks.room_of_columns, constant=32.0)
def rounds_columns_up(y: Array, c: float) -> Array:
    """There are columns of zeros more, up to a multiple of {c}."""
    return walks.filled_up(y, int(c), 1)


@for_every_operation("after", "S", remedy=ROOM, measure=walks.room_of_columns, constant=32.0)
def rounds_sides_up(y: Array, c: float) -> Array:
    """There are rows and columns of zeros more, up to a multiple of {c}."""
    return walks.filled_up(y, int(c), 0, 1)
