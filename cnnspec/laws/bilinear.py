"""The law of an operation that is bilinear in two arrays.

Two bilinear maps that differ do so at nearly every point. Each result is computed here, in whole
numbers, by code that neither the book nor the reference has.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np

from cnnspec.kit.certificate import Law
from cnnspec.kit.exact import grid_split
from cnnspec.kit.filling import Shape, whole
from cnnspec.kit.operation import call
from cnnspec.kit.session import Session
from cnnspec.laws.certificate import Domain, Random, Trial, impulse, in_precision, law_of, points
from cnnspec.spec import Array

Pair = tuple[Shape, Shape]


@dataclass(frozen=True)
class Bilinear:
    """What is tried of a bilinear operation.

    pairs: the shapes of its two arrays, up to a side; short: the same in words. terms: how many
    products are summed at a pair of shapes. evaluate: the result, in 64-bit integers. arrays,
    plural: the two arrays in words. inputs: what is claimed of them.
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
    return Domain(
        shapes=len(pairs),
        groups=(list(trials(tried, pair, significand, random)) for pair in pairs),
        error=max(chance ** points(chance) for chance in chances),
        short=tried.short(side),
        inputs=f"{tried.inputs} whose sums are exact{in_precision(significand)}",
        law=f"is bilinear in {first} and {second}",
        strength=f"A bilinear {tried.operation} that deviates anywhere there is certified with a "
        "probability below {error:.1g}.",
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


def trials(tried: Bilinear, pair: Pair, significand: int, random: Random) -> Iterator[Trial]:
    """Random points of one pair of shapes; sums of two (additive); powers of two; impulses.

    What sums and multiples give is added and multiplied: all numbers are whole, and few bits wide.
    """
    first, second = tried.plural
    bits = grid(significand, tried.terms(pair))
    again = points(chance_of_agreement(significand, tried.terms(pair)))
    x, w = (
        [whole(random, s, b) for _ in range(max(again, 2))] for s, b in zip(pair, bits, strict=True)
    )
    points_ = [trial(tried, left, right) for left, right in zip(x[:again], w, strict=False)]
    other, another = trial(tried, x[1], w[0]), trial(tried, x[0], w[1])
    y = points_[0].expected
    yield from (*points_, other, another)
    for left, right, more, tests in (
        (x[0] + x[1], w[0], other, f"sums of {first}"),
        (x[0], w[0] + w[1], another, f"sums of {second}"),
    ):
        yield Trial(call(tried.operation, left, right), y + more.expected, tests)
    if pair[0][0] == pair[0][1]:
        for signs in ((1, 1), (1, -1), (-1, 1), (-1, -1)):
            drawn = random.randint(*(100, 250) if significand > 24 else (10, 30), 2)
            powers = (drawn * signs).tolist()
            scaled = (np.ldexp(a, p) for a, p in zip((x[0], w[0]), powers, strict=True))
            yield Trial(call(tried.operation, *scaled), np.ldexp(y, sum(powers)), "scalings")
    else:
        yield trial(tried, impulse(random, pair[0], bits[0]), w[0], "impulses")
        yield trial(tried, x[0], impulse(random, pair[1], bits[1]), "impulses")


def trial(tried: Bilinear, x: Array, w: Array, tests: str = "") -> Trial:
    """A trial of whole numbers; its result by 64-bit integers, of which no sum rounds either."""
    y = tried.evaluate(x.astype(np.int64), w.astype(np.int64)).astype(np.float64)
    return Trial(call(tried.operation, x, w), y, tests)
