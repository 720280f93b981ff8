"""Checks of large inputs: the clause of values of each operation at any size, and Q9.

Both look at the same calls. A result that is wrong breaks the clause of values. Q9 is broken where
there is none: a large input is refused, or the target dies of it. So that each call is made once,
the check of values leaves a note for Q9.
"""

from collections.abc import Callable, Iterator

import numpy as np

from cnnspec.kit import filling
from cnnspec.kit.calls import Call, Case
from cnnspec.kit.check import AsVectors, check
from cnnspec.kit.history import elements, shapes_of
from cnnspec.kit.operation import REGISTRY, Operation, broken, dimensions_of, operation_of
from cnnspec.kit.session import Declined, Deviation, Misshapen, Session, returned
from cnnspec.kit.timing import steps_of
from cnnspec.operations.every.histories import grown
from cnnspec.operations.every.typical import for_each, offered
from cnnspec.spec import Array

BEYOND_A_BYTE = (256, 1024)
LEAST_LONG = 255
"""Blocks and dimensions of the test vectors of Q9."""

PAIRS = 2
"""The strength of all budgets but deep."""

FEW_STEPS = 2**19
"""With the quick budget, the most steps of a call; Q9 looks at a few larger ones."""

A_FEW = 6
"""With the quick budget, Q9 looks at one in so many of those that are left."""

SMALL = 6
"""Up to this, a dimension is so small that other clauses judge what goes wrong."""


def large_calls(session: Session, operation: Operation) -> Iterator[Call]:
    """Each dimension at and around the sizes of blocks and counters, the others small; hollow."""
    blocks = filling.BLOCKS if session.thorough else (16, 256)
    for one in operation.inputs.dimensions(blocks):
        if broken(one, session.edition) is None:
            yield one


STRIP, WIDE = 2**24 + 3, (4_096, 4_093)
"""Rows of a strip, which float32 cannot count; and rows and columns of a large map, of which the
columns of windows of 5 by 5 take more than 2^31 bytes."""


def enormous(session: Session, operation: Operation) -> Iterator[Case]:
    """Calls that take seconds, for the deep budget alone: two strips, and two large maps."""
    single = operation.inputs.typical(session, "enormous", "float32")
    thin = [one for one in single if broken(grown(one, 5, 1), session.edition) is None]
    if thin:
        least = min(thin, key=lambda one: (max(one.numbers, default=0), dull(session, one)))
        yield (grown(least, STRIP, 1),)
        yield (grown(least, 1, STRIP),)
    calls = operation.inputs.typical(session, "enormous")
    for one in (min(calls, key=lambda one: dull(session, one)), calls[-1]):
        yield (grown(one, *WIDE),)


def dull(session: Session, call: Call) -> tuple[int, int]:
    """How much of a call shows nothing: elements of the result that are equal, and its size."""
    y = session.expected(call)
    return y.size - len(np.unique(y)), elements(call)


def is_countable(call: Call) -> bool:
    """Whether 16 bits count the elements along each dimension: faults are rarer there."""
    return max(dimensions_of(call).values(), default=0) < filling.BEYOND_16_BITS


def of_operation(operation: Operation) -> Callable[[Session], Iterator[Case]]:
    """The large calls of one operation that are valid."""

    def made(session: Session) -> Iterator[Case]:
        calls = large_calls(session, operation)
        for one in sorted(calls, key=is_countable) if session.timing.quick else calls:
            if session.thorough or steps_of(one) <= FEW_STEPS:
                yield (operation.inputs.with_numbers(session, one),)
        if session.strength > PAIRS:
            yield from enormous(session, operation)

    return made


def at_any_size(session: Session, case: Case) -> None:
    """The numbers are right at any size, too."""
    one = case[-1]
    outcome = session.surely(one)
    try:
        got = returned(outcome)
    except Deviation as deviation:
        session.memory.sizes[shapes_of(one)] = deviation
        raise Declined("there is no result (Q9)") from None
    session.memory.sizes[shapes_of(one)] = None
    text = session.difference(one, got)
    clause = session.clause_of(one, outcome) if text else ""
    if text and clause not in operation_of(one).roles.values.values():
        session.incidents.add(clause, case, text)
        raise Misshapen(f"the shape is wrong ({clause})")
    session.require(one, got)


def register(operation: Operation) -> None:
    """Register the check of an operation's clauses of values."""
    for clause in dict.fromkeys(operation.roles.values.values()):
        check(
            clause,
            operation.name,
            witness="NumPy on exact grids",
            cases=of_operation(operation),
            vectors=AsVectors(left_out=True),  # Q9 has them
        )(at_any_size)


for _operation in REGISTRY.values():
    register(_operation)


@for_each
def dimensions(session: Session, operation: Operation) -> Iterator[Case]:
    """The large calls of each operation; of those that are not judged yet, a few if time is short.

    What was judged for the clause of values stays hollow: its size alone is looked at.
    """
    sizes, unknown = session.memory.sizes, 0
    for one in filling.thinned(large_calls(session, operation), session.thorough):
        shapes = shapes_of(one)
        unknown += shapes not in sizes
        if shapes in sizes and sizes[shapes] is None:
            yield (one,)
        elif shapes in sizes or session.thorough or unknown % A_FEW == 1:
            yield (operation.inputs.with_numbers(session, one),)


def in_short(session: Session) -> Iterator[Case]:
    """Dimensions that eight or sixteen bits cannot count, in arrays that are ramps."""
    for operation in offered(session):
        for one in operation.inputs.dimensions(BEYOND_A_BYTE):
            if max(max(array.shape) for array in one.arrays) > LEAST_LONG:
                first, *others = (ramp(array.shape) for array in one.arrays)
                yield (one.with_arrays([first, *others]),)
                idle = operation.inputs.idle()  # what it gives of a ramp is a ramp
                again = idle.with_arrays([first, *idle.arrays[1:]])
                if broken(again, session.edition) is None:
                    yield (again,)


def ramp(shape: tuple[int, ...]) -> Array:
    """Whole numbers that rise by one from element to element, and begin again after 251."""
    return (np.arange(np.prod(shape)) % 251.0).reshape(shape)


@check(
    "Q9",
    witness="NumPy on exact grids",
    cases=dimensions,
    vectors=AsVectors(more=in_short),
)
def no_limit(session: Session, case: Case) -> None:
    """No dimension has a limit but memory."""
    one = case[-1]
    if max(dimensions_of(one).values(), default=0) <= SMALL:
        raise Declined("its dimensions are small")
    if shapes_of(one) in session.memory.sizes:
        known = session.memory.sizes[shapes_of(one)]
        if known is not None:
            raise known
        return
    outcome = session.outcome(one)
    if outcome.value is not None and session.deviating(one):
        raise Declined("the clause of its values deviates")
    text = session.difference(one, returned(outcome))
    if text:  # the numbers are wrong, too
        session.incidents.add(session.clause_of(one, outcome), case, text)
    session.require(one, returned(outcome))
