"""The command line: argument parsing, and exit statuses."""

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from typing import Any, get_args

import click

from cnnspec.kit.calls import LEAST_TIMEOUT, MOST_TIMEOUT
from cnnspec.kit.interruption import status_of
from cnnspec.kit.text import plain
from cnnspec.spec import WITHOUT_PARAMETERS, Edition

CONFORMS, DEVIATES, NOT_JUDGED = 0, 1, 2

edition_option = click.option(
    "--edition",
    type=click.Choice(WITHOUT_PARAMETERS),
    default="standard",
    show_default=True,
    help="The article as meant (standard) or as published (article).",
)

any_edition_option = click.option(
    "--edition",
    type=click.Choice(get_args(Edition)),
    help="The article as meant (standard) or as published (article), or what frameworks compute: "
    "any filter, with stride, padding and other parameters (general). "
    "Default: general where a target takes such a parameter, else standard.",
)


@contextmanager
def importing() -> Iterator[None]:
    """Imports many modules: what they make stays, and to look for garbage takes a tenth of it."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


class Commands(click.Group):
    """Commands that end with one line, not with a traceback, when a signal comes."""

    group_class = type

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find a command. Raises UsageError, which names those that are written alike."""
        alike = get_close_matches(args[0], self.commands)
        if alike and args[0] not in self.commands:
            ctx.fail(f"No such command {args[0]!r}. Did you mean {' or '.join(sorted(alike))}?")
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command."""
        try:
            return super().invoke(ctx)
        except click.exceptions.Exit:
            raise
        except (KeyboardInterrupt, Exception) as error:
            signalled = status_of(error)
            if signalled is None:
                raise
            click.echo("cnnspec: interrupted", err=True)
            sys.exit(signalled)


class NamingOperations(click.Command):
    """A command whose help names the operations of the book: see signatures."""

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the help, with the operations in place of the word OPERATIONS."""
        self.help = (self.help or "").replace("OPERATIONS", signatures())
        super().format_help_text(ctx, formatter)


def signatures() -> str:
    """The operations of the book and their parameters: conv(image, filters), and so on."""
    import inspect

    from cnnspec import spec

    found = []
    for name in spec.OPERATIONS:
        parameters = inspect.signature(getattr(spec, name)).parameters.values()
        names = [one.name for one in parameters if one.kind is not one.KEYWORD_ONLY]
        found.append(f"{name}({', '.join(names)})")
    return f"{', '.join(found[:-1])} and {found[-1]}"


def patience(_context: click.Context, _option: click.Parameter, value: Any) -> Any:
    """A number of seconds that can be waited for. Raises BadParameter for nan, inf and the like."""
    if value is not None and not LEAST_TIMEOUT <= value <= MOST_TIMEOUT:
        raise click.BadParameter(f"{value} is not between {LEAST_TIMEOUT} and {MOST_TIMEOUT:g}")
    return value


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="cnnspec")
def main() -> None:
    """The executable specification of a convolutional network's layers, and its verifier.

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
        click.echo(f"{click.get_current_context().command_path}: {plain(text, 2_000)}", err=True)
        sys.exit(NOT_JUDGED)
