"""Messages as bytes: an object of JSON on a line, and behind it the bytes of its arrays.

Both sides of a worker use it. It trusts nothing: the sizes that a message states are checked before
they are used.
"""

import json
import math
from collections.abc import Mapping
from itertools import groupby
from typing import Any

import numpy as np

from cnnspec.kit.calls import Array
from cnnspec.kit.files import refuse
from cnnspec.kit.npy import MOST_BYTES, NUMBERS, NpyError, checked_shape
from cnnspec.kit.numerals import Setting, decoded

Message = dict[str, Any]

LONGEST = 2**16
"""Bytes of a line."""

LONGEST_OF_MANY = 2**20
"""Bytes of a line that answers many calls."""


class ProtocolError(Exception):
    """A program broke the protocol; the message says how."""


ENCODER = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False)
DECODER = json.JSONDecoder(parse_constant=refuse)
"""Made once: json's own functions make a new one for each message with settings."""


def as_line(message: Mapping[str, Any]) -> bytes:
    """A message as it is sent: no blanks, the keys in order, so that C's sscanf can read it."""
    text = ENCODER.encode(message)
    return text.encode("utf-8", "surrogateescape") + b"\n"  # paths as the system has them


def from_line(line: bytes) -> Message:
    """The object in a line. Raises ProtocolError for anything else."""
    try:
        message = DECODER.decode(line.decode("utf-8", "surrogatepass"))
    except (ValueError, RecursionError):
        message = None
    if not isinstance(message, dict):
        raise ProtocolError(f"answered {shown(line)}, which is no JSON object")
    return message


def shown(line: bytes) -> str:
    """The beginning of a line, for a message."""
    return repr(line.decode(errors="replace").rstrip("\n")[:80])


def size_of(message: Message, most: int = MOST_BYTES) -> int:
    """How many bytes follow a line. Raises ProtocolError where that makes no sense."""
    count = message.get("bytes", 0)
    if type(count) is not int or not 0 <= count <= most:
        raise ProtocolError(f"announces {count!r:.40} bytes; 0 to {most} may follow here")
    return count


def number_of(given: object) -> Setting:
    """The number that `inline` wrote. Raises ProtocolError."""
    try:
        return decoded(given)
    except ValueError as error:
        raise ProtocolError(f"asks with {given!r:.40}: {error}") from None


def truth(message: Message, key: str) -> bool:
    """Whether a message says a thing; not if it is silent. Raises ProtocolError."""
    given = message.get(key, False)
    if not isinstance(given, bool):
        raise ProtocolError(f"says of {key} neither true nor false")
    return given


def texts(message: Message, key: str, *, needed: bool = False) -> tuple[str, ...]:
    """A list of texts in a message. Raises ProtocolError."""
    given = message.get(key, None if needed else [])
    if not isinstance(given, list) or not all(isinstance(one, str) for one in given):
        raise ProtocolError(f"says no list of {key}")
    return tuple(given)


Piece = bytes | memoryview

JOINED = 2**16
"""An array of more bytes is sent as it is, without a copy; smaller ones go in one piece."""


def is_large(piece: Piece) -> bool:
    """Whether a piece of a message is a large array."""
    return isinstance(piece, memoryview)


class Packer:
    """Collects the bytes of arrays while a message about them is made."""

    def __init__(self) -> None:
        self.parts: list[Piece] = []
        self.count = 0

    def add(self, array: Array, *, stacked: bool = False) -> Message:
        """Take an array. Returns its description for the message.

        stacked: whether it holds those of many calls; then each of them is described.
        """
        large = array.nbytes > JOINED and array.flags.c_contiguous
        self.parts.append(array.reshape(-1).view(np.uint8).data if large else array.tobytes())
        self.count += array.nbytes
        return {"dtype": array.dtype.str, "shape": list(array.shape[stacked:])}

    def message(self, message: Mapping[str, Any]) -> list[Piece]:
        """The pieces of the whole message, one after another: small ones are joined."""
        if not self.count:
            return [as_line(message)]
        parts = [as_line({**message, "bytes": self.count}), *self.parts]
        runs = [(large, [*some]) for large, some in groupby(parts, key=is_large)]
        return [one for large, run in runs for one in (run if large else [b"".join(run)])]


class Unpacker:
    """Takes arrays one after another from the bytes that follow a line."""

    def __init__(self, content: bytearray) -> None:
        self.content, self.place = content, 0

    def take(self, description: object, stacked: int | None = None) -> Array:
        """The next array. Raises ProtocolError unless its description is valid and it is there.

        stacked: of how many calls, if it holds those of many.
        """
        if not isinstance(description, dict):
            raise ProtocolError("describes an array by no object with dtype and shape")
        code = description.get("dtype")
        dtype = NUMBERS.get(code) if isinstance(code, str) else None
        if dtype is None:
            raise ProtocolError(f"sends an array of the dtype {code!r:.40}; it is of numbers")
        try:
            given = description.get("shape")
            given = [stacked, *given] if stacked is not None and isinstance(given, list) else given
            shape = checked_shape(given, dtype)
        except NpyError as error:
            raise ProtocolError(f"sends an array that is none: {error}") from None
        count = math.prod(shape)
        if self.place + count * dtype.itemsize > len(self.content):
            raise ProtocolError(f"sends fewer bytes than {dtype.str} of the shape {shape} takes")
        if not count:
            return np.empty(shape, dtype)
        array = np.frombuffer(self.content, dtype, count, self.place).reshape(shape)
        self.place += count * dtype.itemsize
        return array if array.flags.aligned else array.copy()

    def finish(self) -> None:
        """Raise ProtocolError where bytes are left."""
        if self.place != len(self.content):
            raise ProtocolError(f"sends {len(self.content) - self.place} bytes more than it says")
