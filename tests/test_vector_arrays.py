"""Numbers and arrays of test vectors: no digit is lost, and bounds are never too small."""

import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from drawing import share_of_bound

from cnnspec.operations.conv.oracle import intervals
from cnnspec.spec import Array
from cnnspec.vectors import arrays, expect


def test_numbers_are_read_as_they_were_written() -> None:
    values = [0.0, -0.0, 0.1, -1.5, 5e-324, 2.0**-1022, 1.7976931348623157e308, 2.0**53, np.inf]
    array = np.array([*values, -np.inf, np.nan])
    back = arrays.array_from(json.loads(json.dumps(arrays.written(array))), Path())
    assert back.tobytes() == np.where(np.isnan(array), np.nan, array).tobytes()
    texts = ["0x0p+0", "-0x0p+0", "0x1.999999999999ap-4", "-0x1.8p+0"]
    assert arrays.numbers(array)[:4] == texts
    assert arrays.numbers(np.array([1.0, -2.0, 0.0])) == [1, -2, 0]
    assert arrays.numbers(np.array([True, False])) == [1, 0]
    assert arrays.numbers(np.array([2**62], np.int64)) == ["0x1p+62"]
    with pytest.raises(ValueError, match="no float64 holds"):
        arrays.numbers(np.array([2**62 + 1], np.int64))


@pytest.mark.parametrize(
    "elements", [np.full(300, 7.0), np.arange(300) % 251.0 - 5, np.arange(300) * 3 % 7.0]
)
def test_ramps_are_read_as_they_were_written(elements: Array) -> None:
    array = elements.reshape(10, 30)
    written = arrays.written(array)
    assert "ramp" in written
    assert np.array_equal(arrays.array_from(written, Path()), array)
    array[5, 5] += 1
    assert "ramp" not in arrays.written(array)


def test_C9_bounds_are_tight_and_never_too_small() -> None:
    random = np.random.RandomState(0)
    for dtype in ("float64", "float32"):
        x, w = random.standard_normal((4, 5, 2)), random.standard_normal((1, 3, 3, 2))
        x, w = x.astype(dtype), w.astype(dtype)
        data = expect.within_bounds((2, 3, 1), intervals(x, w, dtype))
        right, bound = (
            [Fraction(float.fromhex(n)) for n in data[key]] for key in ("data", "bound")
        )
        for part in (Fraction(9, 10), Fraction(1), Fraction(11, 10)):
            y = np.array([float(r + part * b) for r, b in zip(right, bound, strict=True)])
            share = share_of_bound(y.reshape(data["shape"]), x, w, dtype)
            assert 0.89 < share / float(part) < 1.1 + (dtype == "float32")
