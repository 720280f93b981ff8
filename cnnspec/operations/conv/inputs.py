"""The inputs of conv: typical, drawn, invalid, and out of the ordinary."""

from collections.abc import Callable, Iterator
from functools import partial
from itertools import cycle, islice, product
from typing import TYPE_CHECKING

import numpy as np

from cnnspec.kit import filling
from cnnspec.kit.calls import ALIAS, Call, Case
from cnnspec.kit.filling import Shape, distinct, filled, random_for, whole
from cnnspec.kit.operation import call, hollow
from cnnspec.kit.session import Session
from cnnspec.operations.conv.drawing import conv_call

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

# Plain calls


def first() -> list[Call]:
    """The simplest valid calls; their dimensions differ, so that a mix-up shows."""
    image = np.arange(1.0, 43).reshape(6, 7)
    weights = np.arange(1.0, 28).reshape(3, 3, 3) % 7 - 2
    colour = np.stack([image, image[::-1] * 2], axis=2)
    bank = np.arange(1.0, 145).reshape(8, 3, 3, 2) % 7 - 2
    return [
        call("conv", image, weights[:1]),
        call("conv", image[:6, :6], weights),
        call("conv", image, weights),
        call("conv", colour, bank),
    ]


def timed() -> Call:
    """A call of ordinary size."""
    x = filled((40, 40, 1), "ordinary")
    return call("conv", x[:, :, 0], np.ones((1, 3, 3)))


def typical(session: Session, seed: object = 0, dtype: str = "float64") -> list[Call]:
    """A few valid calls, of different shapes."""
    shapes = (
        ((5, 6), (2, 3, 3)),
        ((5, 4, 3), (2, 3, 3, 3)),
        ((4, 5, 2), (3, 1, 1, 2)),
        ((3, 4), (1, 1, 1)),
        ((5, 5, 1), (1, 5, 5, 1)),
    )
    bits = session.bits("conv")
    return [conv_call(x, w, dtype, significand=bits, seed=seed) for x, w in shapes]


def larger() -> Call:
    """A call that is larger than the typical ones."""
    return call("conv", filled((9, 10, 2), "ordinary", seed="large"), np.ones((1, 3, 3, 2)))


def idle() -> Call:
    """A call that leaves its image as it is, but for an axis."""
    return call("conv", np.ones((3, 4)), np.ones((1, 1, 1)))


def more_idle() -> list[Call]:
    """More calls that leave their image as it is: filter n is 1 in channel n, and 0 elsewhere."""
    shapes = ((3, 4, 2), (5, 3, 3), (4, 5, 1), (2, 3, 8))
    banks = [np.eye(shape[2]).reshape(shape[2], 1, 1, shape[2]) for shape in shapes]
    return [call("conv", distinct(x) - 5, bank) for x, bank in zip(shapes, banks, strict=True)]


def small(significand: int) -> Iterator[Callable[[], Call]]:
    """All H, W up to 6, K in 1, 3, 5, C up to 3 (or no channel axis), N up to 3: small first.

    Yields what makes each.
    """
    dtypes = cycle(["float64", "float64", "float32"])
    scales = cycle([0, 0, 20, -30, 4])
    sides = sorted(product(range(1, 7), repeat=2), key=lambda side: (side[0] * side[1], side))
    for size, (height, width) in product((1, 3, 5), sides):
        if size > min(height, width):
            continue
        for channels, number in product((None, 1, 2, 3), (1, 2, 3)):
            depth = () if channels is None else (channels,)
            image, filters = (height, width, *depth), (number, size, size, *depth)
            given = image, filters, next(dtypes), significand
            yield partial(conv_call, *given, scale=next(scales))


