"""What a valid call shall give, and whether a call is valid at all.

Small calls are computed by spec.py; larger ones by NumPy, an element-wise multiply-add for each tap
and a maximum over each window, which shares no code with the reference. Where every partial sum
is exact, on the grids of cases.py, the two agree to the bit; a test says so.
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from cnnspec import spec
from cnnspec.kit.calls import Call
from cnnspec.spec import Array, Edition, SpecError

SPEC_WORK = 3_000
"""Up to so many steps of its innermost loop, spec.py computes what is expected."""


def broken(call: Call, edition: Edition) -> str | None:
    """The first clause that rejects a call, or None where it is valid."""
    try:
        if call.operation == "conv":
            spec.require_conv(*call.arrays)
        elif call.operation == "pooling":
            spec.require_pooling(call.arrays[0], *sizes(call), edition)
        else:
            spec.numbers(*call.arrays)
    except SpecError as error:
        return error.clause
    return None


def sizes(call: Call) -> tuple[int, int]:
    """Size and stride of a pooling call, 2 where one is left out (P5)."""
    size, stride = (*call.numbers, 2, 2)[:2] if not call.numbers[1:] else call.numbers[:2]
    return size, stride


def work(call: Call) -> int:
    """About how many multiplications or comparisons a call takes, and no fewer."""
    image = call.arrays[0]
    if call.operation == "conv":
        return int(image.size * call.arrays[1].size // max([1, *image.shape[2:3]]))
    side = max(image.shape[:2], default=1)
    size = call.numbers[0] if call.operation == "pooling" and call.numbers else 1
    return int(image.size * min(max(size, 1), side) ** 2)


def expected(call: Call, edition: Edition) -> Array:
    """What a valid call gives, as float64; on an exact grid to the bit."""
    arrays = [array.astype(np.float64) for array in call.arrays]
    if call.operation == "conv":
        image, filters = arrays
        small = image.size * filters.size <= SPEC_WORK
        return spec.conv(image, filters) if small else slid(image, filters)
    if call.operation == "relu":
        (x,) = arrays
        return np.where(x <= 0, np.zeros_like(x), x)
    (x,) = arrays
    size, stride = sizes(call)
    if x.size * size * size <= SPEC_WORK:
        return spec.pooling(x, size, stride, edition=edition)
    return windowed(x, size, stride, edition)


@np.errstate(all="ignore")
def slid(image: Array, filters: Array) -> Array:
    """conv, one tap of all windows at a time; filters may be of any height and width."""
    if image.ndim == 2:
        image, filters = image[:, :, np.newaxis], filters[:, :, :, np.newaxis]
    number, height, width, channels = filters.shape
    rows, cols = image.shape[0] - height + 1, image.shape[1] - width + 1
    y = np.zeros((max(rows, 0), max(cols, 0), number))
    if not y.size or not channels:
        return y
    if height * width > rows * cols:  # few windows of many taps
        for r in range(rows):
            for c in range(cols):
                window = image[r : r + height, c : c + width]
                y[r, c] = (window * filters).sum(axis=(1, 2, 3))
        return y
    for i in range(height):
        for j in range(width):
            part = image[i : i + rows, j : j + cols, np.newaxis, :]
            y += (part * filters[:, i, j, :]).sum(axis=3)
    return y


def windowed(x: Array, size: int, stride: int, edition: Edition) -> Array:
    """Pooling as the maximum over a view of the windows; NumPy's maximum keeps NaN."""
    rows, cols = (spec.pooled(extent, size, stride, edition) for extent in x.shape[:2])
    y = np.zeros((rows.length, cols.length, x.shape[2]))
    windows = sliding_window_view(x, (size, size), axis=(0, 1))
    for i in range(rows.windows if cols.windows else 0):
        row = windows[i * stride, : cols.windows * stride : stride]
        y[i, : cols.windows] = row.max(axis=(2, 3), initial=-np.inf)
    return y
