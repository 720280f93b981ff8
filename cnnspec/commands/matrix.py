"""`cnnspec matrix`: runs the matrix, shows how it goes, and writes it."""

from dataclasses import replace
from pathlib import Path

from rich.console import Console
from rich.text import Text

from cnnspec.engine import matrix as table_of
from cnnspec.engine.matrix import Row
from cnnspec.engine.plan import Plan
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
) -> bool:
    """Run and write the matrix. Returns whether every target could be reached. Raises OSError.

    pythons: an interpreter for all targets, or, as target=path, for one.
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
        show(console, line(row))
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
            )
    except KeyboardInterrupt:
        judged = len({row.target for row in rows})
        show(console, f"interrupted: {folder} has {judged} of {len(set(chosen))} targets")
        raise
    for file in table.write(rows, plan, folder):
        show(console, f"wrote {file}")
    return all(row.report is not None for row in rows)


def line(row: Row) -> str:
    """One line for a target that is done."""
    if row.report is None:
        return f"{plain(row.target):<16} could not be reached: {row.problem}"
    failing = [one.id for one in row.report.clauses if one.status == "fail"]
    broken = f": {', '.join(failing)}" if failing else ""
    about, seconds = row.report.about, row.report.seconds
    name = f"{plain(row.target):<16} {about:<30} {row.dtype:<8}"
    return f"{name} {row.report.verdict}{broken} ({seconds:.0f} s)"
