"""Calls made after others, and from others: larger, or such as a cache may take for one another."""

from collections.abc import Iterator
from dataclasses import replace
from functools import cache

import numpy as np

from cnnspec.kit import filling
from cnnspec.kit.calls import Argument, Call, Case, Outcome
from cnnspec.kit.operation import Operation, broken
from cnnspec.kit.session import Session
from cnnspec.spec import Array


def made_in_order(session: Session, calls: Case) -> list[Outcome]:
    """The outcomes of calls that are made one after another, in few messages if they are quick."""
    session.together(calls)
    return [session.outcome(one) for one in calls]


def reused(call: Call, slot: str, only: int | None = None) -> Call:
    """A call whose arrays, or only one of them, have a slot: later calls reuse the objects."""
    arrays = [(name, a) for name, a in call.arguments.items() if isinstance(a, Argument)]
    return call.changed(
        **{
            name: replace(a, slot=f"{call.operation} {slot} {place}")
            for place, (name, a) in enumerate(arrays)
            if only in (None, place)
        }
    )


def without_slots(call: Call) -> Call:
    """A call whose arrays are objects of its own."""
    arrays = {name: a for name, a in call.arguments.items() if isinstance(a, Argument)}
    return call.changed(**{name: replace(a, slot=None) for name, a in arrays.items()})


def keeping(call: Call, other: Call, changed: int) -> Call:
    """The first call with one array taken from the other."""
    arrays = [
        b if i == changed else a
        for i, (a, b) in enumerate(zip(call.arrays, other.arrays, strict=True))
    ]
    return call.with_arrays(arrays)


def grown(call: Call, rows: int, cols: int, seed: object = 0) -> Call:
    """A call whose first array has more rows and columns, filled with the elements that it has.

    So it stays on the grid that it is on.
    """
    first, *others = call.arrays
    shape = (rows, cols, *first.shape[2:])
    random = filling.random_for("grown", call.operation, shape, seed)
    return call.with_arrays([random.choice(first.ravel(), shape), *others])


def general(call: Call, dtype: str = "float64", seed: object = 0) -> Call:
    """A call of the same shapes with general floats."""
    random = filling.random_for("general", call.operation, call.arrays[0].shape, dtype, seed)
    return call.with_arrays(
        [np.asarray(random.standard_normal(a.shape), dtype) for a in call.arrays]
    )


def with_array(call: Call, place: int, values: Array) -> Call:
    """A call with another array at a place."""
    arrays = call.arrays
    return call.with_arrays([*arrays[:place], values, *arrays[place + 1 :]])


def altered(call: Call, place: int, spot: int) -> Call:
    """A call with one element of one array changed: to the largest magnitude there, or minus it."""
    values = call.arrays[place].copy()
    most = np.abs(values).max()
    values.flat[spot] = -most if values.flat[spot] == most else most
    return with_array(call, place, values)


def with_other_tail(call: Call, kept: int) -> Call:
    """A call whose first array goes on in reverse behind the elements that are kept."""
    flat = call.arrays[0].flatten()
    flat[kept:] = flat[kept:][::-1].copy()
    return with_array(call, 0, flat.reshape(call.arrays[0].shape))


LARGE = (40, 41)
"""Rows and columns of a call with more than a thousand elements, which NumPy prints in short."""


MEDIUM = (11, 12)
"""Rows and columns of a call of more than a kilobyte that is short enough to be written out."""

KILOBYTE = 128
"""Elements of float64 in a kilobyte."""


