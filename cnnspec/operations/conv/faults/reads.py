"""Faults of conv: which taps, channels and filters are read. x is (H, W, C), w is (N, K, K, C)."""

from typing import Any

import numpy as np

from cnnspec import reference
from cnnspec.kit.fault import Changes, after, before
from cnnspec.spec import Array

AXES = "the taps of w[n] are w[n, i, j]: i goes with the image's rows, j with its columns"

# Which tap meets which pixel


@before(
    "conv",
    "C7",
    remedy="Multiply x[r+i, c+j] by w[i, j], not by w[K-1-i, K-1-j]; with a library's convolve, "
    "flip the filter first, or call its correlate.",
    seen="scipy.signal.convolve2d and numpy.convolve in place of correlate",
)
def filter_rotated(filters: Array) -> Changes:
    """The filter is rotated by 180 degrees: convolution instead of cross-correlation."""
    return {"filters": filters[:, ::-1, ::-1]}


@before("conv", "C7", remedy=f"Do not reverse the filter's columns; {AXES}.")
def filter_mirrored(filters: Array) -> Changes:
    """The filter is mirrored: its columns come in reverse order."""
    return {"filters": filters[:, :, ::-1]}


@before(
    "conv",
    "C7",
    remedy=f"Do not reverse the filter's rows; {AXES}.",
    seen="python-pillow/Pillow#3134",
)
def filter_upside_down(filters: Array) -> Changes:
    """The filter stands upside down: its rows come in reverse order."""
    return {"filters": filters[:, ::-1]}


@before("conv", "C7", remedy=f"Exchange the filter's two indices; {AXES}.")
def filter_transposed(filters: Array) -> Changes:
    """The filter is transposed: its rows and columns are exchanged."""
    return {"filters": filters.swapaxes(1, 2)}


@before("conv", "C7", remedy=f"Read the filter row by row; {AXES}.")
def filter_transposed_and_rotated(filters: Array) -> Changes:
    """The filter is transposed and rotated by 180 degrees."""
    return {"filters": filters.swapaxes(1, 2)[:, ::-1, ::-1]}


@before("conv", "C7", remedy="Rotate nothing: numpy.rot90 turns by a quarter, not by 180 degrees.")
def filter_turned_left(filters: Array) -> Changes:
    """The filter is turned by a quarter to the left."""
    return {"filters": np.rot90(filters, 1, axes=(1, 2))}


@before("conv", "C7", remedy="Rotate nothing: numpy.rot90 turns by a quarter, not by 180 degrees.")
def filter_turned_right(filters: Array) -> Changes:
    """The filter is turned by a quarter to the right."""
    return {"filters": np.rot90(filters, -1, axes=(1, 2))}


def without(w: Array, *places: Any) -> Array:
    """Filters with some taps set to zero."""
    w = w.copy()
    for place in places:
        w[place] = 0
    return w


@before("conv", "C7", remedy="Let the loop over the filter's rows run to K, not to K - 1.")
def last_filter_row_unread(filters: Array) -> Changes:
    """The last row of the filter is not read."""
    return {"filters": without(filters, np.s_[:, -1])}


@before("conv", "C7", remedy="Let the loop over the filter's columns run to K, not to K - 1.")
def last_filter_column_unread(filters: Array) -> Changes:
    """The last column of the filter is not read."""
    return {"filters": without(filters, np.s_[:, :, -1])}


@before("conv", "C7", remedy="Let the loops over the filter run to K, not to K - 1.")
def last_filter_row_and_column_unread(filters: Array) -> Changes:
    """The last row and the last column of the filter are not read."""
    return {"filters": without(filters, np.s_[:, -1], np.s_[:, :, -1])}


@before("conv", "C7", remedy="Let the loops over the filter start at 0, not at 1.")
def first_filter_row_and_column_unread(filters: Array) -> Changes:
    """The first row and the first column of the filter are not read."""
    return {"filters": without(filters, np.s_[:, 0], np.s_[:, :, 0])}


@before("conv", "C7", remedy="Start the sum at zero and add every tap, the first too.")
def first_tap_unread(filters: Array) -> Changes:
    """The first tap of each filter is left out."""
    return {"filters": without(filters, np.s_[:, 0, 0])}


@before("conv", "C7", remedy="Add every tap, the last too.")
def last_tap_unread(filters: Array) -> Changes:
    """The last tap of each filter is left out."""
    return {"filters": without(filters, np.s_[:, -1, -1])}


@before(
    "conv", "C7", remedy="The window of the result's (r, c) starts at (r, c), not one row later."
)
def windows_a_row_late(image: Array) -> Changes:
    """Every window starts one row too low; beyond the image there are zeros."""
    return {"image": np.concatenate([image[1:], np.zeros_like(image[:1])])}


