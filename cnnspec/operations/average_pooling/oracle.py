"""What a valid average pooling shall give, and how far from it a result may lie.

Sums are NumPy's over views of the windows, which share no code with the book or the reference. On a
grid of whole numbers they are exact.
"""

from collections.abc import Iterator, Mapping
from fractions import Fraction
from functools import reduce
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnspec import spec
from cnnspec.kit import general_windows, geometry, windows
from cnnspec.kit.calls import Call
from cnnspec.kit.exact import Interval, gamma, integers, significand_bits, subnormal_quantum
from cnnspec.kit.numerals import whole
from cnnspec.kit.operation import NOTHING
from cnnspec.spec import Array, Edition, SpecError

DTYPES = {53: "float64", 24: "float32", 11: "float16"}
"""Floats by the bits of their significands."""


def broken(call: Call, edition: Edition) -> str | None:
    """The first clause that rejects a call, or None where it is valid."""
    if edition == "general":
        return general_windows.broken(call, spec.require_general_average_pooling, "A1")
    try:
        spec.require_average_pooling(call.arrays[0], *sizes(call))
    except SpecError as error:
        return error.clause
    return None


def sizes(call: Call) -> tuple[int, int]:
    """Size and stride."""
    given: Mapping[str, Any] = call.arguments
    return whole(given["size"]), whole(given["stride"])


def axis(extent: int, size: int, stride: int, _edition: Edition) -> tuple[int, int]:
    """Along one axis: the length of the result, and how many windows are written into it."""
    count = windows.count(extent, size, stride)
    return count, count


def expected(call: Call, edition: Edition) -> Array:
    """What a valid call gives, as float64; on an exact grid the mean rounded once."""
    if edition == "general" and not windows.is_plain(call):
        return in_general(call)
    size, stride = sizes(call)
    return sums(np.asarray(call.arrays[0], np.float64), size, stride) / size**2


@np.errstate(all="ignore")
def sums(x: Array, size: int, stride: int) -> Array:
    """The sum of each window, of numbers of any kind."""
    columns = reduce(np.add, (x[a : len(x) - size + 1 + a : stride] for a in range(size)))
    last = columns.shape[1] - size + 1
    return np.asarray(reduce(np.add, (columns[:, b : last + b : stride] for b in range(size))))


def work(call: Call) -> int:
    """An upper estimate of the additions that a call takes."""
    if not windows.is_plain(call):
        return general_windows.work(call)
    return windows.work(call, sizes(call)[0])


def instead(call: Call) -> Array | None:
    """What edition standard allows for invalid input: no elements, if a window is too large."""
    if not windows.is_plain(call):
        return general_windows.instead(call, lambda one: broken(one, "general"), in_general)
    return NOTHING if windows.too_large(call, *sizes(call)) else None


def in_general(call: Call) -> Array:
    """What a valid call gives in edition general."""
    return general_windows.expected(call, of_a_map)


@np.errstate(all="ignore")
def of_a_map(
    x: Array, size: Any, stride: Any, count_padding: bool = False, **options: Any
) -> Array:
    """The means of windows with options: sums of what is there, divided by what counts."""
    return np.asarray(
        sums_of(x, size, stride, **options)
        / counts(x.shape, size, stride, count_padding, **options)
    )


def sums_of(x: Array, size: Any, stride: Any, **options: Any) -> Array:
    """The sum of each window, padding being zero."""
    seen = geometry.pooled(x, size, stride, **options, inside=0, beyond=0)
    return np.asarray(seen.sum(axis=(-2, -1)))


def counts(
    shape: tuple[int, ...], size: Any, stride: Any, count_padding: bool, **options: Any
) -> Array:
    """How many cells of each window are counted: (Ho, Wo, 1)."""
    ones = np.ones((*shape[:2], 1))
    seen = geometry.pooled(ones, size, stride, **options, inside=float(count_padding), beyond=0)
    return np.asarray(seen.sum(axis=(-2, -1)))


@np.errstate(all="ignore")
def bound(call: Call, bits: int) -> Array:
    """How far each element may lie from `expected` (A5), where the sums are exact.

    If the count is a power of two, only subnormal results are rounded. bits: of the significand
    with which the target computes. The error of rounding `expected` is added.
    """
    (x,) = call.arrays
    if not windows.is_plain(call):
        return general_bound(call, bits)
    size, stride = sizes(call)
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


@np.errstate(all="ignore")
def general_bound(call: Call, bits: int) -> Array:
    """The same for a call with options, whose windows may differ in how many cells they count."""
    (x,) = call.arrays
    width = min(bits, significand_bits(x.dtype if x.dtype.kind == "f" else np.dtype(float)))
    mean = in_general(call)
    magnitude = in_general(call.with_arrays([np.abs(x.astype(np.float64))]))
    size, stride = (call.plain[name] for name in ("size", "stride"))
    options = {n: a for n, a in call.plain.items() if n not in ("feature_map", "size", "stride")}
    shape = x.shape[1:] if options.pop("batch", False) else x.shape
    count = counts(shape, size, stride, options.pop("count_padding", False), **options)
    most = count.max(initial=1)
    quanta = (most + 1) * float(subnormal_quantum(DTYPES[width]))
    roundings = (most + 1) * 2.0**-width
    relative = np.where(np.log2(count) % 1 == 0, 0, roundings / (1 - roundings))
    bound = relative * magnitude + quanta + 2.0**-53 * np.abs(mean) * (relative > 0)
    return np.where(np.isfinite(magnitude), bound, 0)


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
