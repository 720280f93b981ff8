"""Checks of how every operation behaves, Q1 to Q4 and Q10."""

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from cnnspec.kit import filling, history
from cnnspec.kit.calls import FLAGS, Call, Case, Outcome
from cnnspec.kit.check import AsVectors, always, check
from cnnspec.kit.clauses import ARGUMENTS_ALONE
from cnnspec.kit.exact import significand_bits
from cnnspec.kit.filling import FLOATS
from cnnspec.kit.incidents import is_rounded
from cnnspec.kit.operation import Operation, broken, operation_of
from cnnspec.kit.rejection import ACCIDENTS, invalid, is_batch, rejected
from cnnspec.kit.session import Declined, Deviation, Session, difference
from cnnspec.operations.every.histories import (
    in_a_mebibyte,
    keeping,
    made_in_order,
    of_milliseconds,
    reused,
    without_slots,
)
from cnnspec.operations.every.typical import for_each, offered
from cnnspec.spec import Array

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy


def plain_of(session: Session, operation: Operation) -> Iterator[Case]:
    """The typical calls, in both precisions."""
    for dtype in FLOATS:
        for one in operation.inputs.typical(session, dtype=dtype):
            yield (one,)
            random = filling.random_for("plain", one.arrays[0].shape, dtype)
            normal = [np.asarray(random.standard_normal(a.shape), dtype) for a in one.arrays]
            yield (one.with_arrays(normal),)


plain = for_each(plain_of)


@for_each
def in_larger_arrays(session: Session, operation: Operation) -> Iterator[Case]:
    """The typical calls, and calls whose arrays are parts of larger ones, in which others lie."""
    yield from plain_of(session, operation)
    for layout in (
        "inner",
        "sliced",
        "first rows",
        "last rows",
        "last columns",
        "last channels",
        "broadcast",
    ):
        for one in operation.inputs.typical(session, "parts"):
            yield (one.laid_out(layout),)


@check(
    "Q1",
    witness="a copy of the inputs, and of what they are parts of",
    cases=in_larger_arrays,
    vectors=AsVectors(states="nothing", requires=always("inputs unchanged")),
)
def inputs_stay(session: Session, case: Case) -> None:
    """Neither a valid nor an invalid call modifies its inputs, or what they are parts of."""
    flagged(session, case, "modified", "modified around")


def flagged(session: Session, case: Case, *flags: str) -> None:
    """Raise Deviation if the last call of a case raises one of the flags."""
    if set(flags) <= session.client.unseen:
        raise Declined("the memory of another program is not to be seen")
    session.together(case)
    for one in case:
        outcome = session.outcome(one)
    for flag in flags:
        if flag in outcome.flags and (flag != "printed" or outcome.kind == "returned"):
            raise Deviation(FLAGS[flag], None, outcome.value)


PATIENCE = 10.0
"""Seconds that a repeated call may take, estimated from single calls."""


@for_each
def histories(session: Session, operation: Operation) -> Iterator[Case]:
    """The same call with others between; one object with new contents; many calls."""
    calls = operation.inputs.typical(session)
    others = operation.inputs.typical(session, "others")
    for one, other in zip(calls, others, strict=True):
        yield one, one
        yield one, other, one
        yield from ((one, another, one) for another in calls if another is not one)
    for one, other in zip(calls, others, strict=True):
        yield reused(one, "0"), reused(other, "0")
        for only in range(len(one.arrays)):
            yield reused(one, "1", only), reused(keeping(one, other, only), "1", only)
    yield (replace(calls[0], repeat=times(session, calls[0], 1200)),)
    yield (replace(calls[-1], repeat=times(session, calls[-1], 300)),)


