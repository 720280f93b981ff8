"""Runs the checks on a target and gives a Report."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from cnnspec.attempts import report_failure, run_check
from cnnspec.certificate import Certificate, Progress, certify, clauses_of
from cnnspec.checks import Check, checks, reading_order
from cnnspec.clauses import Level, clauses
from cnnspec.diagnosis import Diagnosis, diagnose
from cnnspec.plan import Budget, ClauseResult, Counterexample, Plan, Status
from cnnspec.session import Case, Deviation, Session
from cnnspec.smoke import smoke
from cnnspec.spec import Edition
from cnnspec.sweep import certify_relu
from cnnspec.taps import TapMap, explained
from cnnspec.targets.calls import OPERATIONS, Operation
from cnnspec.targets.client import Client

Verdict = Literal["conforms", "deviates", "error"]


@dataclass
class Report:
    """What a run found.

    about: the target's own name and version. dtype: the widest of floats that it was given, or
    None where that is not limited. hints: what the target looks like. problems: why something could
    not be judged. certificates: what is certified of each operation, or why nothing is. stale:
    known deviations that no longer deviate. diagnosis: the fault models that behave as the target
    does. tap_maps: what a wrong operation does with its input.
    """

    target: str
    edition: Edition
    level: Level
    seed: int
    budget: Budget
    about: str
    dtype: str | None
    operations: list[str]
    clauses: list[ClauseResult]
    hints: list[str]
    problems: list[str]
    verdict: Verdict
    seconds: float = 0.0
    stale: list[str] = field(default_factory=list)
    certificates: list[Certificate] = field(default_factory=list)
    diagnosis: list[Diagnosis] = field(default_factory=list)
    tap_maps: list[TapMap] = field(default_factory=list)

    def judged(self, level: Level) -> list[ClauseResult]:
        """The clauses that decide at a level: core alone, or all."""
        return [one for one in self.clauses if level == "strict" or one.level == "core"]


CERTIFIED: dict[str, Operation] = {"C7": "conv", "R2": "relu", "P4": "pooling", "P4a": "pooling"}
"""The clauses with whose line a certificate is given."""

SAID: dict[Status, str] = {
    "fail": "deviates",
    "error": "could not be judged",
    "absent": "was not judged",
}

Done = Callable[[ClauseResult], None]


def judge(
    client: Client,
    plan: Plan,
    progress: Progress = lambda _text, _part: None,
    done: Done = lambda _result: None,
) -> Report:
    """Smoke first, then every check of the edition. progress and done are told as it goes."""
    start = time.monotonic()
    session = Session(client, plan.edition, thorough=plan.budget != "quick")
    hints: list[str] = []
    problems: list[str] = []
    callable_: list[str] = []
    declined: dict[str, str] = {
        o: f"the target has no {o}" for o in OPERATIONS if o not in client.operations
    }
    for operation in OPERATIONS:
        if operation not in client.operations:
            continue
        progress(f"calling {operation}", 0.0)
        first = smoke(session, operation)
        if first.problem:
            problems.append(first.problem)
        elif first.declined:
            declined[operation] = f"{operation} is declined: {first.declined}"
        else:
            callable_.append(operation)
        if first.hint:
            hints.append(first.hint)
    if not callable_:
        problems += [text for o, text in declined.items() if o in client.operations]
    session.without.update(o for o in client.operations if o not in callable_)
    results: list[ClauseResult] = []
    certificates: list[Certificate] = []
    for result, chosen in rows(plan):
        began = time.monotonic()
        for one in chosen:
            progress(f"{one.clause} {one.name.replace('_', ' ')}", 0.0)
            run_check(one, session, result, plan, start)
            if result.status == "fail":
                break
        settle(result, session, chosen, declined)
        results.append(result)
        if is_certified(result, plan) and CERTIFIED[result.id] in session.offered():
            certificates.append(certified(result, results, session, plan, progress))
        result.seconds = time.monotonic() - began
        done(result)
    for result in observe(results, session):
        done(result)
    withdraw(certificates, results)
    progress("comparing with fault models", 0.0)
    failed = failing_cases(results)
    diagnosis, tap_maps = diagnose(session, failed), explained(session, failed)
    report = Report(
        target=plan.target,
        edition=plan.edition,
        level=plan.level,
        seed=plan.seed,
        budget=plan.budget,
        about=client.about,
        dtype=client.dtype,
        operations=callable_,
        clauses=results,
        hints=hints,
        problems=problems,
        verdict="conforms",
        seconds=time.monotonic() - start,
        certificates=certificates,
        diagnosis=diagnosis,
        tap_maps=tap_maps,
    )
    report.verdict = verdict(report)
    return report


def is_certified(result: ClauseResult, plan: Plan) -> bool:
    """Whether a certificate is to be given with a clause's line."""
    return result.id in CERTIFIED and result.level == "core" and plan.side > 0


