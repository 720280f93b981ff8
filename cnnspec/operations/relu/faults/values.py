"""Faults of relu: its shape, and other functions in its place. x has any rank."""

from typing import Any

import numpy as np

from cnnspec import reference
from cnnspec.kit.fault import Ask, after, fault
from cnnspec.spec import Array

# The shape


@after("relu", "R1", remedy="Keep the axis of the channels, also where there is one.")
def channels_dropped(y: Array) -> Array:
    """A map of one channel loses its channel axis."""
    return y[..., 0] if y.ndim == 3 and y.shape[2] == 1 else y


@after("relu", "R1", remedy="Do not squeeze: axes of length 1 belong to the result.")
def axes_of_one_dropped(y: Array) -> Array:
    """Every axis of length 1 is dropped."""
    return np.squeeze(y)


@after("relu", "R1", remedy="Give the result the shape of the map: do not ravel it.")
def flattened(y: Array) -> Array:
    """The result has one axis."""
    return y.ravel()


@after("relu", "R1", remedy="Rows first, then columns.")
def rows_and_columns_exchanged(y: Array) -> Array:
    """Rows and columns of the result are exchanged."""
    return y.swapaxes(0, 1).copy() if y.ndim == 3 else y


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
def leaky(y: Array, feature_map: Array, c: float) -> Array:
    """Negative numbers become {c} times themselves (leaky ReLU)."""
    return np.where(feature_map < 0, feature_map * feature_map.dtype.type(c), y)


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
def capped(y: Array, c: float) -> Array:
    """Numbers above {c} become {c}."""
    return np.asarray(np.minimum(y, y.dtype.type(c)))


def factor_of(ask: Ask) -> float | None:
    """What 1 becomes, if it is not 1."""
    y = ask(np.ones((1, 1, 1)))
    return float(y.flat[0]) if y is not None and y.size and y.flat[0] not in (0, 1) else None


@after("relu", "R2", remedy="Leave out the factor.", measure=factor_of, constant=0.5)
def relu_scaled(y: Array, c: float) -> Array:
    """Every element is multiplied by {c}."""
    return y * y.dtype.type(c)


def limits_of(ask: Ask) -> tuple[float, float] | None:
    """The largest number that becomes zero and the next one that does not, where some do."""
    steps = np.sort(np.outer(np.arange(10, 100), 10.0 ** np.arange(-40, 2)).ravel())
    for _ in range(4):  # the numbers between the two, finer and finer
        y = ask(steps.reshape(1, -1, 1))
        if y is None or y.size != steps.size:
            return None
        zeros = np.flatnonzero(y.ravel() == 0)
        if not zeros.size or zeros[-1] + 1 == steps.size:
            return None
        low, high = steps[zeros[-1]], steps[zeros[-1] + 1]
        steps = np.linspace(low, high, 1001)
    return float(low), float(high)


def last_zero_of(ask: Ask) -> float | None:
    """The largest number that becomes zero, if one does."""
    limits = limits_of(ask)
    return None if limits is None else limits[0]


def first_kept_of(ask: Ask) -> float | None:
    """The smallest number that does not become zero, if some smaller one does."""
    limits = limits_of(ask)
    return None if limits is None else limits[1]


@after(
    "relu",
    "R2",
    remedy="Compare with zero itself, not with a small number.",
    measure=first_kept_of,
    constant=1e-6,
)
def small_numbers_become_zero(y: Array, c: float) -> Array:
    """Numbers below {c} become zero."""
    return np.where(y < y.dtype.type(c), y.dtype.type(0), y)


@after(
    "relu",
    "R2",
    remedy="Compare with zero itself, not with a small number.",
    measure=last_zero_of,
    constant=1e-6,
)
def numbers_up_to_a_limit_become_zero(y: Array, c: float) -> Array:
    """Numbers up to {c} become zero."""
    return np.where(y <= y.dtype.type(c), y.dtype.type(0), y)


@after("relu", "R2", remedy="Negative numbers become zero: the result is not the map itself.")
def nothing_is_done(y: Array, feature_map: Array) -> Array:
    """The map is returned as it is, negative numbers too."""
    return feature_map.copy()


@after("relu", "R2", remedy="Negative numbers become zero, not positive.")
def magnitudes(y: Array, feature_map: Array) -> Array:
    """Negative numbers lose their sign."""
    return np.abs(feature_map)


@after(
    "relu", "R2", remedy="Keep positive numbers, and set negative ones to zero: not the reverse."
)
def positive_numbers_become_zero(y: Array, feature_map: Array) -> Array:
    """Negative numbers are kept and positive ones become zero."""
    return np.minimum(feature_map, feature_map.dtype.type(0))


@after(
    "relu", "R2", remedy="Return the number, not whether it is above zero: that is the derivative."
)
def step_function(y: Array, feature_map: Array) -> Array:
    """Numbers above zero become 1: the derivative."""
    return (feature_map > 0).astype(y.dtype)


@after("relu", "R2", remedy="max(x, 0), not ELU: negative numbers become zero.")
def exponential_below_zero(y: Array, feature_map: Array) -> Array:
    """Negative numbers become exp(x) - 1 (ELU)."""
    with np.errstate(all="ignore"):
        return np.where(feature_map < 0, np.expm1(feature_map), y)


