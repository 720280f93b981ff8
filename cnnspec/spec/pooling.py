"""pooling: keep the largest number of each window, and so make a feature map smaller.

A window of S by S elements is laid on the upper left corner of the map. The largest number in it is
the first number of the result. Then the window moves on by T elements, the stride. Each channel is
treated for itself. What is left over at the right and at the bottom is not looked at.

An example with S = 2 and T = 2, where the windows lie side by side:

    feature map        result
    1 3 | 2 0          4 5
    4 2 | 1 5          9 8
    ----+----
    7 0 | 8 6          max(1, 3, 4, 2) = 4, the first number
    9 1 | 3 2

>>> rows = [[1, 3, 2, 0], [4, 2, 1, 5], [7, 0, 8, 6], [9, 1, 3, 2]]
>>> pooling(np.array(rows)[:, :, np.newaxis], 2, 2)[:, :, 0]
array([[4., 5.],
       [9., 8.]])

There are two more editions, each with a function of its own below. The code that the article
published leaves windows out: `published_pooling`. The layers of frameworks also take padding,
dilation and other parameters: `general_pooling`.
"""

from itertools import product
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from cnnspec.spec.numbers import Array, Edition, SpecError, each, edition_of, largest
from cnnspec.spec.parameters import Padding, Pair, differs, is_pair, require_layout
from cnnspec.spec.window import Axis, axes, require_windows, window


def pooling(
    feature_map: npt.ArrayLike,
    size: Pair = 2,
    stride: Pair = 2,
    *,
    padding: Padding = 0,
    dilation: Pair = 1,
    ceil: bool = False,
    batch: bool = False,
    edition: Edition | None = None,
) -> Array:
    """Take the largest value of each size-by-size window, each channel for itself.

    With a parameter, or a pair as size or stride, this is `general_pooling`.

    edition: if it is left out, general in that case, else standard.

    Shapes: feature_map (H, W, C) to (Ho, Wo, C). The result's dtype is that of Q6. Below, S is
    size and T is stride.

    (P1 core) The feature map has rank 3.
    (P2 core) 1 <= S and T >= 1, whole numbers, and S <= min(H, W). In edition general P11 has the
         place of the last.
    (P3 standard general) The result has the shape (floor((H-S)/T) + 1, floor((W-S)/T) + 1, C).
    (P4 standard general) The largest of each window, exactly:
         y[i, j, ch] = max over 0 <= a, b < S of feature_map[i*T + a, j*T + b, ch].
    (P5 core) pooling(f) is pooling(f, 2, 2), and whichever of S and T is left out is 2: the
         defaults do not follow one another.

    Raises SpecError whose .clause is P1, P2, P4a (edition article) or Q6; ValueError for an edition
    that there is not, or that has no parameters. Source: the article, section 5, as meant.
    """
    given = [differs(padding, 0), differs(dilation, 1), ceil, batch]
    meant = edition_of(edition, any(given) or is_pair(size) or is_pair(stride))
    if meant == "general":
        more = padding, dilation
        return general_pooling(feature_map, size, stride, *more, ceil=ceil, batch=batch)
    if meant == "article":
        return published_pooling(feature_map, size, stride)
    x, size, stride = require_pooling(feature_map, size, stride)
    rows, cols = axes(x, size, stride)
    y = np.zeros((rows.length, cols.length, x.shape[2]), x.dtype)
    for i, j, ch in np.ndindex(y.shape):  # P3
        y[i, j, ch] = largest(window(x, i, j, ch, rows, cols))  # P4
    return y


def published_pooling(feature_map: npt.ArrayLike, size: Pair = 2, stride: Pair = 2) -> Array:
    """Max pooling as the article published it, bug for bug: `pooling` in edition article.

    Shapes: feature_map (H, W, C) to (Ho, Wo, C). The result's dtype is that of Q6.

    (P3a article) The result has the shape (floor((H-S+1)/T), floor((W-S+1)/T), C).
    (P4a article) As P4, but windows start only at 0, T, 2T, ... below H-S-1 (and W-S-1), and
         what no window writes is 0. Where a window would be written outside the result, as
         happens from T = 4 on, the publication fails: rejected.

    Raises SpecError whose .clause is P1, P2, P4a or Q6. Source: the article, section 5.
    """
    x, size, stride, (rows, cols) = require_published(feature_map, size, stride)
    channels = x.shape[2]
    y = np.zeros((rows.length, cols.length, channels), x.dtype)  # P3a
    for i, j, ch in product(range(rows.windows), range(cols.windows), range(channels)):
        y[i, j, ch] = largest(window(x, i, j, ch, *axes(x, size, stride)))  # P4a
    return y


