"""Hypothesis strategies that operations share; they shrink toward few dimensions, and to zeros.

It is imported where something is drawn: Hypothesis takes a third of the time of all imports.
"""

from typing import Any

import numpy as np
from hypothesis import strategies as st

from cnnspec.kit.exact import significand_bits
from cnnspec.kit.filling import FLOATS, KINDS, filled
from cnnspec.spec import Array


def floats(dtype: str, special: bool = False) -> st.SearchStrategy[Any]:
    """Floats of a dtype whose products do not overflow, none of them subnormal.

    special: whether infinities and NaN are drawn too.
    """
    width = np.dtype(dtype).itemsize * 8
    largest = float(2 ** (significand_bits(dtype) // 2 * 3 // 4))
    ordinary = st.floats(-largest, largest, width=width, allow_subnormal=False)  # type: ignore[arg-type]
    if not special:
        return ordinary
    return ordinary | st.sampled_from([np.nan, np.inf, -np.inf])


@st.composite
def drawn_map(draw: st.DrawFn) -> Array:
    """A feature map up to 24 wide; its shape shrinks, its values follow from a drawn seed."""
    shape = draw(st.tuples(st.integers(1, 24), st.integers(1, 24), st.integers(1, 9)))
    kind, seed = draw(st.sampled_from(KINDS)), draw(st.integers(0, 2**16))
    return filled(shape, kind, draw(st.sampled_from(FLOATS)), seed)
