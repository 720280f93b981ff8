"""The options that a target declares in its answer to hello."""

from collections.abc import Sequence
from difflib import get_close_matches

from cnnspec.kit.operation import REGISTRY, optional_parameters
from cnnspec.kit.text import plain
from cnnspec.targets.wire import Message, ProtocolError, texts

SHOWN = 40
"""Characters of a name that a message shows."""


def parameters(message: Message) -> dict[str, tuple[str, ...]]:
    """The options that operations take, where a message says it. Raises ProtocolError.

    A name that is not known is refused: what is misspelt would not be judged, and nobody saw it.
    """
    given = message.get("parameters", {})
    if not isinstance(given, dict):
        raise ProtocolError("says of parameters something else than lists of names")
    offered = texts(message, "ops")
    for operation, names in given.items():
        shown = plain(operation, SHOWN)
        if operation not in offered:
            raise ProtocolError(f"says parameters of {shown!r}, which is none of its ops")
        if not isinstance(names, list) or not all(isinstance(one, str) for one in names):
            raise ProtocolError(f"says parameters of {shown} that are no list of names")
    known = optional_parameters()
    taken = {one: tuple(names) for one, names in given.items() if one in REGISTRY}
    for operation, names in taken.items():
        for name in names:
            require_option(operation, name, known.get(operation, []))
    return taken


def require_option(operation: str, name: str, known: Sequence[str]) -> None:
    """Raise ProtocolError unless an operation has an option of this name."""
    if name in known:
        return
    near = get_close_matches(name, known, 1)
    has = f"there are {', '.join(known)}" if known else "it has none"
    hint = f"; did you mean {near[0]}?" if near else ""
    where = f"says the parameter {plain(name, SHOWN)!r} of {operation}"
    raise ProtocolError(f"{where}, which is no option of it; {has}{hint}")
