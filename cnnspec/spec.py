"""The specification of conv, relu, pooling and their stack, as a document that runs.

Each definition below is the formula written as plain loops. A clause is a line of a docstring
that begins with its id in parentheses; the id stands again beside the code that realises it.
After the id may come `standard` or `article` (it holds in that edition only) and `strict` (its
level; the others are `core`). Ids are permanent.

An image is (H, W), or (H, W, C) with channels last. Filters are (N, K, K), or (N, K, K, C).
A feature map is (H, W, C). Sizes and strides count elements. The elements are real numbers:
booleans, integers, floats of any precision, or Python objects that add, multiply and compare
(int, Fraction); on those the arithmetic is exact, and the specification is its own oracle.

Two editions: `standard` is what the article's text describes and what runtimes compute;
`article` is the code that was published, bug for bug. They differ in pooling alone.

For every operation:

(Q1) Inputs are not modified.
(Q2) The result depends on the arguments alone: not on earlier calls, on the identity of an
     object, on chance or on threads.
(Q3) Invalid input is rejected: an exception or SystemExit, never a result.
(Q4 strict) The result is fresh and writable; it shares no memory with an input or an earlier
     result.
(Q5 strict) Memory layout, byte order and read-only flags change nothing.
(Q6 strict) The result's dtype is floating and no less precise than the promoted dtype of the
     inputs. Integers and booleans count as float64 and are promoted before any arithmetic;
     relu and pooling may keep an integer dtype.
(Q7 strict) A NaN or an infinity reaches exactly the outputs whose window holds it (0 * inf is
     NaN), relu(NaN) is NaN, a window with NaN pools to NaN; such values are valid input.
(Q8 strict) Subnormal numbers survive. The sign of a zero is not specified.
(Q9 strict) No dimension (H, W, C, N, K, S) has a limit but memory.
(Q10 strict) A rejection is deliberate, an exception with a message and not an accident from
     inside; a call that succeeds prints nothing.

Source: A. Gad, "Building Convolutional Neural Network using NumPy from Scratch", 2018.
"""

import operator
from collections.abc import Callable, Iterable, Sequence
from itertools import product
from numbers import Real
from typing import Any, Literal, NamedTuple, SupportsIndex

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
Edition = Literal["standard", "article"]


class SpecError(ValueError):
    """Invalid input. `clause` is the id of the clause that rejects it."""

    def __init__(self, clause: str, message: str) -> None:
        super().__init__(clause, message)
        self.clause = clause
        self.message = message

    def __str__(self) -> str:
        return f"{self.message} [{self.clause}]"


@np.errstate(all="ignore")  # infinities and NaN are values like others (Q7)
def conv(image: npt.ArrayLike, filters: npt.ArrayLike) -> Array:
    """Slide each filter over the image; neither stride nor padding.

    Shapes: image (H, W) with filters (N, K, K), or (H, W, C) with (N, K, K, C); the result is
    (H-K+1, W-K+1, N). The result's dtype is that of Q6.

    (C1) The ranks agree: 2 with 3, or 3 with 4.
    (C2) Image and filters have the same number of channels.
    (C3) Filters are square.
    (C4) The size K of the filters is odd.
    (C5) A filter fits into the image: K <= min(H, W).
    (C6) The result has the shape (H-K+1, W-K+1, N).
    (C7) The filter is not flipped, and the channels are summed:
         y[r, c, n] = sum over i, j, ch of image[r+i, c+j, ch] * filters[n, i, j, ch].
    (C8) Where several of C1 to C5 fail, the first of them is the one reported.
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


def relu(feature_map: npt.ArrayLike) -> Array:
    """Replace what is negative by zero.

    Shapes: any, to the same. The result's dtype is that of Q6.

    (R1) The result has the shape of the input: rank 3 at level core, any rank at strict, empty
         ones included.
    (R2) y = x where x > 0, else 0, exactly.

    Raises SpecError whose .clause is Q6. Source: the article, section 4.
    """
    (x,) = numbers(feature_map)
    y = np.zeros(x.shape, x.dtype)  # R1
    for index in np.ndindex(x.shape):
        if not x[index] <= 0:  # R2; and so NaN stays NaN (Q7)
            y[index] = x[index]
    return y


def pooling(
    feature_map: npt.ArrayLike,
    size: SupportsIndex = 2,
    stride: SupportsIndex = 2,
    *,
    edition: Edition = "standard",
) -> Array:
    """Take the largest value of each size-by-size window, each channel for itself.

    Shapes: feature_map (H, W, C) to (Ho, Wo, C). The result's dtype is that of Q6. Below, S is
    size and T is stride.

    (P1) The feature map has rank 3.
    (P2) 1 <= S <= min(H, W) and T >= 1, whole numbers.
    (P3 standard) The result has the shape (floor((H-S)/T) + 1, floor((W-S)/T) + 1, C).
    (P4 standard) The largest of each window, exactly:
         y[i, j, ch] = max over 0 <= a, b < S of feature_map[i*T + a, j*T + b, ch].
    (P3a article) The result has the shape (floor((H-S+1)/T), floor((W-S+1)/T), C).
    (P4a article) As P4, but windows start only at 0, T, 2T, ... below H-S-1 (and W-S-1), and
         what no window writes is 0. Where a window would be written outside the result, as
         happens from T = 4 on, the publication fails: rejected.
    (P5) pooling(f) is pooling(f, 2, 2), and whichever of S and T is left out is 2: the defaults
         do not follow one another.

    Raises SpecError whose .clause is P1, P2, P4a or Q6.
    Source: the article, section 5, as meant (standard) and as published (article).
    """
    x, size, stride, (rows, cols) = require_pooling(feature_map, size, stride, edition)
    channels = x.shape[2]
    y = np.zeros((rows.length, cols.length, channels), x.dtype)  # P3, P3a
    for i, j, ch in product(range(rows.windows), range(cols.windows), range(channels)):
        r, c = i * stride, j * stride
        y[i, j, ch] = largest(x[r : r + size, c : c + size, ch].flat)  # P4, P4a
    return y


class Layer(NamedTuple):
    """What one layer of the stack computes, each (H, W, C)."""

    conv: Array
    relu: Array
    pool: Array


def stack(
    image: npt.ArrayLike,
    banks: Sequence[npt.ArrayLike],
    *,
    edition: Edition = "standard",
    conv: Callable[..., Array] = conv,
    relu: Callable[..., Array] = relu,
    pooling: Callable[..., Array] = pooling,
) -> list[Layer]:
    """Chain conv, relu and pooling(..., 2, 2), one layer for each bank of filters.

    Shapes: image as conv's; a bank (N, K, K, C) where C is the N of the bank before. The three
    operations are the specification's own unless others of the same signature are given.

    (S1) The output of each layer is the input of the next, and the shapes follow.
    (S2) On Chelsea with the article's filters, the layers are the goldens.

    Raises SpecError as the operations do. Source: the article, section 6.
    """
    layers = []
    for filters in banks:
        feature_map = conv(image, filters)
        rectified = relu(feature_map)
        image = pooling(rectified, 2, 2, edition=edition)  # S1
        layers.append(Layer(feature_map, rectified, image))
    return layers


# What is valid, which dtype a result has, and the two small steps of pooling.


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


def as_array(value: npt.ArrayLike) -> Array:
    """The value as an array. Raises SpecError Q6 where its parts do not make up one."""
    try:
        return np.asarray(value)
    except ValueError as error:
        raise SpecError("Q6", f"not an array: {error}") from None


def is_real(element: object) -> bool:
    """Whether a Python object is a real number: int, float, Fraction, NumPy's scalars."""
    return isinstance(element, Real)


