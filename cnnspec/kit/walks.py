"""Wrong ways through the memory of maps (H, W, C), for fault models, and how to measure them."""

from typing import Literal

import numpy as np

from cnnspec.kit.fault import Ask, Undefined
from cnnspec.kit.operation import Operation
from cnnspec.spec import Array

LENGTHS = (127, 107, 79)
"""Lengths of an axis by which the size of tiles is measured: each leaves another rest."""

WHOLE = 64
"""A length that leaves no rest."""

LARGEST_TILE = 80
"""Larger tiles are not measured."""


def reshaped(x: Array) -> Array:
    """The numbers of (H, W, C), taken as (C, H, W)."""
    rows, cols, channels = x.shape
    return np.moveaxis(np.ascontiguousarray(x).reshape(channels, rows, cols), 0, -1)


def at_pitch(x: Array, pitch: int, beyond: Literal["open", "zero"] = "open") -> Array:
    """Row r read from r * pitch on. What lies beyond the map is open, or zero."""
    rows, cols, channels = x.shape
    places = np.arange(rows)[:, None] * pitch + np.arange(cols)
    more = max(0, int(places.max()) + 1 - rows * cols)
    if more and beyond == "open":
        raise Undefined
    flat = np.concatenate([x.reshape(-1, channels), np.zeros((more, channels), x.dtype)])
    read: Array = flat[places]
    return read


def written_at_pitch(y: Array, pitch: int) -> Array:
    """Row r written from r * pitch on, one after another. Raises Undefined beyond the result."""
    rows, cols, maps = y.shape
    if (rows - 1) * pitch + cols > rows * cols:
        raise Undefined
    flat = np.zeros((rows * cols, maps), y.dtype)
    for r in range(rows):
        flat[r * pitch : r * pitch + cols] = y[r]
    return flat.reshape(y.shape)


def blank_behind(y: Array, tile: int, *axes: int) -> Array:
    """Zero behind the last whole tile along some axes."""
    for axis in axes:
        whole = y.shape[axis] // tile * tile
        y[(slice(None),) * axis + (slice(whole, None),)] = 0
    return y


def shifted_tail(y: Array, tile: int, axis: int) -> Array:
    """The part of a tile at the end of an axis replaced by what starts a tile before the end."""
    n = y.shape[axis]
    rest = n % tile
    if not rest or n < tile:
        return y
    places = np.arange(n)
    places[n - rest :] = np.arange(n - tile, n - tile + rest)
    return y.take(places, axis)


def filled_up(y: Array, block: int, *axes: int) -> Array:
    """Zeros at the end of some axes, up to a multiple of a block."""
    more = [(0, -n % block if axis in axes else 0) for axis, n in enumerate(y.shape)]
    return np.pad(y, more)


# What a target does, by calls whose windows have one element


def made(
    ask: Ask, operation: Operation, rows: int, cols: int, maps: int, ramp: bool
) -> Array | None:
    """What comes of a map of ones, or of a ramp along its columns, with windows of one element."""
    letters = {letter for one in operation.arrays for letter in one.axes[-1]}
    extents = {"H": rows, "W": cols, "N" if "N" in letters else "C": maps}
    first, *others = (
        np.ones([extents.get(letter, 1) for letter in one.axes[-1]]) for one in operation.arrays
    )
    if ramp:
        first *= np.arange(1.0, cols + 1)[:, None]
    y = ask(first, *others, *(1 for _ in operation.numbers))
    return y if y is not None and y.ndim == 3 else None


def tile(ask: Ask, operation: Operation, axis: int, other: int = 1) -> float | None:
    """The size of tiles, the last of which is not written if it is a part of one.

    other: how long the other side is.
    """
    rests = []
    for n in LENGTHS:
        sizes = [n if axis == place else other if place < 2 else 1 for place in range(3)]
        y = made(ask, operation, sizes[0], sizes[1], sizes[2], ramp=False)
        if y is None or y.shape != tuple(sizes) or not y.any():
            return None
        written = np.flatnonzero(np.moveaxis(y, axis, 0).reshape(n, -1).any(axis=1))
        rests.append(n - 1 - int(written.max(initial=-1)))
    return of_rests(rests)


def of_rests(rests: list[int]) -> float | None:
    """The size of tiles that leave some rests of LENGTHS, if there is one."""
    fits = (
        size
        for size in range(2, LARGEST_TILE + 1)
        if all(n % size == rest for n, rest in zip(LENGTHS, rests, strict=True))
    )
    return next(fits, None) if any(rests) else None


def tile_of_rows(ask: Ask, operation: Operation) -> float | None:
    """The rows of a tile, the last of which is not written if it is a part of one."""
    return tile(ask, operation, 0)


def tile_of_columns(ask: Ask, operation: Operation) -> float | None:
    """The columns of a tile, the last of which is not written if it is a part of one."""
    return tile(ask, operation, 1)


def tile_of_sides(ask: Ask, operation: Operation) -> float | None:
    """The sides of a square tile, the last of which is not written if it is a part of one."""
    y = made(ask, operation, 1, LENGTHS[0], 1, ramp=False)
    return None if y is None or y.any() else tile(ask, operation, 1, WHOLE)


def tile_of_maps(ask: Ask, operation: Operation) -> float | None:
    """The maps of a tile, the last of which is not written if it is a part of one."""
    return tile(ask, operation, 2)


def shifted_tile(ask: Ask, operation: Operation) -> float | None:
    """The size of tiles, the last of which is taken from the end and written elsewhere."""
    for n in LENGTHS:
        y = made(ask, operation, 1, n, 1, ramp=True)
        if y is None or y.shape != (1, n, 1):
            return None
        wrong = np.flatnonzero(y[0, :, 0] != np.arange(1.0, n + 1))
        if wrong.size:
            return float(n - (y[0, wrong[0], 0] - 1))
    return None


def part_written(ask: Ask, operation: Operation) -> float | None:
    """How large a part of the result is written, if not all is."""
    y = made(ask, operation, 32, 32, 1, ramp=False)
    written = None if y is None or y.size != 32 * 32 else np.flatnonzero(y)
    if written is None or not 0 < written.size < 32 * 32 or written.max() >= written.size:
        return None
    return written.size / 32**2


def room_of_maps(ask: Ask, operation: Operation) -> float | None:
    """How many maps there are instead of one."""
    y = made(ask, operation, 1, 1, 1, ramp=False)
    return float(y.shape[2]) if y is not None and y.shape[2] > 1 else None


def room_of_columns(ask: Ask, operation: Operation) -> float | None:
    """How many columns there are instead of one."""
    y = made(ask, operation, 1, 1, 1, ramp=False)
    return float(y.shape[1]) if y is not None and y.shape[1] > 1 else None
