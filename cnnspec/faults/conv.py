"""Faults of conv. Steps see the image as x (H, W, C) and the filters as w (N, K, K, C)."""

from collections.abc import Callable
from typing import Any

import numpy as np

from cnnspec import reference, spec
from cnnspec.faults import Ask, Function, Look, after, before, fault, stateful
from cnnspec.spec import Array

Pair = tuple[Array, Array]
AXES = "the taps of w[n] are w[n, i, j]: i goes with the image's rows, j with its columns"

# Which tap meets which pixel


@before(
    "conv",
    "C7",
    remedy="Multiply x[r+i, c+j] by w[i, j], not by w[K-1-i, K-1-j]; with a library's convolve, "
    "flip the filter first, or call its correlate.",
    seen="scipy.signal.convolve2d and numpy.convolve in place of correlate",
)
def filter_rotated(x: Array, w: Array) -> Pair:
    """The filter is rotated by 180 degrees: convolution instead of cross-correlation."""
    return x, w[:, ::-1, ::-1]


@before("conv", "C7", remedy=f"Do not reverse the filter's columns; {AXES}.")
def filter_mirrored(x: Array, w: Array) -> Pair:
    """The filter is mirrored: its columns come in reverse order."""
    return x, w[:, :, ::-1]


@before("conv", "C7", remedy=f"Do not reverse the filter's rows; {AXES}.")
def filter_upside_down(x: Array, w: Array) -> Pair:
    """The filter stands upside down: its rows come in reverse order."""
    return x, w[:, ::-1]


@before("conv", "C7", remedy=f"Exchange the filter's two indices; {AXES}.")
def filter_transposed(x: Array, w: Array) -> Pair:
    """The filter is transposed: its rows and columns are exchanged."""
    return x, w.swapaxes(1, 2)


@before("conv", "C7", remedy=f"Read the filter row by row; {AXES}.")
def filter_transposed_and_rotated(x: Array, w: Array) -> Pair:
    """The filter is transposed and rotated by 180 degrees."""
    return x, w.swapaxes(1, 2)[:, ::-1, ::-1]


@before("conv", "C7", remedy="Rotate nothing: numpy.rot90 turns by a quarter, not by 180 degrees.")
def filter_turned_left(x: Array, w: Array) -> Pair:
    """The filter is turned by a quarter to the left."""
    return x, np.rot90(w, 1, axes=(1, 2))


@before("conv", "C7", remedy="Rotate nothing: numpy.rot90 turns by a quarter, not by 180 degrees.")
def filter_turned_right(x: Array, w: Array) -> Pair:
    """The filter is turned by a quarter to the right."""
    return x, np.rot90(w, -1, axes=(1, 2))


def without(w: Array, *places: Any) -> Array:
    """Filters with some taps set to zero."""
    w = w.copy()
    for place in places:
        w[place] = 0
    return w


@before("conv", "C7", remedy="Let the loop over the filter's rows run to K, not to K - 1.")
def last_filter_row_unread(x: Array, w: Array) -> Pair:
    """The last row of the filter is not read."""
    return x, without(w, np.s_[:, -1]) if w.shape[1] > 1 else w


@before("conv", "C7", remedy="Let the loop over the filter's columns run to K, not to K - 1.")
def last_filter_column_unread(x: Array, w: Array) -> Pair:
    """The last column of the filter is not read."""
    return x, without(w, np.s_[:, :, -1]) if w.shape[1] > 1 else w


@before("conv", "C7", remedy="Let the loops over the filter run to K, not to K - 1.")
def last_filter_row_and_column_unread(x: Array, w: Array) -> Pair:
    """The last row and the last column of the filter are not read."""
    return x, without(w, np.s_[:, -1], np.s_[:, :, -1]) if w.shape[1] > 1 else w


@before("conv", "C7", remedy="Let the loops over the filter start at 0, not at 1.")
def first_filter_row_and_column_unread(x: Array, w: Array) -> Pair:
    """The first row and the first column of the filter are not read."""
    return x, without(w, np.s_[:, 0], np.s_[:, :, 0]) if w.shape[1] > 1 else w


@before("conv", "C7", remedy="Start the sum at zero and add every tap, the first too.")
def first_tap_unread(x: Array, w: Array) -> Pair:
    """The first tap of each filter is left out."""
    return x, without(w, np.s_[:, 0, 0])


@before("conv", "C7", remedy="Add every tap, the last too.")
def last_tap_unread(x: Array, w: Array) -> Pair:
    """The last tap of each filter is left out."""
    return x, without(w, np.s_[:, -1, -1])


@before(
    "conv", "C7", remedy="The window of the result's (r, c) starts at (r, c), not one row later."
)
def windows_a_row_late(x: Array, w: Array) -> Pair:
    """Every window starts one row too low; beyond the image there are zeros."""
    return np.concatenate([x[1:], np.zeros_like(x[:1])]), w


