"""pooling, vectorised: along the rows, and then along the columns."""

import numpy as np
import numpy.typing as npt

from cnnspec.reference.padding import padded
from cnnspec.reference.runs import along, joined
from cnnspec.reference.views import strided
from cnnspec.spec import (
    Array,
    Edition,
    require_general_pooling,
    require_pooling,
    require_published,
)
from cnnspec.spec.numbers import each, edition_of
from cnnspec.spec.parameters import Padding, Pair, differs, is_pair

SMALL = 2**10
"""Windows with fewer elements together are looked at in one step: Python takes most of the time."""


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
    """Take the largest value of each size-by-size window, each channel for itself (P1 to P5).

    With a parameter, or a pair as size or stride, it is `general_pooling`.

    Shapes: feature_map (H, W, C) to (Ho, Wo, C). The result's dtype is that of Q6.
    Raises SpecError whose .clause is P1, P2, P4a or Q6; ValueError for an edition that there is
    not, or that has no parameters. Source: the article, section 5; computed along the rows and then
    along the columns, since the largest of a window is the largest of its columns' largest. The
    work grows with S.
    """
    given = ceil or batch or is_pair(size) or is_pair(stride)
    meant = edition_of(edition, given or differs(padding, 0) or differs(dilation, 1))
    if meant == "general":
        more = padding, dilation
        return general_pooling(feature_map, size, stride, *more, ceil=ceil, batch=batch)
    if meant == "article":
        return published_pooling(feature_map, size, stride)
    x, size, stride = require_pooling(feature_map, size, stride)
    return largest(x, size, stride)


def largest(x: Array, size: int, stride: int) -> Array:
    """The largest of each window: of all at once if they are small, else along rows and columns."""
    rows, cols = ((extent - size) // stride + 1 for extent in x.shape[:2])
    if rows * cols * x.shape[2] * size**2 < SMALL:
        down, right, deeper = x.strides
        step = min(stride, x.size)  # where it is larger there is one window, and no step
        steps = down, right, down * step, right * step, deeper
        taps = strided(x, (size, size, rows, cols, x.shape[2]), steps)
        return np.asarray(np.maximum.reduce(taps, axis=(0, 1)))
    columns = along(0, np.maximum, x, size, stride, rows)
    return along(1, np.maximum, columns, size, stride, cols)


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
    """Max pooling as frameworks compute it, its shapes and errors those of the book.

    Extra memory: the padded map, and the largest of its columns. Source: as frameworks compute it.
    """
    if batch:
        return each(
            lambda one: general_pooling(one, size, stride, padding, dilation, ceil=ceil),
            feature_map,
            "P1",
        )
    x, rows, cols = require_general_pooling(feature_map, size, stride, padding, dilation, ceil)
    return joined(np.maximum, padded(x, rows, cols, -np.inf), rows, cols)


def published_pooling(feature_map: npt.ArrayLike, size: Pair = 2, stride: Pair = 2) -> Array:
    """Max pooling as the article published it (P3a, P4a): `pooling` in edition article.

    Shapes: feature_map (H, W, C) to (Ho, Wo, C). The result's dtype is that of Q6.
    Raises SpecError whose .clause is P1, P2, P4a or Q6. Source: the article, section 5.
    """
    x, size, stride, (rows, cols) = require_published(feature_map, size, stride)
    columns = along(0, np.maximum, x, size, stride, rows.windows)
    written = along(1, np.maximum, columns, size, stride, cols.windows)
    result = np.zeros((rows.length, cols.length, x.shape[2]), x.dtype)
    if written.size:
        result[: rows.windows, : cols.windows] = written
    return result
