"""The worker: a process of its own that loads a target and answers calls, one after another.

Standard input and output carry the messages; the target gets neither: it reads nothing, and what
it prints is counted and thrown away.
"""

import contextlib
import ctypes
import os
import sys
import tempfile
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

from cnnspec.targets import loaded, required_arguments
from cnnspec.targets.calls import TargetError
from cnnspec.targets.server import Server

MEMORY_SHARE = 0.5
"""The part of the machine's memory that a target may take."""


def main() -> None:
    """Answer until the other side hangs up."""
    requests, answers = Connection(os.dup(0), writable=False), Connection(os.dup(1), readable=False)
    printed = silence()
    limit_memory()
    name, edition, folder = requests.recv()
    os.chdir(folder)
    sys.argv = [name]
    try:
        target = loaded(name, edition)
    except TargetError as error:
        answers.send(error)
        return
    server = Server(target.operations, printed)
    required = {name: required_arguments(f) for name, f in target.operations.items()}
    answers.send((required, target.about, target.dtypes))
    while True:
        try:
            calls = requests.recv()
        except EOFError:
            break
        answers.send([server.answer(call) for call in calls])
    os._exit(0)  # a target's threads and handlers do not hold up the end


def silence() -> Callable[[], int]:
    """Give the target an empty input, and a file to print to; a function tells how much it did."""
    file = tempfile.TemporaryFile()  # noqa: SIM115  it lives as long as the process
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(file.fileno(), 1)
    sys.stdin, sys.stdout = open(0, closefd=False), open(1, "w", closefd=False)  # noqa: SIM115
    flush_c: Callable[[Any], Any] = ctypes.CDLL(None).fflush
    stdout = sys.stdout

    def printed() -> int:
        with contextlib.suppress(Exception):
            sys.stdout.flush()
        with contextlib.suppress(Exception):
            stdout.flush()
        flush_c(None)
        size = os.fstat(file.fileno()).st_size
        if size:
            os.ftruncate(file.fileno(), 0)
            os.lseek(1, 0, os.SEEK_SET)
        return size

    return printed


def limit_memory() -> None:
    """Let an allocation beyond a share of the machine's memory fail, rather than the machine."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
        _, hard = resource.getrlimit(resource.RLIMIT_DATA)
        resource.setrlimit(resource.RLIMIT_DATA, (int(total * MEMORY_SHARE), hard))
