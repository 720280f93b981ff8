"""Certificates: what an operation computes at every shape in a range, by exact evaluations.

docs/certificate.md gives the argument, its sources and its limits.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from math import ceil, log, prod
from typing import Literal

import numpy as np

from cnnspec.kit.calls import Call, Outcome
from cnnspec.kit.certificate import Asked, Certificate, Law, Progress, Refutation
from cnnspec.kit.filling import Shape, random_for
from cnnspec.kit.operation import REGISTRY, hollow, option_clause
from cnnspec.kit.session import Declined, Session, difference
from cnnspec.kit.stack import Answer, Stack, outcomes
from cnnspec.kit.text import enumerated
from cnnspec.spec import Array

SIDE = 8
"""The default range: images of up to so many rows and columns."""

TOGETHER, BYTES_TOGETHER = 480, 2**20
"""About how many evaluations, and bytes of arrays, are in a message at the most."""

SHARE = 0.1
"""The evaluations of a message take at most this part of the limit of a call, at their pace."""

CONFIDENCE = 0.99

ERROR = 1e-6
"""The probability of a wrong certificate stays below this, where one random point may mislead."""

Random = np.random.RandomState

Way = Literal["sums", "impulses", "scalings"]
"""How a linear law is tested at a shape."""


@dataclass(eq=False)
class Trials:
    """Calls of one shape, and their expected results along a first axis.

    tests: for each call, the hypothesis that it tests, or nothing.
    """

    stack: Stack
    expected: Array
    tests: Sequence[str]


def trials(
    operation: str,
    arrays: Sequence[Array],
    numbers: Sequence[int],
    expected: Array,
    tests: Sequence[str],
) -> Trials:
    """Trials of an operation, its arguments in the order of the parameters."""
    of = REGISTRY[operation]
    named = {one.name: values for one, values in zip(of.arrays, arrays, strict=True)}
    given = {one.name: number for one, number in zip(of.numbers, numbers, strict=False)}
    return Trials(Stack(operation, named, given), expected, tests)


@dataclass(frozen=True)
class Domain:
    """What is to be tried: shapes, the trials of each, and how a claim about them is worded.

    noun: what is counted as shapes, in words. longest: a call that takes as long as any, if known.
    """

    shapes: int
    groups: Iterator[Trials]
    error: float
    short: str
    inputs: str
    law: str
    strength: str
    noun: str = "shapes"
    longest: Call | None = None


def longest(operation: str, forms: Iterable[tuple[Sequence[Shape], Sequence[int]]]) -> Call:
    """Of calls, each with the shapes of its arrays and its numbers, one that takes longest."""
    calls = (hollow(operation, *shapes, numbers=numbers) for shapes, numbers in forms)
    return max(calls, key=REGISTRY[operation].oracle.work)


@lru_cache(maxsize=64)
def points(chance: float) -> int:
    """How many independent points mislead together with less than ERROR.

    chance: the probability that one point does.
    """
    return ceil(log(ERROR) / log(chance))


def drawn(random: Random, shape: Shape, bits: int) -> Array:
    """Whole numbers of so many bits and both signs."""
    limit = 2**bits
    return random.randint(1 - limit, limit, shape, dtype=np.int64)


def impulses(random: Random, shape: Shape, shapes: Sequence[Shape], bits: int) -> Array:
    """Arrays along a first axis, of zeros but for one element, a whole number.

    shapes: for each array, one that is shorter along its own first axis, if at all, in which the
    element lies.
    """
    arrays, count = np.zeros((len(shapes), prod(shape[1:])), np.int64), len(shapes)
    places = (random.random_sample(count) * [prod(one) for one in shapes]).astype(int)
    arrays[np.arange(count), places] = random.randint(1, 2**bits + 1, count)
    return arrays.reshape(shape)


def way_at(shape: Shape, random: Random) -> Way:
    """How a linear law is tested: by powers of two at square shapes, else in one of two ways."""
    if shape[0] == shape[1]:
        return "scalings"
    return "sums" if random.randint(2) else "impulses"


def law_of(operation: str, domain: Callable[[Session, int, Random], Domain]) -> Law:
    """The law that tries a domain: of a session, up to a side, with a random stream."""

    def law(
        session: Session, asked: Asked, progress: Progress
    ) -> tuple[Certificate, Refutation | None]:
        random = random_for("certificate", operation, asked.seed)
        tried = domain(session, asked.side, random)
        blank = Certificate(operation, REGISTRY[operation].roles.of(session.edition))
        return certify(session, blank, tried, asked, progress)

    return law


def in_precision(significand: int) -> str:
    """In words, the precision of a target that returns fewer bits than float64 has."""
    names = {53: "", 24: " in float32", 11: " in float16"}
    return names.get(significand, f" in {significand} bits")


def certify(
    session: Session, found: Certificate, domain: Domain, asked: Asked, progress: Progress
) -> tuple[Certificate, Refutation | None]:
    """Try every shape of a domain. Returns the certificate, and what refutes it, if anything.

    found: a blank certificate, which is filled in.
    """
    start = time.monotonic()
    first = next(domain.groups)
    took = cost(session, first.stack) * domain.shapes
    if took > asked.seconds:
        found.refuse(
            f"at the target's pace {domain.shapes:,} {domain.noun} take {took:.0f} s",
        )
        return found, None
    refutation = None
    quick = domain.longest is not None and session.is_quick(domain.longest)
    for several in answered(session, chain([first], domain.groups), quick=quick):
        every = (tried(session, group, answer, found) for group, answer in several)
        refutation = next(filter(None, every), None)
        if refutation or time.monotonic() > start + asked.limit:
            break
        progress(f"certifying {found.operation}", found.shapes / domain.shapes)
    found.seconds = time.monotonic() - start
    conclude(found, domain, refutation, asked.limit)
    return found, refutation


def conclude(
    found: Certificate, domain: Domain, refutation: Refutation | None, seconds: float
) -> None:
    """Write the sentence of a certificate. seconds: what there was at the most."""
    complete = found.shapes + found.declined.total() == domain.shapes
    if refutation:
        found.refuse(f"{refutation[0]} deviates")
    elif not found.shapes:
        found.refuse(f"the target declines every {domain.noun[:-1]} with {domain.short}")
    elif not complete:
        found.refuse(
            f"{found.shapes} of {domain.shapes} {domain.noun} were tried within "
            f"{seconds:.0f} s; none deviates"
        )
    else:
        found.holds, found.error_probability = True, domain.error
        found.range = f"every {domain.short}"
        found.short = f"certified for {found.range}"
        if found.options:
            found.short = f"certified for {found.shapes:,} settings"
        found.sentence = claim(found, domain)


def cost(session: Session, stack: Stack) -> float:
    """The seconds that calls of one form count, by the target's pace."""
    return session.timing.cost(stack.first) * len(stack)


