"""The evaluations of a certificate: exact inputs for every shape in a range, and what they give.

Each result is computed here, in whole numbers, by code that neither spec.py nor the reference has.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from math import ceil, log

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from cnnspec import spec
from cnnspec.kit.calls import Call, call
from cnnspec.kit.exact import grid_split
from cnnspec.kit.filling import whole
from cnnspec.operations import oracle
from cnnspec.spec import Array, Edition

CHANNELS = NUMBER = 4
"""The most channels and filters of a conv."""

POOLED_CHANNELS = (1, 3)
ERROR = 1e-6
"""The probability of a wrong certificate stays below this."""


@dataclass(frozen=True, eq=False)
class Trial:
    """A call, and what it gives. tests: the hypothesis that it tests, if it does not certify."""

    call: Call
    expected: Array
    tests: str = ""


Shape = tuple[int, ...]
Random = np.random.RandomState


def conv_shapes(side: int) -> Iterator[tuple[Shape, Shape]]:
    """Image and filters: all H, W <= side, odd K <= side, C <= 4 (or no channel axis), N <= 4."""
    depths = [(), *((channels,) for channels in range(1, CHANNELS + 1))]
    for size in range(1, side + 1, 2):
        for height, width in product(range(size, side + 1), repeat=2):
            for depth, number in product(depths, range(1, NUMBER + 1)):
                yield (height, width, *depth), (number, size, size, *depth)


def grid(significand: int, filters: Shape) -> tuple[int, int]:
    """Bits of pixels and weights whose sums of two stay exact too."""
    pixels, weights = grid_split(significand, int(np.prod(filters[1:])))
    return max(pixels - 1, 1), max(weights - 1, 1)


def miss(significand: int, filters: Shape) -> float:
    """How probable it is that two bilinear maps which differ agree at one random point.

    1 / (number of pixels to choose from) + 1 / (number of weights): Schwartz and Zippel's lemma.
    """
    pixels, weights = grid(significand, filters)
    return 1 / (2.0 ** (pixels + 1) + 1) + 1 / (2.0 ** (weights + 1) + 1)


def rounds(significand: int, filters: Shape) -> int:
    """Independent points that bring the probability of a wrong certificate below ERROR."""
    return ceil(log(ERROR) / log(miss(significand, filters)))


def conv_trials(image: Shape, filters: Shape, significand: int, random: Random) -> Iterator[Trial]:
    """Random points of one shape; sums of two (bilinear: additive); powers of two; impulses."""
    pixel_bits, weight_bits = grid(significand, filters)
    again = rounds(significand, filters)
    x = [whole(random, image, pixel_bits) for _ in range(max(again, 2))]
    w = [whole(random, filters, weight_bits) for _ in range(max(again, 2))]
    for one, bank in zip(x[:again], w, strict=False):
        yield conv_trial(one, bank)
    yield conv_trial(x[1], w[0])
    yield conv_trial(x[0] + x[1], w[0], tests="sums of images")
    yield conv_trial(x[0], w[1])
    yield conv_trial(x[0], w[0] + w[1], tests="sums of banks")
    if image[0] == image[1]:
        for signs in ((1, 1), (1, -1), (-1, 1), (-1, -1)):
            powers = random.randint(*(100, 250) if significand > 24 else (10, 30), 2)
            scaled = int(powers[0] * signs[0]), int(powers[1] * signs[1])
            yield conv_trial(x[0], w[0], scaled, "scalings")
    else:
        yield conv_trial(impulse(random, image, pixel_bits), w[0], tests="impulses")
        yield conv_trial(x[0], impulse(random, filters, weight_bits), tests="impulses")


def impulse(random: Random, shape: Shape, bits: int) -> Array:
    """Zeros but for one element, a whole number."""
    array = np.zeros(shape)
    array.flat[random.randint(array.size)] = random.randint(1, 2**bits + 1)
    return array


def conv_trial(
    image: Array, filters: Array, powers: tuple[int, int] = (0, 0), tests: str = ""
) -> Trial:
    """A trial of whole numbers, times powers of two; its result by 64-bit integers."""
    axes = (
        (image[..., np.newaxis], filters[..., np.newaxis]) if image.ndim == 2 else (image, filters)
    )
    x, w = (array.astype(np.int64) for array in axes)
    windows = sliding_window_view(x, w.shape[1:3], axis=(0, 1))
    y = np.einsum("rckij,nijk->rcn", windows, w).astype(np.float64)
    pixels, weights = powers
    if powers != (0, 0):
        image, filters, y = (
            np.ldexp(a, p) for a, p in ((image, pixels), (filters, weights), (y, pixels + weights))
        )
    return Trial(call("conv", image, filters), y, tests)


def pooling_shapes(side: int, edition: Edition) -> Iterator[tuple[Shape, int, int]]:
    """Map, S and T: all H, W <= side + 2, S <= side / 2, T <= side / 2 + 1 that are valid."""
    for size in range(1, max(side // 2, 1) + 1):
        for height, width in product(range(size, side + 3), repeat=2):
            for channels, stride in product(POOLED_CHANNELS, range(1, side // 2 + 2)):
                shape = (height, width, channels)
                if oracle.broken(call("pooling", np.zeros(shape), size, stride), edition) is None:
                    yield shape, size, stride


def pooling_trials(
    shape: Shape, size: int, stride: int, edition: Edition, significand: int, random: Random
) -> Iterator[Trial]:
    """Each class of pixels, S apart, on top: in a random order, and in the reverse of it.

    A window holds one pixel of each class. The two orders tell by the values of the result which
    pixels it can be the largest of: see docs/certificate.md. Their numbers are of all magnitudes,
    as a monotone map of the order; where it is reversed, all below zero.
    """
    count = int(np.prod(shape))
    rows, cols, _ = np.indices(shape)
    orders = []
    for a, b in product(range(size), repeat=2):
        top = ((rows % size == a) & (cols % size == b)) * count
        ranks = random.permutation(count).reshape(shape)
        orders += [top + ranks, top + count - 1 - ranks]
    wide, low = numbers(random, 2 * count, significand), -numbers(random, 2 * count, significand)
    low = np.sort(-np.abs(low))
    maps = [(low if i % 2 else wide)[order] for i, order in enumerate(orders)]
    second, unit = wide[orders[1]], 2.0 ** (1 - significand)
    monotone = [np.floor(orders[0] / 5.0) - 9, 1 + orders[0] * unit, -2 + orders[-1] * 2 * unit]
    tests = [""] * len(maps) + ["", "maxima of two maps", *(["monotone maps"] * len(monotone))]
    maps += [second, np.maximum(maps[0], second), *monotone]
    results = pooled(np.stack(maps), size, stride, edition)
    for x, y, test in zip(maps, results, tests, strict=True):
        yield Trial(call("pooling", x, size, stride), y, test)


EXPONENTS = {53: (-1020, 970), 24: (-120, 100)}
"""For significands of so many bits, between which powers of two a whole number stays a float."""


def numbers(random: Random, count: int, significand: int) -> Array:
    """Distinct numbers of both signs and all magnitudes, and zero, the smallest first."""
    most = 2 ** (significand - 2)
    low, high = EXPONENTS.get(significand, (-4, 4))
    odd = random.randint(most // 2, most, count, dtype=np.int64) * 2 + 1
    exponents = random.permutation(np.linspace(low, high, count).astype(int))
    values = np.sort(random.choice([-1.0, 1.0], count) * np.ldexp(odd.astype(float), exponents))
    values[np.argmin(np.abs(values))] = 0
    return values


def pooled(maps: Array, size: int, stride: int, edition: Edition) -> Array:
    """The largest of each window, for maps of one shape: (maps, H, W, C) to (maps, Ho, Wo, C)."""
    height, width = (spec.pooled(extent, size, stride, edition) for extent in maps.shape[1:3])
    y = np.zeros((len(maps), height.length, width.length, maps.shape[3]))
    largest = sliding_window_view(maps, (size, size), axis=(1, 2)).max(axis=(4, 5))
    rows, cols = height.windows, width.windows
    if rows and cols:
        y[:, :rows, :cols] = largest[:, ::stride, ::stride][:, :rows, :cols]
    return y
