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

The layers of frameworks also take parameters: a stride, padding, dilation, groups and a bias. That
is edition general, with a function of its own below: `general_conv`.
"""

from itertools import product
from typing import NamedTuple, SupportsIndex

import numpy as np
import numpy.typing as npt

from cnnspec.spec.numbers import Array, Edition, SpecError, as_array, each, edition_of, numbers
from cnnspec.spec.parameters import Padding, Pair, differs, layout, number
from cnnspec.spec.window import Axis


@np.errstate(all="ignore")  # infinities and NaN are values like others (Q7)
def conv(
    image: npt.ArrayLike,
    filters: npt.ArrayLike,
    bias: npt.ArrayLike | None = None,
    *,
    stride: Pair = 1,
    padding: Padding = 0,
    dilation: Pair = 1,
    groups: SupportsIndex = 1,
    batch: bool = False,
    edition: Edition | None = None,
) -> Array:
    """Slide each filter over the image. With a parameter, this is `general_conv`.

    edition: if it is left out, general where a parameter is given, else standard.

    Shapes: image (H, W) with filters (N, K, K), or (H, W, C) with (N, K, K, C); the result is
    (H-K+1, W-K+1, N). The result's dtype is that of Q6.

    (C1 core) The ranks agree: 2 with 3, or 3 with 4.
    (C2 core) Image and filters have the same number of channels; with G groups, filters have C/G.
    (C3 standard article core) Filters are square.
    (C4 standard article core) The size K of the filters is odd.
    (C5 standard article core) A filter fits into the image: K <= min(H, W).
    (C6) The result has the shape (H-K+1, W-K+1, N).
    (C7) The filter is not flipped, and the channels are summed:
         y[r, c, n] = sum over i, j, ch of image[r+i, c+j, ch] * filters[n, i, j, ch].
    (C8 standard article core) Where several of C1 to C5 fail, the first of them is the one
         reported.
    (C9) |y - exact| <= gamma(n) * sum |image * filters|, where n = K*K*C,
         gamma(n) = n*u / (1 - n*u) and u is the unit roundoff of the result's dtype (besides,
         n subnormal quanta): the bound that any order of summation keeps.

    Raises SpecError whose .clause is the first that fails of C1 to C5, or Q6; ValueError for an
    edition that there is not, or that has no parameters. Source: the article, section 3.
    """
    given = [differs(one, 1) for one in (stride, dilation, groups)]
    given += [bias is not None, differs(padding, 0), batch]
    if edition_of(edition, any(given)) == "general":
        return general_conv(image, filters, bias, stride, padding, dilation, groups, batch=batch)
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


@np.errstate(all="ignore")
def general_conv(
    image: npt.ArrayLike,
    filters: npt.ArrayLike,
    bias: npt.ArrayLike | None = None,
    stride: Pair = 1,
    padding: Padding = 0,
    dilation: Pair = 1,
    groups: SupportsIndex = 1,
    *,
    batch: bool = False,
) -> Array:
    """Conv as frameworks compute it: `conv` in edition general.

    Shapes: image (H, W, C), filters (N, KH, KW, C/G), bias (N,); or (H, W) with (N, KH, KW). The
    result is (Ho, Wo, N), and its dtype is that of Q6. The chapter on parameters says in which
    forms stride, padding and dilation come.

    Below, one axis is looked at: n is the extent of the image, K that of the filters, T the stride,
    D the dilation, P the padding before and after together, and E = D*(K-1) + 1 the reach of a
    filter. An example with n = 4, K = 2, T = 2, D = 2, and a zero before the image:

        image         0 1 2 3 4
        filter        1 . 5             1*0 + 5*2 = 10
        moved by T        1 . 5         1*2 + 5*4 = 22

    >>> y = conv([[1, 2, 3, 4]], [[[1, 5]]], stride=2, padding=((0, 0), (1, 0)), dilation=2)
    >>> y[:, :, 0]
    array([[10., 22.]])

    What an infinite weight makes of a padded zero is left open.

    (C10 general) Filters may be of any height and width, KH and KW >= 1: shape and values are as in
         C6 and C7, with KH and KW in the place of K.
    (C11 general) With a stride, the length along an axis is floor((n+P-E)/T) + 1, and the result is
         every T-th element of the result with stride 1.
    (C12 general) With padding, the result is that of the image with as many zeros around it. Each
         of the four sides may have another number of them.
    (C13 general) "same_upper" and "same_lower" pad so that the length is ceil(n/T): in all by
         max(0, (ceil(n/T)-1)*T + E - n), half of it before and half after. An odd rest goes after
         with "same_upper", and before with "same_lower". "valid" pads by nothing.
    (C14 general) With a dilation, the result is that of filters with D-1 zeros between neighbouring
         weights.
    (C15 general) With G groups, filters are (N, KH, KW, C/G), and filter n reads the block
         floor(n*G/N) of C/G channels.
    (C16 general) A bias adds b[n] to map n. The sum of C9 has one term more.
    (C17 general) A batch (B, H, W, C) gives the result of each image for itself, (B, Ho, Wo, N).
    (C18 general core) Stride, dilation and groups are at least 1, padding is at least 0, G divides
         C and N, a bias has N elements, and E <= n + P, however large the numbers are.

    Raises SpecError whose .clause is the first that fails of C1, C18, C2, or Q6.
    Source: as frameworks compute it.
    """
    if batch:  # C17
        return each(
            lambda one: general_conv(one, filters, bias, stride, padding, dilation, groups),
            image,
            "C1",
        )
    x = require_general_conv(image, filters, bias, stride, padding, dilation, groups)
    number, _, _, depth = x.filters.shape
    y = np.zeros((x.rows.length, x.cols.length, number), x.image.dtype)
    for r, c, n in np.ndindex(y.shape):
        first = depth * (n * x.groups // number)  # C15
        total = y[r, c, n]
        for (i, row), (j, col), ch in product(x.rows.taps(r), x.cols.taps(c), range(depth)):  # C10
            total = total + x.image[row, col, first + ch] * x.filters[n, i, j, ch]
        y[r, c, n] = total if x.bias is None else total + x.bias[n]  # C16
    return y


class Conv(NamedTuple):
    """What a valid conv is computed from: arrays of one dtype, with channels, and its axes."""

    image: Array
    filters: Array
    bias: Array | None
    rows: Axis
    cols: Axis
    groups: int


def require_general_conv(
    image: npt.ArrayLike,
    filters: npt.ArrayLike,
    bias: npt.ArrayLike | None = None,
    stride: Pair = 1,
    padding: Padding = 0,
    dilation: Pair = 1,
    groups: SupportsIndex = 1,
) -> Conv:
    """Check C1, C18 and C2; return what is computed with."""
    x, w = as_array(image), as_array(filters)
    if (x.ndim, w.ndim) not in ((2, 3), (3, 4)):
        ranks = f"an image of rank {x.ndim} with filters of rank {w.ndim}"
        raise SpecError("C1", f"{ranks}; 2 goes with 3, and 3 with 4")
    if x.ndim == 2:  # one channel, its axis left out
        x, w = x[:, :, np.newaxis], w[:, :, :, np.newaxis]
    parts = number("groups", groups, 1, "C18")
    channels, maps, depth = x.shape[2], w.shape[0], w.shape[3]
    if channels % parts or maps % parts:
        counts = f"{channels} channels and {maps} filters"
        raise SpecError("C18", f"{parts} groups do not divide {counts} evenly")
    if channels != depth * parts:
        share = f"{channels} channels, in each of {parts} groups {channels // parts}"
        raise SpecError("C2", f"The image has {share}; the filters have {depth}")
    if min(w.shape[1:3]) < 1:
        raise SpecError("C18", f"filters of {w.shape[1]} by {w.shape[2]}")
    rows, cols = layout(x.shape[:2], w.shape[1:3], stride, padding, dilation, clause="C18")
    if bias is None:
        x, w = numbers(x, w)
        return Conv(x, w, None, rows, cols, parts)
    b = as_array(bias)
    if b.shape != (maps,):
        raise SpecError("C18", f"the bias has the shape {b.shape}; it is ({maps},)")
    x, w, b = numbers(x, w, b)
    return Conv(x, w, b, rows, cols, parts)
