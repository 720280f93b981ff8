"""Worked examples of C10 to C18: the parameters of conv."""

import numpy as np

from cnnspec.kit.example import Panel, example

example(
    "C10",
    "Filters of any size",
    """
    A filter of 1 by 2 subtracts each pixel from its neighbour on the right. It fits three times
    into a row of four pixels.

    >>> image = np.array([
    ...     [1, 2, 0, 1],
    ...     [0, 1, 3, 2],
    ...     [2, 0, 1, 5],
    ... ])
    >>> filters = np.array([[[-1, 1]]])
    >>> y = conv(image, filters, edition="general")
    >>> y[:, :, 0]
    array([[ 1., -2.,  1.],
           [ 1.,  2., -1.],
           [-2.,  1.,  4.]])
    >>> np.array_equal(y[:, :, 0], np.diff(image, axis=1))
    True

    The result has 3 - 1 + 1 = 3 rows and 4 - 2 + 1 = 3 columns. The marked pixels give 5 - 1 = 4.
    No parameter is given here, so the edition has to be named. Without it C3 rejects the filter.

    >>> conv(image, np.ones((1, 2, 2)), edition="general")[:, :, 0]
    array([[ 4.,  6.,  6.],
           [ 3.,  5., 11.]])
    """,
    [
        Panel("image", "image", mark=np.s_[2, 2:4]),
        Panel("filters[0]", "filter, KH = 1, KW = 2", "*"),
        Panel("y[:, :, 0]", "result", "=", mark=np.s_[2, 2]),
    ],
    r"y_{r,c,n} = \sum_{i=0}^{K_H-1} \sum_{j=0}^{K_W-1} \sum_{ch=0}^{C-1}"
    r" x_{r+i,\,c+j,\,ch} \cdot w_{n,i,j,ch}",
)

example(
    "C11",
    "Stride",
    """
    With a stride of 2 the filter moves by two pixels at a time. It stands on rows 0 and 2, and on
    columns 0, 2 and 4. The last row is not read.

    >>> image = np.array([
    ...     [1, 2, 0, 1, 3, 0],
    ...     [0, 1, 3, 2, 1, 1],
    ...     [2, 0, 1, 1, 0, 2],
    ...     [1, 3, 0, 2, 1, 4],
    ...     [5, 0, 2, 1, 0, 1],
    ... ])
    >>> total = np.ones((1, 2, 2))
    >>> y = conv(image, total, stride=2)
    >>> y[:, :, 0]
    array([[4., 6., 5.],
           [6., 4., 7.]])

    That is every second row and column of the result with stride 1. No sum is new.

    >>> every = conv(image, total, edition="general")
    >>> every[:, :, 0]
    array([[4., 6., 6., 7., 5.],
           [3., 5., 7., 4., 4.],
           [6., 4., 4., 4., 7.],
           [9., 5., 5., 4., 6.]])
    >>> np.array_equal(y, every[::2, ::2])
    True

    A pair has the stride of rows first, and then that of columns.

    >>> np.array_equal(conv(image, total, stride=(3, 1)), every[::3])
    True
    """,
    [
        Panel("image", "image", mark=np.s_[2:4, 4:6]),
        Panel("every[:, :, 0]", "sums of 2 by 2, stride 1", "→", mark=np.s_[::2, ::2]),
        Panel("y[:, :, 0]", "stride 2", "→", mark=np.s_[1, 2]),
    ],
    r"\left\lfloor \frac{n + P - E}{T} \right\rfloor + 1,\qquad"
    r" y_{r,c,n} = y^{(T=1)}_{rT,\,cT,\,n}",
)

