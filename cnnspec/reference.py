"""The reference: conv, relu and pooling in compact vectorised NumPy.

The signatures are those of spec.py, and so are the clauses; the tests and the checks hold the one
to the other. No loop runs over pixels, and conv never copies more than a block of the image.
Python objects are computed with too, as long as they are finite.
"""

from collections.abc import Sequence
from typing import SupportsIndex

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from cnnspec import spec
from cnnspec.spec import Array, Edition, Layer

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
    image, filters = spec.require_conv(image, filters)
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
    windows = sliding_window_view(image, size, axis=1).swapaxes(2, 3)
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


def relu(feature_map: npt.ArrayLike) -> Array:
    """Replace what is negative by zero (R1, R2).

    Shapes: any, to the same. The result's dtype is that of Q6.
    Raises SpecError whose .clause is Q6. Source: the article, section 4.
    """
    (x,) = spec.numbers(feature_map)
    result = np.empty(x.shape, x.dtype)
    np.maximum(x, x.dtype.type(0), out=result)
    return result


def pooling(
    feature_map: npt.ArrayLike,
    size: SupportsIndex = 2,
    stride: SupportsIndex = 2,
    *,
    edition: Edition = "standard",
) -> Array:
    """Take the largest value of each size-by-size window, each channel for itself (P1 to P5).

    Shapes: feature_map (H, W, C) to (Ho, Wo, C). The result's dtype is that of Q6.
    Raises SpecError whose .clause is P1, P2, P4a or Q6.
    Source: the article, section 5; computed along the rows and then along the columns, since
    the largest of a window is the largest of its columns' largest. The work grows with S.
    """
    x, size, stride, (rows, cols) = spec.require_pooling(feature_map, size, stride, edition)
    columns = largest_along(0, x, size, stride, rows.windows)
    written = largest_along(1, columns, size, stride, cols.windows)
    if edition == "standard":
        return written
    result = np.zeros((rows.length, cols.length, x.shape[2]), x.dtype)
    if written.size:
        result[: rows.windows, : cols.windows] = written
    return result


def largest_along(axis: int, x: Array, size: int, stride: int, windows: int) -> Array:
    """The largest of each run of `size` elements, one run every `stride` along an axis."""
    span = stride * (windows - 1) + 1 if windows else 0
    before = (slice(None),) * axis
    result = x[(*before, slice(0, span, stride))].copy()
    for a in range(1, size):
        np.maximum(result, x[(*before, slice(a, a + span, stride))], out=result)
    return result


def stack(
    image: npt.ArrayLike, banks: Sequence[npt.ArrayLike], *, edition: Edition = "standard"
) -> list[Layer]:
    """Chain conv, relu and pooling(..., 2, 2), one layer for each bank of filters (S1, S2).

    Shapes: image as conv's; a bank (N, K, K, C) where C is the N of the bank before.
    Raises SpecError as the operations do. Source: the article, section 6.
    """
    return spec.stack(image, banks, edition=edition, conv=conv, relu=relu, pooling=pooling)
