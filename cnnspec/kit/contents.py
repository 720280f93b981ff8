"""What the arrays of drawn calls hold: kinds of numbers, each of which invites some fault.

A kind gives an array of a shape that fits a dtype, and whose numbers are whole numbers of so many
bits times a power of two, unless its name says otherwise.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from cnnspec.kit.aspects import GENERAL, Fit, Random, Sizes
from cnnspec.kit.exact import significand_bits
from cnnspec.kit.filling import Shape
from cnnspec.spec import Array

Kind = Callable[[Shape, Fit, Random], Array]


def room(dtype: np.dtype[Any]) -> int:
    """The bits of the whole numbers of a dtype: 53 at most, which float64 holds."""
    if dtype.kind == "f":
        return significand_bits(dtype)
    if dtype.kind == "b":
        return 1
    return min(int(np.iinfo(dtype).max).bit_length(), 53)


def whole_numbers(shape: Shape, fit: Fit, random: Random) -> Array:
    """Whole numbers of as many bits as fit, of both signs if the dtype has both."""
    limit = 2 ** min(fit.bits, room(fit.dtype))
    low = -limit + 1 if fit.dtype.kind in "if" else 0
    return np.asarray(random.randint(low, limit, shape, dtype=np.int64), fit.dtype)


def every_digit(shape: Shape, fit: Fit, random: Random) -> Array:
    """Numbers that use every bit of the significand, between 1 and 2 where they are floats."""
    bits = room(fit.dtype) if fit.dtype.kind != "f" else min(fit.bits, room(fit.dtype))
    found = whole_numbers(shape, fit._replace(bits=bits), random)
    if fit.dtype.kind != "f":
        return found
    odd = np.where(found < 0, -1, 1) * (2.0 ** (bits - 1) + np.abs(found) % 2.0 ** (bits - 1))
    return np.ldexp(odd, 1 - bits).astype(fit.dtype)


def few_different(shape: Shape, fit: Fit, random: Random) -> Array:
    """Few different numbers, so that many are equal."""
    low = 0 if fit.dtype.kind in "ub" else -1
    return np.asarray(random.randint(low, 2, shape), fit.dtype)


def all_equal(shape: Shape, fit: Fit, random: Random) -> Array:
    """One number everywhere."""
    return np.full(shape, whole_numbers((), fit, random))


def equal_rows(shape: Shape, fit: Fit, random: Random) -> Array:
    """Every row is the same; of filters, every filter."""
    found = whole_numbers(shape, fit, random)
    return np.repeat(found[:1], shape[0], axis=0)


def equal_border(shape: Shape, fit: Fit, random: Random) -> Array:
    """One number along the border, others inside."""
    found = whole_numbers(shape, fit, random)
    inside = tuple(slice(1, -1) for _ in shape[:2])
    border = np.full(shape, whole_numbers((), fit, random))
    border[inside] = found[inside]
    return border


def powers_of_two(shape: Shape, fit: Fit, random: Random) -> Array:
    """Plus or minus 2**-k, with k as large as the bits allow."""
    exponents = random.randint(0, max(min(fit.bits, 24), 1), shape)
    return np.asarray(np.ldexp(random.choice([-1.0, 1.0], shape), -exponents), fit.dtype)


def negative(shape: Shape, fit: Fit, random: Random) -> Array:
    """All below zero; of an unsigned dtype, all at least half of the largest."""
    found = whole_numbers(shape, fit, random)
    if fit.dtype.kind == "u":
        half = fit.dtype.type(2 ** (min(fit.bits, room(fit.dtype)) - 1))
        return np.asarray(found | half, fit.dtype)
    return -np.maximum(np.abs(found), 1).astype(fit.dtype)


def lowest(shape: Shape, fit: Fit, random: Random) -> Array:
    """The least number of the dtype nearly everywhere, and its neighbours."""
    if fit.dtype.kind == "f":
        bottom = float(np.finfo(fit.dtype).min)
        return np.where(random.randint(0, 9, shape), bottom, bottom / 2).astype(fit.dtype)
    if fit.dtype.kind == "b":
        return np.zeros(shape, bool)
    bottom = int(np.iinfo(fit.dtype).min)
    step = max(1, (-bottom) >> 52 if bottom else 1)
    raised = random.randint(0, 9, shape) == 0
    return np.asarray(bottom + step * raised.astype(np.int64), fit.dtype)


def large(shape: Shape, fit: Fit, random: Random) -> Array:
    """Numbers near the largest of an integer dtype; of floats, far beyond 2**31."""
    if fit.dtype.kind == "f":
        found = whole_numbers(shape, fit, random)
        return np.ldexp(found.astype(np.float64), 40).astype(fit.dtype)
    bits = room(fit.dtype)
    wide = int(np.iinfo(fit.dtype).max).bit_length() if fit.dtype.kind != "b" else 1
    kept = max(1, min(fit.bits, bits))
    found = random.randint(2 ** (kept - 1), 2**kept, shape, dtype=np.int64)
    return (found.astype(fit.dtype.str if fit.dtype.kind != "b" else "u1") << (wide - kept)).astype(
        fit.dtype
    )


def tiny(shape: Shape, fit: Fit, random: Random) -> Array:
    """Subnormal numbers: whole numbers times the smallest positive one."""
    narrow = min(fit.computed, fit.dtype, key=significand_bits)
    bits = max(1, min(fit.bits, significand_bits(narrow) - 1))
    found = whole_numbers(shape, fit._replace(dtype=np.dtype(float), bits=bits), random)
    return (found * float(np.finfo(narrow).smallest_subnormal)).astype(fit.dtype)


def two_scales(shape: Shape, fit: Fit, random: Random) -> Array:
    """The first rows are scaled up, and the others down, so far that no float has both in one sum.

    A scale for the whole array, made from its largest element, loses the small ones.
    """
    found = whole_numbers(shape, fit, random).astype(fit.dtype)
    narrow = np.finfo(min(fit.computed, fit.dtype, key=significand_bits))
    power = int(narrow.maxexp) // 2 - 12
    cut = random.randint(1, max(2, shape[0]))
    up, down = (power, -power)[:: random.choice([1, -1])]
    found[:cut] = np.ldexp(found[:cut], up)
    found[cut:] = np.ldexp(found[cut:], down)
    return found


def zero_planes(shape: Shape, fit: Fit, random: Random) -> Array:
    """Whole channels, or rows where there is one channel, are zero."""
    found = whole_numbers(shape, fit, random)
    axis = -1 if shape[-1] > 1 else 0
    none = random.randint(0, 2, shape[axis]) == 0
    np.moveaxis(found, axis, 0)[none] = 0
    return found


def general_floats(shape: Shape, fit: Fit, random: Random) -> Array:
    """Floats of a normal distribution, of which sums are rounded."""
    return random.standard_normal(shape).astype(fit.computed).astype(fit.dtype)


def strewn_with(*odd: float) -> Kind:
    """A kind: whole numbers, and up to three others somewhere."""

    def made(shape: Shape, fit: Fit, random: Random) -> Array:
        found = whole_numbers(shape, fit, random)
        if found.size:
            places = random.randint(found.size, size=random.randint(1, 4))
            found.flat[places] = random.choice(odd, len(places))
        return found

    return made


KINDS: dict[str, Kind] = {
    "whole numbers": whole_numbers,
    "every digit": every_digit,
    "few different": few_different,
    "all equal": all_equal,
    "equal rows": equal_rows,
    "equal border": equal_border,
    "powers of two": powers_of_two,
    "negative": negative,
    "lowest": lowest,
    "large": large,
    "tiny": tiny,
    "two scales": two_scales,
    "zero planes": zero_planes,
    "NaN": strewn_with(np.nan),
    "infinities": strewn_with(np.inf, -np.inf),
    "general floats": general_floats,
}
"""Kinds of numbers by name, for a map."""

OF_MAPS = tuple(kind for kind in KINDS if kind != GENERAL)
"""The kinds of numbers of an operation that never rounds."""


def of_a_map(
    kind: str, shapes: list[Shape], _numbers: Sizes, fits: list[Fit], random: Random
) -> list[Array]:
    """The one array of an operation that never rounds."""
    return [KINDS[kind](shapes[0], fits[0], random)]
