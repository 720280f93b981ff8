"""The reference, in the edition by which it is judged."""

from functools import partial

from cnnspec import reference
from cnnspec.spec import Edition
from cnnspec.targets import Operations


def operations(edition: Edition) -> Operations:
    """The reference's operations."""
    return {
        "conv": reference.conv,
        "relu": reference.relu,
        "pooling": partial(reference.pooling, edition=edition),
    }
