"""A few plain calls of each operation, for the checks of what holds for all of them."""

from collections.abc import Callable, Iterator
from itertools import zip_longest

from cnnspec.kit import filling
from cnnspec.kit.calls import OPERATIONS, Call, Operation, call
from cnnspec.kit.session import Case, Session
from cnnspec.operations import oracle


def typical(
    session: Session, operation: Operation, seed: object = 0, dtype: str = "float64"
) -> list[Call]:
    """A few valid calls of an operation, of different shapes and parameters."""
    if operation == "conv":
        bits = session.significand.get("conv", 53)
        shapes = (
            ((5, 6), (2, 3, 3)),
            ((5, 4, 3), (2, 3, 3, 3)),
            ((4, 5, 2), (3, 1, 1, 2)),
            ((3, 4), (1, 1, 1)),
            ((5, 5, 1), (1, 5, 5, 1)),
        )
        return [filling.conv_call(x, w, dtype, significand=bits, seed=seed) for x, w in shapes]
    extents = ((4, 5, 2), (5, 5, 1), (3, 4, 3), (6, 7, 2))
    maps = [
        filling.filled(extent, kind, dtype, seed)
        for extent in extents
        for kind in filling.KINDS[:2]
    ]
    if operation == "relu":
        return [call("relu", x) for x in maps]
    sizes = ((2, 2), (1, 1), (3, 1), (2, 3), (3, 2), (1, 2), (2, 1), (3, 3))
    calls = [call("pooling", x, *size) for x, size in zip(maps, sizes, strict=True)]
    return [one for one in calls if oracle.broken(one, session.edition) is None]


def for_each(
    make: Callable[[Session, Operation], Iterator[Case]],
) -> Callable[[Session], Iterator[Case]]:
    """Cases of every operation that the target offers, in turn: a slow target gets some of each."""

    def made(session: Session) -> Iterator[Case]:
        offered = [operation for operation in OPERATIONS if operation in session.offered()]
        for turn in zip_longest(*(make(session, operation) for operation in offered)):
            yield from (case for case in turn if case is not None)

    return made
