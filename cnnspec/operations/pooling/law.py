"""The law of pooling: each element is the largest of a fixed set."""

from collections.abc import Iterator
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
        if oracle.broken(call("pooling", np.zeros(shape), size, stride), edition) is None:
            yield shape, (size, stride)


def evaluate(maps: Array, numbers: Numbers, edition: Edition) -> Array:
    """The largest of each window, for maps of one shape: (maps, H, W, C) to (maps, Ho, Wo, C)."""
    size, stride = numbers
    height, width = (oracle.axis(n, size, stride, edition) for n in maps.shape[1:3])
    y = np.zeros((len(maps), height.length, width.length, maps.shape[3]))
    rows, cols = height.windows, width.windows
    if rows and cols:
        largest = reduce(np.maximum, windows.places(maps, size, stride))
        y[:, :rows, :cols] = largest[:, :rows, :cols]
    return y


POOLING = Maxima(
    operation="pooling",
    shapes=shapes,
    short=windows.range_in_words,
    channels=" or ".join(map(str, CHANNELS)),
    evaluate=evaluate,
)

law = maxima(POOLING)
