"""The law of an operation whose results are maxima, each over a fixed set of elements.

A few orders of the elements tell all such sets apart. Each result is computed here by code that
neither the book nor the reference has.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from math import prod

import numpy as np

from cnnspec.kit.certificate import Law
from cnnspec.kit.filling import Shape
from cnnspec.kit.session import Session
from cnnspec.laws.certificate import Domain, Random, Trials, in_precision, law_of, longest
from cnnspec.laws.certificate import trials as stacked_trials
from cnnspec.spec import Array, Edition

Numbers = tuple[int, ...]


@dataclass(frozen=True)
class Maxima:
    """What is tried of an operation that takes maxima over windows.

    shapes: maps and numbers (the size first), up to a side; short: the same in words. channels: of
    the maps, in words. evaluate: for each of some numbers of one size, the results of maps
    (numbers, maps, H, W, C).
    """

    operation: str
    shapes: Callable[[int, Edition], Iterable[tuple[Shape, Numbers]]]
    short: Callable[[int], str]
    channels: str
    evaluate: Callable[[Array, Sequence[Numbers], Edition], Iterable[Array]]


def maxima(tried: Maxima) -> Law:
    """The law of maxima: every shape up to a side is tried."""
    return law_of(tried.operation, partial(domain, tried))


def domain(tried: Maxima, session: Session, side: int, random: Random) -> Domain:
    """Every shape up to a side, with all numbers."""
    shapes = list(tried.shapes(side, session.edition))
    largest, significand = max(shape for shape, _ in shapes), session.bits(tried.operation)
    most = 2 * max(prod(shape) for shape, _ in shapes)
    pool = both(values(random, max(most, POOL), significand))
    return Domain(
        shapes=len(shapes),
        groups=(
            one
            for (shape, _), alike in groupby(shapes, key=lambda case: (case[0], case[1][0]))
            for one in trials(
                tried, shape, [n for _, n in alike], session.edition, significand, pool, random
            )
        ),
        error=0.0,
        short=tried.short(side),
        inputs=f"every C-contiguous float64 map of {tried.channels} channels whose numbers are "
        "finite"
        f"{' and exact' + in_precision(significand) if significand < 53 else ''}",
        law="takes for each element of its result the largest of a fixed set of elements (or a "
        "fixed number)",
        strength="The evaluations tell any two such sets apart.",
        longest=longest(tried.operation, (((m,), n) for m, n in shapes if m == largest)),
    )


def trials(
    tried: Maxima,
    shape: Shape,
    several: Sequence[Numbers],
    edition: Edition,
    significand: int,
    pool: Array,
    random: Random,
) -> Iterator[Trials]:
    """Trials in all the orders of elements, and of one of the two laws.

    several: numbers of one size. Maps are drawn anew for each of them. The first order becomes
    neighbouring floats, and by a monotone map few numbers, so that many are equal; the others are
    turned into numbers of all magnitudes, and into such below zero.
    """
    size, members = several[0][0], len(several)
    order = orders(shape, size, members, random)
    low = np.arange(order.shape[1]) % 2
    if size > 1:
        low[-2:] = 0  # then much of both shows in their maximum
    numbers = chosen(pool, 2 * prod(shape), members, random)
    member = np.arange(members).reshape(-1, 1, 1, 1, 1)
    maps = numbers[member, low.reshape(-1, 1, 1, 1), order]
    maps[:, 0] = neighbours(order[:, 0], significand, random)
    if random.randint(2):
        test, last = "maxima of two maps", np.maximum(maps[:, -2], maps[:, -1])
    else:
        test, last = "monotone maps", np.floor(order[:, 0] / 5.0) - 9
    stack = np.concatenate([maps, last[:, None]], axis=1)
    tests = [*[""] * order.shape[1], test]
    results = tried.evaluate(stack, several, edition)
    for given, one, expected in zip(several, stack, results, strict=True):
        yield stacked_trials(tried.operation, [one], given, expected, tests)


def neighbours(orders: Array, significand: int, random: Random) -> Array:
    """Floats that lie as close as they can, above 1 or below -1, in each of some orders."""
    unit = 2.0 ** (1 - significand)
    above = random.randint(2, size=(len(orders), 1, 1, 1))
    return np.where(above, 1 + orders * unit, -2 + orders * 2 * unit)


def orders(shape: Shape, size: int, members: int, random: Random) -> Array:
    """Orders of the elements of a map, along a second axis: each gives every element its rank.

    A rank is less than twice the number of elements. The first axis has several sets of orders that
    say the same. In the first ones of a set a class of pixels is on top, along the channels, rows
    and columns: pixels that lie S apart, so that a window holds one of each class; the others are
    in a random order. The last two go the other way, along the channels, and then along the rows or
    the columns. By the values of the result they tell which elements each one is the largest of:
    see docs/certificate.md.
    """
    height, width, channels = shape
    count = height * width * channels
    row, column, _ = np.indices(shape)
    tops = row % size * size + column % size == np.arange(size**2).reshape(-1, 1, 1, 1)
    by_row = np.arange(count).reshape(channels, height, width).transpose(1, 2, 0)
    by_column = np.arange(count).reshape(channels, width, height).transpose(2, 1, 0)
    found = np.empty((members, size**2 + 2, *shape), np.int64)
    within = random.random_sample((members, count)).argsort(axis=1).reshape(-1, 1, *shape)
    found[:, :-2] = np.where(tops, count + by_row, within)
    found[:, -2:] = 2 * (count - 1 - by_row), 2 * (count - 1 - by_column)
    return found


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
    numbers = np.sort(np.ldexp(odd.astype(float), exponents))
    different = numbers[np.append(True, numbers[1:] != numbers[:-1])]  # np.unique imports numpy.ma
    found = np.resize(random.permutation(different), count)
    return np.sort(random.choice([-1.0, 1.0], count) * found)


def both(wide: Array) -> Array:
    """Numbers of both signs, in order; and numbers that are all below zero."""
    return np.stack([wide, np.sort(-np.abs(wide))])


def chosen(pool: Array, count: int, members: int, random: Random) -> Array:
    """Some of the numbers, spread over all of them, with zero; and others, all below zero.

    pool: both kinds. For each member: (members, 2, count).
    """
    step = pool.shape[1] // count
    first = random.randint(pool.shape[1] - step * (count - 1), size=(members, 1))
    found: Array = pool[:, first + step * np.arange(count)].swapaxes(0, 1)
    middle = np.minimum((found[:, 0] < 0).sum(axis=1), count - 1)
    found[np.arange(members), 0, middle] = 0
    return found
