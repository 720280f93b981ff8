"""Lines on a terminal."""

from rich.console import Console


def show(console: Console, text: str, style: str | None = None) -> None:
    """Print a line as it is: no markup, no wrapping."""
    console.print(text, style=style, markup=False, highlight=False, emoji=False, soft_wrap=True)
