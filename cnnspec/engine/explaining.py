"""What comes after a deviation: it is confirmed, and told what it comes from."""

from cnnspec.engine.confirm import confirm
from cnnspec.engine.diagnose import examined
from cnnspec.engine.further import add_further
from cnnspec.engine.impulses import explained
from cnnspec.engine.misreading.in_words import in_words
from cnnspec.engine.plan import ClauseResult, Plan
from cnnspec.engine.report import Report
from cnnspec.kit.calls import Case
from cnnspec.kit.session import Session


def explain(session: Session, plan: Plan, report: Report) -> None:
    """Confirm what deviates, and say what it comes from."""
    confirm(session, report.clauses)
    failed = failing_cases(report.clauses) if plan.explain else {}
    findings = examined(session, failed)
    report.diagnosis += findings.diagnosis
    report.separations += findings.separations
    report.tap_maps += explained(session, failed)
    report.tap_maps += filter(None, map(in_words, findings.looked))
    if plan.explain and not report.ended:
        add_further(session, plan, report)


def failing_cases(results: list[ClauseResult]) -> dict[str, Case | None]:
    """The clauses that fail, each with the case that shows it."""
    return {
        one.id: one.counterexample.case if one.counterexample else None
        for one in results
        if one.status == "fail"
    }
