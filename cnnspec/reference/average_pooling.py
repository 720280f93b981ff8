"""average_pooling, vectorised: sums along the rows, and then along the columns."""

from typing import SupportsIndex

import numpy as np
import numpy.typing as npt

from cnnspec.reference.runs import along
from cnnspec.spec import Array, require_average_pooling
from cnnspec.spec.window import length


@np.errstate(all="ignore")
def average_pooling(
    feature_map: npt.ArrayLike, size: SupportsIndex, stride: SupportsIndex
) -> Array:
    """Take the mean of each size-by-size window, each channel for itself (A1 to A5).

    Shapes: feature_map (H, W, C) to (Ho, Wo, C). The result's dtype is that of Q6.
    Raises SpecError whose .clause is A1, A2 or Q6.
    Source: as frameworks compute it; the sum of a window is the sum of its columns' sums. The work
    grows with S.
    """
    x, size, stride = require_average_pooling(feature_map, size, stride)
    height, width, _ = x.shape
    columns = along(0, np.add, x, size, stride, length(height, size, stride))
    sums = along(1, np.add, columns, size, stride, length(width, size, stride))
    return np.asarray(sums / size**2)
