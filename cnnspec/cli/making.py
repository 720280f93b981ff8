"""The commands that run the article, show the clauses, and write goldens and vectors."""

import sys
from pathlib import Path

import click

from cnnspec.cli.group import CONFORMS, DEVIATES, edition_option, main, one_line
from cnnspec.spec import Edition


@main.command()
@click.argument("image", required=False, type=click.Path(path_type=Path))
@edition_option
@click.option(
    "--out",
    metavar="DIR",
    type=click.Path(path_type=Path),
    default="figures",
    show_default=True,
    help="Where the figures go.",
)
@click.option(
    "--seed",
    metavar="N",
    type=click.IntRange(0, 2**32 - 1),
    default=0,
    show_default=True,
    help="Draws the filters of the second and third layer.",
)
def run(image: Path | None, edition: Edition, out: Path, seed: int) -> None:
    """Run the article's three layers, and draw its figures.

    They run on IMAGE, or on Chelsea. The run on Chelsea is verified against the goldens.
    """
    from cnnspec import article
    from cnnspec.article import golden
    from cnnspec.commands import run

    with one_line(OSError, article.ImageError, golden.GoldenError, run.TooSmallError):
        conforms = run.run(image, edition, out, seed, show=click.echo)
    sys.exit(CONFORMS if conforms else DEVIATES)


@main.command()
@click.argument("clause", required=False)
def explain(clause: str | None) -> None:
    """Explain a CLAUSE: sentence, checks, an example, what it catches. Without one, list all."""
    from cnnspec.commands import explain
    from cnnspec.kit.clauses import clause_of

    wanted = clause_of(clause or "")
    if clause is not None and wanted is None:
        raise click.UsageError(f"there is no clause {clause!r}; `cnnspec explain` lists them")
    for text in explain.listed() if wanted is None else explain.explained(wanted):
        click.echo(text)


@main.command()
def checks() -> None:
    """Show which checks judge which clause, and by what.

    Each comes with its witness: what it compares with.
    """
    from cnnspec.commands import explain

    for text in explain.matrix():
        click.echo(text)


@main.command("faults")
def kill_table() -> None:
    """Run the checks on every fault model: which kills which.

    It is said after how many cases. Exit status 1 if a fault survives, or if a check kills nothing.
    """
    from rich.console import Console
    from rich.progress import Progress

    from cnnspec.commands import faults as command
    from cnnspec.kit.interruption import status
    from cnnspec.operations.catalogue import faults

    found: dict[str, list[command.Trial]] = {}
    interrupted = 0
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("fault models", total=len(faults()))
        try:
            for name, trials in command.found():
                found.setdefault(name, []).extend(trials)
                progress.update(task, completed=len(found))
        except KeyboardInterrupt as error:
            interrupted = status(error)
    results = [trial for fault in faults() for trial in found.get(fault.id, [])]
    for text in command.lines(results):
        click.echo(text)
    if interrupted:
        click.echo(f"interrupted: {len(found)} of {len(faults())} fault models were tried")
        sys.exit(interrupted)
    problems = list(command.survivors(results))
    for text in (*command.ranked(), *problems):
        click.echo(text)
    kills = {(trial.fault, trial.clause) for trial in results if trial.killed}
    killers = {(trial.clause, trial.check) for trial in results if trial.killed}
    click.echo(
        f"{len(faults())} fault models, {len(kills)} clauses broken by them, "
        f"{len(killers)} checks that kill, {len(problems)} problems"
    )
    sys.exit(DEVIATES if problems else CONFORMS)


@main.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
def vectors(folder: Path) -> None:
    """Write test vectors into DIR: cases as JSON, for any language."""
    from cnnspec.report.output import busy
    from cnnspec.vectors.write import write

    with one_line(OSError), busy("vectors") as say:
        counts = write(folder, say)
    for clause, count in counts.items():
        click.echo(f"{clause:<5}{count:>5}")
    click.echo(f"{sum(counts.values())} vectors of {len(counts)} clauses in {folder}")


@main.group("golden")
def golden_group() -> None:
    """Verify or write the goldens.

    They are feature maps of Chelsea that every implementation can be compared with.
    """


@golden_group.command()
@click.argument("folder", metavar="[DIR]", required=False, type=click.Path(path_type=Path))
def verify(folder: Path | None) -> None:
    """Check the goldens in DIR, or those that cnnspec ships.

    Of each its hash, dtype, shape and values.
    """
    from cnnspec.article import golden

    with one_line(golden.GoldenError):
        findings = list(golden.verify(folder or golden.directory()))
    for finding in findings:
        click.echo(f"{finding.file:<34} {finding.problem or 'holds'}  {finding.detail}".rstrip())
    problems = sum(bool(finding.problem) for finding in findings)
    click.echo(f"{len(findings) - problems} of {len(findings)} goldens hold")
    sys.exit(DEVIATES if problems else CONFORMS)


@golden_group.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
def write(folder: Path) -> None:
    """Make every golden anew in DIR.

    They are byte for byte those that cnnspec ships.
    """
    from cnnspec.article import golden

    with one_line(OSError):
        for name in golden.write(folder):
            click.echo(f"wrote {folder / name}")
