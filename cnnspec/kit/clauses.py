"""The clauses as data, read out of the docstrings of spec.py: there is no second list."""

import inspect
import re
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Literal, get_args

from cnnspec import spec
from cnnspec.spec import Edition

Level = Literal["core", "strict"]
EVERY = "every operation"

CLAUSE = re.compile(
    r"^[ ]*\((?P<id>[A-Z]\d+[a-z]?)(?P<marks>(?: [a-z]+)*)\) (?P<text>.+?)(?=^[ ]*(?:\(|$))",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True)
class Clause:
    """One numbered sentence of the specification.

    `operation` is conv, relu, pooling, stack, or EVERY; `editions` are those in which it holds.
    """

    id: str
    operation: str
    editions: tuple[Edition, ...]
    level: Level
    text: str


DOCUMENTS: dict[str, str | None] = {
    EVERY: spec.__doc__,
    **{f.__name__: f.__doc__ for f in (spec.conv, spec.relu, spec.pooling, spec.stack)},
}
"""The docstrings that state clauses, by the operation that they are about."""


def state(operation: str, document: str | None) -> None:
    """Add the clauses that a docstring states."""
    DOCUMENTS[operation] = document
    clauses.cache_clear()


@cache
def clauses() -> MappingProxyType[str, Clause]:
    """Every clause by its id, in the order of the book."""
    found = [
        read(match, operation)
        for operation, document in DOCUMENTS.items()
        for match in CLAUSE.finditer(inspect.cleandoc(document or "") + "\n\n")
    ]
    by_id = {clause.id: clause for clause in found}
    if len(by_id) != len(found):
        raise ValueError("spec.py numbers two clauses alike")
    return MappingProxyType(by_id)


def read(match: re.Match[str], operation: str) -> Clause:
    """The clause that a docstring states at `match`."""
    marks = match["marks"].split()
    editions = tuple(edition for edition in get_args(Edition) if edition in marks)
    return Clause(
        id=match["id"],
        operation=operation,
        editions=editions or get_args(Edition),
        level="strict" if "strict" in marks else "core",
        text=" ".join(match["text"].split()),
    )
