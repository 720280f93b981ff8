"""What a wrong operation does with its input, as impulses show it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Grids:
    """What one element of a result looks at, cell by cell, as specified and as the target does.

    title: which element it is, and of what the cells are. A cell holds the name of what is used
    there, or nothing.
    """

    title: str
    specified: tuple[tuple[str, ...], ...]
    target: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Explanation:
    """What an operation does with its input: in words, and as lines of text about one output.

    grids: the same output as cells to draw, where there is one to show.
    """

    summary: list[str]
    picture: list[str]
    grids: Grids | None = None
