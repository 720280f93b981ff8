"""Exact results, and the error bound for rounded ones: how two results are compared.

Every float is an integer times a power of two, so whole numbers give the exact result of any finite
input. On an exact grid (small integers times a power of two) each partial sum
is a float already; there every order of summation gives the same bits, and == is the comparison.
"""

from collections.abc import Iterable
from fractions import Fraction
from math import ceil, log2
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnspec.spec import Array

FLOATS_BY_BITS = {53: "float64", 24: "float32", 11: "float16"}
"""The dtypes of floats by the bits of their significands."""


def unit_roundoff(dtype: npt.DTypeLike) -> Fraction:
    """Half the distance from 1 to the next larger float: 2**-53 for float64."""
    return Fraction(1, 2 ** (significand_bits(dtype)))


def significand_bits(dtype: npt.DTypeLike) -> int:
    """The bits of a significand, the hidden one included: 53 for float64."""
    return int(np.finfo(np.dtype(dtype)).nmant) + 1


def grid_split(bits: int, taps: int) -> tuple[int, int]:
    """Bits for pixels and weights, so few that no sum rounds in a significand of `bits`.

    taps * 2**(sum of both) is at most 2**bits.
    """
    free = max(bits - ceil(log2(max(taps, 1))), 2)
    return (free + 1) // 2, free // 2


def grid_bits(values: Array) -> int:
    """How many bits the sum of the magnitudes of finite numbers needs on their coarsest grid."""
    magnitudes = np.abs(values.astype(float)).ravel()
    if not magnitudes.any():
        return 0
    lowest = float(np.log2(lowest_unit(magnitudes)))
    highest = float(np.log2(magnitudes.max())) + float(np.log2(magnitudes.size))
    return ceil(highest - lowest + 1e-9)


def lowest_unit(values: Array) -> float:
    """The largest power of two of which all finite numbers are whole multiples; 1 for zeros."""
    magnitudes = np.abs(values.astype(float)).ravel()
    magnitudes = magnitudes[(magnitudes > 0) & np.isfinite(magnitudes)]
    if not magnitudes.size:
        return 1.0
    fractions, exponents = np.frexp(magnitudes)
    whole = (fractions * 2.0**53).astype(np.int64)  # each at most 53 bits wide
    zeros = np.log2((whole & -whole).astype(float)).astype(int)
    return float(np.ldexp(1.0, int((exponents - 53 + zeros).min())))


@np.errstate(all="ignore")
def is_held(values: Array, dtype: str) -> bool:
    """Whether a dtype of floats holds each of some numbers."""
    return bool(np.array_equal(values.astype(dtype).astype(float), values.astype(float)))


def gamma(n: int, dtype: npt.DTypeLike) -> Fraction:
    """n*u / (1 - n*u): the relative error that n roundings can reach (C9).

    Raises ValueError where n*u >= 1, since nothing is promised there.
    Source: Higham, Accuracy and Stability of Numerical Algorithms, 2nd edition, section 3.1.
    """
    nu = n * unit_roundoff(dtype)
    if nu >= 1:
        raise ValueError(f"{n} roundings in {np.dtype(dtype)} have no error bound")
    return nu / (1 - nu)


def subnormal_quantum(dtype: npt.DTypeLike) -> Fraction:
    """The smallest positive float of a dtype, as a fraction."""
    return Fraction(*np.finfo(np.dtype(dtype)).smallest_subnormal.as_integer_ratio())


def integers(values: npt.ArrayLike) -> tuple[Array, int]:
    """Finite numbers as Python integers over one common denominator, a power of two.

    Returns (numerators, denominator), numerators of dtype object and the shape of `values`.
    Raises ValueError or OverflowError for a NaN or an infinity.
    """
    array = np.asarray(values)
    ratios = [value.as_integer_ratio() for value in array.ravel().astype(object)]
    common = max((denominator for _, denominator in ratios), default=1)
    numerators = np.empty(len(ratios), object)
    numerators[:] = [numerator * (common // denominator) for numerator, denominator in ratios]
    return numerators.reshape(array.shape), common


Interval = tuple[Fraction, Fraction]
"""An exact number, and how far from it a computed one may lie."""


def largest_share(result: Array, intervals: Iterable[Interval]) -> float:
    """The largest error of a result as a share of what is allowed: 1.0 is the most.

    intervals: of each element, in C order. The share is inf where the result is not finite.
    """
    if not np.isfinite(result).all():
        return float("inf")
    computed, denominator = integers(result)
    largest = Fraction(0)
    for y, (exact, allowed) in zip(computed.flat, intervals, strict=True):
        largest = max(largest, abs(Fraction(y, denominator) - exact) / allowed)
    try:
        return float(largest)
    except OverflowError:
        return float("inf")


def coarser(result: Array, *inputs: Array) -> np.dtype[Any]:
    """The dtype whose roundings count: of the result, or of an input that is less precise.

    An implementation that computes in the inputs' precision and returns a wider dtype is right.
    """
    given = result.dtype if result.dtype.kind == "f" else np.dtype(float)
    return min(given, *(one.dtype for one in inputs), key=significand_bits)
