"""The law of an operation with options that is linear in each of its arrays.

At each setting a random point tells two such maps apart, as in bilinear.py and linear.py. Where a
bias is added, the operation is linear but for what it gives for zeros, which is evaluated, too.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cnnspec.kit.filling import Shape
from cnnspec.kit.stack import Stack
from cnnspec.laws.certificate import Random, Trials, drawn, impulses, points
from cnnspec.laws.options import Tried
from cnnspec.spec import Array

SUMS, IMPULSES, SCALINGS = "sums of {}", "impulses", "scalings"


@dataclass(frozen=True)
class Linear:
    """How a setting of an operation is tried that is linear in each array.

    shapes: of its arrays by their names; a bias is the last. width: the bits of the numbers in each
    of them, given those of a significand. chance: the probability that two such maps agree at a
    point. sums: the results of many calls along a first axis times the counts of their elements, in
    64-bit integers. counts: what they are divided by. plural: the arrays in words; a bias has none.
    """

    operation: str
    shapes: Callable[[Tried], dict[str, Shape]]
    widths: Callable[[Tried, int], Sequence[int]]
    chance: Callable[[Tried, int], float]
    sums: Callable[[Tried, Sequence[Array]], Array]
    counts: Callable[[Tried], Array]
    plural: Sequence[str]

    def error(self, one: Tried, significand: int) -> float:
        """The probability that a target which deviates passes at a setting."""
        chance = self.chance(one, significand)
        return float(chance ** points(chance))

    def trials(self, one: Tried, significand: int, tested: bool, random: Random) -> Trials:
        """A random point of a setting. tested: whether a law is tested, too."""
        shapes, widths = self.shapes(one), self.widths(one, significand)
        again = points(self.chance(one, significand))
        arrays = [
            drawn(random, (again, *shape), width)
            for shape, width in zip(shapes.values(), widths, strict=True)
        ]
        several = [SUMS.format(name) for name in self.plural]
        tests = [*several, IMPULSES, SCALINGS]
        test = tests[random.randint(len(tests))] if tested else ""
        if test in several:
            arrays = with_sum(arrays, several.index(test), widths, random)
        elif test == IMPULSES:
            arrays = with_impulse(arrays, random.randint(len(arrays)), widths, random)
        floats = [array.astype(float) for array in (*arrays, self.sums(one, arrays))]
        if test == SCALINGS:
            floats = with_scalings(floats, one.bias, significand, random)
        *given, totals = floats
        stack = Stack(self.operation, dict(zip(shapes, given, strict=True)), one.options)
        return Trials(stack, totals / self.counts(one), [""] * (len(totals) - 1) + [test])


def with_more(arrays: Sequence[Array], more: Mapping[int, Array]) -> list[Array]:
    """More calls, with other numbers in some arrays, and in the rest those of the first call."""
    count = len(next(iter(more.values())))
    return [
        np.concatenate([array, more.get(place, array[:1].repeat(count, axis=0))])
        for place, array in enumerate(arrays)
    ]


def with_sum(
    arrays: Sequence[Array], which: int, widths: Sequence[int], random: Random
) -> list[Array]:
    """Another point of an array, zeros, and the sum of the first point and the other one.

    A bias, which is the third array, belongs to the second.
    """
    more = {}
    for place in range(which, which + 1 if which == 0 else len(arrays)):
        first = arrays[place][:1]
        other = drawn(random, first.shape, widths[place])
        more[place] = np.concatenate([other, 0 * other, first + other])
    return with_more(arrays, more)


def with_impulse(
    arrays: Sequence[Array], which: int, widths: Sequence[int], random: Random
) -> list[Array]:
    """An impulse in one array."""
    shape = arrays[which].shape[1:]
    return with_more(arrays, {which: impulses(random, (1, *shape), [shape], widths[which])})


def with_scalings(
    arrays: Sequence[Array], bias: bool, significand: int, random: Random
) -> list[Array]:
    """The first point times powers of two, up in one call where it is down in the other.

    arrays: those of the calls, and their results. bias: whether one is the last of those.
    """
    alone = len(arrays) - 1 - bias
    powers = random.randint(*(100, 250) if significand > 24 else (10, 30), alone)
    powers *= random.choice([-1, 1], alone)
    every = [*powers, *[powers.sum()] * (1 + bias)]
    return [
        np.concatenate([array, np.ldexp(array[:1], power), np.ldexp(array[:1], -power)])
        for array, power in zip(arrays, every, strict=True)
    ]
