"""The calls by which a target is compared with fault models: plain ones, and those of a clause."""

from collections.abc import Iterator
from itertools import cycle, islice, product

import numpy as np

from cnnspec.kit import filling
from cnnspec.kit.calls import Operation, call
from cnnspec.kit.session import Case, Session
from cnnspec.operations import oracle
from cnnspec.operations.catalogue import checks
from cnnspec.spec import Array

OF_A_CLAUSE = 96
"""How many cases of the checks of one clause are probes."""

VALUES = {
    "conv": ("C6", "C7", "C9"),
    "relu": ("R1", "R2"),
    "pooling": ("P3", "P4", "P3a", "P4a"),
}
"""The clauses of what each operation computes."""

LARGEST = 400_000
"""Elements of the arrays of a probe, at the most."""


BEYOND, FEW = 2**16, 4
"""Of dimensions beyond sixteen bits, a few are always among them."""


def plain(session: Session, operation: Operation) -> list[Case]:
    """Valid calls of all sizes, with numbers of all kinds, that need no special treatment."""
    if operation == "conv":
        return list(convs(min(session.significand.get("conv", 53), 53)))
    return list(relus() if operation == "relu" else pools())


def convs(significand: int) -> Iterator[Case]:
    """Filters of all sizes, many and few channels and maps, images that are not square."""
    shapes = (
        ((7, 5, 3), (4, 3, 3, 3)),
        ((5, 6), (2, 3, 3)),
        ((8, 8, 2), (3, 5, 5, 2)),
        ((6, 4, 4), (3, 1, 1, 4)),
        ((4, 6, 1), (1, 3, 3, 1)),
        ((9, 11, 5), (2, 7, 7, 5)),
        ((3, 3, 2), (2, 3, 3, 2)),
        ((12, 13, 3), (3, 9, 9, 3)),
        ((13, 12), (1, 11, 11)),
        ((7, 7, 8), (9, 3, 3, 8)),
        ((6, 9, 17), (17, 3, 3, 17)),
        ((40, 37), (2, 3, 3)),
        ((37, 40, 3), (2, 5, 5, 3)),
        ((5, 20, 2), (2, 3, 3, 2)),
        ((1, 1), (1, 1, 1)),
        ((10, 10, 6), (5, 3, 3, 6)),
    )
    for image, filters in shapes:
        for scale in (0, -12):
            yield (filling.conv_call(image, filters, "float64", significand, "probe", scale),)
        yield small_numbers(image, filters)
    for power, place in ((25, (6, 6)), (40, (5, 6)), (38, (7, 7))):
        one = filling.conv_call((12, 13), (2, 3, 3), "float64", min(significand, 12), "huge")
        one.arrays[0][place] = 2.0 ** min(power, significand - 13)  # shows FFT and Winograd
        yield (one,)
    yield from islice(((one,) for one in filling.structured_convs(significand)), 0, None, 3)


def small_numbers(image: tuple[int, ...], filters: tuple[int, ...]) -> Case:
    """Grey values, and weights in quarters."""
    random = filling.random_for("probe", image, filters)
    x = random.randint(0, 256, image).astype(float)
    return (call("conv", x, random.randint(-9, 10, filters) / 4),)


def relus() -> Iterator[Case]:
    """Maps of several shapes, with small, ordinary and large numbers of both signs."""
    for kind, shape in product(filling.KINDS, ((3, 4, 2), (5, 3, 1), (4, 4, 3), (9, 40, 5))):
        yield (call("relu", filling.filled(shape, kind, seed="probe")),)
    ramp = np.linspace(-10, 10, 160).reshape(8, 10, 2)
    powers = np.ldexp(1.0, np.arange(-120, 120)).reshape(10, 12, 2)
    yield (call("relu", filling.random_for("probe").standard_normal((5, 6, 3))),)
    for x in (ramp, -ramp, powers, -powers, ramp / 100, ramp * 100, np.abs(ramp), -np.abs(ramp)):
        yield (call("relu", x),)


def pools() -> Iterator[Case]:
    """All sizes and strides up to 5, on maps whose sides leave a remainder or none."""
    kinds, channels = cycle(filling.KINDS), cycle((1, 2, 3, 5))
    sides = cycle(((7, 9), (8, 8), (11, 6), (5, 12), (10, 7), (6, 6), (13, 13)))
    for size, stride in product(range(1, 6), range(1, 6)):
        for height, width in islice(sides, 3):
            yield (
                call(
                    "pooling", pool_map((height, width, next(channels)), next(kinds)), size, stride
                ),
            )
    for size, stride, again in product((2, 3), (1, 2), range(2)):  # twice, for what is kept
        random = filling.random_for("probe", size, stride, again)
        yield (call("pooling", random.standard_normal((7, 8, 2)), size, stride),)
    for size in (2, 3):
        ranks = filling.random_for("neighbours", size).permutation(84).reshape(6, 7, 2)
        yield (call("pooling", 1 + ranks * 2.0**-52, size, 2),)
    for power in (130, 1000):
        yield (call("pooling", np.ldexp(pool_map((6, 7, 2), "negative"), power), 2, 2),)
    yield (call("pooling", pool_map((40, 33, 2), "ordinary"), 2, 2),)
    yield (call("pooling", pool_map((33, 40, 3), "negative") * 1e6, 3, 2),)


def pool_map(shape: tuple[int, ...], kind: str) -> Array:
    """A map whose numbers are of a kind."""
    return filling.filled(shape, kind, seed="probe")


def again_in_float32(session: Session, case: Case) -> bool:
    """Whether a case is invalid input that is among the cases in float64 too."""
    narrow = all(array.dtype == np.float32 for array in case[-1].arrays)
    return narrow and oracle.broken(case[-1], session.edition) is not None


def of_clause(session: Session, clause: str, operation: Operation) -> list[Case]:
    """Cases of the checks of a clause, evenly chosen, that call one operation alone."""
    found = [
        case
        for one in checks(session.edition)
        if one.clause == clause and one.cases is not None
        for case in one.cases(session)
        if {call.operation for call in case} == {operation}
        and sum(array.size for call in case for array in call.arrays) <= LARGEST
        and not again_in_float32(session, case)
    ]
    step = -(-len(found) // OF_A_CLAUSE)
    large = [case for case in found if max(case[-1].arrays[0].shape, default=0) > BEYOND]
    return [*found[:: max(step, 1)], *large[:FEW]]
