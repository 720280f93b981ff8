"""im2col: filters are a (C*K*K, N) matrix, the result is written into a given array."""

import numpy as np

from cnnspec.targets.adapters import filters_to, image_to


def im2col(x, size, out):  # x CHW
    windows = np.lib.stride_tricks.sliding_window_view(x, (size, size), axis=(1, 2))
    out[...] = windows.transpose(1, 2, 0, 3, 4).reshape(out.shape)


def conv(image, filters):
    image, filters = np.asarray(image), np.asarray(filters)
    if filters.ndim != image.ndim + 1 or image.ndim not in (2, 3):
        raise ValueError("ranks do not agree")
    if image.ndim == 2:
        image, filters = image[..., None], filters[..., None]
    number, rows, cols, depth = filters.shape
    if depth != image.shape[2] or rows != cols or not 1 <= rows <= min(image.shape[:2]):
        raise ValueError("filters do not fit")
    x = image_to("CHW", image.astype(np.result_type(image, filters, float)))
    extent = image.shape[0] - rows + 1, image.shape[1] - rows + 1
    columns = np.empty((extent[0] * extent[1], rows * rows * depth), x.dtype)
    im2col(x, rows, columns)
    return (columns @ filters_to("matrix", filters)).reshape(*extent, number)
