"""The checks: one decorated function for each clause and witness; nothing else knows a clause.

A check judges one case on one session and raises Deviation where the target deviates. It may
return a share of C9's bound. Its cases come from `cases`, small first, and then from the Hypothesis
strategy `strategy`; both are functions of the session.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from cnnspec.kit.calls import Call, Case
from cnnspec.kit.clauses import Level, clauses
from cnnspec.kit.exact import Interval
from cnnspec.kit.preparing import Also
from cnnspec.kit.session import Session
from cnnspec.spec import Edition

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

Judge = Callable[[Session, Case], float | None]


def nothing(_case: Case) -> tuple[str, ...]:
    """No requirement."""
    return ()


def always(*words: str) -> Callable[[Case], tuple[str, ...]]:
    """The same words for every case."""
    return lambda _case: words


@dataclass(frozen=True)
class AsVectors:
    """How the cases of a check are written as test vectors.

    states: which part of a result is stated. bounded: gives the exact result of a call and how far
    a computed one may lie from it, if that is stated. dtype: whether the least dtype is stated too.
    requires: what else a reader must do and see, in words that the schema of vectors explains.
    room: how many elements an array may have, if more than usual. more: cases for vectors alone.
    chain: turns a case into calls, each of which takes the result of the one before. goldens:
    whether the goldens of Chelsea replace the cases. left_out: whether there are none, since
    another check has the same cases.
    """

    states: Literal["values", "shape", "nothing"] = "values"
    bounded: Callable[[Call], Iterable[Interval]] | None = None
    dtype: bool = False
    requires: Callable[[Case], tuple[str, ...]] = nothing
    room: int | None = None
    more: Callable[[Session], Iterator[Case]] | None = None
    chain: Callable[[Case, Edition], list[Call]] | None = None
    goldens: bool = False
    left_out: bool = False


PLAIN = AsVectors()
"""The cases of a check as they are."""


@dataclass(frozen=True)
class Check:
    """A way to judge a clause. witness: what it compares with, in words.

    whole: whether all its cases are tried with each budget. option: the option of its operation
    that a target needs to be judged, or a number of it that may be a pair. in_order: whether it
    makes the calls of a case one after another, and no others but those of `also` unless one
    deviates. also: gives the calls that judging a case takes beside its own. restarts: whether it
    starts the target again.
    """

    clause: str
    name: str
    operations: tuple[str, ...]
    witness: str
    level: Level
    editions: tuple[Edition, ...]
    judge: Judge
    cases: Callable[[Session], Iterable[Case]] | None
    strategy: "Callable[[Session], SearchStrategy[Case]] | None"
    vectors: AsVectors
    whole: bool
    doc: str
    option: str = ""
    in_order: bool = False
    also: Also | None = None
    restarts: bool = False


REGISTRY: list[Check] = []


def check(
    clause: str,
    *operations: str,
    witness: str,
    cases: Callable[[Session], Iterable[Case]] | None = None,
    strategy: "Callable[[Session], SearchStrategy[Case]] | None" = None,
    level: Level | None = None,
    editions: Sequence[Edition] | None = None,
    vectors: AsVectors = PLAIN,
    whole: bool = False,
    option: str = "",
    in_order: bool = False,
    also: Also | None = None,
    restarts: bool = False,
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
                vectors=vectors,
                whole=whole,
                doc=(judge.__doc__ or "").strip().splitlines()[0],
                option=option,
                in_order=in_order,
                also=also,
                restarts=restarts,
            )
        )
        return judge

    return register
