"""Hypothesis strategies that draw convs."""

from collections.abc import Sequence

from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from cnnspec.kit.calls import Case
from cnnspec.kit.drawing import floats
from cnnspec.kit.filling import FLOATS
from cnnspec.kit.operation import call
from cnnspec.operations.conv.drawing import conv_call
from cnnspec.spec import Array

SIZES = (1, 3, 5, 7)


@st.composite
def conv_cases(draw: st.DrawFn, significand: int) -> Case:
    """One conv on an exact grid; its shape shrinks, its values follow from a drawn seed."""
    size = draw(st.sampled_from((1, 3, 5, 7, 9)))
    extent = st.integers(size, 24) if draw(st.booleans()) else st.integers(size, size + 3)
    height, width = draw(extent), draw(extent)
    number = draw(st.integers(1, 9))
    channels = draw(st.none() | st.integers(1, 9))
    depth = () if channels is None else (channels,)
    dtype = draw(st.sampled_from(FLOATS))
    scale = draw(st.integers(-60, 60) if dtype == "float64" else st.integers(-12, 12))
    seed = draw(st.integers(0, 2**16))
    image, filters = (height, width, *depth), (number, size, size, *depth)
    return (conv_call(image, filters, dtype, significand, seed, scale),)


@st.composite
def conv_shapes(
    draw: st.DrawFn, max_side: int = 9, sizes: Sequence[int] = SIZES
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Shapes of a valid (image, filters); shrinks toward one pixel, one filter, no channel axis."""
    size = draw(st.sampled_from(sizes))
    height, width = (draw(st.integers(size, max(size, max_side))) for _ in "HW")
    number = draw(st.integers(1, 4))
    channels = draw(st.none() | st.integers(1, 4))
    depth = () if channels is None else (channels,)
    return (height, width, *depth), (number, size, size, *depth)


@st.composite
def float_conv_inputs(
    draw: st.DrawFn, dtype: str = "float64", special: bool = False, max_side: int = 6
) -> tuple[Array, Array]:
    """A valid (image, filters) of general floats, with infinities and NaN where special is set."""
    image, filters = draw(conv_shapes(max_side, sizes=(1, 3, 5)))
    elements = floats(dtype, special)
    return (
        draw(hnp.arrays(dtype, image, elements=elements)),
        draw(hnp.arrays(dtype, filters, elements=elements)),
    )


def general_convs() -> st.SearchStrategy[Case]:
    """Convs of general floats."""
    return st.sampled_from(FLOATS).flatmap(
        lambda dtype: float_conv_inputs(dtype).map(lambda pair: (call("conv", *pair),))
    )
