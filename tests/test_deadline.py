"""The time limit of a call: what a process waits for a processor on a busy machine is left out."""

import os
import select
import time
from types import SimpleNamespace
from typing import Any

import pytest

from cnnspec.targets import channel
from cnnspec.targets.channel import LONGER, Deadline, ready


def test_a_limit_grows_by_what_a_process_waits_for_a_processor() -> None:
    until = Deadline(10)
    end = until.end
    until.lengthen(100.0)  # what it had waited before does not count
    assert until.end == end
    until.lengthen(103.0)
    assert until.end == pytest.approx(end + 3)
    until.lengthen(0.0)  # the process has ended
    assert until.end == pytest.approx(end + 3)
    until.lengthen(1000.0)
    assert until.end == pytest.approx(end + LONGER * 10)


@pytest.mark.parametrize(("share", "least"), [(0.0, 0.6), (0.5, 0.8)])
def test_a_process_that_is_kept_waiting_has_more_time(
    share: float, least: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    reading, writing = os.pipe()
    try:
        incoming = select.poll()
        incoming.register(reading, select.POLLIN)
        process: Any = SimpleNamespace(child=SimpleNamespace(pid=1), has_ended=lambda: False)
        monkeypatch.setattr(channel, "queued_in_threads", lambda _pid: share * time.monotonic())
        began = time.monotonic()
        assert not ready(incoming, Deadline(0.6), process)
        assert time.monotonic() - began >= least
        os.write(writing, b"an answer")
        assert ready(incoming, Deadline(0.6), process)
    finally:
        os.close(reading)
        os.close(writing)
