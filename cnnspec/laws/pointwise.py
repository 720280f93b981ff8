"""The law of a function of one number: all numbers are tried, or a million of each kind."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain

import numpy as np

from cnnspec.kit.calls import Call, Outcome
from cnnspec.kit.certificate import Asked, Certificate, Law, Progress, Refutation
from cnnspec.kit.clauses import NOT_FINITE, SUBNORMAL
from cnnspec.kit.exact import significand_bits
from cnnspec.kit.filling import random_for
from cnnspec.kit.noticing import CHECK
from cnnspec.kit.operation import REGISTRY, call
from cnnspec.kit.pace import Pace
from cnnspec.kit.session import Declined, Session
from cnnspec.kit.stack import outcomes
from cnnspec.laws.certificate import CONFIDENCE, Trials, answered, trials, unseen
from cnnspec.spec import Array

PATTERNS = 10**6
"""Random bit patterns of float32 and of float64."""

FLOAT32_BITS = 32
CHUNK = 2**18
"""How many numbers are in one map of a run over all of float32."""

WORTH_WAITING = 5.0
"""Seconds that the random patterns of one dtype may take; a slow target gets fewer."""

EXCUSED = {"NaN": NOT_FINITE, "infinities": NOT_FINITE, "subnormal numbers": SUBNORMAL}
"""Numbers that clauses of level strict judge instead."""


Values = Callable[[Array], Array]
"""What the operation makes of an array, element by element, in the array's dtype."""


def pointwise(operation: str, values: Values) -> Law:
    """The law of an operation on one array, in which each result depends on one element.

    Its calls leave the operation's numbers out: the certificate is for their defaults.
    """

    def law(
        session: Session, asked: Asked, progress: Progress
    ) -> tuple[Certificate, Refutation | None]:
        return certify(operation, values, session, asked, progress)

    return law


def certify(
    operation: str, values: Values, session: Session, asked: Asked, progress: Progress
) -> tuple[Certificate, Refutation | None]:
    """Try numbers of every kind; if asked.every, all float32 values, 2**32 of them."""
    start, seconds, every = time.monotonic(), asked.limit, asked.every
    found = Certificate(operation, REGISTRY[operation].roles.of(session.edition))
    random = random_for("certificate", operation, asked.seed)
    step = session.timing.paces.get(operation, Pace()).seconds(0, 1)
    patterns = int(max(1000, min(PATTERNS, WORTH_WAITING / step)))
    excused: set[str] = set()
    claims = []
    for dtype in ("float16", "float32", "float64"):
        if significand_bits(dtype) > session.bits(operation):
            found.declined[f"{dtype} is not tried, since results are less precise"] += 1
            continue
        complete = every and dtype == "float32"
        maps = all_of(dtype) if complete else maps_of(dtype, patterns, random)
        groups = (trials(operation, [x[None]], (), values(x)[None], [""]) for x in maps)
        before = found.evaluations
        for one, answer in chain.from_iterable(answered(session, groups)):
            refutation = judged(session, one, outcomes(answer)[0], found, excused)
            if refutation:
                found.sentence = f"not certified: {refutation[0]} deviates"
                return found, refutation
            if time.monotonic() > start + seconds:
                found.sentence = f"not certified: not all numbers were tried within {seconds:.0f} s"
                return found, None
            done = (found.evaluations - before) / 2**FLOAT32_BITS if complete else 0.5
            progress(f"certifying {operation}, {dtype}", done)
        if found.evaluations > before:
            claims.append(claimed(dtype, complete or dtype == "float16", patterns))
    found.seconds = time.monotonic() - start
    conclude(found, claims, patterns, excused)
    return found, None


def maps_of(dtype: str, patterns: int, random: np.random.RandomState) -> Iterator[Array]:
    """Boundaries and bit patterns, and then the same numbers at other places of other maps."""
    if dtype == "float16":
        numbers = np.arange(2**16, dtype=np.uint16).view(np.float16)
    else:
        yield shaped(boundaries(dtype))
        words = patterns * np.dtype(dtype).itemsize // 4
        numbers = random.randint(0, 2**32, words, dtype=np.uint32).view(dtype)
    yield shaped(numbers)
    yield shaped(random.permutation(numbers[: 2**16]))
    yield random.permutation(numbers[:1000]).reshape(1, -1, 1)
    yield from (one.reshape(1, 1, 1) for one in random.permutation(numbers[:20]))


def all_of(dtype: str) -> Iterator[Array]:
    """Every value of float32, in the order of their bits."""
    for first in range(0, 2**FLOAT32_BITS, CHUNK):
        yield shaped(np.arange(first, first + CHUNK, dtype=np.uint32).view(dtype))


