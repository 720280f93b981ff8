"""average_pooling, vectorised: sums along the rows, and then along the columns."""

import numpy as np
import numpy.typing as npt

from cnnspec.reference.padding import padded
from cnnspec.reference.runs import along, joined
from cnnspec.spec import Array, Edition, require_average_pooling, require_general_average_pooling
from cnnspec.spec.numbers import each, edition_of
from cnnspec.spec.parameters import Padding, Pair, differs, is_pair
from cnnspec.spec.window import Axis


@np.errstate(all="ignore")
def average_pooling(
    feature_map: npt.ArrayLike,
    size: Pair,
    stride: Pair,
    *,
    padding: Padding = 0,
    ceil: bool = False,
    count_padding: bool = False,
    batch: bool = False,
    edition: Edition | None = None,
) -> Array:
    """Take the mean of each size-by-size window, each channel for itself (A1 to A5).

    With a parameter, or a pair as size or stride, it is `general_average_pooling`.

    Shapes: feature_map (H, W, C) to (Ho, Wo, C). The result's dtype is that of Q6.
    Raises SpecError whose .clause is A1, A2 or Q6; ValueError for an edition that there is not, or
    that has no parameters.
    Source: as frameworks compute it; the sum of a window is the sum of its columns' sums. The work
    grows with S.
    """
    given = ceil or count_padding or batch or is_pair(size) or is_pair(stride)
    if edition_of(edition, given or differs(padding, 0)) == "general":
        more = {"ceil": ceil, "count_padding": count_padding, "batch": batch}
        return general_average_pooling(feature_map, size, stride, padding, **more)
    x, size, stride = require_average_pooling(feature_map, size, stride)
    height, width, _ = x.shape
    columns = along(0, np.add, x, size, stride, (height - size) // stride + 1)
    sums = along(1, np.add, columns, size, stride, (width - size) // stride + 1)
    return np.asarray(sums / size**2)


@np.errstate(all="ignore")
def general_average_pooling(
    feature_map: npt.ArrayLike,
    size: Pair,
    stride: Pair,
    padding: Padding = 0,
    *,
    ceil: bool = False,
    count_padding: bool = False,
    batch: bool = False,
) -> Array:
    """Average pooling as frameworks compute it, its shapes and errors those of the book.

    Extra memory: the padded map, and the sums of its columns. Source: as frameworks compute it.
    """
    if batch:
        more = {"ceil": ceil, "count_padding": count_padding}
        return each(
            lambda one: general_average_pooling(one, size, stride, padding, **more),
            feature_map,
            "A1",
        )
    x, rows, cols = require_general_average_pooling(feature_map, size, stride, padding, ceil)
    sums = joined(np.add, padded(x, rows, cols, 0), rows, cols)
    heights, widths = (counts(axis, count_padding) for axis in (rows, cols))
    count = np.outer(heights, widths)[:, :, np.newaxis]
    if x.dtype.kind == "O":
        sums, count = np.where(count, sums, np.nan), np.maximum(count, 1)
    return np.asarray(sums / count.astype(x.dtype))


def counts(axis: Axis, count_padding: bool) -> list[int]:
    """How many taps of each window along an axis are counted."""
    windows = range(axis.length)
    return [axis.counts(i) if count_padding else len(axis.reads(i)) for i in windows]
