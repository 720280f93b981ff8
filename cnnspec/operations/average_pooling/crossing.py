"""How the calls of average_pooling vary."""

import numpy as np

from cnnspec.kit import window_aspects
from cnnspec.kit.aspects import TINY, Fit, Random, Sizes
from cnnspec.kit.calls import Call
from cnnspec.kit.contents import KINDS
from cnnspec.kit.filling import Shape
from cnnspec.kit.settings import pair
from cnnspec.spec import Array


def terms(call: Call) -> int:
    """The elements of a window, and the division."""
    rows, columns = pair(call.plain["size"])
    return rows * columns + 1


def filled(
    kind: str, shapes: list[Shape], numbers: Sizes, fits: list[Fit], random: Random
) -> list[Array]:
    """A map of a kind of numbers, so few bits wide that sums of windows are exact."""
    (fit,) = fits
    spare = int(numbers["size"] ** 2).bit_length()
    narrow = fit._replace(bits=max(fit.bits - spare, 1))
    if kind == TINY:  # wide, so that means are large beside the roundings of subnormal numbers
        return [KINDS[kind](shapes[0], fit, random)]
    if kind == "lowest" and fit.dtype.kind == "f":
        return [np.full(shapes[0], -1.0 if fit.computed.itemsize < 4 else -(2.0**15), fit.dtype)]
    return [KINDS[kind](shapes[0], narrow, random)]


CROSSING = window_aspects.crossing(
    numbers=tuple(KINDS),
    filled=filled,
    summed=lambda sizes: sizes.get("size", 1) ** 2,
    terms=terms,
)
