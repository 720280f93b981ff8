"""Faults of conv in edition general: padding in numbers and in words, alone and beside others."""

from functools import partial
from itertools import product
from typing import Any

import numpy as np

from cnnspec import reference
from cnnspec.kit import geometry, misread_padding
from cnnspec.kit.fault import Changes, after, before
from cnnspec.kit.geometry import Sides
from cnnspec.operations.conv.faults.options import Two, sides_of
from cnnspec.spec import Array

right = partial(reference.conv, edition="general")
NONE: Sides = ((0, 0), (0, 0))

misread_padding.register_numbers("conv", "C12")


def register_words(one: misread_padding.Misreading) -> None:
    """Register how a word is misread."""

    def step(image: Array, filters: Array, stride: Two, padding: Any, dilation: Two) -> Changes:
        if not isinstance(padding, str):
            return {}
        sizes = filters.shape[1], filters.shape[2]
        along = image.shape[:2], sizes, stride, dilation
        sides = misread_padding.by_word(one.step, padding, *along)
        return misread_padding.padded_or_cut("image", image, sides)

    before("conv", "C13", remedy=one.remedy, seen=one.seen)(
        misread_padding.named(step, "conv", one)
    )


for _one in (*misread_padding.WORDS, *misread_padding.DILATED):
    register_words(_one)


# What padding holds


def padded_with(image: Array, padding: Any, **how: Any) -> Changes:
    """An image with other numbers than zeros around it, where padding is in numbers."""
    if isinstance(padding, str) or not image.size:
        return {}
    return {"image": np.pad(image, (*padding, (0, 0)), **how), "padding": NONE}


@before("conv", "C12", remedy="Padding holds zeros, not the pixels of the edge.")
def padding_of_the_edge(image: Array, padding: Any) -> Changes:
    """Padding repeats the pixels of the edge."""
    return padded_with(image, padding, mode="edge")


@before("conv", "C12", remedy="Padding holds zeros, not the image in a mirror.")
def padding_in_a_mirror(image: Array, padding: Any) -> Changes:
    """Padding mirrors the image, the edge not repeated."""
    return padded_with(image, padding, mode="reflect")


@before("conv", "C12", remedy="Padding holds zeros, not the other end of the image.")
def padding_from_the_other_end(image: Array, padding: Any) -> Changes:
    """Padding goes on at the other end of the image."""
    return padded_with(image, padding, mode="wrap")


@before("conv", "C12", remedy="Padding holds zeros, not ones.")
def padding_of_ones(image: Array, padding: Any) -> Changes:
    """Padding holds ones."""
    return padded_with(image, padding, constant_values=1)


@after("conv", "C12", remedy="Compute the windows that reach into the padding, too.")
def windows_in_the_padding_left_zero(
    y: Array, image: Array, filters: Array, stride: Two, padding: Any, dilation: Two
) -> Array:
    """What is computed from windows that reach into padding stays zero."""
    if isinstance(padding, str):
        return y
    along, sides = sides_of(image, filters, stride, padding, dilation)
    for axis, (line, (first, _)) in enumerate(zip(along, sides, strict=True)):
        starts = np.arange(y.shape[axis]) * line.stride - first
        outside = (starts < 0) | (starts + geometry.reach(line) > line.extent)
        np.moveaxis(y, axis, 0)[outside] = 0
    return y


# How much padding there is