@before(
    "conv", "C7", remedy="The window of the result's (r, c) starts at (r, c), not a column later."
)
def windows_a_column_late(image: Array) -> Changes:
    """Every window starts one column too far right; beyond the image there are zeros."""
    return {"image": np.concatenate([image[:, 1:], np.zeros_like(image[:, :1])], axis=1)}


@before("conv", "C7", remedy="The window of the result's (r, c) starts at (r, c).")
def windows_a_row_and_a_column_late(image: Array) -> Changes:
    """Every window starts one row and one column too late; beyond the image there are zeros."""
    return {"image": np.pad(image[1:, 1:], ((0, 1), (0, 1), (0, 0)))}


@before(
    "conv", "C7", remedy="The window of the result's (r, c) starts at (r, c), not one row earlier."
)
def windows_a_row_early(image: Array) -> Changes:
    """Every window starts one row too high; before the image there are zeros."""
    return {"image": np.concatenate([np.zeros_like(image[:1]), image[:-1]])}


@before("conv", "C7", remedy="The window of the result's (r, c) starts at (r, c).")
def windows_a_column_early(image: Array) -> Changes:
    """Every window starts one column too far left; before the image there are zeros."""
    return {"image": np.concatenate([np.zeros_like(image[:, :1]), image[:, :-1]], axis=1)}


@before("conv", "C7", remedy="The window of the result's (r, c) starts at (r, c).")
def windows_a_row_and_a_column_early(image: Array) -> Changes:
    """Every window starts one row and one column too early; before the image there are zeros."""
    return {"image": np.pad(image[:-1, :-1], ((1, 0), (1, 0), (0, 0)))}


@before("conv", "C7", remedy="The index r - 1 is not to be used: in Python -1 is the last row.")
def windows_early_and_wrapped(image: Array) -> Changes:
    """Every window starts one row and one column too early, and wraps around to the far side."""
    return {"image": np.roll(image, (1, 1), axis=(0, 1))}


@before("conv", "C7", remedy="Use indices below H and W; do not take them modulo the size.")
def windows_late_and_wrapped(image: Array) -> Changes:
    """Every window starts one row and one column too late, and wraps around to the far side."""
    return {"image": np.roll(image, (-1, -1), axis=(0, 1))}


@before("conv", "C7", remedy="The window of the result's (r, c) starts at (r, c), not a row later.")
def windows_a_row_late_and_clamped(image: Array) -> Changes:
    """Every window starts one row too low; beyond the image the last row comes again."""
    return {"image": np.concatenate([image[1:], image[-1:]])}


@before(
    "conv", "C7", remedy="The window of the result's (r, c) starts at (r, c), not a column later."
)
def windows_a_column_late_and_clamped(image: Array) -> Changes:
    """Every window starts one column too far right; beyond the image the last one comes again."""
    return {"image": np.concatenate([image[:, 1:], image[:, -1:]], axis=1)}


@before("conv", "C7", remedy="The index r - 1 is not to be used: in Python -1 is the last row.")
def windows_a_row_early_and_wrapped(image: Array) -> Changes:
    """Every window starts one row too high, and wraps around to the bottom."""
    return {"image": np.roll(image, 1, axis=0)}


@before("conv", "C7", remedy="The index c - 1 is not to be used: in Python -1 is the last column.")
def windows_a_column_early_and_wrapped(image: Array) -> Changes:
    """Every window starts one column too far left, and wraps around to the right."""
    return {"image": np.roll(image, 1, axis=1)}


@before("conv", "C7", remedy="Use indices below H; do not take them modulo the size.")
def windows_a_row_late_and_wrapped(image: Array) -> Changes:
    """Every window starts one row too low, and wraps around to the top."""
    return {"image": np.roll(image, -1, axis=0)}


@before("conv", "C7", remedy="Use indices below W; do not take them modulo the size.")
def windows_a_column_late_and_wrapped(image: Array) -> Changes:
    """Every window starts one column too far right, and wraps around to the left."""
    return {"image": np.roll(image, -1, axis=1)}


# Which channel and which filter


@before("conv", "C7", remedy="Sum over all channels of the image.")
def only_the_first_channel(image: Array, filters: Array) -> Changes:
    """Only the first channel is convolved."""
    return {"image": image[:, :, :1], "filters": filters[:, :, :, :1]}


@before(
    "conv", "C7", remedy="Add each channel's sum to the result (+=) instead of replacing it (=)."
)
def only_the_last_channel(image: Array, filters: Array) -> Changes:
    """Only the last channel is convolved, or overwrites the others."""
    return {"image": image[:, :, -1:], "filters": filters[:, :, :, -1:]}


