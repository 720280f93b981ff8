"""Faults of pooling in edition general: its options, alone and beside others."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from cnnspec import reference
from cnnspec.kit import geometry, misread_batch, misread_padding, misread_windows
from cnnspec.kit.fault import Changes, before
from cnnspec.kit.misread_padding import Two
from cnnspec.kit.misread_windows import Given, Shared, Step, lengths, moved_back
from cnnspec.spec import Array

NAME = "pooling"
right = partial(reference.pooling, edition="general")

misread_padding.register_numbers(NAME, "P7")
misread_windows.register_words(NAME, "P7", dilated=True)
misread_batch.register(NAME, "P10")
for _one in misread_windows.PAIRS:
    _one.register(NAME, "P6", dilated=True)
for _one in misread_windows.CEILS:
    _one.register(NAME, "P9", dilated=True)
for _one in misread_windows.PADDED:
    _one.register(NAME, "P7", dilated=True)


def own(clause: str, *, remedy: str, seen: str = "") -> Callable[[Step], Step]:
    """A decorator that registers a step on the result of pooling, which gets what is Given."""

    def register(step: Step) -> Step:
        Shared(step, "after", remedy, seen).register(NAME, clause, dilated=True)
        return step

    return register


def largest(given: Given, inside: float = -np.inf, beyond: float = -np.inf) -> Array:
    """The largest of each window. inside: what padding holds; beyond: what lies behind it."""
    return np.asarray(given.windows(inside, beyond).max(axis=(3, 4)))


# Padding that wins


@own("P7", remedy="Pad with minus infinity, or leave padding out.", seen="pytorch/pytorch#41294")
def padding_of_zeros(y: Array, given: Given) -> Array:
    """Padding holds zeros, which win over numbers below zero."""
    return largest(given, inside=0) if given.is_padded else y


@own("P7", remedy="Pad with minus infinity: -1 may win, too.")
def padding_of_minus_one(y: Array, given: Given) -> Array:
    """Padding holds -1, which wins over numbers below it."""
    return largest(given, inside=-1) if given.is_padded else y


@own("P7", remedy="Pad with minus infinity: a map may lie below -1e9 as a whole.")
def padding_of_minus_a_billion(y: Array, given: Given) -> Array:
    """Padding holds -1e9, which wins over numbers below it."""
    return largest(given, inside=-1e9) if given.is_padded else y


@own("P7", remedy="Pad with minus infinity, not with the largest number.")
def padding_of_the_largest(y: Array, given: Given) -> Array:
    """Padding holds the largest number of the map."""
    return largest(given, inside=given.x.max()) if given.is_padded and given.x.size else y


@own("P7", remedy="Leave padding out of the largest, or hold it at minus infinity.")
def windows_in_the_padding_left_zero(y: Array, given: Given) -> Array:
    """What is computed from windows that reach into padding stays zero."""
    if not given.is_padded:
        return y
    return np.where(np.isneginf(largest_low(given)), 0, y).astype(y.dtype)


def largest_low(given: Given) -> Array:
    """Minus infinity for each window that reaches into the padding."""
    marked = given._replace(x=np.zeros_like(given.x))
    return np.asarray(marked.windows(-np.inf, 0).min(axis=(3, 4)))


# Dilation


@before(NAME, "P8", remedy="Let the elements of a window lie D apart.")
def pooling_dilation_ignored() -> Changes:
    """The dilation has no effect: it counts as 1."""
    return {"dilation": (1, 1)}


@before(NAME, "P8", remedy="Let elements lie apart along columns by the second number.")
def pooling_dilation_of_rows_for_both(dilation: Two) -> Changes:
    """Elements lie apart along columns by the dilation of rows."""
    return {"dilation": (dilation[0], dilation[0])}


@before(NAME, "P8", remedy="The first number of a dilation is that of rows.")
def pooling_dilations_exchanged(dilation: Two) -> Changes:
    """The dilations of rows and of columns are exchanged."""
    return {"dilation": dilation[::-1]}


@own(
    "P8",
    remedy="The dilation counts in the windows, not in the length alone.",
    seen="xboot/libonnx#24",
)
def dilation_in_the_length_alone(y: Array, given: Given) -> Array:
    """The length is that of the dilation, but the elements of a window lie side by side."""
    arguments = given.size, given.stride
    if given.dilation == (1, 1):
        return y
    near = right(given.x, *arguments, padding=given.sides, ceil=given.ceil)
    return np.asarray(near[: len(y), : y.shape[1]])


@own("P8", remedy="A window reaches over D*(S-1) + 1 elements, not over D*S.")
def reach_of_dilation_times_the_size(y: Array, given: Given) -> Array:
    """The length is that of windows which reach over D*S elements."""
    if given.dilation == (1, 1) or given.ceil:
        return y
    wider = [
        (line.extent + sum(ends) - line.dilation * line.size) // line.stride + 1
        for line, ends in zip(given.along, given.sides, strict=True)
    ]
    return y[: max(wider[0], 0), : max(wider[1], 0)]


@own("P8", remedy="Compute the length from E = D*(S-1) + 1.")
def dilation_left_out_of_the_length_of_maps(y: Array, given: Given) -> Array:
    """The length is computed without the dilation; a window that reads nothing gives 0."""
    if given.dilation == (1, 1) or given.ceil:
        return y
    more = [(d - 1) * (s - 1) for d, s in zip(given.dilation, given.size, strict=True)]
    sides = [(a, b + m) for (a, b), m in zip(given.sides, more, strict=True)]
    whole = largest(given._replace(padding=tuple(sides)))
    return np.where(np.isneginf(whole), 0, whole).astype(y.dtype)


@own("P8", remedy="Let the loop over a window reach its last element.")
def last_element_left_out_with_dilation(y: Array, given: Given) -> Array:
    """With a dilation, the last row and column of a window do not count."""
    smaller = zip(given.size, given.dilation, strict=True)
    size: Any = tuple(s - 1 if d > 1 and s > 1 else s for s, d in smaller)
    if size == given.size:
        return y
    more: dict[str, Any] = {"padding": given.sides, "dilation": given.dilation, "ceil": given.ceil}
    return np.asarray(right(given.x, size, given.stride, **more)[: len(y), : y.shape[1]])


# Ceil


@own("P9", remedy="Behind the end there is nothing, and not a zero.")
def zeros_beyond_the_end(y: Array, given: Given) -> Array:
    """With ceil, a window that reaches beyond the end reads zeros there."""
    return largest(given, beyond=0) if given.ceil else y


@own("P9", remedy="The last window starts T behind the one before, and has what there is.")
def last_window_of_ceil_moved_back(y: Array, given: Given) -> Array:
    """With ceil, the last window is moved back until it lies in the padded map as a whole."""
    places = moved_back(given)
    if places is None:
        return y
    padded = geometry.around(given.x, given.sides, -np.inf)
    found = geometry.windows(padded, given.along, list(places), -np.inf)
    return np.asarray(found.max(axis=(3, 4)))


# Beside other options: right wherever one of them is plain


@own(
    "P7",
    remedy="Of a window that starts in padding, pass over the elements before 0.",
    seen="microsoft/onnxruntime#1320",
)
def dilated_windows_start_in_the_map(y: Array, given: Given) -> Array:
    """A window with a dilation that starts in padding reads 0, D, 2*D up to where it ends."""
    if given.dilation == (1, 1) or not given.is_padded or not y.size:
        return y
    made = y.copy()
    rows, cols = (
        [clipped(line, n - first) for n in starts]
        for line, (first, _), starts in zip(given.along, given.sides, given.starts(), strict=True)
    )
    for i, j in np.ndindex(y.shape[:2]):
        part = given.x[rows[i], cols[j]]
        made[i, j] = part.max(axis=(0, 1)) if part.size else -np.inf
    return made


def clipped(line: geometry.Line, start: int) -> slice:
    """What a window reads if it starts at 0 at the least and ends where it would."""
    return slice(
        max(start, 0), max(min(start + geometry.reach(line), line.extent), 0), line.dilation
    )


@before(NAME, "P9", remedy="With ceil, padding never wins, either.")
def pooling_padding_ignored_with_ceil(padding: Any, ceil: bool) -> Changes:
    """With ceil, padding in numbers has no effect."""
    return {"padding": 0} if ceil and not isinstance(padding, str) else {}


@own("P9", remedy="With ceil, pad with minus infinity, too.")
def padding_of_zeros_with_ceil(y: Array, given: Given) -> Array:
    """With ceil, padding holds zeros."""
    return largest(given, inside=0) if given.ceil and given.is_padded else y


@own("P7", remedy="Padding of which the sides differ holds minus infinity, too.")
def zeros_where_padding_differs(y: Array, given: Given) -> Array:
    """Padding of which the two sides of an axis differ holds zeros."""
    differs = any(first != last for first, last in given.sides)
    return largest(given, inside=0) if differs else y


@before(NAME, "P8", remedy="Let the elements lie D apart with a stride, too.")
def pooling_dilation_ignored_with_a_stride(stride: Two, dilation: Two) -> Changes:
    """Along an axis with a stride, the dilation has no effect."""
    both = zip(dilation, stride, strict=True)
    return {"dilation": tuple(d if t == 1 else 1 for d, t in both)}


@before(NAME, "P7", remedy="Pad with a dilation, too.")
def pooling_padding_ignored_with_a_dilation(padding: Any, dilation: Two) -> Changes:
    """With a dilation, padding in numbers has no effect."""
    return {"padding": 0} if dilation != (1, 1) and not isinstance(padding, str) else {}


@own("P9", remedy="With ceil, the length is that of E = D*(S-1) + 1, too.")
def dilation_left_out_of_the_length_of_ceil(y: Array, given: Given) -> Array:
    """With ceil, the length is that without the dilation; the windows that lack give 0."""
    if not given.ceil or given.dilation == (1, 1):
        return y
    rows, cols = lengths(given._replace(dilation=(1, 1)), ceil=True)
    return np.pad(y, ((0, max(rows - len(y), 0)), (0, max(cols - y.shape[1], 0)), (0, 0)))


@own("P7", remedy="Pad columns with the padding that belongs to them.")
def padding_of_rows_for_flat_windows(y: Array, given: Given) -> Array:
    """Where a window is not square, columns are padded as rows are."""
    if given.size[0] == given.size[1]:
        return y
    more: dict[str, Any] = {
        "padding": (given.sides[0],) * 2,
        "dilation": given.dilation,
        "ceil": given.ceil,
    }
    return np.asarray(right(given.x, given.size, given.stride, **more))
