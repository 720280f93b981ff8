"""Drops names that another deviation of the same operation refutes."""

from cnnspec.engine.compare import PLAIN, same
from cnnspec.engine.patient import Patient, Probe
from cnnspec.engine.probes import LARGEST
from cnnspec.engine.suggestion import Diagnosis
from cnnspec.kit.clauses import DIMENSIONS, LEVELS, clauses
from cnnspec.kit.fault import Undefined, composed
from cnnspec.kit.operation import REGISTRY


def standing(patient: Patient, found: list[Diagnosis]) -> list[Diagnosis]:
    """The diagnoses that no counterexample refutes, each with the clauses that it explains."""
    shown = counterexamples(patient) if found else {}
    agreed = [{c for c, probe in shown.items() if does(patient, one, probe)} for one in found]
    known = list(zip(found, agreed, strict=True))
    return [
        one
        for one, own in known
        if not any(
            refutes(patient, one, clause) and not is_explained(one, clause, known)
            for clause in set(shown) - own
        )
    ]


def is_explained(one: Diagnosis, clause: str, known: list[tuple[Diagnosis, set[str]]]) -> bool:
    """Whether a diagnosis of other clauses explains one that a diagnosis does not.

    Of two diagnoses of the same clause, the one that explains more is the better one.
    """
    return clause not in one.clauses and any(
        clause in agreed and not set(other.clauses) & set(one.clauses) for other, agreed in known
    )


def counterexamples(patient: Patient) -> dict[str, Probe]:
    """The cases of the failing clauses that are valid calls, and on which results are wrong."""
    found = {}
    for clause, case in patient.failed.items():
        if case is None or len(case) > 1 or not patient.session.timing.affordable(case[0]):
            continue
        if sum(array.size for array in case[0].arrays) > LARGEST:
            continue
        probe = patient.probed(case)
        if probe.right[0].value is not None and probe.wrong:
            found[clause] = probe
    return found


def does(patient: Patient, one: Diagnosis, probe: Probe) -> bool:
    """Whether the models do what the target does in a counterexample, or leave it open."""
    if one.faults[0].alike is not None or one.faults[0].noticed:
        return True  # their numbers are another implementation's
    holds = one.where is None or one.where.holds(probe.facts)
    if not holds:
        return not probe.wrong
    if patient.is_excused(probe):
        return True
    edition = patient.session.edition
    whole = one.faults[0].make if len(one.faults) == 1 else None
    function = whole(edition) if whole else composed(patient.operation, edition, [*one.faults])
    made = patient.client(function).answer(probe.case[0])
    if made.exception[:1] == (Undefined.__name__,):
        return True
    return same(probe.case, probe.target, [made], PLAIN)


def refutes(patient: Patient, one: Diagnosis, clause: str) -> bool:
    """Whether a clause that the models do not explain speaks against them.

    A name of wrong values stands beside what is wrong with NaN, say: that may be a second fault.
    A name of a higher level falls with a wrong value.
    """
    roles = REGISTRY[patient.operation].roles
    if clause in one.clauses or clause in roles.computed:
        return True
    own = min(LEVELS.index(clauses()[c].level) for fault in one.faults for c in fault.clauses)
    return clause == DIMENSIONS or LEVELS.index(clauses()[clause].level) < own
