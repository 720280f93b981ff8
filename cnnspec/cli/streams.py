"""Standard output and error that lose no report: closed pipes, full disks, terminals of ASCII."""

import io
import os
import sys
from typing import Any


class Sturdy(io.FileIO):
    """A file that swallows what can no longer be written. problem: the first reason why."""

    problem: OSError | None = None

    def write(self, data: Any) -> int:
        """Write bytes, or say that they were written."""
        if self.problem is None:
            try:
                return super().write(data) or 0
            except OSError as error:
                self.problem = error
        return memoryview(data).nbytes


def strengthen() -> None:
    """Take standard output and error anew, so that writing to them raises nothing."""
    number = os.open(os.devnull, os.O_RDWR)
    while number < 3:  # a stream that is closed would be taken by the next file that is opened
        number = os.open(os.devnull, os.O_RDWR)
    os.close(number)
    sys.stdout, sys.stderr = sturdy(1, sys.stdout), sturdy(2, sys.stderr)


def sturdy(number: int, stream: Any) -> io.TextIOWrapper:
    """A stream of text that writes to a file descriptor as another one does."""
    if stream is not None:
        stream.flush()
    return io.TextIOWrapper(
        io.BufferedWriter(Sturdy(number, "w", closefd=False)),
        encoding=getattr(stream, "encoding", None) or "utf-8",
        errors="backslashreplace",
        line_buffering=number == 2 or os.isatty(number),
        write_through=number == 2,
    )


def say_what_was_lost() -> None:
    """Say on standard error where standard output could not be written, but for a closed pipe."""
    sys.stdout.flush()
    raw = getattr(getattr(sys.stdout, "buffer", None), "raw", None)
    problem = raw.problem if isinstance(raw, Sturdy) else None
    if problem is not None and not isinstance(problem, BrokenPipeError):
        sys.stderr.write(f"cnnspec: standard output: {problem.strerror}\n")
