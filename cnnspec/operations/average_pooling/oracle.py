"""What a valid average pooling shall give, and how far from it a result may lie.

Sums are NumPy's over views of the windows, which share no code with the book or the reference. On a
grid of whole numbers they are exact.
"""

from collections.abc import Iterator
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from cnnspec import spec
from cnnspec.kit import windows
from cnnspec.kit.calls import Call
from cnnspec.kit.exact import Interval, gamma, integers, significand_bits, subnormal_quantum
from cnnspec.kit.numerals import whole
from cnnspec.kit.operation import NOTHING
from cnnspec.spec import Array, Edition, SpecError

DTYPES = {53: "float64", 24: "float32", 11: "float16"}
"""Floats by the bits of their significands."""


def broken(call: Call, _edition: Edition) -> str | None:
    """The first clause that rejects a call, or None where it is valid."""
    try:
        spec.require_average_pooling(call.arrays[0], *sizes(call))
    except SpecError as error:
        return error.clause
    return None


def sizes(call: Call) -> tuple[int, int]:
    """Size and stride."""
    given = call.plain
    return whole(given["size"]), whole(given["stride"])


def axis(extent: int, size: int, stride: int, _edition: Edition) -> tuple[int, int]:
    """Along one axis: the length of the result, and how many windows are written into it."""
    count = windows.count(extent, size, stride)
    return count, count


def expected(call: Call, _edition: Edition) -> Array:
    """What a valid call gives, as float64; on an exact grid the mean rounded once."""
    size, stride = sizes(call)
    return sums(call.arrays[0].astype(np.float64), size, stride) / size**2


@np.errstate(all="ignore")
def sums(x: Array, size: int, stride: int) -> Array:
    """The sum of each window, of numbers of any kind."""
    rows = [x[a : len(x) - size + 1 + a] for a in range(size)]
    columns = np.add.reduce(rows)[::stride]
    width = columns.shape[1]
    parts = [columns[:, b : width - size + 1 + b] for b in range(size)]
    return np.asarray(np.add.reduce(parts)[:, ::stride])


def work(call: Call) -> int:
    """An upper estimate of the additions that a call takes."""
    return windows.work(call, sizes(call)[0])


def instead(call: Call) -> Array | None:
    """What edition standard allows for invalid input: no elements, if a window is too large."""
    return NOTHING if windows.too_large(call, *sizes(call)) else None


@np.errstate(all="ignore")
def bound(call: Call, bits: int) -> Array:
    """How far each element may lie from `expected` (A5), where the sums are exact.

    If the count is a power of two, only subnormal results are rounded. bits: of the significand
    with which the target computes. The error of rounding `expected` is added.
    """
    (x,), (size, stride) = call.arrays, sizes(call)
    count = size**2
    given = x.dtype if x.dtype.kind == "f" else np.dtype(float)
    width = min(bits, significand_bits(given))
    quanta = (count + 1) * float(subnormal_quantum(DTYPES[width]))
    mean = expected(call, "standard")
    if count & (count - 1) == 0:
        return np.full(mean.shape, quanta)
    roundings = (count + 1) * 2.0**-width
    relative = roundings / (1 - roundings) if roundings < 1 else np.inf
    magnitude = sums(np.abs(x.astype(np.float64)), size, stride) / count
    most = relative * magnitude + quanta + 2.0**-53 * np.abs(mean)
    return np.where(np.isfinite(magnitude), most, 0)


def intervals(call: Call, dtype: npt.DTypeLike) -> Iterator[Interval]:
    """The exact means, and A5's bound where roundings are those of a dtype."""
    x, unit = integers(call.arrays[0])
    size, stride = sizes(call)
    views = windows.of(x, size, stride)
    totals, magnitudes = views.sum(axis=(3, 4)), np.abs(views).sum(axis=(3, 4))
    roundings = size**2 + 1
    relative, absolute = gamma(roundings, dtype), roundings * subnormal_quantum(dtype)
    for total, magnitude in zip(totals.flat, magnitudes.flat, strict=True):
        scale = unit * size**2
        yield Fraction(total, scale), relative * Fraction(magnitude, scale) + absolute
