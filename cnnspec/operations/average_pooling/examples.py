"""Worked examples of A1 to A5."""

import numpy as np

from cnnspec.kit.example import Panel, example

example(
    "A1",
    "Rank",
    """
    Two grey pictures of 2 by 4 are two maps of rank 2. Put behind one another along a last axis
    they are one map with two channels, and each channel has its own means.

    >>> first = np.array([[1, 3, 2, 0], [4, 2, 1, 5]])
    >>> both = np.stack([first, 10 * first], axis=2)
    >>> both.shape
    (2, 4, 2)
    >>> average_pooling(both, 2, 2)
    array([[[ 2.5, 25. ],
            [ 2. , 20. ]]])

    Without the axis of channels it is not known what a row is, and the map is rejected.

    >>> average_pooling(first, 2, 2)
    Traceback (most recent call last):
        ...
    cnnspec.spec.numbers.SpecError: a feature map has rank 3 (rows,
    columns, channels), not 2 [A1]
    """,
    [
        Panel("first", "channel 0"),
        Panel("10 * first", "channel 1"),
        Panel("average_pooling(both, 2, 2)[:, :, 0]", "means of channel 0", "→"),
        Panel("average_pooling(both, 2, 2)[:, :, 1]", "means of channel 1"),
    ],
    r"\operatorname{rank} x = 3",
)

example(
    "A2",
    "Windows fit",
    """
    A window of 3 by 3 over a map of 2 by 4 would lie over six numbers. Is their mean the sum
    divided by six, or by nine? Frameworks disagree as soon as a window reaches beyond the map.

    >>> feature_map = np.array([[1, 3, 2, 0], [4, 2, 1, 5]])[:, :, np.newaxis]
    >>> total = feature_map[0:3, 0:3].sum().item()
    >>> total, total / 9
    (13, 1.4444444444444444)

    The question does not arise, since every window lies within the map.

    >>> average_pooling(feature_map, 3, 1)
    Traceback (most recent call last):
        ...
    cnnspec.spec.numbers.SpecError: a window of size 3 in a 2 by 4 map [A2]
    >>> average_pooling(feature_map, 0, 1)
    Traceback (most recent call last):
        ...
    cnnspec.spec.numbers.SpecError: a window of size 0 in a 2 by 4 map [A2]
    """,
    [
        Panel("feature_map[:, :, 0]", "feature map, 2 rows", mark=np.s_[0:2, 0:3]),
        Panel("np.ones((3, 3))", "window, 3 rows: rejected", "with"),
    ],
    r"1 \le S \le \min(H, W),\quad T \ge 1,\quad S, T \in \mathbb{Z}",
)

example(
    "A3",
    "Shape",
    """
    Windows of 2 by 2 that move by 3 start at rows 0 and 3, and at columns 0, 3 and 6. Between two
    windows a row and a column are passed over.

    >>> feature_map = np.arange(40).reshape(5, 8, 1)
    >>> y = average_pooling(feature_map, 2, 3)
    >>> y[:, :, 0]
    array([[ 4.5,  7.5, 10.5],
           [28.5, 31.5, 34.5]])

    There are floor((5-2)/3) + 1 = 2 rows and floor((8-2)/3) + 1 = 3 columns. The last window ends
    with the map, in the picture at the lower right. One column less, and that window is gone.

    >>> average_pooling(feature_map[:, :7], 2, 3).shape
    (2, 2, 1)
    """,
    [
        Panel("feature_map[:, :, 0]", "feature map, 5 by 8", mark=np.s_[3:5, 6:8]),
        Panel("y[:, :, 0]", "result, S = 2, T = 3", "→", mark=np.s_[1, 2]),
    ],
    r"\left(\left\lfloor \frac{H-S}{T} \right\rfloor + 1\right) \times"
    r" \left(\left\lfloor \frac{W-S}{T} \right\rfloor + 1\right) \times C",
)

example(
    "A4",
    "Values",
    """
    Here windows overlap: they are 2 by 2 and move by 1, so that numbers within the map count for
    up to four windows.

    >>> feature_map = np.array([
    ...     [1, 3, 2, 0],
    ...     [4, 2, 1, 5],
    ...     [7, 1, 8, -6],
    ... ])[:, :, np.newaxis]
    >>> y = average_pooling(feature_map, 2, 1)
    >>> y[:, :, 0]
    array([[2.5, 2. , 2. ],
           [3.5, 3. , 2. ]])

    The marked window gives (1 + 5 + 8 - 6) / 4 = 2. Nothing is rounded: the numbers are small and
    whole, and 4 is a power of two. So `==` compares. A sum that was divided as whole numbers are
    would give 2 in place of 2.5, and the largest of each window is another layer.

    >>> feature_map[0:2, 0:2].sum().item() // 4
    2
    >>> pooling(feature_map, 2, 1)[:, :, 0]
    array([[4., 3., 5.],
           [7., 8., 8.]])
    """,
    [
        Panel("feature_map[:, :, 0]", "feature map", mark=np.s_[1:3, 2:4]),
        Panel("y[:, :, 0]", "result, S = 2, T = 1", "→", mark=np.s_[1, 2]),
    ],
    r"y_{i,j,ch} = \frac{1}{S^2} \sum_{0 \le a,b < S} x_{iT+a,\,jT+b,\,ch}",
)

example(
    "A5",
    "Rounding",
    """
    A mean of nine numbers can be computed in two ways: divide the sum by 9, or multiply it by
    1/9. 1/9 is no float, and is rounded itself. So the two differ in the last bit, and both are
    right.

    >>> feature_map = np.array([
    ...     [1, 3, 2],
    ...     [4, 2, 1],
    ...     [0, 5, 4],
    ... ])[:, :, np.newaxis]
    >>> total = feature_map.sum().item()
    >>> total, total / 9, total * (1 / 9)
    (22, 2.4444444444444446, 2.444444444444444)

    The bound allows for ten roundings: eight sums, and one or two for the division. It is some
    ten last bits wide, and holds both.

    >>> u = 2.0**-53
    >>> gamma = 10 * u / (1 - 10 * u)
    >>> bound = gamma * total / 9
    >>> y = average_pooling(feature_map, 3, 1)
    >>> abs(y.item() - total * (1 / 9)) <= bound
    True

    A mean in float32 is off by a hundred million last bits, and is found.

    >>> abs(float(np.float32(total / 9)) - total / 9) <= bound
    False
    """,
    [
        Panel("feature_map[:, :, 0]", "feature map"),
        Panel("y[:, :, 0]", "result, S = 3", "→"),
    ],
    r"\lvert y - y_{\text{exact}} \rvert \le \gamma_{n+1} \cdot"
    r" \frac{1}{n} \sum \lvert x \rvert,\quad n = S^2",
)
