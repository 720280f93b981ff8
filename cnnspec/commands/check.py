"""`cnnspec check`: judges a target, writes its report, and shows it."""

import json
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from cnnspec.commands import replay
from cnnspec.engine.judge import Report, blank
from cnnspec.engine.plan import ClauseResult, Plan
from cnnspec.engine.run import kept, run
from cnnspec.kit import files
from cnnspec.kit.certificate import Progress
from cnnspec.kit.interruption import held, status
from cnnspec.kit.text import plain
from cnnspec.report import data, expectations, junit, lines
from cnnspec.report.output import show
from cnnspec.targets import Options
from cnnspec.targets.client import opened


@dataclass(frozen=True)
class Paths:
    """The files of a run: reports to write, and what is already known of the target."""

    json: Path | None = None
    junit: Path | None = None
    deviations: Path | None = None
    baseline: Path | None = None


class Since:
    """An earlier report to compare with. Raises OSError or ExpectationError."""

    def __init__(self, baseline: Path) -> None:
        self.baseline, self.failed = baseline, expectations.read_baseline(baseline)


def check(
    plan: Plan, options: Options, paths: Paths, console: Console, verbose: bool = False
) -> Report:
    """Judge a target, and show what is found. verbose: all of it.

    Raises TargetError, ExpectationError or OSError, each with a message for the user. If a report
    cannot be written, the OSError comes after everything else.
    """
    known = expectations.read_deviations(paths.deviations) if paths.deviations else []
    since = Since(paths.baseline) if paths.baseline else None
    paths = replace(
        paths,
        json=paths.json and files.destination(paths.json),
        junit=paths.junit and files.destination(paths.junit),
    )
    report, said = blank(plan), ""
    with kept(report, plan):
        said = judged(plan, options, report, console, verbose)
    problem: OSError | None = None
    try:
        with held():  # a signal waits until the reports are written
            expectations.apply(report, known, datetime.now(UTC).date())
            problem = write(report, paths)
    except KeyboardInterrupt as error:
        report.interrupted = status(error)
    finish(report, plan, options, said, console, since, verbose)
    if problem is not None:
        raise problem
    return report


def judged(plan: Plan, options: Options, report: Report, console: Console, verbose: bool) -> str:
    """Fill in a report. Returns what the target wrote to standard error. Raises TargetError."""
    shown = console.is_terminal and not options.in_process  # the spinner would count as printing
    importing = Text(f"importing {plain(str(plan.target))}")
    spinning = console.status(importing) if shown else nullcontext()
    with spinning as spinner:
        client = opened(plan.target, plan.edition, options)
        return run(client, plan, report, progress_of(spinner), teller(verbose))


def write(report: Report, paths: Paths) -> OSError | None:
    """Write the report as files, each whole. Returns the error, if there was one."""
    problem = None
    for path, content in ((paths.json, as_text), (paths.junit, junit.as_junit)):
        if path is not None:
            try:
                files.write(path, content(report))
            except OSError as error:
                problem = error
    return problem


def as_text(report: Report) -> str:
    """The report as the text of a JSON file."""
    return json.dumps(data.as_json(report), indent=1, allow_nan=False) + "\n"


def progress_of(spinner: Any) -> Progress:
    """A function that shows what is being done, where there is a terminal to show it on."""
    if spinner is None:
        return lambda _text, _part: None

    def shown(text: str, part: float) -> None:
        row = Table.grid(padding=(0, 1))
        bar = [ProgressBar(total=1, completed=part, width=40)] if part else []
        row.add_row(Text(text), *bar)
        spinner.update(row)

    return shown


def teller(verbose: bool) -> Callable[[ClauseResult], None]:
    """A function that says on standard error that a clause deviates, while others are judged."""
    errors = Console(stderr=True)

    def tell(result: ClauseResult) -> None:
        if result.status == "fail" and (verbose or errors.is_terminal):
            show(errors, f"{result.id} deviates")

    return tell


def finish(
    report: Report,
    plan: Plan,
    options: Options,
    said: str,
    console: Console,
    since: "Since | None",
    verbose: bool,
) -> None:
    """Show the answer first, then each cause, and what else there is to say."""
    more = replay.beside(report, options, said)
    if since is not None:
        compared = expectations.compared(report, since.failed)
        more = replace(more, compared=(f"since {since.baseline}:", *compared))
    for text, style in lines.of(report, plan, more, verbose):
        show(console, text, style)
