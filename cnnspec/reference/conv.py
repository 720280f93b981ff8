"""conv, vectorised: matrix products of what the filters meet with their weights."""

import sys
from itertools import product
from typing import SupportsIndex

import numpy as np
import numpy.typing as npt

from cnnspec.reference.padding import at_all_taps, at_tap, padded
from cnnspec.reference.views import strided
from cnnspec.spec import Array, Edition, require_conv, require_general_conv
from cnnspec.spec.numbers import each, edition_of
from cnnspec.spec.parameters import Padding, Pair, differs

BLOCK = 2**17
"""How many elements conv copies at a time: a block of this size stays in a processor's cache."""
SMALL = 2**12
"""Calls with fewer elements in their matrix take longer to prepare than to compute."""
UNSPLIT = 2**18
"""Larger products are split among threads, which wait for one another: long, on a busy machine."""
FEW = 64
"""Products of fewer rows are slow: rather have those split."""
SHORT = 64
"""Filters whose rows have more elements gain nothing from groups."""
GROUPS = 24
"""So many groups are in a row of pixels at the least: products of fewer rows are slow."""


@np.errstate(all="ignore")
def conv(
    image: npt.ArrayLike,
    filters: npt.ArrayLike,
    bias: npt.ArrayLike | None = None,
    *,
    stride: Pair = 1,
    padding: Padding = 0,
    dilation: Pair = 1,
    groups: SupportsIndex = 1,
    batch: bool = False,
    edition: Edition | None = None,
) -> Array:
    """Slide each filter over the image (C1 to C9). With a parameter, it is `general_conv`.

    Shapes: image (H, W) with filters (N, K, K), or (H, W, C) with (N, K, K, C); the result is
    (H-K+1, W-K+1, N). The result's dtype is that of Q6. Extra memory: one copy of the inputs at
    the most, and some blocks of BLOCK elements (or of 2*K*K*C, or 2*K*N, where those are more).

    Raises SpecError whose .clause is the first that fails of C1 to C5, or Q6; ValueError for an
    edition that there is not, or that has no parameters.
    Source: the article, section 3; computed as matrix products.
    """
    given = bias is not None or batch or differs(padding, 0)
    given = given or differs(stride, 1) or differs(dilation, 1) or differs(groups, 1)
    if edition_of(edition, given) == "general":
        return general_conv(image, filters, bias, stride, padding, dilation, groups, batch=batch)
    image, filters = require_conv(image, filters)
    if image.ndim == 2:
        image, filters = image[:, :, np.newaxis], filters[:, :, :, np.newaxis]
    number, size, _, channels = filters.shape
    height, width = image.shape[0] - size + 1, image.shape[1] - size + 1
    result = np.empty((height, width, number), image.dtype)
    image = np.ascontiguousarray(image)
    if not channels:
        result[...] = 0
    elif size == channels == 1 < number and result.size > SMALL and image.dtype.char in "fd":
        by_numbers(image, filters, result)
    elif size == 1 or height * width * size * size * channels <= SMALL:
        by_pixels(image, filters, result)
    else:
        by_lines(image, filters, result)
    return result


@np.errstate(all="ignore")
def general_conv(
    image: npt.ArrayLike,
    filters: npt.ArrayLike,
    bias: npt.ArrayLike | None = None,
    stride: Pair = 1,
    padding: Padding = 0,
    dilation: Pair = 1,
    groups: SupportsIndex = 1,
    *,
    batch: bool = False,
) -> Array:
    """Conv as frameworks compute it, its shapes and errors those of the book: `conv` in general.

    A product of matrices for each tap and group, or one for each group of a small call. Extra
    memory: the padded image, and a map of a group. Source: as frameworks compute it.
    """
    if batch:
        return each(
            lambda one: general_conv(one, filters, bias, stride, padding, dilation, groups),
            image,
            "C1",
        )
    x = require_general_conv(image, filters, bias, stride, padding, dilation, groups)
    number, height, width, depth = x.filters.shape
    y = np.zeros((x.rows.length, x.cols.length, number), x.image.dtype)
    around = padded(x.image, x.rows, x.cols, 0)
    share = number // x.groups
    small = x.rows.length * x.cols.length * height * width * depth <= SMALL
    for group in range(x.groups):
        own, bank = y[..., group * share :][..., :share], x.filters[group * share :][:share]
        channels = around[..., group * depth : (group + 1) * depth]
        if small:
            seen = at_all_taps(channels, x.rows, x.cols).reshape(*own.shape[:2], bank[:1].size)
            own += seen @ bank.reshape(share, -1).T
            continue
        for i, j in product(range(height), range(width)):
            own += at_tap(channels, i, j, x.rows, x.cols) @ bank[:, i, j].T
    return y if x.bias is None else y + x.bias


