"""Faults of conv in edition general: the size of filters, stride and dilation."""

from functools import partial
from typing import Any

import numpy as np

from cnnspec import reference
from cnnspec.kit import geometry
from cnnspec.kit.fault import Changes, after, before
from cnnspec.operations.conv.faults.writes import fitted_to
from cnnspec.spec import Array

Two = tuple[int, int]
right = partial(reference.conv, edition="general")


def sides_of(image: Array, filters: Array, stride: Two, padding: Any, dilation: Two) -> Any:
    """The lines of both axes, and their padding in numbers."""
    along = geometry.lines(image.shape[:2], filters.shape[1:3], stride, dilation)
    return along, geometry.padding_of(padding, along)


def room_of(image: Array, filters: Array, stride: Two, padding: Any, dilation: Two) -> list[int]:
    """How far a filter can be moved along each axis."""
    along, sides = sides_of(image, filters, stride, padding, dilation)
    reaches = map(geometry.reach, along)
    return [
        line.extent + sum(pads) - far for line, pads, far in zip(along, sides, reaches, strict=True)
    ]


# The size of filters


@before("conv", "C10", remedy="Filters are (N, KH, KW, C): KH rows of KW weights.")
def height_and_width_of_filters_mixed_up(filters: Array) -> Changes:
    """The weights of a filter are read as KW rows of KH."""
    number, height, width, depth = filters.shape
    return {"filters": filters.reshape(number, width, height, depth)}


@before("conv", "C10", remedy="Let the loops over a filter run to KH and to KW.")
def square_part_of_a_filter(filters: Array) -> Changes:
    """Of a filter that is not square, no more than the largest square part counts."""
    side, bank = min(filters.shape[1:3]), filters.copy()
    bank[:, side:], bank[:, :, side:] = 0, 0
    return {"filters": bank}


@before("conv", "C10", remedy="The length is n - K + 1 for filters of even size, too.")
def even_filters_one_larger(filters: Array) -> Changes:
    """A filter of even size counts as one larger, and its last weights are 0."""
    more = [(0, 1 - size % 2) for size in filters.shape[1:3]]
    return {"filters": np.pad(filters, [(0, 0), *more, (0, 0)])}


@before("conv", "C10", remedy="Let windows of filters of even size start at 0.")
def even_filters_start_at_one(filters: Array) -> Changes:
    """The windows of a filter of even size start one later, and so there is one less."""
    more = [(1 - size % 2, 0) for size in filters.shape[1:3]]
    return {"filters": np.pad(filters, [(0, 0), *more, (0, 0)])}


@before("conv", "C10", remedy="Let the loops over a filter reach its last row and column.")
def last_weights_of_even_filters_left_out(filters: Array) -> Changes:
    """Filters of even size lack their last row and column."""
    bank = filters.copy()
    for axis in (1, 2):
        if not filters.shape[axis] % 2:
            np.moveaxis(bank, axis, 0)[-1:] = 0
    return {"filters": bank}


