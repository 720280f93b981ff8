"""How arrays are filled.

An exact grid holds whole numbers times a power of two, as wide as the significand allows: every
partial sum of a conv is a float, whatever the order.
"""

import math
import zlib
from collections.abc import Iterable, Iterator
from itertools import product
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
from numpy.random.bit_generator import ISeedSequence

from cnnspec.kit.exact import significand_bits
from cnnspec.spec import Array

Item = TypeVar("Item")
Shape = tuple[int, ...]

FLOATS = ("float64", "float32")


FIRST, STEP = 24, 11
"""Of which items a few are chosen: the first ones, and then one of so many. No cycle of channels,
dtypes or sizes is in step with that."""


def thinned(items: Iterable[Item], thorough: bool) -> Iterator[Item]:
    """All items; a few of them if it shall not be thorough."""
    return (it for n, it in enumerate(items) if thorough or n < FIRST or n % STEP == 0)


def random_for(*key: object) -> np.random.RandomState:
    """A random stream that belongs to a key, and is the same in every run."""
    words = Words(zlib.crc32(repr(key).encode()))
    generator = np.random.SFC64(words)  # type: ignore[arg-type]  # any ISeedSequence will do
    return np.random.RandomState(generator)


class Words(ISeedSequence):
    """The words that a generator begins with. It mixes them itself: NumPy's own way takes long."""

    def __init__(self, number: int) -> None:
        self.number = number

    def generate_state(self, n_words: int, _dtype: npt.DTypeLike = np.uint32) -> Array:
        """The number, and others that differ."""
        return np.arange(n_words, dtype=np.uint64) + np.uint64(self.number)


def bits_for(dtype: str, significand: int) -> int:
    """The significand bits of a grid: those of its dtype, or the target's where it has fewer."""
    return min(significand_bits(dtype), significand)


def whole(random: np.random.RandomState, shape: Shape, bits: int) -> Array:
    """Whole numbers of so many bits and both signs, as float64."""
    limit = 2**bits  # beside a power of two of numbers, hardly one is drawn in vain
    return random.randint(1 - limit, limit, shape, dtype=np.int64).astype(np.float64)


MANY = 4_096
"""Of so many numbers a permutation takes eight times as long as what is done instead."""