def structured(significand: int) -> Iterator[Call]:
    """Inputs that invite shortcuts: zeros, ones, symmetric and separable filters.

    The image is so wide that a sum over more than a window, as in a summed-area table, rounds.
    """
    image = whole(random_for("structured"), (6, 7), significand - 6)
    smooth = np.outer([1.0, 2, 1], [1.0, 2, 1])
    edge = np.outer([1.0, 2, 1], [1.0, 0, -1])
    filters = {
        "zeros": np.zeros((3, 3)),
        "ones": np.ones((3, 3)),
        "identity": np.outer([0.0, 1, 0], [0, 1, 0]),
        "smooth": smooth,
        "edge": edge,
        "corner": np.outer([0, 0, 1.0], [0, 0, 1]),
    }
    for bank in [*([one] for one in filters.values()), list(filters.values()), [edge, edge]]:
        yield call("conv", image, np.stack(bank))
        yield call("conv", np.zeros((5, 5)), np.stack(bank))
        yield call("conv", np.ones((5, 6)), np.stack(bank))
        colour = np.stack([image, image[::-1]], axis=2) / 2
        yield call("conv", colour, np.stack([bank, bank[::-1]], axis=-1))
    for power in (-60, -90):  # both are normal numbers in float32, too
        yield call("conv", np.ldexp(image, power), edge[np.newaxis])
        yield call("conv", image, np.ldexp(edge, power)[np.newaxis])
    nearly = smooth + np.outer([0, 0, 1], [2.0**-10, 0, 0])
    yield call("conv", np.trunc(image / 2.0 ** (significand - 14)), nearly[np.newaxis])


def drawn(session: Session) -> "SearchStrategy[Case]":
    """Convs of drawn shapes, up to 24 pixels wide, on exact grids."""
    from cnnspec.operations.conv.strategies import conv_cases

    return conv_cases(session.bits("conv"))


# Invalid calls

INVALID: tuple[tuple[str, tuple[int, ...], tuple[int, ...]], ...] = (
    # clause, shape of the image, shape of the filters; C8: the first clause that fails
    ("C1", (5, 5), (2, 3, 3, 1)),
    ("C1", (5, 5, 1), (2, 3, 3)),
    ("C1", (5,), (2, 3, 3)),
    ("C1", (5, 5), (3, 3)),
    ("C1", (1, 5, 5, 1), (2, 3, 3, 1)),
    ("C1", (), ()),
    ("C2", (5, 5, 3), (2, 3, 3, 1)),
    ("C2", (5, 5, 1), (2, 3, 3, 3)),
    ("C2", (5, 5, 3), (2, 3, 3, 4)),
    ("C3", (7, 7), (2, 3, 5)),
    ("C3", (7, 7), (2, 5, 3)),
    ("C3", (7, 7, 2), (2, 1, 3, 2)),
    ("C4", (7, 7), (2, 2, 2)),
    ("C4", (7, 7, 2), (1, 4, 4, 2)),
    ("C4", (7, 7), (1, 0, 0)),
    ("C5", (4, 7), (1, 5, 5)),
    ("C5", (7, 4), (1, 5, 5)),
    ("C5", (2, 2, 2), (1, 3, 3, 2)),
    ("C5", (0, 0), (1, 1, 1)),
    ("C2", (7, 7, 3), (2, 3, 5, 1)),
    ("C2", (7, 7, 3), (2, 2, 2, 1)),
    ("C2", (2, 2, 3), (2, 3, 3, 1)),
    ("C3", (7, 7), (2, 2, 4)),
    ("C3", (2, 2), (2, 3, 5)),
    ("C4", (3, 3), (2, 4, 4)),
)
"""Shapes of invalid inputs: each clause alone, in both directions, and in pairs."""


def invalid() -> Iterator[Call]:
    """The table, and all small shapes that may be invalid; some in float32 too."""
    shapes = [(image, filters) for _, image, filters in INVALID]
    for image, filters in [*shapes, *odd_ranks(), *odd_channels(), *odd_filters()]:
        if 0 not in filters[1:3]:  # a filter without taps: what it gives is not specified
            yield call("conv", distinct(image), distinct(filters))
    yield from odd_sizes()


