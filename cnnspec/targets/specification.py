"""The specification itself, in the edition by which it is judged: slow, and right by definition."""

from functools import partial

from cnnspec import spec
from cnnspec.spec import Edition
from cnnspec.targets import Operations


def operations(edition: Edition) -> Operations:
    """The specification's operations."""
    return {
        "conv": spec.conv,
        "relu": spec.relu,
        "pooling": partial(spec.pooling, edition=edition),
    }
