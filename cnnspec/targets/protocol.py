"""The subprocess protocol: lines of JSON, and arrays in .npy files.

docs/protocol.md says it in words, protocol.json (a JSON Schema) in data.
"""

import io
import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib import format as npy

from cnnspec.targets.calls import OPERATIONS, Argument, Array, Call, Operation

VERSION = 1
ARRAYS = {"conv": ("image", "filters"), "relu": ("feature_map",), "pooling": ("feature_map",)}
NUMBERS = ("size", "stride")
STATUSES = ("ok", "rejected", "unsupported")
DTYPES = (
    *("float64", "float32", "float16", "bool"),
    *(f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)),
)
"""What arrays may hold."""

LIMITS = "HWCNKST"
"""The dimensions that a program may have a limit for."""

LONGEST = 2**16
"""Bytes of a line."""


class ProtocolError(Exception):
    """What a program said or wrote against the protocol; the message says it in words."""


@dataclass(frozen=True)
class Offer:
    """What a program says of itself. limits: the largest H, W, C, N, K, S and T that it takes.

    defaults: whether size and stride may be left out.
    """

    ops: tuple[Operation, ...]
    dtypes: tuple[str, ...]
    name: str = ""
    limits: Mapping[str, int] = field(default_factory=dict)
    defaults: bool = False

    def lacks(self, call: Call) -> str:
        """Why a call is not made: what cannot be said, or is not offered; or nothing."""
        if call.beside is not None:
            return "two calls at once"
        for argument in call.arguments:
            if isinstance(argument, Argument) and argument.layout != "C":
                return "memory layouts"
        for array in call.arrays:
            if array.dtype.name not in self.dtypes:
                return "dtypes that it does not offer"
        if call.operation == "pooling" and len(call.numbers) < len(NUMBERS) and not self.defaults:
            return "size or stride left out"
        for dimension, extent in dimensions(call).items():
            if extent > self.limits.get(dimension, extent):
                return f"{dimension} above {self.limits[dimension]}"
        return ""


def dimensions(call: Call) -> dict[str, int]:
    """H, W and C of a call; N and K of a conv; S and T of a pooling."""
    found = dict(zip("HWC", call.arrays[0].shape, strict=False))
    if call.operation == "conv":
        shape = call.arrays[1].shape
        found |= {"N": shape[0] if shape else 0, "K": max(shape[1:3], default=0)}
    return found | dict(zip("ST", call.numbers, strict=False))


def hello(edition: str) -> dict[str, Any]:
    """The first request."""
    return {"id": 0, "op": "hello", "protocol": VERSION, "edition": edition}


def request(number: int, call: Call, files: list[Path], output: Path) -> dict[str, Any]:
    """The request for a call whose arrays are in files."""
    arrays = dict(zip(ARRAYS[call.operation], map(str, files), strict=True))
    sizes = dict(zip(NUMBERS, call.numbers, strict=False))
    return {"id": number, "op": call.operation, **arrays, **sizes, "output": str(output)}


def as_line(message: Mapping[str, Any]) -> bytes:
    """A message as it is sent: no blanks, the keys in order, so that C's sscanf can read it."""
    text = json.dumps(message, separators=(",", ":"), ensure_ascii=False)
    return text.encode("utf-8", "surrogateescape") + b"\n"  # paths as the system has them


def answer(text: bytes, number: int) -> dict[str, Any]:
    """The answer in a line. Raises ProtocolError unless it is one to the request of a number."""
    shown = repr(text.decode(errors="replace").rstrip("\n")[:80])
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):
        message = None
    if not isinstance(message, dict):
        raise ProtocolError(f"answered {shown}, which is no JSON object")
    if message.get("id") != number or isinstance(message["id"], bool):
        raise ProtocolError(f"answered {shown} to the request with the id {number}")
    if message.get("status") not in STATUSES:
        raise ProtocolError(f"answered {shown}; the status is one of {', '.join(STATUSES)}")
    if not isinstance(message.get("reason", ""), str):
        raise ProtocolError(f"answered {shown}; the reason is a text")
    return message


