"""Faults of conv: which elements of the result are written, and its shape."""

from typing import Any

import numpy as np

from cnnspec import reference, spec
from cnnspec.kit.fault import Changes, Function, after, before, fault, stateful
from cnnspec.spec import Array

# Which elements of the result are written, and its shape


@after("conv", "C7", remedy="Let the loop over the columns run to W - K + 1.")
def last_column_not_written(y: Array) -> Array:
    """The last column of the result stays zero."""
    y[:, -1:] = 0
    return y


@after("conv", "C7", remedy="Let the loop over the rows run to H - K + 1.")
def last_row_not_written(y: Array) -> Array:
    """The last row of the result stays zero."""
    y[-1:] = 0
    return y


@after("conv", "C7", remedy="Let the loops run to H - K + 1 and W - K + 1, not to H - K and W - K.")
def last_row_and_column_not_written(y: Array) -> Array:
    """The last row and the last column of the result stay zero."""
    y[-1:], y[:, -1:] = 0, 0
    return y


@after("conv", "C7", remedy="Let the loops over the result start at 0.")
def first_row_and_column_not_written(y: Array) -> Array:
    """The first row and the first column of the result stay zero."""
    y[:1], y[:, :1] = 0, 0
    return y


@after("conv", "C7", remedy="Let the loop over the rows start at 0.")
def first_row_not_written(y: Array) -> Array:
    """The first row of the result stays zero."""
    y[:1] = 0
    return y


@after("conv", "C7", remedy="Let the loop over the columns start at 0.")
def first_column_not_written(y: Array) -> Array:
    """The first column of the result stays zero."""
    y[:, :1] = 0
    return y


@after("conv", "C7", remedy="Let the loops reach the last row and column.")
def last_corner_not_written(y: Array) -> Array:
    """The last element of each map stays zero."""
    y[-1:, -1:] = 0
    return y


@after("conv", "C7", remedy="Take the columns from the width, not from the height.")
def columns_beyond_the_rows_unwritten(y: Array) -> Array:
    """No more columns are written than there are rows; the rest stays zero."""
    y[:, len(y) :] = 0
    return y


@after("conv", "C7", remedy="Take the rows from the height, not from the width.")
def rows_beyond_the_columns_unwritten(y: Array) -> Array:
    """No more rows are written than there are columns; the rest stays zero."""
    y[y.shape[1] :] = 0
    return y


@after("conv", "C7", remedy="Take the rows from the height and the columns from the width.")
def square_part_only(y: Array) -> Array:
    """Only a square part of the result is written; the rest stays zero."""
    side = min(y.shape[:2])
    y[side:], y[:, side:] = 0, 0
    return y


@after("conv", "C7", remedy="Count the maps by the filters, not by the channels of the image.")
def maps_beyond_the_channels_unwritten(y: Array, image: Array) -> Array:
    """No more maps are written than the image has channels; the rest stays zero."""
    y[:, :, image.shape[2] :] = 0
    return y


@after("conv", "C6", remedy="Move each window by one pixel: there is no stride.")
def stride_of_two(y: Array) -> Array:
    """The windows move by two pixels."""
    return y[::2, ::2].copy()


@after("conv", "C7", remedy="Move each window by one pixel: let the loops count by 1.")
def every_second_window_skipped(y: Array) -> Array:
    """Every second row and column of the result stays zero."""
    y[1::2], y[:, 1::2] = 0, 0
    return y


@after("conv", "C6", remedy="The result has H - K + 1 rows and W - K + 1 columns, not one less.")
def a_row_and_a_column_short(y: Array) -> Array:
    """The result lacks its last row and column."""
    return y[:-1, :-1].copy()


@after("conv", "C7", remedy="Move each window by one pixel: let the loop over the rows count by 1.")
def every_second_row_skipped(y: Array) -> Array:
    """Every second row of the result stays zero."""
    y[1::2] = 0
    return y


@after(
    "conv", "C7", remedy="Move each window by one pixel: let the loop over the columns count by 1."
)
def every_second_column_skipped(y: Array) -> Array:
    """Every second column of the result stays zero."""
    y[:, 1::2] = 0
    return y


@after("conv", "C7", remedy="Visit every window: do not step over one after each.")
def every_second_element_skipped(y: Array) -> Array:
    """Every second element of a map, in reading order, stays zero."""
    flat = y.reshape(-1, y.shape[2])
    flat[1::2] = 0
    return flat.reshape(y.shape)


def fitted_to(y: Array, rows: int, cols: int) -> Array:
    """The result cut to a size, or filled up with zeros."""
    whole = np.zeros((rows, cols, y.shape[2]), y.dtype)
    part = y[:rows, :cols]
    whole[: part.shape[0], : part.shape[1]] = part
    return whole