@before(
    "conv", "C12", remedy="Pad by what is asked for; K // 2 keeps the extent with stride 1 alone."
)
def padding_of_half_a_filter(filters: Array, padding: Any) -> Changes:
    """An axis that is padded gets K // 2 on each side, whatever is asked for."""
    if isinstance(padding, str):
        return {}
    halves = [(size // 2,) * 2 for size in filters.shape[1:3]]
    asked = zip(padding, halves, strict=True)
    return {"padding": tuple(half if any(one) else one for one, half in asked)}


@before("conv", "C12", remedy="Padding may be more than half of a filter.")
def padding_no_more_than_half_a_filter(filters: Array, padding: Any) -> Changes:
    """Padding of more than half of a filter counts as half of it."""
    if isinstance(padding, str):
        return {}
    both = zip(padding, filters.shape[1:3], strict=True)
    return {"padding": tuple(tuple(min(n, size // 2) for n in one) for one, size in both)}


@before("conv", "C12", remedy="Padding may be as much as the extent of the image, and more.")
def padding_no_more_than_the_image(image: Array, padding: Any) -> Changes:
    """Padding of more than the extent of the image counts as that extent."""
    if isinstance(padding, str):
        return {}
    both = zip(padding, image.shape[:2], strict=True)
    return {"padding": tuple(tuple(min(n, extent) for n in one) for one, extent in both)}


# Beside other options: right wherever one of them is plain


@before("conv", "C12", remedy="Test whether the column of a tap is below 0, not its row alone.")
def columns_before_the_image_from_the_row_above(
    image: Array, filters: Array, stride: Two, padding: Any, dilation: Two
) -> Changes:
    """Padding at the left of a row holds the end of the row above, as it lies in memory."""
    _, sides = sides_of(image, filters, stride, padding, dilation)
    (top, _), (left, _) = sides
    around = np.pad(image, (*sides, (0, 0)))
    height, width, channels = image.shape
    cells = image.reshape(height * width, channels)
    for row, column in product(range(height), range(-left, 0)):
        place = row * width + column
        if place >= 0:
            around[top + row, left + column] = cells[place]
    return {"image": around, "padding": 0}


def is_padded(padding: Any) -> bool:
    """Whether there is padding in numbers."""
    return not isinstance(padding, str) and padding != NONE


@before("conv", "C12", remedy="Pad the image with a stride, too.")
def padding_ignored_with_a_stride(stride: Two, padding: Any) -> Changes:
    """With a stride, padding in numbers has no effect."""
    return {"padding": NONE} if is_padded(padding) and stride != (1, 1) else {}


@before("conv", "C12", remedy="With a stride, too, each side gets its own padding.")
def padding_symmetric_with_a_stride(stride: Two, padding: Any) -> Changes:
    """With a stride, both sides of an axis get the smaller of their two numbers."""
    if isinstance(padding, str) or stride == (1, 1):
        return {}
    return {"padding": tuple((min(one),) * 2 for one in padding)}


@before("conv", "C12", remedy="Windows start in the padding, with a stride, too.")
def first_window_at_a_multiple_of_the_stride(
    image: Array, filters: Array, stride: Two, padding: Any, dilation: Two
) -> Changes:
    """With a stride, windows start at the first multiple of it that lies in the padding."""
    if isinstance(padding, str):
        return {}
    along, _ = sides_of(image, filters, stride, padding, dilation)
    both = zip(padding, along, strict=True)
    return {"padding": tuple((one[0] // line.stride * line.stride, one[1]) for one, line in both)}


@before("conv", "C14", remedy="Do not multiply padding by the dilation.")
def padding_times_the_dilation(padding: Any, dilation: Two) -> Changes:
    """Padding in numbers is multiplied by the dilation."""
    if isinstance(padding, str):
        return {}
    both = zip(padding, dilation, strict=True)
    return {"padding": tuple((one[0] * d, one[1] * d) for one, d in both)}


@before("conv", "C14", remedy="Let taps lie D apart where there is padding, too.")
def dilation_ignored_with_padding(padding: Any, dilation: Two) -> Changes:
    """With padding in numbers, the dilation has no effect."""
    return {"dilation": (1, 1)} if is_padded(padding) and dilation != (1, 1) else {}


@before("conv", "C14", remedy="Let taps lie D apart where there is a stride, too.")
def dilation_ignored_with_a_stride(stride: Two, dilation: Two) -> Changes:
    """Along an axis with a stride, the dilation has no effect."""
    both = zip(dilation, stride, strict=True)
    return {"dilation": tuple(d if t == 1 else 1 for d, t in both)}


@after("conv", "C14", remedy="Of a window that starts in padding, pass over the taps before 0.")
def dilated_windows_start_in_the_image(
    y: Array,
    image: Array,
    filters: Array,
    bias: Array | None,
    stride: Two,
    padding: Any,
    dilation: Two,
    groups: int,
) -> Array:
    """A dilated window that starts in padding lays its other taps on 0, D, 2*D and so on."""
    if dilation == (1, 1) or not y.size:
        return y
    along, sides = sides_of(image, filters, stride, padding, dilation)
    rows, cols = (
        [moved(line, i * line.stride - first) for i in range(count)]
        for line, (first, _), count in zip(along, sides, y.shape[:2], strict=True)
    )
    padded = np.pad(image, ((0, 1), (0, 1), (0, 0)))  # the last row and column are the padding
    made = y.copy()
    for i, r in enumerate(rows):
        for j, c in enumerate(cols):
            part = padded[np.ix_(r, c)]
            made[i, j] = right(part, filters, bias, groups=groups)[0, 0]
    return made


def moved(line: geometry.Line, start: int) -> list[int]:
    """Where the taps of a window lie, the first of those in the image at 0; n for padding."""
    if start >= 0 or line.dilation == 1:
        places = [start + tap * line.dilation for tap in range(line.size)]
    else:
        beside = -(start // line.dilation)
        places = [-1] * beside + [tap * line.dilation for tap in range(line.size - beside)]
        places = places[: line.size]
    return [one if 0 <= one < line.extent else line.extent for one in places]


@before("conv", "C13", remedy="The padding of a word depends on the stride along its own axis.")
def same_with_the_stride_of_rows(
    image: Array, filters: Array, stride: Two, padding: Any, dilation: Two
) -> Changes:
    """The padding of a word is computed with the stride of rows for columns, too."""
    if not isinstance(padding, str):
        return {}
    sizes = filters.shape[1], filters.shape[2]
    along = geometry.lines(image.shape[:2], sizes, stride[0], dilation)
    return {"padding": geometry.padding_of(padding, along)}
