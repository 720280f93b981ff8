"""What an iterator gives is made once, however many read it."""

from collections.abc import Iterator

import pytest

from cnnspec.kit.kept import Kept


def test_items_are_made_once_and_when_they_are_read() -> None:
    made: list[int] = []

    def items() -> Iterator[int]:
        for n in range(4):
            made.append(n)
            yield n

    kept = Kept(items())
    first, second = iter(kept), iter(kept)
    assert [next(first), next(first), next(second)] == [0, 1, 0]
    assert made == [0, 1]
    assert list(second) == [1, 2, 3]
    assert list(first) == [2, 3]
    assert list(kept) == made == [0, 1, 2, 3]


def test_nothing_is_kept_of_nothing() -> None:
    with pytest.raises(StopIteration):
        next(iter(Kept(())))