class Pooled(NamedTuple):
    """Along one axis: the length of the result, and how many windows are written into it."""

    length: int
    windows: int


def pooled(extent: int, size: int, stride: int, edition: Edition) -> Pooled:
    """Length and windows of pooling along an axis of `extent` elements (P3, P3a, P4a)."""
    if edition == "standard":
        length = (extent - size) // stride + 1
        return Pooled(length, windows=length)
    if edition == "article":
        starts = range(0, extent - size - 1, stride)
        return Pooled((extent - size + 1) // stride, windows=len(starts))
    raise ValueError(f"edition is 'standard' or 'article', not {edition!r}")


def require_pooling(
    feature_map: npt.ArrayLike, size: SupportsIndex, stride: SupportsIndex, edition: Edition
) -> tuple[Array, int, int, tuple[Pooled, Pooled]]:
    """Check P1, P2 and P4a; return map, size and stride, and how each axis is pooled."""
    x = as_array(feature_map)
    if x.ndim != 3:
        raise SpecError("P1", f"a feature map has rank 3 (rows, columns, channels), not {x.ndim}")
    height, width, channels = x.shape
    try:
        size, stride = operator.index(size), operator.index(stride)
    except TypeError:
        message = f"size and stride are whole numbers, not {size!r} and {stride!r}"
        raise SpecError("P2", message) from None
    if not 1 <= size <= min(height, width):
        raise SpecError("P2", f"a window of size {size} in a {height} by {width} map")
    if stride < 1:
        raise SpecError("P2", f"a stride of {stride}; it is at least 1")
    rows, cols = (pooled(extent, size, stride, edition) for extent in (height, width))
    outside = rows.windows > rows.length or cols.windows > cols.length
    if outside and rows.windows * cols.windows * channels:  # P4a; no window, no failure
        raise SpecError(
            "P4a",
            f"the published pooling fails here: {rows.windows} by {cols.windows} windows do not "
            f"fit into its {rows.length} by {cols.length} result (a {height} by {width} map, "
            f"size {size}, stride {stride})",
        )
    (x,) = numbers(x)
    return x, size, stride, (rows, cols)


def numbers(*values: npt.ArrayLike) -> list[Array]:
    """The values as arrays of one dtype, the result's (Q6), in native byte order."""
    arrays = [as_array(value) for value in values]
    for array in arrays:
        kind = array.dtype.kind
        if kind not in "biufO" or (kind == "O" and not all(map(is_real, array.flat))):
            raise SpecError("Q6", f"elements are real numbers, not {array.dtype}")
    counted = [np.dtype(float) if a.dtype.kind in "biu" else a.dtype for a in arrays]
    dtype = np.result_type(*counted).newbyteorder("=")
    return [array.astype(dtype, copy=False) for array in arrays]


def largest(values: Iterable[Any]) -> Any:
    """The largest of some values, or NaN where one of them is NaN (Q7)."""
    first, *others = values
    for value in others:
        if value > first or value != value:
            first = value
    return first
