"""The inputs of average_pooling: typical, drawn, invalid, and out of the ordinary.

Numbers are whole, or whole times a power of two, and so few bits wide that every sum of a window is
exact, and that of twice the numbers too.
"""

from collections.abc import Callable, Iterator
from functools import partial
from itertools import cycle, islice, product
from math import ceil, log2
from typing import TYPE_CHECKING

import numpy as np

from cnnspec.kit import filling, windows
from cnnspec.kit.calls import Call, Case
from cnnspec.kit.exact import significand_bits
from cnnspec.kit.filling import FLOATS, Shape, random_for, whole
from cnnspec.kit.operation import call, hollow
from cnnspec.kit.session import Session
from cnnspec.spec import Array

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

NAME = "average_pooling"

SINGLE = 24
"""The bits of float32's significand."""


def bits_for(size: int, dtype: str, significand: int) -> int:
    """How many bits whole numbers may have, so that a window's sum is exact with a bit to spare."""
    width = min(significand_bits(dtype), significand)
    return max(width - 2 * ceil(log2(max(size, 1))) - 2, 1)


def grid(
    shape: Shape, size: int, dtype: str = "float64", significand: int = 53, seed: object = 0
) -> Array:
    """A map of whole numbers, of which the sums of windows of a size are exact."""
    random = random_for(NAME, shape, size, dtype, seed)
    return whole(random, shape, bits_for(size, dtype, significand)).astype(dtype)


# Plain calls


def first() -> list[Call]:
    """The simplest valid calls; their dimensions differ, so that a mix-up shows."""
    colour = filling.colour()
    return [
        *(call(NAME, x, 2, 2) for x in (colour, colour[:6, :6], colour[:, :, :1])),
        call(NAME, colour, 4, 1),
    ]


def timed() -> Call:
    """A call of ordinary size."""
    x = grid((60, 60, 1), 2)
    return call(NAME, x, 2, 2)


def typical(session: Session, seed: object = 0, dtype: str = "float64") -> list[Call]:
    """A few valid calls, of different shapes, sizes and strides."""
    sizes = ((2, 2), (1, 1), (3, 1), (2, 3), (3, 2), (1, 2), (2, 1), (4, 3))
    extents = ((4, 5, 2), (5, 5, 1), (3, 4, 3), (6, 7, 2))
    bits = session.bits(NAME)
    return [
        call(NAME, grid(extent, size, dtype, bits, seed), size, stride)
        for extent, (size, stride) in zip(cycle(extents), sizes, strict=False)
    ]


def larger() -> Call:
    """A call that is larger than the typical ones."""
    return call(NAME, grid((9, 10, 2), 2, seed="large"), 2, 2)


def idle() -> Call:
    """A call that leaves its map as it is."""
    return call(NAME, np.ones((3, 4, 2)), 1, 1)


def more_idle() -> list[Call]:
    """More calls that leave their map as it is."""
    shapes = ((3, 4, 2), (5, 3, 3), (4, 5, 1))
    return [call(NAME, filling.distinct(shape) - 5, 1, 1) for shape in shapes]


def small(significand: int) -> Iterator[Callable[[], Call]]:
    """All H, W up to 6, S and T up to 4: small first, one to three channels.

    Yields what makes each.
    """
    channels, dtypes = cycle((1, 2, 3, 1, 2)), cycle(FLOATS)
    for height, width, size, stride in windows.small():
        shape = (height, width, next(channels))
        yield partial(on_a_grid, shape, size, stride, next(dtypes), significand)


def on_a_grid(shape: Shape, size: int, stride: int, dtype: str, significand: int) -> Call:
    """A call on a grid."""
    return call(NAME, grid(shape, size, dtype, significand), size, stride)


def structured(significand: int) -> Iterator[Call]:
    """Maps that invite shortcuts: constant, of one pixel, of one row, of alternating signs."""
    for size, stride in ((2, 2), (3, 1), (3, 3), (4, 2), (5, 1)):
        shape = (size + 3, 2 * size + 1, 2)
        ramp = np.arange(float(np.prod(shape))).reshape(shape)
        alternating = np.where(np.indices(shape).sum(axis=0) % 2, 3.0, -1.0)
        pixel, row = np.zeros(shape), np.zeros(shape)
        pixel[size - 1, size, 0] = 7
        row[size - 1] = 5
        for x in (np.full(shape, 3.0), np.full(shape, -1.0), ramp, -ramp, alternating, pixel, row):
            yield call(NAME, x, size, stride)
        x = grid(shape, size, "float64", significand)
        for power in (-300, 300) if significand > SINGLE else (-30, 30):
            yield call(NAME, np.ldexp(x, power), size, stride)