@before(
    "conv", "C7", remedy="The window of the result's (r, c) starts at (r, c), not a column later."
)
def windows_a_column_late(x: Array, w: Array) -> Pair:
    """Every window starts one column too far right; beyond the image there are zeros."""
    return np.concatenate([x[:, 1:], np.zeros_like(x[:, :1])], axis=1), w


@before("conv", "C7", remedy="The window of the result's (r, c) starts at (r, c).")
def windows_a_row_and_a_column_late(x: Array, w: Array) -> Pair:
    """Every window starts one row and one column too late; beyond the image there are zeros."""
    return np.pad(x[1:, 1:], ((0, 1), (0, 1), (0, 0))), w


@before(
    "conv", "C7", remedy="The window of the result's (r, c) starts at (r, c), not one row earlier."
)
def windows_a_row_early(x: Array, w: Array) -> Pair:
    """Every window starts one row too high; before the image there are zeros."""
    return np.concatenate([np.zeros_like(x[:1]), x[:-1]]), w


@before("conv", "C7", remedy="The window of the result's (r, c) starts at (r, c).")
def windows_a_column_early(x: Array, w: Array) -> Pair:
    """Every window starts one column too far left; before the image there are zeros."""
    return np.concatenate([np.zeros_like(x[:, :1]), x[:, :-1]], axis=1), w


@before("conv", "C7", remedy="The window of the result's (r, c) starts at (r, c).")
def windows_a_row_and_a_column_early(x: Array, w: Array) -> Pair:
    """Every window starts one row and one column too early; before the image there are zeros."""
    return np.pad(x[:-1, :-1], ((1, 0), (1, 0), (0, 0))), w


@before("conv", "C7", remedy="The index r - 1 is not to be used: in Python -1 is the last row.")
def windows_early_and_wrapped(x: Array, w: Array) -> Pair:
    """Every window starts one row and one column too early, and wraps around to the far side."""
    return np.roll(x, (1, 1), axis=(0, 1)), w


@before("conv", "C7", remedy="Use indices below H and W; do not take them modulo the size.")
def windows_late_and_wrapped(x: Array, w: Array) -> Pair:
    """Every window starts one row and one column too late, and wraps around to the far side."""
    return np.roll(x, (-1, -1), axis=(0, 1)), w


@before("conv", "C7", remedy="Use indices below H; do not take them modulo the size.")
def windows_a_row_late_and_wrapped(x: Array, w: Array) -> Pair:
    """Every window starts one row too low, and wraps around to the top."""
    return np.roll(x, -1, axis=0), w


@before("conv", "C7", remedy="Use indices below W; do not take them modulo the size.")
def windows_a_column_late_and_wrapped(x: Array, w: Array) -> Pair:
    """Every window starts one column too far right, and wraps around to the left."""
    return np.roll(x, -1, axis=1), w


# Which channel and which filter


@before("conv", "C7", remedy="Sum over all channels of the image.")
def only_the_first_channel(x: Array, w: Array) -> Pair:
    """Only the first channel is convolved."""
    return x[:, :, :1], w[:, :, :, :1]


@before(
    "conv", "C7", remedy="Add each channel's sum to the result (+=) instead of replacing it (=)."
)
def only_the_last_channel(x: Array, w: Array) -> Pair:
    """Only the last channel is convolved, or overwrites the others."""
    return x[:, :, -1:], w[:, :, :, -1:]


@before("conv", "C7", remedy="Let the loop over the channels run to C, not to C - 1.")
def last_channel_missing(x: Array, w: Array) -> Pair:
    """The last of several channels is left out."""
    last = max(x.shape[2] - 1, 1)
    return x[:, :, :last], w[:, :, :, :last]


@before("conv", "C7", remedy="Start the sum over the channels with the first of them.")
def first_channel_missing(x: Array, w: Array) -> Pair:
    """The first of several channels is left out."""
    first = min(x.shape[2] - 1, 1)
    return x[:, :, first:], w[:, :, :, first:]


@before("conv", "C7", remedy="Take the number of channels from the shape; it need not be 3.")
def only_three_channels(x: Array, w: Array) -> Pair:
    """Channels after the third are left out."""
    return x[:, :, :3], w[:, :, :, :3]


@before("conv", "C7", remedy="Channel k of the image goes with channel k of the filter.")
def channels_reversed(x: Array, w: Array) -> Pair:
    """The channels of the image meet those of the filter in reverse order."""
    return x[:, :, ::-1], w


@before("conv", "C7", remedy="Use w[n, i, j, k] with channel k of the image.")
def first_plane_of_the_filter_for_all(x: Array, w: Array) -> Pair:
    """The first channel of the filter is used for every channel of the image."""
    return x, np.broadcast_to(w[..., :1], w.shape)


@before("conv", "C7", remedy="Use x[r, c, k] with channel k of the filter.")
def first_plane_of_the_image_for_all(x: Array, w: Array) -> Pair:
    """The first channel of the image is used for every channel of the filter."""
    return np.broadcast_to(x[..., :1], x.shape), w


