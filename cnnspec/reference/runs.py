"""What pooling and average_pooling share: runs of elements along an axis, each made one number."""

import numpy as np

from cnnspec.reference.padding import taken
from cnnspec.spec import Array
from cnnspec.spec.window import Axis

FEW = 8
"""With fewer channels, and so many windows, NumPy's innermost loop would be over channels."""


def along(axis: int, join: np.ufunc, x: Array, size: int, stride: int, windows: int) -> Array:
    """Join each run of `size` elements, one run every `stride`, along rows (0) or columns (1)."""
    result: Array
    channels = x.shape[2]
    if axis == 1 and stride > 1 and 1 < channels < FEW < windows // FEW:
        result = np.empty((x.shape[0], windows, channels), x.dtype)
        for ch in range(channels):  # the innermost loop is over windows then
            only = slice(ch, ch + 1)
            result[:, :, only] = along(axis, join, x[:, :, only], size, stride, windows)
        return result
    span = stride * (windows - 1) + 1 if windows else 0
    before = (slice(None),) * axis
    first = x[(*before, slice(0, span, stride))]
    if size == 1:
        return first.copy()
    result = join(first, x[(*before, slice(1, 1 + span, stride))])
    for a in range(2, size):
        join(result, x[(*before, slice(a, a + span, stride))], out=result)
    return result


def joined(join: np.ufunc, x: Array, rows: Axis, cols: Axis) -> Array:
    """Join what each window of a padded map reads: along the rows, and then along the columns."""
    columns = x[taken(rows, 0)].copy()
    for tap in range(1, rows.size):
        join(columns, x[taken(rows, tap)], out=columns)
    result = columns[:, taken(cols, 0)].copy()
    for tap in range(1, cols.size):
        join(result, columns[:, taken(cols, tap)], out=result)
    return result
