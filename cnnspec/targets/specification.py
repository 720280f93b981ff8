"""The specification itself, in the edition by which it is judged: slow, and right by definition."""

from cnnspec import spec
from cnnspec.spec import Edition
from cnnspec.targets import Operations, in_edition


def operations(edition: Edition) -> Operations:
    """The specification's operations."""
    return in_edition(spec, edition)
