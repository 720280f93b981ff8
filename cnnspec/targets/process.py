"""A program that is started for a target: its pipes, its end, and its standard error."""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from typing import IO, Protocol

from cnnspec.kit.interruption import held
from cnnspec.kit.text import plain, plain_lines
from cnnspec.targets.guard import GUARD

LAST_WORDS = 4000
"""Bytes of standard error that are kept."""

LARGEST_FILE = 2**32
"""Bytes of a file that a target may write, so that it does not fill the disk."""

PIPE_BYTES = 2**20
"""What a pipe to a process holds: as much as any user may ask of Linux. It has 2**16 by itself."""

LINUX = sys.platform == "linux"


class Child(Protocol):
    """A child process with pipes that have no buffer, as subprocess.Popen has it."""

    pid: int
    stdin: IO[bytes] | None
    stdout: IO[bytes] | None

    def poll(self) -> int | None:
        """How it ended, if it has."""

    def wait(self, timeout: float) -> int:
        """How it ended. Raises subprocess.TimeoutExpired."""


Begin = Callable[[IO[bytes], Mapping[str, str]], Child]
"""Starts a child in a session of its own. It gets a file for standard error, and variables of the
environment that mark the processes of this run."""


def program(command: Sequence[str], more: Mapping[str, str]) -> Begin:
    """Starts a program. more: variables of its environment."""

    def begin(errors: IO[bytes], marks: Mapping[str, str]) -> Child:
        return subprocess.Popen(  # noqa: S603  the user named it
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            env={**os.environ, **more, **marks},
            bufsize=0,
            start_new_session=True,  # so that its own children end with it
        )

    return begin


def queued(pid: int) -> float:
    """The seconds for which a process has waited for a processor; 0 if the system does not tell."""
    try:
        with open(f"/proc/{pid}/schedstat", "rb", 0) as file:  # noqa: PTH123  it is asked often
            return int(file.read().split()[1]) * 1e-9  # its time, its waits, and their number
    except (OSError, ValueError, IndexError):
        return 0.0


def queued_in_threads(pid: int) -> float:
    """The same for all threads of a process together."""
    try:
        threads = os.listdir(f"/proc/{pid}/task")  # noqa: PTH208  it is asked often
    except OSError:
        return 0.0
    return sum(queued(int(thread)) for thread in threads)


class Process:
    """A child process with pipes to its standard input and output.

    signal: the one that killed it. The watchdog ends it if this process ends without doing so.
    Raises OSError if it cannot be started, ValueError if a program's command holds a NUL.
    """

    def __init__(self, begin: Begin) -> None:
        self.last, self.signal, self.left = "", "", ""
        marks = GUARD.variables()
        with held():
            self.errors = tempfile.TemporaryFile()  # noqa: SIM115  it lives as long as the process
            try:
                self.child = begin(self.errors, marks)
            except (OSError, ValueError):
                self.errors.close()
                raise
            GUARD.tell("group", str(self.child.pid))
            limit(self.child.pid)
        assert self.child.stdin is not None  # noqa: S101  for the type checker
        assert self.child.stdout is not None  # noqa: S101
        self.stdin, self.stdout = self.child.stdin, self.child.stdout
        for pipe in (self.stdin, self.stdout):
            os.set_blocking(pipe.fileno(), False)  # every wait has a deadline
            widen(pipe.fileno())

    def said(self) -> str:
        """The end of the process's standard error, in plain lines; also after the process ended."""
        if self.errors.closed:
            return self.last
        self.errors.seek(0, os.SEEK_END)
        self.errors.seek(max(0, self.errors.tell() - LAST_WORDS))
        return plain_lines(self.errors.read(LAST_WORDS).decode(errors="replace").strip())

    def spent(self) -> float:
        """The processor time that the process has used; 0 if the system does not tell.

        The clock of another process has a number that is made of that of the process, on Linux.
        """
        try:
            return time.clock_gettime((~self.child.pid << 3) | 2) if LINUX else 0.0
        except OSError:
            return 0.0

    def has_ended(self) -> bool:
        """Whether the process has ended."""
        return self.child.poll() is not None

    def end(self) -> str:
        """Wait for a process that has hung up. Returns how it ended."""
        status: int | None = None
        with contextlib.suppress(subprocess.TimeoutExpired):
            status = self.child.wait(timeout=5)
        lines = self.said().splitlines()
        last = f" ({plain(lines[-1], 200)})" if lines else ""
        self.kill()
        if status is None:
            return f"closed its channel{last}"
        if status < 0:
            self.signal = signal_name(-status)
            return f"died of {self.signal}{last}"
        return f"ended its process with exit status {status}{last}"

    def strike(self) -> None:
        """Send SIGKILL to the process, and to whatever it started."""
        try:
            os.killpg(self.child.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        except OSError as error:
            self.left = f"process {self.child.pid} could not be ended: {error.strerror}"

    def kill(self) -> None:
        """Kill the process, and whatever it started, and close its pipes."""
        self.strike()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.child.wait(timeout=10)
        GUARD.tell("gone", str(self.child.pid))
        self.last = "\n".join(filter(None, (self.said(), self.left)))
        for pipe in (self.stdin, self.stdout, self.errors):
            with contextlib.suppress(OSError):  # unsent bytes are lost
                pipe.close()


def widen(pipe: int) -> None:
    """Let a pipe hold more bytes, if the system can: a large array then goes in few pieces."""
    with contextlib.suppress(ImportError, AttributeError, OSError):
        import fcntl

        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, PIPE_BYTES)


def limit(process: int) -> None:
    """Forbid a process endless files and core dumps, if the system can do so."""
    with contextlib.suppress(ImportError, AttributeError, OSError, ValueError):
        import resource

        _, hard = resource.prlimit(process, resource.RLIMIT_FSIZE)
        most = LARGEST_FILE if hard == resource.RLIM_INFINITY else min(hard, LARGEST_FILE)
        resource.prlimit(process, resource.RLIMIT_FSIZE, (most, hard))
        _, hard = resource.prlimit(process, resource.RLIMIT_CORE)
        resource.prlimit(process, resource.RLIMIT_CORE, (0, hard))


def signal_name(number: int) -> str:
    """SIGSEGV and the like."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
