"""Worked examples of A6 to A8: the parameters of average_pooling."""

import numpy as np

from cnnspec.kit.example import Panel, example

example(
    "A6",
    "What a sum is divided by",
    """
    A map of 2 by 2 has a padding of 1 all around. Windows of 3 by 3 move by 2. With ceil there are
    four of them, and the last has nine cells of three kinds: one lies in the map, three lie in the
    padding, and five lie beyond it.

    >>> feature_map = np.array([
    ...     [36, 72],
    ...     [108, 144],
    ... ])[:, :, np.newaxis]
    >>> options = {"padding": 1, "ceil": True}
    >>> real = average_pooling(feature_map, 3, 2, **options)
    >>> real[:, :, 0]
    array([[ 90., 108.],
           [126., 144.]])

    Each sum is divided by how many cells of the window lie in the map: 360/4 = 90, 216/2 = 108,
    252/2 = 126 and 144/1 = 144. With count_padding those in the padding count, too: 360/9 = 40,
    216/6 = 36, 252/6 = 42 and 144/4 = 36.

    >>> counted = average_pooling(
    ...     feature_map, 3, 2, **options, count_padding=True
    ... )
    >>> counted[:, :, 0]
    array([[40., 36.],
           [42., 36.]])

    Code that always divides by 9 counts what lies beyond the padding. That is wrong for every
    window that reaches there.

    >>> sums = real[:, :, 0] * [[4, 2], [2, 1]]
    >>> sums / 9
    array([[40., 24.],
           [28., 16.]])
    """,
    [
        Panel("np.pad(feature_map[:, :, 0], 1)", "map with padding", mark=np.s_[2:, 2:]),
        Panel("counted[:, :, 0]", "count_padding", "→", mark=np.s_[1, 1]),
        Panel("real[:, :, 0]", "cells of the map alone", "or", mark=np.s_[1, 1]),
    ],
    r"y_{i,j,ch} = \frac{1}{n} \sum_{\text{in the map}} x_{r,c,ch},"
    r"\qquad n = \text{cells in the map, or in the padded map}",
)

example(
    "A7",
    "Batch",
    """
    Two maps go through at once, along an axis of their own in front. Each gives the result that
    it gives alone.

    >>> first = np.array([[1, 3, 2, 0], [4, 2, 1, 5]])[:, :, np.newaxis]
    >>> second = 10 * first
    >>> maps = np.stack([first, second])
    >>> y = average_pooling(maps, 2, 2, batch=True)
    >>> maps.shape, y.shape
    ((2, 2, 4, 1), (2, 1, 2, 1))
    >>> y[1, :, :, 0]
    array([[25., 20.]])
    >>> np.array_equal(y[1], average_pooling(second, 2, 2))
    True

    The images of a batch are not averaged with one another. Without `batch=True` a map of rank 4
    is a mistake, and A1 rejects it.

    >>> average_pooling(maps, 2, 2)
    Traceback (most recent call last):
        ...
    cnnspec.spec.numbers.SpecError: a feature map has rank 3 (rows,
    columns, channels), not 4 [A1]
    """,
    [
        Panel("first[:, :, 0]", "map 0"),
        Panel("y[0, :, :, 0]", "result 0", "→"),
        Panel("second[:, :, 0]", "map 1"),
        Panel("y[1, :, :, 0]", "result 1", "→"),
    ],
    r"\operatorname{average\_pooling}(x)_b = \operatorname{average\_pooling}(x_b)",
)

example(
    "A8",
    "Parameters that make sense",
    """
    A window of 4 by 4 does not fit into a map of 2 by 4. With one row of padding above and below
    it does, and then it has the mean of the whole map.

    >>> rows = [[1, 3, 2, 0], [4, 2, 1, 5]]
    >>> feature_map = np.array(rows)[:, :, np.newaxis]
    >>> average_pooling(feature_map, 4, (1, 1))
    Traceback (most recent call last):
        ...
    cnnspec.spec.numbers.SpecError: a window that reaches over 4 elements
    does not fit into 2, padding included [A8]
    >>> average_pooling(feature_map, 4, 1, padding=(1, 0))
    array([[[2.25]]])

    Padding of -1 would cut the map. It is rejected, and so is what is no padding at all.

    >>> average_pooling(feature_map, 2, 2, padding=-1)
    Traceback (most recent call last):
        ...
    cnnspec.spec.numbers.SpecError: padding -1: it is at least 0 [A8]
    >>> average_pooling(feature_map, 2, 2, padding="same")
    Traceback (most recent call last):
        ...
    cnnspec.spec.numbers.SpecError: padding is a number, (rows, columns),
    ((top, bottom), (left, right)), 'valid', 'same_upper' or 'same_lower',
    not 'same' [A8]
    """,
    [
        Panel("feature_map[:, :, 0]", "feature map, 2 rows"),
        Panel("np.ones((4, 4))", "window, 4 rows: rejected", "with"),
    ],
    r"P \ge 0,\quad S \le n + P",
)
