"""What poolings of edition general share: which calls are valid, and what is allowed of others."""

from collections.abc import Callable
from typing import Any

import numpy as np

from cnnspec import spec
from cnnspec.kit import geometry
from cnnspec.kit.calls import Call
from cnnspec.kit.operation import NOTHING
from cnnspec.kit.settings import pair
from cnnspec.spec import Array, SpecError

Requires = Callable[..., Any]
"""A function of the book that checks the arguments of a pooling."""

FAR = 2**40
"""Padding into which any window fits."""


def broken(call: Call, requires: Requires, rank: str) -> str | None:
    """The first clause that rejects a call, or None. rank: the clause of the map's rank."""
    given = call.plain
    x = given.pop("feature_map")
    given.pop("count_padding", None)
    if given.pop("batch", False):
        if x.ndim != spec.BATCH_RANK:
            return rank
        x = np.zeros(x.shape[1:])
    try:
        requires(x, **{"size": 2, "stride": 2, **given})
    except SpecError as error:
        return error.clause
    return None


def expected(call: Call, of_a_map: Callable[..., Array]) -> Array:
    """What a valid call gives. of_a_map: a function of one map and the other arguments."""
    given = {"size": 2, "stride": 2, **call.plain}
    x = given.pop("feature_map").astype(np.float64)
    if not given.pop("batch", False):
        return of_a_map(x, **given)
    made = [of_a_map(one, **given) for one in x]
    return np.stack(made) if made else of_a_map(np.zeros(x.shape[1:]), **given)[np.newaxis][:0]


def instead(call: Call, is_broken: Callable[[Call], str | None], right: Any) -> Array | None:
    """What is allowed for invalid input: no elements, where no window fits; a map that is cut."""
    smaller = geometry.cropped(call)
    if smaller is not None:
        return right(smaller) if is_broken(smaller) is None else instead(smaller, is_broken, right)
    fits = is_broken(call.changed(padding=((FAR, FAR), (FAR, FAR)))) is None
    return NOTHING if fits else None


def work(call: Call) -> int:
    """An upper estimate of the elements that a call looks at."""
    (x, *_), rows, columns = call.arrays, *pair(call.plain.get("size", 2))
    extents = x.shape[-3:-1]
    along = geometry.lines(extents, 1, 1, 1)
    (top, bottom), (left, right) = geometry.padding_of(call.plain.get("padding", 0), along)
    windows = geometry.most_windows(extents[0] + top + bottom, rows)
    windows *= geometry.most_windows(extents[1] + left + right, columns)
    return int(max(x.size, windows * max(rows, 1) * max(columns, 1) * x.shape[-1]))
