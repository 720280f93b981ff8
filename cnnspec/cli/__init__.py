"""The command line. judging: targets; making: the article's run, goldens, vectors, clauses."""

from cnnspec.cli import judging, making
from cnnspec.cli.group import main

__all__ = ["judging", "main", "making"]
