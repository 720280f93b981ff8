"""Fault models under a condition: a target does what they do there, and is right elsewhere."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from cnnspec.engine.compare import PLAIN, same
from cnnspec.engine.inquiry import MOST_QUESTIONS, Contrary, Inquiry, more
from cnnspec.engine.patient import Patient, Probe, looks
from cnnspec.engine.predicates import Condition
from cnnspec.engine.separate import CONTEXTS, holds, probes_of
from cnnspec.engine.suggestion import Diagnosis
from cnnspec.kit.calls import Call
from cnnspec.kit.client import Client
from cnnspec.kit.fault import Fault
from cnnspec.kit.operation import REGISTRY
from cnnspec.operations.catalogue import faults

WORTH = 1.0
"""A name whose condition is less simple by more than this than another's is not given."""


MOST_SUSPECTS = 12
"""For so many models at the most questions are asked."""

MOST_WEIGHED = 240
"""If so many answers were compared with models, no more questions are asked for others."""

SOME = 24
"""So many probes on which a target is right decide which models these are."""


@dataclass(frozen=True)
class Suspect:
    """A fault model, the condition under which a target may have it, and how many probes agree."""

    fault: Fault
    condition: Condition
    probes: int


@dataclass
class Trial:
    """A model that is compared with a target, probe by probe.

    open: probes on which the target is wrong, and the model leaves open what comes.
    """

    patient: Patient
    fault: Fault
    client: Client
    open: list[Probe] = field(default_factory=list)

    @cached_property
    def inquiry(self) -> Inquiry:
        """Finds the condition under which the target does what the model does."""
        return Inquiry(self.patient, self.label, self.tells)

    def takes(self, probes: list[Probe]) -> bool:
        """Note probes; whether the target does nothing else than the model, or what is right."""
        try:
            for probe in probes:
                self.inquiry.note(probe)
        except Contrary:
            return False
        return True

    def label(self, probe: Probe) -> bool | None:
        """Whether the target does what the model does; None where that is right, too.

        Raises Contrary where the target does neither.
        """
        if self.patient.is_excused(probe):
            return None
        look = looks(probe, self.client, (self.fault,), PLAIN)
        if look is None and probe.wrong:  # the model leaves open what comes there
            self.open.append(probe)
        if look == "contrary" and probe.wrong:
            raise Contrary
        return {"telling": True, "contrary": False}.get(look or "")

    def tells(self, call: Call) -> bool:
        """Whether the model and the reference differ in a call."""
        if self.fault.alike is not None:
            return True
        (right,) = self.patient.right((call,))
        return not same((call,), [self.client.answer(call)], [right], PLAIN)


def conditional(patient: Patient) -> list[Diagnosis]:
    """The fault models that a target has under a condition, those of the simplest condition."""
    known = probes_of(patient)
    if not any(one.wrong for one in known) or all(one.wrong for one in known):
        return []
    known += more(patient, known)
    known.sort(key=lambda one: not one.wrong)  # a model that is not the target's fails soon
    found, asked = [], 0
    for trial in likeliest(patient, known):
        one = suspect(trial) if asked < MOST_WEIGHED else None
        found += [one] if one is not None else []
        asked += MOST_QUESTIONS - trial.inquiry.left
    least = min((one.condition.cost for one in found), default=0.0)
    found.sort(key=lambda one: (-one.condition.cost, one.probes))
    # those of one condition do the same there: one of them is enough
    distinct = {one.condition.words: one for one in found if one.condition.cost <= least + WORTH}
    return [said(patient, one) for one in distinct.values()]


def candidates(patient: Patient) -> Iterator[Fault]:
    """The fault models of an operation that change results, and keep no state."""
    computed = REGISTRY[patient.operation].roles.computed
    for fault in faults():
        own = fault.operation == patient.operation and not fault.stateful and not fault.noticed
        if own and set(fault.clauses) & (computed | {*CONTEXTS} | set(patient.failed)):
            fitted = fault.fitted(patient.ask_where_wrong) or fault.fitted(patient.ask)
            if fitted is not None:
                yield fitted


def likeliest(patient: Patient, known: list[Probe]) -> list[Trial]:
    """Trials of the faults that a target has wherever it is wrong: of those that show most often.

    They have noted all probes; where there are many, a few of those that are right decide.
    """
    wrong, right = ([one for one in known if one.wrong == side] for side in (True, False))
    edition = patient.session.edition
    made = [
        Trial(patient, fault, patient.client(fault.make(edition))) for fault in candidates(patient)
    ]
    left = [one for one in made if one.takes(wrong) and one.inquiry.labels]
    some = right[:: max(1, len(right) // SOME)]
    if len(left) > MOST_SUSPECTS:
        for one in left:
            one.takes(some)
        left.sort(key=lambda one: (len(one.open), -len(one.inquiry.labels)))
        right = [one for one in right if one not in some]
    for one in left[:MOST_SUSPECTS]:
        one.takes(right)
    return left[:MOST_SUSPECTS]


def suspect(trial: Trial) -> Suspect | None:
    """A fault with the condition under which a target has it, if there is one."""
    try:
        found = trial.inquiry.settled()
    except Contrary:
        return None
    if found is None or not all(holds(found.condition, probe) for probe in trial.open):
        return None
    return Suspect(trial.fault, found.condition, found.probes)


def said(patient: Patient, one: Suspect) -> Diagnosis:
    """The diagnosis of a fault under a condition."""
    roles = REGISTRY[patient.operation].roles
    able = {*one.fault.clauses, *CONTEXTS, *roles.exact}
    clauses = tuple(sorted(able & set(patient.failed)))
    words = f"where {one.condition.words}"
    return Diagnosis(patient.operation, (one.fault,), clauses, one.probes, words, one.condition)
