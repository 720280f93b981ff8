"""What a valid conv shall give, and whether a call is valid at all.

Small calls are computed by the book; larger ones by NumPy, a sum over a view of the windows, which
shares no code with the reference. Where every partial sum is exact, on the grids of
inputs.py, the two agree to the bit; a test says so.
"""

from collections.abc import Callable, Iterator
from fractions import Fraction
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnspec import spec
from cnnspec.kit.calls import Call
from cnnspec.kit.exact import Interval, gamma, integers, subnormal_quantum
from cnnspec.kit.geometry import most_windows
from cnnspec.kit.operation import NOTHING
from cnnspec.operations.conv import general
from cnnspec.operations.conv.sliding import slid
from cnnspec.spec import Array, Edition, SpecError

Conv = Callable[[Any, Any], Array]

SPEC_WORK = 30
"""The book computes calls with at most this many steps of its innermost loop."""


def broken(call: Call, edition: Edition) -> str | None:
    """The first clause that rejects a call, or None where it is valid."""
    if edition == "general":
        return general.broken(call)
    try:
        spec.require_conv(*call.arrays)
    except SpecError as error:
        return error.clause
    return None


def expected(call: Call, edition: Edition) -> Array:
    """What a valid call gives, as float64; on an exact grid to the bit."""
    if edition == "general" and not is_plain(call):
        return general.expected(call)
    image, filters = call.arrays
    if work(call) > SPEC_WORK:
        return slid(image, filters)
    return spec.conv(*(np.asarray(one, np.float64) for one in (image, filters)))


def is_plain(call: Call) -> bool:
    """Whether a call is one of edition standard, too: it has no options, and odd square filters."""
    return len(call.arguments) == len(("image", "filters")) and broken(call, "standard") is None


def intervals(
    image: Array, filters: Array, dtype: npt.DTypeLike, conv: Conv = spec.conv
) -> Iterator[Interval]:
    """The exact result for finite numbers, and C9's bound where roundings are those of a dtype.

    conv: computes with Python integers.
    """
    (x, x_unit), (w, w_unit) = integers(image), integers(filters)
    exact, magnitude = conv(x, w), conv(np.abs(x), np.abs(w))
    taps, unit = int(np.prod(filters.shape[1:])), x_unit * w_unit
    relative, absolute = gamma(taps, dtype), taps * subnormal_quantum(dtype)
    for truth, size in zip(exact.flat, magnitude.flat, strict=True):
        yield Fraction(truth, unit), relative * Fraction(size, unit) + absolute


def work(call: Call) -> int:
    """An upper estimate of the multiplications that a call takes, or of the sums without any."""
    if len(call.arguments) > len(("image", "filters")):
        return general.work(call)
    image, filters = call.arrays
    windows = prod(map(most_windows, image.shape[:2], filters.shape[1:3]))
    return int(max(image.size, windows * max(filters.size, prod(filters.shape[:1]))))


def instead(call: Call) -> Array | None:
    """What edition standard allows for invalid input.

    Filters that are not square or not odd may be computed, if rightly; where a filter does not fit,
    a result without elements will do.
    """
    if len(call.arguments) > len(("image", "filters")):
        return general.instead(call)
    image, filters = call.arrays
    if (image.ndim, filters.ndim) not in ((2, 3), (3, 4)) or 0 in filters.shape[1:3]:
        return None
    if image.ndim == 3 and image.shape[2] != filters.shape[3]:
        return None
    if filters.shape[1] > image.shape[0] or filters.shape[2] > image.shape[1]:
        return NOTHING
    return slid(image, filters)
