"""The law of an operation that is linear in one array, its result divided by a count.

Two linear maps that differ do so at nearly every point. Results may be rounded: the sums are so
small that a result times the count, rounded to a whole number, is the sum. Each sum is computed
here, in whole numbers, by code that neither the book nor the reference has.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from math import ceil, log2

import numpy as np

from cnnspec.kit.certificate import Law
from cnnspec.kit.filling import Shape
from cnnspec.kit.session import Session
from cnnspec.laws.certificate import (
    Domain,
    Random,
    Trials,
    drawn,
    impulse,
    in_precision,
    law_of,
    points,
)
from cnnspec.laws.certificate import trials as stacked_trials
from cnnspec.spec import Array

Numbers = tuple[int, ...]


@dataclass(frozen=True)
class Linear:
    """What is tried of a linear operation.

    shapes: maps and numbers, up to a side; short: the same in words. channels: of the maps, in
    words. sums: the results of many maps times the count, in 64-bit integers. count: how many
    elements are summed, given the numbers.
    """

    operation: str
    shapes: Callable[[int], Iterable[tuple[Shape, Numbers]]]
    short: Callable[[int], str]
    channels: str
    sums: Callable[[Array, Numbers], Array]
    count: Callable[[Numbers], int]


def linear(tried: Linear) -> Law:
    """The law of a linear operation: every shape up to a side is tried."""
    return law_of(tried.operation, partial(domain, tried))


def domain(tried: Linear, session: Session, side: int, random: Random) -> Domain:
    """Every shape up to a side, with all numbers."""
    shapes = list(tried.shapes(side))
    significand = session.bits(tried.operation)
    chances = [chance_of_agreement(significand, tried.count(numbers)) for _, numbers in shapes]
    return Domain(
        shapes=len(shapes),
        groups=(trials(tried, *case, significand, random) for case in shapes),
        error=max(chance ** points(chance) for chance in chances),
        short=tried.short(side),
        inputs=f"every C-contiguous float64 map of {tried.channels} channels whose sums are exact"
        f"{in_precision(significand)}",
        law="gives for each element of its result, times the count of its window and rounded to a "
        "whole number, a sum of whole multiples of the map's elements",
        strength="Such an operation that deviates anywhere there is certified with a probability "
        "below {error:.1g}.",
    )


def bits(significand: int, count: int) -> int:
    """Bits of whole numbers, so few that a result within the bound tells the sum.

    For a sum of two maps this means: gamma(count + 1) * count * 2**(bits + 1) is below a half.
    """
    return max(significand - 3 - ceil(log2(count * (count + 1))), 1)


def chance_of_agreement(significand: int, count: int) -> float:
    """The probability that two different linear maps agree at one random point.

    1 / (numbers to choose from): Schwartz and Zippel's lemma.
    """
    return 1 / (2.0 ** (bits(significand, count) + 1) + 1)


def trials(
    tried: Linear, shape: Shape, numbers: Numbers, significand: int, random: Random
) -> Trials:
    """Random points of one shape, a sum of two, powers of two or an impulse."""
    count = tried.count(numbers)
    width = bits(significand, count)
    again = max(points(chance_of_agreement(significand, count)), 2)
    x = drawn(random, (again, *shape), width)
    tests = [""] * again
    oblong = shape[0] != shape[1]
    if oblong:
        x = np.concatenate([x, [impulse(random, shape, width)]])
        tests.append("impulses")
    sums = tried.sums(x, numbers)
    maps, totals = [x, x[:1] + x[1:2]], [sums, sums[:1] + sums[1:2]]
    tests.append("sums of maps")
    if not oblong:
        power = random.randint(*(100, 250) if significand > 24 else (10, 30))
        for sign in (1, -1):
            maps.append(np.ldexp(sign * x[:1], sign * power))
            totals.append(np.ldexp(sign * sums[:1], sign * power))
            tests.append("scalings")
    expected = np.concatenate(totals) / count
    floats = np.concatenate(maps).astype(float)
    return stacked_trials(tried.operation, [floats], numbers, expected, tests)