@before("conv", "C7", remedy="Let the loop over the channels run to C, not to C - 1.")
def last_channel_missing(image: Array, filters: Array) -> Changes:
    """The last of several channels is left out."""
    last = max(image.shape[2] - 1, 1)
    return {"image": image[:, :, :last], "filters": filters[:, :, :, :last]}


@before("conv", "C7", remedy="Start the sum over the channels with the first of them.")
def first_channel_missing(image: Array, filters: Array) -> Changes:
    """The first of several channels is left out."""
    first = min(image.shape[2] - 1, 1)
    return {"image": image[:, :, first:], "filters": filters[:, :, :, first:]}


@before("conv", "C7", remedy="Take the number of channels from the shape; it need not be 3.")
def only_three_channels(image: Array, filters: Array) -> Changes:
    """Channels after the third are left out."""
    return {"image": image[:, :, :3], "filters": filters[:, :, :, :3]}


@before("conv", "C7", remedy="Channel k of the image goes with channel k of the filter.")
def channels_reversed(image: Array) -> Changes:
    """The channels of the image meet those of the filter in reverse order."""
    return {"image": image[:, :, ::-1]}


@before("conv", "C7", remedy="Use w[n, i, j, k] with channel k of the image.")
def first_plane_of_the_filter_for_all(filters: Array) -> Changes:
    """The first channel of the filter is used for every channel of the image."""
    return {"filters": np.broadcast_to(filters[..., :1], filters.shape)}


@before("conv", "C7", remedy="Use x[r, c, k] with channel k of the filter.")
def first_plane_of_the_image_for_all(image: Array) -> Changes:
    """The first channel of the image is used for every channel of the filter."""
    return {"image": np.broadcast_to(image[..., :1], image.shape)}


@before("conv", "C7", remedy="Read the filters in the layout (N, K, K, C): the channel comes last.")
def filters_read_channels_first(filters: Array) -> Changes:
    """The numbers of the filters are read as (N, C, K, K)."""
    number, size, _, channels = filters.shape
    planes = np.ascontiguousarray(filters).reshape(number, channels, size, size)
    return {"filters": np.moveaxis(planes, 1, -1)}


@after("conv", "C7", remedy="Map n belongs to filter n.")
def maps_in_reverse(y: Array) -> Array:
    """The maps come in the reverse order of the filters."""
    return y[:, :, ::-1].copy()


@after("conv", "C7", remedy="Map n belongs to filter n: count both from 0.")
def maps_one_further(y: Array) -> Array:
    """Each map stands one place too far, the last one first."""
    return np.roll(y, 1, axis=2)


@after("conv", "C7", remedy="Map n belongs to filter n: count both from 0.")
def maps_one_before(y: Array) -> Array:
    """Each map stands one place too early, the first one last."""
    return np.roll(y, -1, axis=2)


@before("conv", "C7", remedy="Use filter n for map n: the loop's index is not used.")
def first_filter_for_all_maps(filters: Array) -> Changes:
    """The first filter is used for every map."""
    return {"filters": np.broadcast_to(filters[:1], filters.shape)}


@before("conv", "C7", remedy="Write map n within the loop over n, with its own filter.")
def last_filter_for_all_maps(filters: Array) -> Changes:
    """The last filter is used for every map."""
    return {"filters": np.broadcast_to(filters[-1:], filters.shape)}


@after("conv", "C7", remedy="Write each filter's map to [:, :, n], with n the loop's index.")
def only_the_first_map(y: Array) -> Array:
    """Only the first map is computed; the others stay zero."""
    y[:, :, 1:] = 0
    return y


@after("conv", "C7", remedy="Let the loop over the filters run to N, not to N - 1.")
def last_map_not_written(y: Array) -> Array:
    """The map of the last filter stays zero."""
    y[:, :, -1:] = 0
    return y


@after("conv", "C7", remedy="Set the sum back to zero before each filter.")
def sums_run_on_over_the_filters(y: Array) -> Array:
    """The sum of one filter is not set back before the next: maps add up."""
    return y.cumsum(axis=2, dtype=y.dtype)


@after("conv", "C7", remedy="Sum over the channels; take no maximum of them.")
def largest_channel(y: Array, image: Array, filters: Array) -> Array:
    """The largest of the channels' sums instead of their sum."""
    maps = [reference.conv(image[:, :, k], filters[..., k]) for k in range(image.shape[2])]
    return np.max(maps, axis=0) if maps else y


@after("conv", "C7", remedy="Sum over the channels; do not divide by their number.")
def mean_of_the_channels(y: Array, image: Array) -> Array:
    """The mean over the channels instead of their sum."""
    return y / y.dtype.type(max(image.shape[2], 1))
