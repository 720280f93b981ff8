"""The rules that explain what a target reads, and with which it does the same on all probes."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import combinations, islice, product

from cnnspec.engine.compare import PLAIN as PLAIN_PROBES
from cnnspec.engine.judged import judged
from cnnspec.engine.misreading.lengths import AS_ASKED, LENGTHS
from cnnspec.engine.misreading.model import FREE, Misreading, fault_of
from cnnspec.engine.misreading.paddings import PADDINGS
from cnnspec.engine.misreading.readings import Reading, readings, single_calls
from cnnspec.engine.misreading.rules import (
    AXES,
    BY_WHAT_IS_DONE,
    CONTENTS,
    DILATIONS,
    SIZES,
    STRIDES,
    WITH,
    Rule,
    narrowed,
)
from cnnspec.engine.misreading.starts import STARTS
from cnnspec.engine.patient import Patient, Probe, looks
from cnnspec.engine.suggestion import Diagnosis
from cnnspec.kit.fault import Fault
from cnnspec.kit.looking import Looking, Way
from cnnspec.kit.operation import REGISTRY

PLAIN = [*SIZES, *STRIDES, *DILATIONS, *STARTS, *CONTENTS, *PADDINGS, *LENGTHS]
"""The rules that hold along both axes, whatever else is asked."""


PLACES = "start", "content"
"""The parts of rules by which other cells may be read though windows lie as they should."""

BEYOND = "size", "stride", "dilation", "length"
"""The parts of rules by which windows may reach beyond the padded map."""


@cache
def rules() -> list[Rule]:
    """All rules, the simplest first; who finds nothing wrong needs none of them."""
    return narrowed(narrowed(PLAIN, AXES), WITH)


MOST = 200
"""So many misreadings that read the same as a target are compared with it on all probes."""


@dataclass(frozen=True)
class Looked:
    """What was found of an operation: readings, and the misreading that does the same, if any."""

    operation: str
    clauses: tuple[str, ...]
    readings: list[Reading]
    misreading: Misreading | None = None
    diagnosis: Diagnosis | None = None


def looked_at(patient: Patient) -> Looked | None:
    """What an operation reads whose clauses of options fail; None of others."""
    operation = REGISTRY[patient.operation]
    if operation.looking is None or operation.varied is None:
        return None
    own = tuple(sorted(set(patient.failed) & set(operation.varied.alone)))
    if patient.session.edition != "general" or not own or patient.restarting:
        return None
    looking = operation.looking
    known = readings(patient, looking, own)
    calls = single_calls(patient, looking, own)
    shown = [(one, PLAIN_PROBES) for one in calls if one.wrong]
    for misreading in islice(suspected(looking, known), MOST):
        fault = fault_of(patient.operation, misreading, own)
        if not fits(patient, fault, shown) or not has_the_lengths(misreading, calls, looking):
            continue
        found = judged(patient, (fault,))
        if found is not None:
            return Looked(patient.operation, own, known, misreading, found)
        shown += [patient.refuted_by] if patient.refuted_by else []  # the next one may fail there
    return Looked(patient.operation, own, known)


def fits(patient: Patient, fault: Fault, shown: list[tuple[Probe, str]]) -> bool:
    """Whether a model does what the target does on some probes, each given with its topic.

    Most models fail in the first of them, so that no other probe is asked.
    """
    client = patient.client(fault.make(patient.session.edition))
    return all(looks(one, client, (fault,), topic) != "contrary" for one, topic in shown)


def has_the_lengths(misreading: Misreading, probes: list[Probe], looking: Looking) -> bool:
    """Whether results are as long as a misreading says, where it says no more of them."""
    if misreading.beyond != "open":
        return True
    for probe in probes:
        y = probe.target[0].value
        if y is not None and y.ndim == len("HWC"):
            try:
                lengths = tuple(one.length for one in misreading.laid(looking.asked(probe.case[0])))
            except ValueError:
                lengths = (0, 0)
            if lengths != y.shape[:2] and (0 not in lengths or 0 not in y.shape[:2]):
                return False
    return True


def suspected(looking: Looking, known: list[Reading]) -> Iterator[Misreading]:
    """The misreadings that read what a target reads, in the order of what is wrong in them."""
    if not known:
        return
    right = Misreading()
    if agree(right, known):  # windows lie as they should: what they read in padding may be wrong
        yield from wrong_besides(looking, right)
        yield from (Misreading((rule,)) for rule in rules() if rule.part in PLACES)
        yield from raising(known)
        return
    alone = [one for one in single() if agree(one, known)]
    yield from with_nothing(looking, alone)
    yield from with_nothing(looking, [one for one in double() if agree(one, known)])
    for one in alone:
        yield from wrong_besides(looking, one)
    yield from raising(known)


def raising(known: list[Reading]) -> Iterator[Misreading]:
    """Misreadings by which windows reach beyond the padded map, where the target may raise."""
    several = [one for one in single() if one.rules[0].part in BEYOND]
    for beyond in ("raises", "open"):
        yield from (
            made for one in several if agree(made := Misreading(one.rules, beyond=beyond), known)
        )


def agree(misreading: Misreading, known: list[Reading]) -> bool:
    """Whether a misreading reads the same in all calls."""
    return all(one.agrees(misreading) for one in known)


def single() -> Iterator[Misreading]:
    """Each rule alone, and beside another that follows from it or undoes a part of it."""
    for rule in rules():
        yield Misreading((rule,))
    for beside in (BY_WHAT_IS_DONE, AS_ASKED):
        for rule in PLAIN:
            if rule.part not in ("length", *PLACES, beside.part):
                yield Misreading((rule, beside))


def double() -> Iterator[Misreading]:
    """Two rules of different parts."""
    for one, two in combinations([rule for rule in rules() if rule.pairs], 2):
        if one.part != two.part and two is not AS_ASKED:
            yield Misreading((one, two))


def with_nothing(looking: Looking, known: list[Misreading]) -> Iterator[Misreading]:
    """Misreadings, with each thing that a window may give which reads nothing."""
    free: list[dict[str, Way]] = [{}, *({FREE: way} for way in looking.ways.get(FREE, ()))]
    for one, ways in product(known, free):
        yield Misreading(one.rules, ways)


def wrong_besides(looking: Looking, one: Misreading) -> Iterator[Misreading]:
    """A misreading with each way to be wrong in what is not about places."""
    for part, ways in looking.ways.items():
        if part != FREE:
            for way in ways:
                yield Misreading(one.rules, {**one.ways, part: way})
