"""A program that is started for a target: its pipes, its end, and its standard error."""

import contextlib
import os
import signal
import subprocess
import tempfile
from collections.abc import Mapping, Sequence

LAST_WORDS = 4000
"""Bytes of standard error that are kept."""


class Process:
    """A child process with pipes to its standard input and output.

    Raises OSError if the program cannot be started.
    """

    def __init__(self, command: Sequence[str], more: Mapping[str, str]) -> None:
        self.errors = tempfile.TemporaryFile()  # noqa: SIM115  it lives as long as the process
        try:
            self.child = subprocess.Popen(  # noqa: S603  the user named it
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self.errors,
                env={**os.environ, **more},
                start_new_session=True,  # so that its own children end with it
            )
        except OSError:
            self.errors.close()
            raise
        assert self.child.stdin is not None  # noqa: S101  for the type checker
        assert self.child.stdout is not None  # noqa: S101
        self.stdin, self.stdout = self.child.stdin, self.child.stdout

    def said(self) -> str:
        """The end of what the process wrote, or had written, to standard error."""
        if self.errors.closed:
            return self.last
        self.errors.seek(0, os.SEEK_END)
        self.errors.seek(max(0, self.errors.tell() - LAST_WORDS))
        return self.errors.read().decode(errors="replace").strip()

    def end(self) -> str:
        """Wait for a process that has hung up; how it ended."""
        status: int | None = None
        with contextlib.suppress(subprocess.TimeoutExpired):
            status = self.child.wait(timeout=5)
        lines = self.said().splitlines()
        last = f" ({lines[-1].strip()[:200]})" if lines else ""
        self.kill()
        if status is None:
            return f"closed its channel{last}"
        if status < 0:
            return f"died of {signal_name(-status)}{last}"
        return f"ended its process with exit status {status}{last}"

    def kill(self) -> None:
        """Kill the process, and whatever it started."""
        with contextlib.suppress(OSError):
            os.killpg(self.child.pid, signal.SIGKILL)
        self.child.wait()
        self.last = self.said()
        for pipe in (self.stdin, self.stdout, self.errors):
            with contextlib.suppress(OSError):  # what was not sent any more
                pipe.close()


def signal_name(number: int) -> str:
    """SIGSEGV and the like."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
