"""pooling, vectorised: along the rows, and then along the columns."""

from typing import SupportsIndex

import numpy as np
import numpy.typing as npt

from cnnspec.reference.runs import along
from cnnspec.spec import Array, Edition, require_pooling, require_published
from cnnspec.spec.pooling import of_article
from cnnspec.spec.window import length


def pooling(
    feature_map: npt.ArrayLike,
    size: SupportsIndex = 2,
    stride: SupportsIndex = 2,
    *,
    edition: Edition = "standard",
) -> Array:
    """Take the largest value of each size-by-size window, each channel for itself (P1 to P5).

    Shapes: feature_map (H, W, C) to (Ho, Wo, C). The result's dtype is that of Q6.
    Raises SpecError whose .clause is P1, P2, P4a or Q6; ValueError for an unknown
    edition. Source: the article, section 5; computed along the rows and then along the columns,
    since the largest of a window is the largest of its columns' largest. The work grows with S.
    """
    if of_article(edition):
        return published_pooling(feature_map, size, stride)
    x, size, stride = require_pooling(feature_map, size, stride)
    height, width, _ = x.shape
    columns = along(0, np.maximum, x, size, stride, length(height, size, stride))
    return along(1, np.maximum, columns, size, stride, length(width, size, stride))


def published_pooling(
    feature_map: npt.ArrayLike, size: SupportsIndex = 2, stride: SupportsIndex = 2
) -> Array:
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