example(
    "C12",
    "Padding",
    """
    Padding puts zeros around the image. ((0, 1), (2, 0)) is none above, one row below, two columns
    on the left, none on the right.

    >>> image = np.array([
    ...     [1, 2, 3],
    ...     [4, 5, 6],
    ... ])
    >>> total = np.ones((1, 2, 2))
    >>> y = conv(image, total, padding=((0, 1), (2, 0)))
    >>> y[:, :, 0]
    array([[ 0.,  5., 12., 16.],
           [ 0.,  4.,  9., 11.]])

    The image with zeros around it gives the same without padding.

    >>> around = np.pad(image, ((0, 1), (2, 0)))
    >>> around
    array([[0, 0, 1, 2, 3],
           [0, 0, 4, 5, 6],
           [0, 0, 0, 0, 0]])
    >>> np.array_equal(y, conv(around, total, edition="general"))
    True

    A pair is (rows, columns), and a number is both.

    >>> conv(image, total, padding=(1, 0)).shape
    (3, 2, 1)
    >>> conv(image, total, padding=1).shape
    (3, 4, 1)
    """,
    [
        Panel("image", "image"),
        Panel("around", "with zeros around it", "→", mark=np.s_[0:2, 2:5]),
        Panel("total[0]", "filter", "*"),
        Panel("y[:, :, 0]", "result", "="),
    ],
    r"\operatorname{conv}(x, w, P) = \operatorname{conv}(\operatorname{pad}_0(x, P), w)",
)

example(
    "C13",
    "Same",
    """
    With stride 1, "same" means: as many columns as before. A filter of two columns would lose
    one, so one column of zeros is added. It cannot be halved. "same_upper" puts it after the
    image, and "same_lower" before.

    >>> image = np.array([
    ...     [1, 2, 3, 4],
    ...     [5, 6, 7, 8],
    ... ])
    >>> filters = np.array([[[1, 10]]])
    >>> upper = conv(image, filters, padding="same_upper")
    >>> upper[:, :, 0]
    array([[21., 32., 43.,  4.],
           [65., 76., 87.,  8.]])
    >>> lower = conv(image, filters, padding="same_lower")
    >>> lower[:, :, 0]
    array([[10., 21., 32., 43.],
           [50., 65., 76., 87.]])

    The first number is 1 + 10*2 = 21 with upper, and 0 + 10*1 = 10 with lower.

    With stride 2 the result has ceil(4/2) = 2 columns. They need (2-1)*2 + 2 = 4 columns, and
    there are four: nothing is added.

    >>> conv(image, filters, stride=(1, 2), padding="same_upper")[:, :, 0]
    array([[21., 43.],
           [65., 87.]])

    Five columns give ceil(5/2) = 3. They need (3-1)*2 + 2 = 6 columns, so one is added.

    >>> wider = np.array([[1, 2, 3, 4, 5]])
    >>> conv(wider, filters, stride=2, padding="same_upper")[:, :, 0]
    array([[21., 43.,  5.]])
    >>> conv(wider, filters, stride=2, padding="same_lower")[:, :, 0]
    array([[10., 32., 54.]])
    """,
    [
        Panel("image", "image"),
        Panel("filters[0]", "filter", "*"),
        Panel("upper[:, :, 0]", "same_upper", "=", mark=np.s_[:, 3]),
        Panel("lower[:, :, 0]", "same_lower", "or", mark=np.s_[:, 0]),
    ],
    r"P = \max\left(0,\ \left(\left\lceil \frac{n}{T} \right\rceil - 1\right) T + E - n\right),"
    r"\qquad \text{upper: } \left\lfloor \frac{P}{2} \right\rfloor \text{ before},"
    r"\quad \text{lower: } \left\lceil \frac{P}{2} \right\rceil \text{ before}",
)