@before("conv", "C7", remedy="Read the filters in the layout (N, K, K, C): the channel comes last.")
def filters_read_channels_first(x: Array, w: Array) -> Pair:
    """The numbers of the filters are read as (N, C, K, K)."""
    number, size, _, channels = w.shape
    planes = np.ascontiguousarray(w).reshape(number, channels, size, size)
    return x, np.moveaxis(planes, 1, -1)


@after("conv", "C7", remedy="Map n belongs to filter n.")
def maps_in_reverse(y: Array, x: Array, w: Array) -> Array:
    """The maps come in the reverse order of the filters."""
    return y[:, :, ::-1].copy()


@after("conv", "C7", remedy="Map n belongs to filter n: count both from 0.")
def maps_one_further(y: Array, x: Array, w: Array) -> Array:
    """Each map stands one place too far, the last one first."""
    return np.roll(y, 1, axis=2)


@after("conv", "C7", remedy="Map n belongs to filter n: count both from 0.")
def maps_one_before(y: Array, x: Array, w: Array) -> Array:
    """Each map stands one place too early, the first one last."""
    return np.roll(y, -1, axis=2)


@before("conv", "C7", remedy="Use filter n for map n: the loop's index is not used.")
def first_filter_for_all_maps(x: Array, w: Array) -> Pair:
    """The first filter is used for every map."""
    return x, np.broadcast_to(w[:1], w.shape)


@before("conv", "C7", remedy="Write map n within the loop over n, with its own filter.")
def last_filter_for_all_maps(x: Array, w: Array) -> Pair:
    """The last filter is used for every map."""
    return x, np.broadcast_to(w[-1:], w.shape)


@after("conv", "C7", remedy="Write each filter's map to [:, :, n], with n the loop's index.")
def only_the_first_map(y: Array, x: Array, w: Array) -> Array:
    """Only the first map is computed; the others stay zero."""
    y[:, :, 1:] = 0
    return y


@after("conv", "C7", remedy="Let the loop over the filters run to N, not to N - 1.")
def last_map_not_written(y: Array, x: Array, w: Array) -> Array:
    """The map of the last filter stays zero."""
    y[:, :, -1:] = 0
    return y


@after("conv", "C7", remedy="Set the sum back to zero before each filter.")
def sums_run_on_over_the_filters(y: Array, x: Array, w: Array) -> Array:
    """The sum of one filter is not set back before the next: maps add up."""
    return y.cumsum(axis=2, dtype=y.dtype)


@after("conv", "C7", remedy="Sum over the channels; take no maximum of them.")
def largest_channel(y: Array, x: Array, w: Array) -> Array:
    """The largest of the channels' sums instead of their sum."""
    maps = [reference.conv(x[:, :, k], w[..., k]) for k in range(x.shape[2])]
    return np.max(maps, axis=0) if maps else y


@after("conv", "C7", remedy="Sum over the channels; do not divide by their number.")
def mean_of_the_channels(y: Array, x: Array, w: Array) -> Array:
    """The mean over the channels instead of their sum."""
    return y / y.dtype.type(max(x.shape[2], 1))


# Which elements of the result are written, and its shape


@after("conv", "C7", remedy="Let the loop over the columns run to W - K + 1.")
def last_column_not_written(y: Array, x: Array, w: Array) -> Array:
    """The last column of the result stays zero."""
    y[:, -1:] = 0
    return y


@after("conv", "C7", remedy="Let the loop over the rows run to H - K + 1.")
def last_row_not_written(y: Array, x: Array, w: Array) -> Array:
    """The last row of the result stays zero."""
    y[-1:] = 0
    return y


@after("conv", "C7", remedy="Let the loops run to H - K + 1 and W - K + 1, not to H - K and W - K.")
def last_row_and_column_not_written(y: Array, x: Array, w: Array) -> Array:
    """The last row and the last column of the result stay zero."""
    y[-1:], y[:, -1:] = 0, 0
    return y


@after("conv", "C7", remedy="Let the loops over the result start at 0.")
def first_row_and_column_not_written(y: Array, x: Array, w: Array) -> Array:
    """The first row and the first column of the result stay zero."""
    y[:1], y[:, :1] = 0, 0
    return y


@after("conv", "C7", remedy="Let the loop over the rows start at 0.")
def first_row_not_written(y: Array, x: Array, w: Array) -> Array:
    """The first row of the result stays zero."""
    y[:1] = 0
    return y


@after("conv", "C7", remedy="Let the loop over the columns start at 0.")
def first_column_not_written(y: Array, x: Array, w: Array) -> Array:
    """The first column of the result stays zero."""
    y[:, :1] = 0
    return y


@after("conv", "C7", remedy="Let the loops reach the last row and column.")
def last_corner_not_written(y: Array, x: Array, w: Array) -> Array:
    """The last element of each map stays zero."""
    y[-1:, -1:] = 0
    return y


