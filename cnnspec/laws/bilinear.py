"""The law of an operation that is bilinear in two arrays.

Two bilinear maps that differ do so at nearly every point. Each result is computed here, in whole
numbers, by code that neither the book nor the reference has.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby

import numpy as np

from cnnspec.kit.certificate import Law
from cnnspec.kit.exact import grid_split
from cnnspec.kit.filling import Shape
from cnnspec.kit.session import Session
from cnnspec.laws.certificate import (
    Domain,
    Random,
    Trials,
    Way,
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

Pair = tuple[Shape, Shape]


@dataclass(frozen=True)
class Bilinear:
    """What is tried of a bilinear operation.

    pairs: the shapes of its two arrays, up to a side; short: the same in words. terms: how many
    products are summed at a pair of shapes. evaluate: the results of many calls along a first axis,
    in 64-bit integers. The second array has parts along its first axis, and for each of them there
    is an element along the last axis of the result: it depends on no other part. arrays, plural:
    the two arrays in words. inputs: what is claimed of them.
    """

    operation: str
    pairs: Callable[[int], Iterable[Pair]]
    short: Callable[[int], str]
    terms: Callable[[Pair], int]
    evaluate: Callable[[Array, Array], Array]
    arrays: tuple[str, str]
    plural: tuple[str, str]
    inputs: str


def bilinear(tried: Bilinear) -> Law:
    """The law of a bilinear operation: every pair of shapes up to a side is tried."""
    return law_of(tried.operation, partial(domain, tried))


def domain(tried: Bilinear, session: Session, side: int, random: Random) -> Domain:
    """Every pair of shapes up to a side."""
    pairs, significand = list(tried.pairs(side)), session.bits(tried.operation)
    chances = [chance_of_agreement(significand, tried.terms(pair)) for pair in pairs]
    first, second = tried.arrays
    largest = max(one for one, _ in pairs)
    return Domain(
        shapes=len(pairs),
        groups=(
            one
            for _, alike in groupby(pairs, key=but_for_parts)
            for one in trials(tried, list(alike), significand, random)
        ),
        error=max(chance ** points(chance) for chance in chances),
        short=tried.short(side),
        inputs=f"{tried.inputs} whose sums are exact{in_precision(significand)}",
        law=f"is bilinear in {first} and {second}",
        strength=f"A bilinear {tried.operation} that deviates anywhere there is certified with a "
        "probability below {error:.1g}.",
        longest=longest(tried.operation, ((pair, ()) for pair in pairs if pair[0] == largest)),
    )


def grid(significand: int, terms: int) -> tuple[int, int]:
    """Bits of the numbers in each array, so few that sums of two arrays stay exact too."""
    first, second = grid_split(significand, terms)
    return max(first - 1, 1), max(second - 1, 1)


def chance_of_agreement(significand: int, terms: int) -> float:
    """The probability that two different bilinear maps agree at one random point.

    1 / (numbers to choose from) for each array, summed: Schwartz and Zippel's lemma.
    """
    return sum(1 / (2.0 ** (bits + 1) + 1) for bits in grid(significand, terms))


def but_for_parts(pair: Pair) -> tuple[Shape, Shape]:
    """What pairs have in common whose second arrays have more or fewer parts."""
    return pair[0], pair[1][1:]


def trials(
    tried: Bilinear, pairs: Sequence[Pair], significand: int, random: Random
) -> Iterator[Trials]:
    """Random points of pairs of shapes, and one way to test the law.

    Sums of two arrays, or impulses; where the first array is square powers of two. pairs: alike but
    for the parts of the second array. All numbers are drawn anew for each of them; all are
    evaluated at once, as if each had the most parts, and those that it lacks are cut off.
    """
    terms, shapes = tried.terms(pairs[0]), (pairs[0][0], max(second for _, second in pairs))
    again, way = points(chance_of_agreement(significand, terms)), way_at(shapes[0], random)
    which = random.randint(2, size=len(pairs))  # of the two arrays is summed, or an impulse
    given = [
        varied(random, shape, [pair[i] for pair in pairs], width, again, way, which == i)
        for i, (shape, width) in enumerate(zip(shapes, grid(significand, terms), strict=True))
    ]
    found = tried.evaluate(*(array.reshape(-1, *array.shape[2:]) for array in given))
    exact = [*given, found.reshape(*given[0].shape[:2], *found.shape[1:])]
    arrays = [array.astype(float) for array in exact]
    if way == "scalings":
        more = scaled([array[:, 0] for array in arrays], significand, random)
        arrays = [np.concatenate(both, axis=1) for both in zip(arrays, more, strict=True)]
    for i, (_, second) in enumerate(pairs):
        x, w, y = (array[i] for array in arrays)
        w, y = np.ascontiguousarray(w[:, : second[0]]), y[..., : second[0]]
        tests = [*[""] * again, *tests_of(way, tried.plural[which[i]])]
        yield stacked_trials(tried.operation, [x, w], (), y, tests)


def tests_of(way: Way, plural: str) -> list[str]:
    """What is tested by each evaluation beside the random points."""
    if way == "sums":
        return ["", f"sums of {plural}"]
    return ["impulses"] if way == "impulses" else ["scalings", "scalings"]


def varied(
    random: Random,
    shape: Shape,
    shapes: Sequence[Shape],
    bits: int,
    again: int,
    way: Way,
    which: Array,
) -> Array:
    """One of the two arrays in the trials of each pair of shapes, in whole numbers.

    (pairs, trials, *shape), of which each pair has the part of its own shape. which: for each pair,
    whether this array is the one that is summed, or an impulse; else it stays the same there.
    """
    whole = (len(shapes), *shape)
    x = drawn(random, (max(again, 2) if way == "sums" else again, *whole), bits)
    chosen = which.reshape(-1, *(1 for _ in shape))
    others: list[Array] = []
    if way == "sums":
        others = [x[1], x[0] + x[1]]
    elif way == "impulses":
        others = [impulses(random, whole, shapes, bits)]
    return np.stack([*x[:again], *(np.where(chosen, other, x[0]) for other in others)], axis=1)


def scaled(point: Sequence[Array], significand: int, random: Random) -> Iterator[Array]:
    """A point times powers of two, up in one trial where it is down in the other.

    point: both arrays and the result, those of many pairs along a first axis.
    """
    x = point[0]
    powers = random.randint(*(100, 250) if significand > 24 else (10, 30), (2, len(x)))
    powers *= random.choice([-1, 1], powers.shape)
    for array, power in zip(point, (*powers, powers.sum(axis=0)), strict=True):
        up = power.reshape(-1, *(1 for _ in array.shape[1:]))
        yield np.stack([np.ldexp(array, up), np.ldexp(array, -up)], axis=1)
