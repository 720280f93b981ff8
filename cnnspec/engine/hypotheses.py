"""Hypothesis as we use it: it leaves no folder behind, warns of nothing, and draws by the seed."""

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

from hypothesis.configuration import set_hypothesis_home_dir, storage_directory
from hypothesis.errors import HypothesisWarning


@contextmanager
def unseen() -> Iterator[None]:
    """Let Hypothesis keep nothing and say nothing; afterwards it is as it was before.

    It may be somebody else's, too: the pytest plugin runs among the tests of others.
    """
    place: Any = storage_directory(intent_to_write=False)
    home = getattr(place, "home_directory", place)  # older versions give the path itself
    set_hypothesis_home_dir(Path(os.devnull))
    try:
        with warnings.catch_warnings(), by_the_seed():
            warnings.simplefilter("ignore", HypothesisWarning)
            yield
    finally:
        set_hypothesis_home_dir(home)


@contextmanager
def by_the_seed() -> Iterator[None]:
    """Draw the same in every process.

    Newer versions draw constants that they read in the source of the modules that are loaded: the
    tests of others, say. They have no option against that, and older versions do not do it.
    """
    try:
        inside: Any = import_module("hypothesis.internal.conjecture.providers")
        kept = inside._get_local_constants, inside.CONSTANTS_CACHE
        none = inside.Constants()
    except (ImportError, AttributeError):
        yield
        return
    inside._get_local_constants, inside.CONSTANTS_CACHE = lambda: none, {}
    try:
        yield
    finally:
        inside._get_local_constants, inside.CONSTANTS_CACHE = kept