def odd_sizes() -> Iterator[Call]:
    """Even filters and filters that are not square, up to 13, of several channels and filters.

    The numbers are small: where such filters are computed, no sum rounds, in float32 either.
    """
    sizes = ((2, 2), (4, 4), (6, 6), (8, 8), (10, 10), (12, 12))
    longer = ((3, 5), (5, 3), (1, 13), (13, 1), (7, 9), (9, 7), (2, 12), (12, 3), (11, 13), (1, 8))
    shapes = (((15, 16, 3), 2), ((14, 13), 3), ((13, 20, 5), 4))
    for (rows, cols), (image, number) in product((*sizes, *longer), shapes):
        filters = (number, rows, cols, *image[2:])
        random = random_for("odd sizes", image, filters)
        yield call("conv", whole(random, image, 4), whole(random, filters, 3))


def odd_ranks() -> Iterator[tuple[Shape, Shape]]:
    """Images and filters of all ranks up to 5, for one and for several channels and filters."""
    for number, channels, size in ((1, 1, 3), (2, 1, 1), (1, 3, 3), (2, 3, 1), (3, 3, 3)):
        image, bank = (7, 7, channels, 2, 2), (number, size, size, channels, 2, 2)
        images = [*(image[:rank] for rank in range(6)), (1, 7, 7, channels)]
        filters = [*(bank[:rank] for rank in range(7)), (size, size), (1, *bank[:4])]
        yield from product(images, filters)


def odd_channels() -> Iterator[tuple[Shape, Shape]]:
    """Fewer and more channels."""
    for of_image, of_filters in product((1, 2, 3, 4, 5, 8), repeat=2):
        yield (5, 6, of_image), (2, 3, 3, of_filters)
        yield (3, 3, of_image), (1, 1, 1, of_filters)


def odd_filters() -> Iterator[tuple[Shape, Shape]]:
    """Filters that are not square, or even, or larger than the image in either direction."""
    for rows, cols in product((1, 2, 3, 4, 5, 6), repeat=2):
        yield (7, 8), (2, rows, cols)
        yield (7, 7, 3), (1, rows, cols, 3)
    for size, height, width in product((3, 5, 7, 9), (1, 2, 3, 4, 6, 8), (1, 2, 4, 5, 8)):
        yield (height, width), (1, size, size)
        yield (height, width, 2), (3, size, size, 2)


def worse() -> Iterator[Call]:
    """Calls that break two clauses and more."""
    for image, filters in (
        ((7, 7, 3), (2, 3, 5, 1)),
        ((7, 7, 3), (2, 4, 4, 1)),
        ((3, 3, 3), (2, 5, 5, 1)),
        ((3, 3), (2, 4, 6)),
        ((3, 3, 2), (2, 5, 3, 4)),
        ((5,), (3,)),
        ((5, 5), (3,)),
        ((5, 5, 2, 1), (1, 3, 3, 2)),
        ((2, 5, 5, 3), (1, 3, 3, 3)),
    ):
        yield call("conv", distinct(image), distinct(filters))


# Inputs out of the ordinary


def aliased() -> Iterator[Call]:
    """Banks of one filter that are views of the image."""
    for extent in ((3, 3), (3, 3, 2), (1, 1)):
        one = conv_call(extent, (1, *extent))
        twice = one.with_arrays([one.arrays[0], one.arrays[0][np.newaxis]])
        yield twice.laid_out(ALIAS, only="filters")


