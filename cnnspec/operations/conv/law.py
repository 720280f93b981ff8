"""The law of conv: it is bilinear in image and filters."""

from collections.abc import Iterator
from itertools import product
from math import prod

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from cnnspec.kit.filling import Shape
from cnnspec.laws.bilinear import Bilinear, bilinear
from cnnspec.spec import Array

CHANNELS = NUMBER = 4
"""The most channels and filters of a conv."""


def pairs(side: int) -> Iterator[tuple[Shape, Shape]]:
    """Image and filters: all H, W <= side, odd K <= side, C <= 4 (or no channel axis), N <= 4."""
    depths = [(), *((channels,) for channels in range(1, CHANNELS + 1))]
    for size in range(1, side + 1, 2):
        for height, width in product(range(size, side + 1), repeat=2):
            for depth, number in product(depths, range(1, NUMBER + 1)):
                yield (height, width, *depth), (number, size, size, *depth)


def in_words(side: int) -> str:
    """The range of `pairs`."""
    return f"H, W <= {side}, K <= {side - 1 + side % 2}, C, N <= {CHANNELS}"


def taps(pair: tuple[Shape, Shape]) -> int:
    """How many products are summed for one element."""
    return prod(pair[1][1:])


def evaluate(image: Array, filters: Array) -> Array:
    """The results in whole numbers, for many calls along a first axis."""
    if image.ndim == 3:
        image, filters = image[..., np.newaxis], filters[..., np.newaxis]
    windows = sliding_window_view(image, filters.shape[2:4], axis=(1, 2))
    return np.einsum("trckij,tnijk->trcn", windows, filters)


CONV = Bilinear(
    operation="conv",
    pairs=pairs,
    short=in_words,
    terms=taps,
    evaluate=evaluate,
    arrays=("image", "filters"),
    plural=("images", "banks"),
    inputs="every C-contiguous float64 image, with a channel axis or without, and bank of filters",
)

law = bilinear(CONV)
