"""How the calls of conv vary: sizes, and numbers that invite short cuts."""

import numpy as np

from cnnspec.kit.aspects import SQUARE, Crossing, Fit, Random, Sizes, is_oblong, spans
from cnnspec.kit.calls import Call
from cnnspec.kit.contents import (
    KINDS,
    every_digit,
    few_different,
    room,
    strewn_with,
    tiny,
    whole_numbers,
)
from cnnspec.kit.exact import grid_split
from cnnspec.kit.filling import Shape
from cnnspec.spec import Array

CHANNELS = spans(1, 2, 3, (4, 7), 8, (9, 15), 16, (17, 31), 32, (33, 63), 64, (65, 256), 0)
EXTENTS = spans(1, (2, 4), (5, 16), (17, 64), (65, 300), (301, 2_500))

SIZES = {
    "rows": EXTENTS,
    "columns": EXTENTS,
    "filter size": spans(1, 3, 5, 7, (9, 13, 2)),
    "channels": CHANNELS,
    "filters": CHANNELS,
    "channel axis": spans(1, 0),
    SQUARE: spans(0, 1),
}
"""rows, columns: of the result. channel axis: whether it is there."""

COARSE = {
    "rows": spans((1, 4), (5, 33), (34, 300)),
    "columns": spans((1, 4), (5, 33), (34, 300)),
    "filter size": spans(3, 1, (5, 9, 2)),
    "channels": spans(1, (2, 7), 8, (9, 31), (32, 64)),
    "filters": spans(1, (2, 7), 8, (9, 31), (32, 64)),
    "channel axis": spans(1, 0),
    SQUARE: spans(0, 1),
}
"""The same for the quick budget."""

NUMBERS = (
    "whole numbers",
    "every digit",
    "every digit of filters",
    "few different",
    "all equal",
    "equal rows",
    "equal border",
    "powers of two",
    "separable filters",
    "symmetric filters",
    "nearly symmetric filters",
    "large",
    "lowest",
    "tiny",
    "tiny in the last array",
    "two scales",
    "zero planes",
    "NaN",
    "infinities",
    "NaN in the last array",
    "general floats",
)

SCALE_OF_LOWEST = 2.0**40
"""Floats have no least number whose sums are finite; this one stands for it."""


def work(sizes: Sizes) -> int:
    """The products of a call, and the elements of its arrays."""
    rows, cols, size, channels, number = (
        max(sizes.get(n, 1), 1) for n in ("rows", "columns", "filter size", "channels", "filters")
    )
    image = (rows + size - 1) * (cols + size - 1) * channels
    return max(rows * cols * size**2 * channels * number, image)


def excluded(sizes: Sizes) -> bool:
    """Whether sizes make no sense together: not one channel without an axis for them, say."""
    without = sizes.get("channel axis") == 0 and sizes.get("channels", 1) != 1
    return without or is_oblong(sizes)


def shaped(sizes: Sizes) -> tuple[list[Shape], Sizes]:
    """The shapes of image and filters."""
    size = sizes["filter size"]
    depth = (sizes["channels"],) if sizes["channel axis"] else ()
    extent = (sizes["rows"] + size - 1, sizes["columns"] + size - 1)
    return [(*extent, *depth), (sizes["filters"], size, size, *depth)], {}


def summed(sizes: Sizes) -> int:
    """The products of one sum, at least."""
    return sizes.get("filter size", 1) ** 2 * sizes.get("channels", 1)


def terms(call: Call) -> int:
    """The products of one sum."""
    return int(np.prod(call.arrays[1].shape[1:]))


def filled(
    kind: str, shapes: list[Shape], _numbers: Sizes, fits: list[Fit], random: Random
) -> list[Array]:
    """Image and filters of a kind of numbers, whose sums are exact unless the kind is general."""
    image, filters = shapes
    if kind == "every digit":
        return [every_digit(image, fits[0], random), single_taps(filters, fits[1], random)]
    if kind == "every digit of filters":
        return [lone_pixels(image, filters, fits[0], random), every_digit(filters, fits[1], random)]
    bits = grid_split(fits[0].bits, int(np.prod(filters[1:])))
    first, second = (fit._replace(bits=b) for fit, b in zip(fits, bits, strict=True))
    if kind == "NaN in the last array":
        return [
            few_different(image, first, random),
            strewn_with(np.nan, np.inf)(filters, second, random),
        ]
    if kind in OF_FILTERS:
        return [whole_numbers(image, first, random), OF_FILTERS[kind](filters, second, random)]
    if kind == "lowest" and first.dtype.kind == "f":
        wide = 2.0**15 if first.computed.itemsize > 2 else 1.0
        return [np.full(image, -wide, first.dtype), few_different(filters, second, random)]
    if kind in ("lowest", "large") and first.dtype.kind != "f":
        return large_integers(kind, shapes, fits, random)
    if kind in ("NaN", "infinities"):
        return [KINDS[kind](image, first, random), with_zeros(filters, second, random)]
    if kind == "tiny in the last array":
        return [whole_numbers(image, first, random), tiny(filters, second, random)]
    if kind in ("tiny", "two scales", "large"):
        return [KINDS[kind](image, first, random), whole_numbers(filters, second, random)]
    return [KINDS[kind](one, fit, random) for one, fit in zip(shapes, (first, second), strict=True)]


