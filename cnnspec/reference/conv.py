"""conv, vectorised: a matrix product for each row of the filters, and block by block."""

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import as_strided

from cnnspec.spec import Array, require_conv

BLOCK = 2**16
"""How many elements conv copies at a time: a block of this size stays in a processor's cache."""


@np.errstate(all="ignore")
def conv(image: npt.ArrayLike, filters: npt.ArrayLike) -> Array:
    """Slide each filter over the image; neither stride nor padding (C1 to C9).

    Shapes: image (H, W) with filters (N, K, K), or (H, W, C) with (N, K, K, C); the result is
    (H-K+1, W-K+1, N). The result's dtype is that of Q6. Extra memory: one copy of the inputs at
    the most, and some blocks of BLOCK elements (or of 2*K*K*C, or 2*K*N, where those are more).

    Raises SpecError whose .clause is the first that fails of C1 to C5, or Q6.
    Source: the article, section 3; computed as K matrix products for each block, one for a row
    of the filters.
    """
    image, filters = require_conv(image, filters)
    if image.ndim == 2:
        image, filters = image[:, :, np.newaxis], filters[:, :, :, np.newaxis]
    height, width, channels = image.shape
    number, size = filters.shape[:2]
    result = np.zeros((height - size + 1, width - size + 1, number), image.dtype)
    if not channels:
        return result
    row_taps = size * channels
    a_pixel = max(row_taps, number)  # elements that one pixel of a block takes
    rows = max(size, BLOCK // (a_pixel * width) - size + 1)
    cols = max(1, BLOCK // (a_pixel * (rows + size - 1)))
    bank = np.ascontiguousarray(filters.transpose(1, 2, 3, 0)).reshape(size, row_taps, number)
    # windows[r, c] holds the K*C neighbours of one row that a row of the filter meets at (r, c)
    down, right, deep = image.strides
    shape = (height, result.shape[1], size, channels)
    windows = as_strided(image, shape, (down, right, right, deep))
    for r in range(0, result.shape[0], rows):
        for c in range(0, result.shape[1], cols):
            out = result[r : r + rows, c : c + cols]
            block = windows[r : r + out.shape[0] + size - 1, c : c + out.shape[1]]
            flat = block.reshape(-1, row_taps)
            for i in range(size):
                start = i * out.shape[1]
                part = flat[start : start + out.shape[0] * out.shape[1]] @ bank[i]
                out += part.reshape(out.shape)
    return result
