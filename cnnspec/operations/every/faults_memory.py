"""Faults of memory that any operation may have: borders, large buffers, inputs that come back."""

from typing import Any

import numpy as np

from cnnspec.kit.fault import Function
from cnnspec.operations.every.faults import for_every_operation
from cnnspec.spec import Array

LARGE = 2**20
"""Bytes of a result above which a buffer is worth while."""


@for_every_operation("Q1", remedy="Pad a copy: the room around a view is not the function's.")
def clears_the_border_around(right: Function) -> Function:
    """An argument that is a part of an array is padded in place: what lies around it becomes 0."""

    def faulty(*arguments: Any, **named: Any) -> Array:
        for argument in arguments:
            room = getattr(argument, "base", None)
            if isinstance(room, np.ndarray) and argument.flags.writeable and room.ndim:
                inside = argument.copy()
                room[...] = 0
                argument[...] = inside
        return np.asarray(right(*arguments, **named))

    return faulty


@for_every_operation("Q4", remedy="Return a new array from each call, however large it is.")
def large_results_share_one_buffer(right: Function) -> Function:
    """Results above a mebibyte are written into one buffer, which grows and is used again."""
    buffer = np.zeros(0, np.uint8)

    def faulty(*arguments: Any, **named: Any) -> Array:
        nonlocal buffer
        y = np.asarray(right(*arguments, **named))
        if y.nbytes <= LARGE:
            return y
        if buffer.size < y.nbytes:
            buffer = np.zeros(y.nbytes, np.uint8)
        kept = buffer[: y.nbytes].view(y.dtype).reshape(y.shape)
        kept[...] = y
        return kept

    return faulty


@for_every_operation("Q4", remedy="Copy, also where nothing is to do.")
def gives_its_input_where_nothing_changes(right: Function) -> Function:
    """A result that equals the first argument, and is not constant, is that argument itself."""

    def faulty(*arguments: Any, **named: Any) -> Any:
        y, x = np.asarray(right(*arguments, **named)), arguments[0]
        same = isinstance(x, np.ndarray) and (x.dtype, x.shape) == (y.dtype, y.shape)
        varied = y.size > 1 and bool((y != y.flat[0]).any())
        return x if same and varied and np.array_equal(x, y) else y

    return faulty