def dtypes() -> Iterator[Call]:
    """Every dtype, small numbers and those near its limits; and mixtures."""
    every = (*filling.WHOLE_DTYPES, "float16", "float32", "float64")
    for dtype, shape in product(every, ((4, 5, 2), (3, 3, 1))):
        x = filling.near_limits(shape, dtype)
        if np.dtype(dtype).kind != "f":  # one product for each pixel: none rounds
            weights = np.ones((1, 1, 1, shape[2]), dtype)
            weights[..., 1:] = 0
            yield call("conv", x, weights)
            yield call("conv", x[..., :1], weights[..., :1] + weights[..., :1])
            bank = filling.near_limits((5, 1, 1, 1), dtype)
            yield call("conv", np.ones((2, 2, 1), dtype), bank)
            yield call("conv", np.ones((2, 2, 1)), bank)
        small_ = filling.random_small(shape, dtype)
        yield call("conv", small_, filling.random_small((2, 3, 3, shape[2]), dtype))
    for left, right in product(every, repeat=2):
        x = filling.random_small((4, 5, 2), left)
        w = filling.random_small((2, 3, 3, 2), right)
        if filling.promoted([x, w]) == np.float16:  # it holds every sum of such small numbers
            x, w = (a if a.dtype == bool else a % a.dtype.type(9) for a in (x, w))
        if filling.promoted([x, w]) == np.float64 and w.dtype.kind == "f":
            w = w + w.dtype.type(2.0**-10 if right == "float16" else 2.0**-12)
        yield call("conv", x, w)


