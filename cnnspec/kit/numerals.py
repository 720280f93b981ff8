"""What a call may carry beside arrays: numbers, pairs of numbers, words, and whether something is.

There are whole numbers, and such as no size and no stride is. In JSON an int and a finite float
stand as they are; any other number is an object that names its type. A pair is a list, a word a
text. In code each is written so that it is the same number of the same type.
"""

import math
import operator
import re
from typing import Any

import numpy as np

Number = int | float | np.integer[Any]
"""A size or a stride as it is given."""

Setting = Number | str | tuple[Any, ...]
"""What a parameter is set to: a number, a word, (rows, columns), ((top, bottom), (left, right))."""

NUMPYS = ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")
"""NumPy's whole numbers, by the names of their types."""

PLAIN_BITS = 31
"""A whole number of so many bits is held by an int of any language."""

LONGEST = 40
"""Characters of a number in words."""

WORD = re.compile("[a-z_]{1,40}")
"""What a word is made of."""

TWO = 2
"""Rows and columns, or what is before and behind."""


def is_plain(number: Setting) -> bool:
    """Whether a number is an int of Python that an int of any other language holds."""
    return type(number) is int and number.bit_length() <= PLAIN_BITS


def whole(number: Setting) -> Any:
    """A whole number as an int of Python; any other as it is."""
    try:
        return operator.index(number)  # type: ignore[arg-type]
    except TypeError:
        return number


def coded(number: Setting) -> Any:
    """A number, a word or a pair as plain data."""
    if isinstance(number, tuple):
        return [coded(one) for one in number]
    if isinstance(number, np.integer):
        return {"number": str(int(number)), "type": number.dtype.name}
    if isinstance(number, bool) or (isinstance(number, float) and not math.isfinite(number)):
        return {"number": str(number), "type": type(number).__name__}
    return number


def decoded(data: Any) -> Setting:
    """What `coded` wrote. Raises ValueError for anything else."""
    if type(data) in (int, float, bool):
        return data  # type: ignore[no-any-return]
    if isinstance(data, str) and WORD.fullmatch(data):
        return data
    if isinstance(data, list) and len(data) == TWO:
        return tuple(number_in(one) for one in data)
    return number_in_words(data)


def number_in(data: Any) -> Any:
    """A number of a pair, or a pair of two. Raises ValueError for anything else."""
    if isinstance(data, list) and len(data) == TWO and all(type(n) is int for n in data):
        return tuple(data)
    if type(data) is not int:
        raise ValueError("no number")
    return data


def number_in_words(data: Any) -> Number:
    """A number that is an object. Raises ValueError for anything else."""
    if not isinstance(data, dict) or set(data) != {"number", "type"}:
        raise ValueError("no number")
    text, kind = data["number"], data["type"]
    if not isinstance(text, str) or len(text) > LONGEST:
        raise ValueError("no number in words")
    if kind == "float":
        return float(text)
    if kind == "bool" and text in ("False", "True"):
        return text == "True"
    if kind not in NUMPYS:
        raise ValueError("no type of numbers")
    try:
        number: Any = np.dtype(kind).type(int(text))
    except OverflowError as error:
        raise ValueError(str(error)) from None
    return number  # type: ignore[no-any-return]


def in_code(number: Setting) -> str:
    """A number, a word or a pair as Python code, with NumPy as np."""
    if isinstance(number, str | tuple):
        return repr(number)
    if isinstance(number, np.integer):
        return f"np.{number.dtype.name}({int(number)})"
    if isinstance(number, float) and not math.isfinite(number):
        return f"float('{number}')"
    return str(number)


SCHEMA: dict[str, Any] = {
    "anyOf": [
        {"type": "number"},
        {"type": "string", "pattern": f"^{WORD.pattern}$"},
        {
            "type": "array",
            "minItems": TWO,
            "maxItems": TWO,
            "items": {
                "anyOf": [
                    {"type": "integer"},
                    {
                        "type": "array",
                        "minItems": TWO,
                        "maxItems": TWO,
                        "items": {"type": "integer"},
                    },
                ]
            },
        },
        {
            "type": "object",
            "additionalProperties": False,
            "required": ["number", "type"],
            "properties": {
                "number": {"type": "string", "maxLength": LONGEST},
                "type": {"enum": ["bool", "float", *NUMPYS]},
            },
        },
    ]
}
"""The JSON Schema of what `coded` writes."""