@after("conv", "C7", remedy="Take the rows from the height and the columns from the width.")
def square_part_only(y: Array, x: Array, w: Array) -> Array:
    """Only a square part of the result is written; the rest stays zero."""
    side = min(y.shape[:2])
    y[side:], y[:, side:] = 0, 0
    return y


@after("conv", "C6", "C7", remedy="Move each window by one pixel: there is no stride.")
def stride_of_two(y: Array, x: Array, w: Array) -> Array:
    """The windows move by two pixels."""
    return y[::2, ::2].copy()


@after("conv", "C7", remedy="Move each window by one pixel: let the loops count by 1.")
def every_second_window_skipped(y: Array, x: Array, w: Array) -> Array:
    """Every second row and column of the result stays zero."""
    y[1::2], y[:, 1::2] = 0, 0
    return y


@after("conv", "C6", remedy="The result has H - K + 1 rows and W - K + 1 columns, not one less.")
def a_row_and_a_column_short(y: Array, x: Array, w: Array) -> Array:
    """The result lacks its last row and column."""
    return y[:-1, :-1].copy()


@after("conv", "C6", remedy="The result has H - K + 1 rows, not one less.")
def a_row_short(y: Array, x: Array, w: Array) -> Array:
    """The result lacks its last row."""
    return y[:-1].copy()


@after("conv", "C6", remedy="The result has W - K + 1 columns, not one less.")
def a_column_short(y: Array, x: Array, w: Array) -> Array:
    """The result lacks its last column."""
    return y[:, :-1].copy()


@after("conv", "C6", remedy="The result has H - K + 1 rows and W - K + 1 columns, not one more.")
def a_zero_row_and_column_more(y: Array, x: Array, w: Array) -> Array:
    """The result has a row and a column of zeros more at its end."""
    return np.pad(y, ((0, 1), (0, 1), (0, 0)))


@after("conv", "C6", remedy="Rows first, then columns: the result is (H-K+1, W-K+1, N).")
def result_transposed(y: Array, x: Array, w: Array) -> Array:
    """Rows and columns of the result are exchanged."""
    return y.swapaxes(0, 1).copy()


@after("conv", "C6", remedy="Put the maps last: numpy.moveaxis(result, 0, -1).")
def maps_first(y: Array, x: Array, w: Array) -> Array:
    """The result is (N, H-K+1, W-K+1), maps first."""
    return np.moveaxis(y, 2, 0).copy()


@after("conv", "C6", remedy="Keep the axis of the maps, also where there is one filter.")
def single_map_without_its_axis(y: Array, x: Array, w: Array) -> Array:
    """The map of a single filter loses its last axis."""
    return y[:, :, 0] if y.shape[2] == 1 else y


@after("conv", "C6", remedy="Do not squeeze: axes of length 1 belong to the result.")
def squeezed(y: Array, x: Array, w: Array) -> Array:
    """Every axis of length 1 is dropped."""
    return np.squeeze(y)


@before("conv", "C6", "C7", remedy="Pad nothing: only windows that lie within the image count.")
def padded_to_the_same_size(x: Array, w: Array) -> Pair:
    """The image is padded with zeros, and the result is as large as the image (padding `same`)."""
    half = w.shape[1] // 2
    return np.pad(x, ((half, half), (half, half), (0, 0))), w


@after("conv", "C6", remedy="Cut the border: the result has H - K + 1 rows and W - K + 1 columns.")
def border_of_zeros(y: Array, x: Array, w: Array) -> Array:
    """The result is as large as the image, with a border of zeros."""
    half = w.shape[1] // 2
    return np.pad(y, ((half, half), (half, half), (0, 0)))


@after("conv", "C6", remedy="The result has H - K + 1 rows and W - K + 1 columns.")
def zeros_to_the_image_size(y: Array, x: Array, w: Array) -> Array:
    """The result is as large as the image; what no window fills at its end stays zero."""
    more = w.shape[1] - 1
    return np.pad(y, ((0, more), (0, more), (0, 0)))


@before("conv", "C6", "C7", remedy="Pad nothing: only windows that lie within the image count.")
def full_padding(x: Array, w: Array) -> Pair:
    """The image is padded by K - 1 on each side (padding `full`)."""
    more = w.shape[1] - 1
    return np.pad(x, ((more, more), (more, more), (0, 0))), w


@fault("conv", "C6", "C7", remedy="Take neighbouring pixels: the dilation is 1.")
def dilated_by_two(image: Any, filters: Any) -> Array:
    """The taps lie two pixels apart (a dilation of 2)."""
    x, w = spec.require_conv(image, filters)
    spread = np.zeros((len(w), *(2 * n - 1 for n in w.shape[1:3]), *w.shape[3:]), w.dtype)
    spread[:, ::2, ::2] = w
    return reference.conv(x, spread)


# What is done to the numbers


def scale_of(ask: Ask) -> float | None:
    """What 1 times 1 gives, if it is not 1."""
    y = ask(np.ones((1, 1, 1)), np.ones((1, 1, 1, 1)))
    return float(y.flat[0]) if y is not None and y.size == 1 and y.flat[0] not in (0, 1) else None