def general_pooling(
    feature_map: npt.ArrayLike,
    size: Pair = 2,
    stride: Pair = 2,
    padding: Padding = 0,
    dilation: Pair = 1,
    *,
    ceil: bool = False,
    batch: bool = False,
) -> Array:
    """Max pooling as frameworks compute it: `pooling` in edition general.

    Shapes: feature_map (H, W, C) to (Ho, Wo, C). The result's dtype is that of Q6. The chapter on
    parameters says in which forms size, stride, padding and dilation come.

    Below, one axis is looked at: n is the extent of the map, S the size, T the stride, D the
    dilation, P the padding before and after together, and E = D*(S-1) + 1 the reach of a window.
    An example with n = 3, S = 2, T = 2, ceil, and an element of padding on each side:

        map               . -5 -7 -6  .
        window 0          #  #                 -5, since padding never wins
        window 1                #  #           max(-7, -6) = -6
        window 2                      #  #     left out, since it starts behind the map

    >>> row = np.array([[[-5], [-7], [-6]]])
    >>> general_pooling(row, (1, 2), 2, padding=(0, 1), ceil=True)[:, :, 0]
    array([[-5., -6.]])

    What a window of padding alone gives is left open; here it is minus infinity.

    (P6 general) Size and stride may be others for rows than for columns. Shape and values are as in
         P3 and P4, each along its own axis.
    (P7 general) Padding never wins: the result is the largest of those elements of a window that
         lie in the map, even if all are below zero. The length is that for n+P elements.
    (P8 general) With a dilation, a window reads every D-th element. The length is that for windows
         of E elements.
    (P9 general) With ceil, the length L is ceil((n+P-E)/T) + 1, but one less if the last window
         would start behind the map: if (L-1)*T >= n + before, where before is the padding before
         it. A last window that reaches beyond the end reads what there is.
    (P10 general) A batch (B, H, W, C) gives the result of each map for itself, (B, Ho, Wo, C).
    (P11 general core) Dilation is at least 1, padding is at least 0, and E <= n + P, however large
         the numbers are. With ceil the last is left open.

    Raises SpecError whose .clause is P1, P2, P11 or Q6. Source: as frameworks compute it.
    """
    if batch:  # P10
        return each(
            lambda one: general_pooling(one, size, stride, padding, dilation, ceil=ceil),
            feature_map,
            "P1",
        )
    x, rows, cols = require_general_pooling(feature_map, size, stride, padding, dilation, ceil)
    y = np.zeros((rows.length, cols.length, x.shape[2]), x.dtype)  # P6
    for i, j, ch in np.ndindex(y.shape):
        real = window(x, i, j, ch, rows, cols)
        y[i, j, ch] = largest(real) if real else -np.inf  # P7
    return y


def require_general_pooling(
    feature_map: npt.ArrayLike,
    size: Pair,
    stride: Pair,
    padding: Padding = 0,
    dilation: Pair = 1,
    ceil: bool = False,
) -> tuple[Array, Axis, Axis]:
    """Check P1, P2 and P11; return the map in the result's dtype, and its axes."""
    clauses = "P1", "P2", "P11"
    return require_layout(feature_map, size, stride, clauses, padding, dilation, ceil)


def require_pooling(feature_map: npt.ArrayLike, size: Pair, stride: Pair) -> tuple[Array, int, int]:
    """Check P1 and P2; return the map in the result's dtype, and size and stride as int."""
    return require_windows(feature_map, size, stride, rank="P1", fits="P2")


class Published(NamedTuple):
    """Along one axis: the length of the result, and how many windows are written into it."""

    length: int
    windows: int


def published_axis(extent: int, size: int, stride: int) -> Published:
    """Length and windows of the published pooling along an axis of `extent` elements."""
    starts = range(0, extent - size - 1, stride)
    return Published((extent - size + 1) // stride, windows=len(starts))


def require_published(
    feature_map: npt.ArrayLike, size: Pair, stride: Pair
) -> tuple[Array, int, int, tuple[Published, Published]]:
    """Check P1, P2 and P4a; return map, size and stride, and how each axis is pooled."""
    x, size, stride = require_pooling(feature_map, size, stride)
    height, width, channels = x.shape
    rows, cols = (published_axis(extent, size, stride) for extent in (height, width))
    outside = rows.windows > rows.length or cols.windows > cols.length
    if outside and rows.windows * cols.windows * channels:  # P4a; no window, no failure
        raise SpecError(
            "P4a",
            f"the published pooling fails here: {rows.windows} by {cols.windows} windows do not "
            f"fit into its {rows.length} by {cols.length} result (a {height} by {width} map, "
            f"size {size}, stride {stride})",
        )
    return x, size, stride, (rows, cols)
