"""Checks of inputs out of the ordinary, Q5 to Q8: layouts, dtypes, NaN and subnormals."""

from collections.abc import Iterator
from itertools import cycle, product

import numpy as np

from cnnspec.kit import filling
from cnnspec.kit.calls import LAYOUTS, Call, Case
from cnnspec.kit.check import AsVectors, always, check
from cnnspec.kit.exact import FLOATS_BY_BITS, significand_bits
from cnnspec.kit.filling import FLOATS
from cnnspec.kit.noticing import require_plain
from cnnspec.kit.operation import Operation, operation_of
from cnnspec.kit.session import Declined, Deviation, Session, returned
from cnnspec.operations.every.typical import for_each
from cnnspec.spec import Array


@for_each
def layouts(session: Session, operation: Operation) -> Iterator[Case]:
    """Each layout, of all arrays and of one at a time; of float32 fewer calls."""
    typical = {one: operation.inputs.typical(session, dtype=one) for one in FLOATS}
    for dtype, layout in product(FLOATS, LAYOUTS):
        for one in typical[dtype] if dtype == "float64" else typical[dtype][::3]:
            if layout not in ("C", "broadcast"):
                yield (one.laid_out(layout),)
                if len(one.arrays) > 1:
                    yield from ((one.laid_out(layout, only=a.name),) for a in operation.arrays)
    yield from ((one,) for one in operation.inputs.aliased())
    for one in operation.inputs.typical(session):
        for axis in range(one.arrays[0].ndim):
            constant = [a.take([0], min(axis, a.ndim - 1)) for a in one.arrays]
            wide = [np.broadcast_to(c, a.shape) for c, a in zip(constant, one.arrays, strict=True)]
            yield (one.with_arrays([np.array(w) for w in wide]).laid_out("broadcast"),)


def on_plain_arrays(session: Session, case: Case) -> Case:
    """The same call on plain arrays."""
    return (session.memory.plain(case[-1]),)


@check("Q5", witness="the same call on plain arrays", cases=layouts, also=on_plain_arrays)
def layout(session: Session, case: Case) -> None:
    """Memory layout, byte order and read-only flags change nothing."""
    one = case[-1]
    wanted = session.remember(session.memory.plain(one))
    if wanted.value is None:
        raise Declined("the plain call has no result")
    session.require_alike(one, session.result(one), wanted.value)


@for_each
def dtypes(_session: Session, operation: Operation) -> Iterator[Case]:
    """Every dtype, small numbers and those near its limits; and mixtures."""
    yield from ((one,) for one in operation.inputs.dtypes())


@check(
    "Q6",
    witness="the promoted dtype; exact values",
    cases=dtypes,
    vectors=AsVectors(dtype=True, requires=always("dtype")),
)
def precision(session: Session, case: Case) -> None:
    """The result is no less precise than the inputs, and integers are promoted first."""
    one = case[-1]
    got = session.result(one)
    least = filling.promoted(one.arrays)
    given = session.client.dtype
    if given and significand_bits(np.dtype(given)) < significand_bits(least):
        raise Declined(f"floats are given as {given}")
    require_precise(session, one, got)
    if session.difference(one, got):
        require_plain(session, one.with_arrays([a.astype(float) for a in one.arrays]), "as float64")
    session.require(one, got)


def require_precise(session: Session, call: Call, got: Array) -> None:
    """Raise Deviation unless the dtype of a result is as precise as the inputs, and floating.

    A target that is given narrower floats may give them back.
    """
    whole = call.arrays[0].dtype.kind in "biu" and got.dtype.kind in "biu"
    if whole and operation_of(call).keeps_integers:
        return
    if got.dtype.kind != "f":
        raise Deviation(f"the result's dtype is {got.dtype}, which is not floating", None, got)
    least, given = filling.promoted(call.arrays), session.client.dtype or "float64"
    if significand_bits(got.dtype) < min(significand_bits(least), significand_bits(given)):
        raise Deviation(f"the result is {got.dtype}, less precise than {least}", None, got)


IN_TURN = (np.nan, np.inf, np.nan, -np.inf, np.nan, -np.nan, np.nan)
"""A NaN has a sign too. Seven: no row and no channel of a small input gets the same ones only."""


@for_each
def not_finite(session: Session, operation: Operation) -> Iterator[Case]:
    """NaN or an infinity at every place of small inputs; all of them strewn over larger inputs."""
    values = cycle(IN_TURN)
    for one in operation.inputs.typical(session):
        for place, array in enumerate(one.arrays):
            for spot in filling.thinned(range(array.size), session.thorough):
                arrays = [a.copy() for a in one.arrays]
                arrays[place].flat[spot] = next(values)
                yield (one.with_arrays(arrays),)
    yield from ((one,) for one in operation.inputs.not_finite(session))


@check("Q7", witness="IEEE 754 arithmetic in the book", cases=not_finite)
def not_finite_values(session: Session, case: Case) -> None:
    """A NaN or an infinity reaches exactly the outputs whose window holds it."""
    one = case[-1]
    outcome = session.outcome(one)
    if outcome.value is not None and session.difference(one, outcome.value) is None:
        return
    finite = one.with_arrays(
        [np.nan_to_num(a, nan=1.0, posinf=3.0, neginf=-2.0) for a in one.arrays]
    )
    require_plain(session, finite, "with finite numbers in the same places")
    session.require(one, returned(outcome))


@for_each
def tiny(session: Session, operation: Operation) -> Iterator[Case]:
    """Subnormal numbers, alone and among others; products and sums that are subnormal."""
    for bits, dtype in FLOATS_BY_BITS.items():
        if bits <= session.bits(operation.name):
            yield from ((one,) for one in operation.inputs.tiny(session, bits, dtype))


@check("Q8", witness="IEEE 754 arithmetic in the book", cases=tiny, whole=True)
def subnormals(session: Session, case: Case) -> None:
    """Subnormal numbers survive."""
    one = case[-1]
    outcome = session.outcome(one)
    if outcome.value is not None and session.difference(one, outcome.value) is None:
        return
    ordinary = one.with_arrays([np.sign(a) * 3 for a in one.arrays])
    require_plain(session, ordinary, "with ordinary numbers in the same places")
    session.require(one, returned(outcome))
