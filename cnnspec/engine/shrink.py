"""Makes a case that deviates smaller, as long as it still deviates.

Hypothesis shrinks what it draws, but cannot start from an input at hand; this can: it drops calls,
cuts dimensions, and replaces elements by zeros and small numbers, each step kept if the case still
deviates. Steps are tried in a fixed order, so that a case always shrinks alike.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from cnnspec.kit.calls import Call, Case
from cnnspec.kit.operation import broken, operation_of
from cnnspec.spec import Array, Edition

Deviates = Callable[[Case], bool]
ONE_BY_ONE = 300
"""Arrays of up to so many elements are simplified element by element."""


def shrink(
    case: Case, deviates: Deviates, edition: Edition, is_over: Callable[[], bool] = lambda: False
) -> Case:
    """The simplest case found by trying until there is none simpler, or it is over."""
    kinds = [broken(one, edition) for one in case]

    def good(other: Case) -> bool:
        if is_over():
            return False
        changed = [broken(one, edition) for one in other]
        pinned = all(kind or is_pinned(one) for one, kind in zip(other, changed, strict=True))
        return changed == kinds[-len(other) :] and pinned and deviates(other)

    progress = True
    while progress and not is_over():
        progress = False
        for simpler in (fewer_calls, smaller, plainer):
            found = step(case, simpler, good)
            progress = progress or found is not case
            case = found
            kinds = [broken(one, edition) for one in case]
    return case


def is_pinned(one: Call) -> bool:
    """Whether the clauses leave nothing of a valid call's result open."""
    varied = operation_of(one).varied
    return varied is None or varied.pinned(one)


def step(case: Case, simpler: Callable[[Case], Iterator[Case]], good: Deviates) -> Case:
    """Take every simplification that a generator offers and that still deviates."""
    tried = True
    while tried:
        tried = False
        for other in simpler(case):
            if good(other):
                case, tried = other, True
                break
    return case


def fewer_calls(case: Case) -> Iterator[Case]:
    """The case without one of the calls before the last."""
    for i in range(len(case) - 1):
        yield case[:i] + case[i + 1 :]


def smaller(case: Case) -> Iterator[Case]:
    """The case with a dimension cut, in all its calls or in one."""
    made = {id(one): list(operation_of(one).cuts(one)) for one in case}
    options = [made[id(one)] for one in case]  # a call that is made twice is cut alike
    if len(case) > 1 and len({len(o) for o in options}) == 1:
        yield from zip(*options, strict=True)
    for i, one in enumerate(case):
        for cut in options[i]:
            yield instead(case, one, cut)
        if one.repeat > 3:
            yield instead(case, one, replace(one, repeat=one.repeat // 2))


def plainer(case: Case) -> Iterator[Case]:
    """The case with float64 in place of float32, and with simpler numbers in its arrays."""
    for one in {id(one): one for one in case}.values():
        arrays = one.arrays
        if any(array.dtype == np.float32 for array in arrays):
            wide = [a.astype(float) if a.dtype == np.float32 else a for a in arrays]
            yield instead(case, one, one.with_arrays(wide))
        for j, array in enumerate(arrays):
            for values in simpler_values(array):
                other = one.with_arrays([*arrays[:j], values, *arrays[j + 1 :]])
                yield instead(case, one, other)


def instead(case: Case, call: Call, other: Call) -> Case:
    """The case with another call in the place of a call, wherever that is made."""
    return tuple(other if made is call else made for made in case)


def simpler_values(array: Array) -> Iterator[Array]:
    """Zeros for all, for parts and for single elements; then small numbers."""
    flat = array.ravel()
    with np.errstate(all="ignore"):
        nonzero = np.flatnonzero(~(flat == 0))
        if not nonzero.size:
            return
        if array.dtype.kind in "iuf":
            ones = np.where(flat != 0, np.ones_like(flat), flat)
            counted = np.arange(1, array.size + 1) % 100
        else:
            ones, counted = flat, flat
        simple = not np.setdiff1d(flat, [0, 1]).size or array.dtype.kind == "b"
        yield np.zeros_like(array)
        if not simple:
            yield ones.reshape(array.shape)
            signs = np.sign(flat) if array.dtype.kind in "if" else ones
            if not np.array_equal(signs, flat, equal_nan=True):
                yield signs.reshape(array.shape)
            if not np.array_equal(flat, counted) and np.abs(np.nan_to_num(flat)).max() > 99:
                yield counted.astype(array.dtype).reshape(array.shape)
        parts = 2
        while parts <= min(nonzero.size, 64):
            for chunk in np.array_split(nonzero, parts):
                yield changed(array, chunk, 0)
            parts *= 2
        if nonzero.size <= ONE_BY_ONE:
            for place in nonzero:
                if nonzero.size > 64:
                    yield changed(array, place, 0)
                if flat[place] != 1:
                    yield changed(array, place, 1)
                if flat[place] < 0 and flat[place] != -1:
                    yield changed(array, place, -1)


def changed(array: Array, places: Any, value: int) -> Array:
    """A copy with some elements replaced."""
    copy = array.copy()
    copy.flat[places] = value
    return copy