example(
    "C14",
    "Dilation",
    """
    With a dilation of 2 the four weights of a filter lie two pixels apart. They reach over
    E = 2*(2-1) + 1 = 3 rows and columns.

    >>> image = np.array([
    ...     [1, 2, 0, 1, 3],
    ...     [0, 1, 3, 2, 1],
    ...     [2, 0, 1, 1, 0],
    ...     [1, 3, 0, 2, 1],
    ... ])
    >>> filters = np.array([[[1, 2], [3, 4]]])
    >>> y = conv(image, filters, dilation=2)
    >>> y[:, :, 0]
    array([[11.,  8.,  9.],
           [ 9., 22.,  9.]])

    The marked pixels give 1*1 + 2*0 + 3*2 + 4*1 = 11. A filter with zeros between its weights
    gives the same.

    >>> spread = np.zeros((1, 3, 3))
    >>> spread[:, ::2, ::2] = filters
    >>> spread[0]
    array([[1., 0., 2.],
           [0., 0., 0.],
           [3., 0., 4.]])
    >>> np.array_equal(y, conv(image, spread))
    True
    """,
    [
        Panel("image", "image", mark=np.s_[0:3:2, 0:3:2]),
        Panel("filters[0]", "filter"),
        Panel("spread[0]", "spread, D = 2", "*", mark=np.s_[::2, ::2]),
        Panel("y[:, :, 0]", "result", "=", mark=np.s_[0, 0]),
    ],
    r"y_{r,c,n} = \sum_{i,\,j,\,ch} x_{r+iD,\,c+jD,\,ch} \cdot w_{n,i,j,ch},"
    r"\qquad E = D (K - 1) + 1",
)

example(
    "C15",
    "Groups",
    """
    Two groups are two convs side by side. Here each has one channel and one filter, and the
    filters have one channel in place of two.

    >>> first = np.array([[1, 2, 0], [0, 1, 3]])
    >>> second = np.array([[5, 5, 5], [7, 7, 8]])
    >>> image = np.stack([first, second], axis=2)
    >>> filters = np.array([[[1, 1]], [[-1, 1]]])[:, :, :, np.newaxis]
    >>> image.shape, filters.shape
    ((2, 3, 2), (2, 1, 2, 1))
    >>> y = conv(image, filters, groups=2)
    >>> y[:, :, 0]
    array([[3., 2.],
           [1., 4.]])
    >>> y[:, :, 1]
    array([[0., 0.],
           [0., 1.]])

    Filter 0 adds neighbours in channel 0 alone, and filter 1 subtracts them in channel 1.

    >>> alone = conv(second, filters[1:, :, :, 0], edition="general")
    >>> np.array_equal(y[:, :, 1:], alone)
    True

    With four filters, 0 and 1 read channel 0, and 2 and 3 read channel 1. They do not take turns.

    >>> [n * 2 // 4 for n in range(4)]
    [0, 0, 1, 1]
    >>> four = np.ones((4, 1, 1, 1))
    >>> conv(image, four, groups=2)[0, 0]
    array([1., 1., 5., 5.])
    """,
    [
        Panel("first", "channel 0"),
        Panel("y[:, :, 0]", "map 0, by filter 0", "→"),
        Panel("second", "channel 1"),
        Panel("y[:, :, 1]", "map 1, by filter 1", "→"),
    ],
    r"\operatorname{block}(n) = \left\lfloor \frac{n G}{N} \right\rfloor,"
    r"\quad \text{of } \frac{C}{G} \text{ channels}",
)

example(
    "C16",
    "Bias",
    """
    A bias is one number for each filter, and is added to the whole map of that filter. Here it
    works as a threshold: what is not above 10 ends below zero, and ReLU removes it.

    >>> image = np.array([
    ...     [1, 1, 2, 8, 9, 9],
    ...     [1, 2, 2, 9, 9, 8],
    ...     [2, 1, 1, 8, 8, 9],
    ... ])
    >>> edge = [[-1, 0, 1], [-1, 0, 1], [-1, 0, 1]]
    >>> filters = np.array([edge, np.ones((3, 3))])
    >>> y = conv(image, filters, bias=[-10, 0])
    >>> y[:, :, 0]
    array([[-9., 11., 11., -9.]])
    >>> relu(y)[:, :, 0]
    array([[ 0., 11., 11.,  0.]])

    Each number is that without a bias, and the bias of its map.

    >>> conv(image, filters)[:, :, 0]
    array([[ 1., 21., 21.,  1.]])
    >>> np.array_equal(y, conv(image, filters) + np.array([-10, 0]))
    True

    Map 1 has the bias 0, and stays as it is.
    """,
    [
        Panel("image", "image", mark=np.s_[0:3, 1:4]),
        Panel("filters[0]", "filter 0", "*"),
        Panel("conv(image, filters)[:, :, 0]", "without bias", "=", mark=np.s_[0, 1]),
        Panel("y[:, :, 0]", "with bias -10", "→", mark=np.s_[0, 1]),
    ],
    r"y_{r,c,n} = b_n + \sum_{i,\,j,\,ch} x_{r+i,\,c+j,\,ch} \cdot w_{n,i,j,ch}",
)

