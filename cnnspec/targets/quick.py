"""Calls of one form made in a row, quickly, as long as nothing in them is out of the ordinary.

A certificate makes tens of thousands of calls, and what `Server.once` looks at takes longer than a
small call. Here the same is told with less work: a result that owns its memory, and is no earlier
one, shares nothing; what earlier results held is compared once, at the end.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any, NamedTuple

from numpy import dtype, frombuffer, ndarray

from cnnspec.kit.calls import Array
from cnnspec.kit.npy import NUMBERS
from cnnspec.kit.stack import Stack
from cnnspec.targets.memory import KEPT_BYTES, KEPT_RESULTS, Results

UNLIKE = "unlike"
"""Said of an exception, and of a result of another shape or dtype than the others."""

CLOSER = "closer"
"""Said of a result that is to be looked at more closely, and may be right: a view, or a list."""

FORM = attrgetter("shape", "dtype")
"""What an array is, its numbers left aside."""


class Last(NamedTuple):
    """A call that is to be looked at: what it returned, or raised, and the arrays it was given."""

    value: Any
    error: BaseException | None
    arrays: list[Array]


@dataclass
class Quick:
    """What came of a stack: the results of the calls that were made, and what each held then.

    form: their shape and dtype. odd: what is out of the ordinary: a flag, UNLIKE or CLOSER; or
    nothing, if all calls were made. last: the call of which that came, if it came of one.
    """

    odd: str = ""
    form: tuple[tuple[int, ...], Any] = ((), float)
    values: list[Array] = field(default_factory=list)
    held: list[bytes] = field(default_factory=list)
    last: "Last | None" = None

    @property
    def count(self) -> int:
        """How many calls were made and gave a result."""
        return len(self.values)

    @property
    def results(self) -> Array:
        """The results along a first axis, as they were."""
        shape, kind = self.form
        numbers = frombuffer(bytearray().join(self.held), kind)
        return numbers.reshape(self.count, *shape)

    def add(self, value: Array) -> None:
        """Take a result that is as it shall be."""
        if not self.values:  # the target might change the array's own later
            self.form = value.shape, value.dtype
        self.values.append(value)
        self.held.append(value.tobytes())

    def is_changed(self) -> bool:
        """Whether a result holds something else now."""
        return [one.tobytes() for one in self.values] != self.held


def quickly(
    function: Callable[..., Any], stack: Stack, results: Results, named: Collection[str] = ()
) -> Quick:
    """Make the calls of a stack, until something is out of the ordinary.

    named: arguments that are given by their names; those that are arrays are the last of them.
    """
    made = Quick()
    if any(not one.array.flags.owndata for one in results.kept):
        made.odd = CLOSER
        return made
    seen = {id(one.array) for one in results.kept}
    given, by_place = list(stack.arrays.values()), sum(one not in named for one in stack.arrays)
    numbers = [number for name, number in stack.numbers.items() if name not in named]
    others: dict[str, Any] = {n: number for n, number in stack.numbers.items() if n in named}
    keywords = list(stack.arrays)[by_place:]
    for place in range(len(stack)):
        arrays = [array[place, ...].copy() for array in given]  # an array, also without axes
        before = content(arrays)
        if keywords:
            others.update(zip(keywords, arrays[by_place:], strict=True))
        value, error = called(function, [*arrays[:by_place], *numbers], others)
        made.odd = oddity(value, *made.form) if made.values else first_oddity(value)
        if not made.odd and id(value) in seen:  # all of them are alive
            made.odd = "shares earlier"
        if content(arrays) != before:
            made.odd = "modified"
        if made.odd:
            made.last = Last(value, error, arrays)
            return made
        made.add(value)
        seen.add(id(value))
    if results.are_changed() or made.is_changed():
        made.odd = "earlier changed"
    for value in made.values[-KEPT_RESULTS:]:
        results.keep(value)
    return made


def content(arrays: list[Array]) -> list[Any]:
    """What arrays are: shape, dtype and every number."""
    return [*map(FORM, arrays), *map(ndarray.tobytes, arrays)]


def called(
    function: Callable[..., Any], arguments: list[Any], named: dict[str, Any]
) -> tuple[Any, BaseException | None]:
    """The result of a call; or None, and the exception."""
    try:
        return function(*arguments, **named), None
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        return None, error


def first_oddity(value: Any) -> str:
    """What is out of the ordinary in a first result, which others are compared with; or nothing.

    It has to be one that can be sent.
    """
    if type(value) is not ndarray:
        return UNLIKE if value is None else CLOSER
    kind = NUMBERS.get(value.dtype.str)
    if kind is None or kind != dtype(value.dtype) or value.nbytes > KEPT_BYTES or not value.ndim:
        return UNLIKE
    return oddity(value, value.shape, value.dtype) if value.size else CLOSER


def oddity(value: Any, shape: tuple[int, ...], kind: Any) -> str:
    """What is out of the ordinary in a result, beside the first one's form; or nothing."""
    if type(value) is not ndarray:
        return UNLIKE if value is None else CLOSER
    if value.shape != shape or value.dtype != kind:
        return UNLIKE
    flags = value.flags
    if not flags.owndata:
        return CLOSER
    return "" if flags.writeable else "read-only"
