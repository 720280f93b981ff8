"""Confirms counterexamples: each is judged again in a fresh process, exactly as a replay does it.

What deviates only after other calls, or not every time, breaks Q2 and not the clause that saw it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from cnnspec.engine.causes import causes_of
from cnnspec.engine.first_calls import smoke
from cnnspec.engine.plan import ClauseResult, Counterexample, counterexample
from cnnspec.kit.calls import Call, Case
from cnnspec.kit.check import Check
from cnnspec.kit.clauses import ARGUMENTS_ALONE, FRESH, Level
from cnnspec.kit.client import Client
from cnnspec.kit.history import alike, shapes_of
from cnnspec.kit.incidents import in_two_threads, level_of_chance
from cnnspec.kit.session import Declined, Deviation, Session
from cnnspec.operations.catalogue import checks
from cnnspec.spec import Edition

MOST = 5
"""So many causes are confirmed each in a process of its own; the others in one."""

MANY = 8
"""Cases of more calls are made shorter, whatever that takes."""

OFTEN = 100
"""So often is a call made whose result may have the memory of one long before it."""

REPEATS = 20
"""How often a case is tried that deviates only sometimes."""

AFTER_OTHERS = "after_others"
"""The check of Q2 that makes some calls and then judges the last one."""


def check_of(clause: str, name: str, edition: Edition) -> Check | None:
    """The check of a clause that has a name, or else its first one; None without a clause."""
    own = [one for one in checks(edition) if one.clause == clause]
    return next((one for one in own if one.name == name), own[0] if own else None)


def acquainted(client: Client, edition: Edition, check: Check, case: Case) -> Session:
    """A session that knows the precision and the pace of a target. Its process is fresh again."""
    session = Session(client, edition)
    for operation in dict.fromkeys([*check.operations, *(call.operation for call in case)]):
        if operation in client.operations:
            smoke(session, operation)
    client.restart()
    return session


def again(known: Session, check: Check, case: Case, level: Level | None = None) -> Deviation | None:
    """Judge one case, and make no other call. Raises Declined if it is not judged.

    known: a session that knows the precision and the speed of the target. level: at which its
    clause may be broken too, by what the check notices.
    """
    session = known.anew()
    try:
        check.judge(session, case)
    except Deviation as deviation:
        return deviation
    found = session.incidents.found
    noticed = [found.get((check.clause, one)) for one in (check.level, level or check.level)]
    return next((Deviation(one.text) for one in noticed if one), None)


def confirm(session: Session, results: list[ClauseResult]) -> None:
    """Confirm the counterexamples of the clauses that fail, those of lower levels first."""
    failing = [one for one in results if one.status == "fail" and one.counterexample is not None]
    found = causes_of(failing)
    firsts = [one.first for one in found[:MOST]]
    fresh = True
    for one in [*firsts, *(one for one in failing if one not in firsts)]:
        if one in firsts or fresh:
            fresh = one in firsts
            if session.given_up or not session.client.restart():
                return
        if one.confirmed or shown(session, one, example_of(one).case):
            if len(example_of(one).case) > MANY:
                shorten(session, one)
            continue
        whole = one.original and session.client.restart() and shown(session, one, one.original)
        if whole:
            shorten(session, one)
        elif not session.client.gone and not (one.id == FRESH and kept(session, one)):
            blame(session, one, results)
        fresh = True  # this process has made other calls by now


def kept(session: Session, result: ClauseResult) -> bool:
    """Whether a result shares memory with that of a call before it, which then is of the case.

    Who has several buffers takes one of them again after as many calls.
    """
    case = example_of(result).case
    last = case[-1:]
    often = replace(case[-1], repeat=OFTEN, at_once=None)
    alone = [(often,)] if session.timing.affordable(often) else []
    before = ((*calls, *last) for calls in histories(result.history, case))
    for tried in ((*last, *last), *alone, *before):
        if not session.client.restart():
            return False
        if shown(session, result, tried):
            shorten(session, result)
            return True
    return False


def example_of(result: ClauseResult) -> Counterexample:
    """The counterexample of a clause that fails."""
    assert result.counterexample is not None  # noqa: S101  for the type checker
    return result.counterexample


def shorten(session: Session, result: ClauseResult) -> None:
    """Leave out calls of a counterexample that is not shrunk, as far as it deviates without."""
    example = example_of(result)
    check = check_of(result.id, example.check, session.edition)
    if check is not None and len(example.case) > 1:
        first = Deviation(example.message, example.expected, example.got)
        case, deviation = fewer(session, check, example.case, first, result.level)
        result.message = deviation.message
        result.counterexample = counterexample(example.check, case, deviation)


def shown(session: Session, result: ClauseResult, case: Case) -> bool:
    """Whether a case of a clause deviates now. Then it is the counterexample, as it deviates."""
    deviation = seen(session, result, case)
    if deviation is None:
        return False
    example = example_of(result)
    result.message, result.lost, result.confirmed = deviation.message, deviation.lost, True
    result.counterexample = counterexample(example.check, case, deviation)
    return True


def seen(session: Session, result: ClauseResult, case: Case) -> Deviation | None:
    """How a case of a clause deviates now, if it does."""
    example = example_of(result)
    check = check_of(result.id, example.check, session.edition)
    return judged(session, check, case, result.level) if check else None


def blame(session: Session, result: ClauseResult, results: list[ClauseResult]) -> None:
    """Find what a deviation depends on besides its own calls, and have Q2 say it."""
    example = example_of(result)
    threads = in_two_threads(example.case)
    place = ARGUMENTS_ALONE, "strict" if threads else level_of_chance(result.level)
    q2 = next((one for one in results if (one.id, one.level) == place), None)
    if q2 is None:
        result.message += f"; but only after other calls, or by chance (see {ARGUMENTS_ALONE})"
        return
    if not session.client.restart():
        return
    found = with_history(session, result, example.chain or result.original or example.case)
    if found is not None:
        case, deviation = found
        if not q2.confirmed:
            q2.fail(AFTER_OTHERS, case, deviation)
            q2.confirmed = True
    else:
        case = example.case
        times = sum(seen(session, result, case) is not None for _ in range(REPEATS))
        text = f"{example.message}; seen {times} of {REPEATS} times when it was made again"
        if q2 is result or q2.status != "fail":
            q2.fail(example.check if q2 is result else AFTER_OTHERS, example.case, Deviation(text))
    if q2 is not result:
        result.status, result.counterexample = "error", None
        result.message = f"it deviates only after other calls, or by chance ({ARGUMENTS_ALONE})"


def with_history(
    session: Session, result: ClauseResult, case: Case
) -> tuple[Case, Deviation] | None:
    """Calls after which the last call of a case deviates, as few as can be found, and how."""
    check = check_of(ARGUMENTS_ALONE, AFTER_OTHERS, session.edition)
    assert check is not None  # noqa: S101  for the type checker
    for before in histories(result.history, case):
        if not session.client.restart():
            return None
        found = (*before, case[-1])
        deviation = judged(session, check, found)
        if deviation is not None:
            return fewer(session, check, found, deviation, check.level)
    return None


def judged(
    session: Session, check: Check, case: Case, level: Level | None = None
) -> Deviation | None:
    """How a case deviates in a check, if it does. level: see again."""
    try:
        return again(session, check, case, level)
    except (Declined, ValueError, IndexError):
        return None


def histories(made: Sequence[Call], case: Case) -> Iterator[Case]:
    """Calls that may have brought a deviation about, by rising count: first one of its shape."""
    before = [*made, *case[:-1]]
    while before and alike(before[-1], case[-1]):  # the call itself
        before.pop()
    shaped = [one for one in before if shapes_of(one) == shapes_of(case[-1])]
    other = next((one for one in shaped if not alike(one, case[-1])), None)
    if other:
        yield (other,)
    count = 1
    while before:
        yield tuple(before[-count:])
        if count >= len(before):
            return
        count *= 4


def fewer(
    session: Session, check: Check, case: Case, deviation: Deviation, level: Level
) -> tuple[Case, Deviation]:
    """The case without calls that it does not need: half of them, a quarter, and so on to one.

    Each is tried in a fresh process.
    """
    part = (len(case) - 1) // 2
    while part:
        for first in range(0, len(case) - 1, part):
            shorter = case[:first] + case[min(first + part, len(case) - 1) :]
            if len(shorter) < 2 or not session.client.restart():
                continue
            found = judged(session, check, shorter, level)
            if found is not None:
                return fewer(session, check, shorter, found, level)
        part //= 2
    return case, deviation
