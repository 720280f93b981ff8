"""How other functions write sizes, strides, padding and a bias: a small function for each way.

The book's forms are those of the chapter on parameters: a number or (rows, columns); padding also
((top, bottom), (left, right)) or a word; a bias (N,). A convention turns such a value into what a
function takes. It raises Unsupported where it cannot express the value: the case is not judged.

>>> converted("stride", "pair", 2)
(2, 2)
>>> converted("padding", "top-left-bottom-right", ((0, 1), (2, 3)))
(0, 2, 1, 3)
>>> converted("padding", "SAME/VALID", "same_upper")
'SAME'
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import permutations
from typing import Any, NamedTuple

import numpy as np

from cnnspec.kit.calls import Unsupported
from cnnspec.spec.parameters import same
from cnnspec.spec.window import Axis

Convention = Callable[[str, Any], Any]
"""A function of a parameter's name, for messages, and of its value in the book's form."""

WORDS: dict[str, dict[str, str]] = {
    "SAME/VALID": {"same_upper": "SAME", "valid": "VALID"},
    "same/valid": {"same_upper": "same", "valid": "valid"},
    "SAME_UPPER/SAME_LOWER/VALID": {
        "same_upper": "SAME_UPPER",
        "same_lower": "SAME_LOWER",
        "valid": "VALID",
    },
}
"""For each convention in words, what it has for the book's words."""

BOOK_WORDS = ("valid", "same_upper", "same_lower")
SIDES = ("top", "bottom", "left", "right")
ORDERS = {"-".join(order): order for order in permutations(SIDES)}
"""Padding as four numbers, in any order of the sides."""


class Windows(NamedTuple):
    """The windows of a call, for padding in words: extents of the map, and what slides over it."""

    extents: tuple[int, ...]
    size: Any
    stride: Any
    dilation: Any


def converted(parameter: str, convention: str, value: Any, windows: Windows | None = None) -> Any:
    """A value of the book in a convention; "" leaves it as it is.

    windows: needed where a word of padding shall become numbers. Raises Unsupported.
    """
    if not convention:
        return value
    if parameter == "padding" and isinstance(value, str) and convention not in WORDS:
        value = in_numbers(value, windows)
    return CONVENTIONS[parameter][convention](parameter, value)


def two(parameter: str, value: Any) -> tuple[Any, Any]:
    """A value for rows and one for columns. Numbers that make no sense are passed on."""
    if isinstance(value, str) or not isinstance(value, Sequence | np.ndarray):
        return value, value
    if len(value) != 2:
        raise Unsupported(f"{parameter} with {len(value)} numbers")
    return value[0], value[1]


def number(parameter: str, value: Any) -> Any:
    """One number for rows and columns."""
    rows, cols = two(parameter, value)
    if rows != cols:
        raise Unsupported(f"{parameter} with one number for rows and another for columns")
    return rows


def sides(parameter: str, value: Any) -> tuple[tuple[Any, Any], tuple[Any, Any]]:
    """Padding as ((top, bottom), (left, right))."""
    rows, cols = two(parameter, value)
    return two(parameter, rows), two(parameter, cols)


def even(parameter: str, value: Any) -> tuple[Any, Any]:
    """Padding as (rows, columns), the same before and after."""
    (top, bottom), (left, right) = sides(parameter, value)
    if top != bottom or left != right:
        raise Unsupported(f"{parameter} that differs before and after")
    return top, left


def uniform(parameter: str, value: Any) -> Any:
    """Padding as one number for every side."""
    return number(parameter, even(parameter, value))


def in_order(order: Sequence[str]) -> Convention:
    """Padding as four numbers, in an order of the sides."""

    def ordered(parameter: str, value: Any) -> tuple[Any, ...]:
        (top, bottom), (left, right) = sides(parameter, value)
        known = {"top": top, "bottom": bottom, "left": left, "right": right}
        return tuple(known[side] for side in order)

    return ordered


def in_words(words: Mapping[str, str]) -> Convention:
    """Padding as one of a few words; 0 is "valid", and other numbers have no word."""

    def worded(parameter: str, value: Any) -> str:
        if not isinstance(value, str):
            if any(n != 0 for pair in sides(parameter, value) for n in pair):
                raise Unsupported(f"{parameter} in numbers")
            value = "valid"
        if value not in words:
            raise Unsupported(f"{parameter} {value}")
        return words[value]

    return worded


def in_numbers(word: str, windows: Windows | None) -> tuple[tuple[int, int], ...]:
    """What a word of padding comes to, as ((top, bottom), (left, right)) (C13)."""
    if windows is None or word not in BOOK_WORDS:
        raise Unsupported(f"padding {word}")
    extents, *numbers = windows
    try:
        along = zip(extents, *(two("padding", one) for one in numbers), strict=True)
        axes = [Axis(n, size, stride, dilation=dilation) for n, size, stride, dilation in along]
        return tuple(same(axis, word, "C18") for axis in axes)
    except (TypeError, ValueError, ZeroDivisionError):
        raise Unsupported(f"padding {word} of windows that make no sense") from None


def column(_: str, value: Any) -> Any:
    """A bias as (N, 1)."""
    return np.reshape(value, (-1, 1))


def row(_: str, value: Any) -> Any:
    """A bias as (1, N)."""
    return np.reshape(value, (1, -1))


NUMBERS: dict[str, Convention] = {"number": number, "pair": two}
PADDINGS: dict[str, Convention] = {
    "number": uniform,
    "pair": even,
    "sides": sides,
    **{name: in_words(words) for name, words in WORDS.items()},
    **{name: in_order(order) for name, order in ORDERS.items()},
}
CONVENTIONS: dict[str, dict[str, Convention]] = {
    "size": NUMBERS,
    "stride": NUMBERS,
    "dilation": NUMBERS,
    "padding": PADDINGS,
    "bias": {"column": column, "row": row},
}
"""The conventions of each parameter that has any."""

SHOWN = "top-bottom-left-right"
"""The one order of sides that messages list, of 24."""


def listed(parameter: str) -> str:
    """The conventions of a parameter, in words."""
    known = [one for one in CONVENTIONS.get(parameter, {}) if one not in ORDERS or one == SHOWN]
    more = " and other orders of the sides" if SHOWN in known else ""
    return ", ".join(known) + more