example(
    "C17",
    "Batch",
    """
    Two images go through at once, along an axis of their own in front. Each gives the result that
    it gives alone.

    >>> first = np.array([[1, 2, 0], [0, 1, 3]])[:, :, np.newaxis]
    >>> second = 10 * first
    >>> filters = np.array([[[1, 1]]])[:, :, :, np.newaxis]
    >>> images = np.stack([first, second])
    >>> y = conv(images, filters, batch=True)
    >>> images.shape, y.shape
    ((2, 2, 3, 1), (2, 2, 2, 1))
    >>> y[1, :, :, 0]
    array([[30., 20.],
           [10., 40.]])
    >>> np.array_equal(y[1], conv(second, filters, edition="general"))
    True

    Without `batch=True` an image of rank 4 is a mistake, and C1 rejects it.

    >>> conv(images, filters)
    Traceback (most recent call last):
        ...
    cnnspec.spec.numbers.SpecError: an image of rank 4 with filters of
    rank 4; 2 goes with 3, and 3 with 4 [C1]
    """,
    [
        Panel("first[:, :, 0]", "image 0"),
        Panel("y[0, :, :, 0]", "result 0", "→"),
        Panel("second[:, :, 0]", "image 1"),
        Panel("y[1, :, :, 0]", "result 1", "→"),
    ],
    r"\operatorname{conv}(x, w)_b = \operatorname{conv}(x_b, w)",
)

example(
    "C18",
    "Parameters that make sense",
    """
    A filter of 3 by 3 with a dilation of 2 reaches over 2*(3-1) + 1 = 5 rows. The image has four.
    A row of zeros on each side makes room.

    >>> image = np.ones((4, 4))
    >>> filters = np.ones((1, 3, 3))
    >>> conv(image, filters, dilation=2)
    Traceback (most recent call last):
        ...
    cnnspec.spec.numbers.SpecError: a window that reaches over 5 elements
    does not fit into 4, padding included [C18]
    >>> conv(image, filters, dilation=2, padding=1)[:, :, 0]
    array([[4., 4.],
           [4., 4.]])

    A stride of 0 never moves on, and padding of -1 would cut the image.

    >>> conv(image, filters, stride=0)
    Traceback (most recent call last):
        ...
    cnnspec.spec.numbers.SpecError: stride 0: it is at least 1 [C18]
    >>> conv(image, filters, padding=-1)
    Traceback (most recent call last):
        ...
    cnnspec.spec.numbers.SpecError: padding -1: it is at least 0 [C18]

    Three channels make no two groups, and one filter has no use for two biases.

    >>> conv(np.ones((4, 4, 3)), np.ones((2, 3, 3, 1)), groups=2)
    Traceback (most recent call last):
        ...
    cnnspec.spec.numbers.SpecError: 2 groups do not divide 3 channels and 2
    filters evenly [C18]
    >>> conv(image, filters, bias=[1, 2])
    Traceback (most recent call last):
        ...
    cnnspec.spec.numbers.SpecError: the bias has the shape (2,); it is
    (1,) [C18]
    """,
    [
        Panel("image", "image, 4 rows"),
        Panel(
            "np.kron(filters[0], [[1, 0], [0, 0]])[:5, :5]",
            "filter, D = 2, reaches over 5: rejected",
            "with",
            mark=np.s_[::2, ::2],
        ),
    ],
    r"T, D, G \ge 1,\quad P \ge 0,\quad C \bmod G = N \bmod G = 0,\quad E \le n + P",
)