def by_numbers(image: Array, filters: Array, result: Array) -> None:
    """For filters of one number: a second tap is added, which is zero and meets zeros.

    Without it this is no product of matrices, and takes several times as long: NumPy begins a loop
    for each pixel.
    """
    maps = result.reshape(-1, len(filters))
    bank = np.zeros((2, len(filters)), filters.dtype)
    bank[0] = filters.reshape(-1)
    step = min(max(1, BLOCK // bank.size), len(maps))
    pairs = np.zeros((step, 2), image.dtype)
    for start in starts(len(maps), step):
        pairs[:, 0] = image.reshape(-1)[start : start + step]
        part = maps[start : start + step]
        np.matmul(pairs, bank, out=part)
        part += 0  # a sum that starts from zero is never -0


def by_pixels(image: Array, filters: Array, result: Array) -> None:
    """For small calls, and filters of one tap: a row of the matrix is what filters meet at a pixel.

    Where they meet the pixel alone, the image is that matrix, and nothing is copied.
    """
    height, width, number = result.shape
    _, size, _, channels = filters.shape
    right = channels * image.itemsize
    down = image.shape[1] * right
    shape = height, width, size, size * channels
    windows = strided(image, shape, (down, right, down, image.itemsize))
    matrix = windows.reshape(height * width, size * size * channels)
    maps = result.reshape(height * width, number)
    bank = bank_of(filters)
    product = np.matmul if len(bank) > 1 else np.multiply  # of one tap there is no sum
    step = min(max(1, BLOCK // max(bank.shape)), rows_of(bank))
    for start in range(0, len(maps), step):
        part = maps[start : start + step]
        product(matrix[start : start + step], bank, out=part)
        part += 0  # a sum that starts from zero is never -0


def by_lines(image: Array, filters: Array, result: Array) -> None:
    """For all else: lines are copied that several rows of the matrix share.

    A line is what a row of the filters meets at a group of pixels side by side. The lines of a
    block are stored group by group, from the top down, so that what whole filters meet at a group
    is K lines one after another: a row of the matrix, without a copy of its own.
    """
    number, size, _, channels = filters.shape
    height, width, _ = result.shape
    group = group_of(image, filters, width)
    line = (size + group - 1) * channels
    bank = bank_of(filters, group)
    pixel = max(-(-line // group), number)  # elements that a pixel of a block takes
    rows, cols = block_of(size, pixel, result.shape, group * rows_of(bank), group)
    item, deep, whole = image.itemsize, rows + size - 1, cols - cols % group
    strides = channels * item, image.shape[1] * channels * item, item
    windows = strided(image, (width - group + 1, len(image), line), strides)
    lines = np.empty((-(-cols // group), deep, line), image.dtype)
    strides = line * item, deep * line * item, item
    matrix = strided(lines, (rows, len(lines), size * line), strides)
    for top in starts(height, rows):
        for left in starts(width, cols):
            block = windows[left : left + cols - group + 1, top : top + deep]
            lines[: whole // group] = block[::group]
            lines[-1] = block[-1]  # overlaps the group before, where groups do not fill the columns
            part = result[top : top + rows, left : left + cols]
            maps = part[:, :whole].reshape(rows, whole // group, group * number)  # a view
            np.matmul(matrix[:, : whole // group], bank, out=maps)
            if whole < cols:
                last = matrix[:, -1].copy() @ bank
                part[:, -group:] = last.reshape(rows, group, number)
            part += 0  # a sum that starts from zero is never -0


def group_of(image: Array, filters: Array, width: int) -> int:
    """How many pixels side by side share a row of the matrix.

    Products are slow with few columns, and with few filters there are few. A group has columns for
    each of its pixels, with zeros for what that pixel does not meet. Zero times infinity is not
    zero, so that the image must be finite; its sum tells.
    """
    number, size, _, channels = filters.shape
    if image.dtype.char in "fd" and size * channels <= SHORT:
        for group in (8, 4, 2):
            if 4 <= group * number <= 16 and group * GROUPS <= width:
                return group if np.isfinite(image.sum()) else 1
    return 1


def bank_of(filters: Array, group: int = 1) -> Array:
    """The filters as a matrix, with a column for each filter at each pixel of a group."""
    number, size, _, channels = filters.shape
    taps = filters.transpose(1, 2, 3, 0)
    if group == 1:
        return np.ascontiguousarray(taps).reshape(size * size * channels, number)
    bank = np.zeros((size, size + group - 1, channels, group, number), filters.dtype)
    for pixel in range(group):
        bank[:, pixel : pixel + size, :, pixel] = taps
    return bank.reshape(-1, group * number)


def rows_of(bank: Array) -> int:
    """How many rows of a matrix are multiplied at once."""
    rows = UNSPLIT // max(1, bank.size)
    return rows if rows >= FEW else sys.maxsize


def block_of(
    size: int, pixel: int, shape: tuple[int, ...], most: int, group: int
) -> tuple[int, int]:
    """Rows and columns of the blocks: all are of one size, and the last ones overlap others."""
    height, width, _ = shape
    cols = equal(width, min(width, most))
    rows = max(size, BLOCK // (pixel * cols) - size + 1)
    cols = min(cols, max(1, BLOCK // (pixel * (rows + size - 1))))
    return equal(height, rows), max(group, equal(width, cols))


def equal(length: int, most: int) -> int:
    """The length of parts as few as can be, and as short as so many can be."""
    return -(-length // -(-length // most))


def starts(length: int, part: int) -> list[int]:
    """Where parts begin."""
    return [min(start, length - part) for start in range(0, length, part)]
