"""Makes calls on a loaded target, in this process, and notices what the target does besides.

It imports NumPy's functions before the target is imported. If the target replaces them in the
module numpy, that does not change what is noticed.
"""

import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from dis import opmap
from functools import partial
from threading import Barrier
from typing import Any

from numpy import (
    array_equal,
    asarray,
    copyto,
    empty,
    may_share_memory,
    ndarray,
    newaxis,
    shares_memory,
)
from numpy.exceptions import TooHardError

from cnnspec.kit.calls import ALIAS, LAYOUTS, Argument, Array, Call, Outcome, Unsupported
from cnnspec.kit.npy import NUMBERS
from cnnspec.kit.text import plain
from cnnspec.targets import Operations
from cnnspec.targets.protocol import BASES, CLAUSE, NAME

KEPT_RESULTS = 4
KEPT_BYTES = 2**20
THREAD_ROUNDS = 12


class Server:
    """A loaded target. printed() tells how much the target printed since it was last asked.

    taken: the optional numbers of each operation; they are given by name.
    """

    def __init__(
        self,
        operations: Operations,
        printed: Callable[[], int],
        taken: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        self.operations = operations
        self.taken = taken or {}
        self.printed = printed
        printed()  # output before the first call belongs to no call
        self.slots: dict[str, Array] = {}
        self.kept: deque[tuple[Array, bytes]] = deque(maxlen=KEPT_RESULTS)

    def answer(self, call: Call) -> Outcome:
        """Make a call, as often as it says, and at once with another if it says so."""
        if call.at_once is not None:
            return self.at_once(call, call.at_once)
        first = self.once(call)
        for _ in range(call.repeat - 1):
            again = self.once(call)
            if not same(again, first):
                return replace(again, flags=again.flags | {"differs"})
        return first

    def once(self, call: Call) -> Outcome:
        """Make one call, and compare inputs and earlier results with what they were."""
        function, arguments = self.function(call), self.arguments(call)
        arrays = [a for a in arguments if isinstance(a, ndarray)]
        before = [(a.shape, a.dtype, a.tobytes()) for a in arrays]
        outcome, value = invoke(function, arguments, call.room)
        flags = set()
        if self.printed():
            flags.add("printed")
        if before != [(a.shape, a.dtype, a.tobytes()) for a in arrays]:
            flags.add("modified")
        if any(result.tobytes() != content for result, content in self.kept):
            flags.add("earlier changed")
            self.kept.clear()
        if value is not None:
            flags |= self.noticed(value, arrays)
        return replace(outcome, flags=frozenset(flags))

    def function(self, call: Call) -> Callable[..., Any]:
        """The target's function for a call, with the numbers that are given by name."""
        function, given = self.operations[call.operation], call.arguments
        taken = self.taken.get(call.operation, ())
        named = {name: given[name] for name in taken if name in given}
        return partial(function, **named) if named else function

    def arguments(self, call: Call) -> list[Any]:
        """The arguments of a call that are given by their places."""
        taken = self.taken.get(call.operation, ())
        made: list[Any] = []
        for name, a in call.arguments.items():
            if isinstance(a, Argument):
                alias = a.layout == ALIAS and made
                made.append(made[0][newaxis] if alias else self.lay_out(a))
            elif name not in taken:
                made.append(a)
        return made

    def noticed(self, value: Array, arrays: list[Array]) -> set[str]:
        """The flags that a result's memory raises."""
        flags = set()
        if any(share(value, array) for array in arrays):
            flags.add("shares")
        if any(share(value, earlier) for earlier, _ in self.kept):
            flags.add("shares earlier")
        if value.size and not value.flags.writeable:
            flags.add("read-only")
        if value.size and any(
            n > 1 and step == 0 for n, step in zip(value.shape, value.strides, strict=True)
        ):
            flags.add("overlaps")
        if 0 < value.nbytes <= KEPT_BYTES:
            self.kept.append((value, value.tobytes()))
        return flags

    def lay_out(self, argument: Argument) -> Array:
        """The array that an argument asks for; for a slot, the same object as in earlier calls."""
        array = LAYOUTS.get(argument.layout, LAYOUTS["C"])(argument.values)
        if argument.slot is None:
            return array
        held = self.slots.get(argument.slot)
        fits = held is not None and (held.shape, held.dtype) == (array.shape, array.dtype)
        if held is None or not fits or not held.flags.writeable:
            self.slots[argument.slot] = array
            return array
        copyto(held, array)
        return held

    def at_once(self, call: Call, other: Call) -> Outcome:
        """Make two calls at once, in two threads, some rounds long."""
        calls = (replace(call, at_once=None), other)
        alone = [self.once(one) for one in calls]
        start = Barrier(2)

        def calls_in_a_row(call: Call) -> list[Outcome]:
            function = self.function(call)
            prepared = [self.arguments(call) for _ in range(THREAD_ROUNDS)]
            start.wait(timeout=10)
            end = time.monotonic() + 0.5
            outcomes = []
            for arguments in prepared:
                outcomes.append(invoke(function, arguments, call.room)[0])
                if time.monotonic() > end:
                    break
            return outcomes

        with ThreadPoolExecutor(2) as threads:
            made = [f.result() for f in [threads.submit(calls_in_a_row, one) for one in calls]]
        self.printed()  # printing was noticed above, in the calls made alone
        for expected, outcomes in zip(alone, made, strict=True):
            for outcome in outcomes:
                if not same(outcome, expected):
                    return replace(outcome, flags=alone[0].flags | {"differs"})
        return alone[0]


def invoke(
    function: Callable[..., Any], arguments: list[Any], room: int
) -> tuple[Outcome, Array | None]:
    """Call a function of the target. Returns the outcome, and the result itself if it is an array.

    The array is taken as NumPy's own class, so that a subclass cannot change NumPy's functions.
    """
    try:
        value = function(*arguments)
    except KeyboardInterrupt:
        raise
    except Unsupported as error:
        return Outcome("unsupported", message=text_of(error)), None
    except BaseException as error:  # whatever a target raises, it does not end the run
        names = tuple(plain(kind.__name__, NAME) for kind in type(error).__mro__[:BASES])
        clause, raised = clause_of(error), is_raised(error)
        outcome = Outcome("rejected", None, text_of(error), names, clause=clause, raised=raised)
        return outcome, None
    if isinstance(value, (tuple, dict, str, bytes, type(None))):
        first = first_of(value, room)
        return Outcome("no array", message=described(value), first=first), None
    try:
        array = asarray(value)
        if isinstance(value, list) and not array.size:
            return Outcome("unsupported", message="lists without elements have no shape"), None
        scalar = arguments and isinstance(arguments[0], ndarray) and arguments[0].ndim == 0
        if array.ndim == 0 and not (scalar or hasattr(value, "__array__")):
            return Outcome("no array", message=described(value)), None
        problem = unsendable(array, room)
        if problem:
            return Outcome("no array", message=f"{described(value)} {problem}"), None
        own = array if isinstance(value, ndarray) else None
        return Outcome("returned", value=copied(array)), own
    except Exception:
        return Outcome("no array", message=described(value)), None


def first_of(value: object, room: int) -> Array | None:
    """The first of several results, if that is an array of numbers."""
    if not (type(value) is tuple and value and isinstance(value[0], ndarray)):
        return None
    array = asarray(value[0])
    return None if unsendable(array, room) else copied(array)


def unsendable(array: Array, room: int) -> str:
    """Why a result cannot be sent, or nothing."""
    if array.dtype.str not in NUMBERS:
        return f"of dtype {plain(str(array.dtype), 80)}"
    if array.nbytes > room:
        return f"of the shape {array.shape}, which has {array.nbytes} bytes, more than {room}"
    return ""


def copied(array: Array) -> Array:
    """A copy in C order that keeps nothing of the target's but the numbers."""
    copy = empty(array.shape, NUMBERS[array.dtype.str])
    copyto(copy, array)
    return copy


def text_of(error: BaseException) -> str:
    """The message of an exception in plain text, however odd its class."""
    try:
        return plain(str(error))
    except Exception:
        return ""


def clause_of(error: BaseException) -> str:
    """The clause that an exception names, as SpecError does, or nothing."""
    try:
        clause = error.clause  # type: ignore[attr-defined]
        return str(clause) if isinstance(clause, str) and CLAUSE.fullmatch(clause) else ""
    except Exception:
        return ""


RAISES = opmap["RAISE_VARARGS"]


def is_raised(error: BaseException) -> bool:
    """Whether a statement of Python raised an exception, and no accident inside of one."""
    try:
        trace = error.__traceback__
        while trace is not None and trace.tb_next is not None:
            trace = trace.tb_next
        return trace is not None and trace.tb_frame.f_code.co_code[trace.tb_lasti] == RAISES
    except Exception:
        return False


def described(value: object) -> str:
    """In words, a result that is not an array."""
    if isinstance(value, tuple):
        return f"a tuple of {len(value)}"
    return "None" if value is None else plain(f"a {type(value).__name__}")


def share(left: Array, right: Array) -> bool:
    """Whether two arrays have an element in common."""
    if not may_share_memory(left, right):
        return False
    try:
        return bool(shares_memory(left, right, 10_000))  # type: ignore[call-overload,arg-type,unused-ignore]
    except TooHardError:
        return True


def same(left: Outcome, right: Outcome) -> bool:
    """Whether two outcomes are alike: kind, and every element of the result."""
    if left.kind != right.kind or left.value is None or right.value is None:
        return left.kind == right.kind
    if left.value.dtype != right.value.dtype:
        return False
    return bool(array_equal(left.value, right.value, equal_nan=True))
