"""The command line. judging: targets; grading: many of them; making: goldens, vectors, clauses."""

from cnnspec.cli import grading, judging, making
from cnnspec.cli.group import main

__all__ = ["grading", "judging", "main", "making"]
