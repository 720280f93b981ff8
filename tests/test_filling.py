import numpy as np
import pytest

from cnnspec.kit import filling


@pytest.mark.parametrize("count", [0, 1, 100, filling.MANY, filling.MANY + 1, 2**16, 2**20 + 77])
def test_different_numbers_differ_and_have_no_order(count: int) -> None:
    numbers = filling.different(count, np.random.RandomState(count % 7))
    assert len(set(numbers.tolist())) == len(numbers) == count
    assert count == 0 or numbers.max() < 2 * count
    if count >= filling.MANY:
        line = numbers.astype(float)
        peaks = (line[1:-1] > line[:-2]) & (line[1:-1] > line[2:])
        assert abs(peaks.mean() - 1 / 3) < 0.03
        assert all(abs(np.corrcoef(line[n:], line[:-n])[0, 1]) < 0.1 for n in (1, 2, 3, 16, 64))


def test_maps_of_many_numbers_are_exact_in_float32() -> None:
    x = filling.filled((300, 200, 3), "negative")
    assert np.array_equal(x.astype(np.float32), x)
    assert (x < 0).all()