@after("relu", "R2", remedy="max(x, 0), not its smooth cousin.")
def softplus(y: Array, feature_map: Array) -> Array:
    """log(1 + exp(x)) instead of the larger of x and zero (softplus)."""
    with np.errstate(all="ignore"):
        return np.logaddexp(feature_map, feature_map.dtype.type(0))


@after("relu", "R2", remedy="max(x, 0), not the logistic function.")
def sigmoid(y: Array, feature_map: Array) -> Array:
    """1 / (1 + exp(-x)) (sigmoid)."""
    with np.errstate(all="ignore"):
        return 1 / (1 + np.exp(-feature_map))


@after("relu", "R2", remedy="max(x, 0), not tanh.")
def hyperbolic_tangent(y: Array, feature_map: Array) -> Array:
    """The hyperbolic tangent."""
    return np.tanh(feature_map)


@after("relu", "R2", remedy="max(x, 0), not SiLU.")
def times_its_sigmoid(y: Array, feature_map: Array) -> Array:
    """X times its sigmoid (SiLU, swish)."""
    with np.errstate(all="ignore"):
        return feature_map / (1 + np.exp(-feature_map))


@after("relu", "R2", remedy="Return the number, not its square.")
def squared(y: Array) -> Array:
    """Positive numbers are squared."""
    with np.errstate(all="ignore"):
        return y * y


@after("relu", "R2", remedy="Keep fractions: the result's array has an integer dtype.")
def whole_numbers_only(y: Array) -> Array:
    """Numbers lose their fraction."""
    return np.trunc(y)


@after("relu", "R2", remedy="Keep fractions: do not round.")
def rounded(y: Array) -> Array:
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
def last_row_left(y: Array, feature_map: Array) -> Array:
    """The last row is left as it is, negative numbers too."""
    return kept(feature_map, y, LAST)


@after("relu", "R2", remedy="Let the loop over the columns reach the last one.")
def last_column_left(y: Array, feature_map: Array) -> Array:
    """The last column is left as it is, negative numbers too."""
    return kept(feature_map, y, ALL, LAST)


@after("relu", "R2", remedy="Let the loop over the channels reach the last one.")
def last_channel_left(y: Array, feature_map: Array) -> Array:
    """The last channel is left as it is, negative numbers too."""
    return kept(feature_map, y, ALL, ALL, LAST)


@after("relu", "R2", remedy="Let the loop over the rows reach the last one.")
def last_row_zero(y: Array) -> Array:
    """The last row of the result stays zero."""
    return blank(y, LAST)


@after("relu", "R2", remedy="Let the loop over the columns reach the last one.")
def last_column_zero(y: Array) -> Array:
    """The last column of the result stays zero."""
    return blank(y, ALL, LAST)


@after("relu", "R2", remedy="Let the loop over the channels reach the last one.")
def last_channel_zero(y: Array) -> Array:
    """The last channel of the result stays zero."""
    return blank(y, ALL, ALL, LAST)


@after("relu", "R2", remedy="Let the loop over the channels reach the last one.")
def last_of_several_channels_left(y: Array, feature_map: Array) -> Array:
    """The last of several channels is left as it is, negative numbers too."""
    return (
        kept(feature_map, y, ALL, ALL, LAST)
        if feature_map.ndim == 3 and feature_map.shape[2] > 1
        else y
    )


@after("relu", "R2", remedy="Let the loop over the channels reach the last one.")
def last_of_several_channels_zero(y: Array, feature_map: Array) -> Array:
    """The last of several channels stays zero."""
    return blank(y, ALL, ALL, LAST) if feature_map.ndim == 3 and feature_map.shape[2] > 1 else y


@after("relu", "R2", remedy="Take the columns from the width, not from the height.")
def no_more_columns_than_rows(y: Array) -> Array:
    """No more columns are filled than there are rows; the rest stays zero."""
    return blank(y, ALL, slice(len(y), None)) if y.ndim > 1 else y


@after("relu", "R2", remedy="Take the rows from the height, not from the width.")
def no_more_rows_than_columns(y: Array) -> Array:
    """No more rows are filled than there are columns; the rest stays zero."""
    return blank(y, slice(y.shape[1], None)) if y.ndim > 1 else y


@after("relu", "R2", remedy="Compute in the map's precision.")
def held_in_float32(y: Array) -> Array:
    """Numbers are held in float32 in between."""
    with np.errstate(all="ignore"):
        return y.astype(np.float32).astype(y.dtype)


@after("relu", "R2", remedy="Let the loop run over every channel.")
def only_the_first_channel_rectified(y: Array, feature_map: Array) -> Array:
    """Only the first channel is rectified; the others are left as they are."""
    return kept(feature_map, y, ALL, ALL, slice(1, None))


@after("relu", "R2", remedy="Let the loop run over every channel.")
def only_the_first_channel_filled(y: Array) -> Array:
    """Only the first channel is filled; the others stay zero."""
    return blank(y, ALL, ALL, slice(1, None))


@after("relu", "R2", remedy="Take the rows from the height and the columns from the width.")
def only_a_square_filled(y: Array) -> Array:
    """Only a square part of each map is filled; the rest stays zero."""
    side = min(y.shape[:2], default=0)
    return blank(blank(y, slice(side, None)), ALL, slice(side, None))
