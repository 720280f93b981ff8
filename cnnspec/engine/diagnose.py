"""Diagnosis: which fault models behave exactly as a target does, on all probes.

There is no diagnosis if no model does, or if the probes cannot tell a model from the reference.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np

from cnnspec.engine import probes
from cnnspec.kit.calls import Call, Case, Outcome
from cnnspec.kit.clauses import ARGUMENTS_ALONE, DELIBERATE, DTYPE, clauses
from cnnspec.kit.client import Client
from cnnspec.kit.exact import unit_roundoff
from cnnspec.kit.fault import Fault, Function, Look, Undefined, base, composed
from cnnspec.kit.incidents import OBSERVED
from cnnspec.kit.operation import REGISTRY, call, operation_of
from cnnspec.kit.rejection import ACCIDENTS, causes
from cnnspec.kit.session import Session
from cnnspec.operations.catalogue import faults
from cnnspec.spec import Array
from cnnspec.targets.client import InProcess
from cnnspec.targets.converting import Converting
from cnnspec.targets.memory import KEPT_RESULTS

MOST = 3
"""The most diagnoses of one operation."""

TELLING = 2
"""A diagnosis needs at least this many probes on which its model differs from the reference."""

SOME = 4
"""How many probes decide whether a pair of faults is tried on all probes."""

ROUNDINGS = 16
"""Two results are close if they differ by at most this many roundings of the largest sum.

A mean, for example, can be computed in several ways, which differ by a few roundings of its sum.
"""

HUNG_ENOUGH = 2
"""A target that hangs on so many probes is not compared any further."""

PLAIN = ""
"""The topic of the probes that every model must agree on; the others are clauses."""

DTYPES = (ARGUMENTS_ALONE, DTYPE)
"""Clauses under which a result must have the same dtype too."""


def alike(operation: str) -> frozenset[str]:
    """The topics with exact grids: there a rounding error tells how a result was computed."""
    return frozenset({PLAIN, *REGISTRY[operation].roles.values.values()})


@dataclass(frozen=True)
class Diagnosis:
    """Faults of one operation that together do what a target does.

    clauses: the failing clauses that they explain. probes: how many probes they agree on.
    """

    operation: str
    faults: tuple[Fault, ...]
    clauses: tuple[str, ...]
    probes: int

    @property
    def fault(self) -> str:
        """The ids."""
        return " + ".join(fault.id for fault in self.faults)

    @property
    def sentence(self) -> str:
        """What is computed instead."""
        return " And: ".join(fault.sentence for fault in self.faults)

    @property
    def remedy(self) -> str:
        """What to mend."""
        return " ".join(dict.fromkeys(fault.remedy for fault in self.faults))

    @property
    def agreement(self) -> str:
        """The number of probes that agree, out of all."""
        return f"{self.probes} of {self.probes}"


class TooSlow(Exception):  # noqa: N818  it reads as what it says
    """A target that hangs on too many probes to be compared with fault models."""


@dataclass(frozen=True)
class Probe:
    """A case, and what the target and the reference made of its calls."""

    case: Case
    target: list[Outcome]
    right: list[Outcome]


@dataclass
class Patient:
    """One operation of a target, the clauses from which it deviates, and what it did on probes.

    restarting: whether the target is restarted before the probes of each topic. That shows faults
    in which earlier calls count.
    """

    session: Session
    operation: str
    failed: Mapping[str, Case | None]
    restarting: bool = False
    topics: dict[str, list[Probe]] = field(default_factory=dict)
    hung: int = 0

    def ask(self, *arguments: Array | int) -> Array | None:
        """The result of a call of the operation, or None if it gives no real numbers."""
        value = self.session.client.answer(call(self.operation, *arguments)).value
        return value if value is not None and value.dtype.kind in "biuf" else None

    def topic(self, clause: str) -> list[Probe]:
        """The probes of a clause, or the plain ones, with their outcomes."""
        if clause not in self.topics:
            if self.restarting:
                self.session.client.restart()
            cases = probes.plain(self.session, self.operation)
            if clause:
                cases = probes.of_clause(self.session, clause, self.operation)
                cases += [case for case in [self.failed.get(clause)] if case]
            right = self.client(base(self.operation, self.session.edition))
            self.forget(self.session.client)
            self.topics[clause] = [
                Probe(case, self.answers(case), [right.answer(one) for one in case])
                for case in cases
                if all(self.session.timing.affordable(one) for one in case)
            ]
        return self.topics[clause]

    def answers(self, case: Case) -> list[Outcome]:
        """What the target makes of a case. Raises TooSlow if it hangs too often."""
        made = [self.session.client.answer(one) for one in case]
        self.hung += any(one.kind == "hung" for one in made)
        if self.hung >= HUNG_ENOUGH:
            raise TooSlow
        return made

    def forget(self, client: Client) -> None:
        """Make a few trivial calls, so that a server keeps only their results."""
        for _ in range(KEPT_RESULTS + 1):
            client.answer(REGISTRY[self.operation].inputs.first()[0])

    def client(self, function: Function) -> Client:
        """A client with a function as the operation; it gets floats in the target's dtype."""
        client, dtype = InProcess({self.operation: function}), self.session.client.dtype
        return Converting(client, dtype) if dtype else client


