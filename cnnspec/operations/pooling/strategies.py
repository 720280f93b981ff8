"""Hypothesis strategies that draw poolings."""

from hypothesis import strategies as st

from cnnspec.kit.calls import Case
from cnnspec.kit.drawing import drawn_map
from cnnspec.kit.operation import call


@st.composite
def pooling_cases(draw: st.DrawFn) -> Case:
    """One pooling; size and stride shrink toward 1."""
    feature_map = draw(drawn_map())
    size = draw(st.integers(1, min(feature_map.shape[:2])))
    return (call("pooling", feature_map, size, draw(st.integers(1, 12))),)
