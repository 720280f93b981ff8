"""The checks: one decorated function for each clause and witness; nothing else knows a clause.

A check judges one case on one session and raises Deviation where the target deviates. It may
return a share of C9's bound. Its cases come from `cases`, small first, and then from the Hypothesis
strategy `strategy`; both are functions of the session.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from hypothesis.strategies import SearchStrategy

from cnnspec.kit.clauses import Level, clauses
from cnnspec.kit.session import Case, Session
from cnnspec.spec import Edition

Judge = Callable[[Session, Case], float | None]


@dataclass(frozen=True)
class Check:
    """A way to judge a clause. witness: what it compares with, in words."""

    clause: str
    name: str
    operations: tuple[str, ...]
    witness: str
    level: Level
    editions: tuple[Edition, ...]
    judge: Judge
    cases: Callable[[Session], Iterable[Case]] | None
    strategy: Callable[[Session], SearchStrategy[Case]] | None
    doc: str


REGISTRY: list[Check] = []


def check(
    clause: str,
    *operations: str,
    witness: str,
    cases: Callable[[Session], Iterable[Case]] | None = None,
    strategy: Callable[[Session], SearchStrategy[Case]] | None = None,
    level: Level | None = None,
    editions: Sequence[Edition] | None = None,
) -> Callable[[Judge], Judge]:
    """Register a function as a check of a clause. Level and editions are the clause's by default.

    Raises KeyError for a clause that the book does not state.
    """
    stated = clauses()[clause]

    def register(judge: Judge) -> Judge:
        REGISTRY.append(
            Check(
                clause=clause,
                name=judge.__name__.rstrip("_"),
                operations=operations,
                witness=witness,
                level=level or stated.level,
                editions=tuple(editions or stated.editions),
                judge=judge,
                cases=cases,
                strategy=strategy,
                doc=(judge.__doc__ or "").strip().splitlines()[0],
            )
        )
        return judge

    return register
