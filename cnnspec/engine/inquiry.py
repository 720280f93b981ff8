"""Finds the condition under which a target does something, by asking it.

Probes are labelled: it does so there, or not. Of the conditions that fit, questions are asked on
which they disagree, until the simplest is left; then some near its edge, on both sides.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from cnnspec.engine.conditions import at_edge, fitting
from cnnspec.engine.facts import Facts, Table, extents, joined, table
from cnnspec.engine.patient import Patient, Probe
from cnnspec.engine.predicates import Condition
from cnnspec.engine.questions import (
    BASES,
    Question,
    drawings,
    few,
    like,
    question,
    variable,
)
from cnnspec.kit.calls import Call
from cnnspec.kit.operation import dimensions_of
from cnnspec.spec import Array

MOST_QUESTIONS, MOST_TRIED = 60, 240
"""A condition that needs more questions is not named; so many are looked at for telling ones."""

ENOUGH = 3
"""So many probes on each side must tell."""

EDGE = 4
"""So many questions near the edge of a condition are asked on each side of it."""

UNLIKE = 5
"""So many questions that are unlike all that is known are asked on each side of a condition."""

LARGEST = 80
"""Extents of other probes that are tried are below this."""

MOST_DRAWN = 20
"""So many questions are drawn at once that part conditions of several extents."""

RIVALS = 40
"""So many of the simplest conditions are told apart at once."""

SHARED = {True: 0.15, False: 0.06}
"""Such parts of all questions are asked for all models together: where a target is wrong, right."""

Label = Callable[[Probe], bool | None]
"""Whether a target does on a probe what is asked; None if it does not tell. Raises Contrary."""


class Contrary(Exception):  # noqa: N818  it reads as what it says
    """A target does neither what is asked nor what is right."""


@dataclass(frozen=True)
class Found:
    """A condition that was found, and how many probes agree with it."""

    condition: Condition
    probes: int


@dataclass
class Inquiry:
    """What is known of the probes of one question, and what else may be asked.

    label: see Label. promising: whether a call can tell, before the target is asked.
    """

    patient: Patient
    label: Label
    promising: Callable[[Call], bool] = lambda _call: True
    facts: list[Facts] = field(default_factory=list)
    labels: list[bool] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    columns: Table = field(default_factory=dict)
    pool: list[Question] = field(default_factory=list)
    places: dict[tuple[object, ...], int] = field(default_factory=dict)
    free: Array = field(default_factory=lambda: np.zeros(0, bool))
    told: Array = field(default_factory=lambda: np.zeros(0, bool))
    smallest: dict[bool, Call] = field(default_factory=dict)
    fits: tuple[int, list[Condition]] = (0, [])
    drained: int = 0
    apart: dict[bool, list[int]] = field(default_factory=lambda: {True: [], False: []})
    left: int = MOST_QUESTIONS

    def note(self, probe: Probe) -> None:
        """Label a probe. Raises Contrary."""
        said = self.label(probe)
        if said is not None:
            self.facts.append(probe.facts)
            self.labels.append(said)
            self.calls.append(probe.case[0])
            least = self.smallest.get(said)
            if (least is None or size(probe.case[0]) < size(least)) and variable(probe.case[0]):
                self.smallest[said] = probe.case[0]

    def ask(self, chosen: Question) -> None:
        """Ask the target a question, and label what it does. Raises Contrary."""
        place = self.places[chosen.key]
        self.free[place] = False
        if self.promising(chosen.call):
            self.left -= 1
            before = len(self.labels)
            self.note(self.patient.once(chosen))
            self.told[place] = len(self.labels) > before

    def settled(self) -> Found | None:
        """The condition, if there is one. Raises Contrary."""
        if len(set(self.labels)) < 2:
            return None
        while self.left > 0 and len(self.pool) - self.free.sum() < MOST_TRIED:
            found = self.fitting()
            if not found:
                return None
            following = self.dividing(found) or self.near(found[0]) or self.unlike(found[0])
            if following is None:
                return self.named(found)
            if not self.patient.may_ask(following):
                return None
            self.ask(following)
        return None

    def fitting(self) -> list[Condition]:
        """The conditions that fit what is known."""
        if self.fits[0] != len(self.labels):
            known, labels = table(self.facts), np.array(self.labels)
            found = fitting(self.patient.operation, known, labels)[:RIVALS]
            self.fits = len(self.labels), found
        return self.fits[1]

    def named(self, found: list[Condition]) -> Found | None:
        """The simplest condition, with another as simple that cannot be told apart from it."""
        if min(self.labels.count(True), self.labels.count(False)) < ENOUGH:
            return None
        tied = [one for one in found if one.cost == found[0].cost]
        # of those that differ in a threshold alone, the last one keeps to what was seen
        first, *others = {one.family or one.words: one for one in tied}.values()
        if len(others) > 1:
            return None
        words = " ".join([first.words, *(f"(or where {one.words})" for one in others)])
        return Found(Condition(words, first.cost, first.test, first.letters), len(self.labels))

    def varied(self) -> Iterator[Question]:
        """Variations of a few probes of both sides."""
        drawn = self.patient.drawn
        known = {
            letter: sorted({int(row[letter]) for row in self.facts if row.get(letter, 1) < LARGEST})
            for letter in extents(self.patient.operation)
        }
        for side in (True, False):
            for call in self.bases(side):
                if (call, side) not in drawn:
                    drawn[call, side] = [*like(self.patient.session, call, known, side)]
                yield from drawn[call, side]

    def bases(self, side: bool) -> list[Call]:
        """A few probes of a side: those of which there are questions already, if they do."""
        calls = [one for one in self.calls_of(side) if variable(one)]
        ready = [one for one in calls if (one, side) in self.patient.drawn]
        return ready if len(ready) >= BASES else few(calls)

    def dividing(self, found: list[Condition]) -> Question | None:
        """The question that divides the conditions best, the simpler ones counting more."""
        if not self.pool:
            self.add(self.varied())
        if len(found) < 2:
            return None
        best = self.parting(found)
        if best is None and self.drained != len(self.labels):
            for others in (self.at_thresholds, self.composed):
                if best is None and self.add(others(found)):
                    best = self.parting(found)
            self.drained = len(self.labels) if best is None else 0
        return best

    def parting(self, found: list[Condition]) -> Question | None:
        """Of the questions that there are, the one that divides the conditions best."""
        if not self.free.any():
            return None
        values = np.array([np.asarray(one.test(self.columns), bool) for one in found])
        weights = 2.0 ** -np.array([min(one.cost - found[0].cost, 30) for one in found])
        parted = np.where(self.free, np.minimum(weights @ values, weights @ ~values), 0)
        best = int(np.argmax(parted))
        return self.pool[best] if parted[best] > 0 else None

    def add(self, questions: Iterator[Question]) -> bool:
        """Add questions that are new; whether there are any."""
        new = {one.key: one for one in questions if one.key not in self.places}
        self.places |= {key: len(self.pool) + place for place, key in enumerate(new)}
        self.pool += new.values()
        if new:
            self.columns = joined(self.columns, table(one.facts for one in new.values()))
            self.free = np.append(self.free, np.ones(len(new), bool))
            self.told = np.append(self.told, np.zeros(len(new), bool))
        return bool(new)

    def at_thresholds(self, found: list[Condition]) -> Iterator[Question]:
        """Questions between the largest and the smallest extents of the two sides."""
        letters = {one.letters[0] for one in found if len(one.letters) == 1}
        for letter in sorted(letters & set(self.facts[0])):
            column = [row[letter] for row in self.facts]
            if isinstance(column[0], str):
                continue
            values = sorted(set(column))
            gaps = pairwise(values)
            for low, high in sorted(gaps, key=lambda gap: gap[0] - gap[1])[:2]:
                for side, call in self.smallest.items():
                    yield from self.with_extent(call, letter, (low + high) // 2, side)

    def composed(self, found: list[Condition]) -> Iterator[Question]:
        """Questions that part conditions of several extents together, as of their product."""
        tied = [one for one in found if one.cost == found[0].cost]
        letters = {letter for one in tied for letter in one.letters}
        if len(tied) < 2 or len(letters) < 2:
            return
        for side, call in self.smallest.items():
            rows = drawings(call, letters)
            values = np.array([np.asarray(one.test(rows), bool) for one in tied])
            parted = values.any(axis=0) & ~values.all(axis=0)
            for place in np.flatnonzero(parted)[:MOST_DRAWN]:
                new = {letter: int(rows[letter][place]) for letter in dimensions_of(call)}
                made = question(self.patient.session, call, new, side)
                if made is not None:
                    yield made

    def with_extent(self, call: Call, letter: str, n: int, side: bool) -> Iterator[Question]:
        """A call with another extent, if it can be asked."""
        own = dimensions_of(call)
        if letter in own and n > 0:
            made = question(self.patient.session, call, own | {letter: int(n)}, side)
            if made is not None:
                yield made

    def calls_of(self, side: bool) -> list[Call]:
        """The calls of one side, the one with the fewest elements first."""
        own = [one for one, label in zip(self.calls, self.labels, strict=True) if label == side]
        return sorted(own, key=size)

    def near(self, condition: Condition) -> Question | None:
        """A question near the edge of a condition, as long as too few of them told."""
        if not self.pool:
            return None
        holds = np.asarray(condition.test(self.columns), bool)
        edge, free, told = at_edge(condition, self.columns), self.free, self.told
        sides = np.array([one.side for one in self.pool])
        for group in (
            edge & (holds == h) & (sides == s) for h in (True, False) for s in (True, False)
        ):
            if (group & told).sum() < EDGE and (group & free).any():
                places = np.flatnonzero(group & free)
                return self.pool[int(places[len(places) // 2])]
        return None

    def unlike(self, condition: Condition) -> Question | None:
        """A question with facts that no probe on its side of a condition has, as far as it may."""
        if not self.pool:
            return None
        holds, labels = np.asarray(condition.test(self.columns), bool), np.array(self.labels)
        known = table(self.facts)
        for side in (True, False):
            free = self.free & (holds == side)
            asked = self.apart[side]
            enough = self.told[asked].sum() >= UNLIKE or len(asked) >= 4 * UNLIKE
            if not enough and free.any():
                news = np.zeros(len(free))
                for name, column in self.columns.items():
                    own = known[name][labels == side]
                    news += ~np.isin(column, own) / len(np.unique(column))
                asked.append(int(np.argmax(np.where(free, news, -1))))
                return self.pool[asked[-1]]
        return None


def size(call: Call) -> int:
    """How many elements the arrays of a call have."""
    return sum(array.size for array in call.arrays)


def more(patient: Patient, known: list[Probe]) -> list[Probe]:
    """Some questions like probes, with their outcomes: more on the side where a target is wrong.

    They are asked before any model is compared: most models that are not the target's fail there.
    """
    inquiry = Inquiry(patient, lambda probe: probe.wrong)
    for probe in known:
        inquiry.note(probe)
    inquiry.add(inquiry.varied())
    chosen = []
    for side, part in SHARED.items():
        own = [one for one in inquiry.pool if one.side == side]
        most = int(part * patient.most_asked)
        chosen += own[:: -(-len(own) // most) or 1]
    asked = [patient.once(one) for one in chosen if patient.may_ask(one)]
    return [one for one in asked if known_of(one)]


def known_of(probe: Probe) -> bool:
    """Whether a probe is one plain call whose right result is known."""
    (*others, last) = probe.case
    plain = not others and last.repeat == 1 and last.at_once is None
    right = probe.right[-1].value is not None
    return plain and right and probe.target[-1].kind != "unsupported"
