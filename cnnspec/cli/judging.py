"""The commands that judge targets."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cnnspec.cli.group import (
    CONFORMS,
    DEVIATES,
    NOT_JUDGED,
    edition_option,
    main,
    one_line,
    patience,
)
from cnnspec.spec import Edition

if TYPE_CHECKING:
    from cnnspec.engine.plan import Budget
    from cnnspec.kit.clauses import Level

timeout_option = click.option(
    "--timeout",
    metavar="SECONDS",
    type=float,
    callback=patience,
    default=20.0,
    show_default=True,
    help="How long one call may take.",
)
dtype_option = click.option(
    "--dtype",
    type=click.Choice(["float64", "float32", "float16"]),
    help="Give floats in this dtype. Default: the target's own choice, or float64.",
)
threads_option = click.option(
    "--threads", metavar="N", type=click.IntRange(1), help="Threads that a runtime may use."
)


@main.command()
@click.argument("target", required=False)
@click.option("--exec", "command", metavar="COMMAND", help="Judge a program of any language.")
@click.option("--onnx-backend", "backend", metavar="MODULE", help="Judge a backend of ONNX.")
@click.option("--smoke", is_flag=True, help="Only look at a program's manners (with --exec).")
@edition_option
@click.option(
    "--level",
    type=click.Choice(["core", "strict"]),
    default="core",
    show_default=True,
    help="The level that decides the exit status; both are shown.",
)
@click.option(
    "--budget",
    type=click.Choice(["quick", "default", "deep"]),
    default="default",
    show_default=True,
    help="How much is tried: about 3 s, 10 s, or as long as it takes.",
)
@click.option(
    "--certify",
    metavar="N",
    type=click.IntRange(0),
    help="Certify images up to N by N; 0 for no certificate. Default: 8, with --budget quick 0.",
)
@click.option("--examples", metavar="N", type=click.IntRange(0), help="Drawn examples a check.")
@click.option("--seed", metavar="N", type=click.IntRange(0), default=0, show_default=True)
@click.option(
    "--database",
    metavar="DIR",
    help="A folder of Hypothesis's examples, by which runs on several machines share their finds. "
    "Each run draws other cases then.",
)
@click.option("--only", metavar="IDS", help="Only these clauses, as in C7,P4.")
@timeout_option
@dtype_option
@threads_option
@click.option("--python", metavar="PATH", help="The Python that runs the target: it needs NumPy.")
@click.option("--in-process", is_flag=True, help="Run the target in this process: for a debugger.")
@click.option("--json", "json_file", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--junit", "junit_file", metavar="FILE", type=click.Path(path_type=Path))
@click.option(
    "--deviations",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="TOML file of deviations that are expected.",
)
@click.option(
    "--baseline",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="An earlier --json report to compare with.",
)
def check(
    target: str | None,
    command: str | None,
    backend: str | None,
    smoke: bool,
    edition: Edition,
    level: "Level",
    budget: "Budget",
    certify: int | None,
    examples: int | None,
    seed: int,
    database: str | None,
    only: str | None,
    timeout: float,
    dtype: str | None,
    threads: int | None,
    python: str | None,
    in_process: bool,
    json_file: Path | None,
    junit_file: Path | None,
    deviations: Path | None,
    baseline: Path | None,
) -> None:
    """Judge an implementation: whether it conforms, and if not, which clause it breaks.

    TARGET is a file (mycnn.py), a module (pkg.mod), an object in one (pkg.mod:net), or a name that
    `cnnspec targets` lists. It offers any of conv(image, filters), relu(feature_map) and
    pooling(feature_map, size, stride); `cnnspec init` writes an adapter for other shapes. A program
    in another language is judged by `--exec "./mycnn --flag"`: see docs/protocol.md.
    """
    from rich.console import Console

    from cnnspec.commands import check as command_
    from cnnspec.engine.plan import Plan
    from cnnspec.kit.calls import TargetError
    from cnnspec.report import expectations
    from cnnspec.targets import Options

    target = one_target(target, command, backend)
    if in_process and (python or threads or command):
        raise click.UsageError("--in-process goes with neither --exec, --python nor --threads")
    options = Options(timeout, in_process, dtype, threads, python)
    if smoke:
        if not command:
            raise click.UsageError("--smoke goes with --exec")
        from cnnspec.commands.smoke import shown

        with one_line(TargetError):
            well = shown(command, edition, options, click.echo)
        sys.exit(CONFORMS if well else DEVIATES)
    ids = chosen(only, edition)
    plan = Plan(target, edition, level, seed, budget, examples, ids, certify, database)
    paths = command_.Paths(json_file, junit_file, deviations, baseline)
    with one_line(OSError, TargetError, expectations.ExpectationError):
        report = command_.check(plan, options, paths, Console())
    status = {"conforms": CONFORMS, "deviates": DEVIATES, "error": NOT_JUDGED}
    sys.exit(report.interrupted or status[report.verdict])


def one_target(target: str | None, command: str | None, backend: str | None) -> str:
    """The name of the one target that is given. Raises UsageError for none and for two."""
    from cnnspec.targets import BACKEND, PROGRAM

    named = [
        *([target] if target else []),
        *([PROGRAM + command] if command else []),
        *([BACKEND + backend] if backend else []),
    ]
    if len(named) != 1:
        raise click.UsageError("name one target: TARGET, --exec COMMAND or --onnx-backend MODULE")
    return named[0]


def chosen(only: str | None, edition: Edition) -> tuple[str, ...]:
    """The clauses of --only. Raises UsageError for one that the edition has not."""
    from cnnspec.kit.clauses import clauses

    ids = tuple(part.strip() for part in only.split(",") if part.strip()) if only else ()
    for clause in ids:
        if clause not in clauses():
            raise click.UsageError(f"there is no clause {clause!r}; `cnnspec explain` lists them")
        if edition not in clauses()[clause].editions:
            raise click.UsageError(f"{clause} is not a clause of edition {edition}")
    if only is not None and not ids:
        raise click.UsageError("--only names no clause")
    return ids


@main.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--target", help="Another target than the one that deviated.")
@click.option("--exec", "command", metavar="COMMAND", help="The program to replay on.")
@click.option("--yes", is_flag=True, help="Run the command that FILE names.")
@click.option("--timeout", metavar="SECONDS", type=float, callback=patience)
def replay(
    file: Path, target: str | None, command: str | None, yes: bool, timeout: float | None
) -> None:
    """Judge again the one case that FILE holds; exit status 1 if it still deviates.

    FILE is data, and may come from anywhere: a command that it names is shown, and run only if you
    say so, by --yes, by --exec with the command, or at the prompt.
    """
    from dataclasses import replace

    from rich.console import Console

    from cnnspec.commands import replay as replays
    from cnnspec.kit.calls import TargetError
    from cnnspec.targets import PROGRAM, Options

    if target and command:
        raise click.UsageError("name one target: --target or --exec")
    with one_line(OSError, TargetError, replays.ReplayError):
        one = replays.read(file)
        if target or command:
            name = target or f"{PROGRAM}{command}"
            kept = one.options if name == one.target else Options()
            one = replace(one, target=name, options=replace(kept, python=None))
        elif not yes:
            agreed(file, one.commands())
        if timeout:
            one = replace(one, options=replace(one.options, timeout=timeout))
        deviates = replays.replay(one, Console())
    sys.exit(DEVIATES if deviates else CONFORMS)


def agreed(file: Path, commands: list[str]) -> None:
    """Ask whether the commands that a file names shall run. Raises ReplayError where they may not.

    Where nobody can answer, they may not.
    """
    from cnnspec.commands.replay import ReplayError
    from cnnspec.kit.text import plain

    for command in commands:
        text = f"{file} runs the command: {plain(command, 2_000)}"
        if not (sys.stdin.isatty() and sys.stdout.isatty()):
            raise ReplayError(f"{text}; repeat it with --exec, or say --yes, if that is meant")
        if not click.confirm(f"{text}\nRun it?"):
            raise ReplayError("not run")


@main.command()
@click.argument("targets", nargs=-1)
@edition_option
@click.option(
    "--budget",
    type=click.Choice(["quick", "default", "deep"]),
    default="default",
    show_default=True,
)
@timeout_option
@dtype_option
@threads_option
@click.option(
    "--python",
    "pythons",
    metavar="[TARGET=]PATH",
    multiple=True,
    help="The Python that runs a target, or all of them: it needs NumPy and the runtime.",
)
@click.option(
    "--out",
    metavar="DIR",
    type=click.Path(path_type=Path),
    default="matrix",
    show_default=True,
    help="Where matrix.md, matrix.html and matrix.json go.",
)
def matrix(
    targets: tuple[str, ...],
    edition: Edition,
    budget: "Budget",
    timeout: float,
    dtype: str | None,
    threads: int | None,
    pythons: tuple[str, ...],
    out: Path,
) -> None:
    """Judge many TARGETS side by side, clause by clause; by default all that are installed.

    Exit status 2 if one of them could not be reached: its column says why.
    """
    from rich.console import Console

    from cnnspec.commands import matrix
    from cnnspec.engine.plan import Plan
    from cnnspec.targets import Options

    options = Options(timeout, dtype=dtype, threads=threads)
    plan = Plan("", edition, budget=budget, certify=0)
    with one_line(OSError):
        complete = matrix.matrix(targets, plan, options, pythons, out, Console())
    sys.exit(CONFORMS if complete else NOT_JUDGED)


@main.command()
def targets() -> None:
    """List the targets that are found by name, with version, or with what to install."""
    from cnnspec.targets import names

    for name, text in names.listed():
        click.echo(f"{name:<16} {text}")


@main.command()
@click.argument(
    "file", required=False, type=click.Path(path_type=Path), default="cnnspec_adapter.py"
)
def init(file: Path) -> None:
    """Write a commented adapter FILE to fill in (cnnspec_adapter.py)."""
    from cnnspec.commands.explain import ADAPTER

    with one_line(OSError), file.open("x", encoding="utf-8") as out:
        out.write(ADAPTER.replace("{name}", str(file)))
    click.echo(f"wrote {file}; fill it in, then: cnnspec check {file}")