@after("conv", "C7", remedy="Leave out the factor.", measure=scale_of, constant=0.5)
def scaled(y: Array, x: Array, w: Array, c: float) -> Array:
    """Every element is multiplied by {c}."""
    return y * y.dtype.type(c)


@after("conv", "C7", remedy="Do not divide: a sum is asked for, not a mean.")
def divided_by_the_taps(y: Array, x: Array, w: Array) -> Array:
    """The sum is divided by K * K."""
    return y / y.dtype.type(w.shape[1] ** 2)


@after("conv", "C7", remedy="Do not divide: a sum is asked for, not a mean.")
def mean_of_the_products(y: Array, x: Array, w: Array) -> Array:
    """The mean of the products instead of their sum."""
    return y / y.dtype.type(max(w[0].size, 1))


def bias_of(ask: Ask) -> float | None:
    """What zeros give, if it is not zero."""
    y = ask(np.zeros((3, 3, 1)), np.zeros((1, 1, 1, 1)))
    return float(y.flat[0]) if y is not None and y.size and y.flat[0] != 0 else None


@after("conv", "C7", remedy="Add nothing: conv has no bias.", measure=bias_of, constant=1.0)
def biased(y: Array, x: Array, w: Array, c: float) -> Array:
    """{c} is added to every element."""
    return y + y.dtype.type(c)


@after("conv", "C7", remedy="Return the sum as it is; ReLU is a step of its own.")
def rectified(y: Array, x: Array, w: Array) -> Array:
    """Negative sums become zero: the ReLU is applied within."""
    return reference.relu(y)


@after("conv", "C7", remedy="Return the sum with its sign.")
def magnitudes_of_the_sums(y: Array, x: Array, w: Array) -> Array:
    """Sums lose their sign."""
    return np.abs(y)


@after("conv", "C7", remedy="Return the sum as it is; clip only what is to be shown.")
def clipped_to_a_byte(y: Array, x: Array, w: Array) -> Array:
    """Sums are clipped to 0 and 255."""
    return np.clip(y, 0, 255)


@after("conv", "C7", remedy="Return the sum as it is: keep its fraction.")
def rounded_to_whole_numbers(y: Array, x: Array, w: Array) -> Array:
    """Sums are rounded to whole numbers."""
    return np.rint(y)


@after("conv", "C7", remedy="Return floats: the result's array has an integer dtype.")
def cut_to_whole_numbers(y: Array, x: Array, w: Array) -> Array:
    """Sums lose their fraction, as in an array of integers."""
    return np.trunc(y)


@before("conv", "C7", remedy="Keep the weights floating: do not copy them into integers.")
def weights_cut_to_whole_numbers(x: Array, w: Array) -> Pair:
    """The weights lose their fraction."""
    return x, np.trunc(w)


@before("conv", "C7", remedy="Keep the image floating: do not copy it into integers.")
def pixels_cut_to_whole_numbers(x: Array, w: Array) -> Pair:
    """The pixels lose their fraction."""
    return np.trunc(x), w


@before("conv", "C7", remedy="Use the weights as they are given.")
def filters_normalised(x: Array, w: Array) -> Pair:
    """Each filter is divided by the sum of its weights, where that is not zero."""
    total = w.sum(axis=(1, 2, 3), keepdims=True)
    return x, w / np.where(total == 0, 1, total)


def held_in(dtype: type[np.floating[Any]]) -> Callable[[Array, Array, Array, Array], Look]:
    """Tells a result that holds nothing but numbers of a dtype, and is right to its precision."""

    def alike(got: Array, right: Array, x: Array, w: Array) -> Look:
        largest = np.abs(x).max(initial=0) * max(np.abs(w).sum(), 1)
        with np.errstate(all="ignore"):
            narrow = (got.astype(dtype).astype(got.dtype) == got) | ~np.isfinite(got)
            near = np.abs(got - right) <= 16 * float(np.finfo(dtype).eps) * largest
        if not narrow.all() or not (near | (largest > float(np.finfo(dtype).max))).all():
            return "contrary"
        return "neutral" if np.array_equal(got, right) else "telling"

    return alike


def by_transform(got: Array, right: Array, x: Array, w: Array) -> Look:
    """Tells an error that is small beside the largest pixel, but not beside the window's own."""
    unit = float(np.finfo(np.float64).eps)
    error = np.abs(got - right)
    if not (error <= 64 * unit * np.abs(x).max(initial=0) * np.abs(w).sum()).all():
        return "contrary"
    own = reference.conv(np.abs(x), np.abs(w))
    return "telling" if (error > 2**10 * unit * own).any() else "neutral"


