"""Runs the checks on a target and gives a Report."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from cnnspec.engine.attempt import report_failure, run_check
from cnnspec.engine.confirm import confirm
from cnnspec.engine.diagnose import examined
from cnnspec.engine.first_calls import smoke
from cnnspec.engine.hints import hints
from cnnspec.engine.impulses import TapMap, explained
from cnnspec.engine.layouts import instead, sentence, with_others
from cnnspec.engine.noticed import observe
from cnnspec.engine.plan import Budget, ClauseResult, Plan, Status
from cnnspec.engine.separate import Separation
from cnnspec.engine.suggestion import Diagnosis
from cnnspec.engine.verdict import Place, Verdict, decides, verdict
from cnnspec.kit.aspects import Met
from cnnspec.kit.calls import Case
from cnnspec.kit.certificate import Asked, Certificate, Progress
from cnnspec.kit.check import Check
from cnnspec.kit.clauses import ARGUMENTS_ALONE, LEVELS, Level, clauses, operations_of
from cnnspec.kit.client import Client
from cnnspec.kit.look_alikes import advice, advice_in_python, look_alikes
from cnnspec.kit.noticing import notice
from cnnspec.kit.operation import REGISTRY, Operation
from cnnspec.kit.session import Deviation, Session
from cnnspec.kit.text import plain
from cnnspec.operations.catalogue import checks, combinations_met
from cnnspec.spec import Edition
from cnnspec.targets.target import Layout, Target


@dataclass
class Report:
    """What a run found.

    about: the target's own name and version. dtype: the widest dtype of floats that it was given,
    or None if there is no limit. offered: the target's operations; operations: those of them that
    can be called. hints: what the target looks like. problems: why something could
    not be judged. uncallable: for each operation that cannot be called, its problem.
    certificates: what is certified of each operation, or why nothing is. stale: known deviations
    that no longer deviate. diagnosis: the fault models that behave as the target does. separations:
    where operations fail that no model explains. tap_maps:
    what a wrong operation does with its input. interrupted: the exit status of a run that a signal
    ended, else 0. pending: the clause that is being judged. inline: whether a program gets its
    arrays behind the lines, not in files. complete: whether all must be judged to conform.
    look_alikes: what looks like an operation and is not judged. in_float32: operations that give
    float32 for float64. layouts: those that operations take which raise in the book's.
    adapted: the same, and those of the other operations that take the same images.
    excused: where a deviation does not count for the exit status, if that was asked for.
    isolated: whether the target ran in another process. pairs: for each operation, which levels of
    its aspects met in calls that were judged.
    """

    target: Target
    edition: Edition
    level: Level
    seed: int
    budget: Budget
    about: str = ""
    dtype: str | None = None
    offered: list[str] = field(default_factory=list)
    operations: list[str] = field(default_factory=list)
    clauses: list[ClauseResult] = field(default_factory=list)
    hints: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    uncallable: dict[str, str] = field(default_factory=dict)
    verdict: Verdict = "not judged"
    complete: bool = False
    look_alikes: list[str] = field(default_factory=list)
    in_float32: list[str] = field(default_factory=list)
    layouts: dict[str, Layout] = field(default_factory=dict)
    adapted: dict[str, Layout] = field(default_factory=dict)
    seconds: float = 0.0
    interrupted: int = 0
    pending: ClauseResult | None = None
    inline: bool = False
    isolated: bool = True
    stale: list[str] = field(default_factory=list)
    excused: frozenset[Place] | None = None
    certificates: list[Certificate] = field(default_factory=list)
    diagnosis: list[Diagnosis] = field(default_factory=list)
    separations: list[Separation] = field(default_factory=list)
    tap_maps: list[TapMap] = field(default_factory=list)
    pairs: list[Met] = field(default_factory=list)

    def judged(self, level: Level) -> list[ClauseResult]:
        """The clauses that decide at a level: its own and those of the levels before."""
        return [one for one in self.clauses if decides(one, level)]


SAID: dict[Status, str] = {
    "fail": "deviates",
    "error": "could not be judged",
    "absent": "was not judged",
}

Done = Callable[[ClauseResult], None]

FLOAT32_BITS = 24


def blank(plan: Plan) -> Report:
    """An empty report for a plan."""
    found = Report(plan.target, plan.edition, plan.level, plan.seed, plan.budget)
    found.complete = plan.complete
    return found


def judge(
    client: Client,
    plan: Plan,
    progress: Progress = lambda _text, _part: None,
    done: Done = lambda _result: None,
    report: Report | None = None,
) -> Report:
    """First calls, then every check of the edition. progress and done are told as it goes.

    report: a blank one, which is filled as things are found, so that an interruption loses nothing.
    """
    report = blank(plan) if report is None else report
    start = time.monotonic()
    session = Session(
        client,
        plan.edition,
        thorough=plan.budget != "quick",
        seed=plan.seed,
        strength=3 if plan.budget == "deep" else 2,
        notice=notice,
    )
    report.about, report.dtype = client.about, client.dtype
    report.look_alikes += [] if plan.target.ops else not_judged(client, plan.target)
    try:
        declined = first_calls(session, report, progress)
        if report.layouts:
            unfinished(report, plan, "not judged: it takes other layouts")
        else:
            judge_rows(session, plan, report, declined, progress, done)
    finally:
        report.seconds = time.monotonic() - start
        for result in observe(report.clauses, session, plan):
            done(result)
        withdraw(report.certificates, report.clauses)
        report.pairs += combinations_met(session)
    if session.given_up:
        report.problems.append(session.given_up)
    progress("comparing with fault models", 0.0)
    confirm(session, report.clauses)
    failed = failing_cases(report.clauses) if plan.explain else {}
    findings = examined(session, failed)
    report.diagnosis += findings.diagnosis
    report.separations += findings.separations
    report.tap_maps += explained(session, failed)
    report.hints += hints(report.clauses)
    report.seconds = time.monotonic() - start
    report.verdict = verdict(report)
    return report


def not_judged(client: Client, target: Target) -> list[str]:
    """What looks like an operation that the target lacks, and what to do about it."""
    absent = [one for one in REGISTRY if one not in client.operations]
    alike = look_alikes(client.others, absent)
    if alike and target.kind == "functions":  # of an object
        names = " and ".join(dict.fromkeys(alike.values()))
        return [f"found {names}, not judged: {advice_in_python(alike)}"]
    return [advice(alike, client.operations)] if alike else []


def first_calls(session: Session, report: Report, progress: Progress) -> dict[str, str]:
    """Call each operation for the first time; the operations that are declined, and why."""
    client = session.client
    declined: dict[str, str] = {
        o: f"the target has no {o}" for o in REGISTRY if o not in client.operations
    }
    known = operations_of(session.edition)
    layouts: dict[str, tuple[Layout, ...]] = {}
    for operation in REGISTRY:
        if operation not in client.operations:
            continue
        if operation not in known:
            declined[operation] = f"edition {session.edition} has no {operation}"
            continue
        progress(f"calling {operation}", 0.0)
        first = smoke(session, operation)
        layouts |= {operation: first.layouts} if first.layouts else {}
        if first.problem:
            report.uncallable[operation] = first.problem
            report.problems.append(first.problem)
        elif first.declined:
            declined[operation] = f"{operation} is declined: {first.declined}"
        else:
            report.operations.append(operation)
        if first.hint:
            report.hints.append(first.hint)
    report.layouts = instead(layouts, report.uncallable)
    if report.layouts:
        told = sentence(report.target, report.layouts)
        report.adapted = with_others(session, report.layouts)
        others = [text for o, text in report.uncallable.items() if o not in report.layouts]
        report.operations, report.hints, report.uncallable = [], [], {}
        report.problems = [told, *others]
    elif not report.operations:
        report.problems += [text for o, text in declined.items() if o in client.operations]
    if client.dtype is None:
        report.in_float32 += [o for o in report.operations if session.bits(o) == FLOAT32_BITS]
    session.uncallable.update(o for o in client.operations if o not in report.operations)
    return declined


def judge_rows(
    session: Session,
    plan: Plan,
    report: Report,
    declined: dict[str, str],
    progress: Progress,
    done: Done,
) -> None:
    """Run the checks of each row of the report, and certify operations. done gets each row."""
    start = time.monotonic()
    for result, chosen in rows(plan):
        began = time.monotonic()
        report.clauses.append(result)
        report.pending = result
        for one in chosen:
            progress(f"{one.clause} {one.name.replace('_', ' ')}", 0.0)
            run_check(one, session, result, plan, start)
            if result.status == "fail":
                break
        settle(result, session, chosen, declined)
        operation = to_certify(result, plan)
        if operation is not None and operation.name in session.offered():
            found = certified(operation, result, report.clauses, session, plan, progress)
            report.certificates.append(found)
        result.seconds = time.monotonic() - began
        report.pending = None
        done(result)


def fail(report: Report, plan: Plan, error: BaseException) -> None:
    """Complete a report with what was found before cnnspec itself failed."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = f"{trace.tb_frame.f_code.co_filename}, line {trace.tb_lineno}" if trace else ""
    text = f"cnnspec itself failed, please report it: {type(error).__name__}: {error} ({where})"
    report.problems.append(plain(text))
    unfinished(report, plan, "not judged: cnnspec failed")


