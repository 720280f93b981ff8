"""The article's operations, whatever the edition by which they are judged."""

from cnnspec import article
from cnnspec.targets import Operations


def operations(edition: str) -> Operations:  # noqa: ARG001  a target of this package takes it
    """The article's operations."""
    return {"conv": article.conv, "relu": article.relu, "pooling": article.pooling}