def ask(session: Session, stacks: list[Stack]) -> list[Answer]:
    """The answers to stacks. They are made together if the last, with the largest, is quick."""
    client = session.client
    answers = client.stacked(stacks) if session.is_quick(stacks[-1].first) else []
    return answers or [[client.answer(call) for call in one.calls()] for one in stacks]


def together(session: Session, call: Call) -> int:
    """How many evaluations go into a message: few of a slow target, so that none seems to hang."""
    seconds = session.timing.longest(call)
    most = SHARE * session.client.timeout / seconds if seconds else TOGETHER
    return max(1, int(min(TOGETHER, most)))


def chunks(
    session: Session, groups: Iterable[Trials], *, quick: bool = False
) -> Iterator[list[Trials]]:
    """Groups of trials together, as many as a quick target answers in a moment.

    quick: whether all are known to be quick.
    """
    chunk: list[Trials] = []
    calls, size = 0, 0
    for group in groups:
        chunk.append(group)
        calls += len(group.stack)
        size += sum(array.nbytes for array in group.stack.arrays.values())
        first = group.stack.first
        full = calls >= together(session, first) or size >= BYTES_TOGETHER
        if full or not (quick or session.is_quick(first)):
            yield chunk
            chunk, calls, size = [], 0, 0
    if chunk:
        yield chunk


