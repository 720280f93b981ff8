"""Lines on a terminal, and what is being done there."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.text import Text


def show(console: Console, text: str, style: str | None = None) -> None:
    """Print a line as it is: no markup, no wrapping."""
    console.print(text, style=style, markup=False, highlight=False, emoji=False, soft_wrap=True)


@contextmanager
def busy(text: str) -> Iterator[Callable[[str], None]]:
    """Show on a terminal what is being done in a block; gives a function that says it anew."""
    errors = Console(stderr=True)
    if not errors.is_terminal:
        yield lambda _text: None
        return
    with errors.status(Text(text)) as status:
        yield lambda more: status.update(Text(more))
