"""Makes calls on a loaded target, in this process, and notices what the target does besides.

It imports NumPy's functions before the target is imported. If the target replaces them in the
module numpy, that does not change what is noticed.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from dis import opmap
from functools import partial
from typing import Any

from numpy import array_equal, asarray, copyto, empty, ndarray, newaxis

from cnnspec.kit.calls import ALIAS, LAYOUTS, Argument, Array, Call, Outcome, Unsupported
from cnnspec.kit.npy import NUMBERS
from cnnspec.kit.settings import BATCH
from cnnspec.kit.stack import Answer, Stack, repeated
from cnnspec.kit.stack import answer as together
from cnnspec.kit.text import plain
from cnnspec.targets import Operations
from cnnspec.targets.memory import KEPT_RESULTS, Results, changes, state_of
from cnnspec.targets.protocol import BASES, CLAUSE, NAME
from cnnspec.targets.quick import CLOSER, UNLIKE, Last, Quick, quickly
from cnnspec.targets.two_threads import in_two_threads

THREAD_ROUNDS = 6
"""Each of two threads makes a call so often."""

OFTEN, MOST_REPEATED = 8, 128
"""A call that is made so often is made as stacks, each of so many calls at the most."""


class Server:
    """A loaded target. printed() tells how much the target printed since it was last asked.

    taken: the options of each operation; they are given by name.
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
        self.results = Results()
        self.slowly: set[str] = set()  # operations whose results are not as `quickly` likes them

    def answer(self, call: Call) -> Outcome:
        """Make a call, as often as it says, and at once with another if it says so."""
        if call.at_once is not None:
            return self.at_once(call, call.at_once)
        first, flags = self.once(call), set[str]()
        for again in self.again_and_again(call, call.repeat - 1):
            if not same(again, first):
                return flagged(again, {"differs"})
            flags |= again.flags
        return flagged(first, flags) if flags else first

    def again_and_again(self, call: Call, count: int) -> Iterator[Outcome]:
        """The outcomes of a call that is made so many times more; one stands for equal ones."""
        in_stacks = self.is_simple(call)
        while in_stacks and count >= OFTEN:
            made, flags = self.in_a_row(repeated(call, min(count, MOST_REPEATED)))
            results = made.results if made.count else empty(0)
            alike = (results == results[:1]).all()
            for value in results[:1] if alike else results:
                yield Outcome("returned", value, flags=flags)
            yield from self.looked_at(made, call.room)
            count -= made.count + (made.last is not None)
            in_stacks = made.count > 0
        for _ in range(count):
            yield self.once(call)

    def is_simple(self, call: Call) -> bool:
        """Whether a call may be made again and again as a stack: it has no layouts and slots."""
        arrays = [a for a in call.arguments.values() if isinstance(a, Argument)]
        plain = all(a.layout == "C" and a.slot is None for a in arrays)
        return plain and BATCH not in call.arguments and call.operation not in self.slowly

    def in_a_row(self, stack: Stack) -> tuple[Quick, frozenset[str]]:
        """Make the calls of a stack quickly; and the flags that all of them raise together."""
        named = self.taken.get(stack.operation, ())
        made = quickly(self.operations[stack.operation], stack, self.results, named)
        printed = {"printed"} if self.printed() else set()
        return made, frozenset(printed | ({made.odd} & {"earlier changed"}))

    def looked_at(self, made: Quick, room: int) -> Iterator[Outcome]:
        """The outcome of the last of some calls, if something in it was out of the ordinary."""
        if made.last is None:
            return
        outcome, array, given = odd_one(made, made.last, room)
        for value in made.values[-KEPT_RESULTS:]:
            self.results.keep(value)
        if array is not None:
            outcome = flagged(outcome, self.results.noticed(given, array, made.last.arrays))
        yield outcome

    def stacked(self, stack: Stack) -> Answer:
        """Make the calls of a stack: quickly, and if something is out of the ordinary, again."""
        if stack.operation in self.slowly or BATCH in stack.numbers:
            return together([self.once(one) for one in stack.calls()])
        quick, flags = self.in_a_row(stack)
        if not flags and not quick.odd:
            return quick.results
        if not quick.count:
            self.slowly.add(stack.operation)
        return self.again(stack, quick, flags)

    def again(self, stack: Stack, quick: Quick, flags: frozenset[str]) -> Answer:
        """Make the calls of a stack once more, one by one. What was odd before is not lost."""
        last = odd_one(quick, quick.last, stack.first.room)[0] if quick.last else None
        made = [self.once(one) for one in stack.calls()]
        for place, before in enumerate(quick.results[: quick.count]):
            if not same(made[place], Outcome("returned", value=before)):
                made[place] = flagged(made[place], {"differs"})
        place = min(quick.count, len(made) - 1)
        if last is not None and not same(made[place], last):
            made[place] = flagged(made[place], {"differs"})
        before = flags | (last.flags if last is not None else flags)
        lost = {one for one in before if not any(one in each.flags for each in made)}
        made[place] = flagged(made[place], lost) if lost else made[place]
        return together(made)

    def once(self, call: Call) -> Outcome:
        """Make one call, and compare inputs and earlier results with what they were."""
        named, arguments = self.named(call), self.arguments(call)
        function = self.function(call, named)
        arrays = [a for a in (*arguments, *named.values()) if isinstance(a, ndarray)]
        before = state_of(arrays)
        outcome, value, given = invoke(function, arguments, call.room)
        flags = changes(before, state_of(arrays))
        if self.printed():
            flags.add("printed")
        if self.results.are_changed():
            flags.add("earlier changed")
        if value is not None:
            flags |= self.results.noticed(given, value, arrays)
        return flagged(outcome, flags) if flags else outcome

    def function(self, call: Call, named: Mapping[str, Any]) -> Callable[..., Any]:
        """The target's function for a call, with the options that are given by name."""
        function = self.operations[call.operation]
        return partial(function, **named) if named else function

    def named(self, call: Call) -> dict[str, Any]:
        """The options of a call. A batch is none that is passed: the image shows it."""
        taken, given = self.taken.get(call.operation, ()), call.arguments
        return {
            name: self.lay_out(a) if isinstance(a, Argument) else a
            for name in taken
            if name in given and name != BATCH
            for a in [given[name]]
        }

    def arguments(self, call: Call) -> list[Any]:
        """The arguments of a call that are given by their places."""
        taken = self.taken.get(call.operation, ())
        made: list[Any] = []
        for name, a in call.arguments.items():
            if name in taken:
                continue
            if isinstance(a, Argument):
                alias = a.layout == ALIAS and made
                made.append(made[0][newaxis] if alias else self.lay_out(a))
            else:
                made.append(a)
        return made

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
        made = in_two_threads(*map(self.rounds, calls))
        self.printed()  # printing was noticed above, in the calls made alone
        for expected, several in zip(alone, made, strict=True):
            for outcome in several:
                if not same(outcome, expected):
                    return replace(outcome, flags=alone[0].flags | {"differs"})
        return alone[0]

    def rounds(self, call: Call) -> list[Callable[[], Outcome]]:
        """Functions that make a call, each with arguments of its own."""
        function = self.function(call, self.named(call))
        prepared = [self.arguments(call) for _ in range(THREAD_ROUNDS)]
        return [partial(outcome_of, function, given, call.room) for given in prepared]


