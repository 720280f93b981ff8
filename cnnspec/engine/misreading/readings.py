"""Readings: which cells the windows of a target read in some calls, found by impulses.

An impulse is sent for each tap or each cell, all of them in one call.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from cnnspec.engine.compare import OPTIONS
from cnnspec.engine.misreading.model import Misreading, is_beyond
from cnnspec.engine.misreading.rules import Both
from cnnspec.engine.patient import Patient, Probe
from cnnspec.kit.calls import Call
from cnnspec.kit.looking import Laid, Looking, Seen
from cnnspec.kit.settings import BATCH
from cnnspec.spec import Array

MOST_WRONG, MOST_RIGHT = 16, 12
"""So many calls on which a target is wrong, and on which it is right, are asked by impulses."""

MOST_CELLS = 200
"""Maps of more cells are not asked by impulses."""


@dataclass(frozen=True, eq=False)
class Reading:
    """What a target reads in a call. shape: the length of its result along rows and columns.

    known: for how windows lie and what padding holds, whether they read the same.
    """

    call: Call
    looking: Looking
    shape: tuple[int, int]
    seen: Seen
    y: Array
    known: dict[object, bool] = field(default_factory=dict)

    @cached_property
    def asked(self) -> Both:
        """What the call asks of both axes."""
        return self.looking.asked(self.call)

    def agrees(self, misreading: Misreading) -> bool:
        """Whether windows that are misread so read the same."""
        try:
            laid = misreading.laid(self.asked)
        except ValueError:
            return 0 in self.shape  # it gives nothing, as if it refused
        if (laid[0].length, laid[1].length) != self.shape:
            return False
        if misreading.beyond == "open" and any(map(is_beyond, self.asked, laid)):
            return True
        way = laid, misreading.contents(self.asked), misreading.movings(self.asked)
        if way not in self.known:
            self.known[way] = self.shows(misreading.reads(self.asked, laid))
        return self.known[way]

    def shows(self, places: tuple[Array, Array]) -> bool:
        """Whether windows that read some places read the same."""
        both = zip(self.seen, self.looking.shown(self.call, places), strict=True)
        return all(np.array_equal(mine, theirs) for mine, theirs in both)

    @cached_property
    def is_right(self) -> bool:
        """Whether windows read what they are asked to read."""
        return self.agrees(Misreading())

    def lies(self, laid: tuple[Laid, Laid]) -> bool:
        """Whether windows that lie so read the same."""
        if (laid[0].length, laid[1].length) != self.shape:
            return False
        return self.shows(Misreading().reads(self.asked, laid))


def readings(patient: Patient, looking: Looking, clauses: Iterable[str]) -> list[Reading]:
    """What a target reads in calls of some clauses, and where options vary; wrong ones first.

    What it refuses, or answers by no product of rows and columns, is left out.
    """
    probes = single_calls(patient, looking, clauses)
    wrong = sorted((one for one in probes if one.wrong), key=cells)
    right = sorted((one for one in probes if not one.wrong), key=cells)
    chosen = spread(wrong, MOST_WRONG) + spread(right, MOST_RIGHT)
    found = (reading(patient, looking, one.case[0]) for one in chosen)
    return sorted((one for one in found if one is not None), key=lambda one: one.is_right)


def single_calls(patient: Patient, looking: Looking, clauses: Iterable[str]) -> list[Probe]:
    """Probes of some clauses, and where options vary, of one small call without a batch."""
    return list(single(patient, looking, [*clauses, OPTIONS]))


def single(patient: Patient, looking: Looking, topics: list[str]) -> Iterator[Probe]:
    """Those of some topics, each with settings of its own."""
    known = set()
    for topic in topics:
        for probe in patient.topic(topic):
            one = probe.case[0]
            plain = len(probe.case) == 1 and one.repeat == 1 and one.at_once is None
            if not plain or BATCH in one.arguments or probe.right[0].value is None:
                continue
            if one.arrays[0].ndim != len("HWC") or cells(probe) > MOST_CELLS:
                continue
            key = looking.asked(one), one.plain.get("groups"), one.plain.get("count_padding")
            if key not in known:
                known.add(key)
                yield probe


def cells(probe: Probe) -> int:
    """How many cells a map has."""
    height, width = probe.case[0].arrays[0].shape[:2]
    return int(height * width)


def spread(probes: list[Probe], most: int) -> list[Probe]:
    """So many of some probes, evenly chosen."""
    return probes[:: -(-len(probes) // most) or 1]


def reading(patient: Patient, looking: Looking, one: Call) -> Reading | None:
    """What a target reads in a call, or None where impulses do not tell."""
    sent = looking.impulses(one)
    if not patient.session.timing.affordable(sent):
        return None
    y = patient.session.client.answer(sent).value
    if y is None or y.dtype.kind not in "biuf" or y.ndim != len("HWC"):
        return None
    seen = looking.seen(sent, y)
    return None if seen is None else Reading(sent, looking, y.shape[:2], seen, y)
