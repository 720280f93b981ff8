"""A few trivial calls before any clause: whether the target can be called, in which layout."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import repeat
from math import inf
from statistics import median

from cnnspec.engine.layouts import answers_of, built
from cnnspec.kit.calls import LOST, Call, Outcome
from cnnspec.kit.exact import significand_bits
from cnnspec.kit.operation import REGISTRY
from cnnspec.kit.pace import CALL, LEAST_CALL, LEAST_STEP, Pace, measured
from cnnspec.kit.session import Declined, Session
from cnnspec.kit.timing import Watch
from cnnspec.targets.target import Layout

FLOAT64_BITS = 53

SEVERAL = 8
"""How often quick calls are made again to see what they take."""

SHAPES, FEW_SHAPES = 7, 3
"""So many new shapes tell what a compiler takes for one; fewer if that takes long."""

PATIENCE = 0.5
"""Seconds in which what seems slow is timed again: what disturbs it may pass."""


@dataclass(frozen=True)
class Smoke:
    """What came of the first calls: why an operation cannot be judged, or declines; a hint.

    layouts: others in which it is right, if it is not right in the book's.
    """

    problem: str = ""
    declined: str = ""
    hint: str = ""
    layouts: tuple[Layout, ...] = ()


def smoke(session: Session, operation: str, *, paced: bool = True) -> Smoke:
    """Call an operation for the first time. paced: whether calls are made to measure its pace."""
    outcomes, seconds = [], []
    declined = ""
    hung = session.lost["hung"]
    for one in trivial(operation):
        try:
            outcome, took = timed(session, one)
            outcomes.append((one, outcome))
            seconds.append(took)
        except Declined as reason:
            declined = str(reason)
        if session.lost["hung"] > hung:  # each further call may hang as long
            break
    got = [(one, outcome) for one, outcome in outcomes if outcome.value is not None]
    if not outcomes:
        return Smoke(declined=declined)
    hangs = session.lost["hung"] > hung
    rights = [right(session, one, outcome) for one, outcome in outcomes]
    wrong = not (hangs or all(rights))
    answers = answers_of(session, operation) if wrong else []
    layouts = tuple(one.layout for one in answers if one.right)
    hint = advice(session, operation, layouts) if wrong else ""
    raising = [outcome for _, outcome in outcomes if outcome.value is None]
    if not got or (layouts and raising and not any(rights)):
        problem = complaint(session, operation, raising)
        if len(answers) == 1 and not layouts:
            code = built({operation: "..."}, {operation: answers[0].layout})
            problem += f"; its shape is right as {code} has it, its values are not"
        return Smoke(problem, hint="" if layouts else hint, layouts=layouts)
    learn(session, operation, [outcome for _, outcome in got])
    if paced:
        paces = session.timing.paces
        paces[operation] = pace(session, operation, median(seconds), paces.get(operation))
    return Smoke(hint=hint, layouts=layouts)


def advice(session: Session, operation: str, layouts: tuple[Layout, ...]) -> str:
    """What an operation looks like that is not right in the layouts of the book, if anything."""
    if not layouts:
        return swapped(session, operation)
    code = built({operation: "..."}, {operation: layouts[0]})
    return f"{operation} is right in another layout; this adapts it: {code}"


def right(session: Session, call: Call, outcome: Outcome) -> bool:
    """Whether an outcome is what was expected."""
    return outcome.value is not None and session.difference(call, outcome.value) is None


def learn(session: Session, operation: str, outcomes: list[Outcome]) -> None:
    """Note the precision that the target gives for float64.

    It is that of the most precise result: others of the operation must have it too.
    """
    values = [one.value for one in outcomes if one.value is not None]
    bits = [significand_bits(value.dtype) for value in values if value.dtype.kind == "f"]
    if bits:
        session.significand[operation] = min(max(bits), FLOAT64_BITS)  # witnesses use float64


def trivial(operation: str) -> list[Call]:
    """The simplest calls of an operation."""
    return REGISTRY[operation].inputs.first()


def pace(session: Session, operation: str, seconds: float, given: Pace | None) -> Pace:
    """The pace of an operation, or the given one: the calls to measure it are made in any case.

    seconds: what simple calls took when their shapes were new. A compiler works then; that is no
    part of what a step takes, so the calls that tell this are made again.
    """
    simple, large = trivial(operation)[0], REGISTRY[operation].inputs.timed()
    if given:
        few = SEVERAL if given.call == LEAST_CALL else 1
        for one in (simple, large):
            least(again(session, one), few, inf)
        return given
    work, quick = REGISTRY[operation].oracle.work, CALL * 10.0**LEAST_CALL
    known = least(again(session, simple), SEVERAL, quick)
    if seconds > quick >= known:  # a compiler works for each shape, or something disturbed it
        seconds = min(seconds, of_new_shapes(session, operation))
    took = least(again(session, large), SEVERAL, known + work(large) * 10.0**LEAST_STEP)
    step = max(0.0, took - known) / work(large)
    return measured(seconds - step * work(simple), step)


def of_new_shapes(session: Session, operation: str) -> float:
    """What a call takes of a shape that was not made before: the median of a few such.

    Some may be quick where a compiler works: two shapes may be one to it.
    """
    typical = REGISTRY[operation].inputs.typical(session)
    shapes = {tuple(a.shape for a in one.arrays): one for one in typical}
    for one in trivial(operation):
        shapes.pop(tuple(a.shape for a in one.arrays), None)
    seen: list[float] = []
    for took in times(session, shapes.values()):
        seen.append(took)
        if len(seen) == SHAPES or (len(seen) >= FEW_SHAPES and sum(seen) > PATIENCE):
            break
    return median(seen) if seen else inf


def times(session: Session, calls: Iterable[Call]) -> Iterator[float]:
    """The seconds of each call, up to one that the target declines or does not survive."""
    for one in calls:
        try:
            outcome, took = timed(session, one)
        except Declined:
            return
        yield took
        if outcome.kind in LOST:  # each further call may hang as long
            return


def again(session: Session, call: Call) -> Iterator[float]:
    """The seconds of a call that is made again and again, once its shape is known."""
    seconds = times(session, repeat(call))
    first = next(seconds, 0.0)
    yield next(seconds, first)
    yield from seconds


def least(seconds: Iterator[float], few: int, quick: float) -> float:
    """The least of the first few times, or of more while none is quick and there is patience."""
    seen: list[float] = []
    for one in seconds:
        seen.append(one)
        if sum(seen) > PATIENCE or (len(seen) >= few and min(seen) <= quick):
            break
    return min(seen, default=0.0)


def timed(session: Session, call: Call) -> tuple[Outcome, float]:
    """The outcome of a call, and the seconds that the target worked on it. Raises Declined."""
    watch = Watch(session.client, closely=True)
    return session.outcome(call), watch.seconds()


def complaint(session: Session, operation: str, outcomes: list[Outcome]) -> str:
    """Why an operation could not be judged, and what to mend."""
    last = outcomes[0]
    if last.kind == "no array":
        wanted = "a target returns an array of numbers (see cnnspec.adapt)"
        return f"{operation} returned {last.message}; {wanted}"
    if last.kind in LOST:
        return f"{operation} on the simplest input: {last.message}"
    required = session.client.operations.get(operation)
    given = len(trivial(operation)[0].arguments)
    if required is not None and required > given:
        counts = f"{required} arguments and is given {given}"
        advice = "wrap it, or let `cnnspec init FILE` draft an adapter"
        return f"{operation} requires {counts} ({last.reason}); {advice}"
    way = f"it is called as {signature(operation)}"
    return f"{operation} rejects the simplest input: {last.reason}; {way}"


def signature(operation: str) -> str:
    """How a target is called."""
    return f"{operation}({', '.join(map(str, REGISTRY[operation].parameters))})"


def swapped(session: Session, operation: str) -> str:
    """A line that says so if an operation takes its two numbers in the other order."""
    numbers = [one.name for one in REGISTRY[operation].numbers]
    one = next((one for one in trivial(operation) if len(set(one.numbers)) > 1), None)
    if one is None:
        return ""
    exchanged = dict(zip(numbers, one.numbers[::-1], strict=True))
    try:
        value = session.outcome(one.changed(**exchanged)).value
    except Declined:
        return ""
    if value is None or session.difference(one, value) is not None:
        return ""
    names = [one.name for one in REGISTRY[operation].arrays]
    took, takes = ", ".join([*names, *numbers[::-1]]), ", ".join([*names, *numbers])
    return f"{operation} takes ({took}); a target takes ({takes})"
