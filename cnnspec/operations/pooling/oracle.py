"""What a valid pooling shall give, and whether a call is valid at all.

Small calls are computed by the book; larger ones by NumPy, a maximum over each window, which shares
no code with the reference.
"""

from collections.abc import Callable, Mapping
from functools import reduce
from typing import Any, NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from cnnspec import spec
from cnnspec.kit import general_windows, geometry, windows
from cnnspec.kit.calls import Call
from cnnspec.kit.numerals import whole
from cnnspec.kit.operation import NOTHING
from cnnspec.spec import Array, Edition, SpecError

SPEC_WORK = 100
"""The book computes calls with at most this many steps of its innermost loop."""


def broken(call: Call, edition: Edition) -> str | None:
    """The first clause that rejects a call, or None where it is valid."""
    if edition == "general":
        return general_windows.broken(call, spec.require_general_pooling, "P1")
    try:
        required(edition)(call.arrays[0], *sizes(call))
    except SpecError as error:
        return error.clause
    return None


def required(edition: Edition) -> Callable[..., tuple[Any, ...]]:
    """The book's function that checks the arguments in an edition."""
    return spec.require_published if edition == "article" else spec.require_pooling


class Axis(NamedTuple):
    """Along one axis: the length of the result, and how many windows are written into it."""

    length: int
    windows: int


def axis(extent: int, size: int, stride: int, edition: Edition) -> Axis:
    """How an axis of some extent is pooled, by counting the starts of windows."""
    if edition == "article":
        starts = range(0, extent - size - 1, stride)
        return Axis((extent - size + 1) // stride, len(starts))
    count = windows.count(extent, size, stride)
    return Axis(count, count)


def sizes(call: Call) -> tuple[int, int]:
    """Size and stride of a pooling call, 2 where one is left out (P5)."""
    given: Mapping[str, Any] = call.arguments
    return whole(given.get("size", 2)), whole(given.get("stride", 2))


def expected(call: Call, edition: Edition) -> Array:
    """What a valid call gives, as float64."""
    if edition == "general" and not windows.is_plain(call):
        return general_windows.expected(call, of_a_map)
    x = np.asarray(call.arrays[0], np.float64)
    size, stride = sizes(call)
    if x.size * size * size <= SPEC_WORK:
        return spec.pooling(x, size, stride, edition=edition)
    return windowed(x, size, stride, edition)


def work(call: Call) -> int:
    """An upper estimate of the comparisons that a call takes."""
    if not windows.is_plain(call):
        return general_windows.work(call)
    return windows.work(call, sizes(call)[0])


def instead(call: Call) -> Array | None:
    """What edition standard allows for invalid input: no elements, if a window is too large."""
    if not windows.is_plain(call):
        return general_windows.instead(call, lambda one: broken(one, "general"), in_general)
    return NOTHING if windows.too_large(call, *sizes(call)) else None


def in_general(call: Call) -> Array:
    """What a valid call gives in edition general."""
    return general_windows.expected(call, of_a_map)


@np.errstate(all="ignore")
def of_a_map(x: Array, size: Any, stride: Any, **options: Any) -> Array:
    """Pooling with options, as the maximum over a view of the windows: padding never wins."""
    low = -np.inf
    seen = geometry.pooled(x, size, stride, **options, inside=low, beyond=low)
    return np.asarray(seen.max(axis=(-2, -1), initial=low))


def windowed(x: Array, size: int, stride: int, edition: Edition) -> Array:
    """Pooling as the maximum over a view of the windows; NumPy's maximum keeps NaN.

    Of windows that are small, or many, it is taken place by place, else row by row of the result.
    """
    rows, cols = (axis(extent, size, stride, edition) for extent in x.shape[:2])
    y = np.zeros((rows.length, cols.length, x.shape[2]))
    if size**2 <= rows.windows * cols.windows:
        largest = reduce(np.maximum, windows.places(x, size, stride))
        y[: rows.windows, : cols.windows] = largest[: rows.windows, : cols.windows]
        return y
    views = sliding_window_view(x, (size, size), axis=(0, 1))
    for i in range(rows.windows if cols.windows else 0):
        row = views[i * stride, : cols.windows * stride : stride]
        y[i, : cols.windows] = row.max(axis=(2, 3), initial=-np.inf)
    return y
