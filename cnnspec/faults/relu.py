"""Faults of relu. Steps see the map as x, of any rank."""

import itertools
from typing import Any

import numpy as np

from cnnspec import reference
from cnnspec.faults import Ask, Function, after, fault, stateful
from cnnspec.spec import Array

# The shape


@after("relu", "R1", remedy="Keep the axis of the channels, also where there is one.")
def channels_dropped(y: Array, x: Array) -> Array:
    """A map of one channel loses its channel axis."""
    return y[..., 0] if y.ndim == 3 and y.shape[2] == 1 else y


@after("relu", "R1", remedy="Do not squeeze: axes of length 1 belong to the result.")
def axes_of_one_dropped(y: Array, x: Array) -> Array:
    """Every axis of length 1 is dropped."""
    return np.squeeze(y)


@after("relu", "R1", remedy="Give the result the shape of the map: do not ravel it.")
def flattened(y: Array, x: Array) -> Array:
    """The result has one axis."""
    return y.ravel()


@after("relu", "R1", remedy="Rows first, then columns.")
def rows_and_columns_exchanged(y: Array, x: Array) -> Array:
    """Rows and columns of the result are exchanged."""
    return y.swapaxes(0, 1).copy() if y.ndim > 1 else y


@fault("relu", "R1", remedy="Take arrays of any rank: relu looks at one number at a time.")
def only_rank_three(feature_map: Any) -> Array:
    """Arrays of another rank than 3 are rejected."""
    if np.ndim(feature_map) != 3:
        raise ValueError("a feature map has rank 3")
    return reference.relu(feature_map)


# Another function


def slope_of(ask: Ask) -> float | None:
    """What is left of -1, if it is some of it."""
    y = ask(np.full((1, 1, 1), -1.0))
    return -float(y.flat[0]) if y is not None and y.size and -1 < y.flat[0] < 0 else None


@after(
    "relu",
    "R2",
    remedy="Negative numbers become zero; a slope for them makes a leaky ReLU.",
    measure=slope_of,
    constant=0.01,
)
def leaky(y: Array, x: Array, c: float) -> Array:
    """Negative numbers become {c} times themselves (leaky ReLU)."""
    return np.where(x < 0, x * x.dtype.type(c), y)


def cap_of(ask: Ask) -> float | None:
    """What a large number becomes, if it is less."""
    y = ask(np.full((1, 1, 1), 1e30))
    return float(y.flat[0]) if y is not None and y.size and 0 < y.flat[0] < 9e29 else None


@after(
    "relu",
    "R2",
    remedy="Large numbers stay as they are; a limit makes another function, ReLU6 at 6.",
    measure=cap_of,
    constant=6.0,
)
def capped(y: Array, x: Array, c: float) -> Array:
    """Numbers above {c} become {c}."""
    return np.asarray(np.minimum(y, y.dtype.type(c)))


def factor_of(ask: Ask) -> float | None:
    """What 1 becomes, if it is not 1."""
    y = ask(np.ones((1, 1, 1)))
    return float(y.flat[0]) if y is not None and y.size and y.flat[0] not in (0, 1) else None


@after("relu", "R2", remedy="Leave out the factor.", measure=factor_of, constant=0.5)
def relu_scaled(y: Array, x: Array, c: float) -> Array:
    """Every element is multiplied by {c}."""
    return y * y.dtype.type(c)


def threshold_of(ask: Ask) -> float | None:
    """The smallest of 9 * 40 numbers, two digits and a power of ten, that does not become zero."""
    steps = np.sort(np.outer(np.arange(10, 100), 10.0 ** np.arange(-40, 2)).ravel())
    y = ask(steps.reshape(1, -1, 1))
    if y is None or y.size != steps.size:
        return None
    zeros = np.flatnonzero(y.ravel() == 0)
    return float(steps[zeros[-1] + 1]) if zeros.size and zeros[-1] + 1 < steps.size else None


@after(
    "relu",
    "R2",
    remedy="Compare with zero itself, not with a small number.",
    measure=threshold_of,
    constant=1e-6,
)
def small_numbers_become_zero(y: Array, x: Array, c: float) -> Array:
    """Numbers below {c} become zero."""
    return np.where(y < y.dtype.type(c), y.dtype.type(0), y)


@after("relu", "R2", remedy="Negative numbers become zero: the result is not the map itself.")
def nothing_is_done(y: Array, x: Array) -> Array:
    """The map is returned as it is, negative numbers too."""
    return x.copy()


@after("relu", "R2", remedy="Negative numbers become zero, not positive.")
def magnitudes(y: Array, x: Array) -> Array:
    """Negative numbers lose their sign."""
    return np.abs(x)


