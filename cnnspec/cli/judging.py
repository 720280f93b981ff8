"""The commands that judge targets."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from cnnspec.cli.group import (
    CONFORMS,
    DEVIATES,
    NOT_JUDGED,
    NamingOperations,
    importing,
    main,
    one_line,
    patience,
)
from cnnspec.cli.options import (
    Asked,
    Files,
    Named,
    Run,
    asking,
    budget_option,
    dtype_option,
    naming,
    reporting,
    running,
    threads_option,
    timeout_option,
)
from cnnspec.spec import WITHOUT_PARAMETERS, Edition

if TYPE_CHECKING:
    from cnnspec.engine.plan import Budget
    from cnnspec.targets import Options
    from cnnspec.targets.target import Target


@main.command(cls=NamingOperations)
@naming
@click.option(
    "--smoke", is_flag=True, help="Only look at whether a program keeps the protocol (with --exec)."
)
@asking
@running
@reporting
@click.option("-v", "--verbose", is_flag=True, help="Show every clause, and each cause in full.")
def check(named: Named, smoke: bool, asked: Asked, run: Run, files: Files, verbose: bool) -> None:
    """Judge an implementation: whether it conforms, or what it breaks.

    TARGET is a file (mycnn.py), a module (pkg.mod), an object in one (pkg.mod:net), or a name that
    `cnnspec targets` lists. It offers any of OPERATIONS; `cnnspec init` drafts an adapter for other
    shapes. A program in another language is judged by `--exec "./mycnn --flag"`: see
    docs/protocol.md.
    """
    from cnnspec.targets import Options, starting

    target = one_target(*named)
    if files.fail_on and not files.baseline:
        raise click.UsageError("--fail-on goes with --baseline")
    if run.in_process and (run.python or run.threads or named.command):
        raise click.UsageError("--in-process goes with neither --exec, --python nor --threads")
    if run.layout and target.kind != "python":
        raise click.UsageError("--layout goes with a target in Python")
    options = Options(**run._asdict())
    if smoke:
        only_the_protocol(named.command, asked.edition or "standard", options)
    starting.start_early(target, options)  # the imports that follow take as long as it does
    with importing():
        from rich.console import Console

        from cnnspec.commands import check as command
        from cnnspec.engine.plan import Plan
        from cnnspec.engine.verdict import verdict
        from cnnspec.kit import heap
        from cnnspec.kit.calls import TargetError
        from cnnspec.kit.clauses import edition_of
        from cnnspec.report import expectations

    heap.keep_freed()
    jobs = asked.jobs or (1 if target.kind == "program" else cores())
    pinned = asked.edition or edition_of(asked.only or "")
    edition = pinned or "standard"
    own = {"edition": edition, "only": only(asked.only, edition), "jobs": jobs}
    plan = Plan(target, **{**asked._asdict(), **own})
    paths, console = command.Paths(*files), Console()
    with one_line(OSError, TargetError, expectations.ExpectationError):
        report = command.check(plan, options, paths, console, verbose, choose=not pinned)
    status = {"conforms": CONFORMS, "deviates": DEVIATES}
    counted = verdict(report, report.excused or ())
    sys.exit(report.interrupted or status.get(counted, NOT_JUDGED))


def cores() -> int:
    """How many cores this process may use."""
    import os

    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def only_the_protocol(command: str | None, edition: Edition, options: "Options") -> NoReturn:
    """Test whether a program keeps the protocol, and exit. Raises UsageError without a program."""
    from cnnspec.commands.smoke import shown
    from cnnspec.kit.calls import TargetError

    if not command:
        raise click.UsageError("--smoke goes with --exec")
    with one_line(TargetError):
        well = shown(command, edition, options, click.echo)
    sys.exit(CONFORMS if well else DEVIATES)


def one_target(
    target: str | None,
    command: str | None,
    backend: str | None,
    renamed: tuple[str, ...] = (),
    ops: str | None = None,
) -> "Target":
    """The one target that is given. Raises UsageError for none and for two.

    renamed: operations that it calls otherwise. ops: the operations to judge.
    """
    from dataclasses import replace

    from cnnspec.targets.target import Target, named

    found = [
        *([named(target)] if target else []),
        *([Target("program", command)] if command else []),
        *([Target("backend", backend)] if backend else []),
    ]
    if len(found) != 1:
        raise click.UsageError("name one target: TARGET, --exec COMMAND or --onnx-backend MODULE")
    pairs = [tuple(map(str.strip, one.partition("=")[::2])) for one in renamed]
    names = [known_operation(operation) for operation, _ in pairs]
    if not all(name.isidentifier() for _, name in pairs):
        raise click.UsageError("--as is an operation and the target's name for it: conv=conv2d")
    if names and found[0].kind != "python":
        raise click.UsageError("--as goes with a target in Python")
    chosen = tuple(known_operation(one.strip()) for one in ops.split(",")) if ops else ()
    owned = tuple(zip(names, (name for _, name in pairs), strict=True))
    return replace(found[0], names=owned, ops=chosen)


def known_operation(name: str) -> str:
    """The name of an operation. Raises UsageError for another."""
    from cnnspec.spec import OPERATIONS

    if name not in OPERATIONS:
        raise click.UsageError(f"{name!r} is no operation; there are {', '.join(OPERATIONS)}")
    return name


def only(text: str | None, edition: Edition) -> tuple[str, ...]:
    """The clauses of --only. Raises UsageError for one that the edition has not."""
    from cnnspec.kit.clauses import ClauseError, chosen

    try:
        return () if text is None else chosen(text, edition)
    except ClauseError as error:
        raise click.UsageError(f"--only: {error}") from None


@main.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--target", help="Another target than the one that deviated.")
@click.option("--exec", "command", metavar="COMMAND", help="The program to replay on.")
@click.option("--yes", is_flag=True, help="Run the command that FILE names.")
@click.option(
    "--timeout",
    metavar="SECONDS",
    type=float,
    callback=patience,
    help="How long one call may take. Default: as in the run that FILE is of.",
)
def replay(
    file: Path, target: str | None, command: str | None, yes: bool, timeout: float | None
) -> None:
    """Judge again the one case that FILE holds.

    Exit status 1 if it still deviates. FILE is data, and may come from anywhere: a command that it
    names is shown, and run only if you say so, by --yes, by --exec with the command, or at the
    prompt.
    """
    from dataclasses import replace

    from rich.console import Console

    from cnnspec.commands import replay as replays
    from cnnspec.kit.calls import TargetError
    from cnnspec.targets import Options

    if target and command:
        raise click.UsageError("name one target: --target or --exec")
    with one_line(OSError, TargetError, replays.ReplayError):
        one = replays.read(file)
        if target or command:
            other = one_target(target, command, None)
            kept = one.options if other == one.target else Options()
            one = replace(one, target=other, options=replace(kept, python=None))
        elif not yes:
            agreed(file, one.commands())
        if timeout:
            one = replace(one, options=replace(one.options, timeout=timeout))
        deviates = replays.replay(one, Console())
    sys.exit(DEVIATES if deviates else CONFORMS)


def agreed(file: Path, commands: list[str]) -> None:
    """Ask whether the commands that a file names may run. Raises ReplayError if they may not.

    If nobody can answer, they may not.
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
@click.option(
    "--edition",
    type=click.Choice(WITHOUT_PARAMETERS),
    help="The article as meant (standard) or as published (article), and nothing else. "
    "Default: standard, and the clauses of options besides for targets that offer any.",
)
@budget_option
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
    edition: Edition | None,
    budget: "Budget",
    timeout: float,
    dtype: str | None,
    threads: int | None,
    pythons: tuple[str, ...],
    out: Path,
) -> None:
    """Judge many TARGETS side by side, clause by clause.

    By default all that are installed. Exit status 2 if one of them could not be reached: its
    column says why.
    """
    from rich.console import Console

    from cnnspec.commands import matrix
    from cnnspec.engine.plan import Plan
    from cnnspec.targets import Options
    from cnnspec.targets.target import named

    options = Options(timeout, dtype=dtype, threads=threads)
    plan = Plan(named(""), edition or "standard", budget=budget, certify=0)
    with one_line(OSError):
        complete = matrix.matrix(
            targets, plan, options, pythons, out, Console(), with_options=not edition
        )
    sys.exit(CONFORMS if complete else NOT_JUDGED)


@main.command()
def targets() -> None:
    """List the targets that are found by name.

    Each comes with its version, or with what to install.
    """
    from cnnspec.targets import names

    for name, text in names.listed():
        click.echo(f"{name:<16} {text}")


@main.command()
@click.argument("file", required=False, type=click.Path(path_type=Path))
def init(file: Path | None) -> None:
    """Draft an adapter for a file of your own, or an empty one.

    For FILE with functions or classes it is drafted from their names, in the layouts in which it
    is right, and written to cnnspec_adapter.py. Without FILE, or for one that is not there yet, it
    is an empty one to fill in.
    """
    from cnnspec.commands import drafting
    from cnnspec.commands import init as command
    from cnnspec.report.output import busy

    with one_line(OSError, drafting.DraftError):
        with busy("trying a draft" if file else ""):
            lines = list(command.init(file or command.ADAPTER))
        for line in lines:
            click.echo(line)
