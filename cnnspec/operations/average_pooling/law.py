"""The law of average_pooling: each element is a sum over a window, divided by a count."""

from collections.abc import Iterator, Sequence

import numpy as np

from cnnspec.kit import windows
from cnnspec.kit.filling import Shape
from cnnspec.laws.linear import Linear, Numbers, linear
from cnnspec.spec import Array

CHANNELS = (1, 3)


def shapes(side: int) -> Iterator[tuple[Shape, Numbers]]:
    """Map, S and T: all H, W <= side + 2, S <= side / 2, T <= side / 2 + 1 in which S fits."""
    return ((shape, (size, stride)) for shape, size, stride in windows.shapes(side, CHANNELS))


def sums(x: Array, several: Sequence[Numbers]) -> Iterator[Array]:
    """The sum of each window of many maps, in whole numbers.

    several: sizes, all the same, with strides: for each one some maps. Of all windows, which begin
    one apart, those at a stride are taken.
    """
    every = np.add.reduce([*windows.places(x, several[0][0], 1)])
    return (one[:, ::stride, ::stride] for one, (_, stride) in zip(every, several, strict=True))


def count(numbers: Numbers) -> int:
    """How many elements a window has."""
    return numbers[0] ** 2


AVERAGE_POOLING = Linear(
    operation="average_pooling",
    shapes=shapes,
    short=windows.range_in_words,
    channels=" or ".join(map(str, CHANNELS)),
    sums=sums,
    count=count,
)

law = linear(AVERAGE_POOLING)
