"""Compares fault models with a target, on all probes."""

from cnnspec.engine.compare import OPTIONS, PLAIN
from cnnspec.engine.patient import Patient, alike, looks
from cnnspec.engine.suggestion import Diagnosis
from cnnspec.kit.clauses import clauses
from cnnspec.kit.fault import Fault, composed
from cnnspec.kit.incidents import OBSERVED
from cnnspec.kit.operation import REGISTRY

TELLING = 2
"""A diagnosis needs at least this many probes on which its model differs from the reference."""


def judged(patient: Patient, models: tuple[Fault, ...]) -> Diagnosis | None:
    """The diagnosis of some faults, if they do what the target does on every probe."""
    edition = patient.session.edition
    broken = {clause for fault in models for clause in fault.clauses}
    topics = [c for c in sorted(broken) if edition in clauses()[c].editions]
    if any(fault.alike for fault in models):  # C9's cases are on no grid
        topics = [clause for clause in topics if clause in alike(patient.operation)]
    topics = [PLAIN, *topics]
    if all(fault.edition == "general" and fault.alike is None for fault in models):
        topics = wrong_first(patient, [*topics, OPTIONS])
    count = telling = 0
    for clause in topics:
        make = models[0].make if len(models) == 1 else None
        function = make(edition) if make else composed(patient.operation, edition, [*models])
        client = patient.client(function)
        if clause in OBSERVED.values() or patient.restarting:
            patient.forget(client)
        for probe in patient.topic(clause):
            look = looks(probe, client, models, clause)
            if look == "contrary":
                patient.note_refuting(probe, clause)
                return None
            count += look is not None
            telling += look == "telling"
    order = REGISTRY[patient.operation].roles.order
    if telling < (1 if broken == {order} else TELLING):  # the order of causes has few cases
        return None
    concerned = broken & set(patient.failed) or set(patient.failed) & set(patient.of_options)
    return Diagnosis(patient.operation, models, tuple(sorted(concerned)), count)


def wrong_first(patient: Patient, topics: list[str]) -> list[str]:
    """Topics in another order: those that were asked, and on which the target is wrong, come first.

    A model that does not do the same shows it there soonest.
    """
    if patient.restarting:
        return topics
    wrong = {one for one in topics if any(probe.wrong for probe in patient.topics.get(one, ()))}
    return sorted(topics, key=lambda one: one not in wrong)
