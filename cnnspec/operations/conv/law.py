"""The law of conv: it is bilinear. Two bilinear maps that differ do so at nearly every point.

Each result is computed here, in whole numbers, by code that neither the book nor the reference has.
"""

from collections.abc import Iterator
from itertools import product
from math import ceil, log

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from cnnspec.kit.calls import call
from cnnspec.kit.certificate import Asked, Certificate, Progress, Refutation
from cnnspec.kit.exact import grid_split
from cnnspec.kit.filling import Shape, random_for, whole
from cnnspec.kit.session import Session
from cnnspec.laws.certificate import Domain, Trial, certify, narrow
from cnnspec.spec import Array

CHANNELS = NUMBER = 4
"""The most channels and filters of a conv."""

ERROR = 1e-6
"""The probability of a wrong certificate stays below this."""

Random = np.random.RandomState


def law(
    session: Session, asked: Asked, progress: Progress
) -> tuple[Certificate, Refutation | None]:
    """Try every legal shape of conv up to a side."""
    random = random_for("certificate", "conv", asked.seed)
    return certify(session, "conv", domain(session, asked.side, random), asked, progress)


def domain(session: Session, side: int, random: np.random.RandomState) -> Domain:
    """Every legal shape of conv up to a side."""
    significand = session.bits("conv")
    shapes = list(conv_shapes(side))
    sizes = sorted({filters[1] for _, filters in shapes})
    short = f"H, W <= {side}, K <= {sizes[-1]}, C, N <= {CHANNELS}"
    return Domain(
        shapes=len(shapes),
        groups=(list(conv_trials(*one, significand, random)) for one in shapes),
        error=max(miss(significand, w) ** rounds(significand, w) for _, w in shapes),
        short=short,
        inputs="every C-contiguous float64 image, with a channel axis or without, and bank of "
        f"filters whose sums are exact{narrow(significand)}",
        law="is bilinear in image and filters",
        strength="A bilinear conv that deviates anywhere there is certified with a probability "
        "below {error:.1g}.",
    )


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
