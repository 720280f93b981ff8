"""What the parameters of edition general share: maps with padding around them, and their taps."""

from typing import Any

import numpy as np

from cnnspec.spec import Array
from cnnspec.spec.window import Axis


def padded(x: Array, rows: Axis, cols: Axis, value: Any) -> Array:
    """A map (H, W, C) with a value around it, so far that each window lies in it as a whole.

    Where the last windows do not reach the end, what is behind them is left out.
    """
    before, after = zip(*((axis.before, behind(axis)) for axis in (rows, cols)), strict=True)
    height, width = (n + min(a, 0) for n, a in zip(x.shape[:2], after, strict=True))
    room = [(b, max(a, 0)) for b, a in zip(before, after, strict=True)]
    return np.pad(x[: max(height, 0), : max(width, 0)], [*room, (0, 0)], constant_values=value)


def behind(axis: Axis) -> int:
    """How far the last window reaches beyond an axis; less than 0 where it ends before."""
    return (axis.length - 1) * axis.stride + axis.reach - axis.before - axis.extent


def at_tap(x: Array, i: int, j: int, rows: Axis, cols: Axis) -> Array:
    """What tap (i, j) of each window reads: a view (Ho, Wo, C) of a padded map."""
    return x[taken(rows, i), taken(cols, j)]


def taken(axis: Axis, tap: int) -> slice:
    """What a tap of each window reads along an axis of a padded map."""
    first = tap * axis.dilation
    return slice(first, first + (axis.length - 1) * axis.stride + 1, axis.stride)
