"""Which calls in a row become vectors: cases of the checks, few and small, and some by hand."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import groupby

import numpy as np

from cnnspec.kit import filling
from cnnspec.kit.calls import call
from cnnspec.kit.check import Check
from cnnspec.kit.client import NoTarget
from cnnspec.kit.operation import REGISTRY, broken
from cnnspec.kit.session import Case, Session
from cnnspec.operations.conv.inputs import conv_call
from cnnspec.spec import Edition
from cnnspec.vectors.arrays import LISTED, is_short

MOST = 60
"""So many cases of a check are taken for each operation."""

ROOM = {"chained": 4_000, "correlate": 1_000}
"""Checks whose arrays may have more elements than LISTED."""


def chosen(one: Check, edition: Edition) -> Iterator[Case]:
    """The cases of a check that become vectors: small ones of its own, then those by hand."""
    session = Session(NoTarget(), edition)
    own = [] if one.cases is None else [case for case in one.cases(session) if is_small(one, case)]
    own.sort(key=operation_of)
    for operation, group in groupby(own, operation_of):
        yield from some(list(group), one.name, operation)
    yield from BY_HAND.get((one.clause, one.name), nothing)(session)


def operation_of(case: Case) -> int:
    """The place in the catalogue of what a case judges."""
    return list(REGISTRY).index(case[-1].operation)


def is_small(one: Check, case: Case) -> bool:
    """Whether each array of a case of a check can be written in short."""
    room = ROOM.get(one.name, LISTED)
    return all(is_short(array, room) for each in case for array in each.arrays)


def some(every: list[Case], *key: object) -> list[Case]:
    """No more than MOST cases: the first ones, and of the others a sample, in their order."""
    if len(every) <= MOST:
        return every
    first = MOST // 3
    rest = np.arange(first, len(every))
    sample = filling.random_for("vectors", *key).choice(rest, MOST - first, replace=False)
    return every[:first] + [every[i] for i in sorted(sample)]


def nothing(_session: Session) -> Iterator[Case]:
    """No case."""
    return iter(())


def signs(_session: Session) -> Iterator[Case]:
    """Maps and their negatives."""
    for kind in filling.KINDS:
        x = filling.filled((3, 4, 2), kind, seed="signs")
        yield call("relu", x), call("relu", -x)


def doubled(session: Session) -> Iterator[Case]:
    """Maps, and the same times two."""
    for one in REGISTRY["pooling"].inputs.typical(session, "doubled"):
        yield one, one.with_arrays([one.arrays[0] * 2])


def between(session: Session) -> Iterator[Case]:
    """Calls of the other operations between two of the same."""
    calls = {name: one.inputs.typical(session, "between") for name, one in REGISTRY.items()}
    for name, own in calls.items():
        others = [calls[other][0] for other in REGISTRY if other != name]
        yield from ((one, *others, one) for one in own)


def many(session: Session) -> Iterator[Case]:
    """A call that is made more than a thousand times, and calls after larger ones."""
    for operation in REGISTRY.values():
        one = operation.inputs.typical(session)[0]
        yield (replace(one, repeat=1200),)
        yield operation.inputs.larger(), one


def after_others(_session: Session) -> Iterator[Case]:
    """The defaults of pooling after a call with another size and stride."""
    x = filling.filled((7, 7, 2), "negative", seed="defaults")
    for size, stride in ((1, 3), (3, 1), (3, 3)):
        for given in ((), (3,)):
            yield call("pooling", x, size, stride), call("pooling", x, *given)


def wider(_session: Session) -> Iterator[Case]:
    """Convs with more columns, channels and filters, and one shape with two contents."""
    for image, filters in (
        ((3, 40), (1, 3, 3)),
        ((40, 3), (2, 3, 3)),
        ((3, 4, 4), (5, 3, 3, 4)),
        ((3, 4, 9), (1, 3, 3, 9)),
        ((9, 8), (1, 7, 7)),
    ):
        first, second = (conv_call(image, filters, seed=seed) for seed in ("one", "other"))
        yield first, second


def up_to_zero(session: Session) -> Iterator[Case]:
    """Poolings of maps in which nothing is above zero, and zeros come first."""
    x = -(np.arange(40.0) % 3).reshape(4, 5, 2)
    for size, stride in ((2, 2), (2, 1), (3, 1)):
        one = call("pooling", x, size, stride)
        if broken(one, session.edition) is None:
            yield (one,)


def long(_session: Session) -> Iterator[Case]:
    """Each dimension beyond what eight and sixteen bits count, in arrays that are ramps."""
    for n in (257, 1025, filling.BEYOND_16_BITS):
        for shape in ((n, 1, 1), (1, n, 1), (1, 1, n)):
            ramp = (np.arange(np.prod(shape)) % 251.0).reshape(shape)
            yield (call("conv", ramp[..., 0], np.ones((1, 1, 1))),)
            yield (call("relu", ramp),)
            yield (call("pooling", ramp, 1, 1),)
        ones = np.ones((1, 1, n))
        yield (call("conv", ones, np.ones((2, 1, 1, n))),)
        yield (call("conv", ones[..., :1], (np.arange(n) % 251.0).reshape(n, 1, 1, 1)),)
    yield (call("conv", np.ones((257, 259)), np.ones((1, 257, 257))),)
    yield (call("pooling", np.ones((257, 259, 1)), 257, 1),)


BY_HAND: dict[tuple[str, str], Callable[[Session], Iterator[Case]]] = {
    ("C7", "values"): wider,
    ("R2", "both_signs"): signs,
    ("P4", "values"): up_to_zero,
    ("P4", "monotone"): doubled,
    ("P4a", "published_values"): up_to_zero,
    ("P5", "default_size_and_stride"): after_others,
    ("Q2", "nothing_else_counts"): many,
    ("Q2", "calls_between"): between,
    ("Q9", "no_limit"): long,
}
"""Cases made here, by the clause and the name of the check that would judge them."""