@fault(
    "conv",
    "C7",
    "C9",
    alike=held_in(np.float32),
    remedy="Compute in the inputs' precision: allocate sums and result with their dtype.",
    seen="numpy.zeros(..., dtype=numpy.float32) for the result; runtimes without float64",
)
def in_float32(image: Any, filters: Any) -> Array:
    """Inputs, sums or results are held in float32."""
    x, w = spec.require_conv(image, filters)
    return reference.conv(x.astype(np.float32), w.astype(np.float32)).astype(x.dtype)


@before("conv", "C7", "C9", remedy="Keep the weights in their own precision.")
def weights_in_float32(x: Array, w: Array) -> Pair:
    """The weights are rounded to float32."""
    with np.errstate(all="ignore"):
        return x, w.astype(np.float32).astype(w.dtype)


@before("conv", "C7", "C9", remedy="Keep the image in its own precision.")
def pixels_in_float32(x: Array, w: Array) -> Pair:
    """The pixels are rounded to float32."""
    with np.errstate(all="ignore"):
        return x.astype(np.float32).astype(x.dtype), w


@fault(
    "conv",
    "C7",
    "C9",
    alike=held_in(np.float16),
    remedy="Compute in the inputs' precision, not in half of it.",
)
def in_float16(image: Any, filters: Any) -> Array:
    """Inputs, sums or results are held in float16."""
    x, w = spec.require_conv(image, filters)
    with np.errstate(all="ignore"):
        return reference.conv(x.astype(np.float16), w.astype(np.float16)).astype(x.dtype)


@fault(
    "conv",
    "C7",
    "C9",
    alike=by_transform,
    remedy="Use direct sums or a matrix product where C9 counts; an FFT's error is that of the "
    "largest pixel.",
    seen="scipy.signal.fftconvolve; runtimes that choose FFT or Winograd by shape",
)
def by_fft(image: Any, filters: Any) -> Array:
    """Not a sum of products: the error is that of the largest pixel anywhere (FFT, Winograd)."""
    x, w = spec.require_conv(image, filters)
    plain = reference.conv(x, w)
    if not (np.isfinite(x).all() and np.isfinite(w).all()):
        return plain
    x, w = (x[:, :, None], w[..., None]) if x.ndim == 2 else (x, w)
    turned = np.fft.rfft2(x, axes=(0, 1))[..., None, :]
    kernels = np.fft.rfft2(np.moveaxis(w, 0, 2), s=x.shape[:2], axes=(0, 1))
    y = np.fft.irfft2((turned * kernels.conj()).sum(axis=3), s=x.shape[:2], axes=(0, 1))
    return y[: plain.shape[0], : plain.shape[1]].astype(plain.dtype)


# Invalid input


@fault("conv", "C1", remedy="Reject an image of rank 2 with filters of rank 4.")
def rank_two_image_with_channel_filters(image: Any, filters: Any) -> Array:
    """An image without channels goes with filters that have them."""
    if np.ndim(image) == 2 and np.ndim(filters) == 4:
        image = np.asarray(image)[:, :, np.newaxis].repeat(np.shape(filters)[3], 2)
    return reference.conv(image, filters)


@fault("conv", "C2", remedy="Compare the channels of image and filters, and reject.")
def channels_cut_to_the_fewer(image: Any, filters: Any) -> Array:
    """Channels that the other input lacks are left out instead of rejected."""
    if np.ndim(image) == 3 and np.ndim(filters) == 4:
        fewer = min(np.shape(image)[2], np.shape(filters)[3])
        image, filters = np.asarray(image)[..., :fewer], np.asarray(filters)[..., :fewer]
    return reference.conv(image, filters)


def paired(image: Any, filters: Any) -> bool:
    """Whether both have an axis of channels."""
    return np.ndim(image) == 3 and np.ndim(filters) == 4


@fault("conv", "C2", remedy="Compare the channels of image and filters, and reject.")
def more_channels_in_the_image_ignored(image: Any, filters: Any) -> Array:
    """Channels of the image that the filters lack are left out instead of rejected."""
    if paired(image, filters):
        image = np.asarray(image)[..., : np.shape(filters)[3]]
    return reference.conv(image, filters)


@fault("conv", "C2", remedy="Compare the channels of image and filters, and reject.")
def more_channels_in_the_filters_ignored(image: Any, filters: Any) -> Array:
    """Channels of the filters that the image lacks are left out instead of rejected."""
    if paired(image, filters):
        filters = np.asarray(filters)[..., : np.shape(image)[2]]
    return reference.conv(image, filters)


@fault("conv", "C2", remedy="Compare the channels of image and filters; NumPy broadcasts one.")
def single_channels_broadcast(image: Any, filters: Any) -> Array:
    """A single channel of image or filters is used with every channel of the other."""
    if paired(image, filters):
        x, w = np.asarray(image), np.asarray(filters)
        if 1 in (x.shape[2], w.shape[3]):
            most = max(x.shape[2], w.shape[3])
            image = np.broadcast_to(x, (*x.shape[:2], most))
            filters = np.broadcast_to(w, (*w.shape[:3], most))
    return reference.conv(image, filters)


