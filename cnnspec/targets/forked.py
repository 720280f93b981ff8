"""Functions of this process as a target, in a child that is forked from it.

Closures and functions of a notebook cannot be imported elsewhere. A fork has them as they are, and
a crash, an endless loop or an exit ends the fork alone.
"""

import contextlib
import faulthandler
import gc
import os
import signal
import subprocess
import sys
import time
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import IO

from cnnspec.kit.calls import TargetError
from cnnspec.kit.interruption import SIGNALS
from cnnspec.kit.operation import optional_parameters
from cnnspec.targets import Loaded
from cnnspec.targets.guard import GUARD
from cnnspec.targets.process import Begin
from cnnspec.targets.remote import Remote
from cnnspec.targets.worker import limit_memory, serve, silence

FAILED = 70
"""The exit status of a child that fails by itself."""

GLANCE = 0.002
"""Seconds between two looks at whether a child has ended."""


class Forked(Remote):
    """Loaded functions as a target, in a forked child; each start forks this process anew.

    Raises TargetError if there is no child to be had.
    """

    noun = "the target"
    patience = 1.0  # nothing is to be imported
    child: "Fork | None" = None

    def __init__(self, target: Loaded, name: str, edition: str, timeout: float) -> None:
        self.target = target
        super().__init__((), name, edition, timeout)

    def begin(self) -> Begin:
        """What forks this process."""

        def begin(errors: IO[bytes], marks: Mapping[str, str]) -> Fork:
            self.child = fork(self.target, errors, marks)
            return self.child

        return begin

    @property
    def busy(self) -> float:
        """The seconds that the last child computed, known once it has ended."""
        return self.child.busy if self.child is not None else 0.0

    def no_start(self, error: Exception) -> TargetError:
        """The error for a child that says no hello."""
        return TargetError(f"{self.name} cannot be judged in a forked process: {error}")

    def said(self) -> str:
        """Nothing: standard error of a Python target is shown only if it dies."""
        return ""


class Fork:
    """A forked child, with as much of subprocess.Popen as a Process needs.

    busy: the seconds that it computed, known once it has ended.
    """

    def __init__(self, pid: int, stdin: int, stdout: int) -> None:
        self.pid = pid
        self.stdin: IO[bytes] | None = open(stdin, "wb", buffering=0)  # noqa: SIM115  Process closes
        self.stdout: IO[bytes] | None = open(stdout, "rb", buffering=0)  # noqa: SIM115
        self.status: int | None = None
        self.busy = 0.0

    def poll(self) -> int | None:
        """How it ended, if it has: an exit status, or a signal's number below zero."""
        if self.status is None:
            try:
                pid, status, used = os.wait4(self.pid, os.WNOHANG)
            except ChildProcessError:  # somebody else waited for it, or the system does
                self.status = 0
            else:
                if pid:
                    self.status = os.waitstatus_to_exitcode(status)
                    self.busy = used.ru_utime + used.ru_stime
        return self.status

    def wait(self, timeout: float) -> int:
        """How it ended. Raises TimeoutExpired if it has not."""
        end = time.monotonic() + timeout
        while (status := self.poll()) is None:
            if time.monotonic() > end:
                raise subprocess.TimeoutExpired("a forked process", timeout)
            time.sleep(GLANCE)
        return status


def fork(target: Loaded, errors: IO[bytes], marks: Mapping[str, str]) -> Fork:
    """Fork a child that answers calls on a target. Raises OSError.

    The child never comes back from here, whatever happens in it.
    """
    for stream in (sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__):
        with contextlib.suppress(Exception):  # else the child has a copy of what is still to come
            stream.flush()  # type: ignore[union-attr]
    requests, answers = os.pipe(), os.pipe()
    parent, pid = os.getpid(), 0
    try:
        with warnings.catch_warnings():
            # Python warns of a fork beside threads, since a lock that one of them holds stays held
            # in the child. A child that waits for one is noticed: see here.py.
            warnings.simplefilter("ignore", DeprecationWarning)
            pid = os.fork()
        if not pid:
            for end in (requests[1], answers[0]):
                forget(end)
            answer(target, requests[0], answers[1], errors.fileno(), marks)
    except BaseException:
        if os.getpid() == parent:
            for end in (requests[1], answers[0]):
                os.close(end)  # a child that is there already ends
        raise
    finally:
        if os.getpid() != parent:
            os._exit(FAILED)
        for end in (requests[0], answers[1]):
            os.close(end)
    return Fork(pid, requests[1], answers[0])


def answer(
    target: Loaded, requests: int, answers: int, errors: int, marks: Mapping[str, str]
) -> None:
    """The child: answer calls, and exit when the other side hangs up."""
    os.setsid()  # so that its own children end with it
    gc.freeze()  # what the parent holds is not the child's to finalise
    for number in SIGNALS:
        signal.signal(number, signal.SIG_DFL)
    signal.set_wakeup_fd(-1)
    faulthandler.disable()  # it would write where the parent's errors go
    sys.settrace(None)
    sys.setprofile(None)
    if (pipe := GUARD.pipe()) is not None:
        forget(pipe)  # the watchdog waits until nobody holds it
    os.environ.update(marks)  # for what the target starts
    warnings.resetwarnings()
    warnings.simplefilter("ignore")  # as in a worker
    os.dup2(errors, 2)
    kept = sys.stdin, sys.stdout, sys.stderr  # closing them might write
    sys.stderr = open(2, "w", buffering=1, closefd=False)  # noqa: SIM115
    printed = silence()
    limit_memory(data_in_use())
    reader, writer = open(requests, "rb"), open(answers, "wb")  # noqa: SIM115
    serve(reader, writer, printed, lambda: target, optional_parameters())
    del kept


def forget(number: int) -> None:
    """Let go of an end of a pipe, and keep its number: an object that knows it may yet close it."""
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, number)
    os.close(nothing)


def data_in_use() -> int:
    """Bytes of data that this process has already, as far as the system tells."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        pages = Path("/proc/self/statm").read_text().split()[5]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")
    return 0
