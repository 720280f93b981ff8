"""Which numbers the operations compute with, and how invalid input is reported."""

from collections.abc import Iterable
from numbers import Real
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
Edition = Literal["standard", "article"]
"""`standard` is what the article's text describes, `article` what its code computes."""


class SpecError(ValueError):
    """Invalid input. `clause` is the id of the clause that rejects it."""

    def __init__(self, clause: str, message: str) -> None:
        super().__init__(clause, message)
        self.clause = clause
        self.message = message

    def __str__(self) -> str:
        return f"{self.message} [{self.clause}]"


def numbers(*values: npt.ArrayLike) -> list[Array]:
    """The values as arrays of one dtype, the result's (Q6), in native byte order.

    Raises SpecError Q6 where an element is no real number.
    """
    arrays = [as_array(value) for value in values]
    for array in arrays:
        kind = array.dtype.kind
        if kind not in "biufO" or (kind == "O" and not all(map(is_real, array.flat))):
            raise SpecError("Q6", f"elements are real numbers, not {array.dtype}")
    counted = [np.dtype(float) if a.dtype.kind in "biu" else a.dtype for a in arrays]
    dtype = np.result_type(*counted).newbyteorder("=")
    return [array.astype(dtype, copy=False) for array in arrays]


def as_array(value: npt.ArrayLike) -> Array:
    """The value as an array. Raises SpecError Q6 where its parts do not make up one."""
    try:
        return np.asarray(value)
    except ValueError as error:
        raise SpecError("Q6", f"not an array: {error}") from None


def is_real(element: object) -> bool:
    """Whether a Python object is a real number: int, float, Fraction, NumPy's scalars."""
    return isinstance(element, Real)


def largest(values: Iterable[Any]) -> Any:
    """The largest of some values, or NaN where one of them is NaN (Q7)."""
    first, *others = values
    for value in others:
        if value > first or value != value:
            first = value
    return first