def answered(
    session: Session, groups: Iterable[Trials], *, quick: bool = False
) -> Iterator[Iterable[tuple[Trials, Answer]]]:
    """For each message, its groups of trials with their answers.

    The target computes while earlier ones are judged.
    """
    with ThreadPoolExecutor(1) as thread:
        waiting: tuple[list[Trials], Future[list[Answer]]] | None = None
        try:
            for chunk in chunks(session, groups, quick=quick):
                future = thread.submit(ask, session, [group.stack for group in chunk])
                if waiting:
                    yield zip(waiting[0], waiting[1].result(), strict=True)
                waiting = chunk, future
            if waiting:
                yield zip(waiting[0], waiting[1].result(), strict=True)
        except KeyboardInterrupt:
            session.client.close()  # else its answer would be awaited
            raise


def tried(session: Session, group: Trials, answer: Answer, found: Certificate) -> Refutation | None:
    """Judge the trials of one shape, and count them."""
    stack = group.stack
    refusal = session.refusal(stack.first)  # all calls of a stack have the same settings
    if refusal:
        found.declined[refusal] += 1
        return None
    if isinstance(answer, np.ndarray) and np.array_equal(answer, group.expected):
        session.note_stack(stack)
    else:
        for place, outcome in enumerate(outcomes(answer)):
            call = stack.call(place)
            try:
                refutation = judged(session, call, outcome, group.expected[place])
            except Declined as reason:
                found.declined[str(reason)] += 1
                return None
            if refutation:
                return refutation
    found.shapes += 1
    found.evaluations += len(stack)
    found.hypotheses.update(filter(None, group.tests))
    return None


def judged(session: Session, call: Call, outcome: Outcome, expected: Array) -> Refutation | None:
    """What refutes the certificate in one trial, if anything does.

    The clause is that of the first option of the call, if it has one: another may be to blame.
    """
    value = session.taken(call, outcome).value
    shape, values = REGISTRY[call.operation].roles.of(session.edition)
    if value is None:
        clause, text = values, f"{outcome.kind}: {outcome.reason}"
    elif value.shape != expected.shape:
        clause, text = shape, f"shape {value.shape} instead of {expected.shape}"
    elif np.array_equal(value, expected):
        return None
    else:
        clause, text = values, difference(value, expected, session.bound(call)) or ""
    return (option_clause(call) or clause, (call,), text) if text else None


def claim(found: Certificate, domain: Domain) -> str:
    """What holds, under which hypotheses, and how surely: no more than that."""
    tests = ", ".join(f"{count:,} {name}" for name, count in found.hypotheses.items())
    but = "".join(
        f", but for {n} {domain.noun} that it declines ({reason})"
        for reason, n in found.declined.items()
    )
    rate = unseen(min(found.hypotheses.values()))
    return (
        f"{found.subject} computes {enumerated(found.clauses)} for {domain.inputs}, at all "
        f"{found.shapes:,} {domain.noun} with {domain.short}{but}, if at each it {domain.law}, and "
        f"depends on nothing else. {domain.strength.format(error=domain.error)} That law held in "
        f"every test ({tests}): had it failed for more than {rate:.1%} of such inputs, it would "
        f"have shown with {CONFIDENCE:.0%} confidence."
    )


def unseen(tests: int) -> float:
    """The largest part of inputs on which a law may fail if it held in so many random tests."""
    return float(1 - (1 - CONFIDENCE) ** (1 / tests))
