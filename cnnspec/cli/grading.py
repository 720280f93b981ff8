"""The command that grades many submissions."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cnnspec.cli.group import (
    CONFORMS,
    DEVIATES,
    NOT_JUDGED,
    any_edition_option,
    main,
    one_line,
    patience,
)
from cnnspec.cli.options import FILE
from cnnspec.spec import Edition

if TYPE_CHECKING:
    from cnnspec.engine.plan import Budget


@main.command()
@click.argument("folder", type=FILE)
@any_edition_option
@click.option("--rubric", metavar="FILE", type=FILE, help="TOML file of points; docs/grading.md.")
@click.option(
    "--adapter",
    metavar="FILE",
    type=FILE,
    help="A file with a `target` for the whole class; it imports each submission as `submission`.",
)
@click.option(
    "--sandbox",
    is_flag=True,
    help="Run submissions under bubblewrap: no network, no files but their own, limited processes.",
)
@click.option("--one", is_flag=True, help="FOLDER is one submission, not a folder of them.")
@click.option("--gradescope", is_flag=True, help="Write Gradescope's results.json, too.")
@click.option(
    "--out",
    metavar="DIR",
    type=FILE,
    default="grades",
    show_default=True,
    help="Where the results go, and what a later run goes on from.",
)
@click.option(
    "--jobs",
    metavar="N",
    type=click.IntRange(1),
    help="How many submissions are judged at a time. Default: one for each core.",
)
@click.option(
    "--budget",
    type=click.Choice(["quick", "default", "deep"]),
    default="quick",
    show_default=True,
    help="How much is tried.",
)
@click.option("--seed", metavar="N", type=click.IntRange(0), default=0, help="Draws the inputs.")
@click.option(
    "--timeout",
    metavar="SECONDS",
    type=float,
    callback=patience,
    default=5.0,
    show_default=True,
    help="How long one call may take.",
)
@click.option(
    "--limit",
    metavar="SECONDS",
    type=click.FloatRange(1, 86_400),
    default=120.0,
    show_default=True,
    help="How long a submission may take as a whole.",
)
def grade(
    folder: Path,
    edition: Edition | None,
    rubric: Path | None,
    adapter: Path | None,
    sandbox: bool,
    one: bool,
    gradescope: bool,
    out: Path,
    jobs: int | None,
    budget: "Budget",
    seed: int,
    timeout: float,
    limit: float,
) -> None:
    """Grade many submissions, each in a process of its own.

    FOLDER has a Python file or a notebook for each student, or a folder. A CSV, an overview and a
    page of feedback for each are written; the same command again judges only what has changed.
    Exit status 1 if one of them does not conform.
    """
    from rich.console import Console

    from cnnspec.cli.judging import cores
    from cnnspec.commands import grade as command
    from cnnspec.commands.grading.one import Settings
    from cnnspec.commands.grading.submissions import NothingToGradeError
    from cnnspec.kit import files
    from cnnspec.report.rubric import RubricError
    from cnnspec.targets.sandbox import NoSandboxError

    asked = command.Asked(folder, out, one, rubric, gradescope, jobs or cores())
    with one_line(OSError, NothingToGradeError, RubricError, NoSandboxError):
        own = files.read(adapter) if adapter else None
        settings = Settings(edition, budget, seed, timeout, limit, own, sandbox)
        grades = command.grade(asked, settings, Console(), Console(stderr=True))
    if any(record.ours for record in (each.record for each in grades)):
        sys.exit(NOT_JUDGED)
    sys.exit(CONFORMS if all(each.verdict == "conforms" for each in grades) else DEVIATES)
