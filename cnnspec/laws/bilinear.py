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

Pair = tuple[Shape, Shape]


@dataclass(frozen=True)
class Bilinear:
    """What is tried of a bilinear operation.

    pairs: the shapes of its two arrays, up to a side; short: the same in words. terms: how many
    products are summed at a pair of shapes. evaluate: the results of many calls along a first axis,
    in 64-bit integers. arrays, plural: the two arrays in words. inputs: what is claimed of them.
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
        groups=(trials(tried, pair, significand, random) for pair in pairs),
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


def trials(tried: Bilinear, pair: Pair, significand: int, random: Random) -> Trials:
    """Random points of one pair of shapes; a sum of two (additive); powers of two, or an impulse.

    What sums and multiples give is added and multiplied: all numbers are whole, and few bits wide.
    """
    bits = grid(significand, tried.terms(pair))
    again = points(chance_of_agreement(significand, tried.terms(pair)))
    x, w = (
        drawn(random, (max(again, 2), *shape), width)
        for shape, width in zip(pair, bits, strict=True)
    )
    which = random.randint(2)  # of the two arrays: that which is summed, or is an impulse
    other = (x[1], w[0]) if which == 0 else (x[0], w[1])
    made = [*zip(x[:again], w[:again], strict=True), other]
    tests = [""] * len(made)
    oblong = pair[0][0] != pair[0][1]
    if oblong:
        alone = impulse(random, pair[which], bits[which])
        made.append((alone, w[0]) if which == 0 else (x[0], alone))
        tests.append("impulses")
    left, right = (np.stack(arrays) for arrays in zip(*made, strict=True))
    y = tried.evaluate(left, right)
    both = (x[0] + x[1], w[0]) if which == 0 else (x[0], w[0] + w[1])
    more = [(*both, y[0] + y[again])]
    tests.append(f"sums of {tried.plural[which]}")
    if not oblong:
        more += scaled(x[0], w[0], y[0], significand, random)
        tests += ["scalings"] * 2
    arrays = [
        np.concatenate([first.astype(float), [one[i] for one in more]])
        for i, first in enumerate((left, right, y))
    ]
    return stacked_trials(tried.operation, arrays[:2], (), arrays[2], tests)


def scaled(
    x: Array, w: Array, y: Array, significand: int, random: Random
) -> Iterator[tuple[Array, Array, Array]]:
    """A point times powers of two, up in one trial where it is down in the other."""
    powers = random.randint(*(100, 250) if significand > 24 else (10, 30), 2)
    powers *= random.choice([-1, 1], 2)
    for p, q in (powers, -powers):
        yield np.ldexp(x, p), np.ldexp(w, q), np.ldexp(y, p + q)
