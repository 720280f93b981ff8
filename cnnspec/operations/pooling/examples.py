"""Worked examples of P1 to P5, in both editions."""

import numpy as np

from cnnspec.kit.example import Panel, example

example(
    "P1",
    "Rank",
    """
    A feature map has three axes: rows, columns, channels. A plain table of numbers has two. It is
    not said whether it is one channel, or one row of several, and so it is rejected.

    >>> table = np.array([[1, 3, 2, 0], [4, 2, 1, 5]])
    >>> pooling(table, 2, 2)
    Traceback (most recent call last):
        ...
    cnnspec.spec.numbers.SpecError: a feature map has rank 3 (rows,
    columns, channels), not 2 [P1]

    With an axis for its one channel it is a feature map.

    >>> pooling(table[:, :, np.newaxis], 2, 2)[:, :, 0]
    array([[4., 5.]])
    """,
    [
        Panel("table", "a table, rank 2: rejected"),
        Panel("table", "channel 0 of a map, rank 3", "or"),
        Panel("pooling(table[:, :, np.newaxis], 2, 2)[:, :, 0]", "result", "→"),
    ],
    r"\operatorname{rank} x = 3",
)

example(
    "P2",
    "Windows fit",
    """
    A window of 3 by 3 does not fit into a map of two rows. Code that cuts its windows by slices
    takes what is there without a word, and gives the largest of six numbers in place of nine.

    >>> feature_map = np.array([[1, 3, 2, 0], [4, 2, 1, 5]])[:, :, np.newaxis]
    >>> feature_map[0:3, 0:3].max().item()
    4

    The specification says it.

    >>> pooling(feature_map, 3, 1)
    Traceback (most recent call last):
        ...
    cnnspec.spec.numbers.SpecError: a window of size 3 in a 2 by 4 map [P2]

    A window that does not move would be read for ever, and half a step is none.

    >>> pooling(feature_map, 2, 0)
    Traceback (most recent call last):
        ...
    cnnspec.spec.numbers.SpecError: a stride of 0; it is at least 1 [P2]
    >>> pooling(feature_map, 2, 0.5)
    Traceback (most recent call last):
        ...
    cnnspec.spec.numbers.SpecError: size and stride are whole numbers, not
    2 and 0.5 [P2]
    """,
    [
        Panel("feature_map[:, :, 0]", "feature map, 2 rows", mark=np.s_[0:2, 0:3]),
        Panel("np.ones((3, 3))", "window, 3 rows: rejected", "with"),
    ],
    r"1 \le S \le \min(H, W),\quad T \ge 1,\quad S, T \in \mathbb{Z}",
)

example(
    "P3",
    "Shape",
    """
    Windows of 3 by 3 that move by 2 start at rows 0 and 2, and at columns 0, 2 and 4. So the
    result of a map of 5 by 7 has floor((5-3)/2) + 1 = 2 rows and floor((7-3)/2) + 1 = 3 columns.

    >>> feature_map = np.arange(35).reshape(5, 7, 1)
    >>> y = pooling(feature_map, 3, 2)
    >>> y[:, :, 0]
    array([[16., 18., 20.],
           [30., 32., 34.]])

    With one row and one column more there is no room for another window. What is left over is not
    read, and the shape stays.

    >>> pooling(np.arange(48).reshape(6, 8, 1), 3, 2).shape
    (2, 3, 1)

    Two mistakes are frequent. Rounding up gives (3, 4, 1) for the larger map. Adding the 1 before
    the division, as the article's code does, gives (1, 2, 1) for the smaller one, and is right
    for the larger.
    """,
    [
        Panel("feature_map[:, :, 0]", "feature map, 5 by 7", mark=np.s_[2:5, 4:7]),
        Panel("y[:, :, 0]", "result, S = 3, T = 2", "→", mark=np.s_[1, 2]),
    ],
    r"\left(\left\lfloor \frac{H-S}{T} \right\rfloor + 1\right) \times"
    r" \left(\left\lfloor \frac{W-S}{T} \right\rfloor + 1\right) \times C",
)

example(
    "P3a",
    "Shape, as published",
    """
    The code that the article published adds the 1 before it divides. On a map of 5 by 7, with
    windows of 3 by 3 that move by 2, it makes room for floor((5-3+1)/2) = 1 row and
    floor((7-3+1)/2) = 2 columns, where the text of the article means two and three.

    >>> feature_map = np.arange(35).reshape(5, 7, 1)
    >>> pooling(feature_map, 3, 2).shape
    (2, 3, 1)
    >>> pooling(feature_map, 3, 2, edition="article").shape
    (1, 2, 1)

    Where the stride divides H - S + 1, both agree: for six rows floor((6-3+1)/2) = 2. That is why
    the mistake is not seen on many images.

    >>> pooling(np.arange(48).reshape(6, 8, 1), 3, 2, edition="article").shape
    (2, 3, 1)
    """,
    [
        Panel("feature_map[:, :, 0]", "feature map, 5 by 7"),
        Panel("pooling(feature_map, 3, 2)[:, :, 0]", "as meant", "→"),
        Panel('pooling(feature_map, 3, 2, edition="article")[:, :, 0]', "as published", "not"),
    ],
    r"\left\lfloor \frac{H-S+1}{T} \right\rfloor \times"
    r" \left\lfloor \frac{W-S+1}{T} \right\rfloor \times C",
)

