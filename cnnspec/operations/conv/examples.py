"""Worked examples of C1 to C9."""

import numpy as np

from cnnspec.kit.example import Panel, example

example(
    "C1",
    "Ranks agree",
    """
    One filter of 3 by 3 has rank 2. A bank has an axis more, even if it holds one filter only.

    >>> image = np.array([
    ...     [1, 2, 0, 1],
    ...     [0, 1, 3, 2],
    ...     [2, 0, 1, 1],
    ...     [1, 3, 0, 2],
    ... ])
    >>> one = np.array([[0, 1, 0], [1, -4, 1], [0, 1, 0]])
    >>> conv(image, one)
    Traceback (most recent call last):
        ...
    cnnspec.spec.numbers.SpecError: an image of rank 2 with filters of
    rank 2; 2 goes with 3, and 3
    with 4 [C1]

    With an axis for N in front it is a bank of one, (1, 3, 3), and rank 2 goes with rank 3. An
    axis for one channel may be there too, if both have it.

    >>> bank = one[np.newaxis]
    >>> conv(image, bank)[:, :, 0]
    array([[ 1., -8.],
           [ 7.,  0.]])
    >>> conv(image[:, :, np.newaxis], bank[:, :, :, np.newaxis])[:, :, 0]
    array([[ 1., -8.],
           [ 7.,  0.]])
    """,
    [
        Panel("image", "image, rank 2"),
        Panel("one", "filter, rank 2: rejected", "with"),
        Panel("bank[0]", "filter 0 of a bank, rank 3", "or"),
        Panel("conv(image, bank)[:, :, 0]", "result", "="),
    ],
    r"(\operatorname{rank} x,\ \operatorname{rank} w) \in \{(2, 3),\ (3, 4)\}",
)

example(
    "C2",
    "Channels match",
    """
    A picture in colour has three channels. A filter for it has three layers, one for each.

    >>> red = np.array([[9, 9, 1], [9, 8, 1], [9, 9, 0]])
    >>> image = np.stack([red, red // 2, red // 4], axis=2)
    >>> edge = np.array([[1, 0, -1], [1, 0, -1], [1, 0, -1]])
    >>> image.shape, np.stack([edge, edge, edge], axis=2)[np.newaxis].shape
    ((3, 3, 3), (1, 3, 3, 3))
    >>> conv(image, np.stack([edge, edge, edge], axis=2)[np.newaxis])
    array([[[43.]]])

    The edge is 25 in red, 12 in green and 6 in blue, which makes 43. A filter with two layers
    leaves open what becomes of blue. Nothing is computed.

    >>> conv(image, np.stack([edge, edge], axis=2)[np.newaxis])
    Traceback (most recent call last):
        ...
    cnnspec.spec.numbers.SpecError: Error: Number of channels in both
    image and filter must match.
    The image has 3, the filters 2 [C2]
    """,
    [
        Panel("image[:, :, 0]", "red"),
        Panel("image[:, :, 1]", "green"),
        Panel("image[:, :, 2]", "blue"),
        Panel("edge", "each layer of the filter", "*"),
    ],
    r"C_{\text{image}} = C_{\text{filters}}",
)

example(
    "C3",
    "Filters are square",
    """
    A filter of 1 by 3 takes the difference of a pixel's neighbours. It is not square, so the
    article's code stops with a message, and so does the specification.

    >>> image = np.array(4 * [[1, 1, 5, 5]])
    >>> conv(image, np.array([[[-1, 0, 1]]]))
    Traceback (most recent call last):
        ...
    cnnspec.spec.numbers.SpecError: Error: Filter must be a square matrix.
    I.e. number of rows and
    columns must match. It is 1 by 3 [C3]

    Rows of zeros make it square, and change no sum.

    >>> square = np.array([[[0, 0, 0], [-1, 0, 1], [0, 0, 0]]])
    >>> conv(image, square)[:, :, 0]
    array([[4., 4.],
           [4., 4.]])

    An implementation may compute filters that are not square: if its numbers are those of C7,
    that is no deviation.
    """,
    [
        Panel("image", "image"),
        Panel("square[0]", "filter, made square", "*"),
        Panel("conv(image, square)[:, :, 0]", "result", "="),
    ],
    r"K_{\text{rows}} = K_{\text{columns}}",
)