@after(
    "relu", "R2", remedy="Keep positive numbers, and set negative ones to zero: not the reverse."
)
def positive_numbers_become_zero(y: Array, x: Array) -> Array:
    """Negative numbers are kept and positive ones become zero."""
    return np.minimum(x, x.dtype.type(0))


@after(
    "relu", "R2", remedy="Return the number, not whether it is above zero: that is the derivative."
)
def step_function(y: Array, x: Array) -> Array:
    """Numbers above zero become 1: the derivative."""
    return (x > 0).astype(y.dtype)


@after("relu", "R2", remedy="max(x, 0), not ELU: negative numbers become zero.")
def exponential_below_zero(y: Array, x: Array) -> Array:
    """Negative numbers become exp(x) - 1 (ELU)."""
    with np.errstate(all="ignore"):
        return np.where(x < 0, np.expm1(x), y)


@after("relu", "R2", remedy="max(x, 0), not its smooth cousin.")
def softplus(y: Array, x: Array) -> Array:
    """log(1 + exp(x)) instead of the larger of x and zero (softplus)."""
    with np.errstate(all="ignore"):
        return np.logaddexp(x, x.dtype.type(0))


@after("relu", "R2", remedy="max(x, 0), not the logistic function.")
def sigmoid(y: Array, x: Array) -> Array:
    """1 / (1 + exp(-x)) (sigmoid)."""
    with np.errstate(all="ignore"):
        return 1 / (1 + np.exp(-x))


@after("relu", "R2", remedy="max(x, 0), not tanh.")
def hyperbolic_tangent(y: Array, x: Array) -> Array:
    """The hyperbolic tangent."""
    return np.tanh(x)


@after("relu", "R2", remedy="max(x, 0), not SiLU.")
def times_its_sigmoid(y: Array, x: Array) -> Array:
    """X times its sigmoid (SiLU, swish)."""
    with np.errstate(all="ignore"):
        return x / (1 + np.exp(-x))


@after("relu", "R2", remedy="Return the number, not its square.")
def squared(y: Array, x: Array) -> Array:
    """Positive numbers are squared."""
    with np.errstate(all="ignore"):
        return y * y


@after("relu", "R2", remedy="Keep fractions: the result's array has an integer dtype.")
def whole_numbers_only(y: Array, x: Array) -> Array:
    """Numbers lose their fraction."""
    return np.trunc(y)


@after("relu", "R2", remedy="Keep fractions: do not round.")
def rounded(y: Array, x: Array) -> Array:
    """Numbers are rounded to whole ones."""
    return np.rint(y)


# Elements that are not looked at


def kept(x: Array, y: Array, *place: Any) -> Array:
    """The result with some elements left as they were in the map."""
    if x.ndim >= len(place):
        y[place] = x[place]
    return y


def blank(y: Array, *place: Any) -> Array:
    """The result with some elements zero."""
    if y.ndim >= len(place):
        y[place] = 0
    return y


ALL = slice(None)
LAST = slice(-1, None)


@after("relu", "R2", remedy="Let the loop over the rows reach the last one.")
def last_row_left(y: Array, x: Array) -> Array:
    """The last row is left as it is, negative numbers too."""
    return kept(x, y, LAST)


@after("relu", "R2", remedy="Let the loop over the columns reach the last one.")
def last_column_left(y: Array, x: Array) -> Array:
    """The last column is left as it is, negative numbers too."""
    return kept(x, y, ALL, LAST)


@after("relu", "R2", remedy="Let the loop over the channels reach the last one.")
def last_channel_left(y: Array, x: Array) -> Array:
    """The last channel is left as it is, negative numbers too."""
    return kept(x, y, ALL, ALL, LAST)


@after("relu", "R2", remedy="Let the loop over the rows reach the last one.")
def last_row_zero(y: Array, x: Array) -> Array:
    """The last row of the result stays zero."""
    return blank(y, LAST)


@after("relu", "R2", remedy="Let the loop over the columns reach the last one.")
def last_column_zero(y: Array, x: Array) -> Array:
    """The last column of the result stays zero."""
    return blank(y, ALL, LAST)


@after("relu", "R2", remedy="Let the loop over the channels reach the last one.")
def last_channel_zero(y: Array, x: Array) -> Array:
    """The last channel of the result stays zero."""
    return blank(y, ALL, ALL, LAST)


@after("relu", "R2", remedy="Let the loop run over every channel.")
def only_the_first_channel_rectified(y: Array, x: Array) -> Array:
    """Only the first channel is rectified; the others are left as they are."""
    return kept(x, y, ALL, ALL, slice(1, None))