def shaped(numbers: Array) -> Array:
    """Numbers as a map of three axes: rows, columns, and two to sixteen channels if it can be."""
    channels = next(c for c in (16, 10, 8, 5, 4, 3, 2, 1) if numbers.size % c == 0)
    pixels = numbers.size // channels
    width = next(w for w in range(int(pixels**0.5), 0, -1) if pixels % w == 0)
    return numbers.reshape(-1, width, channels)


def boundaries(dtype: str) -> Array:
    """Zeros, powers of two with their neighbours, the ends of the range, infinities and NaN."""
    limits = np.finfo(dtype)
    exponents = np.arange(limits.minexp - limits.nmant, limits.maxexp)
    powers = np.ldexp(np.ones(1), exponents).astype(dtype)
    near = [np.nextafter(powers, np.array(end, dtype)) for end in (0, np.inf)]
    ends = [0, 1, 6, 255, limits.max, limits.tiny, limits.smallest_subnormal, np.inf, np.nan]
    positive = np.concatenate([powers, *near, np.array(ends, dtype)])
    return np.concatenate([positive, -positive])


@np.errstate(all="ignore")  # what a wrong target gives may be anything
def judged(
    session: Session, trials: Trials, outcome: Outcome, found: Certificate, excused: set[str]
) -> Refutation | None:
    """Compare every number. Wrong numbers that another clause judges are noted as excused.

    trials: of one call.
    """
    trial, expected = trials.stack.call(0), trials.expected[0]
    try:
        session.taken(trial, outcome)
    except Declined as reason:
        found.declined[str(reason)] += 1
        return None
    (x,) = trial.arrays
    value = outcome.value
    if value is None:
        if x.dtype == np.float16 and outcome.kind == "rejected":  # that is for Q6 to judge
            found.declined["float16 is rejected"] += 1
            return None
        return found.clauses[1], (trial,), f"{outcome.kind}: {outcome.reason}"
    if value.shape != x.shape:
        return found.clauses[0], (trial,), f"shape {value.shape} instead of {x.shape}"
    wrong = x[~((value == expected) | (np.isnan(value) & np.isnan(expected)))]
    kinds = {
        "NaN": np.isnan(wrong),
        "infinities": np.isinf(wrong),
        "subnormal numbers": (wrong != 0) & (np.abs(wrong) < np.finfo(x.dtype).tiny),
    }
    for kind, which in kinds.items():
        if which.any():
            excused.add(kind)
            one = smallest(session, trial, wrong[which][0])
            session.incidents.add(
                EXCUSED[kind], (one,), f"wrong for {wrong[which][0]}", None, CHECK
            )
    plain = wrong[~np.logical_or.reduce(list(kinds.values()))]
    if plain.size:
        return found.clauses[1], (smallest(session, trial, plain[0]),), f"wrong for {plain[0]}"
    found.shapes += 1
    found.evaluations += x.size
    return None


def smallest(session: Session, trial: Call, number: Array) -> Call:
    """The number alone, if the target is wrong on it; else the whole map."""
    alone = call(trial.operation, number.reshape(1, 1, 1))
    return trial if session.sound(alone) else alone


@dataclass(frozen=True)
class Claim:
    """What is claimed of one dtype: of all its numbers, or of a part of them."""

    text: str
    every: bool


def claimed(dtype: str, every: bool, patterns: int) -> Claim:
    """What is claimed of one dtype. every: whether all its numbers were tried."""
    if every:
        return Claim(f"{2 ** (8 * np.dtype(dtype).itemsize):,} values of {dtype}", every)
    return Claim(f"every boundary and {patterns:,} random bit patterns of {dtype}", every)


def defaults(operation: str) -> str:
    """In words, the numbers with which the law makes its calls, or nothing."""
    numbers = REGISTRY[operation].numbers
    return " with " + " and ".join(f"{n.name} {n.default}" for n in numbers) if numbers else ""


def conclude(found: Certificate, claims: list[Claim], patterns: int, excused: set[str]) -> None:
    """Write the certificate of an operation that was not refuted."""
    if not claims:
        found.sentence = "not certified: the target declines every dtype"
        return
    but = "".join(f", but for {kind} ({EXCUSED[kind]})" for kind in sorted(excused))
    refused = "".join(f"; {reason}" for reason in found.declined)
    found.holds = True
    every = [one.text for one in claims if one.every]
    parts = [f"all {one.text}" if one.every else one.text for one in claims]
    found.short = f"certified for {' and '.join(every)}" if every else ""
    found.range = ", ".join(parts)
    found.sentence = (
        f"{found.operation}{defaults(found.operation)} computes {' and '.join(found.clauses)} for "
        f"{', '.join(parts)}{but}"
        f"{refused}, if each element of its result depends on that element of the map alone, "
        "wherever it stands. "
        f"Had it been wrong for more than {unseen(patterns):.1g} of the numbers of a dtype, a "
        f"random pattern would have shown it with {CONFIDENCE:.0%} confidence."
    )
