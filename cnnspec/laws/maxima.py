"""The law of an operation whose results are maxima, each over a fixed set of elements.

A few orders of the elements tell all such sets apart. Each result is computed here by code that
neither the book nor the reference has.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial

import numpy as np

from cnnspec.kit.certificate import Law
from cnnspec.kit.filling import Shape
from cnnspec.kit.session import Session
from cnnspec.laws.certificate import Domain, Random, Trials, in_precision, law_of
from cnnspec.laws.certificate import trials as stacked_trials
from cnnspec.spec import Array, Edition

Numbers = tuple[int, ...]


@dataclass(frozen=True)
class Maxima:
    """What is tried of an operation that takes maxima over windows.

    shapes: maps and numbers (the size first), up to a side; short: the same in words. channels: of
    the maps, in words. evaluate: the results of maps (maps, H, W, C), with the numbers.
    """

    operation: str
    shapes: Callable[[int, Edition], Iterable[tuple[Shape, Numbers]]]
    short: Callable[[int], str]
    channels: str
    evaluate: Callable[[Array, Numbers, Edition], Array]


def maxima(tried: Maxima) -> Law:
    """The law of maxima: every shape up to a side is tried."""
    return law_of(tried.operation, partial(domain, tried))


def domain(tried: Maxima, session: Session, side: int, random: Random) -> Domain:
    """Every shape up to a side, with all numbers."""
    shapes = list(tried.shapes(side, session.edition))
    significand = session.bits(tried.operation)
    most = 2 * max(int(np.prod(shape)) for shape, _ in shapes)
    pool = values(random, max(most, POOL), significand)
    return Domain(
        shapes=len(shapes),
        groups=(
            trials(tried, *case, session.edition, significand, pool, random) for case in shapes
        ),
        error=0.0,
        short=tried.short(side),
        inputs=f"every C-contiguous float64 map of {tried.channels} channels whose numbers are "
        "finite"
        f"{' and exact' + in_precision(significand) if significand < 53 else ''}",
        law="takes for each element of its result the largest of a fixed set of elements (or a "
        "fixed number)",
        strength="The evaluations tell any two such sets apart.",
    )


def trials(
    tried: Maxima,
    shape: Shape,
    numbers: Numbers,
    edition: Edition,
    significand: int,
    pool: Array,
    random: Random,
) -> Trials:
    """Trials in all the orders of elements, and of the two laws.

    A monotone map turns an order into numbers of all magnitudes, or into such below zero.
    """
    order = orders(shape, numbers[0], random)
    wide, low = chosen(pool, 2 * order[0].size, random)
    maps = [(low if i % 2 else wide)[one] for i, one in enumerate(order)]
    second, unit = wide[order[-2]], 2.0 ** (1 - significand)
    close = 1 + order[0] * unit if random.randint(2) else -2 + order[0] * 2 * unit
    tests = [""] * (len(maps) + 1) + ["maxima of two maps", "monotone maps", "monotone maps"]
    maps += [second, np.maximum(maps[0], second), np.floor(order[0] / 5.0) - 9, close]
    stack = np.stack(maps)
    expected = tried.evaluate(stack, numbers, edition)
    return stacked_trials(tried.operation, [stack], numbers, expected, tests)


def orders(shape: Shape, size: int, random: Random) -> Array:
    """Orders of the elements of a map, along a first axis: each gives every element its rank.

    In the first ones a class of pixels is on top, in a random order: pixels that lie S apart, so
    that a window holds one of each class. The last four go along the channels, and then along the
    rows or the columns, up and down. By the values of the result they tell which elements each one
    is the largest of: see docs/certificate.md.
    """
    height, width, channels = shape
    count = height * width * channels
    row, column, _ = np.indices(shape)
    classes = row % size * size + column % size
    tops = (classes == np.arange(size**2).reshape(-1, 1, 1, 1)) * count
    within = random.random_sample((size**2, count)).argsort(axis=1).reshape(-1, *shape)
    by_row = np.arange(count).reshape(channels, height, width).transpose(1, 2, 0)
    by_column = np.arange(count).reshape(channels, width, height).transpose(2, 1, 0)
    along = [by_row, count - 1 - by_row, by_column, count - 1 - by_column]
    return np.concatenate([tops + within, along])


POOL = 4096
"""How many numbers of all magnitudes are drawn at least; each map takes some of them."""

EXPONENTS = {53: (-1020, 970), 24: (-120, 100)}
"""By the bits of a significand: the range of powers of two that keep a whole number a float."""


def values(random: Random, count: int, significand: int) -> Array:
    """Numbers of both signs and all magnitudes that differ, also without their signs, in order.

    Of few bits there are not as many: then some come again.
    """
    most = 2 ** (significand - 2)
    low, high = EXPONENTS.get(significand, (-4, 4))
    odd = random.randint(most // 2, most, count, dtype=np.int64) * 2 + 1
    exponents = random.permutation(np.linspace(low, high, count).astype(int))
    found = np.resize(random.permutation(np.unique(np.ldexp(odd.astype(float), exponents))), count)
    return np.sort(random.choice([-1.0, 1.0], count) * found)


def chosen(pool: Array, count: int, random: Random) -> tuple[Array, Array]:
    """Some of the numbers, spread over all of them, with zero; and others, all below zero."""
    step = len(pool) // count
    first = random.randint(len(pool) - step * (count - 1))
    wide = pool[first::step][:count].copy()
    wide[np.argmin(np.abs(wide))] = 0
    return wide, np.sort(-np.abs(pool[first::step][:count]))
