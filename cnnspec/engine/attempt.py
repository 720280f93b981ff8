"""Runs one check on a target, until a case deviates, and makes that case small."""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from itertools import islice
from random import Random

import hypothesis
from hypothesis import Phase, Verbosity, settings
from hypothesis.database import DirectoryBasedExampleDatabase
from hypothesis.errors import HypothesisException

from cnnspec.engine.hypotheses import unseen
from cnnspec.engine.plan import ClauseResult, Plan
from cnnspec.engine.shrink import shrink
from cnnspec.engine.verdict import ENOUGH, decides
from cnnspec.kit.calls import Case
from cnnspec.kit.check import Check
from cnnspec.kit.clauses import ARGUMENTS_ALONE, clauses
from cnnspec.kit.incidents import level_of_chance
from cnnspec.kit.session import Declined, Deviation, Session

TOGETHER = 32
"""How many small calls are made by one message."""
EVERY = 1_000_000
"""So many cases are all of them."""
FLOOR = 8
"""A check gets at least 1/FLOOR of its seconds, even when the run has none left."""

Failing = tuple[Case, Deviation]
"""A case that deviates, and how it did."""

LOST_ENOUGH, DIED_ENOUGH = 3, 10
"""A check stops after so many hangs or deaths; after the first hang if it does not decide."""


def run_check(
    check: Check, session: Session, result: ClauseResult, plan: Plan, start: float
) -> None:
    """Run one check until a case deviates; note what was found in the clause's result."""
    if any(operation not in session.offered() for operation in check.operations):
        result.decline(Declined("absent"))
        return
    effort = plan.effort
    session.incidents.judging = check.clause, check.name
    now = time.monotonic()
    least = now + effort.check_seconds / FLOOR  # a slow operation does not use up another's time
    whole = start + effort.seconds + session.client.seconds_lost
    end = max(least, min(now + effort.check_seconds, whole))
    hung, died, lost = session.lost["hung"], session.lost["crashed"], session.client.seconds_lost
    most = LOST_ENOUGH if decides(result, plan.level) else 1

    def over() -> bool:  # what is spent on waiting and on restarts has a limit of its own
        return time.monotonic() > end + session.client.seconds_lost - lost

    failing: Failing | None = None
    if check.cases is not None:
        most = EVERY if check.whole else effort.cases
        few = spread(check.cases(session), most, lambda: result.examples >= ENOUGH)
        for case in in_time(session, few, over, result):
            deviation = attempt(check, session, case, result)
            if deviation is not None and not by_chance(check, session, case, deviation, plan):
                failing = case, deviation
                break
            if session.lost["hung"] - hung >= most or session.lost["crashed"] - died >= DIED_ENOUGH:
                result.cut, result.message = True, "slow: not every case was tried"
                break
    if failing is None and check.strategy is not None and effort.examples:
        failing = search(check, session, result, plan, end)
    if failing is not None:
        report_failure(check, session, result, plan, failing, hung)


def by_chance(check: Check, session: Session, case: Case, deviation: Deviation, plan: Plan) -> bool:
    """Whether the target was lost in a case, but not when a fresh process repeats it.

    Earlier calls may be the cause. Then the case breaks Q2 and not this clause, if Q2 is judged.
    """
    asked = not plan.only or ARGUMENTS_ALONE in plan.only
    if not (deviation.lost and asked):
        return False
    again = attempt(check, session, case, None)
    if again is not None or session.given_up:
        deviation.confirmed = again is not None
        return False
    text = f"{deviation.message}; but not when the call was made again"
    session.incidents.add(ARGUMENTS_ALONE, case, text, level_of_chance(check.level))
    return True


def in_time(
    session: Session, cases: Iterable[Case], over: Callable[[], bool], result: ClauseResult
) -> Iterator[Case]:
    """The cases one by one, as long as there is time; the target answers small ones together.

    What it has answered is judged in any case. The result is told if there are cases left.
    """
    rest = iter(cases)
    while chunk := list(islice(rest, TOGETHER)):
        if not over():
            session.prepare(chunk)
        for case in chunk:
            if over() and not session.memory.is_ready(case):
                result.cut, result.message = True, "slow: not every case was tried"
                return
            yield case


