"""What the parameters of edition general share: maps with padding around them, and their taps."""

from typing import Any

import numpy as np

from cnnspec.reference.views import strided
from cnnspec.spec import Array
from cnnspec.spec.window import Axis


def padded(x: Array, rows: Axis, cols: Axis, value: Any) -> Array:
    """A map (H, W, C) with a value around it, so far that each window lies in it as a whole.

    Where the last windows do not reach the end, what is behind them is left out.
    """
    height, width = (max(axis.extent + min(behind(axis), 0), 0) for axis in (rows, cols))
    below, beside = (max(behind(axis), 0) for axis in (rows, cols))
    inner = x[:height, :width]
    shape = rows.before + height + below, cols.before + width + beside, x.shape[2]
    made: Array = np.full(shape, value, x.dtype)
    made[rows.before : rows.before + height, cols.before : cols.before + width] = inner
    return made


def behind(axis: Axis) -> int:
    """How far the last window reaches beyond an axis; less than 0 where it ends before."""
    return (axis.length - 1) * axis.stride + axis.reach - axis.before - axis.extent


def at_tap(x: Array, i: int, j: int, rows: Axis, cols: Axis) -> Array:
    """What tap (i, j) of each window reads: a view (Ho, Wo, C) of a padded map."""
    return x[taken(rows, i), taken(cols, j)]


def at_all_taps(x: Array, rows: Axis, cols: Axis) -> Array:
    """What each window reads: a view (Ho, Wo, taps of rows, taps of columns, C) of a padded map."""
    down, right, deeper = x.strides
    shape = rows.length, cols.length, rows.size, cols.size, x.shape[2]
    steps = down * rows.stride, right * cols.stride, down * rows.dilation, right * cols.dilation
    return strided(x, shape, (*steps, deeper))


def taken(axis: Axis, tap: int) -> slice:
    """What a tap of each window reads along an axis of a padded map."""
    first = tap * axis.dilation
    return slice(first, first + (axis.length - 1) * axis.stride + 1, axis.stride)
