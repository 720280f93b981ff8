"""average_pooling: keep the mean of each window, and so make a feature map smaller.

The windows lie as those of pooling do: S by S elements, T elements from the start of one to the
start of the next, each channel for itself. The result of a window is not its largest number but its
mean: the sum of its numbers, divided by how many there are.

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

The layers of frameworks also take padding and other parameters. That is edition general, with a
function of its own below: `general_average_pooling`.
"""

import numpy as np
import numpy.typing as npt

from cnnspec.spec.numbers import Array, Edition, each, edition_of
from cnnspec.spec.parameters import Padding, Pair, differs, is_pair, require_layout
from cnnspec.spec.window import Axis, axes, require_windows, window


@np.errstate(all="ignore")  # infinities and NaN are values like others (Q7)
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
    """Take the mean of each size-by-size window, each channel for itself.

    With a parameter, or a pair as size or stride, this is `general_average_pooling`.

    edition: if it is left out, general in that case, else standard.

    Shapes: feature_map (H, W, C) to (Ho, Wo, C). The result's dtype is that of Q6. Below, S is
    size and T is stride.

    (A1 standard general core) The feature map has rank 3.
    (A2 standard general core) 1 <= S and T >= 1, whole numbers, and S <= min(H, W). In edition
         general A8 has the place of the last.
    (A3 standard general) The result has the shape (floor((H-S)/T) + 1, floor((W-S)/T) + 1, C).
    (A4 standard general) The mean of each window, within A5; exactly, where no sum is rounded and
         S*S is a power of two:
         y[i, j, ch] = (sum over 0 <= a, b < S of feature_map[i*T + a, j*T + b, ch]) / (S*S).
    (A5 standard general) |y - exact| <= gamma(n+1) * (sum |feature_map| over the window) / n, where
         n = S*S (besides, n+1 subnormal quanta): the bound that any order of summation keeps,
         whether the sum is divided by n or multiplied by 1/n.

    Raises SpecError whose .clause is A1, A2 or Q6; ValueError for an edition that there is not, or
    that has no parameters. Source: as frameworks compute it, without padding.
    """
    given = [differs(padding, 0), ceil, count_padding, batch, is_pair(size), is_pair(stride)]
    if edition_of(edition, any(given)) == "general":
        more = {"ceil": ceil, "count_padding": count_padding, "batch": batch}
        return general_average_pooling(feature_map, size, stride, padding, **more)
    x, size, stride = require_average_pooling(feature_map, size, stride)
    rows, cols = axes(x, size, stride)
    y = np.zeros((rows.length, cols.length, x.shape[2]), x.dtype)
    for i, j, ch in np.ndindex(y.shape):  # A3
        total = y[i, j, ch]
        for value in window(x, i, j, ch, rows, cols):
            total = total + value
        y[i, j, ch] = total / size**2  # A4
    return y


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
    """Average pooling as frameworks compute it: `average_pooling` in edition general.

    Shapes: feature_map (H, W, C) to (Ho, Wo, C). The result's dtype is that of Q6. The chapter on
    parameters says in which forms size, stride and padding come. Below, along one axis, n is the
    extent of the map, S the size, and P the padding before and after together.

    An example with n = 2, S = 3, T = 2, ceil, and an element of padding on each side:

        map           . 9 6 .                               with count_padding
        window 0      # # #         (9 + 6) / 2 = 7.5       (9 + 6) / 3 = 5
        window 1          # # #     6 / 1 = 6               6 / 2 = 3

    >>> row, ceil = np.array([[[9], [6]]]), {"padding": (0, 1), "ceil": True}
    >>> general_average_pooling(row, (1, 3), 2, **ceil)[:, :, 0]
    array([[7.5, 6. ]])
    >>> general_average_pooling(row, (1, 3), 2, **ceil, count_padding=True)[:, :, 0]
    array([[5., 3.]])

    What a window of padding alone gives is left open; here it is NaN, and 0 where padding counts.

    (A6 general) Windows lie as in P6, P7 and P9. The sum of those elements of a window that lie in
         the map is divided by their number. With count_padding it is divided by the number of
         those that lie in the map or in its padding. What lies beyond the padding never counts.
    (A7 general) A batch (B, H, W, C) gives the result of each map for itself, (B, Ho, Wo, C).
    (A8 general core) Padding is at least 0, and S <= n + P, however large the numbers are. With
         ceil the last is left open.

    Raises SpecError whose .clause is A1, A2, A8 or Q6. Source: as frameworks compute it.
    """
    if batch:  # A7
        more = {"ceil": ceil, "count_padding": count_padding}
        return each(
            lambda one: general_average_pooling(one, size, stride, padding, **more),
            feature_map,
            "A1",
        )
    x, rows, cols = require_general_average_pooling(feature_map, size, stride, padding, ceil)
    y = np.zeros((rows.length, cols.length, x.shape[2]), x.dtype)
    for i, j, ch in np.ndindex(y.shape):
        real = window(x, i, j, ch, rows, cols)
        total = y[i, j, ch]
        for value in real:
            total = total + value
        count = rows.counts(i) * cols.counts(j) if count_padding else len(real)  # A6
        y[i, j, ch] = total / count if count else np.nan
    return y


def require_general_average_pooling(
    feature_map: npt.ArrayLike,
    size: Pair,
    stride: Pair,
    padding: Padding = 0,
    ceil: bool = False,
) -> tuple[Array, Axis, Axis]:
    """Check A1, A2 and A8; return the map in the result's dtype, and its axes."""
    clauses = "A1", "A2", "A8"
    return require_layout(feature_map, size, stride, clauses, padding, ceil=ceil)


def require_average_pooling(
    feature_map: npt.ArrayLike, size: Pair, stride: Pair
) -> tuple[Array, int, int]:
    """Check A1 and A2; return the map in the result's dtype, and size and stride as int."""
    return require_windows(feature_map, size, stride, rank="A1", fits="A2")
