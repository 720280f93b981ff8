"""Checks of relu, R1 and R2."""

from collections.abc import Iterator

import numpy as np

from cnnspec.kit import filling
from cnnspec.kit.calls import Case
from cnnspec.kit.check import AsVectors, check
from cnnspec.kit.exact import significand_bits
from cnnspec.kit.operation import call
from cnnspec.kit.session import Declined, Deviation, Misshapen, Session, returned, same
from cnnspec.operations.relu import inputs


def maps(_session: Session) -> Iterator[Case]:
    """All shapes up to 4 by 4 by 3."""
    for height, width in ((h, w) for h in range(1, 5) for w in range(1, 5)):
        for channels in (1, 2, 3):
            kind = filling.KINDS[(height + width + channels) % 4]
            yield (call("relu", filling.filled((height, width, channels), kind)),)


@check(
    "R1",
    "relu",
    witness="the shape of the input",
    cases=maps,
    strategy=inputs.drawn,
    vectors=AsVectors(states="shape"),
)
def shape(session: Session, case: Case) -> None:
    """A feature map of rank 3 keeps its shape."""
    got, wanted = returned(session.outcome(case[-1])), case[-1].arrays[0].shape
    if got.shape != wanted:
        raise Deviation(f"shape {got.shape} instead of {wanted}", session.expected(case[-1]), got)


def any_rank(_session: Session) -> Iterator[Case]:
    """Ranks 0 to 5, empty ones included."""
    for extent in (
        (),
        (1,),
        (5,),
        (0,),
        (2, 3),
        (0, 4),
        (3, 0, 2),
        (2, 2, 0),
        (2, 3, 2, 2),
        (1, 2, 1, 2, 3),
    ):
        yield (call("relu", filling.filled(extent, "ordinary")),)


@check("R1", "relu", witness="the shape of the input", cases=any_rank, level="strict")
def shape_of_any_rank(session: Session, case: Case) -> None:
    """An array of any rank keeps its shape, and has the right values."""
    same(session.result(case[-1]), session.expected(case[-1]))


def numbers(session: Session) -> Iterator[Case]:
    """Boundaries, powers of two, small and large numbers, of both signs, one and many at a time."""
    yield from maps(session)
    bits = session.bits("relu")
    for dtype in ("float64", "float32"):
        if significand_bits(dtype) > bits:
            continue
        info = np.finfo(dtype)
        powers = np.exp2(np.arange(info.minexp, info.maxexp, 7))
        special = [0.0, 1, 1.5, 6, 6.5, 255, 256, 1e-7, 1e-3, 0.1, 65504, 2**24 + 1, 1e6]
        values = np.concatenate([special, powers, [float(info.max), float(info.tiny)]])
        both = np.concatenate([values, -values]).astype(dtype)
        yield (call("relu", both.reshape(-1, 1, 1)),)
        for value in both[:: 1 + len(both) // 60]:
            yield (call("relu", np.full((1, 1, 1), value)),)
    yield (call("relu", np.array([0.0, -0.0]).reshape(1, 1, 2)),)
    yield (call("relu", filling.filled((37, 41, 5), "wide")),)


@check("R2", "relu", witness="comparison with zero", cases=numbers, strategy=inputs.drawn)
def values(session: Session, case: Case) -> None:
    """What is above zero stays as it is, the rest becomes zero."""
    got, wanted = returned(session.outcome(case[-1])), session.expected(case[-1])
    if got.shape != wanted.shape:
        raise Misshapen("the shape is wrong (R1)")
    same(got, wanted)


def signs(_session: Session) -> Iterator[Case]:
    """Maps and their negatives."""
    for kind in filling.KINDS:
        x = filling.filled((2, 5, 2), kind, seed="signs")
        yield call("relu", x), call("relu", -x)


@check(
    "R2",
    "relu",
    witness="relu(x) - relu(-x) = x",
    cases=signs,
    strategy=inputs.drawn,
)
def both_signs(session: Session, case: Case) -> None:
    """relu(x) - relu(-x) is x."""
    (x,) = case[-1].arrays
    if significand_bits(x.dtype) > session.bits("relu"):
        raise Declined("the target's precision is that of Q6")
    parts = [session.result(call("relu", part)).real.astype(float) for part in (x, -x)]
    if any(part.shape != x.shape for part in parts):
        raise Misshapen("the shape is wrong (R1)")
    same(parts[0] - parts[1], x.astype(float))
