"""Which numbers the operations compute with, and how invalid input is reported."""

from collections.abc import Callable, Iterable
from numbers import Real
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
Edition = Literal["standard", "article", "general"]
"""`standard` is what the article's text describes, `article` what its code computes, and `general`
what frameworks compute: with stride, padding and other parameters."""

EDITIONS: tuple[Edition, ...] = get_args(Edition)
WITHOUT_PARAMETERS: tuple[Edition, ...] = ("standard", "article")
"""The editions of the article, whose operations have no parameters."""

BATCH_RANK = 4
FLOAT64 = np.dtype(float)


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
    if all(array.dtype is FLOAT64 for array in arrays):
        return arrays
    for array in arrays:
        kind = array.dtype.kind
        if kind not in "biufO" or (kind == "O" and not all(map(is_real, array.flat))):
            raise SpecError("Q6", f"elements are real numbers, not {array.dtype}")
    counted = [FLOAT64 if a.dtype.kind in "biu" else a.dtype for a in arrays]
    dtype = np.result_type(*counted)
    dtype = dtype if dtype.isnative else dtype.newbyteorder("=")
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


def edition_of(edition: Edition | None, given: bool) -> Edition:
    """The edition that is meant: by default standard, and general where a parameter is given.

    Raises ValueError for an edition that there is not, or that has no parameters.
    """
    if edition is None:
        return "general" if given else "standard"
    if edition not in EDITIONS:
        named = ", ".join(map(repr, EDITIONS))
        raise ValueError(f"edition is one of {named}, not {edition!r:.40}")
    if given and edition in WITHOUT_PARAMETERS:
        raise ValueError(f"edition {edition} has no parameters; edition general has")
    return edition


def each(function: Callable[[Array], Array], batch: npt.ArrayLike, rank: str) -> Array:
    """A function of each image of a batch (B, H, W, C). Raises SpecError with `rank`."""
    images = as_array(batch)
    if images.ndim != BATCH_RANK:
        raise SpecError(rank, f"a batch has rank {BATCH_RANK}, not {images.ndim}")
    if not len(images):  # the result has a shape, though it has no elements
        return function(np.zeros(images.shape[1:], images.dtype))[np.newaxis][:0]
    return np.stack([function(one) for one in images])
