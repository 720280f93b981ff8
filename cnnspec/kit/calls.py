"""What passes between the verifier and a target: a call, and its outcome.

None of them is changed once it is made. They are not frozen, since a run makes tens of thousands,
and a frozen one takes three times as long to make.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal

import numpy as np

from cnnspec.kit.npy import MOST_BYTES
from cnnspec.kit.numerals import Setting

Array = np.ndarray[Any, np.dtype[Any]]


LEAST_ROOM, BYTES_OF_A_NUMBER = 2**20, 32
"""Bytes: the least value of Call.room, and its share for each number."""

LEAST_TIMEOUT, MOST_TIMEOUT = 0.1, 86_400.0
"""The shortest and the longest time limit of a call, in seconds."""


class Unsupported(Exception):  # noqa: N818  it reads as what an adapter says: raise Unsupported(...)
    """Raised by a target for what it cannot express; such a case is not judged."""


class TargetError(Exception):
    """A target that cannot be reached at all; the message says what to mend."""


@dataclass(eq=False)
class Argument:
    """An array as a target shall get it.

    layout is a name of LAYOUTS. Arguments of one slot are one object: in a later call it is the
    same array with new contents, if its shape and dtype allow that.
    """

    values: Array
    layout: str = "C"
    slot: str | None = None


@dataclass(eq=False)
class Call:
    """One call of an operation, with arrays and settings by the names of its parameters.

    repeat: how often it is made, in a row. at_once: a call that another thread makes meanwhile.
    """

    operation: str
    arguments: Mapping[str, Argument | Setting]
    repeat: int = 1
    at_once: "Call | None" = None

    @cached_property
    def arrays(self) -> list[Array]:
        """The values of the array arguments."""
        return [a.values for a in self.arguments.values() if isinstance(a, Argument)]

    @property
    def room(self) -> int:
        """The most bytes of a result that are read: many times the size of any right one."""
        elements = 1
        for array in self.arrays:
            elements *= array.size or math.prod(max(n, 1) for n in array.shape)
        return max(LEAST_ROOM, min(MOST_BYTES, BYTES_OF_A_NUMBER * elements))

    @property
    def numbers(self) -> list[Setting]:
        """The other arguments, those that are given: size and stride, say."""
        return [a for a in self.arguments.values() if not isinstance(a, Argument)]

    @property
    def plain(self) -> dict[str, Any]:
        """The arguments by name, arrays as they are."""
        return {
            name: a.values if isinstance(a, Argument) else a for name, a in self.arguments.items()
        }

    def changed(self, **arguments: Argument | Setting) -> "Call":
        """The same call with other arguments, by their names."""
        given = {**self.arguments, **arguments}  # tens of thousands of times: replace is slow
        return Call(self.operation, given, self.repeat, self.at_once)

    def without(self, name: str) -> "Call":
        """The same call without an argument; itself, if it has none of that name."""
        if name not in self.arguments:
            return self
        kept = {other: a for other, a in self.arguments.items() if other != name}
        return replace(self, arguments=kept)

    def with_arrays(self, arrays: list[Array]) -> "Call":
        """The same call with other values in its arrays."""
        given = [(name, a) for name, a in self.arguments.items() if isinstance(a, Argument)]
        return self.changed(
            **{
                name: Argument(values, a.layout, a.slot)
                for (name, a), values in zip(given, arrays, strict=True)
            }
        )

    def laid_out(self, layout: str, only: str | None = None) -> "Call":
        """The same call with every array in a layout, or only the argument of a name."""
        return self.changed(
            **{
                name: Argument(a.values, layout, a.slot)
                for name, a in self.arguments.items()
                if isinstance(a, Argument) and only in (None, name)
            }
        )


Case = tuple[Call, ...]
"""What a check judges: calls made one after another; the last one is judged."""


Kind = Literal["returned", "rejected", "unsupported", "no array", "crashed", "hung", "broken"]
"""How a call ended. broken: a program wrote something that is against the protocol."""

LOST: tuple[Kind, ...] = ("crashed", "hung", "broken")
"""The kinds of outcome without an answer. The process is then started again."""


@dataclass(eq=False)
class Outcome:
    """What a target made of a call.

    value: the result, if it returned one. message: of the exception, or what happened instead, in
    plain characters. exception: the names of the exception's class and its bases. flags: what else
    was noticed, each a key of FLAGS. clause: the one that a rejection names. signal: the one that
    killed the target. raised: whether a statement of the target's raised the exception. first: of
    several results, which are no array, the first one, if that is an array.
    """

    kind: Kind
    value: Array | None = None
    message: str = ""
    exception: tuple[str, ...] = ()
    flags: frozenset[str] = field(default_factory=frozenset)
    clause: str = ""
    signal: str = ""
    raised: bool = False
    first: Array | None = None

    @property
    def fate(self) -> str:
        """In one word, how the target was lost: the signal that it died of, or that it hangs."""
        words = {"hung": "hangs", "crashed": self.signal or "dies", "broken": "broken"}
        return words.get(self.kind, "")

    @property
    def reason(self) -> str:
        """The message, with the name of the exception if there was one."""
        return ": ".join(filter(None, (*self.exception[:1], self.message)))


FLAGS = {
    "modified": "an input was modified",
    "modified around": "the array that an input is a part of was modified",
    "shares": "the result shares memory with an input",
    "shares earlier": "the result shares memory with an earlier result",
    "earlier changed": "an earlier result changed afterwards",
    "read-only": "the result cannot be written to",
    "overlaps": "elements of the result share memory",
    "printed": "the call printed something",
    "differs": "the same call, made again, gave another result",
}


# How an array lies in memory. Each function gives an array that equals its argument.


def around(values: Array, shape: Iterable[int]) -> Array:
    """An array to lay another one out in: the largest and the least of its values in turn.

    So it shows where those around it are read, or changed.
    """
    low = values.min(initial=-1 if values.dtype.kind in "if" else 0)
    found = np.full(tuple(shape), values.max(initial=1), values.dtype)
    found.reshape(-1)[1::2] = low
    return found


def sliced(values: Array) -> Array:
    """Every second element of an array that is twice as long along each axis."""
    room = around(values, (2 * n for n in values.shape))
    view = room[tuple(slice(1, None, 2) for _ in values.shape)]
    view[...] = values
    return view


def flipped(values: Array) -> Array:
    """Negative strides along every axis."""
    return np.flip(np.flip(values).copy())


def mirrored(values: Array) -> Array:
    """A negative stride along the last axis."""
    return values[..., ::-1].copy()[..., ::-1]


def inner(values: Array) -> Array:
    """The inside of a larger array: whole rows do not follow one another."""
    room = around(values, (n + 2 for n in values.shape))
    view = room[tuple(slice(1, -1) for _ in values.shape)]
    view[...] = values
    return view


def tail(axis: int) -> Callable[[Array], Array]:
    """The end of an array that is longer along one axis."""

    def laid_out(values: Array) -> Array:
        if values.ndim <= axis:
            return values.copy()
        more = [2 if i == axis % values.ndim else 0 for i in range(values.ndim)]
        room = around(values, (n + m for n, m in zip(values.shape, more, strict=True)))
        view = room[tuple(slice(first, None) for first in more)]
        view[...] = values
        return view

    return laid_out


def first_rows(values: Array) -> Array:
    """The first rows of an array that has more: C-contiguous, with other numbers behind."""
    if not values.ndim:
        return values.copy()
    view = around(values, (len(values) + 2, *values.shape[1:]))[: len(values)]
    view[...] = values
    return view


def last_axis_first(values: Array) -> Array:
    """Contiguous if the last axis were the first: channels first in memory."""
    return np.moveaxis(np.moveaxis(values, -1, 0).copy(), 0, -1)


def unaligned(values: Array) -> Array:
    """One byte off the alignment of its dtype."""
    room = np.empty(values.nbytes + 1, np.uint8)
    view = room[1:].view(values.dtype).reshape(values.shape)
    view[...] = values
    return view


def broadcast(values: Array) -> Array:
    """Zero strides along each axis on which the values do not vary."""
    first = values
    for axis in range(values.ndim if values.size else 0):
        if np.array_equal(first, np.repeat(first.take([0], axis), first.shape[axis], axis)):
            first = first.take([0], axis)
    return np.broadcast_to(first.copy(), values.shape)


def read_only(values: Array) -> Array:
    """An array that may not be written to."""
    copy = values.copy()
    copy.flags.writeable = False
    return copy


LAYOUTS: dict[str, Callable[[Array], Array]] = {
    "C": lambda values: np.array(values, order="C", copy=True),
    "Fortran": lambda values: np.array(values, order="F", copy=True),
    "last axis first": last_axis_first,
    "flipped": flipped,
    "mirrored": mirrored,
    "sliced": sliced,
    "inner": inner,
    "first rows": first_rows,
    "last rows": tail(0),
    "last columns": tail(1),
    "last channels": tail(-1),
    "read-only": read_only,
    "byte-swapped": lambda values: values.astype(values.dtype.newbyteorder()),
    "unaligned": unaligned,
    "broadcast": broadcast,
}

ALIAS = "the other input"
"""A layout too: a view of the call's first array, as a bank of one filter."""
