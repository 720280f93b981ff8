"""Checks of the stack, S1 and S2."""

from collections.abc import Iterator

import numpy as np

from cnnspec.article import golden
from cnnspec.kit import filling
from cnnspec.kit.calls import call
from cnnspec.kit.check import check
from cnnspec.kit.operation import broken
from cnnspec.kit.session import Case, Declined, Session, same

STEPS = ("conv", "relu", "pooling")
"""The operations of a layer."""


def networks(session: Session) -> Iterator[Case]:
    """The first conv of stacks of two and three layers, with the further banks as calls."""
    bits = min(session.significand.get(operation, 53) for operation in STEPS)
    for image, banks in (
        ((20, 23), ((2, 3, 3), (3, 3, 3, 2))),
        ((18, 17, 3), ((2, 1, 1, 3), (1, 5, 5, 2))),
        ((46, 45), ((2, 3, 3), (3, 5, 5, 2), (1, 7, 7, 3))),
    ):
        random = filling.random_for("stack", image)
        width = 3 if bits > 24 else 1
        arrays = [filling.whole(random, shape, width) for shape in (image, *banks)]
        yield tuple(call("conv", arrays[0], bank) for bank in arrays[1:])


@check("S1", *STEPS, witness="each operation of its own clause", cases=networks)
def chained(session: Session, case: Case) -> None:
    """The target's own outputs, fed on, give the layers of the stack."""
    image = wanted = case[0].arrays[0]
    for one in case:
        steps = (("conv", one.arrays[1]), ("relu",), ("pooling", 2, 2))
        for operation, *others in steps:
            right = call(operation, wanted, *others)
            if broken(right, session.edition):
                raise Declined("the layers do not fit")
            if session.deviating(right):
                raise Declined("an operation deviates by itself")
            result = session.result(right.with_arrays([image, *right.arrays[1:]]))
            expected = session.expected(right)
            if np.array_equal(image, wanted):
                same(result, expected)
            image, wanted = result, expected


def goldens(session: Session) -> Iterator[Case]:
    """The first rows of the exact track's maps, layer by layer."""
    folder = golden.directory()
    for step in golden.plan():
        if step.track != "exact" or step.operation == "input":
            continue
        if step.edition in (None, session.edition):
            arrays = [golden.load(folder, name).astype(float) for name in step.inputs]
            numbers = (2, 2) if step.operation == "pooling" else ()
            yield (call(step.operation, *arrays, *numbers),)


@check("S2", *STEPS, witness="the exact track of the goldens", cases=goldens)
def chelsea(session: Session, case: Case) -> None:
    """The maps of Chelsea are the goldens, bit for bit; of a slow target only the first rows."""
    one = case[-1]
    if session.significand.get(one.operation, 53) < 53:
        raise Declined("the goldens need float64")
    if session.deviating(one):
        raise Declined("an operation deviates by itself")
    rows = session.rows_in_time(one)
    part = one.with_arrays([one.arrays[0][:rows], *one.arrays[1:]])
    same(session.result(part), session.expected(part))