@after("relu", "R2", remedy="Let the loop run over every channel.")
def only_the_first_channel_filled(y: Array, x: Array) -> Array:
    """Only the first channel is filled; the others stay zero."""
    return blank(y, ALL, ALL, slice(1, None))


@after("relu", "R2", remedy="Take the rows from the height and the columns from the width.")
def only_a_square_filled(y: Array, x: Array) -> Array:
    """Only a square part of each map is filled; the rest stays zero."""
    side = min(y.shape[:2], default=0)
    return blank(blank(y, slice(side, None)), ALL, slice(side, None))


# Memory, dtypes, values that are not finite, state


@fault("relu", "Q1", remedy="Work on a copy of the map, or write into a new array.")
def in_place(feature_map: Any) -> Array:
    """The input is overwritten, if it can be."""
    y = reference.relu(feature_map)
    if feature_map.flags.writeable:
        feature_map[...] = y
    return y


@fault("relu", "Q1", "Q4", remedy="Write into a new array, and return that.")
def in_place_and_returned(feature_map: Any) -> Array:
    """The input is overwritten and returned."""
    y = reference.relu(feature_map)
    if feature_map.flags.writeable and feature_map.dtype == y.dtype:
        feature_map[...] = y
        return np.asarray(feature_map)
    return y


@fault("relu", "Q4", remedy="Copy: an input without negative numbers needs a new result too.")
def returns_its_input(feature_map: Any) -> Array:
    """An input without negative numbers is returned itself."""
    y = reference.relu(feature_map)
    same = y.dtype == feature_map.dtype and np.array_equal(y, feature_map)
    return feature_map if same else y


@fault("relu", "Q6", remedy="Return the map's dtype: allocate with dtype=feature_map.dtype.")
def through_float32(feature_map: Any) -> Array:
    """The result is float32."""
    with np.errstate(all="ignore"):
        return reference.relu(feature_map).astype(np.float32)


@after(
    "relu",
    "Q7",
    remedy="Let NaN pass: numpy.maximum does, `x > 0 ? x : 0` and fmax do not.",
    seen="several GPU runtimes; `x > 0 ? x : 0` in C",
)
def nan_becomes_zero(y: Array, x: Array) -> Array:
    """NaN is not above zero, and becomes zero."""
    return np.where(np.isnan(x), y.dtype.type(0), y)


@after("relu", "Q7", remedy="Infinity is above zero, and stays.")
def infinity_cut(y: Array, x: Array) -> Array:
    """Infinity becomes the largest finite number."""
    return np.minimum(y, np.finfo(y.dtype).max)


@after("relu", "Q7", remedy="Select, do not multiply: x * (x > 0) is NaN at minus infinity.")
def multiplied_by_a_mask(y: Array, x: Array) -> Array:
    """X times (x > 0), which is NaN for minus infinity."""
    with np.errstate(all="ignore"):
        return x * (x > 0).astype(x.dtype)


@after("relu", "Q8", remedy="Leave subnormal numbers as they are: no flush-to-zero mode.")
def subnormals_flushed(y: Array, x: Array) -> Array:
    """Subnormal numbers become zero."""
    return np.where(y < np.finfo(y.dtype).tiny, y.dtype.type(0), y)


@stateful("relu", "Q2", remedy="Keep no count of calls.")
def wrong_after_a_thousand_calls() -> Function:
    """From its thousandth call on, it lets negative numbers pass."""
    calls = itertools.count()

    def relu(feature_map: Any) -> Array:
        y = reference.relu(feature_map)
        return y if next(calls) < 1000 else np.asarray(feature_map).astype(y.dtype)

    return relu


@stateful("relu", "Q2", remedy="Clear the workspace, or make it as large as the map.")
def residue_of_a_large_call() -> Function:
    """After a large map, the next result holds a residue of it."""
    sizes = [0]

    def relu(feature_map: Any) -> Array:
        y = reference.relu(feature_map)
        sizes.append(y.size)
        return np.asarray(y + y.dtype.type(sizes[-2] > 150))

    return relu


@stateful("relu", "Q4", remedy="Return a new array from each call, or a copy of the buffer.")
def one_buffer_of_maps() -> Function:
    """Results of one shape are written into one buffer, again and again."""
    buffers: dict[Any, Array] = {}

    def relu(feature_map: Any) -> Array:
        y = reference.relu(feature_map)
        buffer = buffers.setdefault((y.shape, y.dtype), y)
        buffer[...] = y
        return buffer

    return relu
