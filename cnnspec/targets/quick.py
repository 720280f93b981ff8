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
"""Said of an exception, and of a result of another shape or dtype than the others."""

CLOSER = "closer"
"""Said of a result that is to be looked at more closely, and may be right: a view, or a list."""


@dataclass
class Quick:
    """What came of a stack. results: of the calls that were made, along a first axis.

    odd: what is out of the ordinary: a flag, UNLIKE or CLOSER; or nothing, if all calls were made.
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
        made.odd = CLOSER
        return made
    seen = {id(one.array) for one in results.kept}
    given = [(array, array.tobytes()) for array in stack.arrays.values()]
    numbers = list(stack.numbers.values())
    for place in range(len(stack)):
        arrays = [array[place].copy() for array, _ in given]
        value = called(function, [*arrays, *numbers])
        if not made.values and fits(value, stack.call(0).room):
            made.results = empty((len(stack), *value.shape), value.dtype)
        made.odd = oddity(value, made.results)
        if not made.odd and id(value) in seen:
            made.odd = CLOSER
        if any(is_modified(*one, place) for one in zip(arrays, given, strict=True)):
            made.odd = "modified"
        if made.odd:
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


def called(function: Callable[..., Any], arguments: list[Any]) -> Any:
    """The result of a call; None for an exception."""
    try:
        return function(*arguments)
    except KeyboardInterrupt:
        raise
    except BaseException:  # it will be raised again, and looked at then
        return None


def fits(value: Any, room: int) -> bool:
    """Whether a first result can be sent, and is one that others may be compared with."""
    if type(value) is not ndarray:
        return False
    kind = NUMBERS.get(value.dtype.str)
    small = value.nbytes <= min(room, KEPT_BYTES)
    return kind is not None and kind == dtype(value.dtype) and small and value.ndim > 0


def oddity(value: Any, results: Array) -> str:
    """What is out of the ordinary in a result, beside those before it; or nothing."""
    if type(value) is not ndarray:
        return UNLIKE if value is None else CLOSER
    if value.shape != results.shape[1:] or value.dtype != results.dtype:
        return UNLIKE
    if not value.size or not value.flags.owndata:
        return CLOSER
    return "" if value.flags.writeable else "read-only"


def is_modified(array: Array, given: tuple[Array, bytes], place: int) -> bool:
    """Whether an argument is another than it was."""
    whole, content = given
    first = place * array.nbytes
    same = array.shape == whole.shape[1:] and array.dtype == whole.dtype
    return not same or array.tobytes() != content[first : first + array.nbytes]
