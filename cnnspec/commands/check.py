"""`cnnspec check`: judges a target, writes its report, and shows it."""

import json
import time
from collections.abc import Callable, Iterable
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from cnnspec.commands import replay
from cnnspec.engine.judge import first_calls
from cnnspec.engine.parts import Done
from cnnspec.engine.plan import ClauseResult, Plan
from cnnspec.engine.report import Report, blank
from cnnspec.engine.run import kept, run
from cnnspec.kit import files
from cnnspec.kit.certificate import Progress
from cnnspec.kit.interruption import held, status
from cnnspec.kit.session import Session
from cnnspec.kit.text import plain
from cnnspec.report import data, expectations, junit, lines
from cnnspec.report.output import show
from cnnspec.targets import Options
from cnnspec.targets.client import opened
from cnnspec.targets.editions import of_target

BAR, LEAST_PART = 30, 0.05
"""The width of the bar, and the part of a run after which the time that is left can be told."""


@dataclass(frozen=True)
class Paths:
    """The files of a run: reports to write, and what is already known of the target.

    fail_on: what of a deviation counts, if not all: "new" is what the baseline does not have.
    """

    json: Path | None = None
    junit: Path | None = None
    html: Path | None = None
    deviations: Path | None = None
    baseline: Path | None = None
    fail_on: str | None = None


class Since:
    """An earlier report to compare with. Raises OSError or ExpectationError."""

    def __init__(self, baseline: Path) -> None:
        self.baseline, self.failed = baseline, expectations.read_baseline(baseline)


def check(
    plan: Plan,
    options: Options,
    paths: Paths,
    console: Console,
    verbose: bool = False,
    *,
    choose: bool = False,
) -> Report:
    """Judge a target, and show what is found. verbose: all of it. choose: the edition is not given.

    Raises TargetError, ExpectationError or OSError, each with a message for the user. If a report
    cannot be written, the OSError comes after everything else.
    """
    known = expectations.read_deviations(paths.deviations) if paths.deviations else []
    since = Since(paths.baseline) if paths.baseline else None
    paths = replace(
        paths,
        json=paths.json and files.destination(paths.json),
        junit=paths.junit and files.destination(paths.junit),
        html=paths.html and files.destination(paths.html),
    )
    if paths.html:
        plan = replace(plan, pictures=options.timeout)
    if options.layout:
        plan = in_its_layouts(plan, options)
    report, said, today = blank(plan), "", datetime.now(UTC).date()
    report.excused = frozenset(since.failed) if since and paths.fail_on else None
    listed = {one.clause for one in known if not one.is_past(today)}
    plan = replace(plan, expected=tuple(sorted(listed)))
    with kept(report, plan):
        plan = in_its_edition(plan, options, report) if choose else plan
        said = judged(plan, options, report, console, teller(verbose, listed))
    problem: OSError | None = None
    more = lines.Beside()
    try:
        with held():  # a signal waits until the reports are written
            expectations.apply(report, known, today)
            more = besides(report, options, said, since)
            problem = write(report, plan, more, paths)
    except KeyboardInterrupt as error:
        report.interrupted = status(error)
    finish(report, plan, more, console, verbose)
    if problem is not None:
        raise problem
    return report


def in_its_edition(plan: Plan, options: Options, report: Report) -> Plan:
    """The plan in the edition of the target, which the report is told. Raises TargetError."""
    report.edition = of_target(plan.target, options)
    return replace(plan, edition=report.edition)


def in_its_layouts(plan: Plan, options: Options) -> Plan:
    """The plan, with the layouts that the target takes if it raises in those of the book.

    Raises TargetError.
    """
    with opened(plan.target, plan.edition, options) as client:
        seen = blank(plan)
        first_calls(Session(client, plan.edition), seen, lambda _text, _part: None)
    return replace(plan, target=replace(plan.target, layouts=tuple(seen.layouts.items())))


def judged(plan: Plan, options: Options, report: Report, console: Console, done: Done) -> str:
    """Fill in a report. Returns what the target wrote to standard error. Raises TargetError.

    done: is told the result of each clause.
    """
    shown = console.is_terminal and not options.in_process  # the spinner would count as printing
    importing = Text(f"importing {plain(str(plan.target))}")
    spinning = console.status(importing) if shown else nullcontext()
    with spinning as spinner:
        another = partial(opened, plan.target, plan.edition, options)
        helped = None if options.in_process else another
        return run(another(), plan, report, progress_of(spinner), done, helped)


def besides(report: Report, options: Options, said: str, since: "Since | None") -> lines.Beside:
    """What a report says besides its judgement. said: what the target wrote."""
    more = replay.beside(report, options, said)
    if since is None:
        return more
    compared = expectations.compared(report, since.failed)
    return replace(more, compared=(f"since {since.baseline}:", *compared))


def write(report: Report, plan: Plan, more: lines.Beside, paths: Paths) -> OSError | None:
    """Write the report as files, each whole. Returns the error, if there was one."""
    problem = None
    contents: list[tuple[Path | None, Callable[[], str]]] = [
        (paths.json, lambda: as_text(report)),
        (paths.junit, lambda: junit.as_junit(report)),
        (paths.html, lambda: as_page(report, plan, more)),
    ]
    for path, content in contents:
        if path is not None:
            try:
                files.write(path, content())
            except OSError as error:
                problem = error
    return problem


def as_page(report: Report, plan: Plan, more: lines.Beside) -> str:
    """The report as a page."""
    from cnnspec.report import page

    return page.whole(report, plan, more)


def as_text(report: Report) -> str:
    """The report as the text of a JSON file."""
    return json.dumps(data.as_json(report), indent=1, allow_nan=False) + "\n"


def progress_of(spinner: Any) -> Progress:
    """A function that shows what is being done, where there is a terminal to show it on."""
    if spinner is None:
        return lambda _text, _part: None

    began = time.monotonic()

    def shown(text: str, part: float) -> None:
        row = Table.grid(padding=(0, 1))
        passed = time.monotonic() - began
        bar = [ProgressBar(total=1, completed=part, width=BAR)] if part else []
        left = [Text(f"about {passed * (1 - part) / part:.0f} s left")] if part > LEAST_PART else []
        row.add_row(Text(text), *bar, *left)
        spinner.update(row)

    return shown


def teller(verbose: bool, known: Iterable[str] = ()) -> Done:
    """A function that says on standard error that a clause deviates, while others are judged.

    known: the clauses of which that is expected.
    """
    errors, told = Console(stderr=True), set(known)

    def tell(result: ClauseResult) -> None:
        if result.status == "fail" and result.id not in told and (verbose or errors.is_terminal):
            told.add(result.id)
            show(errors, f"{result.id} deviates, confirming")

    return tell


def finish(report: Report, plan: Plan, more: lines.Beside, console: Console, verbose: bool) -> None:
    """Show the answer first, then each cause, and what else there is to say."""
    for text, style in lines.of(report, plan, more, verbose):
        show(console, text, style)
    decided = expectations.decided(report)
    if decided:
        show(console, decided, "bold")
