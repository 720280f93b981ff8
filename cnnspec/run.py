"""Runs the checks on a target and gives a Report."""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Literal

import hypothesis
from hypothesis import HealthCheck, Phase, Verbosity, settings
from hypothesis.errors import Flaky, HypothesisException, Unsatisfiable

from cnnspec.certificate import SIDE, Certificate, Progress, certify, clauses_of
from cnnspec.checks import Check, checks, reading_order
from cnnspec.clauses import Level, clauses
from cnnspec.diagnosis import Diagnosis, diagnose
from cnnspec.session import Case, Declined, Deviation, Session
from cnnspec.shrink import shrink
from cnnspec.smoke import smoke
from cnnspec.spec import Array, Edition
from cnnspec.sweep import certify_relu
from cnnspec.taps import TapMap, explained
from cnnspec.targets.calls import OPERATIONS, Operation
from cnnspec.targets.client import Client

Status = Literal["pass", "fail", "error", "absent"]
Budget = Literal["quick", "default", "deep"]


@dataclass(frozen=True)
class Effort:
    """How much is tried: deterministic cases and drawn examples a check, and seconds.

    After the seconds, for one check and in all, a slow target is given no more cases.
    """

    cases: int
    examples: int
    check_seconds: float
    seconds: float
    shrink_seconds: float = 4.0


EFFORTS: dict[Budget, Effort] = {
    "quick": Effort(cases=45, examples=10, check_seconds=3, seconds=15),
    "default": Effort(cases=1_000_000, examples=60, check_seconds=20, seconds=100),
    "deep": Effort(cases=1_000_000, examples=2_000, check_seconds=600, seconds=7_200),
}
TOGETHER = 32
"""How many small calls are made by one message."""
LOST_ENOUGH = 3
"""After so many hangs in one check, it is not tried further."""


@dataclass(frozen=True)
class Counterexample:
    """A case that deviates, with what its last call should have given and what it gave."""

    check: str
    case: Case
    message: str
    expected: Array | None
    got: Array | None


@dataclass
class ClauseResult:
    """What is said of a clause at a level. seconds is not part of what a seed fixes."""

    id: str
    level: Level
    status: Status = "pass"
    examples: int = 0
    message: str = ""
    counterexample: Counterexample | None = None
    max_bound_share: float | None = None
    declined: Counter[str] = field(default_factory=Counter)
    known: str = ""
    certified: str = ""
    seconds: float = 0.0


Verdict = Literal["conforms", "deviates", "error"]


@dataclass
class Report:
    """What a run found.

    hints: what the target looks like. problems: why something could not be judged. certificates:
    what is certified of each operation, or why nothing is. stale: known deviations that no longer
    deviate. diagnosis: the fault models that behave as the target does. tap_maps: what a wrong
    operation does with its input.
    """

    target: str
    edition: Edition
    level: Level
    seed: int
    budget: Budget
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


@dataclass(frozen=True)
class Plan:
    """What to run: see `cnnspec check --help`.

    certify: the largest side of images in the certificates, 0 for none; None, what the budget says.
    own_effort: another one than the budget's.
    """

    target: str
    edition: Edition = "standard"
    level: Level = "core"
    seed: int = 0
    budget: Budget = "default"
    examples: int | None = None
    only: tuple[str, ...] = ()
    certify: int | None = None
    own_effort: Effort | None = None

    @property
    def side(self) -> int:
        """The largest side of images in the certificates, 0 for none."""
        if self.certify is not None:
            return self.certify
        return 0 if self.budget == "quick" else SIDE

    @property
    def effort(self) -> Effort:
        """The budget's effort, with the number of examples that was asked for."""
        effort = self.own_effort or EFFORTS[self.budget]
        return effort if self.examples is None else replace(effort, examples=self.examples)


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
    for operation in OPERATIONS:
        if operation not in client.operations:
            continue
        progress(f"calling {operation}", 0.0)
        problem, hint = smoke(session, operation)
        if problem:
            problems.append(problem)
        else:
            callable_.append(operation)
        if hint:
            hints.append(hint)
    uncallable = [o for o in client.operations if o not in callable_]
    session.without.update(uncallable)
    results: list[ClauseResult] = []
    certificates: list[Certificate] = []
    for result, chosen in rows(plan):
        began = time.monotonic()
        for one in chosen:
            progress(f"{one.clause} {one.name.replace('_', ' ')}", 0.0)
            run_check(one, session, result, plan, start)
            if result.status == "fail":
                break
        settle(result, session, chosen, uncallable, list(client.operations))
        results.append(result)
        if is_certified(result, plan) and CERTIFIED[result.id] in session.offered():
            certificates.append(certified(result, results, session, plan, progress))
        result.seconds = time.monotonic() - began
        done(result)
    for result in observe(results, session):
        done(result)
    progress("comparing with fault models", 0.0)
    failed = failing_cases(results)
    report = Report(
        target=plan.target,
        edition=plan.edition,
        level=plan.level,
        seed=plan.seed,
        budget=plan.budget,
        operations=callable_,
        clauses=results,
        hints=hints,
        problems=problems,
        verdict="conforms",
        seconds=time.monotonic() - start,
        certificates=certificates,
        diagnosis=diagnose(session, failed),
        tap_maps=explained(session, failed),
    )
    report.verdict = verdict(report)
    return report


