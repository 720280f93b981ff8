"""Hypothesis strategies: inputs of each operation, valid and invalid.

All of them shrink toward few and small dimensions and toward zeros. The arrays of an exact grid
are whole numbers times a power of two, drawn so wide that every bit of the dtype's significand may
matter, and so narrow that every partial sum of a conv is a float of that dtype.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from cnnspec.kit.exact import grid_split, significand_bits
from cnnspec.kit.filling import KINDS, filled
from cnnspec.spec import Array

SIZES = (1, 3, 5, 7)
FLOATS = ("float64", "float32")


def grid_bits(dtype: str, taps: int) -> tuple[int, int]:
    """Bits for the pixels and bits for the weights of an exact grid of a dtype."""
    return grid_split(significand_bits(dtype), taps)


def whole(bits: int) -> st.SearchStrategy[int]:
    """Whole numbers from -2**bits to 2**bits; shrinks toward 0."""
    return st.integers(-(2**bits), 2**bits)


def grid_array(
    shape: Sequence[int], bits: int, dtype: str, exponents: st.SearchStrategy[int] | None = None
) -> st.SearchStrategy[Array]:
    """Arrays of an exact grid; the power of two shrinks toward 1."""
    values = hnp.arrays(np.int64, tuple(shape), elements=whole(bits))
    powers = exponents or st.integers(-8, 8)
    return st.builds(lambda a, e: np.ldexp(a.astype(dtype), e).astype(dtype), values, powers)


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
def conv_inputs(
    draw: st.DrawFn, dtype: str = "float64", max_side: int = 9, sizes: Sequence[int] = SIZES
) -> tuple[Array, Array]:
    """A valid (image, filters) on an exact grid."""
    image, filters = draw(conv_shapes(max_side, sizes))
    pixel_bits, weight_bits = grid_bits(dtype, int(np.prod(filters[1:])))
    return (
        draw(grid_array(image, pixel_bits, dtype)),
        draw(grid_array(filters, weight_bits, dtype)),
    )


def floats(dtype: str, special: bool = False) -> st.SearchStrategy[Any]:
    """Floats of a dtype whose products neither overflow nor, but for 0, come near underflow.

    With special, infinities and NaN too.
    """
    width = np.dtype(dtype).itemsize * 8
    largest = float(2 ** (significand_bits(dtype) // 2 * 3 // 4))
    ordinary = st.floats(-largest, largest, width=width, allow_subnormal=False)  # type: ignore[arg-type]
    if not special:
        return ordinary
    return ordinary | st.sampled_from([np.nan, np.inf, -np.inf])


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


@st.composite
def feature_maps(
    draw: st.DrawFn, dtype: str = "float64", special: bool = False, max_side: int = 9
) -> Array:
    """A feature map (H, W, C) of any floats; shrinks toward one zero."""
    shape = draw(st.tuples(*(st.integers(1, side) for side in (max_side, max_side, 4))))
    return draw(hnp.arrays(dtype, shape, elements=floats(dtype, special)))


@st.composite
def pooling_inputs(
    draw: st.DrawFn, dtype: str = "float64", special: bool = False
) -> tuple[Array, int, int]:
    """A valid (feature_map, size, stride) in edition standard; size and stride shrink toward 1."""
    feature_map = draw(feature_maps(dtype, special))
    size = draw(st.integers(1, min(feature_map.shape[:2])))
    return feature_map, size, draw(st.integers(1, 10))


@st.composite
def drawn_map(draw: st.DrawFn) -> Array:
    """A feature map up to 24 wide; its shape shrinks, its values follow from a drawn seed."""
    shape = draw(st.tuples(st.integers(1, 24), st.integers(1, 24), st.integers(1, 9)))
    kind, seed = draw(st.sampled_from(KINDS)), draw(st.integers(0, 2**16))
    return filled(shape, kind, draw(st.sampled_from(FLOATS)), seed)
