"""Worked examples of Q1 to Q10. Most show first what goes wrong in code that is written quickly."""

import numpy as np

from cnnspec.kit.example import Panel, example

example(
    "Q1",
    "Inputs stay",
    """
    The quickest ReLU writes into the array that it gets.

    >>> def in_place(x):
    ...     x[x < 0] = 0
    ...     return x
    >>> feature_map = np.array([[1, -2, 0], [-3, 4, -1]])[:, :, np.newaxis]
    >>> before = feature_map.copy()
    >>> in_place(feature_map)[:, :, 0]
    array([[1, 0, 0],
           [0, 4, 0]])

    Its result is right. But whoever needs the map once more, to show it or for the backward pass,
    finds other numbers in it.

    >>> feature_map[:, :, 0]
    array([[1, 0, 0],
           [0, 4, 0]])

    The specification leaves its input as it is. So it is also with an array that the input is a
    part of, its border, say.

    >>> y = relu(before)
    >>> before[:, :, 0]
    array([[ 1, -2,  0],
           [-3,  4, -1]])
    """,
    [
        Panel("before[:, :, 0]", "the map, before"),
        Panel("feature_map[:, :, 0]", "the map, after in_place", "→"),
        Panel("before[:, :, 0]", "the map, after relu", "but"),
    ],
    r"x_{\text{after}} = x_{\text{before}}",
)

example(
    "Q2",
    "Arguments alone count",
    """
    This ReLU remembers what it computed, and knows a map by its shape.

    >>> known = {}
    >>> def remembering(x):
    ...     if x.shape not in known:
    ...         known[x.shape] = relu(x)
    ...     return known[x.shape]
    >>> first = np.array([[1, -2], [-3, 4]])[:, :, np.newaxis]
    >>> second = np.array([[-5, 6], [7, -8]])[:, :, np.newaxis]
    >>> remembering(first)[:, :, 0]
    array([[1., 0.],
           [0., 4.]])

    A test that calls it once finds nothing. The second call gets the result of the first.

    >>> remembering(second)[:, :, 0]
    array([[1., 0.],
           [0., 4.]])
    >>> relu(second)[:, :, 0]
    array([[0., 6.],
           [7., 0.]])
    """,
    [
        Panel("first[:, :, 0]", "first map"),
        Panel("second[:, :, 0]", "second map"),
        Panel("remembering(second)[:, :, 0]", "remembering, second call", "→"),
        Panel("relu(second)[:, :, 0]", "relu", "but"),
    ],
)

example(
    "Q3",
    "Invalid input",
    """
    Here is a max pooling without checks. For a window of 3 by 3 on a map of 2 by 4 NumPy's slices
    end where the map ends.

    >>> def unchecked(x, size, stride):
    ...     height, width = (max(1, n - size + 1) for n in x.shape[:2])
    ...     return np.array([
    ...         [x[r:r+size, c:c+size].max((0, 1))
    ...          for c in range(0, width, stride)]
    ...         for r in range(0, height, stride)
    ...     ])
    >>> feature_map = np.array([[1, 3, 2, 0], [4, 2, 1, 5]])[:, :, np.newaxis]
    >>> unchecked(feature_map, 3, 1)[:, :, 0]
    array([[4, 5]])

    Numbers come out, and look like any others. A mistake in the sizes of a network is then
    noticed much later, or never. An exception says it at once, and which one it is is free.

    >>> pooling(feature_map, 3, 1)
    Traceback (most recent call last):
        ...
    cnnspec.spec.numbers.SpecError: a window of size 3 in a 2 by 4 map [P2]
    """,
    [
        Panel("feature_map[:, :, 0]", "feature map, 2 rows", mark=np.s_[0:2, 0:3]),
        Panel("unchecked(feature_map, 3, 1)[:, :, 0]", "numbers for an invalid call", "→"),
    ],
)

