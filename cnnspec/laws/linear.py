"""The law of an operation that is linear in one array, its result divided by a count.

Two linear maps that differ do so at nearly every point. Results may be rounded: the sums are so
small that a result times the count, rounded to a whole number, is the sum. Each sum is computed
here, in whole numbers, by code that neither the book nor the reference has.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby
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
    impulses,
    in_precision,
    law_of,
    longest,
    points,
    way_at,
)
from cnnspec.laws.certificate import trials as stacked_trials
from cnnspec.spec import Array

Numbers = tuple[int, ...]


@dataclass(frozen=True)
class Linear:
    """What is tried of a linear operation.

    shapes: maps and numbers, up to a side; short: the same in words. channels: of the maps, in
    words. sums: for each of some numbers, the results of many maps times the count, in 64-bit
    integers; the first axis of the maps is that of the numbers. count: how many elements are
    summed, given the numbers; the first of them says it.
    """

    operation: str
    shapes: Callable[[int], Iterable[tuple[Shape, Numbers]]]
    short: Callable[[int], str]
    channels: str
    sums: Callable[[Array, Sequence[Numbers]], Iterable[Array]]
    count: Callable[[Numbers], int]


def linear(tried: Linear) -> Law:
    """The law of a linear operation: every shape up to a side is tried."""
    return law_of(tried.operation, partial(domain, tried))


def domain(tried: Linear, session: Session, side: int, random: Random) -> Domain:
    """Every shape up to a side, with all numbers."""
    shapes = list(tried.shapes(side))
    largest, significand = max(shape for shape, _ in shapes), session.bits(tried.operation)
    chances = [chance_of_agreement(significand, tried.count(numbers)) for _, numbers in shapes]
    return Domain(
        shapes=len(shapes),
        groups=(
            one
            for (shape, _), alike in groupby(shapes, key=lambda case: (case[0], case[1][0]))
            for one in trials(tried, shape, [numbers for _, numbers in alike], significand, random)
        ),
        error=max(chance ** points(chance) for chance in chances),
        short=tried.short(side),
        inputs=f"every C-contiguous float64 map of {tried.channels} channels whose sums are exact"
        f"{in_precision(significand)}",
        law="gives for each element of its result, times the count of its window and rounded to a "
        "whole number, a sum of whole multiples of the map's elements",
        strength="Such an operation that deviates anywhere there is certified with a probability "
        "below {error:.1g}.",
        longest=longest(tried.operation, (((m,), n) for m, n in shapes if m == largest)),
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
    tried: Linear, shape: Shape, several: Sequence[Numbers], significand: int, random: Random
) -> Iterator[Trials]:
    """Random points of one shape, and one way to test the law: sums, an impulse or powers of two.

    several: numbers with one count. Maps are drawn anew for each of them.
    """
    count = tried.count(several[0])
    width, whole = bits(significand, count), (len(several), *shape)
    again, way = points(chance_of_agreement(significand, count)), way_at(shape, random)
    x = drawn(random, (max(again, 2) if way == "sums" else again, *whole), width)
    tests = [""] * len(x)
    if way == "sums":
        x, tests = np.concatenate([x, [x[0] + x[1]]]), [*tests, "sums of maps"]
    elif way == "impulses":
        alone = impulses(random, whole, [shape] * len(several), width)
        x, tests = np.concatenate([x, [alone]]), [*tests, "impulses"]
    maps = np.ascontiguousarray(x.swapaxes(0, 1))
    for numbers, one, sums in zip(several, maps, tried.sums(maps, several), strict=True):
        given, totals, tested = one.astype(float), sums.astype(float), tests
        if way == "scalings":
            power = random.randint(*(100, 250) if significand > 24 else (10, 30))
            given, totals = (scaled(array, power) for array in (given, totals))
            tested = [*tests, "scalings", "scalings"]
        yield stacked_trials(tried.operation, [given], numbers, totals / count, tested)


def scaled(arrays: Array, power: int) -> Array:
    """Arrays, and the first of them times a power of two, and divided by it with the other sign."""
    return np.concatenate([arrays, np.ldexp(arrays[:1], power), np.ldexp(-arrays[:1], -power)])