def different(count: int, random: np.random.RandomState) -> Array:
    """So many different whole numbers below twice as many, in no order.

    Multiplying by an odd number, adding, and folding high bits upon low ones lead from different
    numbers of so many bits to different ones.
    """
    if count < MANY:
        return random.permutation(count)
    bits = count.bit_length()
    numbers = np.arange(count, dtype=np.uint32)
    for _ in range(3):
        factor, more = random.randint(2**bits, size=2, dtype=np.uint32)
        numbers = (numbers * (factor | 1) + more) & (2**bits - 1)
        numbers ^= numbers >> (bits // 2)
    return numbers


KINDS = ("negative", "wide", "ordinary", "ties")
"""Ways to fill a feature map: see `filled`."""


def filled(shape: Shape, kind: str, dtype: str = "float64", seed: object = 0) -> Array:
    """A feature map whose values compare in interesting ways, each exact in float32.

    negative: distinct, all below zero. wide: of all magnitudes and signs. ordinary: like grey
    values, some zero. ties: few different numbers.
    """
    random = random_for(shape, kind, seed)
    count = math.prod(shape)
    if kind == "negative":
        values = -1.0 - different(count, random)
    elif kind == "wide":
        values = random.choice([-1.0, 1.0], count) * np.ldexp(
            1 + random.randint(0, 2**20, count) / 2**20, random.randint(-120, 121, count)
        )
    elif kind == "ordinary":
        values = random.randint(-128, 256, count) / 256
    else:
        values = random.randint(-2, 2, count).astype(float)
    return values.reshape(shape).astype(dtype, copy=False)


BLOCKS = (8, 16, 32, 64, 128, 256, 512, 1024, 4096)
"""Sizes that compilers and people cut loops into."""

BEYOND_16_BITS = 65_540


def around(blocks: tuple[int, ...], limit: int = BEYOND_16_BITS) -> list[int]:
    """Each block, one less, one more, and some odd sizes between, up to a limit."""
    sizes = {n + d for n in blocks for d in (-1, 0, 1)} | {127 - 1, 11, 13, 21, 40, 100, 1000}
    return sorted(n for n in sizes if n <= limit)


def distinct(shape: Shape) -> Array:
    """Distinct values, so that an input that is wrongly accepted gives a result to look at."""
    return np.arange(1.0, 1 + math.prod(shape)).reshape(shape)


def colour() -> Array:
    """A map of six rows, seven columns and three channels that all differ."""
    image = np.arange(1.0, 43).reshape(6, 7)
    return np.stack([image, image[::-1] * 2, image % 5], axis=2)


def typical_maps(seed: object, dtype: str) -> list[Array]:
    """Eight maps of four shapes."""
    extents = ((4, 5, 2), (5, 5, 1), (3, 4, 3), (6, 7, 2))
    return [filled(extent, kind, dtype, seed) for extent in extents for kind in KINDS[:2]]


QUIET_NAN = np.array([0x7FF9234000000000], np.uint64).view(np.float64)[0]
"""A NaN with a payload."""

WHOLE_DTYPES = ("bool", "uint8", "int8", "int16", "uint16", "int32", "uint32", "int64", "uint64")


def promoted(arrays: list[Array]) -> np.dtype[Any]:
    """The dtype to which NumPy promotes arrays; float64 for integers and booleans alone (Q6)."""
    whole = all(a.dtype.kind in "biu" for a in arrays)
    return np.dtype(float) if whole else np.result_type(*(a.dtype for a in arrays))


def near_limits(shape: tuple[int, ...], dtype: str) -> Array:
    """Values of a dtype next to its limits and to zero, each of which float64 holds exactly."""
    kind = np.dtype(dtype)
    if kind.kind == "b":
        return np.resize([True, False, True, True], shape)
    if kind.kind == "f":
        most = float(np.finfo(kind).max)
        return np.resize(np.array([-most, -most / 2, -most / 4, -most / 8], dtype), shape)
    info = np.iinfo(dtype)
    spare = max(0, int(info.max).bit_length() - 53)  # a float64 holds 53 bits of an integer
    top = int(info.max) >> spare << spare
    values = [top, 1, info.min, 0, top // 2 + 1 if info.bits <= 32 else 2**40 + 1]
    return np.resize(np.array(values, dtype), shape)


def random_small(shape: tuple[int, ...], dtype: str) -> Array:
    """Small whole numbers, whose products do not fit into eight bits."""
    random = random_for("small", shape, dtype)
    low, high = (0, 2) if dtype == "bool" else (0, 60) if dtype.startswith("u") else (-60, 61)
    if dtype == "float16":
        low, high = -8, 9
    return random.randint(low, high, shape).astype(dtype)


EXTENTS = (
    (9, 11, 1),
    (9, 11, 3),
    (7, 8, 5),
    (6, 6, 8),
    (5, 7, 9),
    (5, 6, 16),
    (5, 5, 17),
    (12, 35, 33),
)
"""Maps of few and of many channels."""


def strewn() -> Iterator[tuple[Array, np.random.RandomState]]:
    """Maps with scattered NaN and infinities, each with the random stream that made it."""
    for extent, dtype in product(EXTENTS, ("float64", "float32")):
        random = random_for("strewn", extent, dtype)
        x = whole(random, extent, 6)
        spots = random.choice(x.size, max(2, x.size // 40), replace=False)
        x.flat[spots] = random.choice([np.nan, -np.nan, np.inf, -np.inf], len(spots))
        in_all = np.repeat(x[:, :, :1], extent[2], axis=2)
        for one in (x, in_all, np.where(np.isnan(x), -np.inf, x), np.full(extent, -np.inf)):
            yield one.astype(dtype), random


def subnormal_map(value: float, dtype: str) -> Array:
    """A map of a small number, of both signs, and zeros."""
    x = np.full((3, 4, 2), value)
    x[1] *= -1
    x[2, 2] = 0
    return x.astype(dtype)


def subnormal_maps(dtype: str) -> Iterator[Array]:
    """Maps of the numbers below, and at, the smallest normal one."""
    info = np.finfo(dtype)
    least, normal = float(info.smallest_subnormal), float(info.tiny)
    for value in (least, normal / 2, normal - least, normal):
        yield subnormal_map(value, dtype)