@after("conv", "C6", remedy="Take the columns from the width: the result has W - K + 1 of them.")
def as_many_columns_as_rows(y: Array) -> Array:
    """The result has as many columns as rows: those too many are cut, those missing are zero."""
    return fitted_to(y, len(y), len(y))


@after("conv", "C6", remedy="Take the rows from the height: the result has H - K + 1 of them.")
def as_many_rows_as_columns(y: Array) -> Array:
    """The result has as many rows as columns: those too many are cut, those missing are zero."""
    return fitted_to(y, y.shape[1], y.shape[1])


@before("conv", "C6", remedy="Pad nothing: only windows that lie within the image count.")
def padded_by_its_edge(image: Array, filters: Array) -> Changes:
    """The image is padded by its edge pixels, and the result is as large as the image."""
    half = filters.shape[1] // 2
    return {
        "image": np.pad(
            image, ((half, half), (half, half), (0, 0)), "edge" if image.size else "constant"
        )
    }


@after("conv", "C6", remedy="The result has H - K + 1 rows, not one less.")
def a_row_short(y: Array) -> Array:
    """The result lacks its last row."""
    return y[:-1].copy()


@after("conv", "C6", remedy="The result has W - K + 1 columns, not one less.")
def a_column_short(y: Array) -> Array:
    """The result lacks its last column."""
    return y[:, :-1].copy()


@after("conv", "C6", remedy="The result has H - K + 1 rows and W - K + 1 columns, not one more.")
def a_zero_row_and_column_more(y: Array) -> Array:
    """The result has a row and a column of zeros more at its end."""
    return np.pad(y, ((0, 1), (0, 1), (0, 0)))


@after("conv", "C6", remedy="Rows first, then columns: the result is (H-K+1, W-K+1, N).")
def result_transposed(y: Array) -> Array:
    """Rows and columns of the result are exchanged."""
    return y.swapaxes(0, 1).copy()


@after("conv", "C6", remedy="Put the maps last: numpy.moveaxis(result, 0, -1).")
def maps_first(y: Array) -> Array:
    """The result is (N, H-K+1, W-K+1), maps first."""
    return np.moveaxis(y, 2, 0).copy()


@after("conv", "C6", remedy="Keep the axis of the maps, also where there is one filter.")
def single_map_without_its_axis(y: Array) -> Array:
    """The map of a single filter loses its last axis."""
    return y[:, :, 0] if y.shape[2] == 1 else y


@after("conv", "C6", remedy="Do not squeeze: axes of length 1 belong to the result.")
def squeezed(y: Array) -> Array:
    """Every axis of length 1 is dropped."""
    return np.squeeze(y)


@before("conv", "C6", remedy="Pad nothing: only windows that lie within the image count.")
def padded_to_the_same_size(image: Array, filters: Array) -> Changes:
    """The image is padded with zeros, and the result is as large as the image (padding `same`)."""
    half = filters.shape[1] // 2
    return {"image": np.pad(image, ((half, half), (half, half), (0, 0)))}


@after("conv", "C6", remedy="Cut the border: the result has H - K + 1 rows and W - K + 1 columns.")
def border_of_zeros(y: Array, filters: Array) -> Array:
    """The result is as large as the image, with a border of zeros."""
    half = filters.shape[1] // 2
    return np.pad(y, ((half, half), (half, half), (0, 0)))


@after("conv", "C6", remedy="The result has H - K + 1 rows and W - K + 1 columns.")
def zeros_to_the_image_size(y: Array, filters: Array) -> Array:
    """The result is as large as the image; what no window fills at its end stays zero."""
    more = filters.shape[1] - 1
    return np.pad(y, ((0, more), (0, more), (0, 0)))


@before("conv", "C6", remedy="Pad nothing: only windows that lie within the image count.")
def full_padding(image: Array, filters: Array) -> Changes:
    """The image is padded by K - 1 on each side (padding `full`)."""
    more = filters.shape[1] - 1
    return {"image": np.pad(image, ((more, more), (more, more), (0, 0)))}


@fault("conv", "C6", "C7", remedy="Take neighbouring pixels: the dilation is 1.")
def dilated_by_two(image: Any, filters: Any) -> Array:
    """The taps lie two pixels apart (a dilation of 2)."""
    x, w = spec.require_conv(image, filters)
    spread = np.zeros((len(w), *(2 * n - 1 for n in w.shape[1:3]), *w.shape[3:]), w.dtype)
    spread[:, ::2, ::2] = w
    return reference.conv(x, spread)


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
def large_images_by_tiles(y: Array) -> Array:
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
def seam_between_strips(y: Array) -> Array:
    """Images of more than 32 columns have a seam in every map."""
    if y.shape[1] > 32:
        y[:, 16] = 0
    return y
