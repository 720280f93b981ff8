"""The inputs of relu: typical, drawn, and out of the ordinary. None is invalid."""

from collections.abc import Iterator
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from cnnspec.kit import filling
from cnnspec.kit.calls import Call, Case
from cnnspec.kit.filling import filled, random_for
from cnnspec.kit.operation import call, hollow
from cnnspec.kit.session import Session

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

# Plain calls


def first() -> list[Call]:
    """The simplest valid calls; their dimensions differ, so that a mix-up shows."""
    colour = filling.colour()
    return [call("relu", x - 20) for x in (colour, colour[:6, :6], colour[:, :, :1])]


def timed() -> Call:
    """A call of ordinary size."""
    x = filled((60, 60, 1), "ordinary")
    return call("relu", x)


def typical(_session: Session, seed: object = 0, dtype: str = "float64") -> list[Call]:
    """A few valid calls, of different shapes."""
    return [call("relu", x) for x in filling.typical_maps(seed, dtype)]


def larger() -> Call:
    """A call that is larger than the typical ones."""
    return call("relu", filled((9, 10, 2), "ordinary", seed="large"))


def idle() -> Call:
    """A call that leaves its map as it is."""
    return call("relu", np.ones((3, 4, 2)))


def more_idle() -> list[Call]:
    """More calls that leave their map as it is: nothing in it is negative."""
    shapes = ((3, 4, 2), (5, 3, 3), (4, 5, 1))
    return [call("relu", filling.distinct(shape)) for shape in shapes]


def drawn(_session: Session) -> "SearchStrategy[Case]":
    """Feature maps of any finite floats."""
    from cnnspec.kit.drawing import drawn_map

    return drawn_map().map(lambda feature_map: (call("relu", feature_map),))


# Nothing is invalid


def invalid() -> list[Call]:
    """No call."""
    return []


def worse() -> list[Call]:
    """No call."""
    return []


# Inputs out of the ordinary


def aliased() -> list[Call]:
    """No call: there is one array."""
    return []


def dtypes() -> Iterator[Call]:
    """Every dtype, numbers near its limits."""
    every = (*filling.WHOLE_DTYPES, "float16", "float32", "float64")
    for dtype, shape in product(every, ((4, 5, 2), (3, 3, 1))):
        x = filling.near_limits(shape, dtype)
        yield call("relu", x)
        yield call("relu", 0 - x if x.dtype.kind == "f" else x[::-1].copy())


def not_finite(_session: Session) -> Iterator[Call]:
    """Maps with values that are not finite here and there."""
    return (call("relu", image) for image, _ in filling.strewn())


def tiny(_session: Session, _bits: int, dtype: str) -> Iterator[Call]:
    """Subnormal numbers, alone and among others."""
    return (call("relu", image) for image in filling.subnormal_maps(dtype))


def dimensions(blocks: tuple[int, ...]) -> Iterator[Call]:
    """Each dimension at and around the sizes of blocks and counters, the others small; hollow."""
    for n in [*filling.around(blocks), filling.BEYOND_16_BITS]:
        for extent in ((n, 3, 1), (3, n, 1), (3, 3, n)):
            yield hollow("relu", extent)
    yield hollow("relu", (260, 260, 3))


def with_numbers(_session: Session, empty: Call) -> Call:
    """A hollow call with numbers of all magnitudes and signs."""
    return empty.with_arrays([filled(empty.arrays[0].shape, "wide")])


# Probes


def probes(_session: Session) -> Iterator[Case]:
    """Maps of several shapes, with small, ordinary and large numbers of both signs."""
    for kind, shape in product(filling.KINDS, ((3, 4, 2), (5, 3, 1), (4, 4, 3), (9, 40, 5))):
        yield (call("relu", filled(shape, kind, seed="probe")),)
    ramp = np.linspace(-10, 10, 160).reshape(8, 10, 2)
    powers = np.ldexp(1.0, np.arange(-120, 120)).reshape(10, 12, 2)
    yield (call("relu", random_for("probe").standard_normal((5, 6, 3))),)
    for x in (ramp, -ramp, powers, -powers, ramp / 100, ramp * 100, np.abs(ramp), -np.abs(ramp)):
        yield (call("relu", x),)


# What is left open


def questions() -> dict[str, Call]:
    """Calls that show what the clauses leave open, or what invalid input does."""
    return {
        "relu of no elements": call("relu", np.ones((0, 3, 2))),
        "relu(-0.0)": call("relu", np.full((1, 1, 1), -0.0)),
        "payload of NaN in relu": call("relu", np.full((1, 1, 1), filling.QUIET_NAN)),
    }
