"""Worked examples of P6 to P11: the parameters of pooling."""

import numpy as np

from cnnspec.kit.example import Panel, example

example(
    "P6",
    "Size and stride for each axis",
    """
    A size of (1, 3) is a window of one row and three columns. With a stride of (2, 1) it moves by
    two rows, and by one column.

    >>> feature_map = np.array([
    ...     [1, 3, 2, 0, 6],
    ...     [4, 2, 9, 5, 0],
    ...     [7, 0, 8, 6, 2],
    ... ])[:, :, np.newaxis]
    >>> y = pooling(feature_map, (1, 3), (2, 1))
    >>> y[:, :, 0]
    array([[3., 3., 6.],
           [8., 8., 8.]])

    There are floor((3-1)/2) + 1 = 2 rows and floor((5-3)/1) + 1 = 3 columns. Row 1 is passed over,
    with its 9. Code that takes columns for rows reads it.

    >>> pooling(feature_map, (3, 1), (1, 2))[:, :, 0]
    array([[7., 9., 6.]])
    """,
    [
        Panel("feature_map[:, :, 0]", "feature map", mark=np.s_[0, 2:5]),
        Panel("y[:, :, 0]", "size (1, 3), stride (2, 1)", "→", mark=np.s_[0, 2]),
    ],
    r"\left(\left\lfloor \frac{H-S_H}{T_H} \right\rfloor + 1\right) \times"
    r" \left(\left\lfloor \frac{W-S_W}{T_W} \right\rfloor + 1\right) \times C",
)

example(
    "P7",
    "Padding never wins",
    """
    All numbers of this map are below zero. With a padding of 1 three of the four windows lie
    partly beside it. They have the largest of what they have of the map.

    >>> feature_map = -np.array([
    ...     [5, 3, 8],
    ...     [1, 9, 2],
    ...     [7, 4, 6],
    ... ])[:, :, np.newaxis]
    >>> y = pooling(feature_map, 2, 2, padding=1)
    >>> y[:, :, 0]
    array([[-5., -3.],
           [-1., -2.]])

    So padding is minus infinity here, and not zero. The map with minus infinity around it gives
    the same. With zeros around it, a zero wins three times.

    >>> sides = ((1, 1), (1, 1), (0, 0))
    >>> low = np.pad(
    ...     feature_map.astype(float), sides, constant_values=-np.inf
    ... )
    >>> np.array_equal(y, pooling(low, 2, 2))
    True
    >>> pooling(np.pad(feature_map, sides), 2, 2)[:, :, 0]
    array([[ 0.,  0.],
           [ 0., -2.]])

    On what comes out of a ReLU nobody would notice.
    """,
    [
        Panel("feature_map[:, :, 0]", "feature map"),
        Panel("low[:, :, 0]", "with padding", "→", mark=np.s_[0:2, 2:4]),
        Panel("y[:, :, 0]", "result, S = 2, T = 2", "→", mark=np.s_[0, 1]),
    ],
    r"\operatorname{pooling}(x, S, T, P) ="
    r" \operatorname{pooling}(\operatorname{pad}_{-\infty}(x, P), S, T)",
)

example(
    "P8",
    "Dilation",
    """
    With a dilation of 2, a window of 2 by 2 has the four corners of a square of 3 by 3. What lies
    between them is not read.

    >>> feature_map = np.array([
    ...     [1, 3, 2, 0, 6],
    ...     [4, 9, 1, 5, 0],
    ...     [7, 0, 8, 6, 2],
    ...     [1, 1, 3, 2, 4],
    ... ])[:, :, np.newaxis]
    >>> y = pooling(feature_map, 2, 1, dilation=2)
    >>> y[:, :, 0]
    array([[8., 6., 8.],
           [4., 9., 4.]])

    The marked window has 1, 2, 7 and 8. The 9 in its middle does not count.

    >>> f = feature_map[:, :, 0]
    >>> corners = np.stack([f[:-2, :-2], f[:-2, 2:], f[2:, :-2], f[2:, 2:]])
    >>> np.array_equal(y[:, :, 0], corners.max(axis=0))
    True
    """,
    [
        Panel("feature_map[:, :, 0]", "feature map", mark=np.s_[0:3:2, 0:3:2]),
        Panel("y[:, :, 0]", "S = 2, T = 1, D = 2", "→", mark=np.s_[0, 0]),
    ],
    r"y_{i,j,ch} = \max\limits_{0 \le a,b < S} x_{iT+aD,\,jT+bD,\,ch},\qquad E = D (S - 1) + 1",
)

