"""`cnnspec check`: judges a target, shows it, and writes what can be replayed."""

import json
import os
from collections.abc import Callable
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress_bar import ProgressBar
from rich.table import Table

from cnnspec import expectations
from cnnspec.certificate import Progress
from cnnspec.plan import ClauseResult, Counterexample, Plan
from cnnspec.report import data, junit, literal, terminal
from cnnspec.run import Report, judge
from cnnspec.session import Deviation, Session
from cnnspec.smoke import smoke
from cnnspec.targets.client import Client, opened

REPLAYS = Path(".cnnspec")
"""The folder, in the current one, that holds what `cnnspec replay` takes."""


def check(
    plan: Plan,
    timeout: float,
    in_process: bool,
    deviations: Path | None,
    baseline: Path | None,
    console: Console,
) -> Report:
    """Judge a target, and show what is found as it is found.

    Raises TargetError, ExpectationError or OSError, each with a message for the user.
    """
    known = expectations.read_deviations(deviations) if deviations else []
    shown = console.is_terminal and not in_process  # what a target prints is counted there
    status = console.status(f"importing {plan.target}") if shown else nullcontext()
    with status as spinner, opened(plan.target, plan.edition, timeout, in_process) as client:
        show(
            console,
            terminal.head(plan.target, list(client.operations), plan.edition, plan.seed),
        )
        report = judge(client, plan, progress_of(spinner), shower(console))
        published = "" if plan.edition == "article" else looks_published(client, report)
    if published:
        report.hints.append(published)
    expectations.apply(report, known, datetime.now(UTC).date())
    finish(report, console, baseline)
    return report


def progress_of(spinner: Any) -> Progress:
    """A function that shows what is being done, where there is a terminal to show it on."""
    if spinner is None:
        return lambda _text, _part: None

    def shown(text: str, part: float) -> None:
        row = Table.grid(padding=(0, 1))
        row.add_row(text, *([ProgressBar(total=1, completed=part, width=40)] if part else []))
        spinner.update(row)

    return shown


def show(console: Console, text: str, style: str | None = None) -> None:
    """Print a line as it is: no markup, no wrapping."""
    console.print(text, style=style, markup=False, highlight=False, soft_wrap=True)


def shower(console: Console) -> Callable[[ClauseResult], None]:
    """A function that prints a clause's line once it is judged."""

    def shown(one: ClauseResult) -> None:
        show(console, terminal.line(one), terminal.STYLES[one.status])

    return shown


def looks_published(client: Client, report: Report) -> str:
    """Says so where a target that breaks P3 or P4 is the article's pooling."""
    broken = {one.id for one in report.clauses if one.status == "fail"} & {"P3", "P4"}
    if not broken:
        return ""
    plan = Plan(report.target, "article", budget="quick", only=("P3a", "P4a"))
    again = judge(client, plan)
    if len(again.clauses) == 2 and all(one.status == "pass" for one in again.clauses):
        return "pooling is the article's, as published: it conforms to --edition article"
    return ""


def finish(report: Report, console: Console, baseline: Path | None) -> None:
    """Show hints, deviations, the comparison with a baseline, and the verdict."""
    for problem in report.problems:
        show(console, f"  could not be judged: {problem}", "bold yellow")
    for hint in [*report.hints, *report.stale]:
        show(console, f"  note: {hint}", "bold")
    for text in terminal.deviations(report, write_replays(report)):
        show(console, text)
    if report.certificates:
        show(console, "")
    for text in terminal.certificates(report):
        show(console, text)
    if baseline is not None:
        show(console, f"\nsince {baseline}:")
        for text in expectations.compared(report, baseline):
            show(console, text)
    show(console, f"\n{terminal.last(report)}", "bold")


def write_replays(report: Report) -> dict[str, str]:
    """Write each counterexample into REPLAYS; the files' names by clause and level.

    Where the folder cannot be written, nothing is.
    """
    names = {}
    stem = Path(report.target.partition(":")[0]).stem
    for one in report.clauses:
        if one.counterexample is None:
            continue
        suffix = "" if one.level == "core" else "-strict"
        path = REPLAYS / f"{stem}-{one.id}{suffix}.json"
        content = {
            "target": os.path.abspath(report.target) if is_file(report.target) else report.target,  # noqa: PTH100  it may end in :object
            "edition": report.edition,
            "clause": one.id,
            "counterexample": data.example_as_json(one.counterexample, report.target),
        }
        try:
            REPLAYS.mkdir(exist_ok=True)
            path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
        except OSError:
            return {}
        names[f"{one.id}-{one.level}"] = str(path)
    return names


def is_file(target: str) -> bool:
    """Whether a target is named by a file."""
    return target.partition(":")[0].endswith(".py")


def write_files(report: Report, json_file: Path | None, junit_file: Path | None) -> None:
    """Write the report as files. Raises OSError."""
    if json_file is not None:
        text = json.dumps(data.as_json(report), indent=1, allow_nan=False)
        json_file.write_text(text + "\n", encoding="utf-8")
    if junit_file is not None:
        junit_file.write_text(junit.as_junit(report), encoding="utf-8")


class ReplayError(ValueError):
    """A file that cannot be replayed; the message says why."""


def replay(file: Path, target: str | None, timeout: float, console: Console) -> bool:
    """Judge the case of a file again; whether it still deviates.

    Raises OSError, ReplayError or TargetError.
    """
    from cnnspec.checks import checks

    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        example, edition, clause = (content[k] for k in ("counterexample", "edition", "clause"))
        case = data.case_from_json(example["calls"])
        name, wanted = target or content["target"], example["check"]
    except (ValueError, KeyError, TypeError):
        raise ReplayError(f"{file} is no file that cnnspec check wrote to be replayed") from None
    found = [one for one in checks(edition) if (one.clause, one.name) == (clause, wanted)]
    found = found or [one for one in checks(edition) if one.clause == clause]
    if not found:
        raise ReplayError(f"{file}: edition {edition} has no clause {clause}")
    with opened(name, edition, timeout, in_process=False) as client:
        session = Session(client, edition)
        for operation in dict.fromkeys(one.operation for one in case):
            if operation in client.operations:
                smoke(session, operation)
        session.incidents.clear()
        text = ""
        try:
            found[0].judge(session, case)
        except Deviation as deviation:
            text = deviation.message
            example_now = Counterexample(wanted, case, text, deviation.expected, deviation.got)
        if not text and clause in session.incidents:
            text = session.incidents[clause][1]
            example_now = Counterexample(wanted, case, text, None, None)
    if not text:
        show(console, f"{name} no longer deviates from {clause} here")
        return False
    show(console, literal.snippet(example_now, name))
    show(console, f"{name} deviates from {clause}: {text}", "bold red")
    if example_now.expected is not None and example_now.got is not None:
        for row in literal.side_by_side(example_now.expected, example_now.got):
            show(console, row)
    return True
