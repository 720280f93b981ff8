"""Inputs and cuts that operations with a sliding window share.

Their parameters are a feature map, size and stride. The places of windows are counted here, and not
taken from the book, because the book is judged too.
"""

from collections.abc import Iterable, Iterator
from itertools import product
from math import prod

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from cnnspec.kit import filling
from cnnspec.kit.calls import Call
from cnnspec.kit.cuts import plain_cuts
from cnnspec.kit.filling import Shape, distinct
from cnnspec.kit.geometry import most_windows
from cnnspec.kit.operation import call
from cnnspec.spec import Array

PLAINLY = frozenset({"feature_map", "size", "stride"})
"""The arguments of a call without options."""


def count(extent: int, size: int, stride: int) -> int:
    """How many windows lie in an axis, by counting where they start."""
    return len(range(0, extent - size + 1, stride))


def of(x: Array, size: int, stride: int) -> Array:
    """Every window of maps (..., H, W, C): a view (..., Ho, Wo, C, S, S)."""
    views = sliding_window_view(x, (size, size), axis=(-3, -2))
    return views[..., ::stride, ::stride, :, :, :]


def places(x: Array, size: int, stride: int) -> Iterator[Array]:
    """Of maps (..., H, W, C) the elements at each place of all windows: S*S views (..., Ho, Wo, C).

    At least one window fits.
    """
    rows, cols = (stride * (count(n, size, stride) - 1) + 1 for n in x.shape[-3:-1])
    for a, b in product(range(size), repeat=2):
        yield x[..., a : a + rows : stride, b : b + cols : stride, :]


def guards(rank: str, fits: str) -> dict[str, tuple[str, str]]:
    """Conditions that invalid calls meet, by the clauses of rank and of windows that fit."""
    return {
        rank: ("np.ndim(feature_map) != 3", "a feature map has rank 3"),
        fits: (
            "(size % 1 or stride % 1 or stride < 1\n"
            "    or not 1 <= size <= min(np.shape(feature_map)[:2]))",
            "the window does not fit, stride < 1, or one is not whole",
        ),
    }


def guards_with(rank: str, fits: str) -> dict[str, dict[str, tuple[str, str]]]:
    """The same in edition general: sizes may be pairs, windows reach into padding; a batch."""
    return {
        "": {
            fits: (
                "any(n % 1 or n < 1 for n in (*np.ravel(size), *np.ravel(stride)))",
                "size and stride are whole, and at least 1",
            )
        },
        "batch": {
            rank: ("np.ndim(feature_map) not in (3, 4)", "a feature map has rank 3, a batch 4")
        },
    }


INVALID: tuple[tuple[str, Shape, int, int], ...] = (
    # what is wrong, shape of the feature map, size, stride
    ("rank", (4, 4), 2, 2),
    ("rank", (4,), 2, 2),
    ("rank", (1, 4, 4, 1), 2, 2),
    ("fit", (4, 4, 1), 0, 1),
    ("fit", (4, 4, 1), -1, 1),
    ("fit", (4, 9, 1), 5, 1),
    ("fit", (9, 4, 1), 5, 1),
    ("fit", (4, 4, 1), 2, 0),
    ("fit", (4, 4, 1), 2, -1),
    ("fit", (4, 4, 1), 5, 0),
    ("fit", (0, 4, 1), 1, 1),
)
"""Maps, sizes and strides of invalid inputs: a map of another rank, a window that does not fit."""


def invalid(operation: str) -> Iterator[Call]:
    """The table, and all small shapes that may be invalid."""
    calls = [(shape, size, stride) for _, shape, size, stride in INVALID]
    for shape, size, stride in [*calls, *odd_maps(), *odd_windows()]:
        yield call(operation, distinct(shape), size, stride)


def odd_maps() -> Iterator[tuple[Shape, int, int]]:
    """Maps of all ranks up to 5."""
    ranks = [(), (4,), (4, 4), (4, 5), (1, 4, 4, 1), (2, 4, 5, 3), (1, 1, 4, 4, 2)]
    yield from product(ranks, (1, 2), (1, 2))


def odd_windows() -> Iterator[tuple[Shape, int, int]]:
    """Windows and strides of all kinds, on maps that are square, wide and tall."""
    shapes = [(4, 4, 1), (3, 6, 2), (6, 3, 2), (1, 5, 1), (5, 1, 1), (1, 1, 3), (7, 7, 3)]
    yield from product(
        shapes, (-3, -2, -1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 20), (-3, -2, -1, 0, 1, 2, 3)
    )


