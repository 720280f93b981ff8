"""`cnnspec matrix`: runs the matrix, shows how it goes, and writes it."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from rich.console import Console
from rich.text import Text

from cnnspec.engine import matrix as table_of
from cnnspec.engine.matrix import Row
from cnnspec.engine.plan import Plan
from cnnspec.engine.report import Report
from cnnspec.kit.text import plain
from cnnspec.report import table
from cnnspec.report.output import show
from cnnspec.targets import Options


def matrix(
    targets: tuple[str, ...],
    plan: Plan,
    options: Options,
    pythons: tuple[str, ...],
    folder: Path,
    console: Console,
    *,
    with_options: bool = False,
) -> bool:
    """Run and write the matrix. Returns whether every target could be reached. Raises OSError.

    pythons: an interpreter for all targets, or, as target=path, for one. with_options: whether a
    target that offers options is judged by edition general besides.
    """
    usual = plan.effort
    patient = replace(usual, seconds=3 * usual.seconds, limit=3 * usual.limit)
    plan = replace(plan, own_effort=patient)  # nobody waits, and some runtimes compile every shape
    own = dict(one.split("=", 1) for one in pythons if "=" in one)
    for one in pythons:
        if "=" not in one:
            options = replace(options, python=one)
    rows: list[Row] = []

    def done(row: Row) -> None:
        rows.append(row)
        for text in lines(row):
            show(console, text)
        list(table.write(rows, plan, folder))  # what is known so far outlasts an interruption

    chosen = list(targets) or table_of.installed(own)
    try:
        with console.status("") as status:
            table_of.run(
                chosen,
                plan,
                options,
                own,
                lambda target, text, _part: status.update(Text(f"{plain(target)}: {text}")),
                done,
                with_options=with_options,
            )
    except KeyboardInterrupt:
        judged = len({row.target for row in rows})
        show(console, f"interrupted: {folder} has {judged} of {len(set(chosen))} targets")
        raise
    for file in table.write(rows, plan, folder):
        show(console, f"wrote {file}")
    return all(row.report is not None and not (row.general and row.general.problem) for row in rows)


def lines(row: Row) -> Iterator[str]:
    """A line for a target that is done, and one for its options, if it has any."""
    if row.report is None:
        yield f"{plain(row.target):<16} could not be reached: {row.problem}"
        return
    name = f"{plain(row.target):<16} {row.report.about:<30} {row.dtype:<8}"
    yield f"{name} {verdict(row.report)}"
    general = row.general
    if general is not None:
        said = verdict(general.report) if general.report else f"not judged: {general.problem}"
        yield f"{'  its options':<56} {said}"


def verdict(report: Report) -> str:
    """What came of a run: the verdict, what deviates, and how long it took."""
    failing = [one.id for one in report.clauses if one.status == "fail"]
    broken = f": {', '.join(dict.fromkeys(failing))}" if failing else ""
    return f"{report.verdict}{broken} ({report.seconds:.0f} s)"
