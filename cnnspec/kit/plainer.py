"""The last call of a case without what is out of the ordinary in it: layouts, dtypes, numbers.

A target that computes with integers as they are deviates by a clause of its own. That says nothing
of its padding: what its options do is compared with fault models in floats then.
"""

from collections.abc import Callable, Container

import numpy as np

from cnnspec.kit.calls import Argument, Case
from cnnspec.kit.clauses import DTYPE, LAYOUT, NOT_FINITE, SUBNORMAL
from cnnspec.kit.noticing import has_subnormal, is_native
from cnnspec.spec import Array


def in_c_order(case: Case) -> Case:
    """The last call with plain arrays."""
    layouts = {a.layout for a in case[-1].arguments.values() if isinstance(a, Argument)}
    return (case[-1].laid_out("C"),) if layouts != {"C"} else case


def finite(case: Case) -> Case:
    """The last call with finite numbers in the places of NaN and infinities."""
    arrays = case[-1].arrays
    if all(np.isfinite(a).all() for a in arrays):
        return case
    return with_arrays(case, [np.nan_to_num(a, nan=1.0, posinf=3.0, neginf=-2.0) for a in arrays])


def in_float64(case: Case) -> Case:
    """The last call with its numbers in float64, unless they all are native floats of one kind."""
    if is_native(case[-1]):
        return case
    return with_arrays(case, [a.astype(np.float64) for a in case[-1].arrays])


def normal(case: Case) -> Case:
    """The last call with each array that has subnormal numbers made larger."""
    arrays = [enlarged(a) for a in case[-1].arrays]
    same = all(a is b for a, b in zip(arrays, case[-1].arrays, strict=True))
    return case if same else with_arrays(case, arrays)


def enlarged(array: Array) -> Array:
    """An array whose subnormal numbers are made larger."""
    if not has_subnormal(array):
        return array
    info = np.finfo(array.dtype)
    small = np.abs(array) < info.tiny
    return np.where(small, np.ldexp(np.where(small, array, 0), int(info.nmant) + 8), array)


def with_arrays(case: Case, arrays: list[Array]) -> Case:
    """The last call with other arrays."""
    return (case[-1].with_arrays(arrays),)


BY_CLAUSE: dict[str, Callable[[Case], Case]] = {
    LAYOUT: in_c_order,
    NOT_FINITE: finite,
    DTYPE: in_float64,
    SUBNORMAL: normal,
}
"""For a clause about any call, how a call is made one that does not concern it."""


def plainer(case: Case, failed: Container[str]) -> Case:
    """A single call without what the failed clauses are about; several calls as they are."""
    if len(case) == 1:
        for clause, without in BY_CLAUSE.items():
            case = without(case) if clause in failed else case
    return case
