"""Which options a function of Python offers: those that its signature names."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from cnnspec.kit.settings import BATCH
from cnnspec.spec import OPERATIONS


def taken_options(
    operations: Mapping[str, Callable[..., Any]], options: Mapping[str, Sequence[str]]
) -> dict[str, list[str]]:
    """Those of the options of each operation that its function takes by name."""
    return {
        name: [one for one in options[name] if takes(operations[name], one)]
        for name in operations
        if name in options
    }


OWN = tuple(f"cnnspec.{one}.{name}" for one in ("spec", "reference") for name in OPERATIONS)
"""The modules of the book's functions, and of the reference's."""


def takes(function: Callable[..., Any], name: str) -> bool:
    """Whether a function names an argument; False where that is not known.

    A batch is no argument: a function says `batch = True` of itself if it takes one. What takes
    any name (**named) may leave it aside, and does not offer it. Nor do our own functions, which
    are of edition standard as long as they get no option.
    """
    if getattr(function, "__module__", "") in OWN:
        return False
    if name == BATCH:
        return getattr(function, BATCH, False) is True
    try:
        parameters = inspect.signature(function).parameters
    except (TypeError, ValueError):
        return False
    by_name = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    return name in parameters and parameters[name].kind in by_name