example(
    "Q4",
    "Fresh results",
    """
    Where pooling has nothing to do, it is tempting to return the input.

    >>> def idle(x, size, stride):
    ...     return x if size == stride == 1 else pooling(x, size, stride)
    >>> feature_map = np.array([[1, 3], [4, 2]])[:, :, np.newaxis]
    >>> got = idle(feature_map, 1, 1)

    Who writes into the result writes into the input as well.

    >>> got[0, 0] = 99
    >>> feature_map[:, :, 0]
    array([[99,  3],
           [ 4,  2]])
    >>> np.shares_memory(got, feature_map)
    True

    A result of the specification is an array of its own.

    >>> np.shares_memory(pooling(feature_map, 1, 1), feature_map)
    False
    """,
    [
        Panel("np.array([[1, 3], [4, 2]])", "feature map, before"),
        Panel("feature_map[:, :, 0]", "after writing into the result", "→", mark=np.s_[0, 0]),
    ],
)

example(
    "Q5",
    "Memory layout",
    """
    A transposed array in NumPy is the same memory, read in another order. Code that goes through
    the memory by itself, as C does with a pointer, has to heed that order.

    >>> def by_pointer(x):
    ...     memory = x.ravel(order="K")
    ...     return np.maximum(memory, 0).reshape(x.shape)
    >>> packed = np.array([[1, -2, 3], [-4, 5, -6]])[:, :, np.newaxis]
    >>> fortran = np.asfortranarray(packed)
    >>> np.array_equal(packed, fortran)
    True

    The two arrays are equal. The results are not.

    >>> by_pointer(packed)[:, :, 0]
    array([[1, 0, 3],
           [0, 5, 0]])
    >>> by_pointer(fortran)[:, :, 0]
    array([[1, 0, 0],
           [5, 3, 0]])
    >>> relu(fortran)[:, :, 0]
    array([[1., 0., 3.],
           [0., 5., 0.]])
    """,
    [
        Panel("fortran[:, :, 0]", "feature map"),
        Panel("packed.ravel(order='K')", "in memory, row by row"),
        Panel("fortran.ravel(order='K')", "in memory, column by column"),
        Panel("by_pointer(fortran)[:, :, 0]", "by_pointer gives", "→"),
        Panel("relu(fortran)[:, :, 0]", "relu gives", "but"),
    ],
)

example(
    "Q6",
    "Dtypes",
    """
    The pixels of a picture are numbers of 8 bits. Twice 200 is 400, which 8 bits do not hold.

    >>> image = np.array([
    ...     [200, 200, 90],
    ...     [200, 200, 90],
    ...     [10, 10, 90],
    ... ], np.uint8)
    >>> filters = np.array([[[0, 0, 0], [1, 1, 0], [0, 0, 0]]], np.uint8)
    >>> (image[1, 0] + image[1, 1]).item()
    144

    The specification counts integers as float64 before it multiplies and adds.

    >>> y = conv(image, filters)
    >>> y, y.dtype
    (array([[[400.]]]), dtype('float64'))

    Floats keep their precision: float32 stays float32, and of float32 and float64 the more
    precise one counts.

    >>> conv(np.float32(image), np.float32(filters)).dtype
    dtype('float32')
    >>> conv(np.float32(image), np.float64(filters)).dtype
    dtype('float64')
    """,
    [
        Panel("image", "image, uint8", mark=np.s_[1, 0:2]),
        Panel("filters[0]", "filter, uint8", "*"),
        Panel("(image[1, 0] + image[1, 1]).reshape(1, 1)", "in 8 bits", "≠"),
        Panel("y[:, :, 0]", "result, float64", "="),
    ],
)

example(
    "Q7",
    "NaN and infinity",
    """
    One pixel is NaN, "not a number", as a broken sensor or a division by zero leaves it. It makes
    the sum of every window that holds it NaN, and no other.

    >>> image = np.array([
    ...     [1, 2, 0, 1, 3, 1],
    ...     [0, np.nan, 3, 2, 0, 1],
    ...     [2, 0, 1, 1, 2, 2],
    ...     [1, 3, 0, 2, 1, 0],
    ... ])
    >>> filters = np.array([[[0, 1, 0], [1, -4, 1], [0, 1, 0]]])
    >>> y = conv(image, filters)
    >>> y[:, :, 0]
    array([[nan, nan, -3.,  8.],
           [nan, nan,  3., -4.]])

    A weight of zero does not help: 0 times NaN is NaN. The same holds for pooling and ReLU. Many
    comparisons lose it, since NaN is not larger than anything: then it becomes a zero that looks
    like a number.

    >>> relu(image)[1]
    array([ 0., nan,  3.,  2.,  0.,  1.])
    >>> np.where(image[1] > 0, image[1], 0)
    array([0., 0., 3., 2., 0., 1.])
    """,
    [
        Panel("image", "image", mark=np.s_[1, 1]),
        Panel("filters[0]", "filter", "*"),
        Panel("y[:, :, 0]", "result", "="),
    ],
)

