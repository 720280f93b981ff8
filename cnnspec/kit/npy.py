"""Arrays as the bytes of a .npy file, read without trust: numbers only, as many as stated."""

import io
import math
import tokenize
import warnings
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.lib import format as npy

Array = np.ndarray[Any, np.dtype[Any]]

CODES = ("?", "b", "B", "h", "H", "i", "I", "q", "Q", "e", "f", "d", "g", "F", "D", "G")
NATIVE = [np.dtype(code) for code in CODES]
NUMBERS = {one.str: one for one in (*NATIVE, *(one.newbyteorder() for one in NATIVE))}
"""The dtypes that are read, by their names in NumPy's notation: booleans and numbers."""

MOST_AXES = 32
MOST_BYTES = 2**30
"""The most bytes that the numbers of an array may take."""

MOST_ELEMENTS = 2**48
"""A shape has fewer elements than this, even if its axes of length 0 had length 1."""

LONGEST_HEADER = 4_096


class NpyError(ValueError):
    """The content is not a .npy file of numbers; the message says why."""


def checked_shape(given: object, dtype: np.dtype[Any], most: int = MOST_BYTES) -> tuple[int, ...]:
    """The shape, if it is valid: whole numbers, not too many, and an array that is not too large.

    Raises NpyError.
    """
    if not isinstance(given, list | tuple) or len(given) > MOST_AXES:
        raise NpyError(f"the shape is no list of at most {MOST_AXES} numbers")
    room, extent = dtype.itemsize, 1
    for n in given:
        if type(n) is not int or n < 0:  # True is no length
            raise NpyError("the shape holds something else than whole numbers from 0 on")
        room *= n
        extent *= n or 1
    if room > most or extent >= MOST_ELEMENTS:
        raise NpyError(f"an array of the shape {tuple(given)!s:.200} is larger than {most} bytes")
    return tuple(given)


def to_bytes(array: Array) -> bytes:
    """A .npy file: format 1.0, in C order, in the byte order of the array."""
    return header(array.dtype.str, array.shape) + array.tobytes()


@lru_cache(4096)
def header(dtype: str, shape: tuple[int, ...]) -> bytes:
    """What a .npy file of format 1.0 begins with."""
    buffer = io.BytesIO()
    npy.write_array_header_1_0(buffer, {"descr": dtype, "fortran_order": False, "shape": shape})
    return buffer.getvalue()


def from_bytes(content: bytes, most: int = MOST_BYTES) -> Array:
    """The array of a .npy file of format 1.0, in C or in Fortran order. Raises NpyError."""
    beginning = header_of(content)
    start = len(beginning)
    shape, fortran, dtype = parsed_header(beginning)
    checked_shape(shape, dtype, most)
    room = math.prod(shape) * dtype.itemsize
    if len(content) - start != room:
        raise NpyError(
            f"{len(content) - start} bytes of data; {dtype.str} of the shape {shape} takes {room}"
        )
    numbers = np.frombuffer(content, dtype, offset=start)
    return numbers.reshape(shape, order="F" if fortran else "C").copy("K")


def header_of(content: bytes) -> bytes:
    """The beginning of a .npy file, up to its numbers."""
    return content[: 10 + int.from_bytes(content[8:10], "little")]


@lru_cache(4096)
def parsed_header(text: bytes) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """Shape, whether the order is Fortran's, and dtype. Raises NpyError."""
    if text[:6] != b"\x93NUMPY":
        raise NpyError(f"no .npy file: it begins with {text[:16]!r}")
    if text[6:8] != b"\x01\x00":
        raise NpyError(f".npy format {'.'.join(map(str, text[6:8]))}, not 1.0")
    if len(text) > LONGEST_HEADER:
        raise NpyError(f"a header of more than {LONGEST_HEADER} bytes")
    file = io.BytesIO(text[8:])
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # NumPy reads some invalid headers, and warns
            shape, fortran, dtype = npy.read_array_header_1_0(file)
    except (ValueError, TypeError, SyntaxError, tokenize.TokenError, Warning) as error:
        raise NpyError("a header that cannot be read") from error
    except (RecursionError, MemoryError, OverflowError, KeyError, AttributeError) as error:
        raise NpyError("a header that cannot be read") from error
    if dtype.hasobject or dtype.names or dtype.str not in NUMBERS:
        raise NpyError(f"elements of the dtype {dtype.str}; they are numbers")
    return checked_shape(shape, dtype), bool(fortran), NUMBERS[dtype.str]
