"""Fault models that a target has in some calls and not in others, by chance or by history."""

from collections.abc import Iterable

from cnnspec.engine.conditional import Trial, candidates
from cnnspec.engine.inquiry import Contrary
from cnnspec.engine.judged import TELLING
from cnnspec.engine.patient import Patient, Probe
from cnnspec.engine.probes import plain
from cnnspec.engine.separate import probes_of
from cnnspec.engine.suggestion import Diagnosis
from cnnspec.kit.calls import Case
from cnnspec.kit.clauses import ARGUMENTS_ALONE
from cnnspec.kit.fault import Fault

AGAIN = 6
"""So often a few probes are asked again."""

FEW = 4
"""So many of them."""

SMALL = 16
"""So many probes are asked after other calls."""

NOT_ALWAYS, AFTERWARDS = "but not every time", "but only after other calls"


def comes_and_goes(patient: Patient) -> bool:
    """Whether the target is right, when asked again, where it was wrong."""
    wrong = [one for one in probes_of(patient) if one.wrong][:FEW]
    return any(not patient.probed(one.case).wrong for one in wrong for _ in range(AGAIN))


def by_chance(patient: Patient) -> list[Diagnosis]:
    """The models that explain whatever a target does wrong, if it is not wrong every time."""
    known = probes_of(patient)
    wrong = [one for one in known if one.wrong]
    asked = [patient.probed(one.case) for one in wrong[:FEW] for _ in range(AGAIN)]
    return [
        named(patient, fault, len(known) + len(asked), NOT_ALWAYS)
        for fault in candidates(patient)
        if shown(patient, fault, [*wrong, *known, *asked]) is not None
    ]


def after_others(patient: Patient) -> list[Diagnosis]:
    """The models that explain what a target does after the calls that Q2 blames, and not before."""
    case = patient.failed.get(ARGUMENTS_ALONE) or ()
    chain = case[:-1]
    if not chain or any(one.at_once is not None for one in case):
        return []
    cases = plain(patient.session, patient.operation)[:SMALL]
    alone = asked_after(patient, (), cases)
    made = asked_after(patient, chain, cases)
    if any(one.wrong for one in alone) or not any(one.wrong for one in made):
        return []
    made.sort(key=lambda one: not one.wrong)
    return [
        named(patient, fault, len(made), AFTERWARDS)
        for fault in candidates(patient)
        if shown(patient, fault, made) == 0
    ]


def asked_after(patient: Patient, chain: Case, cases: list[Case]) -> list[Probe]:
    """Probes that are asked in a fresh process, each after some calls."""
    if not patient.session.client.restart():
        return []
    found = []
    for case in cases:
        for one in chain:
            patient.session.client.answer(one)
        found.append(patient.probed(case))
    return found


def shown(patient: Patient, fault: Fault, probes: Iterable[Probe]) -> int | None:
    """On how many probes a target is right where a model is not; None if it is not the model's."""
    trial = Trial(patient, fault, patient.client(fault.make(patient.session.edition)))
    try:
        labels = [trial.label(one) for one in probes]
    except Contrary:
        return None
    enough = labels.count(True) >= TELLING and not trial.open
    return labels.count(False) if enough else None


def named(patient: Patient, fault: Fault, probes: int, words: str) -> Diagnosis:
    """The diagnosis of a fault that does not always show."""
    able = {*fault.clauses, ARGUMENTS_ALONE} & set(patient.failed)
    return Diagnosis(patient.operation, (fault,), tuple(sorted(able)), probes, words)
