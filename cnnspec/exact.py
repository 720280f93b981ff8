"""Exact results, and the one bound that rounding may use up: how two results are compared.

Every float is an integer times a power of two, so spec.py run on Python integers gives the exact
result of any finite input. On an exact grid (small integers times a power of two) each partial sum
is a float already; there every order of summation gives the same bits, and == is the comparison.
"""

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnspec import spec
from cnnspec.spec import Array

Conv = Callable[[Any, Any], Array]


def unit_roundoff(dtype: npt.DTypeLike) -> Fraction:
    """Half the distance from 1 to the next larger float: 2**-53 for float64."""
    return Fraction(1, 2 ** (significand_bits(dtype)))


def significand_bits(dtype: npt.DTypeLike) -> int:
    """The bits of a significand, the hidden one included: 53 for float64."""
    return int(np.finfo(np.dtype(dtype)).nmant) + 1


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


def exact_conv(
    image: npt.ArrayLike, filters: npt.ArrayLike, conv: Conv = spec.conv
) -> tuple[Array, int]:
    """The exact result of conv on finite numbers, as (numerators, denominator) of `integers`.

    Shapes and errors are conv's. A faster conv that takes Python integers may stand in for spec's.
    """
    x, x_denominator = integers(image)
    w, w_denominator = integers(filters)
    return conv(x, w), x_denominator * w_denominator


def share_of_bound(result: Array, image: npt.ArrayLike, filters: npt.ArrayLike) -> float:
    """The largest error of a conv result as a share of C9's bound: 1.0 is the most allowed.

    result: the floats that were computed, (H-K+1, W-K+1, N); u is that of its dtype. The share is
    inf where an error exceeds a bound of zero or where the result is not finite.
    """
    taps = int(np.prod(np.shape(filters)[1:]))
    if not np.isfinite(result).all():
        return float("inf")
    exact, denominator = exact_conv(image, filters)
    magnitude, _ = exact_conv(np.abs(image), np.abs(filters))
    computed, computed_denominator = integers(result)
    relative = gamma(taps, result.dtype)
    absolute = taps * subnormal_quantum(result.dtype)
    largest = Fraction(0)
    for y, truth, size in zip(computed.flat, exact.flat, magnitude.flat, strict=True):
        error = abs(Fraction(y, computed_denominator) - Fraction(truth, denominator))
        largest = max(largest, error / (relative * Fraction(size, denominator) + absolute))
    return float(largest)
