"""conv, vectorised: matrix products of what the filters meet with their weights, block by block."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import as_strided

from cnnspec.spec import Array, require_conv

BLOCK = 2**17
"""How many elements conv copies at a time: a block of this size stays in a processor's cache."""
SHORT = 16
"""Runs of fewer elements take longer to begin than to copy."""


@np.errstate(all="ignore")
def conv(image: npt.ArrayLike, filters: npt.ArrayLike) -> Array:
    """Slide each filter over the image; neither stride nor padding (C1 to C9).

    Shapes: image (H, W) with filters (N, K, K), or (H, W, C) with (N, K, K, C); the result is
    (H-K+1, W-K+1, N). The result's dtype is that of Q6. Extra memory: one copy of the inputs at
    the most, and some blocks of BLOCK elements (or of 2*K*K*C, or 2*K*N, where those are more).

    Raises SpecError whose .clause is the first that fails of C1 to C5, or Q6.
    Source: the article, section 3; computed as matrix products of blocks, which are gathered in
    one of two ways. Time goes into copying, so that the way with the longer runs is taken.
    """
    image, filters = require_conv(image, filters)
    if image.ndim == 2:
        image, filters = image[:, :, np.newaxis], filters[:, :, :, np.newaxis]
    height, width, channels = image.shape
    number, size = filters.shape[:2]
    shape = (height - size + 1, width - size + 1, number)
    result = np.empty(shape, image.dtype) if channels else np.zeros(shape, image.dtype)
    if channels and 1 < size < SHORT / channels:
        by_planes(image, filters, result)
    elif channels:
        by_rows(image, filters, result)
    return result


def by_planes(image: Array, filters: Array, result: Array) -> None:
    """For filters with short rows: one product for a block, all taps of its pixels in it.

    A tap is a column of the matrix: the block's plane of one channel, moved to where the tap is,
    so that a run is as long as the block is wide. The matrix lies in memory transposed.
    """
    number, size, _, channels = filters.shape
    taps = size * size * channels
    bank = np.ascontiguousarray(filters.transpose(3, 1, 2, 0)).reshape(taps, number)
    a_pixel = max(taps, number)  # elements that one pixel of a block takes
    cols = min(result.shape[1], max(1, BLOCK // a_pixel))
    rows = max(1, BLOCK // (a_pixel * cols))  # more than one only where blocks are as wide as all
    for part, block in blocks(image, result, size, rows, cols):
        planes = np.ascontiguousarray(block.transpose(2, 0, 1))
        deep, down, right = planes.strides
        shape = (channels, size, size, *part.shape[:2])
        moved = as_strided(planes, shape, (deep, down, right, down, right))
        pixels = part.shape[0] * part.shape[1]
        out = part.reshape(pixels, number)  # a view: rows of whole width, or a part of one row
        np.matmul(moved.reshape(taps, pixels).T, bank, out=out)
        out += 0  # a sum that starts from zero is never -0


def by_rows(image: Array, filters: Array, result: Array) -> None:
    """For filters with long rows: a product for each of their rows, and the sum of these.

    A row of a matrix holds the K*C neighbours that a filter's row meets at a pixel: they lie side
    by side. All products of a block share one such copy, each of them a part that starts lower.
    """
    number, size, _, channels = filters.shape
    taps = size * channels
    bank = np.ascontiguousarray(filters.transpose(1, 2, 3, 0)).reshape(size, taps, number)
    a_pixel = max(taps, number)
    rows = max(size, BLOCK // (a_pixel * image.shape[1]) - size + 1)
    cols = max(1, BLOCK // (a_pixel * (rows + size - 1)))
    for part, block in blocks(image, result, size, rows, cols):
        down, right, deep = block.strides
        shape = (block.shape[0], part.shape[1], size, channels)
        neighbours = as_strided(block, shape, (down, right, right, deep))
        flat = np.ascontiguousarray(neighbours).reshape(-1, taps)
        pixels = part.shape[0] * part.shape[1]
        for i in range(size):
            start = i * part.shape[1]
            product = (flat[start : start + pixels] @ bank[i]).reshape(part.shape)
            np.add(part if i else 0, product, out=part)  # a sum that starts from zero is never -0


def blocks(
    image: Array, result: Array, size: int, rows: int, cols: int
) -> Iterator[tuple[Array, Array]]:
    """Each part of the result, rows by cols at the most, and the block of the image it is from."""
    for r in range(0, result.shape[0], rows):
        for c in range(0, result.shape[1], cols):
            yield (
                result[r : r + rows, c : c + cols],
                image[r : r + rows + size - 1, c : c + cols + size - 1],
            )
