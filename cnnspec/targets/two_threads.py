"""Makes calls in two threads at once, so that those of one meet those of the other."""

import ctypes
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from threading import Barrier, Thread
from typing import TypeVar

T = TypeVar("T")

SWITCH_SECONDS = 1e-5
"""Python turns from one thread to the other after so long; by itself after 5 ms, which is longer
than most calls, so that a small call would never meet the other thread's."""

SET_SLACK, GET_SLACK = 29, 30
"""The numbers of what Linux's prctl does: how many nanoseconds late a thread may wake. By itself
50,000: the thread that waits for its turn would sleep while small calls come and go."""


def in_two_threads(
    first: Sequence[Callable[[], T]], second: Sequence[Callable[[], T]]
) -> tuple[list[T], list[T]]:
    """The results of functions that are called one after another, each sequence in a thread.

    Both are new threads, which begin when both are there: one that runs already is ahead of a new
    one on a busy machine. Raises what a function raises.
    """
    start, errors = Barrier(2), list[BaseException]()
    made = list[T](), list[T]()

    def make(functions: Sequence[Callable[[], T]], results: list[T]) -> None:
        start.wait()
        try:
            results.extend(function() for function in functions)
        except BaseException as error:
            errors.append(error)

    with turning_often():
        pairs = zip((first, second), made, strict=True)
        threads = [Thread(target=make, args=pair) for pair in pairs]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    if errors:
        raise errors[0]
    return made


@contextmanager
def turning_often() -> Iterator[None]:
    """A block in which Python turns from one thread to another all the time."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH_SECONDS)
    try:
        with waking_in_time():
            yield
    finally:
        sys.setswitchinterval(before)


@contextmanager
def waking_in_time() -> Iterator[None]:
    """A block in which this thread, and those that it starts, wake when they want to, on Linux."""
    before = slack(GET_SLACK, 0)
    if before > 0:  # less where the system has no such thing, or forbids it
        slack(SET_SLACK, 1)
    try:
        yield
    finally:
        if before > 0:
            slack(SET_SLACK, before)


def slack(action: int, nanoseconds: int) -> int:
    """Ask for the slack of this thread, or set it. Returns what the system says."""
    if sys.platform != "linux":
        return -1
    return int(libc().prctl(action, ctypes.c_ulong(nanoseconds)))


@cache
def libc() -> ctypes.CDLL:
    """The C library, which takes longer to look up than to call."""
    return ctypes.CDLL(None)