example(
    "Q8",
    "Subnormal numbers",
    """
    The smallest positive float64 is 5e-324. It has one bit left, and is called subnormal.
    Processors can be told to take such numbers for zero, which is faster. Then a number above
    zero is one no longer.

    >>> values = [[5e-324, -5e-324], [1e-310, 1]]
    >>> feature_map = np.array(values)[:, :, np.newaxis]
    >>> y = relu(feature_map)
    >>> y[:, :, 0]
    array([[5.e-324, 0.e+000],
           [1.e-310, 1.e+000]])
    >>> (y > 0)[:, :, 0]
    array([[ True, False],
           [ True,  True]])

    Whether a zero is 0.0 or -0.0 is not judged: the two are equal.

    >>> 0.0 == -0.0
    True
    """,
    [
        Panel("feature_map[:, :, 0]", "feature map"),
        Panel("y[:, :, 0]", "result", "→"),
        Panel("np.where(y < 1e-300, 0, y)[:, :, 0]", "with subnormals taken for zero", "not"),
    ],
)

example(
    "Q9",
    "Large sizes",
    """
    A loop that counts columns in 8 bits comes to 255 and then to 0. It never reaches column 256.

    >>> def eight_bits(x):
    ...     y = np.zeros(x.shape)
    ...     for c in range(x.shape[1]):
    ...         c = c % 256
    ...         y[:, c] = np.maximum(x[:, c], 0)
    ...     return y
    >>> feature_map = np.arange(260)[np.newaxis, :, np.newaxis]
    >>> eight_bits(feature_map)[0, 252:, 0]
    array([252., 253., 254., 255.,   0.,   0.,   0.,   0.])
    >>> relu(feature_map)[0, 252:, 0]
    array([252., 253., 254., 255., 256., 257., 258., 259.])

    No example of 3 by 3 shows it. So checks try each dimension, rows, columns, channels, filters,
    at and around the sizes of counters and of blocks, where such code goes wrong.
    """,
    [
        Panel("feature_map[0, 252:, 0]", "columns 252 to 259 of a map"),
        Panel("eight_bits(feature_map)[0, 252:, 0]", "by a counter of 8 bits", "→"),
        Panel("relu(feature_map)[0, 252:, 0]", "relu", "but"),
    ],
)

example(
    "Q10",
    "Deliberate rejections",
    """
    Code without checks may reject invalid input by accident: somewhere inside an index is out of
    range.

    >>> def unchecked(image, filters):
    ...     total = 0
    ...     for ch in range(filters.shape[3]):
    ...         total = total + conv(image[:, :, ch], filters[:, :, :, ch])
    ...     return total
    >>> image, filters = np.ones((4, 4, 2)), np.ones((1, 3, 3, 3))
    >>> unchecked(image, filters)
    Traceback (most recent call last):
        ...
    IndexError: index 2 is out of bounds for axis 2 with size 2

    The message says what failed inside, and not what was wrong with the call. A deliberate
    exception tells the caller.

    >>> conv(image, filters)
    Traceback (most recent call last):
        ...
    cnnspec.spec.numbers.SpecError: Error: Number of channels in both
    image and filter must match.
    The image has 2, the filters 3 [C2]

    Besides, a call that succeeds prints nothing: lines of progress end up in other people's
    output.
    """,
    [
        Panel("image[:, :, 0]", "each of 2 channels of the image"),
        Panel("filters[0, :, :, 0]", "each of 3 channels of the filter: rejected", "with"),
    ],
)
