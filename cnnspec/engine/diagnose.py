"""Diagnosis: which fault models behave exactly as a target does, on all probes.

There is no diagnosis if no model does, or if the probes cannot tell a model from the reference.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np

from cnnspec.engine.compare import PLAIN, close, largest_sum
from cnnspec.engine.conditional import conditional
from cnnspec.engine.patient import Patient, TooSlow, alike, looks
from cnnspec.engine.refute import standing
from cnnspec.engine.separate import Separation, nameless, probes_of, raising
from cnnspec.engine.suggestion import Diagnosis
from cnnspec.kit.calls import Case
from cnnspec.kit.clauses import clauses
from cnnspec.kit.fault import Fault, Undefined, composed
from cnnspec.kit.incidents import OBSERVED
from cnnspec.kit.operation import REGISTRY
from cnnspec.kit.session import Session
from cnnspec.operations.catalogue import faults

MOST = 3
"""The most diagnoses of one operation."""

TELLING = 2
"""A diagnosis needs at least this many probes on which its model differs from the reference."""

SOME = 4
"""How many probes decide whether a pair of faults is tried on all probes."""


@dataclass
class Findings:
    """What is said of a target that deviates: names, and conditions without a name."""

    diagnosis: list[Diagnosis] = field(default_factory=list)
    separations: list[Separation] = field(default_factory=list)


def diagnose(session: Session, failed: Mapping[str, Case | None]) -> list[Diagnosis]:
    """The fault models that behave as a target does, for each of its operations; best first.

    failed: the clauses from which the target deviates, each with the case that shows it.
    """
    return examined(session, failed).diagnosis


@np.errstate(all="ignore")  # fault models get the same inputs, NaN too
def examined(session: Session, failed: Mapping[str, Case | None]) -> Findings:
    """The fault models that behave as a target does, and conditions under which it fails."""
    found = Findings()
    for operation in (name for name in REGISTRY if name in session.offered() and failed):
        own = {clause: case for clause, case in failed.items() if concerns(operation, case)}
        with suppress(TooSlow):
            one = of_operation(session, operation, own)
            found.diagnosis += one.diagnosis[:MOST]
            found.separations += one.separations
    return found


def of_operation(session: Session, operation: str, failed: Mapping[str, Case | None]) -> Findings:
    """What is said of one operation; failed: the clauses that it may have broken."""
    patient = Patient(session, operation, failed)
    again = Patient(session, operation, failed, restarting=True)
    found = standing(patient, singles(patient) or singles(again) or pairs(patient))
    if found:
        return Findings(found)
    where = raising(patient)
    said = [where] if where is not None else []
    if where is not None:
        patient.excuse(where.covers)
        found = standing(patient, singles(patient) or pairs(patient)) if wrong(patient) else []
    if not found and wrong(patient):
        found = standing(patient, conditional(patient))
        said += [] if found else nameless(patient)
    return Findings(found, said)


def wrong(patient: Patient) -> bool:
    """Whether the target is wrong on a probe that is not excused."""
    return any(one.wrong for one in probes_of(patient))


def concerns(operation: str, case: Case | None) -> bool:
    """Whether this operation alone may have caused what a case shows."""
    return case is None or all(one.operation == operation for one in case)


def singles(patient: Patient) -> list[Diagnosis]:
    """Each fault that by itself does what the target does."""
    concerned = [
        fault
        for fault in faults()
        if fault.operation == patient.operation and fault.stateful == patient.restarting
        if set(patient.failed) & set(fault.clauses)
    ]
    fitted = [fault.fitted(patient.ask) for fault in concerned]
    found = [judged(patient, (fault,)) for fault in fitted if fault is not None]
    return sorted((one for one in found if one is not None), key=lambda one: -one.probes)


def pairs(patient: Patient) -> list[Diagnosis]:
    """Two faults of shape or value that together do what the target does.

    The first of them may be a whole operation, of whose result the second makes another one.
    """
    plain = set(REGISTRY[patient.operation].roles.computed)
    if not set(patient.failed) & plain:
        return []
    own = [
        fitted
        for fault in faults()
        if fault.operation == patient.operation and not fault.stateful
        if set(fault.clauses) <= plain
        if (fitted := fault.fitted(patient.ask)) is not None
    ]
    steps = [fault for fault in own if fault.whole is None]
    wholes = [fault for fault in own if fault.whole is not None and fault.alike is None]
    last = [fault for fault in steps if fault.after is not None]
    likely = [*combinations(steps, 2), *((one, step) for one in wholes for step in last)]
    found = [judged(patient, pair) for pair in likely if promising(patient, pair)]
    return [one for one in found if one is not None]


def promising(patient: Patient, pair: tuple[Fault, ...]) -> bool:
    """Whether two faults do what the target does on the first few probes: a quick filter."""
    function = composed(patient.operation, patient.session.edition, [*pair])
    for probe in patient.topic(PLAIN)[:SOME]:
        if probe.target[0].kind == "unsupported":
            continue
        got = probe.target[0].value
        try:
            value = function(**probe.case[0].plain)
        except Undefined:
            continue
        except Exception:  # two faults need not make sense together
            return False
        if got is None or not close(got, value, largest_sum(probe.case[0])):
            return False
    return True


def judged(patient: Patient, models: tuple[Fault, ...]) -> Diagnosis | None:
    """The diagnosis of some faults, if they do what the target does on every probe."""
    edition = patient.session.edition
    broken = {clause for fault in models for clause in fault.clauses}
    topics = [c for c in sorted(broken) if edition in clauses()[c].editions]
    if any(fault.alike for fault in models):  # C9's cases are on no grid
        topics = [clause for clause in topics if clause in alike(patient.operation)]
    count = telling = 0
    for clause in [PLAIN, *topics]:
        make = models[0].make if len(models) == 1 else None
        function = make(edition) if make else composed(patient.operation, edition, [*models])
        client = patient.client(function)
        if clause in OBSERVED.values() or patient.restarting:
            patient.forget(client)
        for probe in patient.topic(clause):
            look = looks(probe, client, models, clause)
            if look == "contrary":
                return None
            count += look is not None
            telling += look == "telling"
    order = REGISTRY[patient.operation].roles.order
    if telling < (1 if broken == {order} else TELLING):  # the order of causes has few cases
        return None
    concerned = tuple(sorted(broken & set(patient.failed)))
    return Diagnosis(patient.operation, models, concerned, count)
