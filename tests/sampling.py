"""A part of what takes long; the whole where CNNSPEC_EVERY is set, as `tox -e every` sets it."""

import os
from collections.abc import Sequence
from typing import TypeVar

One = TypeVar("One")

EVERY = "CNNSPEC_EVERY" in os.environ


def some(items: Sequence[One], step: int) -> list[One]:
    """One of every `step` items, or all of them."""
    return list(items if EVERY else items[::step])
