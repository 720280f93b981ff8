"""The command line: argument parsing, and exit statuses."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
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