@np.errstate(all="ignore")  # fault models get the same inputs, NaN too
def diagnose(session: Session, failed: Mapping[str, Case | None]) -> list[Diagnosis]:
    """The fault models that behave as a target does, for each of its operations; best first.

    failed: the clauses from which the target deviates, each with the case that shows it.
    """
    found: list[Diagnosis] = []
    if not failed:
        return found
    for operation in (name for name in REGISTRY if name in session.offered()):
        own = {clause: case for clause, case in failed.items() if concerns(operation, case)}
        patient = Patient(session, operation, own)
        again = Patient(session, operation, own, restarting=True)
        with suppress(TooSlow):
            found += (singles(patient) or singles(again) or pairs(patient))[:MOST]
    return found


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
    """Two faults of shape or value that together do what the target does."""
    plain = set(REGISTRY[patient.operation].roles.computed)
    if not set(patient.failed) & plain:
        return []
    steps = [
        fitted
        for fault in faults()
        if fault.operation == patient.operation and fault.whole is None
        if set(fault.clauses) <= plain
        if (fitted := fault.fitted(patient.ask)) is not None
    ]
    likely = (pair for pair in combinations(steps, 2) if promising(patient, pair))
    found = [judged(patient, pair) for pair in likely]
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


def looks(probe: Probe, client: Client, models: tuple[Fault, ...], clause: str) -> Look | None:
    """How a probe looks: contrary if the target does not do there what the models do.

    Neutral if the reference does the same, telling if it does not. None if the models leave the
    result undefined, or the target declines.
    """
    threads = any(one.at_once is not None for one in probe.case)  # what comes of it is chance
    if any(one.kind == "unsupported" for one in probe.target) or (threads and models[0].stateful):
        return None
    if len(models) == 1 and models[0].alike is not None and clause in alike(models[0].operation):
        (one,), (target,), (right,) = probe.case, probe.target, probe.right
        if target.value is None or right.value is None or target.value.shape != right.value.shape:
            return "contrary"
        if target.value.dtype.kind != "f":
            return "contrary"
        return models[0].alike(target.value, right.value, *one.arrays)
    if models[0].noticed:
        return noticed(probe, models[0], clause)
    outcomes = [client.answer(one) for one in probe.case]
    if any(one.exception[:1] == (Undefined.__name__,) for one in outcomes):
        return None
    if not same(probe.case, probe.target, outcomes, clause):
        return "contrary"
    return "neutral" if same(probe.case, probe.right, outcomes, clause) else "telling"


def noticed(probe: Probe, model: Fault, clause: str) -> Look:
    """How a probe looks for a fault that shows in a flag, while the results are right."""
    flags = {flag for outcome in probe.target for flag in seen(outcome, clause)}
    if flags - {model.noticed} or not same(probe.case, probe.target, probe.right, PLAIN):
        return "contrary"
    return "telling" if flags else "neutral"


def same(case: Case, left: list[Outcome], right: list[Outcome], clause: str) -> bool:
    """Whether two implementations did the same, in all that a clause or a plain probe compares."""
    return all(same_outcome(*three, clause) for three in zip(case, left, right, strict=True))


def same_outcome(call: Call, left: Outcome, right: Outcome, clause: str) -> bool:
    """Whether two outcomes of a call are the same: in flags, message and value, if these count."""
    if seen(left, clause) != seen(right, clause):
        return False
    if left.value is not None and right.value is not None:
        kinds = left.value.dtype, right.value.dtype
        if clause in DTYPES and kinds[0] != kinds[1] and {kind.kind for kind in kinds} == {"f"}:
            return False
        return close(left.value, right.value, largest_sum(call))
    order = operation_of(call).roles.order
    if left.kind == right.kind == "rejected" and clause and clause in (order, DELIBERATE):
        if clause == order:
            return causes(call.operation, left) == causes(call.operation, right)
        accidents = [bool(ACCIDENTS & set(made.exception[:1])) for made in (left, right)]
        return accidents[0] == accidents[1]
    empty = [made.value is None or not made.value.size for made in (left, right)]
    return all(empty) and "rejected" in (left.kind, right.kind)


def seen(outcome: Outcome, clause: str) -> set[str]:
    """The flags of an outcome that break a clause; those about an earlier result count as one."""
    flags = {flag for flag in outcome.flags if OBSERVED[flag] == clause}
    return {"earlier" if "earlier" in flag else flag for flag in flags}


def largest_sum(call: Call) -> float:
    """The largest magnitude that a number may reach while a result is computed."""
    x, *filters = (np.abs(np.nan_to_num(a.astype(float))) for a in call.arrays)
    weights = [w.sum() for w in filters] or [float(n) ** 2 for n in call.numbers[:1]] or [1.0]
    return float(x.max(initial=0) * max(weights[0], 1.0))


def close(left: Array, right: Array, largest: float) -> bool:
    """Whether two results are the same but for some roundings of the largest sum."""
    if left.shape != right.shape:
        return False
    if np.array_equal(left, right, equal_nan=left.dtype.kind == "f"):
        return True
    kinds = [a.dtype for a in (left, right) if a.dtype.kind == "f"]
    if len(kinds) < 2:
        return False
    roundoff = float(max(unit_roundoff(kind) for kind in kinds))
    finite = np.isfinite(left) & np.isfinite(right)
    odd = (left == right) | (np.isnan(left) & np.isnan(right))
    size = max(float(np.abs(right[finite]).max(initial=0)), largest)
    near = np.abs(left - right) <= ROUNDINGS * roundoff * size
    return bool((odd | (finite & near)).all())