@for_each
def at_once(session: Session, operation: Operation) -> Iterator[Case]:
    """Two calls at once, in two threads."""
    calls = operation.inputs.typical(session)
    for one, other in zip(calls, operation.inputs.typical(session, "others"), strict=True):
        yield (replace(one, at_once=other),)
    for n, one in enumerate(calls[: len(calls) // 2], 1):  # beside one of other sizes
        yield (replace(one, at_once=calls[-n]),)
    for one, other in of_milliseconds(session, operation):
        yield (replace(one, at_once=other),)


def times(session: Session, call: Call, most: int) -> int:
    """How often a call is made: less often on a slow target, so that it does not seem to hang."""
    return max(2, min(most, int(PATIENCE / max(session.timing.seconds(call), 1e-6))))


def larger_before(session: Session) -> Iterator[Case]:
    """A call that is made more than a thousand times, and calls after larger ones."""
    for operation in offered(session):
        one = operation.inputs.typical(session)[0]
        yield (replace(one, repeat=1200),)
        yield operation.inputs.larger(), one


def by_itself(_session: Session, case: Case) -> Case:
    """The last call of a case, made once, with objects of its own."""
    return (replace(without_slots(case[-1]), repeat=1, at_once=None),)


@check(
    "Q2",
    witness="the same call made alone",
    cases=histories,
    vectors=AsVectors(more=larger_before),
    in_order=True,
    also=by_itself,
)
def nothing_else_counts(session: Session, case: Case) -> None:
    """A result depends on the arguments alone."""
    (once,) = session.also(case, by_itself)
    session.together((*case, once))
    for one in case:
        outcome = session.outcome(one)
    if "differs" in outcome.flags and not is_rounded(case[-1]):  # else it is noted at strict
        raise Deviation("the same call, made again, gave another result", None, outcome.value)
    alone = session.outcome(once)
    if outcome.kind != alone.kind:
        if "hung" in (outcome.kind, alone.kind) and session.may_hang_by_chance(once):
            raise Declined("it takes nearly as long as a call may")
        why = outcome.message or alone.message
        raise Deviation(f"{outcome.kind} after other calls, {alone.kind} alone: {why}")
    if outcome.value is not None and alone.value is not None:
        alike(session, case, case[-1], outcome.value, alone.value)


@for_each
def of_one_shape(session: Session, operation: Operation) -> Iterator[Case]:
    """Calls of the same shapes with other numbers."""
    others = operation.inputs.typical(session, "others")
    yield from zip(operation.inputs.typical(session), others, strict=True)


@check(
    "Q2",
    witness="what the call shall give",
    cases=of_one_shape,
    vectors=AsVectors(left_out=True),  # those of the values show it
    in_order=True,
)
def after_others(session: Session, case: Case) -> None:
    """A result is right after other calls, if it is right alone."""
    *before, last = case
    for one in before:
        session.outcome(one)
    if before and broken(last, session.edition):
        rejected(session, case)
        return
    got, wanted = session.result(last), session.expected(last)
    text = difference(got, wanted, roundings(session, last))
    if text:
        if not before or session.deviating(last):
            raise Declined("it deviates alone")
        raise Deviation(text, wanted, got)


def roundings(session: Session, call: Call) -> Array | None:
    """How far rounding can take each element of a result, and more; None if it never rounds.

    Each sum has at most as many terms as there are elements in all arrays.
    """
    if not operation_of(call).roles.rounding:
        return None
    sizes = session.expected(call.with_arrays([np.abs(a) for a in call.arrays]))
    terms = sum(a.size for a in call.arrays)
    floats = [significand_bits(a.dtype) for a in call.arrays if a.dtype.kind == "f"]
    unit = 2.0 ** -min([session.bits(call.operation), *floats])
    bound: Array = 4 * terms * unit * sizes
    return bound


@check("Q2", witness="the same call made alone", cases=at_once, level="strict")
def threads(session: Session, case: Case) -> None:
    """Another thread that computes at the same time changes nothing."""
    outcome = session.outcome(case[-1])
    if "differs" in outcome.flags:
        text = "while another thread computes it gave another result"
        raise Deviation(text, None, outcome.value)


def alike(session: Session, case: Case, call: Call, got: Array, wanted: Array) -> None:
    """Raise Deviation unless two results of a call of a case are the same.

    If only their dtypes differ, level strict is told.
    """
    session.require_alike(call, got, wanted)
    if got.dtype != wanted.dtype:
        text = f"the result's dtype is {got.dtype} here and {wanted.dtype} there"
        session.incidents.add(ARGUMENTS_ALONE, case, text, "strict")


@for_each
def worse(session: Session, operation: Operation) -> Iterator[Case]:
    """Calls that break two clauses or more, and sizes that are not positive."""
    for one in operation.inputs.worse():
        if broken(one, session.edition) is not None and not is_batch(session, one):
            yield (one,)


@check("Q3", witness="the table of invalid inputs", cases=worse)
def invalid_is_rejected(session: Session, case: Case) -> None:
    """Input that is invalid in more than one way is rejected too."""
    rejected(session, case)


@for_each
def sequences(session: Session, operation: Operation) -> Iterator[Case]:
    """Calls, and pairs of calls with the same and with other shapes."""
    calls = operation.inputs.typical(session)
    others = operation.inputs.typical(session, "others")
    idle = operation.inputs.idle()  # a target may return its input here
    for one, other in zip([*calls, idle], [*others, idle], strict=True):
        yield (one,)
        yield (one.with_arrays([a.astype(np.float32) for a in one.arrays]),)
        yield one, one
        yield one, other
        yield one.laid_out("read-only"), one
    for one in operation.inputs.more_idle():
        yield one, one
        yield (one.with_arrays([a.astype(np.float32) for a in one.arrays]),)
    yield from in_a_mebibyte(session, operation)


def memory_of(case: Case) -> tuple[str, ...]:
    """What a vector requires of the memory of one result, or of several."""
    return ("result fresh", "result writable") if len(case) == 1 else ("earlier results unchanged",)


OF_MEMORY = "shares", "shares earlier", "earlier changed", "read-only", "overlaps"
"""The flags of a result that is not fresh."""


@check(
    "Q4",
    witness="NumPy's memory and flags",
    cases=sequences,
    in_order=True,
    vectors=AsVectors(states="nothing", requires=memory_of),
)
def fresh(session: Session, case: Case) -> None:
    """The result is fresh and writable, and stays as it is."""
    flagged(session, case, *OF_MEMORY)


@for_each
def odd_calls(session: Session, operation: Operation) -> Iterator[Case]:
    """Every invalid call of the tables."""
    for cases in invalid(session, operation.name).values():
        yield from cases


@check(
    "Q10",
    witness="the class and text of the exception",
    cases=odd_calls,
    vectors=AsVectors(requires=always("deliberate rejection")),
)
def deliberate(session: Session, case: Case) -> None:
    """A rejection is an exception with a message, and no accident."""
    outcome = session.remember(case[-1])
    if outcome.kind != "rejected":
        raise Declined("it is not rejected")
    kinds = set(outcome.exception)
    name = "".join(outcome.exception[:1]) or "an answer"
    if "SystemExit" in kinds:
        status = outcome.message.strip().lstrip("-")  # the article ends without a word
        if session.edition != "article" and (not status or status.isdigit()):
            raise Deviation(f"invalid input ends the program: SystemExit({outcome.message})")
        return
    if kinds & ACCIDENTS and not outcome.raised:
        raise Deviation(f"the rejection is an accident: {name}: {outcome.message}")
    if not outcome.message.strip():
        raise Deviation(f"the rejection, {name}, has no message")


@check(
    "Q10",
    witness="the target's standard output",
    cases=plain,
    vectors=AsVectors(states="nothing", requires=always("nothing printed")),
)
def silent(session: Session, case: Case) -> None:
    """A call that succeeds prints nothing."""
    flagged(session, case, "printed")


def starts(session: Session) -> Iterator[Case]:
    """Plain calls, each operation's float32 before its float64, small before large."""
    most = 1 if session.timing.crawls else None  # they are made in three processes
    ordered: list[Call] = []
    for dtype in ("float32", "float64"):
        for operation in offered(session):
            ordered += operation.inputs.typical(session, "starts", dtype)[::-1][:most]
    yield tuple(ordered)


@check(
    "Q2",
    witness="the same calls in another order",
    cases=starts,
    vectors=AsVectors(dtype=True, requires=always("dtype", "fresh process")),
    restarts=True,
)
def first_call(session: Session, case: Case) -> None:
    """What a fresh process is called with first does not change later results."""
    old = made_in_order(session, case)
    session.restart()
    fresh = made_in_order(session, case)
    session.restart()
    back = made_in_order(session, case[::-1])[::-1]
    for one, outcome, other in zip(case, fresh, back, strict=True):
        require_same(session, case, one, (outcome, other), "after other calls")
    for one, outcome, other in zip(case, fresh, old, strict=True):
        try:
            require_same(session, (one,), one, (outcome, other), "in an old process")
        except Deviation as deviation:  # it needs calls that are not of this case
            session.incidents.add(ARGUMENTS_ALONE, (one,), deviation.message)


def require_same(
    session: Session, case: Case, one: Call, made: tuple[Outcome, Outcome], where: str
) -> None:
    """Raise Deviation unless a call of a case gives the same in a fresh process as elsewhere."""
    fresh, other = made
    if fresh.kind != other.kind:
        raise Deviation(f"{fresh.kind} in a fresh process, {other.kind} {where}")
    if fresh.value is not None and other.value is not None:
        alike(session, case, one, fresh.value, other.value)


def walk(session: Session) -> "SearchStrategy[Case]":
    """A few drawn calls in a row, one of them twice: first and last."""
    from cnnspec.operations.every.strategies import walks

    return walks(session)


def between(session: Session) -> Iterator[Case]:
    """Calls of the other operations between two of the same."""
    calls = {one.name: one.inputs.typical(session, "between") for one in offered(session)}
    for name, own in calls.items():
        others = [calls[other][0] for other in calls if other != name]
        yield from ((one, *others, one) for one in own)


@check(
    "Q2",
    witness="the same call before others",
    cases=between,
    strategy=walk,
    in_order=True,
)
def calls_between(session: Session, case: Case) -> None:
    """Other calls between two of the same do not change its result."""
    if not history.alike(case[0], case[-1]):
        raise Declined("first and last are not the same call")
    outcomes = [session.outcome(one) for one in case]
    first, last = outcomes[0], outcomes[-1]
    if first.kind != last.kind:
        raise Deviation(f"first {first.kind}, later {last.kind}: {last.message}")
    if first.value is not None and last.value is not None:
        alike(session, case, case[-1], last.value, first.value)
