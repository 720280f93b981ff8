from fractions import Fraction

import drawing
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnspec import spec
from cnnspec.kit import exact
from cnnspec.operations.conv import oracle
from cnnspec.spec import Array


def test_the_constants_of_the_dtypes() -> None:
    assert exact.unit_roundoff("float64") == Fraction(1, 2**53)
    assert exact.unit_roundoff(np.float32) == Fraction(1, 2**24)
    assert exact.unit_roundoff("float16") == Fraction(1, 2**11)
    assert exact.subnormal_quantum("float64") == Fraction(1, 2**1074)
    assert exact.gamma(2, "float16") == Fraction(2, 2**11 - 2)
    with pytest.raises(ValueError, match="no error bound"):
        exact.gamma(2048, "float16")


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False)))
def test_integers_are_the_numbers_themselves(values: list[float]) -> None:
    numerators, denominator = exact.integers(values)
    assert [Fraction(n, denominator) for n in numerators] == [Fraction(v) for v in values]


@given(drawing.conv_inputs("float32", max_side=5))
def test_exact_conv_is_exact(pair: tuple[Array, Array]) -> None:
    image, filters = pair
    found = [exact_ for exact_, _ in oracle.intervals(image, filters, "float64")]
    floats = spec.conv(image.astype(float), filters.astype(float))
    assert found == floats.ravel().tolist()


def test_the_share_of_the_bound() -> None:
    image, filters = np.full((1, 1), 0.1), np.full((1, 1, 1), 0.1)
    right = np.full((1, 1, 1), 0.1 * 0.1)
    assert 0 < drawing.share_of_bound(right, image, filters) < 1
    assert 1 < drawing.share_of_bound(np.nextafter(right, 1), image, filters) < 3
    assert drawing.share_of_bound(right * np.inf, image, filters) == np.inf
    zeros = np.zeros((1, 1, 1))
    assert drawing.share_of_bound(zeros, image * 0, filters) == 0
    assert drawing.share_of_bound(zeros + 5e-324, image * 0, filters) == 1
    assert drawing.share_of_bound(zeros[:, :, :0], image, filters[:0]) == 0
