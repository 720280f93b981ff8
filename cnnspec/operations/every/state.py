"""Checks of Q2 that need more than one call: what is kept of calls, of rejections, of roundings."""

from collections.abc import Iterator
from dataclasses import replace

from cnnspec.kit.calls import Call, Case
from cnnspec.kit.check import AsVectors, check
from cnnspec.kit.clauses import ARGUMENTS_ALONE
from cnnspec.kit.exact import significand_bits
from cnnspec.kit.filling import promoted
from cnnspec.kit.operation import Operation
from cnnspec.kit.session import Declined, Deviation, Session, difference
from cnnspec.operations.every.behaviour import roundings
from cnnspec.operations.every.histories import (
    after_invalid,
    after_larger,
    general,
    grown,
    look_alikes,
    reused,
    valid_last,
    without_slots,
)
from cnnspec.operations.every.typical import for_each
from cnnspec.spec import Array

LONG_ENOUGH = 400
"""Elements of an array of a test vector: a cache may look at the first kilobyte alone."""

LEFT_OUT = AsVectors(left_out=True)
"""Readers of vectors get their histories from the other checks of Q2."""


@for_each
def states(session: Session, operation: Operation) -> Iterator[Case]:
    """Calls after such as a cache may take for them, after larger ones and after invalid ones."""
    yield from valid_last(session, look_alikes(session, operation))
    yield from valid_last(session, after_larger(session, operation))
    yield from valid_last(session, after_invalid(session, operation))


@check(
    "Q2",
    witness="what the call shall give",
    cases=states,
    in_order=True,
    vectors=AsVectors(room=LONG_ENOUGH),
)
def after_look_alikes(session: Session, case: Case) -> None:
    """A result is right after calls that look like it, after larger ones and after rejections.

    If only its dtype is less precise than in a fresh process, level strict is told.
    """
    last = case[-1]
    session.together(case)
    for one in case:
        outcome = session.outcome(one)
    if outcome.kind == "rejected" and any(a.dtype.kind != "f" for a in last.arrays):
        raise Declined("the dtype is not taken")
    got = outcome.value
    if got is None:
        text = f"{outcome.kind} after other calls: {outcome.reason}"
        require_right_alone(session, last)
        raise Deviation(text, session.expected(last), lost=outcome.fate)
    found = wrong(session, last, got)
    if found is not None:
        require_right_alone(session, last)
        raise found
    if is_narrow(session, last, got):
        require_right_alone(session, last, wide=True)
        text = f"the result's dtype is {got.dtype} here, and wider alone"
        session.incidents.add(ARGUMENTS_ALONE, case, text, "strict")


def wrong(session: Session, call: Call, got: Array) -> Deviation | None:
    """How a result differs from what the call shall give, by more than roundings."""
    wanted = session.expected(call)
    if difference(got, wanted) is None:
        return None
    text = difference(got, wanted, roundings(session, call))
    return Deviation(text, wanted, got) if text else None


def is_narrow(session: Session, call: Call, got: Array) -> bool:
    """Whether a result is less precise than those of its operation are, and its inputs."""
    bits = min(session.bits(call.operation), significand_bits(promoted(call.arrays)))
    return got.dtype.kind == "f" and significand_bits(got.dtype) < bits


def require_right_alone(session: Session, call: Call, *, wide: bool = False) -> None:
    """Raise Declined where a call deviates in a fresh process, too. wide: also by its dtype."""
    if session.deviating(call):
        raise Declined("the clause of its values deviates")
    session.restart()
    alone = session.outcome(without_slots(call))
    if alone.value is None or wrong(session, call, alone.value):
        raise Declined("it deviates alone")
    if wide and is_narrow(session, call, alone.value):
        raise Declined("it is as narrow alone")


@for_each
def repeated(session: Session, operation: Operation) -> Iterator[Case]:
    """General floats: one call many times, and calls in turn; none where nothing is rounded."""
    if not operation.roles.rounding:
        return
    calls = operation.inputs.typical(session, "bits")
    for one in calls[:5]:
        drawn, other = general(one), general(one, seed="other")
        yield (replace(reused(drawn, "bits"), repeat=20),)
        yield drawn, other, drawn
        yield (replace(reused(general(one, "float32"), "bits"), repeat=3),)
    for (one,) in valid_last(session, ((grown(c, 34, 35),) for c in calls[:2])):
        for large in (general(one), general(one, "float32")):
            if session.timing.affordable(replace(large, repeat=10)):
                yield (replace(reused(large, "bits"), repeat=5),)
                yield large, calls[0], large


@check(
    "Q2",
    witness="the same call, bit by bit",
    cases=repeated,
    level="strict",
    vectors=LEFT_OUT,
    in_order=True,
)
def same_bits(session: Session, case: Case) -> None:
    """The same call has the same bits each time, where its numbers are rounded too."""
    outcomes = [session.outcome(one) for one in case]
    last = outcomes[-1]
    if "differs" in last.flags:
        raise Deviation("the same call, made again, gave other bits", None, last.value)
    for one, outcome in zip(case, outcomes, strict=True):
        if one is not case[-1] or outcome.value is None or last.value is None:
            continue
        text = difference(last.value, outcome.value)
        if text:
            raise Deviation(f"{text}, as it was before", outcome.value, last.value)