def interrupt(report: Report, plan: Plan, status: int) -> None:
    """Complete a report with what was found before a signal came. status: the exit status."""
    report.interrupted = status
    unfinished(report, plan, "not judged: interrupted")
    report.verdict = "interrupted"


def unfinished(report: Report, plan: Plan, message: str) -> None:
    """Give a row to each clause that was not judged."""
    judged = {(one.id, one.level) for one in report.clauses}
    missing = [row for row, _ in rows(plan) if (row.id, row.level) not in judged]
    report.clauses += missing
    for one in (*missing, report.pending):
        if one is not None and one.status != "fail":
            one.status, one.message = "error", message


def to_certify(result: ClauseResult, plan: Plan) -> Operation | None:
    """The operation to certify in the row of a clause, if the clause is about its values."""
    if result.level != LEVELS[0] or plan.side <= 0:
        return None
    certified = (one for one in REGISTRY.values() if one.law is not None)
    return next((one for one in certified if result.id in one.roles.values.values()), None)


def withdraw(certificates: list[Certificate], results: list[ClauseResult]) -> None:
    """Withdraw the certificate of an operation that deviates from what the certificate assumes.

    It assumes that results depend on the arguments alone, and that errors stay within the bound.
    """
    for one in certificates:
        against = {REGISTRY[one.operation].roles.rounding, ARGUMENTS_ALONE}
        for result in results:
            case = result.counterexample.case if result.counterexample else ()
            concerned = any(call.operation == one.operation for call in case)
            if one.holds and result.status == "fail" and result.id in against and concerned:
                one.holds, one.sentence = False, f"not certified: {result.id} deviates"
                for other in results:
                    other.certified = "" if other.id in one.clauses else other.certified


