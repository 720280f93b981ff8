"""The reference, in the edition by which it is judged."""

from cnnspec import reference
from cnnspec.spec import Edition
from cnnspec.targets import Operations, in_edition


def operations(edition: Edition) -> Operations:
    """The reference's operations."""
    return in_edition(reference, edition)
