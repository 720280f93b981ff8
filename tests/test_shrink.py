"""A case that deviates is made simple: small, of float64, and of numbers that can be read."""

import numpy as np

from cnnspec.engine.shrink import shrink
from cnnspec.kit.calls import Case
from cnnspec.kit.operation import call
from cnnspec.operations.catalogue import checks

checks()  # fills the registry, whichever test is run alone


def test_what_shows_below_zero_is_shown_at_minus_one() -> None:
    x = -np.arange(1.0, 25).reshape(3, 4, 2) * 2**40
    (one,) = shrink(
        (call("relu", x),), lambda case: bool((case[-1].arrays[0] < 0).any()), "standard"
    )
    assert one.arrays[0].tolist() == [[[-1.0]]]


def test_float32_is_kept_where_float64_is_right() -> None:
    case: Case = (call("relu", np.full((2, 2, 1), 3, np.float32)),)
    (wide,) = shrink(case, lambda found: bool(found[-1].arrays[0].any()), "standard")
    assert wide.arrays[0].dtype == np.float64
    assert wide.arrays[0].tolist() == [[[1.0]]]
    (narrow,) = shrink(case, lambda found: found[-1].arrays[0].dtype == np.float32, "standard")
    assert narrow.arrays[0].dtype == np.float32
