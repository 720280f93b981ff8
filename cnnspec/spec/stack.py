"""stack: conv, relu and pooling one after another, layer upon layer.

A layer is a conv, a relu and a pooling of size 2 and stride 2. What it gives is the image of the
next layer: the maps of one conv are the channels of the next.

An example with one layer, a filter of a single weight, -1, on an image of 4 by 4:

    image            conv                relu          pooling
    -1  2  0 -3       1 -2  0  3         1 0 0 3       1 3
     4 -1  1  0      -4  1 -1  0         0 1 0 0       5 0
     2 -5  1  2      -2  5 -1 -2         0 5 0 0
     0  1  3  1       0 -1 -3 -1         0 0 0 0

>>> image = [[-1, 2, 0, -3], [4, -1, 1, 0], [2, -5, 1, 2], [0, 1, 3, 1]]
>>> (layer,) = stack(image, [[[[-1]]]])
>>> layer.pool[:, :, 0]
array([[1., 3.],
       [5., 0.]])
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy.typing as npt

from cnnspec.spec.conv import conv
from cnnspec.spec.numbers import Array, Edition
from cnnspec.spec.pooling import pooling
from cnnspec.spec.relu import relu


class Layer(NamedTuple):
    """What one layer of the stack computes, each (H, W, C)."""

    conv: Array
    relu: Array
    pool: Array


def stack(
    image: npt.ArrayLike,
    banks: Sequence[npt.ArrayLike],
    *,
    edition: Edition = "standard",
    conv: Callable[..., Array] = conv,
    relu: Callable[..., Array] = relu,
    pooling: Callable[..., Array] = pooling,
) -> list[Layer]:
    """Chain conv, relu and pooling(..., 2, 2), one layer for each bank of filters.

    Shapes: image as conv's; a bank (N, K, K, C) where C is the N of the bank before. The three
    operations are the specification's own unless others of the same signature are given.

    (S1) The output of each layer is the input of the next, and the shapes follow.
    (S2) On Chelsea with the article's filters, the layers are the goldens.

    Raises SpecError as the operations do. Source: the article, section 6.
    """
    layers = []
    for filters in banks:
        feature_map = conv(image, filters)
        rectified = relu(feature_map)
        image = pooling(rectified, 2, 2, edition=edition)  # S1
        layers.append(Layer(feature_map, rectified, image))
    return layers