def offer(message: Mapping[str, Any]) -> Offer:
    """What a program offers by its answer to hello. Raises ProtocolError."""
    if message["status"] != "ok":
        raise ProtocolError(f"is not ready: {message.get('reason', message['status'])}")
    if message.get("protocol") != VERSION:
        version = message.get("protocol")
        raise ProtocolError(f"speaks protocol {version!r}; this cnnspec speaks {VERSION}")
    ops, dtypes = (names(message, key) for key in ("ops", "dtypes"))
    for key, given, known in (("ops", ops, OPERATIONS), ("dtypes", dtypes, DTYPES)):
        if not given or not set(given) <= set(known):
            raise ProtocolError(f"offers the {key} {list(given)}; some of {', '.join(known)}")
    limits = message.get("limits", {})
    name, defaults = message.get("name", ""), message.get("defaults", False)
    if not isinstance(limits, dict) or not all(
        k in LIMITS and type(v) is int and v > 0 for k, v in limits.items()
    ):
        raise ProtocolError(f"has the limits {limits!r}; some of {', '.join(LIMITS)}, from 1 on")
    if not isinstance(name, str) or not isinstance(defaults, bool):
        raise ProtocolError("says a name that is no text, or defaults other than true and false")
    return Offer(tuple(o for o in OPERATIONS if o in ops), dtypes, name, limits, defaults)


def names(message: Mapping[str, Any], key: str) -> tuple[str, ...]:
    """A list of texts in a message. Raises ProtocolError."""
    given = message.get(key)
    if not isinstance(given, list) or not all(isinstance(one, str) for one in given):
        raise ProtocolError(f"says no list of {key}")
    return tuple(given)


@lru_cache(4096)
def header(dtype: str, shape: tuple[int, ...]) -> bytes:
    """What a .npy file of format 1.0 begins with."""
    buffer = io.BytesIO()
    npy.write_array_header_1_0(buffer, {"descr": dtype, "fortran_order": False, "shape": shape})
    return buffer.getvalue()


def write_array(path: Path, array: Array) -> bytes:
    """Write a .npy file: format 1.0, C order, little-endian; its content. Raises OSError."""
    plain = np.asarray(array, array.dtype.newbyteorder("<"))
    content = header(plain.dtype.str, plain.shape) + plain.tobytes()
    path.write_bytes(content)
    return content


@lru_cache(4096)
def parsed_header(text: bytes) -> tuple[tuple[int, ...], bool, str]:
    """Shape, whether the order is Fortran's, and dtype, from the beginning of a .npy file."""
    file = io.BytesIO(text)
    version = npy.read_magic(file)
    if version != (1, 0):
        raise ProtocolError(f"wrote .npy format {version[0]}.{version[1]}, not 1.0")
    shape, fortran, dtype = npy.read_array_header_1_0(file)
    return shape, fortran, dtype.str


def read_array(path: Path) -> Array:
    """The array of a .npy file. Raises ProtocolError for any other content."""
    if not path.exists():
        raise ProtocolError("answered ok, but there is no output file")
    if not path.is_file():  # a pipe or a device would be read for ever
        raise ProtocolError("answered ok, but the output is no ordinary file")
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ProtocolError(f"wrote a file that cannot be read: {error.strerror}") from None
    start = 10 + int.from_bytes(content[8:10], "little")
    try:
        shape, fortran, dtype = parsed_header(content[:start])
    except (ValueError, TypeError, RecursionError, MemoryError):
        raise ProtocolError(f"wrote no .npy file: it begins with {content[:16]!r}") from None
    if fortran or not re.fullmatch(r"[<|][biufc]\d+", dtype):
        order = "Fortran order" if fortran else f"the dtype {dtype}"
        raise ProtocolError(f"wrote an array in {order}; it is C order, little-endian numbers")
    rest = content[start:]
    room = math.prod(shape) * np.dtype(dtype).itemsize
    if min(shape, default=0) < 0 or len(rest) != room:
        raise ProtocolError(
            f"wrote {len(rest)} bytes of data; {dtype} of the shape {shape} takes {room}"
        )
    return np.frombuffer(rest, dtype).reshape(shape).copy()
