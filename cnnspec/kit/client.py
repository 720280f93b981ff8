"""What makes calls on a target, and what makes none."""

from collections.abc import Mapping
from typing import Protocol

from cnnspec.kit.calls import Call, Outcome
from cnnspec.kit.operation import REGISTRY


class Client(Protocol):
    """Something that makes calls on a target."""

    @property
    def unseen(self) -> frozenset[str]:
        """The flags of an outcome that it cannot notice."""

    @property
    def dtype(self) -> str | None:
        """The widest dtype in which it gives floats, or None where they are given as they are."""

    @property
    def dtypes(self) -> tuple[str, ...]:
        """The dtypes of floats that the target takes, its own choice first; none if any will do."""

    @property
    def about(self) -> str:
        """The target's own name and version."""

    @property
    def operations(self) -> Mapping[str, int | None]:
        """The operations that the target offers, and how many arguments each requires."""

    @property
    def inline(self) -> bool:
        """Whether arrays go to it in its messages, not in files."""

    @property
    def gone(self) -> bool:
        """Whether it could not be started again."""

    @property
    def losses(self) -> int:
        """How often it gave no answer."""

    @property
    def seconds_lost(self) -> float:
        """How long was waited for answers that did not come, and for new starts."""

    def answer(self, call: Call) -> Outcome:
        """Make a call; never raises because of what the target does."""

    def answers(self, calls: list[Call]) -> list[Outcome]:
        """Make small calls, one after another; nothing where they cannot be made at once."""

    def said(self) -> str:
        """The end of what the target wrote to standard error."""

    def restart(self) -> bool:
        """Begin anew, if that is possible; whether it was."""

    def close(self) -> None:
        """End it."""


class NoTarget:
    """A client that offers every operation and answers nothing: cases can be asked for."""

    unseen: frozenset[str] = frozenset()
    dtype: str | None = None
    dtypes: tuple[str, ...] = ()
    about = ""
    inline = True
    gone, losses, seconds_lost = False, 0, 0.0

    @property
    def operations(self) -> Mapping[str, int | None]:
        """Every operation."""
        return dict.fromkeys(REGISTRY, 1)

    def said(self) -> str:
        """Nothing is said."""
        return ""

    def answer(self, call: Call) -> Outcome:
        """Nothing is called."""
        raise NotImplementedError(call.operation)

    def answers(self, calls: list[Call]) -> list[Outcome]:
        """Nothing is called."""
        raise NotImplementedError(calls[0].operation)

    def restart(self) -> bool:
        """There is nothing to begin."""
        return False

    def close(self) -> None:
        """Nothing is to be ended."""
