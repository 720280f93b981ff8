"""The law of an operation whose results are maxima, each over a fixed set of elements.

Two orders of the elements tell all such sets apart. Each result is computed here by code that
neither the book nor the reference has.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import product

import numpy as np

from cnnspec.kit.certificate import Law
from cnnspec.kit.filling import Shape
from cnnspec.kit.operation import call
from cnnspec.kit.session import Session
from cnnspec.laws.certificate import Domain, Random, Trial, in_precision, law_of
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
    return Domain(
        shapes=len(shapes),
        groups=(
            list(trials(tried, *case, session.edition, significand, random)) for case in shapes
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
    random: Random,
) -> Iterator[Trial]:
    """Trials with each class of pixels on top, in a random order and in the reverse order.

    The pixels of a class lie S apart, so that a window holds one pixel of each class. By the values
    of the result, the two orders tell which pixels each one is the largest of: see
    docs/certificate.md. A monotone map turns the order into numbers of all magnitudes; in the
    reverse order all are below zero.
    """
    count, size = int(np.prod(shape)), numbers[0]
    rows, cols, _ = np.indices(shape)
    each_way = random.random_sample((size**2, count)).argsort(axis=1).reshape(-1, *shape)
    orders = []
    for ranks, (a, b) in zip(each_way, product(range(size), repeat=2), strict=True):
        top = ((rows % size == a) & (cols % size == b)) * count
        orders += [top + ranks, top + count - 1 - ranks]
    wide, low = (values(random, 2 * count, significand) for _ in range(2))
    low = np.sort(-np.abs(low))
    maps = [(low if i % 2 else wide)[order] for i, order in enumerate(orders)]
    second, unit = wide[orders[1]], 2.0 ** (1 - significand)
    monotone = [np.floor(orders[0] / 5.0) - 9, 1 + orders[0] * unit, -2 + orders[-1] * 2 * unit]
    tests = [""] * len(maps) + ["", "maxima of two maps", *(["monotone maps"] * len(monotone))]
    maps += [second, np.maximum(maps[0], second), *monotone]
    results = tried.evaluate(np.stack(maps), numbers, edition)
    for x, y, test in zip(maps, results, tests, strict=True):
        yield Trial(call(tried.operation, x, *numbers), y, test)


EXPONENTS = {53: (-1020, 970), 24: (-120, 100)}
"""By the bits of a significand: the range of powers of two that keep a whole number a float."""


def values(random: Random, count: int, significand: int) -> Array:
    """Distinct numbers of both signs and all magnitudes, and zero, the smallest first."""
    most = 2 ** (significand - 2)
    low, high = EXPONENTS.get(significand, (-4, 4))
    odd = random.randint(most // 2, most, count, dtype=np.int64) * 2 + 1
    exponents = random.permutation(np.linspace(low, high, count).astype(int))
    found = np.sort(random.choice([-1.0, 1.0], count) * np.ldexp(odd.astype(float), exponents))
    found[np.argmin(np.abs(found))] = 0
    return found
