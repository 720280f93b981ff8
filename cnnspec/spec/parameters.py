"""Size, stride, padding and dilation: in which forms they come, and what they mean on each axis.

Size, stride and dilation are each a number for both axes, or a pair (rows, columns). Padding is one
of these:

    2                       two rows and columns on every side
    (2, 1)                  two rows above and below, one column at the left and at the right
    ((0, 1), (2, 0))        one row below, two columns at the left: ((top, bottom), (left, right))
    "valid"                 none
    "same_upper"            as much as makes the length ceil(n / T), half before and half after;
                            where that is odd, one more after
    "same_lower"            the same, but where that is odd, one more before

Windows of two rows fit four times into five rows. One row more, after them, makes it five times:

>>> layout((5, 5), 2, padding="same_upper", clause="C18")[0]
Axis(extent=5, size=2, stride=1, before=0, after=1, dilation=1, ceil=False)
"""

import operator
from collections.abc import Sequence
from typing import Any, Literal, SupportsIndex

import numpy as np
import numpy.typing as npt

from cnnspec.spec.numbers import Array, SpecError, as_array, numbers
from cnnspec.spec.window import Axis

Pair = SupportsIndex | tuple[SupportsIndex, SupportsIndex]
"""A number for both axes, or one for rows and one for columns."""

Word = Literal["valid", "same_upper", "same_lower"]
Sides = tuple[SupportsIndex, SupportsIndex]
Padding = Pair | tuple[Sides, Sides] | Word

TWO = 2
WHOLE, SEVERAL = (int, np.integer), (Sequence, np.ndarray)
"""Types of whole numbers, and of what holds several."""

FORMS = "a number, (rows, columns), ((top, bottom), (left, right)), 'valid', 'same_upper' or "
"""What padding may be; the last word follows."""


def layout(
    extents: tuple[int, ...],
    size: Pair,
    stride: Pair = 1,
    padding: Padding = 0,
    dilation: Pair = 1,
    *,
    ceil: bool = False,
    clause: str,
) -> tuple[Axis, Axis]:
    """The axes of rows and columns of an image or a map of `extents`.

    Raises SpecError with `clause` for parameters that are no whole numbers or too small, and for
    windows that do not fit.
    """
    sizes = pair("size", size, 1, clause)
    strides = pair("stride", stride, 1, clause)
    dilations = pair("dilation", dilation, 1, clause)
    plain = [
        Axis(n, s, t, dilation=d, ceil=ceil)
        for n, s, t, d in zip(extents, sizes, strides, dilations, strict=True)
    ]
    words = isinstance(padding, str)
    sides = [same(axis, padding, clause) for axis in plain] if words else sides_of(padding, clause)
    rows, cols = (
        axis._replace(before=before, after=after)
        for axis, (before, after) in zip(plain, sides, strict=True)
    )
    for axis in (rows, cols):
        if axis.room < 0:
            padded = axis.before + axis.extent + axis.after
            reach = f"a window that reaches over {axis.reach} elements"
            raise SpecError(clause, f"{reach} does not fit into {padded}, padding included")
    return rows, cols


def same(axis: Axis, word: Any, clause: str) -> tuple[int, int]:
    """How much padding a word adds before an axis and after it.

    Raises SpecError with `clause` for another word.
    """
    if word == "valid":
        return 0, 0
    length = -(-axis.extent // axis.stride)  # ceil(n / T)
    total = max(0, (length - 1) * axis.stride + axis.reach - axis.extent)
    if word == "same_upper":  # C13
        return total // 2, total - total // 2
    if word == "same_lower":  # C13
        return total - total // 2, total // 2
    raise SpecError(clause, f"padding is {FORMS}'same_lower', not {word!r:.40}")


def sides_of(padding: Any, clause: str) -> Sequence[tuple[int, int]]:
    """Padding as ((top, bottom), (left, right)). Raises SpecError for what has no such form."""
    if is_pair(padding) and len(padding) == TWO:
        rows, cols = padding
        return pair("padding", rows, 0, clause), pair("padding", cols, 0, clause)
    both = pair("padding", padding, 0, clause)
    return both, both


def pair(name: str, value: Any, least: int, clause: str) -> tuple[int, int]:
    """A parameter as two numbers: those of a pair, or a number twice.

    Raises SpecError with `clause` for anything else, and for a number below `least`.
    """
    several = is_pair(value) and not isinstance(value, str)
    try:
        first, second = map(operator.index, value if several else (value, value))
    except (TypeError, ValueError):
        forms = FORMS + "'same_lower'" if name == "padding" else "a whole number or two of them"
        raise SpecError(clause, f"{name} is {forms}, not {value!r:.40}") from None
    if min(first, second) < least:
        raise SpecError(clause, f"{name} {value!r:.40}: it is at least {least}")
    return first, second


def number(name: str, value: Any, least: int, clause: str) -> int:
    """A parameter that is one whole number.

    Raises SpecError with `clause` for anything else, and for a number below `least`.
    """
    try:
        found = operator.index(value)
    except TypeError:
        raise SpecError(clause, f"{name} is a whole number, not {value!r:.40}") from None
    if found < least:
        raise SpecError(clause, f"{name} is {found}: it is at least {least}")
    return found


def is_pair(value: object) -> bool:
    """Whether a size or a stride has one number for rows and one for columns."""
    return not isinstance(value, WHOLE) and isinstance(value, SEVERAL)


def differs(value: Any, default: int) -> bool:
    """Whether a parameter was given another value than its default."""
    return not (isinstance(value, WHOLE) and value == default)


def require_layout(
    feature_map: npt.ArrayLike,
    size: Pair,
    stride: Pair,
    clauses: tuple[str, str, str],
    padding: Padding = 0,
    dilation: Pair = 1,
    ceil: bool = False,
) -> tuple[Array, Axis, Axis]:
    """Check that a feature map has rank 3, and that windows fit into it and its padding.

    Returns the map, in the result's dtype, and its axes. clauses: the ids of those that ask for the
    rank, for size and stride, and for the rest. Raises SpecError with one of them, or Q6.
    """
    rank, numbers_, others = clauses
    x = as_array(feature_map)
    if x.ndim != 3:
        raise SpecError(rank, f"a feature map has rank 3 (rows, columns, channels), not {x.ndim}")
    pair("size", size, 1, numbers_)
    pair("stride", stride, 1, numbers_)
    rows, cols = layout(x.shape[:2], size, stride, padding, dilation, ceil=ceil, clause=others)
    (x,) = numbers(x)
    return x, rows, cols