def large_integers(kind: str, shapes: list[Shape], fits: list[Fit], random: Random) -> list[Array]:
    """An image of integers near a limit of their dtype, and filters of a few small numbers."""
    image, filters = shapes
    spare = fits[0].bits - int(np.prod(filters[1:])).bit_length() - 1
    first = fits[0]._replace(bits=max(1, spare))
    return [KINDS[kind](image, first, random), few_different(filters, fits[1], random)]


def single_taps(shape: Shape, fit: Fit, random: Random) -> Array:
    """Filters with one tap each, plus or minus a power of two."""
    found = np.zeros(shape)
    taps = int(np.prod(shape[1:]))
    if found.size:
        powers = random.choice([1.0, 2.0, 4.0] if fit.dtype.kind in "iuf" else [1.0], shape[0])
        signs = random.choice([-1.0, 1.0], shape[0]) if fit.dtype.kind in "if" else 1.0
        found.reshape(shape[0], taps)[np.arange(shape[0]), random.randint(0, taps, shape[0])] = (
            powers * signs
        )
    return found.astype(fit.dtype)


def lone_pixels(image: Shape, filters: Shape, fit: Fit, random: Random) -> Array:
    """An image in which each window holds one pixel that is not zero: one or minus one."""
    found = np.zeros(image)
    size, channels = filters[1], image[2] if len(image) == 3 else 1
    if found.size:
        rows, cols = (np.arange(random.randint(size), n, size) for n in image[:2])
        lone = random.choice(
            [-1.0, 1.0] if fit.dtype.kind in "if" else [1.0], (len(rows), len(cols))
        )
        layer = found[..., random.randint(channels)] if len(image) == 3 else found
        layer[np.ix_(rows, cols)] = lone
    return found.astype(fit.dtype)


def with_zeros(shape: Shape, fit: Fit, random: Random) -> Array:
    """Filters of which many taps are zero, and often all of the first one: 0 * inf is NaN."""
    found = few_different(shape, fit, random)
    found[: random.randint(2)] = 0
    return found


def separable(shape: Shape, fit: Fit, random: Random) -> Array:
    """Filters that are the product of a column and a row."""
    half = fit._replace(bits=max(min(fit.bits, room(fit.dtype)) // 2, 1))
    column = whole_numbers((shape[0], shape[1], 1, *shape[3:]), half, random)
    row = whole_numbers((shape[0], 1, shape[2], *shape[3:]), half, random)
    return np.asarray(column * row, fit.dtype)


def symmetric(shape: Shape, fit: Fit, random: Random) -> Array:
    """Filters that are the same from the left and from the right, and often from below too."""
    bits = max(min(fit.bits, room(fit.dtype)) - 2, 1)
    half = whole_numbers(shape, fit._replace(bits=bits), random)
    found = half | half[:, :, ::-1] if half.dtype == bool else half + half[:, :, ::-1]
    if random.randint(2):
        found = found | found[:, ::-1] if half.dtype == bool else found + found[:, ::-1]
    return np.asarray(found, fit.dtype)


def nearly_symmetric(shape: Shape, fit: Fit, random: Random) -> Array:
    """Symmetric or separable filters but for one tap, which differs by the least that it can."""
    found = (symmetric, separable)[random.randint(2)](shape, fit, random)
    if found.size and shape[1] > 1:
        found[:, 0, 0] = found[:, 0, 0] ^ True if found.dtype == bool else found[:, 0, 0] + 1
    return found


OF_FILTERS = {
    "separable filters": separable,
    "symmetric filters": symmetric,
    "nearly symmetric filters": nearly_symmetric,
}

CROSSING = Crossing(
    sizes=SIZES,
    coarse=COARSE,
    excluded=excluded,
    shaped=shaped,
    work=work,
    numbers=NUMBERS,
    filled=filled,
    summed=summed,
    terms=terms,
)
