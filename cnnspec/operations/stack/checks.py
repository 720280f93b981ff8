"""Checks of the stack, S1 and S2."""

from collections.abc import Iterator

import numpy as np

from cnnspec.article import golden
from cnnspec.kit import filling
from cnnspec.kit.calls import Call, Case
from cnnspec.kit.check import AsVectors, check
from cnnspec.kit.operation import REGISTRY, broken, call, expected
from cnnspec.kit.session import FLOAT64_BITS, Declined, Deviation, Session, same
from cnnspec.spec import Edition

STEPS = ("conv", "relu", "pooling")
"""The operations of a layer."""


def networks(session: Session) -> Iterator[Case]:
    """Stacks of two and three layers: a conv call of the image with each bank of filters."""
    bits = min(map(session.bits, STEPS))
    for image, banks in (
        ((20, 23), ((2, 3, 3), (3, 3, 3, 2))),
        ((18, 17, 3), ((2, 1, 1, 3), (1, 5, 5, 2))),
        ((46, 45), ((2, 3, 3), (3, 5, 5, 2), (1, 7, 7, 3))),
    ):
        random = filling.random_for("stack", image)
        width = 3 if bits > 24 else 1
        arrays = [filling.whole(random, shape, width) for shape in (image, *banks)]
        yield tuple(call("conv", arrays[0], bank) for bank in arrays[1:])


def layers(case: Case, edition: Edition) -> list[Call]:
    """The calls of a stack in order, each with the expected result of the one before.

    Raises Declined where the layers do not fit.
    """
    image, calls = case[0].arrays[0], []
    for one in case:
        for operation, *others in (("conv", one.arrays[1]), ("relu",), ("pooling", 2, 2)):
            calls.append(call(operation, image, *others))
            if broken(calls[-1], edition):
                raise Declined("the layers do not fit")
            image = expected(calls[-1], edition)
    return calls


@check(
    "S1",
    *STEPS,
    witness="each operation of its own clause",
    cases=networks,
    vectors=AsVectors(room=4_000, chain=layers),
)
def chained(session: Session, case: Case) -> None:
    """The target's own outputs, fed on, give the layers of the stack."""
    image, steps = case[0].arrays[0], layers(case, session.edition)
    for count, one in enumerate(steps, 1):
        if session.deviating(one):
            raise Declined("an operation deviates by itself")
        try:
            result = session.result(one.with_arrays([image, *one.arrays[1:]]))
            if np.array_equal(image, one.arrays[0]):
                same(result, session.expected(one))
        except Deviation as deviation:
            deviation.chain = tuple(steps[:count])
            raise
        image = result


def goldens(session: Session) -> Iterator[Case]:
    """The first rows of the exact track's maps, layer by layer."""
    folder = golden.directory()
    for step in golden.plan():
        if step.track != "exact" or step.operation == "input":
            continue
        if step.edition in (None, session.edition):
            arrays = [golden.load(folder, name).astype(float) for name in step.inputs]
            defaults = (one.default for one in REGISTRY[step.operation].numbers)
            numbers = [number for number in defaults if number is not None]
            yield (call(step.operation, *arrays, *numbers),)


@check(
    "S2",
    *STEPS,
    witness="the exact track of the goldens",
    cases=goldens,
    vectors=AsVectors(goldens=True),
)
def chelsea(session: Session, case: Case) -> None:
    """The maps of Chelsea are the goldens, bit for bit; of a slow target only the first rows."""
    one = case[-1]
    if session.bits(one.operation) < FLOAT64_BITS:
        raise Declined("the goldens need float64")
    if session.deviating(one):
        raise Declined("an operation deviates by itself")
    rows = session.timing.rows_in_time(one)
    part = one.with_arrays([one.arrays[0][:rows], *one.arrays[1:]])
    same(session.result(part), session.expected(part))
