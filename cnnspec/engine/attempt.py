"""Runs one check on a target, until a case deviates, and makes that case small."""

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from functools import partial
from itertools import islice
from typing import Literal

from cnnspec.engine.plan import ClauseResult, Counterexample, Plan
from cnnspec.engine.seconds import ENDLESS, Limit, Seconds
from cnnspec.engine.shrink import shrink
from cnnspec.engine.verdict import ENOUGH, decides
from cnnspec.kit.calls import Case
from cnnspec.kit.check import Check
from cnnspec.kit.clauses import ARGUMENTS_ALONE, FRESH, LEVELS, clauses
from cnnspec.kit.client import nothing
from cnnspec.kit.incidents import level_of_chance
from cnnspec.kit.operation import REGISTRY
from cnnspec.kit.preparing import prepare
from cnnspec.kit.session import Declined, Deviation, Session

FEWEST, LEAST = 5, 2
"""So many cases of a check are tried, however slow the target is. If a simple call takes a second,
so many of a clause, and of each check the least."""

FIRST, TOGETHER = 8, 32
"""How many small calls are made by the first message of a check, and by each of the others."""

Failing = tuple[Case, Deviation]
"""A case that deviates, and how it did."""

Way = Literal["gives nothing", "shape", "values"]
"""How a case deviates, as far as it tells faults of options apart."""

LOST_ENOUGH, DIED_ENOUGH = 3, 10
"""A check stops after so many hangs or deaths; after the first hang if it does not decide."""


def run_check(
    check: Check, session: Session, result: ClauseResult, plan: Plan, seconds: Seconds
) -> None:
    """Run one check until a case deviates; note what was found in the clause's result."""
    for _ in steps(check, session, result, plan, seconds):
        pass


def steps(
    check: Check, session: Session, result: ClauseResult, plan: Plan, seconds: Seconds
) -> Iterator[None]:
    """Run one check, with a pause after every few cases, in which others may run."""
    if any(operation not in session.offered() for operation in check.operations):
        result.decline(Declined("absent"))
        return
    if lacking(check, session):
        result.decline(Declined("absent"))
        return
    session.incidents.judging = check.clause, check.name
    seconds.begin()
    hung = session.lost["hung"]
    failing = yield from among_cases(check, session, result, plan, seconds)
    if failing is None and check.strategy is not None and plan.effort.examples:
        from cnnspec.engine.search import search  # Hypothesis takes long to import

        failing = search(check, session, result, plan, seconds)
    if failing is not None:
        result.fail(check.name, *failing)
        yield
        before = session.spent
        report_failure(check, session, result, plan, failing, hung)
        seconds.until += session.spent - before  # what explains a deviation cuts no other check


def lacking(check: Check, session: Session) -> str:
    """What a target lacks of what a check is about, in words, or nothing."""
    option, (operation, *_) = check.option, (*check.operations, "")
    if not option:
        return ""
    if REGISTRY[operation].option(option) is None:  # a number that may be a pair
        refused = (operation, option, "pair") in session.refused
        return f"{option} of {operation} as a pair" if refused else ""
    return "" if session.takes(operation, option) else f"{option} of {operation}"


def among_cases(
    check: Check, session: Session, result: ClauseResult, plan: Plan, seconds: Seconds
) -> Generator[None, None, Failing | None]:
    """Try the cases of a check that are made in advance, until one deviates."""
    if check.cases is None:
        return None
    hung, died = session.lost["hung"], session.lost["crashed"]
    most_hung = LOST_ENOUGH if decides(result, plan.level) else 1
    cases = chosen(check, session, result, plan, seconds)
    for case in in_time(check, session, cases, seconds, result):
        if case is None:
            yield
            session.incidents.judging = check.clause, check.name
            continue
        deviation = attempt(check, session, case, result)
        if deviation is not None and not by_chance(check, session, case, deviation, plan):
            return case, deviation
        lost = session.lost
        if lost["hung"] - hung >= most_hung or lost["crashed"] - died >= DIED_ENOUGH:
            result.cut, result.message = True, "slow: not every case was tried"
            break
    return None


def chosen(
    check: Check, session: Session, result: ClauseResult, plan: Plan, seconds: Seconds
) -> Iterable[Case]:
    """The cases of a check that are tried: all, as many as the budget has, or as there is time for.

    The result is told of how many there is no time for.
    """
    assert check.cases is not None  # noqa: S101  for the type checker
    cases, most = check.cases(session), ENDLESS if check.whole else plan.effort.cases
    fewest = needed(result, session)
    few = seconds.cases(check, fewest)
    if few < most:
        cases = cases if isinstance(cases, Sequence) else list(cases)
        if few < min(most, len(cases)):
            result.cut, most = True, few
            result.message = f"slow: {few} of {len(cases):,} cases of {check.name} were tried"
    return spread(cases, most, lambda: result.examples >= (fewest if most == few else ENOUGH))


