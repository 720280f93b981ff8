"""average_pooling: keep the mean of each window, and so make a feature map smaller.

The windows lie as those of pooling do: S by S elements, T elements from the start of one to the
start of the next, each channel for itself. What is kept of a window is not its largest number, but
the sum of its numbers divided by how many they are.

An example with S = 2 and T = 2, where the windows lie side by side:

    feature map        result
    1 3 | 2 0          2.5  2
    4 2 | 1 5          4.5  5
    ----+----
    7 1 | 8 6          (1 + 3 + 4 + 2) / 4 = 2.5, the first number
    9 1 | 3 3

>>> rows = [[1, 3, 2, 0], [4, 2, 1, 5], [7, 1, 8, 6], [9, 1, 3, 3]]
>>> average_pooling(np.array(rows)[:, :, np.newaxis], 2, 2)[:, :, 0]
array([[2.5, 2. ],
       [4.5, 5. ]])

Floats are rounded, and there are two usual ways: to divide the sum by the count n, or to multiply
it by 1/n, which is rounded itself. For n = 9 they differ in the last bit now and then, and both are
right: clause A5 says how far apart results may lie. Where n is a power of two, 1/n is a float, and
both ways give the same.
"""

from typing import SupportsIndex

import numpy as np
import numpy.typing as npt

from cnnspec.spec.numbers import Array
from cnnspec.spec.window import length, require_windows, window


@np.errstate(all="ignore")  # infinities and NaN are values like others (Q7)
def average_pooling(
    feature_map: npt.ArrayLike, size: SupportsIndex, stride: SupportsIndex
) -> Array:
    """Take the mean of each size-by-size window, each channel for itself.

    Shapes: feature_map (H, W, C) to (Ho, Wo, C). The result's dtype is that of Q6. Below, S is
    size and T is stride.

    (A1 standard core) The feature map has rank 3.
    (A2 standard core) 1 <= S <= min(H, W) and T >= 1, whole numbers.
    (A3 standard) The result has the shape (floor((H-S)/T) + 1, floor((W-S)/T) + 1, C).
    (A4 standard) The mean of each window, within A5; exactly, where no sum is rounded and S*S is
         a power of two:
         y[i, j, ch] = (sum over 0 <= a, b < S of feature_map[i*T + a, j*T + b, ch]) / (S*S).
    (A5 standard) |y - exact| <= gamma(n+1) * (sum |feature_map| over the window) / n, where
         n = S*S (besides, n+1 subnormal quanta): the bound that any order of summation keeps,
         whether the sum is divided by n or multiplied by 1/n.

    Raises SpecError whose .clause is A1, A2 or Q6.
    Source: as frameworks compute it, without padding.
    """
    x, size, stride = require_average_pooling(feature_map, size, stride)
    height, width, channels = x.shape
    y = np.zeros((length(height, size, stride), length(width, size, stride), channels), x.dtype)
    for i, j, ch in np.ndindex(y.shape):  # A3
        total = y[i, j, ch]
        for value in window(x, i, j, ch, size, stride):
            total = total + value
        y[i, j, ch] = total / size**2  # A4
    return y


def require_average_pooling(
    feature_map: npt.ArrayLike, size: SupportsIndex, stride: SupportsIndex
) -> tuple[Array, int, int]:
    """Check A1 and A2; return the map in the result's dtype, and size and stride as int."""
    return require_windows(feature_map, size, stride, rank="A1", fits="A2")
