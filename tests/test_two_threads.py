"""Calls that are made at once: they meet, and leave this process as it was."""

import sys
import threading
from collections.abc import Callable
from contextlib import nullcontext

import pytest

from cnnspec.targets.two_threads import GET_SLACK, in_two_threads, slack

SHORT = 200
"""Steps of a call that takes some 10 microseconds."""


class Shared:
    """Something that one call at a time may use. met: whether two did."""

    def __init__(self) -> None:
        self.user, self.met = 0, False

    def use(self) -> int:
        """Sign, work a little, and look whether the signature is still there."""
        self.user = me = threading.get_ident()
        for _ in range(SHORT):
            pass
        self.met |= self.user != me
        return me


def test_small_calls_meet() -> None:
    shared = [Shared() for _ in range(100)]
    for one in shared:
        first, second = in_two_threads([one.use] * 4, [one.use] * 4)
        assert (len(first), len(second)) == (4, 4)
        assert len({*first, *second, threading.get_ident()}) == 3
    assert any(one.met for one in shared)


def turns() -> tuple[float, float]:
    """How late this thread may wake, in nanoseconds, and how often threads take turns."""
    return slack(GET_SLACK, 0), sys.getswitchinterval()


@pytest.mark.skipif(sys.platform != "linux", reason="prctl is Linux's")
def test_how_threads_take_turns_is_as_before() -> None:
    before = turns()
    (during,), _ = in_two_threads([turns], [turns])
    assert turns() == before
    assert all(now < then for now, then in zip(during, before, strict=True))


def failing() -> None:
    """Raise what a target may raise."""
    raise KeyboardInterrupt


@pytest.mark.parametrize("first", [failing, turns])
@pytest.mark.parametrize("second", [failing, turns])
def test_what_is_raised_in_either_thread_is_raised(
    first: Callable[[], object], second: Callable[[], object]
) -> None:
    raises = pytest.raises(KeyboardInterrupt) if failing in (first, second) else nullcontext()
    with raises:
        in_two_threads([turns, first, turns, turns], [turns, second, turns, turns])