def failing_cases(results: list[ClauseResult]) -> dict[str, Case | None]:
    """The clauses that fail, each with the case that shows it."""
    return {
        one.id: one.counterexample.case if one.counterexample else None
        for one in results
        if one.status == "fail"
    }


def rows(plan: Plan) -> Iterator[tuple[ClauseResult, list[Check]]]:
    """The rows of the report: each clause of the edition, at each level at which it is checked."""
    every = checks(plan.edition)
    for clause in clauses():
        if plan.only and clause not in plan.only:
            continue
        for level in LEVELS:
            chosen = [one for one in every if (one.clause, one.level) == (clause, level)]
            if chosen:
                yield ClauseResult(clause, level), chosen


def certified(
    operation: Operation,
    value: ClauseResult,
    results: list[ClauseResult],
    session: Session,
    plan: Plan,
    progress: Progress,
) -> Certificate:
    """Certify an operation if no check found a deviation. A refutation counts as a deviation."""
    ids = operation.roles.of(plan.edition)
    concerned = [one for one in results if one.id in ids and one.level == LEVELS[0]]
    bad = [f"{one.id} {SAID[one.status]}" for one in concerned if one.status != "pass"]
    if bad:
        return Certificate(operation.name, ids, sentence=f"not certified: {', '.join(bad)}")
    assert operation.law is not None  # noqa: S101  for the type checker
    asked = Asked(plan.side, plan.seed, plan.effort.seconds, every=plan.budget == "deep")
    found, refutation = operation.law(session, asked, progress)
    if session.given_up and found.holds:
        found = Certificate(operation.name, ids, sentence=f"not certified: {session.given_up}")
    value.certified = found.short
    if refutation:
        clause, case, text = refutation
        result = next((one for one in concerned if one.id == clause), value)
        one = next(c for c in checks(plan.edition) if (c.clause, c.level) == (result.id, LEVELS[0]))
        first = Deviation(text)
        report_failure(one, session, result, plan, (case, first), session.lost["hung"])
    return found


def settle(
    result: ClauseResult, session: Session, chosen: list[Check], declined: dict[str, str]
) -> None:
    """Set the status of a clause in which no case deviated. declined: operations, and why."""
    if result.status != "fail" and result.lacking:  # other cases do not replace these
        count = result.declined[result.lacking]
        result.status = "error"
        result.message = f"not judged in {count} cases: {result.lacking}"
    if result.status != "pass" or result.examples:
        return
    needed = sorted({o for one in chosen for o in one.operations} - set(session.offered()))
    uncallable = [o for o in needed if o not in declined]
    reasons = [reason for reason in result.declined if reason != "absent"]
    if uncallable:
        result.status = "error"
        result.uncallable = tuple(uncallable)
        result.message = f"{' and '.join(uncallable)} cannot be called"
    elif needed:
        result.status = "absent"
        result.lacks = tuple(needed)
        result.message = "; ".join(declined[o] for o in needed)
    elif not session.offered():
        result.status = "error"
        result.message = "nothing can be called"
    elif reasons:
        result.status = "absent"
        result.message = f"not judged: {', '.join(reasons)}"
    else:
        result.status = "error" if result.cut else "absent"
        result.message = "not judged: no case was tried in time" if result.cut else "no case"