@fault("conv", "C1", remedy="Reject an image with channels where the filters have none.")
def filters_without_channels_for_every_channel(image: Any, filters: Any) -> Array:
    """Filters without channels are used for every channel of the image."""
    if np.ndim(image) == 3 and np.ndim(filters) == 3:
        w = np.asarray(filters)[..., np.newaxis]
        filters = np.broadcast_to(w, (*w.shape[:3], np.shape(image)[2]))
    return reference.conv(image, filters)


@fault("conv", "C1", remedy="Reject a filter without the axis that counts the filters.")
def single_filter_without_its_axis(image: Any, filters: Any) -> Array:
    """A filter of rank 2 counts as a bank of one."""
    filters = np.asarray(filters)
    if np.ndim(image) == 2 and filters.ndim == 2:
        filters = filters[np.newaxis]
    return reference.conv(image, filters)


@fault("conv", "C3", remedy="Compare the filters' rows and columns, and reject or use both.")
def filters_cut_to_a_square(image: Any, filters: Any) -> Array:
    """Of filters that are not square only a square is used."""
    w = np.asarray(filters)
    side = min(w.shape[1:3], default=0)
    return reference.conv(image, w[:, :side, :side] if w.ndim > 2 else w)


@fault("conv", "C4", remedy="Reject filters of even size, or compute all their taps.")
def even_filters_lose_a_row(image: Any, filters: Any) -> Array:
    """Filters of even size lose their last row and column."""
    w = np.asarray(filters)
    if w.ndim > 2 and w.shape[1] == w.shape[2]:
        side = w.shape[1] - 1 + w.shape[1] % 2
        w = w[:, :side, :side]
    return reference.conv(image, w)


@fault("conv", "C5", remedy="Reject a filter that is larger than the image.")
def small_images_are_padded(image: Any, filters: Any) -> Array:
    """An image smaller than the filter is padded with zeros."""
    x, w = np.asarray(image), np.asarray(filters)
    if x.ndim >= 2 and w.ndim == x.ndim + 1 and w.shape[1] % 2 and w.shape[1] > min(x.shape[:2]):
        more = [(0, max(0, w.shape[1] - n)) for n in x.shape[:2]] + [(0, 0)] * (x.ndim - 2)
        x = np.pad(x, more)
    return reference.conv(x, w)


@fault("conv", "C8", remedy="Check in the order ranks, channels, square, odd, size.")
def square_before_channels(image: Any, filters: Any) -> Array:
    """Filters that are not square are reported before channels that do not match."""
    rows, cols = np.shape(filters)[1:3]
    if rows != cols:
        raise ValueError("Filter must be a square matrix.")
    return reference.conv(image, filters)


# Memory, dtypes, values that are not finite, large dimensions, state


@fault("conv", "Q7", remedy="Do not skip weights of zero: 0 * inf and 0 * NaN are NaN.")
def zero_weights_skipped(image: Any, filters: Any) -> Array:
    """Taps of weight zero are skipped, and so 0 * inf and 0 * NaN are lost."""
    x, w = spec.require_conv(image, filters)
    clean = np.where(np.isfinite(x), x, 0)
    return reference.conv(clean if not w.all() else x, w)


@before("conv", "Q7", remedy="Let NaN and infinity pass: no nan_to_num.")
def not_finite_replaced(x: Array, w: Array) -> Pair:
    """NaN becomes zero and infinity the largest number before anything is computed."""
    return np.nan_to_num(x), np.nan_to_num(w)


@before("conv", "Q7", remedy="Let NaN pass: no nan_to_num.")
def nan_read_as_zero(x: Array, w: Array) -> Pair:
    """NaN counts as zero."""
    return np.where(np.isnan(x), 0, x), np.where(np.isnan(w), 0, w)


@fault("conv", "Q9", remedy="Count channels in a wider integer.")
def channels_counted_in_eight_bits(image: Any, filters: Any) -> Array:
    """The channels are counted in eight bits."""
    x, w = spec.require_conv(image, filters)
    most = x.shape[2] % 256 or x.shape[2] if x.ndim == 3 else 0
    return reference.conv(x[..., :most], w[..., :most]) if x.ndim == 3 else reference.conv(x, w)


@after(
    "conv",
    "Q9",
    remedy="Count rows and columns in a wider integer than numpy.uint16.",
    seen="the article's loops: numpy.uint16(numpy.arange(...))",
)
def counted_in_sixteen_bits(y: Array, x: Array, w: Array) -> Array:
    """Rows and columns are counted in sixteen bits; what lies beyond stays zero."""
    y[2**16 :], y[:, 2**16 :] = 0, 0
    return y


@fault(
    "conv",
    "Q5",
    remedy="Make the array contiguous (numpy.ascontiguousarray), or use its strides.",
    seen="PyTorch, with weights that are not contiguous",
)
def reads_fortran_filters_as_c(image: Any, filters: Any) -> Array:
    """A filter bank that is not contiguous is read as if it were."""
    w = np.asarray(filters)
    spec.require_conv(image, w)
    if w.flags.f_contiguous and not w.flags.c_contiguous:
        w = w.ravel("K").reshape(w.shape)
    return reference.conv(image, w)