WITHDRAWN_BY = ("C9", "Q2")
"""Deviations from these contradict a certificate, or the hypothesis that it rests on."""


def withdraw(certificates: list[Certificate], results: list[ClauseResult]) -> None:
    """Take back the certificate of an operation that deviates from what it rests on."""
    for one in certificates:
        for result in results:
            case = result.counterexample.case if result.counterexample else ()
            concerned = any(call.operation == one.operation for call in case)
            if one.holds and result.status == "fail" and result.id in WITHDRAWN_BY and concerned:
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
    for clause in reading_order():
        if plan.only and clause not in plan.only:
            continue
        for level in ("core", "strict"):
            chosen = [one for one in every if (one.clause, one.level) == (clause, level)]
            if chosen:
                yield ClauseResult(clause, level), chosen


def certified(
    value: ClauseResult,
    results: list[ClauseResult],
    session: Session,
    plan: Plan,
    progress: Progress,
) -> Certificate:
    """Certify an operation of which no check has found a deviation; what refutes it, is one."""
    operation = CERTIFIED[value.id]
    ids = clauses_of(operation, plan.edition)
    concerned = [one for one in results if one.id in ids and one.level == "core"]
    bad = [f"{one.id} {SAID[one.status]}" for one in concerned if one.status != "pass"]
    if bad:
        return Certificate(operation, ids, sentence=f"not certified: {', '.join(bad)}")
    if operation == "relu":
        every = plan.budget == "deep"
        found, refutation = certify_relu(session, plan.seed, plan.effort.seconds, progress, every)
    else:
        found, refutation = certify(
            session, operation, plan.side, plan.seed, plan.effort.seconds, progress
        )
    value.certified = found.short
    if refutation:
        clause, case, text = refutation
        result = next((one for one in concerned if one.id == clause), value)
        one = next(c for c in checks(plan.edition) if (c.clause, c.level) == (result.id, "core"))
        first = Deviation(text)
        report_failure(one, session, result, plan, (case, first), session.lost["hung"])
    return found


def settle(
    result: ClauseResult, session: Session, chosen: list[Check], declined: dict[str, str]
) -> None:
    """The status of a clause no case of which deviated. declined: operations, and why."""
    misshapen = {reason: n for reason, n in result.declined.items() if "shape is wrong" in reason}
    if result.status != "fail" and misshapen:  # the other cases do not speak for these
        reason, count = next(iter(misshapen.items()))
        result.status = "error"
        result.message = f"not judged in {count} cases: {reason}"
    if result.status != "pass" or result.examples:
        return
    needed = sorted({o for one in chosen for o in one.operations} - set(session.offered()))
    uncallable = [o for o in needed if o not in declined]
    reasons = [reason for reason in result.declined if reason != "absent"]
    if uncallable:
        result.status = "error"
        result.message = f"{' and '.join(uncallable)} cannot be called"
    elif needed:
        result.status = "absent"
        result.message = "; ".join(declined[o] for o in needed)
    elif not session.offered():
        result.status = "error"
        result.message = "nothing can be called"
    elif reasons:
        result.status = "absent"
        result.message = f"not judged: {', '.join(reasons)}"
    else:
        result.status = "error" if result.message else "absent"
        result.message = "not judged: no case was tried in time" if result.message else "no case"


def observe(results: list[ClauseResult], session: Session) -> Iterator[ClauseResult]:
    """What was noticed in calls of other checks breaks its clause too."""
    for result in results:
        incident = session.incidents.get(result.id)
        own = clauses()[result.id].level == result.level
        if incident is None or result.status == "fail" or not own:
            continue
        case, text = incident
        result.status = "fail"
        result.message = text
        result.counterexample = Counterexample("noticed", case, text, None, None)
        yield result


def verdict(report: Report) -> Verdict:
    """Conforms, deviates, or could not be judged, at the report's level."""
    judged = report.judged(report.level)
    if report.stale or any(one.status == "fail" and not one.known for one in judged):
        return "deviates"
    if report.problems or not report.operations or any(one.status == "error" for one in judged):
        return "error"
    return "conforms"
