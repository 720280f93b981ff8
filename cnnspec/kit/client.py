"""A client makes calls on a target; NoTarget stands for one and makes none."""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from cnnspec.kit.calls import Call, Outcome
from cnnspec.kit.operation import REGISTRY, optional_parameters
from cnnspec.kit.stack import Answer, Stack

Meanwhile = Callable[[], None]
"""What this process does while a target computes. It makes no calls."""


def nothing() -> None:
    """Only wait."""


class Client(Protocol):
    """Something that makes calls on a target."""

    @property
    def unseen(self) -> frozenset[str]:
        """The flags of an outcome that it cannot notice."""

    @property
    def isolated(self) -> bool:
        """Whether the target runs in another process, which can be ended."""

    @property
    def dtype(self) -> str | None:
        """The widest dtype of floats that it gives the target; None if it converts no floats."""

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
    def options(self) -> Mapping[str, Sequence[str]]:
        """The options that the target takes, for each operation that has some."""

    @property
    def others(self) -> tuple[str, ...]:
        """The names of functions that it has beside operations."""

    @property
    def timeout(self) -> float:
        """Seconds that a call may take; infinite where nothing ends it."""

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
        """Seconds spent on answers that did not come, and on restarts."""

    @property
    def spent(self) -> float:
        """Seconds of processor time that its process has used; always 0 where nobody can tell."""

    @property
    def queued(self) -> float:
        """Seconds for which its process and this one have waited for a processor; 0 if unknown."""

    def answer(self, call: Call) -> Outcome:
        """Make a call; never raises because of what the target does."""

    def answers(self, calls: list[Call], meanwhile: Meanwhile = nothing) -> list[Outcome]:
        """Make small calls together; an empty list if they cannot be made together.

        meanwhile: is done once, or not at all.
        """

    def stacked(self, calls: list[Stack]) -> list[Answer]:
        """Make the calls of stacks together; an empty list if they cannot be made together."""

    def said(self) -> str:
        """The end of what the target wrote to standard error."""

    def restart(self) -> bool:
        """Restart the target, if that is possible. Returns whether it was."""

    def close(self) -> None:
        """End it."""


class NoTarget:
    """A client that offers every operation and answers nothing: for the cases of checks."""

    unseen: frozenset[str] = frozenset()
    isolated = True
    dtype: str | None = None
    dtypes: tuple[str, ...] = ()
    about = ""
    others: tuple[str, ...] = ()
    inline = True
    timeout = float("inf")
    gone, losses, seconds_lost, spent, queued = False, 0, 0.0, 0.0, 0.0

    @property
    def operations(self) -> Mapping[str, int | None]:
        """Every operation."""
        return dict.fromkeys(REGISTRY, 1)

    @property
    def options(self) -> Mapping[str, Sequence[str]]:
        """Every option."""
        return optional_parameters()

    def said(self) -> str:
        """Nothing is said."""
        return ""

    def answer(self, call: Call) -> Outcome:
        """Nothing is called."""
        raise NotImplementedError(call.operation)

    def answers(self, calls: list[Call], meanwhile: Meanwhile = nothing) -> list[Outcome]:
        """Nothing is called."""
        raise NotImplementedError(calls[0].operation)

    def stacked(self, calls: list[Stack]) -> list[Answer]:
        """Nothing is called."""
        raise NotImplementedError(calls[0].operation)

    def restart(self) -> bool:
        """There is nothing to begin."""
        return False

    def close(self) -> None:
        """Nothing is to be ended."""
