"""A part of what takes long; the whole where CNNSPEC_EVERY is set, as `tox -e every` sets it.

Of the tests that do not take long, each of tox's environments tries a third: CNNSPEC_THIRD.
"""

import os
from collections.abc import Sequence
from typing import TypeVar
from zlib import crc32

import pytest

One = TypeVar("One")

EVERY = "CNNSPEC_EVERY" in os.environ

takes_minutes = pytest.mark.skipif(not EVERY, reason="takes long: tox -e every runs it")
"""A test whose subject others try too, in less time."""


def some(items: Sequence[One], step: int) -> list[One]:
    """One of every `step` items, or all of them."""
    return list(items if EVERY else items[::step])


def of_a_third(tests: Sequence[pytest.Item]) -> tuple[list[pytest.Item], list[pytest.Item]]:
    """The tests of the third that CNNSPEC_THIRD names, 1 to 3, and the others.

    A name tells to which third a test belongs, whatever else is chosen. Without the variable all
    are taken, and those that take long in any case.
    """
    third = {"1": 0, "2": 1, "3": 2}.get(os.environ.get("CNNSPEC_THIRD", ""))
    taken: list[pytest.Item] = []
    left: list[pytest.Item] = []
    for one in tests:
        whole = third is None or one.get_closest_marker("exhaustive") is not None
        mine = whole or crc32(one.nodeid.encode()) % 3 == third
        (taken if mine else left).append(one)
    return taken, left