def worse(operation: str) -> Iterator[Call]:
    """Calls that break two clauses or more, and sizes that are not positive."""
    for shape, size, stride in (
        ((4, 4), 5, 0),
        ((4, 4, 1), 5, -1),
        ((4, 4, 1), -2, -2),
        ((4, 4, 1), 0, 0),
        ((4, 4, 1), -1, 2),
        ((6, 6, 2), 2, -3),
        ((3, 5, 2), 4, 2),
        ((5, 3, 2), 4, 2),
        ((2, 4, 4, 1), 2, 2),
    ):
        yield call(operation, distinct(shape), size, stride)


def small() -> Iterator[tuple[int, int, int, int]]:
    """All H, W up to 6, S and T up to 4: small first."""
    sides = sorted(product(range(1, 7), repeat=2), key=lambda side: (side[0] * side[1], side))
    for height, width in sides:
        for size, stride in product(range(1, min(height, width, 4) + 1), range(1, 5)):
            yield height, width, size, stride


def sized(blocks: tuple[int, ...]) -> Iterator[tuple[Shape, int, int]]:
    """Map, size and stride, each at and around the sizes of blocks and counters."""
    for n in [*filling.around(blocks), filling.BEYOND_16_BITS]:
        for extent in ((n, 3, 1), (3, n, 1), (3, 3, n)):
            yield extent, min(2, *extent[:2]), 1 + n % 2
    for n in [*filling.around(blocks, 257), 1025]:
        yield (n + 2, n + 1, 1), n, 1
        yield (n + 3, 3, 1), 2, n
        yield (3, 2 * n + 3, 1), 2, n
    for extent in ((130, 131, 3), (70, 70, 16)):
        yield from ((extent, size, stride) for size, stride in ((2, 2), (3, 2), (5, 3), (7, 7)))
    yield (290, 300, 1), 3, 1  # more elements of the result than 16 bits count


def questions(operation: str) -> dict[str, Call]:
    """Calls with windows that do not fit, and with sizes and strides that are not positive."""
    return {
        "S > H and W": call(operation, np.ones((3, 3, 1)), 5, 1),
        "S > W alone": call(operation, np.ones((7, 3, 1)), 5, 2),
        "S = 0": call(operation, np.ones((4, 4, 1)), 0, 2),
        "T = 0": call(operation, np.ones((4, 4, 1)), 2, 0),
        "T < 0": call(operation, np.ones((4, 4, 1)), 2, -1),
        "empty map": call(operation, np.ones((0, 0, 1)), 2, 2),
    }


def cuts(call: Call) -> Iterator[Call]:
    """A call with one dimension or number smaller, or the window and the map together."""
    yield from plain_cuts(call)
    (x,), size = call.arrays, call.plain.get("size")
    if type(size) is int and x.ndim > 1 and size > 1 and min(x.shape[:2]) > 1:
        yield call.with_arrays([x[:-1, :-1]]).changed(size=size - 1)


def is_plain(call: Call) -> bool:
    """Whether a call has no options: a map, and a number each as size and stride."""
    given = call.arguments
    return given.keys() <= PLAINLY and tuple not in map(type, given.values())


def work(call: Call, size: int) -> int:
    """An upper estimate of the elements that a call looks at: those of all windows at stride 1."""
    (x,) = call.arrays
    looked = prod(x.shape[2:])
    for extent in x.shape[:2]:
        along = min(max(size, 1), extent) if size == size else 1
        looked *= most_windows(extent, along) * along
    return int(max(looked, x.size))


def too_large(call: Call, size: int, stride: int) -> bool:
    """Whether a call is invalid only because its window is larger than the map."""
    (x,) = call.arrays
    return x.ndim == 3 and size > min(x.shape[:2]) and stride >= 1


def shapes(side: int, channels: Iterable[int]) -> Iterator[tuple[Shape, int, int]]:
    """Map, S and T: all H, W <= side + 2, S <= side / 2, T <= side / 2 + 1 in which S fits."""
    for size in range(1, max(side // 2, 1) + 1):
        for height, width in product(range(size, side + 3), repeat=2):
            for ch, stride in product(channels, range(1, side // 2 + 2)):
                yield (height, width, ch), size, stride


def range_in_words(side: int) -> str:
    """The range of `shapes`."""
    return f"H, W <= {side + 2}, S <= {max(side // 2, 1)}, T <= {side // 2 + 1}"
