"""Hypothesis strategies that draw average poolings."""

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from cnnspec.kit.calls import Case
from cnnspec.kit.drawing import floats
from cnnspec.kit.filling import FLOATS
from cnnspec.kit.operation import call
from cnnspec.operations.average_pooling.inputs import NAME, grid


@st.composite
def average_cases(draw: st.DrawFn, significand: int) -> Case:
    """One average pooling on an exact grid; size and stride shrink toward 1."""
    shape = draw(st.tuples(st.integers(1, 20), st.integers(1, 20), st.integers(1, 5)))
    size = draw(st.integers(1, min(shape[:2])))
    dtype, seed = draw(st.sampled_from(FLOATS)), draw(st.integers(0, 2**16))
    x = np.ldexp(grid(shape, size, dtype, significand, seed), draw(st.integers(-8, 8)))
    return (call(NAME, x.astype(dtype), size, draw(st.integers(1, 12))),)


@st.composite
def of_floats(draw: st.DrawFn, dtype: str) -> Case:
    """One average pooling of any floats of a dtype."""
    shape_ = draw(st.tuples(st.integers(1, 6), st.integers(1, 6), st.integers(1, 3)))
    x = draw(hnp.arrays(dtype, shape_, elements=floats(dtype)))
    size = draw(st.integers(1, min(shape_[:2])))
    return (call(NAME, x, size, draw(st.integers(1, 4))),)


def general_averages() -> st.SearchStrategy[Case]:
    """Average poolings of general floats."""
    return st.sampled_from(FLOATS).flatmap(of_floats)
