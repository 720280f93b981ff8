"""What the clauses of options leave open: calls that show what a target does, and words for it."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from cnnspec.kit.calls import Call
from cnnspec.kit.filling import distinct
from cnnspec.spec import Array

Says = Callable[[Array], str]
"""Classifies a result that has elements, in a few words."""


@dataclass(frozen=True)
class Question:
    """Something that a clause leaves open. says: what the result of the call amounts to."""

    clause: str
    call: Call
    says: Says


def shape_of(got: Array) -> str:
    """The shape of a result, and its first element."""
    return f"shape {got.shape}: {got.ravel()[0].item()}"


def one_window(value: float | None = None) -> Says:
    """Words for what comes where no window fits. value: that of the part which lies in the map."""

    def says(got: Array) -> str:
        if got.shape == (1, 1, 1) and value is not None and got.ravel()[0] == value:
            return "computes one window"
        return f"computes {shape_of(got)}"

    return says


SIDE = 3
"""Rows and columns of the map for the question of NaN, whose first element is NaN."""


def with_nan() -> Array:
    """A map (3, 3, 1) of which the first element is NaN."""
    x = distinct((SIDE, SIDE, 1))
    x[0, 0] = np.nan
    return x


def of_nan(got: Array) -> str:
    """Where NaN arrives, if windows of 2 by 2 slide by 1 over `with_nan`, padded by 1."""
    if got.shape != (SIDE + 1, SIDE + 1, 1):
        return shape_of(got)
    found, windows = np.isnan(got[..., 0]), np.zeros((SIDE + 1, SIDE + 1), bool)
    windows[:2, :2] = True
    if (found == windows).all():
        return "NaN in its windows alone"
    if (found & ~windows).any():
        return "NaN spreads to other windows"
    if not found.any():
        return "NaN is lost"
    beside_padding = found[1, 1] and found.sum() == 1
    return "padding wins over NaN" if beside_padding else "NaN is lost in part"


def negative() -> Array:
    """A map (4, 4, 1) for the question of negative padding."""
    return distinct((4, 4, 1))


def of_negative(got: Array) -> str:
    """What becomes of `negative`, if windows of one element have padding of -1 on each side."""
    x = negative()
    for known, words in ((x[1:-1, 1:-1], "crops"), (x, "ignores it")):
        if np.array_equal(got, known):
            return words
    return shape_of(got)
