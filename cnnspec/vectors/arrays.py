"""Numbers and arrays as JSON, and back: no digit is lost."""

from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from cnnspec.kit import files, npy
from cnnspec.spec import Array

Data = dict[str, Any]
"""An object of JSON; schema.json says what is in it."""

WHOLE = 2**53
"""Below this size a whole number is the same in every JSON reader."""

LARGEST = 2**26
"""Bytes of an array."""

HEAD = 8
"""So many elements are looked at first."""

LISTED = 200
"""An array of more elements is written as a ramp if it is one."""


def hexadecimal(value: float) -> str:
    """A float as in 0x1.8p+1, nan, -inf."""
    significand, p, exponent = float(value).hex().partition("p")
    return significand.rstrip("0").rstrip(".") + p + exponent


def are_whole(values: Array) -> bool:
    """Whether all elements can be written as integers: whole, not too large, no zero has a sign."""
    for some in (values.flat[:HEAD], values):  # the first ones tell most that are not
        floats = some.astype(float)
        if not (np.abs(floats) < WHOLE).all():  # NaN is not below
            return False
        if (np.rint(floats) != floats).any():
            return False
    return not np.signbit(floats[floats == 0]).any()


def numbers(values: Array) -> list[int] | list[str]:
    """The elements in C order: all as integers, or all as hexadecimal floats.

    Raises ValueError for an integer that no float64 holds.
    """
    if are_whole(values):
        whole: list[int] = values.ravel().astype(np.int64).tolist()
        return whole
    elements = values.ravel().tolist()
    if values.dtype.kind in "iu" and any(int(float(value)) != value for value in elements):
        raise ValueError("an integer that no float64 holds")
    return [hexadecimal(value) for value in elements]


def ramp(values: Array) -> list[int] | None:
    """(first, step, modulus) if element k is first + (k * step) % modulus, else None."""
    if values.size < 2 or not are_whole(values.flat[:HEAD]):
        return None
    if len(set(np.diff(values.flat[:HEAD].astype(float)))) > 2:  # a step, and one to the beginning
        return None
    elements = values.ravel().astype(float)
    if not (np.abs(elements) < WHOLE).all():
        return None
    first = elements.min()
    modulus = elements.max() - first + 1
    step = (elements[1] - elements[0]) % modulus
    if step == 0 and modulus > 1:  # as where nearly all are zero
        return None
    if not np.array_equal(elements, first + np.arange(elements.size) * step % modulus):
        return None
    if modulus * values.size >= WHOLE or not are_whole(values):
        return None
    return [int(first), int(step), int(modulus)]


def is_short(values: Array, most: int) -> bool:
    """Whether an array has few elements, or can be written as a ramp."""
    return values.size <= most or ramp(values) is not None


def written(values: Array) -> Data:
    """An array as JSON: shape, and elements or ramp."""
    rule = ramp(values) if values.size > LISTED else None
    elements: Data = {"data": numbers(values)} if rule is None else {"ramp": rule}
    return {"shape": list(values.shape), **elements}


def array_from(array: Data, folder: Path) -> Array:
    """The array that JSON describes, of its dtype or float64. folder: where .npy files are.

    Raises OSError, or ValueError if it describes no array.
    """
    dtype = np.dtype(array.get("dtype", "float64"))
    shape = npy.checked_shape(array["shape"], dtype, LARGEST)
    if "npy" in array:
        place = PurePosixPath(array["npy"])
        if place.is_absolute() or ".." in place.parts:
            raise ValueError(f"{place} is not in the folder of the vectors")
        content = files.read(folder / place, LARGEST)
        return np.asarray(npy.from_bytes(content), dtype)
    if "ramp" in array:
        first, step, modulus = array["ramp"]
        elements = first + np.arange(int(np.prod(shape))) * step % modulus
        return np.asarray(elements, dtype).reshape(shape)
    return elements_from(array["data"], dtype).reshape(shape)


def elements_from(data: list[int] | list[str], dtype: np.dtype[Any]) -> Array:
    """The elements that `numbers` wrote, of a dtype."""
    if dtype.kind in "iu":
        return np.array([int(float.fromhex(n)) if isinstance(n, str) else n for n in data], dtype)
    return np.array([float.fromhex(n) if isinstance(n, str) else n for n in data], dtype)
