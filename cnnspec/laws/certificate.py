"""Certificates: what an operation computes at every shape in a range, by exact evaluations.

docs/certificate.md gives the argument, its sources and its limits.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from math import ceil, log

import numpy as np

from cnnspec.kit.calls import Call, Outcome
from cnnspec.kit.certificate import Asked, Certificate, Law, Progress, Refutation
from cnnspec.kit.filling import Shape, random_for
from cnnspec.kit.operation import REGISTRY
from cnnspec.kit.session import Declined, Session, difference
from cnnspec.spec import Array

SIDE = 8
"""The default range: images of up to so many rows and columns."""

TOGETHER = 96
"""About how many evaluations are made by one message."""

CONFIDENCE = 0.99

ERROR = 1e-6
"""The probability of a wrong certificate stays below this, where one random point may mislead."""

Random = np.random.RandomState


@dataclass(frozen=True, eq=False)
class Trial:
    """A call, and its expected result. tests: the hypothesis that it tests, if it tests one."""

    call: Call
    expected: Array
    tests: str = ""


@dataclass(frozen=True)
class Domain:
    """What is to be tried: shapes, the trials of each, and how a claim about them is worded."""

    shapes: int
    groups: Iterator[list[Trial]]
    error: float
    short: str
    inputs: str
    law: str
    strength: str


def points(chance: float) -> int:
    """How many independent points mislead together with less than ERROR.

    chance: the probability that one point does.
    """
    return ceil(log(ERROR) / log(chance))


def impulse(random: Random, shape: Shape, bits: int) -> Array:
    """Zeros but for one element, a whole number."""
    array = np.zeros(shape)
    array.flat[random.randint(array.size)] = random.randint(1, 2**bits + 1)
    return array


def law_of(operation: str, domain: Callable[[Session, int, Random], Domain]) -> Law:
    """The law that tries a domain: of a session, up to a side, with a random stream."""

    def law(
        session: Session, asked: Asked, progress: Progress
    ) -> tuple[Certificate, Refutation | None]:
        random = random_for("certificate", operation, asked.seed)
        tried = domain(session, asked.side, random)
        return certify(session, operation, tried, asked, progress)

    return law


def in_precision(significand: int) -> str:
    """In words, the precision of a target that returns fewer bits than float64 has."""
    names = {53: "", 24: " in float32", 11: " in float16"}
    return names.get(significand, f" in {significand} bits")


def certify(
    session: Session, operation: str, domain: Domain, asked: Asked, progress: Progress
) -> tuple[Certificate, Refutation | None]:
    """Try every shape of a domain. Returns the certificate, and what refutes it, if anything."""
    start = time.monotonic()
    clauses = REGISTRY[operation].roles.of(session.edition)
    found, seconds = Certificate(operation, clauses), asked.seconds
    refutation = None
    for group, outcomes in answered(session, domain.groups):
        refutation = tried(session, group, outcomes, found)
        if refutation or time.monotonic() > start + seconds:
            break
        progress(f"certifying {operation}", found.shapes / domain.shapes)
    found.seconds = time.monotonic() - start
    complete = found.shapes + found.declined.total() == domain.shapes
    if refutation:
        found.sentence = f"not certified: {refutation[0]} deviates"
    elif not found.shapes:
        found.sentence = f"not certified: the target declines every shape with {domain.short}"
    elif not complete:
        found.sentence = (
            f"not certified: {found.shapes} of {domain.shapes} shapes were tried within "
            f"{seconds:.0f} s; none deviates"
        )
    else:
        found.holds, found.error_probability = True, domain.error
        found.range = f"every {domain.short}"
        found.short = f"certified for {found.range}"
        found.sentence = claim(found, domain)
    return found, refutation


def answered(
    session: Session, groups: Iterable[list[Trial]]
) -> Iterator[tuple[list[Trial], list[Outcome]]]:
    """Each group of trials with its outcomes. The target computes while earlier ones are judged."""
    with ThreadPoolExecutor(1) as thread:
        waiting: tuple[list[list[Trial]], Future[list[Outcome]]] | None = None
        try:
            for chunk in chunks(session, groups):
                calls = [trial.call for group in chunk for trial in group]
                future = thread.submit(ask, session, calls)
                if waiting:
                    yield from shared_out(*waiting)
                waiting = chunk, future
            if waiting:
                yield from shared_out(*waiting)
        except KeyboardInterrupt:
            session.client.close()  # else its answer would be awaited
            raise


def chunks(session: Session, groups: Iterable[list[Trial]]) -> Iterator[list[list[Trial]]]:
    """Groups of trials together, as many as a quick target answers in a moment."""
    chunk: list[list[Trial]] = []
    for group in groups:
        chunk.append(group)
        if sum(map(len, chunk)) >= TOGETHER or not session.is_quick(group[0].call):
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def ask(session: Session, calls: list[Call]) -> list[Outcome]:
    """The outcomes of calls. They are made together if the last one, the largest, is quick."""
    outcomes = session.client.answers(calls) if session.is_quick(calls[-1]) else []
    return outcomes or [session.client.answer(call) for call in calls]


def shared_out(
    chunk: list[list[Trial]], future: "Future[list[Outcome]]"
) -> Iterator[tuple[list[Trial], list[Outcome]]]:
    """Each group of a chunk, with its own outcomes."""
    outcomes = iter(future.result())
    for group in chunk:
        yield group, [next(outcomes) for _ in group]


def tried(
    session: Session, group: list[Trial], outcomes: list[Outcome], found: Certificate
) -> Refutation | None:
    """Judge the trials of one shape, and count them."""
    tested = Counter[str]()
    for trial, outcome in zip(group, outcomes, strict=True):
        try:
            value = session.taken(trial.call, outcome).value
        except Declined as reason:
            found.declined[str(reason)] += 1
            return None
        shape, values = found.clauses
        if value is None:
            return values, (trial.call,), f"{outcome.kind}: {outcome.reason}"
        if value.shape != trial.expected.shape:
            return shape, (trial.call,), f"shape {value.shape} instead of {trial.expected.shape}"
        if not np.array_equal(value, trial.expected):
            different = difference(value, trial.expected, session.bound(trial.call))
            if different:
                return values, (trial.call,), different
        if trial.tests:
            tested[trial.tests] += 1
    found.shapes += 1
    found.evaluations += len(group)
    found.hypotheses += tested
    return None


def claim(found: Certificate, domain: Domain) -> str:
    """What holds, under which hypotheses, and how surely: no more than that."""
    tests = ", ".join(f"{count:,} {name}" for name, count in found.hypotheses.items())
    but = "".join(
        f", but for {n} shapes that it declines ({reason})" for reason, n in found.declined.items()
    )
    rate = unseen(min(found.hypotheses.values()))
    return (
        f"{found.operation} computes {' and '.join(found.clauses)} for {domain.inputs}, at all "
        f"{found.shapes:,} shapes with {domain.short}{but}, if at each it {domain.law}, and "
        f"depends on nothing else. {domain.strength.format(error=domain.error)} That law held in "
        f"every test ({tests}): had it failed for more than {rate:.1%} of such inputs, it would "
        f"have shown with {CONFIDENCE:.0%} confidence."
    )


def unseen(tests: int) -> float:
    """The largest part of inputs on which a law may fail if it held in so many random tests."""
    return float(1 - (1 - CONFIDENCE) ** (1 / tests))
