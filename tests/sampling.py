"""A part of what takes long; the whole where CNNSPEC_EVERY is set, as `tox -e every` sets it."""

import os
from collections.abc import Sequence
from typing import TypeVar

import pytest

One = TypeVar("One")

EVERY = "CNNSPEC_EVERY" in os.environ

takes_minutes = pytest.mark.skipif(not EVERY, reason="takes long: tox -e every runs it")
"""A test whose subject others try too, in less time."""


def some(items: Sequence[One], step: int) -> list[One]:
    """One of every `step` items, or all of them."""
    return list(items if EVERY else items[::step])