example(
    "C4",
    "Filters are odd",
    """
    A filter of 3 by 3 has a pixel in its middle, and its sum belongs to that pixel. A filter of 2
    by 2 has none.

    >>> image = np.array([
    ...     [1, 2, 0, 1],
    ...     [0, 1, 3, 2],
    ...     [2, 0, 1, 1],
    ...     [1, 3, 0, 2],
    ... ])
    >>> conv(image, np.ones((1, 2, 2)))
    Traceback (most recent call last):
        ...
    cnnspec.spec.numbers.SpecError: Error: Filter must have an odd size.
    I.e. number of rows and
    columns must be odd. It is 2 by 2 [C4]
    >>> conv(image, np.ones((1, 3, 3)))[:, :, 0]
    array([[10., 11.],
           [11., 13.]])

    The first sum, 10, belongs to the pixel in row 1 and column 1. An implementation may compute
    filters of even size by the formula of C7; only other numbers are a deviation.
    """,
    [
        Panel("image", "image", mark=np.s_[0:3, 0:3]),
        Panel("np.ones((3, 3))", "filter", "*", mark=np.s_[1, 1]),
        Panel("conv(image, np.ones((1, 3, 3)))[:, :, 0]", "result", "=", mark=np.s_[0, 0]),
    ],
    r"K \bmod 2 = 1",
)

example(
    "C5",
    "A filter fits",
    """
    A filter of 5 by 5 fits once into an image of 5 by 5. Into one of 4 by 6 it does not fit: it
    is as wide as needed, and one row too low.

    >>> filters = np.ones((1, 5, 5))
    >>> conv(np.ones((5, 5)), filters)
    array([[[25.]]])
    >>> image = np.arange(24).reshape(4, 6)
    >>> conv(image, filters)
    Traceback (most recent call last):
        ...
    cnnspec.spec.numbers.SpecError: a 5 by 5 filter does not fit into a 4
    by 6 image [C5]

    The shape of C6 would have 4 - 5 + 1 = 0 rows. An empty result hides the mistake, and so the
    call is rejected.
    """,
    [
        Panel("image", "image, 4 rows"),
        Panel("filters[0]", "filter, 5 rows: rejected", "with"),
    ],
    r"K \le \min(H, W)",
)

example(
    "C6",
    "Shape",
    """
    The upper left corner of a 3 by 3 filter can stand on 5 - 3 + 1 = 3 rows and 6 - 3 + 1 = 4
    columns of an image of 5 by 6. The last such place is marked in the picture. Two filters give
    two maps.

    >>> image = np.array([
    ...     [0, 0, 0, 0, 0, 0],
    ...     [0, 1, 2, 3, 4, 0],
    ...     [0, 2, 3, 4, 5, 0],
    ...     [0, 3, 4, 5, 6, 0],
    ...     [0, 0, 0, 0, 0, 0],
    ... ])
    >>> middle = [[0, 0, 0], [0, 1, 0], [0, 0, 0]]
    >>> total = [[1, 1, 1], [1, 1, 1], [1, 1, 1]]
    >>> y = conv(image, np.array([middle, total]))
    >>> y.shape
    (3, 4, 2)
    >>> y[:, :, 1]
    array([[ 8., 15., 21., 16.],
           [15., 27., 36., 27.],
           [12., 21., 27., 20.]])

    The image is not square. Code that takes rows for columns gives (4, 3, 2) and is found out; on
    a square image it looks right.
    """,
    [
        Panel("image", "image, H = 5, W = 6", mark=np.s_[2:5, 3:6]),
        Panel("np.array(total)", "filter, K = 3", "*"),
        Panel("y[:, :, 1]", "result", "=", mark=np.s_[2, 3]),
    ],
    r"(H - K + 1) \times (W - K + 1) \times N",
)

