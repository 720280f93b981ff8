"""Conv without parameters as one sum of products over all windows: a witness."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from cnnspec.spec import Array


@np.errstate(all="ignore")
def slid(image: Array, filters: Array) -> Array:
    """Conv as one sum of products over all windows; filters may be of any height and width.

    NumPy's einsum multiplies and adds; the reference's products of matrices come from elsewhere.
    """
    image, filters = np.asarray(image, np.float64), np.asarray(filters, np.float64)
    if image.ndim == 2:
        image, filters = image[:, :, np.newaxis], filters[:, :, :, np.newaxis]
    if not image.shape[2]:
        rows, cols = (n - k + 1 for n, k in zip(image.shape, filters.shape[1:3], strict=False))
        return np.zeros((rows, cols, len(filters)))
    if len(image) > image.shape[1]:  # the innermost loop is over columns: many are better than few
        on_its_side = np.ascontiguousarray(image.swapaxes(0, 1))
        return slid(on_its_side, filters.swapaxes(1, 2)).swapaxes(0, 1)
    windows = sliding_window_view(image, filters.shape[1:3], axis=(0, 1))
    return np.asarray(np.einsum("rckij,nijk->rcn", windows, filters))
