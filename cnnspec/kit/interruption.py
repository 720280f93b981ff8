"""Signals that ask the verifier to end: it keeps what it has found, and leaves nothing behind."""

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

SIGNALS = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)
HASTE = 1.0
"""Another signal within so many seconds is ignored: `timeout` sends each signal twice."""


class Interrupted(KeyboardInterrupt):
    """A signal asks the verifier to end. number: the number of the signal."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def status(error: KeyboardInterrupt) -> int:
    """The exit status of a program that was interrupted: 130 for SIGINT, 143 for SIGTERM."""
    return 128 + (error.number if isinstance(error, Interrupted) else signal.SIGINT)


class Handler:
    """Handles signals.

    The first one raises Interrupted: at once, or at the end of a block that is `held`. A later one
    ends the process.
    """

    def __init__(self) -> None:
        self.depth = 0
        self.pending: int | None = None
        self.first: float | None = None
        self.number: int | None = None

    def __call__(self, number: int, _frame: FrameType | None) -> None:
        """Handle a signal."""
        now = time.monotonic()
        if self.first is not None:
            if now - self.first > HASTE:
                os._exit(128 + number)
            return
        self.first, self.number = now, number
        if self.depth:
            self.pending = number
        else:
            raise Interrupted(number)

    def release(self) -> None:
        """End a held block; raise Interrupted if a signal came meanwhile."""
        self.depth -= 1
        if self.depth == 0 and self.pending is not None:
            number, self.pending = self.pending, None
            raise Interrupted(number)


HANDLER = Handler()


def status_of(error: BaseException) -> int | None:
    """The exit status of a run that a signal ended; None if no signal came.

    Any exception after a signal counts as the signal. Python and libraries turn Interrupted into
    other exceptions, such as a RuntimeError when the making of a class was interrupted.
    """
    if isinstance(error, KeyboardInterrupt):
        return status(error)
    return None if HANDLER.number is None else 128 + HANDLER.number


def install() -> None:
    """Let signals raise Interrupted, but for those that are ignored (nohup)."""
    for number in SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, HANDLER)
    sys.unraisablehook = heed_again


def heed_again(lost: "sys.UnraisableHookArgs") -> None:
    """Send a signal again if Python dropped it, as in a callback of the garbage collector."""
    if not isinstance(lost.exc_value, Interrupted):
        sys.__unraisablehook__(lost)
        return
    HANDLER.first = None
    again = threading.Timer(0.01, os.kill, (os.getpid(), lost.exc_value.number))
    again.daemon = True
    again.start()


@contextmanager
def held() -> Iterator[None]:
    """Run a block without interruption: a signal that comes meanwhile is handled at its end."""
    HANDLER.depth += 1
    try:
        yield
    finally:
        HANDLER.release()
