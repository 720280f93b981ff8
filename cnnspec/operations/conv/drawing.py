"""Convs on exact grids."""

import math

import numpy as np

from cnnspec.kit import filling
from cnnspec.kit.calls import Call
from cnnspec.kit.exact import grid_split
from cnnspec.kit.filling import Shape, random_for, whole
from cnnspec.kit.operation import call


def conv_call(
    image: Shape,
    filters: Shape,
    dtype: str = "float64",
    significand: int = 53,
    seed: object = 0,
    scale: int = 0,
) -> Call:
    """A conv on an exact grid. scale: of pixels, as a power of two; weights get its opposite."""
    random = random_for(image, filters, dtype, seed)
    free = filling.bits_for(dtype, significand)
    pixel_bits, weight_bits = grid_split(free, math.prod(filters[1:]))
    x = whole(random, image, pixel_bits)
    w = whole(random, filters, weight_bits)
    return call("conv", np.ldexp(x, scale).astype(dtype), np.ldexp(w, -scale // 2).astype(dtype))
