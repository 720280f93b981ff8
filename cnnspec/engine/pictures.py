"""What a target makes of Chelsea, layer by layer, and of a specimen where it deviates: to be drawn.

It judges nothing. The calls are made when everything else is done, so that they change no verdict.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

from cnnspec.article import golden
from cnnspec.kit.calls import LOST, Call
from cnnspec.kit.exact import FLOATS_BY_BITS, gamma, significand_bits
from cnnspec.kit.operation import REGISTRY, call, operation_of
from cnnspec.kit.session import FLOAT64_BITS, Declined, Session
from cnnspec.spec import Array, Edition

if TYPE_CHECKING:
    from cnnspec.engine.report import Report

LARGEST = 16
"""A result with more than so many times the elements that it should have is not kept."""


@dataclass(frozen=True, eq=False)
class Picture:
    """One call, and what came of it.

    layer: of the article's stack, from 1 on; 0 for a specimen. expected: what is right. got: what
    came; None where nothing came that can be drawn: problem says why. allowed: how far each element
    may lie from what is right, in a dtype narrower than float64.
    """

    call: Call
    layer: int
    expected: Array
    got: Array | None = None
    problem: str = ""
    allowed: Array | None = None

    @property
    def operation(self) -> str:
        """The operation that was called."""
        return self.call.operation


def drawn(session: Session, report: "Report", seconds: float) -> Iterator[Picture]:
    """The specimens of operations that deviate, then Chelsea's maps.

    seconds: what a call may take, by the target's speed so far.
    """
    lost: set[str] = set()
    offered = set(session.offered())
    with suppress(golden.GoldenError):  # a package without them draws no cat
        for layer, one in chain(specimens(report, offered), chelsea(session, offered)):
            yield made(session, one, layer, seconds, lost)


def specimens(report: "Report", offered: set[str]) -> Iterator[tuple[int, Call]]:
    """A call for each operation whose shape or values deviate."""
    failed = {one.id for one in report.clauses if one.status == "fail"}
    for name, operation in REGISTRY.items():
        if name in offered and operation.shown and operation.roles.computed & failed:
            yield 0, operation.shown.specimen()


def chelsea(session: Session, offered: set[str]) -> Iterator[tuple[int, Call]]:
    """The steps of the three layers, each with the right maps of the step before.

    So each picture shows what one operation does, and not what came before it. An operation that
    the article lacks gets what the first step with the same parameters gets.
    """
    folder = golden.directory()
    steps = list(golden.layer_steps("exact", session.edition))
    left = set(REGISTRY) - {one.operation for one in steps}
    for step in steps:
        arrays = [golden.load(folder, name).astype(float) for name in step.inputs]
        layer = int(step.name.partition("/l")[2][0])
        alike = sorted(one for one in left if names_of(one) == names_of(step.operation))
        left -= set(alike)
        sizes = [one.default for one in REGISTRY[step.operation].numbers if one.default is not None]
        for name in (step.operation, *alike):
            if name in offered:
                yield layer, call(name, *arrays, *sizes)


def names_of(operation: str) -> list[str]:
    """The names of an operation's parameters."""
    return [one.name for one in REGISTRY[operation].parameters]


def made(session: Session, one: Call, layer: int, seconds: float, lost: set[str]) -> Picture:
    """A call made, or why it was not. lost: operations that gave no answer; not called again."""
    one = narrowed(session, one)
    blank = Picture(one, layer, session.expected(one), allowed=allowed(session, one))
    likely = session.timing.seconds(one)
    if one.operation in lost:
        return replace(blank, problem="not called again after it gave no answer")
    if not all(np.isfinite(a).all() for a in one.arrays):
        return replace(blank, problem="its numbers do not fit into the target's dtype")
    if likely > seconds:
        return replace(blank, problem=f"not called: by its speed it would take {likely:.0f} s")
    try:
        outcome = session.outcome(one)
    except Declined as reason:
        return replace(blank, problem=f"declined: {reason}")
    if outcome.kind in LOST:
        lost.add(one.operation)
    if outcome.value is None:
        return replace(blank, problem=outcome.reason or outcome.kind)
    problem = unfit(outcome.value, blank.expected)
    if problem:
        return replace(blank, problem=problem)
    return replace(blank, got=np.array(outcome.value))


def unfit(got: Array, expected: Array) -> str:
    """Why a result cannot be drawn, if it cannot."""
    if got.ndim != expected.ndim:
        return f"it gave an array of shape {got.shape} instead of {expected.shape}"
    if got.size > LARGEST * expected.size:
        return f"it gave an array of shape {got.shape} instead of {expected.shape}, too large"
    if got.dtype.kind not in "biuf":
        return f"it gave an array of dtype {got.dtype}"
    return ""


def bits_of(session: Session, operation: str) -> int:
    """The bits in which an operation of the target computes."""
    given = session.client.dtype
    return min(session.bits(operation), significand_bits(given) if given else FLOAT64_BITS)


@np.errstate(all="ignore")
def narrowed(session: Session, one: Call) -> Call:
    """A call whose numbers the target's dtype holds."""
    dtype = FLOATS_BY_BITS.get(bits_of(session, one.operation), "float64")
    return one.with_arrays([a.astype(dtype).astype(float) for a in one.arrays])


@np.errstate(all="ignore")
def allowed(session: Session, one: Call) -> Array | None:
    """How far elements may lie from what is right: in float64 not at all, the numbers are whole.

    Else the bound of C9, by the sum of the magnitudes.
    """
    bits = bits_of(session, one.operation)
    if bits >= FLOAT64_BITS or not operation_of(one).roles.rounding:
        return None
    return rounded(one, session.edition, bits)


@np.errstate(all="ignore")
def rounded(one: Call, edition: Edition, bits: int) -> Array:
    """How far the elements of a result may lie from the exact one: the bound of C9, or A5."""
    magnitudes = one.with_arrays([np.abs(a) for a in one.arrays])
    oracle = operation_of(one).oracle
    sums = oracle.expected(magnitudes, edition)
    terms = -(-oracle.work(one) // max(sums.size, 1)) + 1
    return np.asarray(float(gamma(terms, FLOATS_BY_BITS[bits])) * sums)
