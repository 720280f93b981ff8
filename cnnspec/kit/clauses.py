"""The clauses as data, read out of the docstrings of the book: there is no second list."""

import inspect
import re
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from string import ascii_letters
from types import MappingProxyType
from typing import Literal, get_args

from cnnspec.spec import CHAPTERS, Edition

Level = Literal["values", "core", "strict"]
LEVELS: tuple[Level, ...] = get_args(Level)
"""The levels, each of which contains those before it.

values: what is computed of valid input; a clause that the book does not mark. core: invalid input
is rejected, too. strict: the rest.
"""

EVERY = "every operation"
"""What the clauses of the last chapter are about."""

INPUTS_STAY, ARGUMENTS_ALONE, REJECTED, FRESH, LAYOUT = "Q1", "Q2", "Q3", "Q4", "Q5"
DTYPE, NOT_FINITE, SUBNORMAL, DIMENSIONS, DELIBERATE = "Q6", "Q7", "Q8", "Q9", "Q10"
"""The clauses of every operation, by what they are about."""

CLAUSE = re.compile(
    r"^[ ]*\((?P<id>[A-Z]\d+[a-z]?)(?P<marks>(?: [a-z]+)*)\) (?P<text>.+?)(?=^[ ]*(?:\(|$))",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True)
class Clause:
    """One numbered sentence of the specification.

    `operation` is the name of one, or stack, or EVERY; `editions` are those in which it holds.
    """

    id: str
    operation: str
    editions: tuple[Edition, ...]
    level: Level
    text: str

    @property
    def marks(self) -> tuple[Edition, ...]:
        """The editions in which it holds, if that is not all of them."""
        return () if self.editions == get_args(Edition) else self.editions

    @property
    def place(self) -> tuple[int, str]:
        """The key that sorts the clauses of a chapter: P3, P3a, P4."""
        number = self.id.strip(ascii_letters)
        return int(number), self.id.partition(number)[2]


def document(chapter: str) -> str:
    """The docstrings of a chapter: its own and those of its functions."""
    module = import_module(f"cnnspec.spec.{chapter}")
    functions = [
        one
        for one in vars(module).values()
        if inspect.isfunction(one) and one.__module__ == module.__name__
    ]
    return "\n\n".join(inspect.cleandoc(one.__doc__ or "") for one in (module, *functions))


DOCUMENTS = {EVERY if chapter == "every" else chapter: document(chapter) for chapter in CHAPTERS}
"""The texts that state clauses, by the operation that they are about, in reading order."""


def state(operation: str, text: str | None) -> None:
    """Add the clauses of an operation from a docstring, before those of every operation."""
    every = DOCUMENTS.pop(EVERY)
    DOCUMENTS[operation] = inspect.cleandoc(text or "")
    DOCUMENTS[EVERY] = every
    clauses.cache_clear()


@cache
def clauses() -> MappingProxyType[str, Clause]:
    """Every clause by its id, in the order of the book."""
    found = [
        clause
        for operation, text in DOCUMENTS.items()
        for clause in sorted(stated(text, operation), key=lambda one: one.place)
    ]
    by_id = {clause.id: clause for clause in found}
    if len(by_id) != len(found):
        raise ValueError("the book numbers two clauses alike")
    return MappingProxyType(by_id)


def operations_of(edition: Edition) -> frozenset[str]:
    """The operations that have clauses in an edition."""
    return frozenset(one.operation for one in clauses().values() if edition in one.editions)


def clause_of(text: str) -> Clause | None:
    """The clause that a text names, in large or small letters: C7, c7; or None."""
    return next((one for one in clauses().values() if one.id.lower() == text.lower()), None)


class ClauseError(ValueError):
    """A list of clauses that names another one, or none; the message says why."""


def chosen(text: str, edition: Edition) -> tuple[str, ...]:
    """The clauses that a list names: C7,p4. Raises ClauseError for one that the edition has not."""
    ids = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        clause = clause_of(part)
        if clause is None:
            raise ClauseError(f"there is no clause {part!r}; `cnnspec explain` lists them")
        if edition not in clause.editions:
            raise ClauseError(f"{clause.id} is not a clause of edition {edition}")
        ids.append(clause.id)
    if not ids:
        raise ClauseError("it names no clause")
    return tuple(ids)


def edition_of(text: str) -> Edition | None:
    """The edition that a list of clauses asks for: that of the first not in both; else None."""
    named = [clause_of(part.strip()) for part in text.split(",")]
    for one in named:
        if one is not None and ("standard" in one.editions) != ("general" in one.editions):
            return "standard" if "standard" in one.editions else "general"
    return None


def stated(text: str, operation: str) -> list[Clause]:
    """The clauses that a text states."""
    return [read(match, operation) for match in CLAUSE.finditer(text + "\n\n")]


def read(match: re.Match[str], operation: str) -> Clause:
    """The clause that a docstring states at `match`."""
    marks = match["marks"].split()
    editions = tuple(edition for edition in get_args(Edition) if edition in marks)
    return Clause(
        id=match["id"],
        operation=operation,
        editions=editions or get_args(Edition),
        level=next((level for level in LEVELS if level in marks), LEVELS[0]),
        text=" ".join(match["text"].split()),
    )
