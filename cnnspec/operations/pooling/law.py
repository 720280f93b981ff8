"""The law of pooling: each element is the largest of a fixed set."""

from collections.abc import Iterator, Sequence
from functools import reduce

import numpy as np

from cnnspec.kit import windows
from cnnspec.kit.filling import Shape
from cnnspec.kit.operation import call
from cnnspec.laws.maxima import Maxima, Numbers, maxima
from cnnspec.operations.pooling import oracle
from cnnspec.spec import Array, Edition

CHANNELS = (1, 3)


def shapes(side: int, edition: Edition) -> Iterator[tuple[Shape, Numbers]]:
    """Map, S and T: all H, W <= side + 2, S <= side / 2, T <= side / 2 + 1 that are valid."""
    for shape, size, stride in windows.shapes(side, CHANNELS):
        if edition == "standard" or is_valid(shape, size, stride, edition):
            yield shape, (size, stride)


def is_valid(shape: Shape, size: int, stride: int, edition: Edition) -> bool:
    """Whether an edition takes a map of a shape, with size and stride."""
    return oracle.broken(call("pooling", np.zeros(shape), size, stride), edition) is None


def evaluate(maps: Array, several: Sequence[Numbers], edition: Edition) -> Iterator[Array]:
    """The largest of each window, for maps of one shape: (maps, H, W, C) to (maps, Ho, Wo, C).

    several: sizes, all the same, with strides: for each one some maps. Of all windows, which begin
    one apart, those at a stride are taken.
    """
    every = reduce(np.maximum, windows.places(maps, several[0][0], 1))
    for largest, (size, stride) in zip(every, several, strict=True):
        height, width = (oracle.axis(n, size, stride, edition) for n in maps.shape[2:4])
        y = np.zeros((len(largest), height.length, width.length, maps.shape[4]))
        rows, cols = height.windows, width.windows
        if rows and cols:
            y[:, :rows, :cols] = largest[:, ::stride, ::stride][:, :rows, :cols]
        yield y


POOLING = Maxima(
    operation="pooling",
    shapes=shapes,
    short=windows.range_in_words,
    channels=" or ".join(map(str, CHANNELS)),
    evaluate=evaluate,
)

law = maxima(POOLING)
