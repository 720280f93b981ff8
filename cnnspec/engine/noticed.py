"""Clauses that were broken in calls of other checks: each fails, and its case is made small."""

from collections.abc import Iterator

from cnnspec.engine.attempt import attempt, report_failure
from cnnspec.engine.plan import ClauseResult, Counterexample, Plan
from cnnspec.kit.check import Check
from cnnspec.kit.session import Session
from cnnspec.operations.catalogue import checks


def observe(results: list[ClauseResult], session: Session, plan: Plan) -> Iterator[ClauseResult]:
    """Fail each clause that was broken in calls of other checks. Yields its result."""
    for result in results:
        incident = session.incidents.found.get((result.id, result.level))
        if incident is None or result.status == "fail":
            continue
        case, text, check, history = incident
        result.status, result.message = "fail", text
        result.original, result.history = case, history
        result.counterexample = Counterexample(check or "noticed", case, text, None, None)
        judge_ = next((one for one in checks(plan.edition) if by(one, result, check)), None)
        if judge_ is not None:
            make_small(judge_, session, result, plan)
        yield result


def by(check: Check, result: ClauseResult, name: str) -> bool:
    """Whether a check is that of a clause, at its level, which has a name."""
    return (check.clause, check.level, check.name) == (result.id, result.level, name)


def make_small(check: Check, session: Session, result: ClauseResult, plan: Plan) -> None:
    """Shrink a case that another check noticed, if the check of its clause sees it too."""
    case = result.original
    session.incidents.judging = check.clause, check.name
    deviation = attempt(check, session, case, None)
    if deviation is not None:
        report_failure(check, session, result, plan, (case, deviation), session.lost["hung"])