def is_certified(result: ClauseResult, plan: Plan) -> bool:
    """Whether a certificate is to be given with a clause's line."""
    return result.id in CERTIFIED and result.level == "core" and plan.side > 0


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
        clause, case = refutation
        result = next((one for one in concerned if one.id == clause), value)
        one = next(c for c in checks(plan.edition) if (c.clause, c.level) == (result.id, "core"))
        report_failure(one, session, result, plan, case, session.lost["hung"])
    return found


def run_check(one: Check, session: Session, result: ClauseResult, plan: Plan, start: float) -> None:
    """Run one check until a case deviates; note what was found in the clause's result."""
    if any(operation not in session.offered() for operation in one.operations):
        result.declined["absent"] += 1
        return
    effort = plan.effort
    end = min(time.monotonic() + effort.check_seconds, start + effort.seconds)
    hung = session.lost["hung"]
    failing: Case | None = None
    if one.cases is not None:
        for case in together(session, spread(one.cases(session), effort.cases)):
            if time.monotonic() > end or session.lost["hung"] - hung >= LOST_ENOUGH:
                result.message = "slow: not every case was tried"
                break
            if attempt(one, session, case, result) is not None:
                failing = case
                break
    if failing is None and one.strategy is not None and effort.examples:
        failing = search(one, session, result, plan, end)
    if failing is not None:
        report_failure(one, session, result, plan, failing, hung)


def together(session: Session, cases: Iterable[Case]) -> Iterator[Case]:
    """The cases one by one, some of which the target has answered in one go."""
    rest = iter(cases)
    while chunk := list(islice(rest, TOGETHER)):
        session.prepare(chunk)
        yield from chunk


def spread(cases: Iterable[Case], most: int) -> Iterable[Case]:
    """All cases, or as many of them as are wanted, evenly."""
    if most >= 1_000_000:
        return cases
    every = list(cases)
    step = max(1, len(every) // most)
    return every[: most // 3] + every[most // 3 :: step] if len(every) > most else every


def attempt(
    one: Check, session: Session, case: Case, result: ClauseResult | None
) -> Deviation | None:
    """Judge a case once; the deviation, if it is one."""
    try:
        share = one.judge(session, case)
    except Declined as reason:
        if result is not None:
            result.declined[str(reason)] += 1
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


def still_deviates(one: Check, session: Session, case: Case) -> bool:
    """Whether a simplified case deviates; one that makes no sense does not."""
    try:
        return attempt(one, session, case, None) is not None
    except (ValueError, IndexError):
        return False


class Found(Exception):  # noqa: N818  it is no error
    """Raised inside a Hypothesis test for a case that deviates."""


def search(
    one: Check, session: Session, result: ClauseResult, plan: Plan, end: float
) -> Case | None:
    """Let Hypothesis draw cases, and shrink the first that deviates."""
    assert one.strategy is not None  # noqa: S101  for the type checker
    found: list[Case] = []

    @hypothesis.seed(plan.seed)
    @settings(
        max_examples=plan.effort.examples,
        database=None,
        deadline=None,
        derandomize=False,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
        verbosity=Verbosity.quiet,
    )
    @hypothesis.given(one.strategy(session))
    def test(case: Case) -> None:
        if time.monotonic() > end:
            return
        if attempt(one, session, case, None if found else result) is not None:
            found.append(case)
            raise Found

    try:
        test()
    except (Found, Flaky):
        return found[-1]
    except Unsatisfiable:
        return None
    except HypothesisException:
        return found[-1] if found else None
    return None


def report_failure(
    one: Check, session: Session, result: ClauseResult, plan: Plan, failing: Case, hung: int
) -> None:
    """Shrink a case that deviates, and write it into the clause's result."""
    if session.lost["hung"] == hung:
        failing = shrink(
            failing,
            lambda case: still_deviates(one, session, case),
            session.edition,
            plan.effort.shrink_seconds,
        )
    deviation = attempt(one, session, failing, None)
    if deviation is None:
        deviation = Deviation("deviates, but not every time (see Q2)")
    result.status = "fail"
    if one.level == clauses()[one.clause].level:
        session.failed.add(one.clause)
    result.message = deviation.message
    result.counterexample = Counterexample(
        one.name, failing, deviation.message, deviation.expected, deviation.got
    )


def settle(
    result: ClauseResult,
    session: Session,
    chosen: list[Check],
    uncallable: list[str],
    offered: list[str],
) -> None:
    """The status of a clause no case of which deviated."""
    misshapen = {reason: n for reason, n in result.declined.items() if "shape is wrong" in reason}
    if result.status != "fail" and misshapen:  # the other cases do not speak for these
        reason, count = next(iter(misshapen.items()))
        result.status = "error"
        result.message = f"not judged in {count} cases: {reason}"
    if result.status != "pass" or result.examples:
        return
    needed = {operation for one in chosen for operation in one.operations}
    reasons = [reason for reason in result.declined if reason != "absent"]
    if needed & set(uncallable):
        result.status = "error"
        result.message = f"{' and '.join(sorted(needed & set(uncallable)))} cannot be called"
    elif needed - set(offered):
        result.status = "absent"
        result.message = f"the target has no {' and no '.join(sorted(needed - set(offered)))}"
    elif not session.offered():
        result.status = "error"
        result.message = "nothing can be called"
    elif reasons:
        result.status = "absent"
        result.message = f"not judged: {', '.join(reasons)}"
    else:
        result.status = "absent"
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
