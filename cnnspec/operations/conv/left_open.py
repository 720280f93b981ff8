"""What the clauses of conv's options leave open."""

import numpy as np

from cnnspec.kit import left_open
from cnnspec.kit.left_open import Question
from cnnspec.kit.operation import call
from cnnspec.spec import Array


def of_infinity(got: Array) -> str:
    """What 0 * inf in the padding comes to: the one element of a result."""
    if got.shape != (1, 1, 1):
        return left_open.shape_of(got)
    if np.isnan(got).all():
        return "NaN: padding is multiplied"
    return "padding is left out" if (got == 1).all() else left_open.shape_of(got)


def questions() -> dict[str, Question]:
    """Calls that show what is left open."""
    around = np.full((1, 3, 3, 1), np.inf)
    around[0, 1, 1] = 1
    infinite = call("conv", np.ones((1, 1, 1)), around, padding=1)
    beside_nan = call("conv", left_open.with_nan(), np.ones((1, 2, 2, 1)), padding=1)
    too_large = call("conv", np.ones((2, 2, 1)), np.ones((1, 5, 5, 1)), padding=1)
    negative = call("conv", left_open.negative(), np.ones((1, 1, 1, 1)), padding=-1)
    return {
        "conv: 0 * inf in the padding": Question("C12", infinite, of_infinity),
        "conv: NaN beside padding": Question("C12", beside_nan, left_open.of_nan),
        "conv: E > n + P": Question("C18", too_large, left_open.one_window(4.0)),
        "conv: negative padding": Question("C18", negative, left_open.of_negative),
    }