def drawn(session: Session) -> "SearchStrategy[Case]":
    """Valid average poolings of drawn shapes, up to 20 wide."""
    from cnnspec.operations.average_pooling.strategies import average_cases

    return average_cases(session.bits(NAME))


# Invalid calls


def invalid() -> Iterator[Call]:
    """The table, and all small shapes that may be invalid."""
    return windows.invalid(NAME)


def worse() -> Iterator[Call]:
    """Calls that break two clauses or more, and sizes that are not positive."""
    return windows.worse(NAME)


# Inputs out of the ordinary


def aliased() -> list[Call]:
    """No call: there is one array."""
    return []


def dtypes() -> Iterator[Call]:
    """Every dtype: small numbers, those near the limits of integers, and sums beyond them."""
    for dtype, size in product(filling.WHOLE_DTYPES, (2, 3)):
        top = filling.near_limits((4, 5, 2), dtype)
        yield call(NAME, top if top.dtype.itemsize < LONG else top // 2**20, size, 1)
        yield call(NAME, filling.random_small((4, 5, 2), dtype), size, 2)
        yield call(NAME, top, 1, 1)
    for dtype, size in product(("float16", "float32", "float64"), (1, 2, 3)):
        yield call(NAME, filling.random_small((5, 4, 2), dtype), size, 1)


LONG = 8
"""Bytes of an integer whose sums float64 does not hold."""


def not_finite(_session: Session) -> Iterator[Call]:
    """Maps with values that are not finite here and there."""
    for image, _ in filling.strewn():
        for size, stride in ((2, 2), (3, 1), (1, 1), (4, 2)):
            yield call(NAME, image, size, stride)


def tiny(_session: Session, _bits: int, dtype: str) -> Iterator[Call]:
    """Subnormal numbers, alone and among others."""
    for image in filling.subnormal_maps(dtype):
        for size, stride in ((1, 1), (2, 1), (3, 1)):
            yield call(NAME, image, size, stride)
        yield call(NAME, -np.abs(image), 2, 1)


def dimensions(blocks: tuple[int, ...]) -> Iterator[Call]:
    """Each dimension, the size and the stride at and around the sizes of blocks; hollow."""
    return (hollow(NAME, shape, numbers=numbers) for shape, *numbers in windows.sized(blocks))


def with_numbers(session: Session, empty: Call) -> Call:
    """A hollow call with numbers of an exact grid."""
    (x,), size = empty.arrays, empty.plain["size"]
    return empty.with_arrays([grid(x.shape, size, "float64", session.bits(NAME))])


# Probes


def probes(session: Session) -> Iterator[Case]:
    """All sizes and strides up to 5, on maps whose sides leave a remainder or none."""
    channels, bits = cycle((1, 2, 3, 5)), session.bits(NAME)
    sides = cycle(((7, 9), (8, 8), (11, 6), (5, 12), (10, 7), (6, 6), (13, 13)))
    for size, stride in product(range(1, 6), range(1, 6)):
        for height, width in islice(sides, 2):
            x = grid((height, width, next(channels)), size, "float64", bits, "probe")
            yield (call(NAME, x, size, stride),)
    for size, stride, again in product((2, 3), (1, 2), range(2)):  # twice: it may keep a result
        x = grid((7, 8, 2), size, "float64", bits, ("again", again, stride))
        yield (call(NAME, x, size, stride),)
    for size, stride in ((2, 2), (3, 1), (2, 1)):  # half of the numbers are zero
        x = grid((7, 8, 2), size, "float64", bits, "zeros")
        yield (call(NAME, np.where(np.indices(x.shape).sum(axis=0) % 2, x, 0), size, stride),)
    for size in (2, 3):
        yield (call(NAME, filling.filled((6, 7, 2), "ordinary", seed="probe"), size, 2),)
        yield (call(NAME, -1.0 - filling.random_small((6, 7, 2), "uint8"), size, 1),)
    yield (call(NAME, filling.filled((40, 33, 2), "ordinary", seed="probe"), 2, 2),)
    for size, stride in ((2, 1), (3, 2), (2, 2)):  # on no grid: errors tell how sums were made
        random = random_for("spread", size, stride)
        spread = np.ldexp(random.standard_normal((12, 13, 2)), random.randint(-20, 21, (12, 13, 2)))
        yield (call(NAME, spread, size, stride),)


# What is left open


def questions() -> dict[str, Call]:
    """Calls that show what the clauses leave open, or what invalid input does."""
    largest = np.full((2, 2, 1), np.finfo(float).max)
    return {
        **{f"average: {name}": one for name, one in windows.questions(NAME).items()},
        "average of four largest floats": call(NAME, largest, 2, 2),
        "average of -0.0": call(NAME, np.full((2, 2, 1), -0.0), 2, 2),
        "average, payload of NaN": call(NAME, np.full((1, 1, 1), filling.QUIET_NAN), 1, 1),
    }
