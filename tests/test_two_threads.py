"""Calls that are made at once: they meet, and leave this process as it was."""

import sys
import threading
from collections.abc import Callable
from contextlib import nullcontext

import pytest
from sessions import session_of

from cnnspec import reference
from cnnspec.kit.history import SMALL as FEW_ELEMENTS
from cnnspec.kit.history import elements
from cnnspec.operations.catalogue import checks
from cnnspec.targets.two_threads import GET_SLACK, in_two_threads, slack

STEPS = 5_000
"""Of a call that takes some hundred microseconds. On an idle machine a thread may wake so late: of
calls of ten, six in a row are over then in most cases."""


class Shared:
    """Something that one call at a time may use. met: whether two did."""

    def __init__(self) -> None:
        self.user, self.met = 0, False

    def use(self) -> int:
        """Sign, work a little, and look whether the signature is still there."""
        self.user = me = threading.get_ident()
        for _ in range(STEPS):
            pass
        self.met |= self.user != me
        return me


def test_calls_meet() -> None:
    shared = [Shared() for _ in range(100)]
    for one in shared:
        first, second = in_two_threads([one.use] * 6, [one.use] * 6)
        assert (len(first), len(second)) == (6, 6)
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


def test_Q2_small_calls_of_other_sizes_meet_too() -> None:
    """Who keeps the sizes of a call in one place for all threads shows it there alone."""
    (threads,) = (one for one in checks() if one.name == "threads")
    assert threads.cases is not None
    cases = threads.cases(session_of("pooling", reference.pooling))
    pairs = [(call, call.at_once) for (call,) in cases]
    others = [
        one.numbers
        for one, other in pairs
        if other and one.numbers != other.numbers and elements(one) <= FEW_ELEMENTS
    ]
    assert len(others) >= 4
    assert len({tuple(map(str, numbers)) for numbers in others}) == len(others)