def look_alikes(session: Session, operation: Operation) -> Iterator[Case]:
    """Two calls that differ in one element, in the tail, in the order, in shape or in dtype."""
    calls = operation.inputs.typical(session, "alike")
    medium = grown(calls[1], *MEDIUM)
    yield medium, with_other_tail(medium, KILOBYTE)
    yield from of_other_dtypes(calls[0])
    for n, one in enumerate(calls[:3]):
        for place, array in enumerate(one.arrays):
            spots = (0, array.size // 2, array.size - 1)
            for spot in dict.fromkeys(spots if n == 0 else spots[-n:][:1]):
                yield reused(one, "alike"), reused(altered(one, place, spot), "alike")
            yield one, altered(one, place, spots[n])
    large = grown(calls[0], *LARGE)
    size = large.arrays[0].size
    for other in (
        *(altered(large, 0, spot) for spot in (0, size // 2, size // 2 + 1)),
        *(with_other_tail(large, kept) for kept in (8, KILOBYTE, size // 2)),
    ):
        yield large, other
    for one in calls[:2]:
        (height, width), rest = one.arrays[0].shape[:2], one.arrays[0].shape[2:]
        yield one, with_array(one, 0, one.arrays[0].reshape(width, height, *rest))


def of_other_dtypes(one: Call) -> Iterator[Case]:
    """A call after one with the same numbers, or the same bytes, in another dtype."""
    few = [np.arange(a.size).reshape(a.shape) % 7 - 3 for a in one.arrays]
    single = one.with_arrays([a.astype(np.float32) for a in few])  # whose sums are exact
    yield single, single.with_arrays([a.astype(np.float64) for a in few])
    yield one.with_arrays([np.sign(a).astype(np.float16) for a in one.arrays]), one
    signed = one.with_arrays([a.astype(np.int16) for a in few])
    yield signed.with_arrays([a.view(np.uint16) for a in signed.arrays]), signed
    yield signed, one


def after_larger(session: Session, operation: Operation) -> Iterator[Case]:
    """Typical calls after larger ones of their kind."""
    for one in operation.inputs.typical(session, "larger")[:3]:
        yield grown(one, 20, 23), one


def after_invalid(session: Session, operation: Operation) -> Iterator[Case]:
    """Typical calls, each after an invalid one; of each clause a few, and of the worse ones.

    None where the target hangs on some input: it may hang on each of these.
    """
    calls = operation.inputs.typical(session, "invalid")
    for n, one in enumerate([*few_invalid(operation), *operation.inputs.worse()]):
        if session.lost["hung"]:
            return
        yield one, calls[n % len(calls)]


@cache
def few_invalid(operation: Operation) -> list[Call]:
    """Some invalid calls of each clause, far apart in the table."""
    found: dict[str | None, list[Call]] = {}
    for one in operation.inputs.invalid():
        found.setdefault(broken(one, "standard"), []).append(one)
    found.pop(None, None)
    return [one for of_clause in found.values() for one in of_clause[:: 1 + len(of_clause) // 3]]


def valid_last(session: Session, cases: Iterator[Case]) -> Iterator[Case]:
    """Those cases of which the last call is valid in the edition of a session."""
    return (case for case in cases if broken(case[-1], session.edition) is None)


SIDES = ((130, 135), (66, 67), (34, 35))
"""Rows and columns of calls that take milliseconds on a quick target; the last are the least."""

QUICK, BEARABLE = 0.04, 0.1
"""Seconds of a call that is made many times, and of the least one."""


def of_milliseconds(session: Session, operation: Operation) -> Iterator[tuple[Call, Call]]:
    """Pairs of calls of a thousand elements and more, of the same shapes and of others."""
    calls = operation.inputs.typical(session, "at once")
    others = operation.inputs.typical(session, "at once, too")
    for one, other in ((calls[0], others[0]), (calls[-1], others[1 % len(others)])):
        sides = next(
            (s for s in SIDES if session.timing.seconds(grown(one, *s)) < QUICK), SIDES[-1]
        )
        pair = grown(one, *sides), grown(other, *sides, seed=1)
        if all(
            broken(each, session.edition) is None and session.timing.seconds(each) < BEARABLE
            for each in pair
        ):
            yield pair


def in_a_mebibyte(session: Session, operation: Operation) -> Iterator[Case]:
    """Two calls in a row whose results have more than a mebibyte."""
    idle = operation.inputs.more_idle()[0]
    one, other = (grown(idle, 257, 257, seed) for seed in (0, 1))
    if session.timing.affordable(one):
        yield one, other
