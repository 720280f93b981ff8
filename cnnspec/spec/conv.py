"""conv: slide a small filter over an image, and note how well it matches at each place.

Lay the filter on the upper left corner of the image. Multiply each weight of the filter by the
pixel that lies under it, and add up the products: that is the first number of the result. Then move
the filter by one pixel, and do the same again, until it has been everywhere. A bank of N filters
gives N such maps, which become the N channels of the result.

What is computed is a **cross-correlation**: the filter is laid on the image as it is. Convolution
in the sense of mathematics turns it by 180 degrees first. The weights of a network are learned, so
the turn would make no difference, and nearly all frameworks leave it out. The name has stayed.

K is odd, since a filter then has a pixel in its middle, to which its sum belongs. Filters are
square, since rows and columns are treated alike. Both are the article's rules, and not needed by
the formula: an implementation may compute other filters by it (clauses C3 and C4).

An example, with one filter of 3 by 3. It takes the pixel at its upper left, twice the one in its
middle, and subtracts the one at its lower right:

    image         filter        result
    1 2 0 1       1  0  0       2 7
    0 1 3 2       0  2  0       0 1
    2 0 1 1       0  0 -1
    1 3 0 2
                                1*1 + 2*1 - 1*1 = 2, the first number

>>> image = [[1, 2, 0, 1], [0, 1, 3, 2], [2, 0, 1, 1], [1, 3, 0, 2]]
>>> filters = [[[1, 0, 0], [0, 2, 0], [0, 0, -1]]]
>>> conv(image, filters)[:, :, 0]
array([[2., 7.],
       [0., 1.]])
"""

from itertools import product

import numpy as np
import numpy.typing as npt

from cnnspec.spec.numbers import Array, SpecError, as_array, numbers


@np.errstate(all="ignore")  # infinities and NaN are values like others (Q7)
def conv(image: npt.ArrayLike, filters: npt.ArrayLike) -> Array:
    """Slide each filter over the image; neither stride nor padding.

    Shapes: image (H, W) with filters (N, K, K), or (H, W, C) with (N, K, K, C); the result is
    (H-K+1, W-K+1, N). The result's dtype is that of Q6.

    (C1 core) The ranks agree: 2 with 3, or 3 with 4.
    (C2 core) Image and filters have the same number of channels.
    (C3 core) Filters are square.
    (C4 core) The size K of the filters is odd.
    (C5 core) A filter fits into the image: K <= min(H, W).
    (C6) The result has the shape (H-K+1, W-K+1, N).
    (C7) The filter is not flipped, and the channels are summed:
         y[r, c, n] = sum over i, j, ch of image[r+i, c+j, ch] * filters[n, i, j, ch].
    (C8 core) Where several of C1 to C5 fail, the first of them is the one reported.
    (C9) |y - exact| <= gamma(n) * sum |image * filters|, where n = K*K*C,
         gamma(n) = n*u / (1 - n*u) and u is the unit roundoff of the result's dtype (besides,
         n subnormal quanta): the bound that any order of summation keeps.

    Raises SpecError whose .clause is the first that fails of C1 to C5, or Q6.
    Source: the article, section 3.
    """
    image, filters = require_conv(image, filters)
    if image.ndim == 2:  # one channel, its axis left out
        image, filters = image[:, :, np.newaxis], filters[:, :, :, np.newaxis]
    height, width, channels = image.shape
    number, size = filters.shape[:2]
    y = np.zeros((height - size + 1, width - size + 1, number), image.dtype)  # C6
    taps = list(product(range(size), range(size), range(channels)))
    for r, c, n in np.ndindex(y.shape):
        total = y[r, c, n]
        for i, j, ch in taps:  # C7
            total = total + image[r + i, c + j, ch] * filters[n, i, j, ch]
        y[r, c, n] = total
    return y


def require_conv(image: npt.ArrayLike, filters: npt.ArrayLike) -> tuple[Array, Array]:
    """Check C1 to C5 in their order (C8); return both as arrays of the result's dtype."""
    x, w = as_array(image), as_array(filters)
    if (x.ndim, w.ndim) not in ((2, 3), (3, 4)):
        ranks = f"an image of rank {x.ndim} with filters of rank {w.ndim}"
        raise SpecError("C1", f"{ranks}; 2 goes with 3, and 3 with 4")
    if x.ndim == 3 and x.shape[2] != w.shape[3]:
        raise SpecError(
            "C2",
            "Error: Number of channels in both image and filter must match. "
            f"The image has {x.shape[2]}, the filters {w.shape[3]}",
        )
    rows, cols = w.shape[1:3]
    if rows != cols:
        raise SpecError(
            "C3",
            "Error: Filter must be a square matrix. I.e. number of rows and columns must match. "
            f"It is {rows} by {cols}",
        )
    if rows % 2 == 0:
        raise SpecError(
            "C4",
            "Error: Filter must have an odd size. I.e. number of rows and columns must be odd. "
            f"It is {rows} by {cols}",
        )
    if rows > min(x.shape[:2]):
        extent = f"{x.shape[0]} by {x.shape[1]}"
        raise SpecError("C5", f"a {rows} by {cols} filter does not fit into a {extent} image")
    x, w = numbers(x, w)
    return x, w
