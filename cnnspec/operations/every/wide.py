"""The check of Q6 with NumPy's longdouble, where that is wider than float64."""

from collections.abc import Iterator

import numpy as np

from cnnspec.kit import filling
from cnnspec.kit.calls import Call, Case
from cnnspec.kit.check import AsVectors, check
from cnnspec.kit.exact import significand_bits
from cnnspec.kit.noticing import require_plain
from cnnspec.kit.operation import Operation, broken, operation_of
from cnnspec.kit.session import FLOAT64_BITS, Declined, Deviation, Session, difference
from cnnspec.operations.every.typical import for_each
from cnnspec.spec import Array

BITS = significand_bits(np.longdouble)
"""The bits of longdouble: 64 on most machines with Linux, 53 where it is float64."""

IS_WIDE = BITS > FLOAT64_BITS


def fine(shape: tuple[int, ...], seed: object) -> Array:
    """Small numbers with a bit far behind the point, which float64 does not hold beside them."""
    random = filling.random_for("longdouble", shape, seed)
    coarse, last = random.randint(-7, 8, shape), random.randint(1, 8, shape)
    return coarse + np.ldexp(last.astype(np.longdouble), -FLOAT64_BITS - 1)


@for_each
def of_longdoubles(session: Session, operation: Operation) -> Iterator[Case]:
    """Typical calls whose numbers float64 does not hold, with weights that it does."""
    for one in operation.inputs.typical(session):
        first, *others = one.arrays
        weights = [np.sign(a).astype(np.longdouble) for a in others]
        call = one.with_arrays([fine(first.shape, one.numbers), *weights])
        if broken(call, session.edition) is None:
            yield (call,)


def in_longdouble(session: Session, case: Case) -> None:
    """A result of longdouble has the precision of longdouble, where it is wider than float64.

    The book computes such calls too. Not judged are targets that do not take it, and those that
    give float64: their floats are float64, which many languages have no wider one than.
    """
    one = case[-1]
    outcome = session.outcome(one)
    if outcome.kind == "rejected":
        raise Declined("longdouble is not taken")
    if outcome.value is None:
        raise Deviation(f"longdouble: {outcome.message}", lost=outcome.fate)
    got = outcome.value
    if got.dtype.kind != "f" or significand_bits(got.dtype) < BITS:
        raise Declined(f"of longdouble the result is {got.dtype}")
    plain = one.with_arrays([np.rint(a).astype(float) for a in one.arrays])
    require_plain(session, plain, "with whole numbers in float64")
    wanted = operation_of(one).definition(session.edition)(*one.plain.values())
    text = difference(got, wanted, allowed(session, one))
    if text:
        raise Deviation(f"longdouble is computed less precisely: {text}", wanted, got)


def allowed(session: Session, call: Call) -> Array | None:
    """How far roundings of longdouble can take each element, and more; None if it never rounds."""
    operation = operation_of(call)
    if not operation.roles.rounding:
        return None
    magnitudes = call.with_arrays([np.abs(a) for a in call.arrays])
    sizes = operation.definition(session.edition)(*magnitudes.plain.values())
    taps = operation.oracle.work(call) // max(1, sizes.size) + 1
    bound: Array = taps * np.ldexp(np.longdouble(1), -BITS) * sizes
    return bound


if IS_WIDE:
    check(
        "Q6",
        witness="the book in longdouble",
        cases=of_longdoubles,
        vectors=AsVectors(left_out=True),  # it is not the same everywhere
    )(in_longdouble)