example(
    "P9",
    "Ceil",
    """
    Windows of three columns that move by two start at columns 0 and 2 of these six. Column 5 is
    left over. With ceil there is one window more. It starts at column 4, reaches beyond the end,
    and has the two columns that there are.

    >>> feature_map = np.array([
    ...     [1, 3, 2, 0, 6, 8],
    ...     [4, 2, 1, 5, 0, 3],
    ... ])[:, :, np.newaxis]
    >>> pooling(feature_map, (1, 3), (1, 2))[:, :, 0]
    array([[3., 6.],
           [4., 5.]])
    >>> y = pooling(feature_map, (1, 3), (1, 2), ceil=True)
    >>> y[:, :, 0]
    array([[3., 6., 8.],
           [4., 5., 3.]])

    Not each rounding up gives a window. Here are three columns, one of padding on each side, and
    windows of two columns: ceil((3+2-2)/2) + 1 = 3. They would start at -1, 1 and 3. But column 3
    is padding, and a window that starts behind the map is left out.

    >>> small = np.array([[3, 1, 2]])[:, :, np.newaxis]
    >>> pooling(small, (1, 2), (1, 2), padding=(0, 1), ceil=True)[:, :, 0]
    array([[3., 2.]])

    Nothing is left over where the stride divides n + P - E. Then ceil changes nothing.

    >>> pooling(feature_map, (1, 2), (1, 2), ceil=True).shape
    (2, 3, 1)
    """,
    [
        Panel("feature_map[:, :, 0]", "feature map", mark=np.s_[0, 4:6]),
        Panel("y[:, :, 0]", "size (1, 3), stride (1, 2), ceil", "→", mark=np.s_[0, 2]),
    ],
    r"L = \left\lceil \frac{n + P - E}{T} \right\rceil + 1,"
    r"\qquad \text{one less if } (L - 1) T \ge n + P_{\text{before}}",
)

example(
    "P10",
    "Batch",
    """
    Two maps go through at once, along an axis of their own in front. Each gives the result that
    it gives alone.

    >>> first = np.array([[1, 3, 2, 0], [4, 2, 1, 5]])[:, :, np.newaxis]
    >>> second = -first
    >>> maps = np.stack([first, second])
    >>> y = pooling(maps, batch=True)
    >>> maps.shape, y.shape
    ((2, 2, 4, 1), (2, 1, 2, 1))
    >>> y[1, :, :, 0]
    array([[-1.,  0.]])
    >>> np.array_equal(y[1], pooling(second))
    True

    Without `batch=True` a map of rank 4 is a mistake, and P1 rejects it.

    >>> pooling(maps)
    Traceback (most recent call last):
        ...
    cnnspec.spec.numbers.SpecError: a feature map has rank 3 (rows,
    columns, channels), not 4 [P1]
    """,
    [
        Panel("first[:, :, 0]", "map 0"),
        Panel("y[0, :, :, 0]", "result 0", "→"),
        Panel("second[:, :, 0]", "map 1"),
        Panel("y[1, :, :, 0]", "result 1", "→"),
    ],
    r"\operatorname{pooling}(x)_b = \operatorname{pooling}(x_b)",
)

example(
    "P11",
    "Parameters that make sense",
    """
    A window of 3 with a dilation of 2 reaches over 2*(3-1) + 1 = 5 rows. The map has four. One
    row of padding above makes room for it.

    >>> feature_map = np.arange(20).reshape(4, 5, 1)
    >>> pooling(feature_map, 3, 1, dilation=2)
    Traceback (most recent call last):
        ...
    cnnspec.spec.numbers.SpecError: a window that reaches over 5 elements
    does not fit into 4, padding included [P11]
    >>> above = ((1, 0), (0, 0))
    >>> pooling(feature_map, 3, 1, padding=above, dilation=2)[:, :, 0]
    array([[19.]])

    A dilation of 0 reads one element again and again, and padding of -1 would cut the map.

    >>> pooling(feature_map, dilation=0)
    Traceback (most recent call last):
        ...
    cnnspec.spec.numbers.SpecError: dilation 0: it is at least 1 [P11]
    >>> pooling(feature_map, padding=-1)
    Traceback (most recent call last):
        ...
    cnnspec.spec.numbers.SpecError: padding -1: it is at least 0 [P11]
    """,
    [
        Panel("feature_map[:, :, 0]", "feature map, 4 rows"),
        Panel(
            "np.kron(np.ones((3, 3)), [[1, 0], [0, 0]])[:5, :5]",
            "window, D = 2, reaches over 5: rejected",
            "with",
            mark=np.s_[::2, ::2],
        ),
    ],
    r"D \ge 1,\quad P \ge 0,\quad E \le n + P",
)
