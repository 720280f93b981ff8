"""Hypothesis strategies for tests of the operations themselves.

The arrays of an exact grid are whole numbers times a power of two, drawn so wide that every bit of
the dtype's significand may matter, and so narrow that every partial sum of a conv is a float.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from cnnspec.kit.drawing import drawn_map, floats
from cnnspec.kit.exact import grid_split, largest_share, significand_bits
from cnnspec.kit.filling import FLOATS
from cnnspec.operations.conv.oracle import intervals
from cnnspec.operations.conv.strategies import SIZES, conv_shapes, float_conv_inputs
from cnnspec.spec import Array

__all__ = ["FLOATS", "drawn_map", "float_conv_inputs"]


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


def share_of_bound(
    result: Array, image: Array, filters: Array, roundoff: npt.DTypeLike | None = None
) -> float:
    """The largest error of a conv result as a share of C9's bound: 1.0 is the most allowed.

    roundoff: the dtype whose unit roundoff counts; that of the result by default.
    """
    dtype = result.dtype if roundoff is None else roundoff
    return largest_share(result, intervals(image, filters, dtype))
