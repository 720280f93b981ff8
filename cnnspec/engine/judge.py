"""Runs the checks on a target and gives a Report."""

import time
from dataclasses import replace

from cnnspec.engine import forms, left_open, restrictions
from cnnspec.engine.certifying import withdraw
from cnnspec.engine.first_calls import smoke
from cnnspec.engine.helpers import Another, Helpers, helping
from cnnspec.engine.hints import hints
from cnnspec.engine.layouts import instead, sentence, with_others
from cnnspec.engine.noticed import observe
from cnnspec.engine.parts import Done, Judging, Part, rows
from cnnspec.engine.pictures import drawn
from cnnspec.engine.plan import ClauseResult, Plan
from cnnspec.engine.report import Report, blank
from cnnspec.engine.verdict import verdict
from cnnspec.kit.certificate import Progress
from cnnspec.kit.clauses import operations_of
from cnnspec.kit.client import Client
from cnnspec.kit.look_alikes import advice, advice_in_python, look_alikes
from cnnspec.kit.noticing import notice
from cnnspec.kit.operation import REGISTRY
from cnnspec.kit.session import Session
from cnnspec.kit.text import plain
from cnnspec.kit.timing import Timing
from cnnspec.operations.catalogue import combinations_met
from cnnspec.targets.target import Layout, Target

FLOAT32_BITS = 24


def judge(
    client: Client,
    plan: Plan,
    progress: Progress = lambda _text, _part: None,
    done: Done = lambda _result: None,
    report: Report | None = None,
    another: Another | None = None,
) -> Report:
    """First calls, then every check of the edition. progress and done are told as it goes.

    report: a blank one, which is filled as things are found, so that an interruption loses nothing.
    another: opens another client of the target, so that other processes can help.
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
        timing=Timing(dict(plan.pace)),
    )
    report.about, report.dtype = client.about, client.dtype
    report.look_alikes += [] if plan.target.ops else not_judged(client, plan.target)
    try:
        declined = first_calls(session, report, progress)
        report.pace = session.timing.paces
        if report.layouts:
            unfinished(report, plan, "not judged: it takes other layouts")
        else:
            judging = Judging(session, plan, report, declined, progress, done)
            judge_parts(judging, another)
    finally:
        report.seconds = time.monotonic() - start
        for result in observe(report.clauses, session, plan):
            done(result)
        withdraw(report.certificates, report.clauses, plan.edition)
        report.pairs += combinations_met(session)
    if session.given_up:
        report.problems.append(session.given_up)
    progress("comparing with fault models", 0.0)
    if any(one.status == "fail" for one in report.clauses):
        from cnnspec.engine.explaining import explain  # what diagnoses takes long to import

        explain(session, plan, report)
    report.hints += hints(session, report.clauses)
    report.seconds = time.monotonic() - start
    report.verdict = verdict(report)
    if plan.edition == "general" and not report.layouts and not report.ended:
        report.observed |= left_open.observed(session, plan.only)
    if plan.pictures and not report.layouts:
        progress("drawing Chelsea", 0.0)
        report.pictures.extend(drawn(session, report, plan.pictures))
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
    report.options = {name: tuple(taken) for name, taken in client.options.items()}
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
            report.hints += forms.refused(session, operation)
            report.hints += restrictions.found(session, operation)
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


def judge_parts(judging: Judging, another: Another | None) -> None:
    """Judge the operations' own clauses, and then the others with what those showed.

    Helpers judge some of the parts. What they judged is judged again if they were to know more.
    """
    first, *rest = judging.every or [Part()]
    own = [part for part in rest if part.own]
    jobs = judging.plan.jobs if judging.session.offered() else 1
    with helping(judging, rest, jobs, another) as helpers:
        judge_with(helpers, first)
        matters = judging.matters
        again = [] if matters or judging.is_over else [take(judging, helpers)]
    for left in [own, rest[len(own) :]] if matters else again:
        if left and not judging.is_over:
            with helping(judging, left, jobs, another) as helpers:
                take(judging, helpers)
    if judging.is_over:
        judging.report.ended = True
        unfinished(judging.report, judging.plan, "not judged: the run ended at a deviation")
    order = [(one.id, one.level) for one, _ in rows(judging.plan)]
    judging.report.clauses.sort(key=lambda one: order.index((one.id, one.level)))
    operations = list(REGISTRY)
    judging.report.certificates.sort(
        key=lambda one: (bool(one.options), operations.index(one.operation))
    )


def take(judging: Judging, helpers: Helpers) -> list[Part]:
    """Add what is found in each part after the first, until the run is over.

    Returns the parts that are to be judged again, with what operations' own clauses have shown.
    """
    own = sum(part.own for part in helpers.parts)
    for place, found in enumerate(helpers.finish(), 1):
        judging.take(found)
        if place <= own:
            judging.know(found)
        if judging.is_over:
            break
        if place == own and judging.matters:
            return [*helpers.parts[own:]]
    return []


def judge_with(helpers: Helpers, part: Part) -> None:
    """Judge the first part while helpers judge others."""
    judging = helpers.judging
    tell = judging.done

    def told(result: ClauseResult) -> None:
        """Stop the helpers if what they do not know makes what they find worthless."""
        tell(result)
        if judging.matters:
            helpers.stop()

    judging.done = told
    judging.judge(part)
    judging.done = tell
    client = judging.session.client
    judging.session.losses = client.losses, client.seconds_lost


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
    """Give a row to each clause that was not judged, of the edition that the report has."""
    plan = replace(plan, edition=report.edition)
    if report.pending is not None and all(one is not report.pending for one in report.clauses):
        report.clauses.append(report.pending)
    judged = {(one.id, one.level) for one in report.clauses}
    missing = [row for row, _ in rows(plan) if (row.id, row.level) not in judged]
    report.clauses += missing
    for one in (*missing, report.pending):
        if one is not None and one.status != "fail":
            one.status, one.message = "error", message