@after("conv", "C10", remedy="The number of columns follows from W and KW.")
def columns_counted_by_the_height_of_filters(
    y: Array, image: Array, filters: Array, stride: Two, padding: Any, dilation: Two
) -> Array:
    """The number of columns follows from the height of the filters; what is added is zero."""
    _, room = room_of(image, filters, stride, padding, dilation)
    room += dilation[1] * (filters.shape[2] - filters.shape[1])
    return fitted_to(y, len(y), max(room // stride[1] + 1, 0))


@before("conv", "C10", remedy="A filter of one row or column is a filter like others.")
def thin_filters_summed_up(filters: Array) -> Changes:
    """A filter of one row, or of one column, counts as its sum in the middle."""
    size = filters.shape[1:3]
    if size == (1, 1) or 1 not in size:
        return {}
    bank = np.zeros_like(filters)
    with np.errstate(all="ignore"):
        bank[:, size[0] // 2, size[1] // 2] = filters.sum(axis=(1, 2))
    return {"filters": bank}


# Stride


@before("conv", "C11", remedy="Move each window by the stride.")
def stride_ignored() -> Changes:
    """The stride has no effect: it counts as 1."""
    return {"stride": (1, 1)}


@before("conv", "C11", remedy="Move windows along columns by the second number.")
def stride_of_rows_for_both(stride: Two) -> Changes:
    """Windows move along columns by the stride of rows."""
    return {"stride": (stride[0], stride[0])}


@before("conv", "C11", remedy="Move windows along rows by the first number.")
def stride_of_columns_for_both(stride: Two) -> Changes:
    """Windows move along rows by the stride of columns."""
    return {"stride": (stride[1], stride[1])}


@before("conv", "C11", remedy="The first number of a stride is that of rows.")
def strides_exchanged(stride: Two) -> Changes:
    """The strides of rows and of columns are exchanged."""
    return {"stride": stride[::-1]}


@before("conv", "C11", remedy="Move windows along columns by the stride, too.")
def stride_along_rows_alone(stride: Two) -> Changes:
    """The stride counts along rows; along columns windows move by 1."""
    return {"stride": (stride[0], 1)}


@before("conv", "C11", remedy="Any stride is possible, not 1 and 2 alone.")
def stride_of_two_at_most(stride: Two) -> Changes:
    """A stride of more than 2 counts as 2."""
    return {"stride": tuple(min(one, 2) for one in stride)}


@before("conv", "C11", remedy="A stride may be larger than a filter: elements between stay unread.")
def stride_no_larger_than_a_filter(filters: Array, stride: Two) -> Changes:
    """A stride larger than a filter counts as the size of the filter."""
    sizes = filters.shape[1:3]
    return {"stride": tuple(min(pair) for pair in zip(stride, sizes, strict=True))}


@before("conv", "C11", remedy="The length is rounded down: floor((n+P-E)/T) + 1.")
def length_rounded_up(
    image: Array, filters: Array, stride: Two, padding: Any, dilation: Two
) -> Changes:
    """The length is rounded up; the last window reads zeros beyond the end."""
    _, sides = sides_of(image, filters, stride, padding, dilation)
    room = room_of(image, filters, stride, padding, dilation)
    more = [-n % t for n, t in zip(room, stride, strict=True)]
    return {"padding": tuple((a, b + m) for (a, b), m in zip(sides, more, strict=True))}


@after("conv", "C11", remedy="The length is floor((n+P-E)/T) + 1, not floor((n+P-E+1)/T).")
def length_of_stride_one_divided(
    y: Array, image: Array, filters: Array, stride: Two, padding: Any, dilation: Two
) -> Array:
    """The length with stride 1 is divided by the stride and rounded down."""
    room = room_of(image, filters, stride, padding, dilation)
    rows, cols = ((n + 1) // t for n, t in zip(room, stride, strict=True))
    return y[:rows, :cols].copy()


def unstrided(given: dict[str, Any]) -> Array:
    """The result with stride 1 and the padding that belongs to the stride."""
    image, filters, padding = given["image"], given["filters"], given["padding"]
    _, sides = sides_of(image, filters, given["stride"], padding, given["dilation"])
    return np.asarray(right(**{**given, "stride": 1, "padding": sides}))


@after("conv", "C11", remedy="Multiply the place of a result by the stride to find its window.")
def stride_in_the_length_alone(
    y: Array,
    image: Array,
    filters: Array,
    bias: Array | None,
    stride: Two,
    padding: Any,
    dilation: Two,
    groups: int,
) -> Array:
    """The result has the length of the stride, but its windows move by 1."""
    given = {"image": image, "filters": filters, "bias": bias, "stride": stride, "groups": groups}
    whole = unstrided({**given, "padding": padding, "dilation": dilation})
    return whole[: len(y), : y.shape[1]]


@after("conv", "C11", remedy="The first window starts at 0, whatever the stride is.")
def first_window_at_the_stride(
    y: Array,
    image: Array,
    filters: Array,
    bias: Array | None,
    stride: Two,
    padding: Any,
    dilation: Two,
    groups: int,
) -> Array:
    """Of the result with stride T, every T-th is taken, but from number T-1 on; zero beyond."""
    given = {"image": image, "filters": filters, "bias": bias, "stride": stride, "groups": groups}
    whole = unstrided({**given, "padding": padding, "dilation": dilation})
    rows, cols = stride
    return fitted_to(whole[rows - 1 :: rows, cols - 1 :: cols], len(y), y.shape[1])


@before("conv", "C11", remedy="The stride is for windows; within a window each pixel is read.")
def stride_within_a_window(filters: Array, stride: Two) -> Changes:
    """In a filter, too, no more than every T-th weight counts."""
    bank = np.zeros_like(filters)
    rows, cols = stride
    bank[:, ::rows, ::cols] = filters[:, ::rows, ::cols]
    return {"filters": bank}


# Dilation


@before("conv", "C14", remedy="A dilation spreads the taps, and does not turn the filters.")
def taps_reversed_with_a_dilation(filters: Array, dilation: Two) -> Changes:
    """With a dilation, filters are turned by 180 degrees."""
    return {"filters": filters[:, ::-1, ::-1]} if dilation != (1, 1) else {}


@before("conv", "C14", remedy="Let the taps of a filter lie D apart.")
def dilation_ignored() -> Changes:
    """The dilation has no effect: it counts as 1."""
    return {"dilation": (1, 1)}


@before("conv", "C14", remedy="Let taps lie apart along columns by the second number.")
def dilation_of_rows_for_both(dilation: Two) -> Changes:
    """Taps lie apart along columns by the dilation of rows."""
    return {"dilation": (dilation[0], dilation[0])}


@before("conv", "C14", remedy="The first number of a dilation is that of rows.")
def dilations_exchanged(dilation: Two) -> Changes:
    """The dilations of rows and of columns are exchanged."""
    return {"dilation": dilation[::-1]}


@before("conv", "C14", remedy="A filter reaches over D*(K-1) + 1 pixels, not over D*K.")
def reach_of_dilation_times_size(filters: Array, dilation: Two) -> Changes:
    """A filter reaches over D*K pixels: D-1 zeros stand behind its last tap, too."""
    wide = geometry.spread(filters, dilation).astype(filters.dtype)
    more = [(0, one - 1) for one in dilation]
    return {"filters": np.pad(wide, [(0, 0), *more, (0, 0)]), "dilation": (1, 1)}


@before("conv", "C14", remedy="A dilation of D puts D-1 zeros between the taps.")
def dilation_as_the_number_of_zeros(dilation: Two) -> Changes:
    """A dilation of D > 1 puts D zeros between the taps."""
    return {"dilation": tuple(one + 1 if one > 1 else 1 for one in dilation)}


@before("conv", "C14", remedy="The length is that of E = D*(K-1) + 1.")
def dilation_left_out_of_the_length(
    image: Array, filters: Array, stride: Two, padding: Any, dilation: Two
) -> Changes:
    """The length is computed without the dilation; beyond the end windows read zeros."""
    _, sides = sides_of(image, filters, stride, padding, dilation)
    sizes = zip(filters.shape[1:3], dilation, strict=True)
    more = [(d - 1) * (size - 1) for size, d in sizes]
    return {"padding": tuple((a, b + m) for (a, b), m in zip(sides, more, strict=True))}


@before("conv", "C14", remedy="Let the loop over the taps reach the last one.")
def last_tap_left_out_with_dilation(filters: Array, dilation: Two) -> Changes:
    """With a dilation, the last row or column of a filter does not count."""
    bank = filters.copy()
    for axis, one in zip((1, 2), dilation, strict=True):
        if one > 1 and filters.shape[axis] > 1:
            np.moveaxis(bank, axis, 0)[-1] = 0
    return {"filters": bank}


@before("conv", "C14", remedy="Spread the filter, and leave the image as it is.")
def image_thinned_out_by_the_dilation(image: Array, dilation: Two) -> Changes:
    """The filter is laid on every D-th row and column of the image, and on no others."""
    return {"image": image[:: dilation[0], :: dilation[1]], "dilation": (1, 1)}
