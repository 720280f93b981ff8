"""The command line: argument parsing, and exit statuses."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import get_args

import click

from cnnspec.spec import Edition

CONFORMS, DEVIATES, NOT_JUDGED = 0, 1, 2

edition_option = click.option(
    "--edition",
    type=click.Choice(get_args(Edition)),
    default="standard",
    show_default=True,
    help="The article as meant (standard) or as published (article).",
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="cnnspec")
def main() -> None:
    """The executable specification of conv, ReLU and max pooling, and its verifier.

    Exit status: 0 what was asked holds, 1 it does not, 2 it could not be judged.
    """


@contextmanager
def one_line(*errors: type[Exception]) -> Iterator[None]:
    """Show an expected error as one line on standard error; exit status 2."""
    try:
        yield
    except errors as error:
        text = str(error)
        if isinstance(error, OSError) and error.strerror:
            text = f"{error.filename}: {error.strerror}" if error.filename else error.strerror
        click.echo(f"{click.get_current_context().command_path}: {text}", err=True)
        sys.exit(NOT_JUDGED)


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
    """Run the article's three layers on IMAGE, or on Chelsea, and draw its figures.

    The run on Chelsea is verified against the goldens.
    """
    from cnnspec import article, golden, program

    with one_line(OSError, article.ImageError, golden.GoldenError, program.TooSmallError):
        conforms = program.run(image, edition, out, seed, show=click.echo)
    sys.exit(CONFORMS if conforms else DEVIATES)


@main.group("golden")
def golden_group() -> None:
    """Verify or write the goldens: feature maps of Chelsea that every implementation can check."""


@golden_group.command()
@click.argument("folder", metavar="[DIR]", required=False, type=click.Path(path_type=Path))
def verify(folder: Path | None) -> None:
    """Check the goldens in DIR, or those that cnnspec ships: hash, dtype, shape, values."""
    from cnnspec import golden

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
    """Make every golden anew in DIR, byte for byte as those that cnnspec ships."""
    from cnnspec import golden

    with one_line(OSError):
        for name in golden.write(folder):
            click.echo(f"wrote {folder / name}")
