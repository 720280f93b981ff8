"""The calls by which a target is compared with fault models: plain ones, and those of a clause."""

from dataclasses import replace

import numpy as np

from cnnspec.kit.calls import Case
from cnnspec.kit.operation import REGISTRY, broken
from cnnspec.kit.session import Session
from cnnspec.operations.catalogue import calls_with_options, checks

OF_A_CLAUSE = 96
"""The most cases of one clause that become probes; a few large ones come on top."""

LARGEST = 400_000
"""Elements of the arrays of a probe, at the most."""


BEYOND, FEW = 2**16, 4
"""The probes always include up to FEW cases with a dimension above BEYOND, sixteen bits."""


def plain(session: Session, operation: str) -> list[Case]:
    """Valid calls of all sizes, with numbers of all kinds, that need no special treatment."""
    return list(REGISTRY[operation].inputs.probes(session))


def with_options(session: Session, operation: str) -> list[Case]:
    """Valid calls in which all options vary together."""
    return [(one,) for one in calls_with_options(session, operation)]


def again_in_float32(session: Session, case: Case) -> bool:
    """Whether a case is invalid input in float32; other cases have the same in float64."""
    in_float32 = all(array.dtype == np.float32 for array in case[-1].arrays)
    return in_float32 and broken(case[-1], session.edition) is not None


def of_clause(session: Session, clause: str, operation: str) -> list[Case]:
    """Cases of the checks of a clause, evenly chosen, that call one operation alone."""
    name = f"probes of {clause} for {operation}"
    return session.memory.cases(name, lambda: chosen(session, clause, operation))


def chosen(session: Session, clause: str, operation: str) -> list[Case]:
    """The same, made anew: no case of another operation is made."""
    alone = replace(session, uncallable=session.uncallable | (set(REGISTRY) - {operation}))
    found = [
        case
        for one in checks(session.edition)
        if one.clause == clause and one.cases is not None
        if operation in (one.operations or (operation,))
        for case in one.cases(alone)
        if {call.operation for call in case} == {operation}
        and sum(array.size for call in case for array in call.arrays) <= LARGEST
        and not again_in_float32(session, case)
    ]
    large = [case for case in found if max(case[-1].arrays[0].shape, default=0) > BEYOND]
    return [*spread(found), *large[:FEW]]


def spread(found: list[Case]) -> list[Case]:
    """One case of so many side by side, but not always the first: settings may take turns."""
    step = max(-(-len(found) // OF_A_CLAUSE), 1)
    places = (first + first // step % step for first in range(0, len(found), step))
    return [found[min(place, len(found) - 1)] for place in places]