def not_finite(session: Session) -> Iterator[Call]:
    """NaN and infinities here and there, and where they meet zeros: 0 * inf is NaN."""
    for image, random in filling.strewn():
        weights = whole(random, (2, 3, 3, image.shape[2]), 4)
        yield call("conv", image, weights.astype(image.dtype))
    for value in (np.nan, np.inf):
        for one, place in product(typical(session), (0, 1)):  # on either side
            arrays = [np.zeros_like(a) for a in one.arrays]
            arrays[place].flat[arrays[place].size // 2] = value
            yield one.with_arrays(arrays)
    x = np.array([[np.inf, 1, 2, 3, 4]] * 2 + [[1.0, 2, 3, 4, 5]] * 2)
    w = np.zeros((1, 3, 3))
    yield call("conv", x, w)
    centre = w.copy()
    centre[0, 1, 1] = 1
    yield call("conv", x, centre)
    yield call("conv", np.full((3, 3), np.inf), centre + 1)
    yield call("conv", np.array([[np.inf, -np.inf, 1.0]] * 3), centre + 1)


def tiny(_session: Session, _bits: int, dtype: str) -> Iterator[Call]:
    """Subnormal numbers, alone and among others; products and sums that are subnormal."""
    if dtype == "float16":  # its sums are judged in wider dtypes
        return
    info = np.finfo(dtype)
    least, normal = float(info.smallest_subnormal), float(info.tiny)
    for value in (least, normal / 2, normal - least, normal):
        image = filling.subnormal_map(value, dtype)
        yield call("conv", image, np.array([1, 0], dtype).reshape(1, 1, 1, 2))
        if value != normal - least:  # a sum of nine is a float too
            yield call("conv", image[:, :, 0], np.ones((1, 3, 3), dtype))
    half = 2.0 ** (info.minexp // 2)
    yield call("conv", np.full((3, 3), half * 0.5, dtype), np.full((1, 1, 1), half, dtype))
    yield call("conv", np.ones((3, 3), dtype), np.full((1, 3, 3), least, dtype))


def dimensions(blocks: tuple[int, ...]) -> Iterator[Call]:
    """Each dimension at and around the sizes of blocks and counters, the others small; hollow."""
    for n in [*filling.around(blocks), filling.BEYOND_16_BITS]:
        for image, filters in (
            ((n, 4), (2, 3, 3)),
            ((4, n), (2, 3, 3)),
            ((3, 4, n), (1, 1, 1, n)),
            ((3, 4, 2), (n, 1, 1, 2)),
        ):
            if min(image[:2]) >= filters[1]:
                yield hollow("conv", image, filters)
    for n in filling.around(blocks, 1025):
        yield hollow("conv", (3, 3, n), (2, 3, 3, n))
        yield hollow("conv", (4, 3, 2), (n, 3, 3, 2))
        if n % 2 and n <= 129:
            yield hollow("conv", (n + 1, n + 1), (1, n, n))
    for image, filters in (
        ((258, 258), (1, 257, 257)),
        ((40, 41, 5), (6, 5, 5, 5)),
        ((70, 33, 3), (4, 7, 7, 3)),
        ((8, 9, 32), (32, 3, 3, 32)),
        ((9, 7, 64), (64, 1, 1, 64)),
        ((18, 19, 130), (17, 3, 3, 130)),
        ((130, 131), (2, 3, 3)),
        ((300, 280), (1, 3, 3)),
        ((35, 36), (1, 33, 33)),
    ):
        yield hollow("conv", image, filters)


def with_numbers(session: Session, empty: Call) -> Call:
    """A hollow call with numbers of an exact grid."""
    image, filters = (array.shape for array in empty.arrays)
    return conv_call(image, filters, significand=session.bits("conv"), seed="dimension")


# Probes


def probes(session: Session) -> Iterator[Case]:
    """Filters of all sizes, many and few channels and maps, images that are not square."""
    significand = session.bits("conv")
    shapes = (
        ((7, 5, 3), (4, 3, 3, 3)),
        ((5, 6), (2, 3, 3)),
        ((8, 8, 2), (3, 5, 5, 2)),
        ((6, 4, 4), (3, 1, 1, 4)),
        ((4, 6, 1), (1, 3, 3, 1)),
        ((9, 11, 5), (2, 7, 7, 5)),
        ((3, 3, 2), (2, 3, 3, 2)),
        ((12, 13, 3), (3, 9, 9, 3)),
        ((13, 12), (1, 11, 11)),
        ((7, 7, 8), (9, 3, 3, 8)),
        ((6, 9, 17), (17, 3, 3, 17)),
        ((40, 37), (2, 3, 3)),
        ((37, 40, 3), (2, 5, 5, 3)),
        ((5, 20, 2), (2, 3, 3, 2)),
        ((1, 1), (1, 1, 1)),
        ((10, 10, 6), (5, 3, 3, 6)),
    )
    for image, filters in shapes:
        for scale in (0, -12):
            yield (conv_call(image, filters, "float64", significand, "probe", scale),)
    for image, filters in shapes[:2]:
        one = conv_call(image, filters, "float64", significand, "small weights")
        yield (one.with_arrays([one.arrays[0], np.ldexp(one.arrays[1], -90)]),)
    for image, filters in shapes:
        yield (grey(image, filters),)
    for power, place in ((25, (6, 6)), (40, (5, 6)), (38, (7, 7))):
        one = conv_call((12, 13), (2, 3, 3), "float64", min(significand, 12), "huge")
        one.arrays[0][place] = 2.0 ** min(power, significand - 13)  # shows FFT and Winograd
        yield (one,)
    yield from islice(((one,) for one in structured(significand)), 0, None, 3)


def grey(image: Shape, filters: Shape) -> Call:
    """Grey values, and weights in quarters."""
    random = random_for("probe", image, filters)
    x = random.randint(0, 256, image).astype(float)
    return call("conv", x, random.randint(-9, 10, filters) / 4)


# What is left open


def questions() -> dict[str, Call]:
    """Calls that show what the clauses leave open, or what invalid input does."""
    return {
        "K > H and W": call("conv", np.ones((3, 3)), np.ones((1, 7, 7))),
        "K > W alone": call("conv", np.ones((9, 5)), np.ones((1, 7, 7))),
        "K even": call("conv", np.ones((6, 7)), np.arange(4.0).reshape(1, 2, 2)),
        "filters not square": call("conv", np.ones((6, 7)), np.arange(15.0).reshape(1, 3, 5)),
        "channels differ": call("conv", np.ones((5, 5, 3)), np.ones((1, 3, 3, 2))),
        "no filters": call("conv", np.ones((5, 5)), np.ones((0, 3, 3))),
        "no channels": call("conv", np.ones((5, 5, 0)), np.ones((1, 3, 3, 0))),
        "empty image": call("conv", np.ones((0, 0)), np.ones((1, 1, 1))),
        "sum of -0.0": call("conv", np.full((1, 1), -0.0), np.ones((1, 1, 1))),
    }
