"""Cases of every operation that a target offers."""

from collections.abc import Callable, Iterator
from itertools import zip_longest

from cnnspec.kit.calls import Case
from cnnspec.kit.operation import REGISTRY, Operation
from cnnspec.kit.session import Session


def offered(session: Session) -> list[Operation]:
    """The operations that are judged in a session, in the order of the catalogue."""
    names = session.offered()
    return [one for name, one in REGISTRY.items() if name in names]


def for_each(
    make: Callable[[Session, Operation], Iterator[Case]],
) -> Callable[[Session], Iterator[Case]]:
    """Cases of every operation that the target offers, in turn: a slow target gets some of each."""

    def made(session: Session) -> Iterator[Case]:
        for turn in zip_longest(*(make(session, operation) for operation in offered(session))):
            yield from (case for case in turn if case is not None)

    return made
