"""The inputs of pooling: typical, drawn, invalid, and out of the ordinary."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import cycle, islice, product
from typing import TYPE_CHECKING

import numpy as np

from cnnspec.kit import filling, windows
from cnnspec.kit.calls import Call, Case
from cnnspec.kit.filling import FLOATS, KINDS, Shape, filled, random_for
from cnnspec.kit.operation import call, hollow
from cnnspec.kit.session import Session
from cnnspec.operations.pooling.oracle import broken
from cnnspec.spec import Array, Edition

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

# Plain calls


def first() -> list[Call]:
    """The simplest valid calls; their dimensions differ, so that a mix-up shows."""
    colour = filling.colour()
    return [
        *(call("pooling", x, 2, 2) for x in (colour, colour[:6, :6], colour[:, :, :1])),
        call("pooling", colour, 3, 1),
    ]


def timed() -> Call:
    """A call of ordinary size."""
    x = filled((60, 60, 1), "ordinary")
    return call("pooling", x, 2, 2)


def typical(session: Session, seed: object = 0, dtype: str = "float64") -> list[Call]:
    """A few valid calls, of different shapes, sizes and strides."""
    sizes = ((2, 2), (1, 1), (3, 1), (2, 3), (3, 2), (1, 2), (2, 1), (3, 3))
    maps = filling.typical_maps(seed, dtype)
    calls = [call("pooling", x, *size) for x, size in zip(maps, sizes, strict=True)]
    return list(valid(calls, session))


def larger() -> Call:
    """A call that is larger than the typical ones."""
    return call("pooling", filled((9, 10, 2), "ordinary", seed="large"))


def idle() -> Call:
    """A call that leaves its map as it is."""
    return call("pooling", np.ones((3, 4, 2)), 1, 1)


def more_idle() -> list[Call]:
    """More calls that leave their map as it is."""
    shapes = ((3, 4, 2), (5, 3, 3), (4, 5, 1))
    return [call("pooling", filling.distinct(shape) - 5, 1, 1) for shape in shapes]


def small(edition: Edition) -> Iterator[Callable[[], Call]]:
    """All H, W up to 6, S and T up to 4 that are valid: small first, one to three channels.

    Yields what makes each.
    """
    kinds, channels, dtypes = cycle(KINDS), cycle((1, 2, 3, 1, 2)), cycle(FLOATS)
    for height, width, size, stride in windows.small():
        shape, kind, dtype = (height, width, next(channels)), next(kinds), next(dtypes)
        if broken(hollow("pooling", shape, numbers=(size, stride)), edition) is None:
            yield partial(with_kind, shape, size, stride, kind, dtype)


def with_kind(shape: Shape, size: int, stride: int, kind: str, dtype: str) -> Call:
    """A call on a map of a kind of numbers."""
    return call("pooling", filled(shape, kind, dtype), size, stride)


def drawn(session: Session) -> "SearchStrategy[Case]":
    """Valid poolings of drawn shapes, up to 24 wide."""
    from cnnspec.operations.pooling.strategies import pooling_cases

    return pooling_cases().filter(lambda case: broken(case[-1], session.edition) is None)


def valid(calls: Iterable[Call], session: Session) -> Iterator[Call]:
    """Those calls that are valid in the edition of a session."""
    return (one for one in calls if broken(one, session.edition) is None)


# Invalid calls


def invalid() -> Iterator[Call]:
    """The table, and all small shapes that may be invalid."""
    return windows.invalid("pooling")


def worse() -> Iterator[Call]:
    """Calls that break two clauses or more, and sizes that are not positive."""
    return windows.worse("pooling")


# Inputs out of the ordinary


def aliased() -> list[Call]:
    """No call: there is one array."""
    return []


def dtypes() -> Iterator[Call]:
    """Every dtype, small numbers and those near its limits."""
    every = (*filling.WHOLE_DTYPES, "float16", "float32", "float64")
    for dtype, shape in product(every, ((4, 5, 2), (3, 3, 1))):
        yield call("pooling", filling.near_limits(shape, dtype), 2, 1)
        if np.dtype(dtype).kind in "if":  # so that a maximum that begins at 0 shows
            yield call("pooling", -1 - np.abs(filling.random_small(shape, dtype)), 2, 1)
        if np.dtype(dtype).kind == "i":  # and one that begins above the least number
            yield call("pooling", np.full(shape, np.iinfo(dtype).min, dtype), 2, 1)


def not_finite(session: Session) -> Iterator[Call]:
    """Maps with values that are not finite here and there."""
    for image, _ in filling.strewn():
        sizes = ((2, 2), (3, 1), (1, 1), (3, 2))
        yield from valid((call("pooling", image, *size) for size in sizes), session)


def tiny(_session: Session, _bits: int, dtype: str) -> Iterator[Call]:
    """Subnormal numbers, alone and among others."""
    for image in filling.subnormal_maps(dtype):
        yield call("pooling", image, 1, 1)
        yield call("pooling", -np.abs(image), 2, 1)
        yield call("pooling", image, 2, 1)


def dimensions(blocks: tuple[int, ...]) -> Iterator[Call]:
    """Each dimension, the size and the stride at and around the sizes of blocks; hollow."""
    return (hollow("pooling", shape, numbers=numbers) for shape, *numbers in windows.sized(blocks))


def with_numbers(_session: Session, empty: Call) -> Call:
    """A hollow call with numbers below zero, all different."""
    return empty.with_arrays([filled(empty.arrays[0].shape, "negative")])


# Probes


def probes(_session: Session) -> Iterator[Case]:
    """All sizes and strides up to 5, on maps whose sides leave a remainder or none."""
    kinds, channels = cycle(KINDS), cycle((1, 2, 3, 5))
    sides = cycle(((7, 9), (8, 8), (11, 6), (5, 12), (10, 7), (6, 6), (13, 13)))
    for size, stride in product(range(1, 6), range(1, 6)):
        for height, width in islice(sides, 3):
            x = probe_map((height, width, next(channels)), next(kinds))
            yield (call("pooling", x, size, stride),)
    for size, stride, again in product((2, 3), (1, 2), range(2)):  # twice: it may keep a result
        random = random_for("probe", size, stride, again)
        yield (call("pooling", random.standard_normal((7, 8, 2)), size, stride),)
    for size in (2, 3):
        ranks = random_for("neighbours", size).permutation(84).reshape(6, 7, 2)
        yield (call("pooling", 1 + ranks * 2.0**-52, size, 2),)
    for power in (130, 1000):
        yield (call("pooling", np.ldexp(probe_map((6, 7, 2), "negative"), power), 2, 2),)
    yield (call("pooling", probe_map((40, 33, 2), "ordinary"), 2, 2),)
    yield (call("pooling", probe_map((33, 40, 3), "negative") * 1e6, 3, 2),)


def probe_map(shape: Shape, kind: str) -> Array:
    """A map whose numbers are of a kind."""
    return filled(shape, kind, seed="probe")


# What is left open


def questions() -> dict[str, Call]:
    """Calls that show what the clauses leave open, or what invalid input does."""
    zeros = {
        "max of 0.0 and -0.0": [[[0.0], [-0.0]], [[-0.0], [-0.0]]],
        "max of -0.0 and 0.0": [[[-0.0], [-0.0]], [[-0.0], [0.0]]],
    }
    return {
        **windows.questions("pooling"),
        **{name: call("pooling", np.array(values), 2, 2) for name, values in zeros.items()},
    }