@fault(
    "conv", "Q5", remedy="Convert to the native byte order: array.astype(dtype.newbyteorder('='))."
)
def foreign_bytes_read_as_native(image: Any, filters: Any) -> Array:
    """Arrays of the other byte order are read as if they had the machine's."""
    x, w = (np.asarray(a) for a in (image, filters))
    return reference.conv(*(a.view(a.dtype.newbyteorder("=")) for a in (x, w)))


@fault("conv", "Q6", remedy="Convert integers to float64 before they are multiplied.")
def multiplies_in_the_integer_dtype(image: Any, filters: Any) -> Array:
    """Integers are multiplied in their own dtype and wrap around."""
    x, w = np.asarray(image), np.asarray(filters)
    y = reference.conv(x, w)
    if x.dtype.kind in "iu" and x.dtype == w.dtype:
        return y.astype(np.int64).astype(x.dtype).astype(float)
    return y


@fault("conv", "Q1", remedy="Work on a copy of the filters, not on the caller's array.")
def rotates_the_filters_in_place(image: Any, filters: Any) -> Array:
    """The caller's filters are rotated in place."""
    y = reference.conv(image, filters)
    if isinstance(filters, np.ndarray) and filters.flags.writeable:
        filters[...] = filters[:, ::-1, ::-1].copy()
    return y


@stateful(
    "conv", "Q2", remedy="Do not keep what was computed of an array: its contents may change."
)
def filters_cached_by_identity() -> Function:
    """The filters are prepared once for an array object, and kept when it is filled anew."""
    kept: dict[int, tuple[Any, Array]] = {}

    def conv(image: Any, filters: Any) -> Array:
        spec.require_conv(image, filters)
        known = kept.get(id(filters))
        if known is None or known[0] is not filters:
            kept.clear()
            known = kept[id(filters)] = (filters, np.array(filters))
        return reference.conv(image, known[1])

    return conv


@stateful("conv", "Q2", remedy="Compute every call anew, or compare contents, not shapes.")
def results_cached_by_shape() -> Function:
    """The result of the first call of a shape is returned for all of that shape."""
    kept: dict[Any, Array] = {}

    def conv(image: Any, filters: Any) -> Array:
        y = reference.conv(image, filters)
        return kept.setdefault((np.shape(image), np.shape(filters)), y).copy()

    return conv


@stateful("conv", "Q2", remedy="Set the buffer back to zero at the start of each call.")
def sums_run_on_over_the_calls() -> Function:
    """Results are added to those of earlier calls of the same shape."""
    kept: dict[Any, Array] = {}

    def conv(image: Any, filters: Any) -> Array:
        y = reference.conv(image, filters)
        key = np.shape(image), np.shape(filters)
        kept[key] = y + kept.get(key, 0)
        return kept[key].astype(y.dtype)

    return conv


@stateful("conv", "Q4", remedy="Return a new array from each call, or a copy of the buffer.")
def one_buffer_for_each_shape() -> Function:
    """Results of one shape are written into one buffer, again and again."""
    buffers: dict[Any, Array] = {}

    def conv(image: Any, filters: Any) -> Array:
        y = reference.conv(image, filters)
        buffer = buffers.setdefault((y.shape, y.dtype), y)
        buffer[...] = y
        return buffer

    return conv


@fault("conv", "Q10", remedy="Print nothing from within, or log.", seen="the article")
def prints_its_progress(image: Any, filters: Any) -> Array:
    """Each filter is announced on standard output."""
    print("Filter", len(filters))  # noqa: T201  that is the fault
    return reference.conv(image, filters)


# The stack, and large images


@stateful("conv", "S1", remedy="Take the number of channels from each bank of filters.")
def rejects_its_second_bank() -> Function:
    """A net that was made for one bank of filters rejects another number of channels."""
    channels: list[int] = []

    def conv(image: Any, filters: Any) -> Array:
        y = reference.conv(image, filters)
        if np.ndim(filters) == 4 and y.size > 200:
            channels.append(np.shape(filters)[3])
            if channels[-1] != channels[0]:
                raise ValueError("the net was made for another number of channels")
        return y

    return conv


@after("conv", "S2", remedy="Let tiles overlap by K - 1 pixels.")
def large_images_by_tiles(y: Array, x: Array, w: Array) -> Array:
    """Images of more than 400 columns are cut into tiles that do not overlap."""
    if y.shape[1] > 400:
        y[:, 256] = 0
    return y


@after(
    "conv",
    "C7",
    remedy="Let strips overlap by K - 1 pixels.",
    seen="libraries that cut an image into strips, one for each thread",
)
def seam_between_strips(y: Array, x: Array, w: Array) -> Array:
    """Images of more than 32 columns have a seam in every map."""
    if y.shape[1] > 32:
        y[:, 16] = 0
    return y
