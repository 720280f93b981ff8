"""Diagnosis: which fault models behave exactly as a target does, on all probes.

There is no diagnosis if no model does, or if the probes cannot tell a model from the reference.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from cnnspec.engine.chance import after_others, by_chance, comes_and_goes
from cnnspec.engine.conditional import conditional
from cnnspec.engine.judged import judged
from cnnspec.engine.misreading.search import Looked, looked_at
from cnnspec.engine.pairs import pairs
from cnnspec.engine.patient import Patient, TooSlow
from cnnspec.engine.refute import standing
from cnnspec.engine.separate import holds, nameless, probes_of, raising
from cnnspec.engine.suggestion import Diagnosis, Separation
from cnnspec.kit.calls import Case
from cnnspec.kit.fault import Fault
from cnnspec.kit.operation import REGISTRY
from cnnspec.kit.session import Session
from cnnspec.operations.catalogue import faults

MOST = 3
"""The most diagnoses of one operation."""


@dataclass
class Findings:
    """What is said of a target that deviates: names, and conditions without a name.

    looked: what its operations read through windows that options move.
    """

    diagnosis: list[Diagnosis] = field(default_factory=list)
    separations: list[Separation] = field(default_factory=list)
    looked: list[Looked] = field(default_factory=list)


def diagnose(session: Session, failed: Mapping[str, Case | None]) -> list[Diagnosis]:
    """The fault models that behave as a target does, for each of its operations; best first.

    failed: the clauses from which the target deviates, each with the case that shows it.
    """
    return examined(session, failed).diagnosis


@np.errstate(all="ignore")  # fault models get the same inputs, NaN too
def examined(session: Session, failed: Mapping[str, Case | None]) -> Findings:
    """The fault models that behave as a target does, and conditions under which it fails.

    Nothing is said of a target that cannot be started again, and nothing is asked of an operation
    that was called in no case that shows a deviation.
    """
    found = Findings()
    if session.client.gone:
        return found
    offered = [name for name in REGISTRY if name in session.offered()]
    for operation in (name for name in offered if is_in_question(name, failed)):
        own = {clause: case for clause, case in failed.items() if concerns(operation, case)}
        with suppress(TooSlow):
            one = of_operation(session, operation, own)
            found.diagnosis += one.diagnosis[:MOST]
            found.separations += one.separations
            found.looked += one.looked
    return found


def of_operation(session: Session, operation: str, failed: Mapping[str, Case | None]) -> Findings:
    """What is said of one operation; failed: the clauses that it may have broken."""
    patient = Patient(session, operation, failed)
    again = Patient(session, operation, failed, restarting=True)
    looked = looked_at(patient)
    seen = [looked] if looked is not None else []
    found = singles(patient) or singles(again) or beside(patient)
    found = found or pairs(patient) or misread(looked)
    found = standing(patient, found) or standing(patient, misread(looked))
    if found:
        return Findings(found, looked=seen)
    where = raising(patient)
    said = [where] if where is not None else []
    if where is not None:
        patient.excuse(partial(holds, where.condition))
        found = standing(patient, singles(patient) or pairs(patient)) if wrong(patient) else []
    found = found or after_others(patient)
    if not found and wrong(patient):
        if comes_and_goes(patient):
            return Findings(by_chance(patient), said, seen)
        found = standing(patient, conditional(patient))
        said += [] if found else nameless(patient)
    return Findings(found, said, seen)


def misread(looked: Looked | None) -> list[Diagnosis]:
    """The misreading of options that does what a target does, if one was found."""
    return [looked.diagnosis] if looked is not None and looked.diagnosis is not None else []


def wrong(patient: Patient) -> bool:
    """Whether the target is wrong on a probe that is not excused."""
    return any(one.wrong for one in probes_of(patient))


def is_in_question(operation: str, failed: Mapping[str, Case | None]) -> bool:
    """Whether an operation may have caused a deviation, by itself or together with others."""
    cases = failed.values()
    return any(case is None or any(one.operation == operation for one in case) for case in cases)


def concerns(operation: str, case: Case | None) -> bool:
    """Whether this operation alone may have caused what a case shows."""
    return case is None or all(one.operation == operation for one in case)


def singles(patient: Patient) -> list[Diagnosis]:
    """Each fault that by itself does what the target does."""
    return fitting(patient, lambda fault: bool(set(patient.failed) & set(fault.clauses)))


def beside(patient: Patient) -> list[Diagnosis]:
    """Each fault of an option whose clause holds, if it shows beside another option alone.

    Which of the two clauses is said to be broken depends on the counterexample.
    """
    failing = set(patient.failed) & set(patient.of_options)
    if not failing:
        return []
    return fitting(
        patient,
        lambda fault: (
            not failing & set(fault.clauses) and bool(set(fault.clauses) & set(patient.of_options))
        ),
    )


def fitting(patient: Patient, concerns_it: Callable[[Fault], bool]) -> list[Diagnosis]:
    """Each of some faults that by itself does what the target does."""
    concerned = [
        fault
        for fault in faults()
        if fault.operation == patient.operation and fault.stateful == patient.restarting
        if concerns_it(fault)
    ]
    fitted = [fault.fitted(patient.ask) for fault in concerned]
    found = [judged(patient, (fault,)) for fault in fitted if fault is not None]
    best = sorted((one for one in found if one is not None), key=lambda one: -one.probes)
    return best if takes_all(patient) else distinct(best)


def takes_all(patient: Patient) -> bool:
    """Whether a target takes all options of its operation in all their forms."""
    session, operation = patient.session, patient.operation
    options = REGISTRY[operation].options
    return all(session.takes(operation, one.name, form) for one in options for form in one.forms)


def distinct(found: list[Diagnosis]) -> list[Diagnosis]:
    """The diagnoses without those that no probe tells from one before them.

    Models of the same option that do what the target does on all probes differ in what the target
    does not offer: to name a second one would say more than was seen.
    """
    kept: dict[object, Diagnosis] = {}
    for one in found:
        (fault,) = one.faults
        kept.setdefault(fault.clauses if fault.edition == "general" else fault.id, one)
    return list(kept.values())
