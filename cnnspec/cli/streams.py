"""Standard output and error that survive closed pipes, full disks and terminals of ASCII."""

import io
import os
import sys
from typing import Any


class Sturdy(io.FileIO):
    """A file that ignores what can no longer be written. problem: the first error."""

    problem: OSError | None = None

    def write(self, data: Any) -> int:
        """Write bytes, or pretend that they were written."""
        if self.problem is None:
            try:
                return super().write(data) or 0
            except OSError as error:
                self.problem = error
        return memoryview(data).nbytes


def strengthen() -> None:
    """Replace standard output and error, so that writing to them raises nothing."""
    number = os.open(os.devnull, os.O_RDWR)
    while number < 3:  # else the next file opened takes the number of a closed stream
        number = os.open(os.devnull, os.O_RDWR)
    os.close(number)
    sys.stdout, sys.stderr = sturdy(1, sys.stdout), sturdy(2, sys.stderr)


def sturdy(number: int, stream: Any) -> io.TextIOWrapper:
    """A stream of text to a file descriptor, with the encoding of another stream."""
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
    """Say on standard error if standard output could not be written; not for a closed pipe."""
    sys.stdout.flush()
    raw = getattr(getattr(sys.stdout, "buffer", None), "raw", None)
    problem = raw.problem if isinstance(raw, Sturdy) else None
    if problem is not None and not isinstance(problem, BrokenPipeError):
        sys.stderr.write(f"cnnspec: standard output: {problem.strerror}\n")
