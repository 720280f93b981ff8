"""Faults of conv: what is said of invalid input, and filters of sizes that are seldom tried."""

from typing import Any

import numpy as np

from cnnspec import reference, spec
from cnnspec.kit.fault import fault
from cnnspec.spec import Array, SpecError


@fault("conv", "C8", remedy="Exchange the messages of these two causes.")
def messages_exchanged(image: Any, filters: Any) -> Array:
    """Of channels that differ it is said that the size is even, and the other way round."""
    try:
        return reference.conv(image, filters)
    except SpecError as error:
        said = {"C2": "The size of the filter must be odd.", "C4": "The channels must match."}
        raise ValueError(said.get(error.clause, error.message)) from None


LARGE, WIDE = 8, 7
"""From these sizes on filters of even size, and filters that are not square, are misread."""


@fault("conv", "C4", remedy="Compute all taps of even filters, however large, or reject them.")
def large_even_filters_lose_a_row(image: Any, filters: Any) -> Array:
    """Filters of even size are computed, but from 8 on without their last row."""
    w = without_last_row(filters, LARGE, square=True)
    return computed(image, w, filters)


@fault("conv", "C3", remedy="Compute all taps of filters that are not square, or reject them.")
def long_filters_lose_a_row(image: Any, filters: Any) -> Array:
    """Filters that are not square are computed, but from 7 on without their last row."""
    w = without_last_row(filters, WIDE, square=False)
    return computed(image, w, filters)


def without_last_row(filters: Any, least: int, square: bool) -> Array:
    """Filters of a kind and from a size on whose last row is zero."""
    w = np.array(filters)
    if w.ndim > 2 and max(w.shape[1:3]) >= least and (w.shape[1] == w.shape[2]) == square:
        w[:, -1] = 0
    return w


def computed(image: Any, weights: Array, filters: Any) -> Array:
    """Conv, of filters of any size that fit. weights: those that are used of the filters."""
    try:
        spec.require_conv(image, filters)
    except SpecError as error:
        x = np.asarray(image)
        rows, cols = weights.shape[1:3]
        if error.clause not in ("C3", "C4") or rows > x.shape[0] or cols > x.shape[1]:
            raise
        views = np.lib.stride_tricks.sliding_window_view(x, (rows, cols), axis=(0, 1))
        if x.ndim == 2:
            return np.tensordot(views, weights, ((2, 3), (1, 2)))
        return np.tensordot(views, weights, ((2, 3, 4), (3, 1, 2)))
    return reference.conv(image, filters)
