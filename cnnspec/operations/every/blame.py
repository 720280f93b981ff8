"""Which clause a wrong result breaks, found by asking again with plainer calls.

A drawn call may be out of the ordinary in several ways at once. Each is taken away in turn: the
calls before it, its layouts, what is not finite, its dtypes, what is subnormal, its rank. The first
plainer call that is answered rightly tells which of them is to blame. If even the plainest one is
wrong, the clause of shape or values is broken, or that of rounding where sums are rounded.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from cnnspec.kit.calls import Argument, Call, Case
from cnnspec.kit.clauses import ARGUMENTS_ALONE, DTYPE, LAYOUT, NOT_FINITE, SUBNORMAL
from cnnspec.kit.incidents import Place, own_level
from cnnspec.kit.noticing import Wrong, is_native, place_of, wrong
from cnnspec.kit.operation import Law, broken, operation_of, option_clause
from cnnspec.kit.plainer import finite, in_c_order, in_float64, normal, with_arrays
from cnnspec.kit.session import Deviation, Session
from cnnspec.operations.every.histories import without_slots
from cnnspec.operations.every.inputs import require_precise


@dataclass(frozen=True)
class Oddity:
    """A way to be out of the ordinary: the clause that is about it, and how it is taken away.

    plainer: the case without it; the same case if it has not got it. others: more such cases, all
    of which must be right.
    """

    place: Place
    plainer: Callable[[Case], Case]
    others: Callable[[Case], list[Case]] = lambda _case: []


@dataclass(frozen=True)
class Blame:
    """The clause that is broken, the plainest case that breaks it, and how."""

    place: Place
    case: Case
    deviation: Deviation


def last_alone(case: Case) -> Case:
    """The last call without those before it, made once, with arrays of its own."""
    one = case[-1]
    slots = any(isinstance(a, Argument) and a.slot for a in one.arguments.values())
    alone = len(case) == 1 and one.repeat == 1 and not slots
    return case if alone else (replace(without_slots(one), repeat=1),)


def no_other_thread(case: Case) -> Case:
    """The last call without another at the same time."""
    return (replace(case[-1], at_once=None),) if case[-1].at_once else case


def of_rank_3(case: Case) -> Case:
    """The last call with its map as one of rank 3, where any rank will do."""
    (x, *others), operation = case[-1].arrays, operation_of(case[-1])
    if others or x.ndim == 3 or operation.roles.guards:  # else the rank is a clause of its own
        return case
    return with_arrays(case, [x.reshape(1, *(1,) * max(0, 1 - x.ndim), -1)[..., np.newaxis]])


def oddities(case: Case) -> list[Oddity]:
    """What may be taken away from a case, in order."""
    operation = operation_of(case[-1])
    shape, laws = next(iter(operation.roles.shape.values())), operation.laws
    return [
        Oddity((ARGUMENTS_ALONE, "strict"), no_other_thread),
        Oddity((ARGUMENTS_ALONE, own_level(ARGUMENTS_ALONE)), last_alone),
        Oddity((LAYOUT, own_level(LAYOUT)), in_c_order),
        Oddity((NOT_FINITE, own_level(NOT_FINITE)), finite),
        Oddity((DTYPE, own_level(DTYPE)), in_float64),
        Oddity((SUBNORMAL, own_level(SUBNORMAL)), normal),
        Oddity((shape, "strict"), of_rank_3),
        *(Oddity((law.clause, own_level(law.clause)), without(law), others(law)) for law in laws),
    ]


def without(law: Law) -> Callable[[Case], Case]:
    """A function that takes an option away from the last call."""

    def plainer(case: Case) -> Case:
        last = law.without(case[-1])
        return case if last is case[-1] or not is_valid(last) else (last,)

    return plainer


def others(law: Law) -> Callable[[Case], list[Case]]:
    """A function that takes an option away from the last call in other ways."""
    return lambda case: [(one,) for one in law.others(case[-1]) if is_valid(one)]


def is_valid(one: Call) -> bool:
    """Whether a call without an option is valid, and has no window of padding alone."""
    varied = operation_of(one).varied
    return broken(one, "general") is None and (varied is None or varied.pinned(one))


def wrong_last(session: Session, case: Case) -> Wrong | None:
    """How the last call of a case is wrong, or None if it is right. Raises Declined."""
    *before, one = case
    session.together(case)
    for earlier in before:
        session.outcome(earlier)
    outcome = session.surely(one)
    if outcome.value is not None and not is_native(one):
        try:
            require_precise(session, one, outcome.value)
        except Deviation as deviation:
            return Wrong(outcome, deviation)
    return wrong(session, one, outcome)


def place_in_words(place: Place, call: Call) -> Place:
    """The clause of a word, where a setting is one: it may be that no numbers can be asked."""
    for option in operation_of(call).options:
        if option.clause == place[0] and isinstance(call.plain.get(option.name), str):
            clause = option.of_words or option.clause
            return clause, own_level(clause)
    return place


def can_be_asked(session: Session, case: Case) -> bool:
    """Whether a call has no setting in a form that the target refuses."""
    one = case[-1]
    able = all(session.takes(one.operation, name) for name in options_in(one))
    return able and not session.refusal(one)


def options_in(call: Call) -> list[str]:
    """The options that a call has."""
    return [one.name for one in operation_of(call).options if one.name in call.arguments]


def blame(session: Session, case: Case) -> Blame | None:
    """What is broken by a case, or None if its result is right. Raises Declined."""
    found = wrong_last(session, case)
    if found is None:
        return None
    for oddity in oddities(case):
        plainer = oddity.plainer(case)
        if plainer is case or not can_be_asked(session, plainer):
            continue
        more = [one for one in oddity.others(case) if can_be_asked(session, one)]
        tried = ((one, wrong_last(session, one)) for one in (plainer, *more))
        still = next(((one, again) for one, again in tried if again is not None), None)
        if still is None:
            return Blame(place_in_words(oddity.place, case[-1]), case, found.deviation)
        case, found = still
    clause = option_clause(case[-1])
    place = (clause, own_level(clause)) if clause else place_of(session, case[-1], found)
    return Blame(place, case, found.deviation)