def flagged(outcome: Outcome, flags: set[str]) -> Outcome:
    """An outcome with more flags."""
    return replace(outcome, flags=outcome.flags | flags)


Invoked = tuple[Outcome, Array | None, object]
"""What came of a call: the outcome, and the result as an array and as it came, if it is one."""


def odd_one(made: Quick, last: Last, room: int) -> Invoked:
    """What came of the last of some calls, of which something was out of the ordinary."""
    if last.error is None:
        outcome, array, given = of_value(last.value, last.arrays, room)
    else:
        outcome, array, given = of_error(last.error)
    return flagged(outcome, {made.odd} - {UNLIKE, CLOSER}), array, given


def nothing(outcome: Outcome) -> Invoked:
    """An outcome without a result."""
    return outcome, None, None


def invoke(function: Callable[..., Any], arguments: list[Any], room: int) -> Invoked:
    """Call a function of the target. Returns the outcome, the result as an array, and as it came.

    The array is taken as NumPy's own class, so that a subclass cannot change NumPy's functions. It
    has the memory of what came, if that can be had.
    """
    try:
        value = function(*arguments)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # whatever a target raises, it does not end the run
        return of_error(error)
    return of_value(value, arguments, room)


def outcome_of(function: Callable[..., Any], arguments: list[Any], room: int) -> Outcome:
    """What came of a call, without what else `invoke` gives."""
    return invoke(function, arguments, room)[0]


def of_error(error: BaseException) -> Invoked:
    """What came of a call that raised an exception."""
    if isinstance(error, Unsupported):
        return nothing(Outcome("unsupported", message=text_of(error)))
    names = tuple(plain(kind.__name__, NAME) for kind in type(error).__mro__[:BASES])
    clause, raised = clause_of(error), is_raised(error)
    return nothing(Outcome("rejected", None, text_of(error), names, clause=clause, raised=raised))


def of_value(value: Any, arguments: Sequence[Any], room: int) -> Invoked:
    """What came of a call that returned something, as `invoke` says it."""
    if type(value) is not ndarray and isinstance(value, NO_ARRAYS):
        first = first_of(value, room)
        return nothing(Outcome("no array", message=described(value), first=first))
    try:
        array = asarray(value)
        if isinstance(value, list) and not array.size:
            lacking = "lists without elements have no shape"
            return nothing(Outcome("unsupported", message=lacking))
        if array.ndim == 0 and not (is_scalar(arguments) or hasattr(value, "__array__")):
            return nothing(Outcome("no array", message=described(value)))
        problem = unsendable(array, room)
        if problem:
            return nothing(Outcome("no array", message=f"{described(value)} {problem}"))
        return Outcome("returned", value=copied(array)), array, value
    except Exception:
        return nothing(Outcome("no array", message=described(value)))


NO_ARRAYS = (tuple, dict, str, bytes, type(None))
"""What is no result, though NumPy might make an array of it."""


def is_scalar(arguments: Sequence[Any]) -> bool:
    """Whether a call is made on an array without axes: a number may be its result."""
    return bool(arguments) and isinstance(arguments[0], ndarray) and arguments[0].ndim == 0


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
    return array.astype(NUMBERS[array.dtype.str], order="C")


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


def same(left: Outcome, right: Outcome) -> bool:
    """Whether two outcomes are alike: kind, and every element of the result."""
    if left.kind != right.kind or left.value is None or right.value is None:
        return left.kind == right.kind
    if left.value.dtype != right.value.dtype:
        return False
    if array_equal(left.value, right.value):  # sooner told than where NaN is equal to NaN
        return True
    return bool(array_equal(left.value, right.value, equal_nan=True))
