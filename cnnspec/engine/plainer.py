"""Calls with options without what a target gets wrong in any call: integers, say, or layouts.

A target that computes with integers as they are deviates by a clause of its own. That says nothing
of its padding, so its options are compared with fault models in floats.
"""

from collections.abc import Callable, Iterable

from cnnspec.kit.calls import Case
from cnnspec.kit.clauses import DTYPE, LAYOUT
from cnnspec.operations.every.blame import in_c_order, in_float64

BY_CLAUSE: dict[str, Callable[[Case], Case]] = {LAYOUT: in_c_order, DTYPE: in_float64}
"""For a clause about any call, how a call is made one that does not concern it."""


def plainer(case: Case, failed: Iterable[str]) -> Case:
    """A single call without what the failed clauses are about; several calls as they are."""
    if len(case) == 1:
        for clause in set(failed) & set(BY_CLAUSE):
            case = BY_CLAUSE[clause](case)
    return case
