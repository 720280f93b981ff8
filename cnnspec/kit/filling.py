"""The small deterministic cases, and how arrays are filled.

An exact grid holds whole numbers times a power of two, as wide as the significand allows: every
partial sum of a conv is a float, whatever the order.
"""

import zlib
from collections.abc import Iterator
from itertools import cycle, product

import numpy as np

from cnnspec.kit.calls import Call, call
from cnnspec.kit.exact import grid_split, significand_bits
from cnnspec.spec import Array

Shape = tuple[int, ...]


def random_for(*key: object) -> np.random.RandomState:
    """A random stream that belongs to a key, and is the same in every run."""
    return np.random.RandomState(zlib.crc32(repr(key).encode()))


def bits_for(dtype: str, significand: int) -> int:
    """The significand bits of a grid: those of its dtype, or the target's where it has fewer."""
    return min(significand_bits(dtype), significand)


def conv_call(
    image: Shape,
    filters: Shape,
    dtype: str = "float64",
    significand: int = 53,
    seed: object = 0,
    scale: int = 0,
) -> Call:
    """A conv on an exact grid. scale: of pixels, as a power of two; weights get its opposite."""
    random = random_for(image, filters, dtype, seed)
    free = bits_for(dtype, significand)
    pixel_bits, weight_bits = grid_split(free, int(np.prod(filters[1:])))
    x = whole(random, image, pixel_bits)
    w = whole(random, filters, weight_bits)
    return call("conv", np.ldexp(x, scale).astype(dtype), np.ldexp(w, -scale // 2).astype(dtype))


def whole(random: np.random.RandomState, shape: Shape, bits: int) -> Array:
    """Whole numbers from -2**bits to 2**bits, as float64."""
    limit = 2**bits
    return random.randint(-limit, limit + 1, shape, dtype=np.int64).astype(np.float64)


KINDS = ("negative", "wide", "ordinary", "ties")
"""Ways to fill a feature map: see `filled`."""


def filled(shape: Shape, kind: str, dtype: str = "float64", seed: object = 0) -> Array:
    """A feature map whose values compare in interesting ways, each exact in float32.

    negative: distinct, all below zero. wide: of all magnitudes and signs. ordinary: like grey
    values, some zero. ties: few different numbers.
    """
    random = random_for(shape, kind, seed)
    count = int(np.prod(shape))
    if kind == "negative":
        values = -1.0 - random.permutation(count)
    elif kind == "wide":
        values = random.choice([-1.0, 1.0], count) * np.ldexp(
            1 + random.randint(0, 2**20, count) / 2**20, random.randint(-120, 121, count)
        )
    elif kind == "ordinary":
        values = random.randint(-128, 256, count) / 256
    else:
        values = random.randint(-2, 2, count).astype(float)
    return values.reshape(shape).astype(dtype)


def small_convs(significand: int) -> Iterator[Call]:
    """All H, W up to 6, K in 1, 3, 5, C up to 3 (or no channel axis), N up to 3: small first."""
    dtypes = cycle(["float64", "float64", "float32"])
    scales = cycle([0, 0, 20, -30, 4])
    sides = sorted(product(range(1, 7), repeat=2), key=lambda side: (side[0] * side[1], side))
    for size, (height, width) in product((1, 3, 5), sides):
        if size > min(height, width):
            continue
        for channels, number in product((None, 1, 2, 3), (1, 2, 3)):
            depth = () if channels is None else (channels,)
            yield conv_call(
                (height, width, *depth),
                (number, size, size, *depth),
                next(dtypes),
                significand,
                scale=next(scales),
            )


def structured_convs(significand: int) -> Iterator[Call]:
    """Inputs on which a shortcut would be taken: zeros, ones, symmetric and separable filters.

    The image is so wide that a sum over more than a window, as in a summed-area table, rounds.
    """
    image = whole(random_for("structured"), (6, 7), significand - 6)
    smooth = np.outer([1.0, 2, 1], [1.0, 2, 1])
    edge = np.outer([1.0, 2, 1], [1.0, 0, -1])
    filters = {
        "zeros": np.zeros((3, 3)),
        "ones": np.ones((3, 3)),
        "identity": np.outer([0.0, 1, 0], [0, 1, 0]),
        "smooth": smooth,
        "edge": edge,
        "corner": np.outer([0, 0, 1.0], [0, 0, 1]),
    }
    for bank in [*([one] for one in filters.values()), list(filters.values()), [edge, edge]]:
        yield call("conv", image, np.stack(bank))
        yield call("conv", np.zeros((5, 5)), np.stack(bank))
        yield call("conv", np.ones((5, 6)), np.stack(bank))
        colour = np.stack([image, image[::-1]], axis=2) / 2
        yield call("conv", colour, np.stack([bank, bank[::-1]], axis=-1))
    nearly = smooth + np.outer([0, 0, 1], [2.0**-10, 0, 0])
    yield call("conv", np.trunc(image / 2.0 ** (significand - 14)), nearly[np.newaxis])


def small_pools(dtypes: tuple[str, ...] = ("float64", "float32")) -> Iterator[Call]:
    """All H, W up to 6, S and T up to 4: small first, one to three channels."""
    kinds, channels = cycle(KINDS), cycle((1, 2, 3, 1, 2))
    kind_of_number = cycle(dtypes)
    sides = sorted(product(range(1, 7), repeat=2), key=lambda side: (side[0] * side[1], side))
    for height, width in sides:
        for size, stride in product(range(1, min(height, width, 4) + 1), range(1, 5)):
            x = filled((height, width, next(channels)), next(kinds), next(kind_of_number))
            yield call("pooling", x, size, stride)


BLOCKS = (8, 16, 32, 64, 128, 256, 512, 1024, 4096)
"""Sizes that compilers and people cut loops into."""

BEYOND_16_BITS = 65_540


def around(blocks: tuple[int, ...], limit: int = BEYOND_16_BITS) -> list[int]:
    """Each block, one less, one more, and some odd sizes between, up to a limit."""
    sizes = {n + d for n in blocks for d in (-1, 0, 1)} | {127 - 1, 11, 13, 21, 40, 100, 1000}
    return sorted(n for n in sizes if n <= limit)
