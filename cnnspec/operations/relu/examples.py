"""Worked examples of R1 and R2."""

import numpy as np

from cnnspec.kit.example import Panel, example

example(
    "R1",
    "Shape",
    """
    Each number is treated for itself, so the result has the shape of the input: here a map of 2
    by 3 with two channels.

    >>> channels = [[1, -2, 3], [-4, 5, -6]], [[-1, 2, -3], [4, -5, 6]]
    >>> feature_map = np.stack(channels, axis=2)
    >>> y = relu(feature_map)
    >>> feature_map.shape, y.shape
    ((2, 3, 2), (2, 3, 2))
    >>> y[:, :, 0]
    array([[1., 0., 3.],
           [0., 5., 0.]])
    >>> y[:, :, 1]
    array([[0., 2., 0.],
           [4., 0., 6.]])

    At level strict the same is asked of an array of any rank, and of an empty one.

    >>> relu(np.array([-1, 2])).shape
    (2,)
    >>> relu(np.zeros((0, 4))).shape
    (0, 4)
    """,
    [
        Panel("feature_map[:, :, 0]", "channel 0"),
        Panel("feature_map[:, :, 1]", "channel 1"),
        Panel("y[:, :, 0]", "result, channel 0", "→"),
        Panel("y[:, :, 1]", "result, channel 1"),
    ],
    r"H \times W \times C \;\to\; H \times W \times C",
)

example(
    "R2",
    "Values",
    """
    This map is what an edge filter gives: 21 and 20 where it becomes brighter to the right, below
    zero where it becomes darker. ReLU keeps the one kind of edge, and removes the other.

    >>> feature_map = np.array([
    ...     [1, 21, 20, 0.5],
    ...     [0, 22, 21, -0.5],
    ...     [-3, -24, -19, 1],
    ... ])[:, :, np.newaxis]
    >>> y = relu(feature_map)
    >>> y[:, :, 0]
    array([[ 1. , 21. , 20. ,  0.5],
           [ 0. , 22. , 21. ,  0. ],
           [ 0. ,  0. ,  0. ,  1. ]])

    Nothing is rounded, scaled or cut above: 0.5 stays 0.5, and 22 stays 22. So `==` compares, and
    a ReLU that leaves a hundredth of what is negative, or stops at 6, is found at once.
    """,
    [
        Panel("feature_map[:, :, 0]", "feature map", mark=np.s_[2, 1]),
        Panel("y[:, :, 0]", "result", "→", mark=np.s_[2, 1]),
    ],
    r"y = \begin{cases} x & x > 0 \\ 0 & \text{otherwise} \end{cases}",
)
