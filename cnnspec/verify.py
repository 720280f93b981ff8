"""`cnnspec check`: judges a target, shows it, and writes what can be replayed."""

import json
import os
import re
import textwrap
from collections.abc import Callable, Iterator
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
from cnnspec.session import Case, Deviation, Session
from cnnspec.smoke import smoke, trivial
from cnnspec.targets import PROGRAM, Options
from cnnspec.targets.calls import OPERATIONS
from cnnspec.targets.client import Client, opened
from cnnspec.targets.executable import save
from cnnspec.targets.narrow import narrowed

KEPT = ("timeout", "dtype", "threads", "python")
"""The options that a replay keeps."""

REPLAYS = Path(".cnnspec")
"""The folder, in the current one, that holds what `cnnspec replay` takes."""


def check(
    plan: Plan,
    options: Options,
    deviations: Path | None,
    baseline: Path | None,
    console: Console,
) -> Report:
    """Judge a target, and show what is found as it is found.

    Raises TargetError, ExpectationError or OSError, each with a message for the user.
    """
    known = expectations.read_deviations(deviations) if deviations else []
    shown = console.is_terminal and not options.in_process  # what a target prints is counted there
    status = console.status(f"importing {plan.target}") if shown else nullcontext()
    with status as spinner, opened(plan.target, plan.edition, options) as client:
        show(console, terminal.head(plan, client.about, client.dtype, list(client.operations)))
        report = judge(client, plan, progress_of(spinner), shower(console))
        said = client.said()
        published = "" if plan.edition == "article" else looks_published(client, report)
    if published:
        report.hints.append(published)
    expectations.apply(report, known, datetime.now(UTC).date())
    finish(report, options, said, console, baseline)
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


def finish(
    report: Report, options: Options, said: str, console: Console, baseline: Path | None
) -> None:
    """Show hints, deviations, the comparison with a baseline, and the verdict."""
    for problem in report.problems:
        show(console, f"  could not be judged: {problem}", "bold yellow")
    for text in requests_of(report):
        show(console, f"  {text}")
    if said:
        show(console, f"  on standard error the target wrote:\n{textwrap.indent(said, '    ')}")
    for hint in [*report.hints, *report.stale]:
        show(console, f"  note: {hint}", "bold")
    for text in terminal.deviations(report, write_replays(report, options)):
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


def write_replays(report: Report, options: Options) -> dict[str, str]:
    """Write each counterexample into REPLAYS; how to replay it, by clause and level.

    Where the folder cannot be written, nothing is.
    """
    names = {}
    stem = stem_of(report.target)
    for one in report.clauses:
        if one.counterexample is None:
            continue
        suffix = "" if one.level == "core" else "-strict"
        path = REPLAYS / f"{stem}-{one.id}{suffix}.json"
        content = {
            "target": os.path.abspath(report.target) if is_file(report.target) else report.target,  # noqa: PTH100  it may end in :object
            "options": {k: getattr(options, k) for k in KEPT if getattr(options, k) is not None},
            "edition": report.edition,
            "clause": one.id,
            "counterexample": data.example_as_json(one.counterexample, report.target),
        }
        try:
            REPLAYS.mkdir(exist_ok=True)
            path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
        except OSError:
            return {}
        by_hand = requests(report, f"{one.id}{suffix}", one.counterexample.case)
        also = f", or {by_hand}" if by_hand else ""
        names[f"{one.id}-{one.level}"] = f"cnnspec replay {path}{also}"
    return names


def requests_of(report: Report) -> Iterator[str]:
    """For each operation of a program that could not be judged, the calls to try by hand."""
    for operation in OPERATIONS:
        if any(problem.split()[0] == operation for problem in report.problems):
            by_hand = requests(report, operation, tuple(trivial(operation)))
            if by_hand:
                yield f"{operation}, to try by hand: {by_hand}"


def requests(report: Report, name: str, case: Case) -> str:
    """A command that gives a program in another language the calls of a case, from files."""
    if not report.target.startswith(PROGRAM):
        return ""
    calls = [(report.dtype and narrowed(one, report.dtype)) or one for one in case]
    try:
        file = save(REPLAYS / f"{stem_of(report.target)}-{name}", calls, report.edition)
    except OSError:
        return ""
    return f"{report.target.removeprefix(PROGRAM)} < {file}"


def stem_of(target: str) -> str:
    """What the files of a target are called."""
    if is_file(target):
        return Path(target.partition(":")[0]).stem
    words = [Path(word).name for word in target.removeprefix(PROGRAM).split()]
    return re.sub(r"[^A-Za-z0-9_.]+", "-", "-".join(words)).strip("-.")[:60]


def is_file(target: str) -> bool:
    """Whether a target is named by a file."""
    return not target.startswith(PROGRAM) and target.partition(":")[0].endswith(".py")


def write_files(report: Report, json_file: Path | None, junit_file: Path | None) -> None:
    """Write the report as files. Raises OSError."""
    if json_file is not None:
        text = json.dumps(data.as_json(report), indent=1, allow_nan=False)
        json_file.write_text(text + "\n", encoding="utf-8")
    if junit_file is not None:
        junit_file.write_text(junit.as_junit(report), encoding="utf-8")


class ReplayError(ValueError):
    """A file that cannot be replayed; the message says why."""


def replay(file: Path, target: str | None, timeout: float | None, console: Console) -> bool:
    """Judge the case of a file again; whether it still deviates.

    Raises OSError, ReplayError or TargetError.
    """
    from cnnspec.checks import checks

    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        example, edition, clause = (content[k] for k in ("counterexample", "edition", "clause"))
        case = data.case_from_json(example["calls"])
        name, wanted = target or content["target"], example["check"]
        kept = content.get("options", {}) if target is None else {}
        options = Options(**kept | ({"timeout": timeout} if timeout else {}))
    except (ValueError, KeyError, TypeError):
        raise ReplayError(f"{file} is no file that cnnspec check wrote to be replayed") from None
    found = [one for one in checks(edition) if (one.clause, one.name) == (clause, wanted)]
    found = found or [one for one in checks(edition) if one.clause == clause]
    if not found:
        raise ReplayError(f"{file}: edition {edition} has no clause {clause}")
    with opened(name, edition, options) as client:
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