def needed(result: ClauseResult, session: Session) -> int:
    """How many cases of a check are tried at least: a few, and more of shape and values.

    Where a call takes a second, a check need only add what its clause has not got by others.
    """
    roles = [one.roles.of(session.edition) for one in REGISTRY.values()]
    exact = result.level == LEVELS[0] and any(result.id in ids for ids in roles)
    least = LEAST if session.timing.crawls else FEWEST
    return max(least, (ENOUGH if exact else FEWEST) - result.examples)


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
    if session.may_hang_by_chance(case[-1]):
        return True  # it was only slower the first time
    text = f"{deviation.message}; but not when the call was made again"
    session.incidents.add(ARGUMENTS_ALONE, case, text, level_of_chance(check.level))
    return True


def in_time(
    check: Check, session: Session, cases: Iterable[Case], seconds: Seconds, result: ClauseResult
) -> Iterator[Case | None]:
    """The cases one by one, as long as there is time; the target answers small ones together.

    What it has answered is judged in any case, and so are a few cases. The result is told if there
    are cases left. Where cases that are answered together end comes None. While a quick target
    computes those of a message, the cases of the next one are made; not those after the first few.
    """
    rest, tried, fewest = iter(cases), 0, needed(result, session)
    chunk = list(islice(rest, FIRST))
    while chunk:
        ahead: list[list[Case]] = []
        draw = partial(draw_ahead, ahead, rest)
        if not seconds.over:
            busy = draw if tried and session.timing.quick else nothing
            prepare(session, chunk, in_order=check.in_order, also=check.also, meanwhile=busy)
        for case in chunk:
            if seconds.over and tried >= fewest and not session.memory.is_ready(case):
                result.cut, result.message = True, "slow: not every case was tried"
                return
            yield case
            tried += 1
        yield None
        if not ahead:
            draw()
        (chunk,) = ahead


def draw_ahead(ahead: list[list[Case]], rest: Iterator[Case]) -> None:
    """Make the cases of the next message."""
    ahead.append(list(islice(rest, TOGETHER)))


def spread(cases: Iterable[Case], most: int, enough: Callable[[], bool]) -> Iterator[Case]:
    """All cases; of more than `most`, the first ones and then evenly spaced ones.

    A target may decline nearly all of these: then others follow until enough were judged.
    """
    if most >= ENDLESS:
        yield from cases
        return
    every = cases if isinstance(cases, Sequence) else list(cases)
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


def still_deviates(check: Check, session: Session, case: Case) -> Deviation | None:
    """How a simplified case deviates, if it does; one that makes no sense does not."""
    try:
        return attempt(check, session, case, None)
    except (ValueError, IndexError):
        return None


def way_of(deviation: Deviation | Counterexample) -> Way:
    """In which way a case deviates."""
    expected, got = deviation.expected, deviation.got
    if expected is None or got is None:
        return "gives nothing"
    return "values" if got.shape == expected.shape else "shape"


def is_as_telling(check: Check, first: Deviation, now: Deviation) -> bool:
    """Whether a simplified case gives a result if it did before, where a clause is of options."""
    return not is_of_options(check.clause) or now.got is not None or first.got is None


def is_of_options(clause: str) -> bool:
    """Whether a clause is about options."""
    return any(one.varied and clause in one.varied.alone for one in REGISTRY.values())


def report_failure(
    check: Check, session: Session, result: ClauseResult, plan: Plan, failing: Failing, hung: int
) -> None:
    """Shrink a case that deviates, and write it into the clause's result."""
    case, first = failing
    result.original, result.history = case, session.history.calls()
    result.fail(check.name, case, first)
    if session.lost["hung"] == hung:
        limit = Limit(session, plan.effort.shrink_seconds)

        def deviates(case: Case) -> bool:
            limit.count(case)
            deviation = still_deviates(check, session, case)
            return deviation is not None and is_as_telling(check, first, deviation)

        case = shrink(case, deviates, session.edition, limit.is_over)
    deviation = first if first.confirmed else attempt(check, session, case, None)
    if deviation is None and session.given_up:
        case, deviation = failing
    if deviation is None:
        case, _ = failing
        seen = text = f"{first.message}; but not every time"
        if check.clause not in (ARGUMENTS_ALONE, FRESH):  # of Q4 it may be the count of calls
            text += f" (see {ARGUMENTS_ALONE})"
            session.incidents.add(ARGUMENTS_ALONE, case, seen, level_of_chance(check.level))
        deviation = Deviation(text, first.expected, first.got)
    result.fail(check.name, case, deviation)
    if check.level == clauses()[check.clause].level:
        session.failed.add(check.clause)
