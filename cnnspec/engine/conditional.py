"""Fault models under a condition: a target does what they do there, and is right elsewhere."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from cnnspec.engine.compare import PLAIN, same
from cnnspec.engine.inquiry import Contrary, Inquiry, more
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
    fitting = [one for fault in candidates(patient) if (one := trial(patient, fault, known))]
    fitting.sort(key=lambda one: (len(one.open), -len(one.inquiry.labels)))
    found = [one for fit in fitting[:MOST_SUSPECTS] if (one := suspect(fit))]
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


def trial(patient: Patient, fault: Fault, known: list[Probe]) -> Trial | None:
    """A fault that a target has on all probes on which it is wrong, and not on all others."""
    made = Trial(patient, fault, patient.client(fault.make(patient.session.edition)))
    try:
        for probe in known:
            made.inquiry.note(probe)
    except Contrary:
        return None
    return made if len(set(made.inquiry.labels)) == 2 else None


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
