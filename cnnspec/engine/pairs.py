"""Two faults of one operation that together do what a target does."""

from dataclasses import dataclass, field, replace
from itertools import combinations
from typing import Any

import numpy as np

from cnnspec.engine.compare import PLAIN, close, largest_sum
from cnnspec.engine.judged import judged
from cnnspec.engine.patient import Patient, Probe
from cnnspec.engine.suggestion import Diagnosis
from cnnspec.kit.fault import Fault, Undefined, asked_for, composed
from cnnspec.kit.operation import REGISTRY
from cnnspec.operations.catalogue import faults
from cnnspec.spec import Array

SOME = 4
"""How many probes decide whether a pair of faults is tried on all probes."""

FAR = 1e-2
"""Results that differ by such a part of the largest sum are not close, whatever the dtype."""

Pair = tuple[Fault, Fault]


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
    filtered = Filter(patient, patient.topic(PLAIN)[:SOME])
    every = [*combinations(steps, 2), *((one, step) for one in wholes for step in last)]
    found = [judged(patient, pair) for pair in every if filtered.promising(pair)]
    return [one for one in found if one is not None]


@dataclass
class Filter:
    """The first few probes, on which most pairs fail soon.

    What the steps before the reference lead to is computed once, however many come after it; and
    so is what the first of two steps after it makes of that. between: that, or what it raised.
    """

    patient: Patient
    probes: list[Probe]
    first: int = 0
    made: dict[tuple[int, ...], Array | None] = field(default_factory=dict)
    between: dict[tuple[int, ...], Array | Exception] = field(default_factory=dict)
    arguments: dict[int, dict[str, Any]] = field(default_factory=dict)
    sums: dict[int, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.first = len(self.probes)

    def promising(self, pair: Pair) -> bool:
        """Whether two faults do what the target does on the probes, and where others failed."""
        self.probes += self.patient.refuting[len(self.probes) - self.first :]
        return all(self.fits(place, pair) for place in range(len(self.probes)))

    def fits(self, place: int, pair: Pair) -> bool:
        """Whether two faults do what the target does on one probe, or leave it open."""
        (call,), (target, *_) = self.probes[place].case, self.probes[place].target
        if target.kind == "unsupported":
            return True
        got = target.value
        try:
            value = self.result(place, pair, call.plain)
        except Undefined:
            return True
        except Exception:  # two faults need not make sense together
            return False
        if got is None or value is None or got.shape != value.shape:
            return False
        largest = self.largest(place)
        far = got.dtype.kind == "f" and np.abs(got - value).max(initial=0) > FAR * largest
        return not far and close(got, value, largest)

    def largest(self, place: int) -> float:
        """The largest sum in a probe."""
        if place not in self.sums:
            self.sums[place] = largest_sum(self.probes[place].case[0])
        return self.sums[place]

    def result(self, place: int, pair: Pair, plain: dict[str, Any]) -> Array | None:
        """What two faults make of a probe."""
        operation, edition = self.patient.operation, self.patient.session.edition
        first = [one for one in pair if one.before is not None or one.whole is not None]
        key = place, *(id(one) for one in first)
        if key not in self.made:
            early = [replace(one, after=None) for one in first]
            self.made[key] = None  # it stays so where the steps raise
            self.made[key] = composed(operation, edition, early)(**plain)
        if place not in self.arguments:
            self.arguments[place] = REGISTRY[operation].arguments(edition, **plain)
        y = self.made[key]
        last = [one for one in pair if one.after is not None]
        if y is not None and len(last) > 1:
            y = self.after_first(key, last.pop(0), y)
        for one in last:
            y = y if y is None else self.after(place, one, y)
        return y

    def after(self, place: int, fault: Fault, y: Array) -> Array:
        """What a step makes of a result on a probe."""
        assert fault.after is not None  # noqa: S101  for the type checker
        made: Array = fault.after(y.copy(), **asked_for(fault, fault.after, self.arguments[place]))
        return made

    def after_first(self, key: tuple[int, ...], fault: Fault, y: Array) -> Array:
        """The same, kept for all pairs that begin so; what it raises is raised for each of them."""
        known = (*key, id(fault))
        if known not in self.between:
            try:
                self.between[known] = self.after(key[0], fault, y)
            except Exception as error:
                self.between[known] = error
        made = self.between[known]
        if isinstance(made, Exception):
            raise made.with_traceback(None)
        return made
