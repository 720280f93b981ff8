"""Numbers that a call may carry beside arrays: whole ones, and such as no size and no stride is.

In JSON an int and a finite float stand as they are; any other number is an object that names its
type. In code each is written so that it is the same number of the same type.
"""

import math
import operator
from typing import Any

import numpy as np

Number = int | float | np.integer[Any]
"""A size or a stride as it is given."""

NUMPYS = ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")
"""NumPy's whole numbers, by the names of their types."""

PLAIN_BITS = 31
"""A whole number of so many bits is held by an int of any language."""

LONGEST = 40
"""Characters of a number in words."""


def is_plain(number: Number) -> bool:
    """Whether a number is an int of Python that an int of any other language holds."""
    return type(number) is int and number.bit_length() <= PLAIN_BITS


def whole(number: Number) -> Any:
    """A whole number as an int of Python; any other as it is."""
    try:
        return operator.index(number)  # type: ignore[arg-type]
    except TypeError:
        return number


def coded(number: Number) -> Any:
    """A number as plain data."""
    if isinstance(number, np.integer):
        return {"number": str(int(number)), "type": number.dtype.name}
    if isinstance(number, bool) or (isinstance(number, float) and not math.isfinite(number)):
        return {"number": str(number), "type": type(number).__name__}
    return number


def decoded(data: Any) -> Number:
    """The number that `coded` wrote. Raises ValueError for anything else."""
    if type(data) is int or type(data) is float:
        return data
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


def in_code(number: Number) -> str:
    """A number as Python code, with NumPy as np."""
    if isinstance(number, np.integer):
        return f"np.{number.dtype.name}({int(number)})"
    if isinstance(number, float) and not math.isfinite(number):
        return f"float('{number}')"
    return str(number)


SCHEMA: dict[str, Any] = {
    "anyOf": [
        {"type": "number"},
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
