"""The law of pooling: each element is the largest of a fixed set. Two orders tell all sets apart.

Each result is computed here by code that neither the book nor the reference has.
"""

from collections.abc import Iterator
from itertools import product

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from cnnspec.kit.calls import call
from cnnspec.kit.certificate import Asked, Certificate, Progress, Refutation
from cnnspec.kit.filling import Shape, random_for
from cnnspec.kit.session import Session
from cnnspec.laws.certificate import Domain, Trial, certify, narrow
from cnnspec.operations.pooling import oracle
from cnnspec.spec import Array, Edition

POOLED_CHANNELS = (1, 3)

Random = np.random.RandomState


def law(
    session: Session, asked: Asked, progress: Progress
) -> tuple[Certificate, Refutation | None]:
    """Try every legal shape, size and stride of pooling up to a side."""
    random = random_for("certificate", "pooling", asked.seed)
    return certify(session, "pooling", domain(session, asked.side, random), asked, progress)


def domain(session: Session, side: int, random: np.random.RandomState) -> Domain:
    """Every legal shape, size and stride of pooling up to a side."""
    edition = session.edition
    shapes = list(pooling_shapes(side, edition))
    significand = session.bits("pooling")
    channels = " or ".join(map(str, POOLED_CHANNELS))
    short = f"H, W <= {side + 2}, S <= {max(side // 2, 1)}, T <= {side // 2 + 1}"
    return Domain(
        shapes=len(shapes),
        groups=(list(pooling_trials(*one, edition, significand, random)) for one in shapes),
        error=0.0,
        short=short,
        inputs=f"every C-contiguous float64 map of {channels} channels whose numbers are finite"
        f"{' and exact' + narrow(significand) if significand < 53 else ''}",
        law="takes for each element of its result the largest of a fixed set of elements (or a "
        "fixed number)",
        strength="The evaluations tell any two such sets apart.",
    )


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
    height, width = (oracle.axis(extent, size, stride, edition) for extent in maps.shape[1:3])
    y = np.zeros((len(maps), height.length, width.length, maps.shape[3]))
    largest = sliding_window_view(maps, (size, size), axis=(1, 2)).max(axis=(4, 5))
    rows, cols = height.windows, width.windows
    if rows and cols:
        y[:, :rows, :cols] = largest[:, ::stride, ::stride][:, :rows, :cols]
    return y
