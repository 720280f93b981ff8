"""Where a target fails, if no fault model tells how: the simplest condition that separates it."""

import numpy as np

from cnnspec.engine.compare import PLAIN
from cnnspec.engine.inquiry import Found, Inquiry, Label, known_of
from cnnspec.engine.patient import Patient, Probe
from cnnspec.engine.predicates import Condition
from cnnspec.engine.suggestion import Separation
from cnnspec.kit.calls import LOST
from cnnspec.kit.clauses import DIMENSIONS, DTYPE, LAYOUT
from cnnspec.kit.operation import REGISTRY

CONTEXTS = (LAYOUT, DTYPE, DIMENSIONS)
"""Clauses whose cases are valid calls in other layouts and dtypes, and of other sizes."""


def holds(condition: Condition, probe: Probe) -> bool:
    """Whether a condition holds of a probe."""
    return condition.holds(probe.facts)


def probes_of(patient: Patient) -> list[Probe]:
    """Single calls whose right result is known: plain ones, and those of clauses that fail."""
    roles = REGISTRY[patient.operation].roles
    known = (*sorted(roles.computed), *CONTEXTS)
    topics = [one for one in known if one in patient.failed and patient.is_quick(one)]
    found = [probe for clause in (PLAIN, *topics) for probe in patient.topic(clause)]
    return [probe for probe in found if known_of(probe)]


def raising(patient: Patient) -> Separation | None:
    """Where a target raises for valid input, or is lost."""

    def lost(probe: Probe) -> bool | None:
        return any(one.kind in LOST for one in probe.target)

    def raises(probe: Probe) -> bool | None:
        return probe.raises and not lost(probe)

    return separated(patient, "crashes", lost) or separated(patient, "raises", raises)


def nameless(patient: Patient) -> list[Separation]:
    """Where the results of a target are wrong."""

    def wrong(probe: Probe) -> bool | None:
        return None if probe.raises or not (probe.wrong or shows(probe)) else probe.wrong

    found = separated(patient, "is wrong", wrong)
    return [found] if found is not None else []


def shows(probe: Probe) -> bool:
    """Whether a wrong number would show: not in a result that is NaN or infinite everywhere."""
    right = probe.right[-1].value
    return right is not None and bool(np.isfinite(right).any())


def separated(patient: Patient, does: str, label: Label) -> Separation | None:
    """The condition that separates probes by their labels, if there is one."""
    inquiry = Inquiry(patient, label)
    for probe in probes_of(patient):
        inquiry.note(probe)
    found = inquiry.settled()
    return said(patient, does, found) if found is not None else None


def said(patient: Patient, does: str, found: Found) -> Separation:
    """A condition that was found, with the clauses that it explains."""
    roles = REGISTRY[patient.operation].roles
    ids = {one for one in patient.failed if one in roles.computed or one in CONTEXTS}
    return Separation(patient.operation, does, found.condition, found.probes, tuple(sorted(ids)))
