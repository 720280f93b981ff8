"""Calls of one form made in a row, quickly, as long as nothing in them is out of the ordinary.

A certificate makes tens of thousands of calls, and what `Server.once` looks at takes longer than a
small call. Here the same is told with less work: a result that owns its memory, and is no earlier
one, shares nothing; what earlier results held is compared once, at the end.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from numpy import dtype, empty, ndarray

from cnnspec.kit.calls import Array
from cnnspec.kit.npy import NUMBERS
from cnnspec.kit.stack import Stack
from cnnspec.targets.memory import KEPT_BYTES, KEPT_RESULTS, Results

UNLIKE = "unlike"
"""Said of a result that is no array, or not like the others, and of an exception."""


@dataclass
class Quick:
    """What came of a stack. results: of the calls that were made, along a first axis.

    odd: what is out of the ordinary, a flag or UNLIKE; or nothing, then all calls were made.
    """

    results: Array
    odd: str = ""
    values: list[Array] = field(default_factory=list)

    @property
    def count(self) -> int:
        """How many calls were made and gave a result."""
        return len(self.values)


def quickly(function: Callable[..., Any], stack: Stack, results: Results) -> Quick:
    """Make the calls of a stack, until something is out of the ordinary."""
    made = Quick(empty(0))
    if any(not one.array.flags.owndata for one in results.kept):
        made.odd = UNLIKE
        return made
    seen = {id(one.array) for one in results.kept}
    given = [(array, array.tobytes()) for array in stack.arrays.values()]
    numbers = list(stack.numbers.values())
    for place in range(len(stack)):
        arrays = [array[place].copy() for array, _ in given]
        value = called(function, [*arrays, *numbers])
        if not made.values and value is not None and fits(value, stack.call(0).room):
            made.results = empty((len(stack), *value.shape), value.dtype)
        if value is None or not is_like(value, made.results) or id(value) in seen:
            made.odd = UNLIKE
            return made
        if any(is_modified(*one, place) for one in zip(arrays, given, strict=True)):
            made.odd = "modified"
            return made
        made.results[place] = value
        made.values.append(value)
        seen.add(id(value))
    pairs = zip(made.values, made.results, strict=True)
    if results.are_changed() or any(one.tobytes() != held.tobytes() for one, held in pairs):
        made.odd = "earlier changed"
    for value in made.values[-KEPT_RESULTS:]:
        results.keep(value)
    return made


def called(function: Callable[..., Any], arguments: list[Any]) -> Array | None:
    """The result of a call, if it is an array."""
    try:
        value = function(*arguments)
    except KeyboardInterrupt:
        raise
    except BaseException:  # it will be raised again, and looked at then
        return None
    return value if type(value) is ndarray else None


def fits(value: Array, room: int) -> bool:
    """Whether a first result can be sent, and is one that others may be compared with."""
    kind = NUMBERS.get(value.dtype.str)
    small = value.nbytes <= min(room, KEPT_BYTES)
    return kind is not None and kind == dtype(value.dtype) and small and value.ndim > 0


def is_like(value: Array, results: Array) -> bool:
    """Whether a result has the shape and dtype of the others, and memory of its own to write to."""
    flags = value.flags
    alike = value.shape == results.shape[1:] and value.dtype == results.dtype
    return alike and bool(flags.owndata and flags.writeable and value.size)


def is_modified(array: Array, given: tuple[Array, bytes], place: int) -> bool:
    """Whether an argument is another than it was."""
    whole, content = given
    first = place * array.nbytes
    same = array.shape == whole.shape[1:] and array.dtype == whole.dtype
    return not same or array.tobytes() != content[first : first + array.nbytes]
