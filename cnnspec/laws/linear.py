"""The law of an operation that is linear in one array, its result divided by a count.

Two linear maps that differ do so at nearly every point. Results may be rounded: the sums are so
small that a result times the count, rounded to a whole number, is the sum. Each sum is computed
here, in whole numbers, by code that neither the book nor the reference has.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from math import ceil, log2

import numpy as np

from cnnspec.kit.certificate import Law
from cnnspec.kit.filling import Shape, whole
from cnnspec.kit.operation import call
from cnnspec.kit.session import Session
from cnnspec.laws.certificate import Domain, Random, Trial, impulse, in_precision, law_of, points
from cnnspec.spec import Array

Numbers = tuple[int, ...]


@dataclass(frozen=True)
class Linear:
    """What is tried of a linear operation.

    shapes: maps and numbers, up to a side; short: the same in words. channels: of the maps, in
    words. sums: the result times the count, in 64-bit integers. count: how many elements are
    summed, given the numbers.
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
        groups=(list(trials(tried, *case, significand, random)) for case in shapes),
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
) -> Iterator[Trial]:
    """Random points of one shape, a sum of two, a power of two, an impulse."""
    count = tried.count(numbers)
    width = bits(significand, count)
    again = points(chance_of_agreement(significand, count))
    x = [whole(random, shape, width) for _ in range(max(again, 2))]
    sums = [tried.sums(each.astype(np.int64), numbers) for each in x]

    def trial(array: Array, total: Array, tests: str = "") -> Trial:
        return Trial(call(tried.operation, array, *numbers), total / count, tests)

    yield from map(trial, x, sums)
    yield trial(x[0] + x[1], sums[0] + sums[1], "sums of maps")
    if shape[0] == shape[1]:
        power = int(random.randint(*(100, 250) if significand > 24 else (10, 30)))
        for sign in (1, -1):
            scaled = (np.ldexp(sign * a, sign * power) for a in (x[0], sums[0] / count))
            yield Trial(call(tried.operation, next(scaled), *numbers), next(scaled), "scalings")
    else:
        alone = impulse(random, shape, width)
        yield trial(alone, tried.sums(alone.astype(np.int64), numbers), "impulses")