def spread(cases: Iterable[Case], most: int, enough: Callable[[], bool]) -> Iterator[Case]:
    """All cases; of more than `most`, the first ones and then evenly spaced ones.

    A target may decline nearly all of these: then others follow until enough were judged.
    """
    if most >= EVERY:
        yield from cases
        return
    every = list(cases)
    first, step = most // 3, max(1, len(every) // most)
    chosen = (
        [*range(first), *range(first, len(every), step)] if len(every) > most else range(len(every))
    )
    yield from (every[n] for n in chosen)
    for n in sorted(set(range(len(every))) - set(chosen)):
        if enough():
            return
        yield every[n]


def attempt(
    check: Check, session: Session, case: Case, result: ClauseResult | None
) -> Deviation | None:
    """Judge a case once. Returns the deviation, if there is one."""
    try:
        share = check.judge(session, case)
    except Declined as reason:
        if result is not None:
            result.decline(reason)
        return None
    except Deviation as deviation:
        if result is not None:
            result.examples += 1
        return deviation
    if result is not None:
        result.examples += 1
        if share is not None:
            result.max_bound_share = max(share, result.max_bound_share or 0.0)
    return None


def still_deviates(check: Check, session: Session, case: Case) -> bool:
    """Whether a simplified case deviates; one that makes no sense does not."""
    try:
        return attempt(check, session, case, None) is not None
    except (ValueError, IndexError):
        return False


def search(
    check: Check, session: Session, result: ClauseResult, plan: Plan, end: float
) -> Failing | None:
    """Let Hypothesis draw cases, and shrink the first that deviates."""
    assert check.strategy is not None  # noqa: S101  for the type checker
    found: list[Failing] = []
    seeded = Random(plan.seed)  # noqa: S311  no secret

    def deviates(case: Case) -> bool:
        if time.monotonic() > end:
            return False
        deviation = attempt(check, session, case, None if found else result)
        if deviation is None or by_chance(check, session, case, deviation, plan):
            return False
        found.append((case, deviation))
        result.fail(check.name, case, deviation)  # kept if the run is interrupted
        return True

    with unseen(), suppress(HypothesisException):  # NoSuchExample, and what is flaky
        hypothesis.find(
            check.strategy(session),
            deviates,
            settings=settings(
                max_examples=plan.effort.examples,
                database=DirectoryBasedExampleDatabase(plan.database) if plan.database else None,
                deadline=None,
                derandomize=False,
                phases=(Phase.reuse, Phase.generate, Phase.shrink),
                verbosity=Verbosity.quiet,
            ),
            random=None if plan.database else seeded,  # Hypothesis stores nothing of seeded draws
            database_key=f"{check.clause}/{check.name}/{plan.edition}".encode(),
        )
    return found[-1] if found else None


def report_failure(
    check: Check, session: Session, result: ClauseResult, plan: Plan, failing: Failing, hung: int
) -> None:
    """Shrink a case that deviates, and write it into the clause's result."""
    case, first = failing
    result.original, result.history = case, session.history.calls()
    result.fail(check.name, case, first)
    if session.lost["hung"] == hung:
        case = shrink(
            case,
            lambda case: still_deviates(check, session, case),
            session.edition,
            plan.effort.shrink_seconds,
        )
    deviation = first if first.confirmed else attempt(check, session, case, None)
    if deviation is None and session.given_up:
        case, deviation = failing
    if deviation is None:
        case, _ = failing
        see = "" if check.clause == ARGUMENTS_ALONE else f" (see {ARGUMENTS_ALONE})"
        text = f"{first.message}; but not every time{see}"
        deviation = Deviation(text, first.expected, first.got)
        seen = f"{first.message}; but not every time"
        session.incidents.add(ARGUMENTS_ALONE, case, seen, level_of_chance(check.level))
    result.fail(check.name, case, deviation)
    if check.level == clauses()[check.clause].level:
        session.failed.add(check.clause)
