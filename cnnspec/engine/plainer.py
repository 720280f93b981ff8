"""Calls with options without what a target gets wrong in any call: integers, say, or layouts.

A target that computes with integers as they are deviates by a clause of its own. That says nothing
of its padding: what its options do is compared with fault models in floats then.
"""

from collections.abc import Callable, Container

from cnnspec.kit.calls import Case
from cnnspec.kit.clauses import DTYPE, LAYOUT, NOT_FINITE, SUBNORMAL
from cnnspec.operations.every.blame import finite, in_c_order, in_float64, normal

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
