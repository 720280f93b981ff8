"""Cases of every operation that a target offers."""

from collections.abc import Callable, Iterator
from itertools import zip_longest

from cnnspec.kit.operation import REGISTRY, Operation
from cnnspec.kit.session import Case, Session


def for_each(
    make: Callable[[Session, Operation], Iterator[Case]],
) -> Callable[[Session], Iterator[Case]]:
    """Cases of every operation that the target offers, in turn: a slow target gets some of each."""

    def made(session: Session) -> Iterator[Case]:
        offered = [REGISTRY[name] for name in REGISTRY if name in session.offered()]
        for turn in zip_longest(*(make(session, operation) for operation in offered)):
            yield from (case for case in turn if case is not None)

    return made