example(
    "C7",
    "Values",
    """
    The image is dark on the left and bright on the right. The filter subtracts what is on its
    left from what is on its right.

    >>> image = np.array([
    ...     [1, 1, 2, 8, 9, 9],
    ...     [1, 2, 2, 9, 9, 8],
    ...     [2, 1, 1, 8, 8, 9],
    ...     [1, 1, 2, 9, 9, 9],
    ... ])
    >>> filters = np.array([[[-1, 0, 1], [-1, 0, 1], [-1, 0, 1]]])
    >>> y = conv(image, filters)
    >>> y[:, :, 0]
    array([[ 1., 21., 21.,  1.],
           [ 1., 22., 21.,  0.]])

    The marked window has 8 + 9 + 8 = 25 on its right and 1 + 2 + 1 = 4 on its left: the result is
    21, large, since an edge runs through the window. Convolution in the sense of mathematics
    turns the filter first. Then every sign is the opposite, and ReLU removes the very edge that
    was found.

    >>> conv(image, filters[:, ::-1, ::-1])[:, :, 0]
    array([[ -1., -21., -21.,  -1.],
           [ -1., -22., -21.,   0.]])

    Channels are summed. A second channel that is ten times as bright adds ten times as much: the
    21 becomes 21 + 210.

    >>> two = np.stack([image, 10 * image], axis=2)
    >>> conv(two, np.stack([filters, filters], axis=3))[:, :, 0]
    array([[ 11., 231., 231.,  11.],
           [ 11., 242., 231.,   0.]])
    """,
    [
        Panel("image", "image", mark=np.s_[0:3, 1:4]),
        Panel("filters[0]", "filter", "*"),
        Panel("y[:, :, 0]", "result", "=", mark=np.s_[0, 1]),
    ],
    r"y_{r,c,n} = \sum_{i=0}^{K-1} \sum_{j=0}^{K-1} \sum_{ch=0}^{C-1}"
    r" x_{r+i,\,c+j,\,ch} \cdot w_{n,i,j,ch}",
)

example(
    "C8",
    "Order of rejections",
    """
    This bank breaks three clauses at once: it has two channels where the image has three, it is
    not square, and its size is even. One message is enough, and it is that of the first clause.

    >>> def rejected_by(image, filters):
    ...     try:
    ...         conv(image, filters)
    ...     except SpecError as error:
    ...         return error.clause
    >>> image = np.ones((5, 6, 3))
    >>> rejected_by(image, np.ones((1, 2, 4, 2)))
    'C2'

    Whoever mends that is told of the next, one after another.

    >>> rejected_by(image, np.ones((1, 2, 4, 3)))
    'C3'
    >>> rejected_by(image, np.ones((1, 4, 4, 3)))
    'C4'
    >>> rejected_by(image, np.ones((1, 3, 3, 3)))

    The last call is valid. In the order of the article's code everybody gets the same message for
    the same mistake.
    """,
    [
        Panel("np.ones((2, 4))", "(2, 4), 2 channels: C2"),
        Panel("np.ones((2, 4))", "(2, 4), 3 channels: C3", "then"),
        Panel("np.ones((4, 4))", "(4, 4), 3 channels: C4", "then"),
        Panel("np.ones((3, 3))", "(3, 3), 3 channels: valid", "then"),
    ],
)

example(
    "C9",
    "Rounding",
    """
    Floats of very different sizes make the order of a sum count. The exact sum of this window is
    1. In the order of rows 1 is added to 1e16, where floats are 2 apart, and is lost.

    >>> image = np.array([[1e16, 1, -1e16], [0, 0, 0], [0, 0, 0]])
    >>> y = conv(image, np.ones((1, 3, 3)))
    >>> y.item()
    0.0

    Is 0 wrong, where the answer is 1? The bound says how far an honest sum may be off. It grows
    with the sum of the magnitudes, 2e16 here, and 0 is well within it.

    >>> u = 2.0**-53
    >>> gamma = 9 * u / (1 - 9 * u)
    >>> round(float(gamma * np.abs(image).sum()), 2)
    19.98

    For numbers of one size the bound is tiny. An error of one thousandth is far beyond it.

    >>> tenths = np.full((3, 3), 0.1)
    >>> bound = gamma * tenths.sum()
    >>> bool(abs(conv(tenths, np.ones((1, 3, 3))).item() - 0.9) <= bound)
    True
    >>> bool(abs(0.901 - 0.9) <= bound)
    False
    """,
    [
        Panel("image", "image: 1e16, 1, -1e16"),
        Panel("np.ones((3, 3))", "filter", "*"),
        Panel("y[:, :, 0]", "result, within 19.98 of 1", "="),
    ],
    r"\lvert y - y_{\text{exact}} \rvert \le \gamma_n \sum \lvert x \cdot w \rvert,"
    r"\quad n = K^2 C,\quad \gamma_n = \frac{n u}{1 - n u}",
)