example(
    "P4",
    "Values",
    """
    All numbers of this map are below zero. The largest of each window is so, too.

    >>> feature_map = -np.array([
    ...     [1, 3, 2, 9, 5],
    ...     [4, 2, 8, 5, 6],
    ...     [7, 3, 8, 6, 1],
    ...     [9, 4, 3, 2, 7],
    ... ])[:, :, np.newaxis]
    >>> y = pooling(feature_map, 2, 2)
    >>> y[:, :, 0]
    array([[-1., -2.],
           [-3., -2.]])

    The marked window holds -2, -9, -8 and -5, and so gives -2. The last column is left over: its
    -1 is never read. Code that starts its search at zero, or fills up the map with zeros, gives 0
    here. On what comes out of a ReLU nobody would notice.

    >>> np.maximum(y, 0)[:, :, 0]
    array([[0., 0.],
           [0., 0.]])
    """,
    [
        Panel("feature_map[:, :, 0]", "feature map", mark=np.s_[0:2, 2:4]),
        Panel("y[:, :, 0]", "result, S = 2, T = 2", "→", mark=np.s_[0, 1]),
    ],
    r"y_{i,j,ch} = \max\limits_{0 \le a,b < S} x_{iT+a,\,jT+b,\,ch}",
)

example(
    "P4a",
    "Values, as published",
    """
    The loops of the published code end one window early. On a map of 5 by 7 the result has room
    for 2 by 3 windows (P3a). Starts are below 5 - 2 - 1 = 2 and 7 - 2 - 1 = 4: row 0, columns 0
    and 2. The last row and the last column of the result are never written, and stay zero.

    >>> feature_map = np.arange(1, 36).reshape(5, 7, 1)
    >>> y = pooling(feature_map, 2, 2, edition="article")
    >>> y[:, :, 0]
    array([[ 9., 11.,  0.],
           [ 0.,  0.,  0.]])
    >>> pooling(feature_map, 2, 2)[:, :, 0]
    array([[ 9., 11., 13.],
           [23., 25., 27.]])

    From a stride of 4 on it can be the other way round: more windows than the result has room
    for. There the published code ends with an IndexError.

    >>> pooling(np.ones((8, 8, 1)), 2, 4, edition="article")
    Traceback (most recent call last):
        ...
    cnnspec.spec.numbers.SpecError: the published pooling fails here: 2 by
    2 windows do not fit into
    its 1 by 1 result (a 8 by 8 map, size 2, stride 4) [P4a]
    """,
    [
        Panel("feature_map[:, :, 0]", "feature map", mark=np.s_[0:2, 0:4]),
        Panel("pooling(feature_map, 2, 2)[:, :, 0]", "as meant", "→"),
        Panel("y[:, :, 0]", "as published", "not", mark=np.s_[0, 0:2]),
    ],
    r"i \in \{0, 1, 2, \ldots\},\quad iT < H - S - 1"
    r"\qquad j \in \{0, 1, 2, \ldots\},\quad jT < W - S - 1",
)

example(
    "P5",
    "Defaults",
    """
    Without a size and a stride, windows are 2 by 2 and lie side by side.

    >>> feature_map = np.array([
    ...     [1, 3, 2, 0, 6],
    ...     [4, 2, 1, 5, 0],
    ...     [7, 0, 8, 6, 2],
    ...     [9, 1, 3, 2, 4],
    ...     [0, 5, 1, 7, 3],
    ... ])[:, :, np.newaxis]
    >>> pooling(feature_map)[:, :, 0]
    array([[4., 5.],
           [9., 8.]])

    With a size alone the stride is still 2. Many frameworks let it follow the size instead: there
    windows of 3 by 3 would move by 3, and this map would give one number.

    >>> y = pooling(feature_map, 3)
    >>> y[:, :, 0]
    array([[8., 8.],
           [9., 8.]])
    >>> pooling(feature_map, 3, 3)[:, :, 0]
    array([[8.]])
    """,
    [
        Panel("feature_map[:, :, 0]", "feature map", mark=np.s_[0:3, 2:5]),
        Panel("y[:, :, 0]", "size 3, no stride given", "→", mark=np.s_[0, 1]),
    ],
    r"\operatorname{pooling}(x) = \operatorname{pooling}(x, 2, 2),\quad"
    r" \operatorname{pooling}(x, S) = \operatorname{pooling}(x, S, 2)",
)
