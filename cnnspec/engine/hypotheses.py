"""Hypothesis as we use it: it leaves no folder behind, and warns of nothing."""

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
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
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", HypothesisWarning)
            yield
    finally:
        set_hypothesis_home_dir(home)
