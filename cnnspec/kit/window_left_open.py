"""What the clauses of poolings leave open, for each pooling the same."""

from collections.abc import Callable
from typing import Any

import numpy as np

from cnnspec.kit import left_open
from cnnspec.kit.filling import distinct
from cnnspec.kit.left_open import Question
from cnnspec.kit.operation import call
from cnnspec.spec import Array

MAP = 5 + distinct((2, 2, 1))
"""The map beside windows of padding alone: no element is 0."""


def of_padding_alone(got: Array) -> str:
    """What a window of padding alone gives: the first element of a result."""
    first = got.ravel()[0]
    if got.ndim != MAP.ndim:
        return left_open.shape_of(got)
    if got.dtype.kind == "f" and first == np.finfo(got.dtype).min:
        return f"the least {got.dtype.name}"
    if (first == MAP).any():
        return "an element of the map"
    return "NaN" if np.isnan(first) else str(first.item())


def questions(
    operation: str, prefix: str, clauses: tuple[str, str, str], of_a_window: Callable[[Array], Any]
) -> dict[str, Question]:
    """Calls of a pooling. clauses: of padding, of ceil, and of options that make no sense.

    of_a_window: what it makes of the elements of a window.
    """
    padding, ceil, rejection = clauses
    x = distinct((3, 3, 1))
    value = float(of_a_window(x))
    wide = call(operation, MAP, 2, 2, padding=2)
    too_large = call(operation, x, 6, 1, padding=1)
    rounded_up = call(operation, x, 6, 2, padding=1, ceil=True)
    beside_nan = call(operation, left_open.with_nan(), 2, 1, padding=1)
    negative = call(operation, left_open.negative(), 1, 1, padding=-1)
    found = {
        "window of padding alone": Question(padding, wide, of_padding_alone),
        "NaN beside padding": Question(padding, beside_nan, left_open.of_nan),
        "E > n + P": Question(rejection, too_large, left_open.one_window(value)),
        "E > n + P, with ceil": Question(ceil, rounded_up, left_open.one_window(value)),
        "negative padding": Question(rejection, negative, left_open.of_negative),
    }
    return {f"{prefix}: {name}": one for name, one in found.items()}
