"""A process that has NumPy and the worker loaded, and forks a worker whenever it is asked for one.

To start Python and import NumPy takes a quarter of a second, and a run starts a target many times.
A fork takes a hundredth of that. The server itself never loads a target: each worker is as fresh
as one that was started.

A request is one datagram: a JSON object, and four files: the worker's standard input, output and
error, and a socket. On that the worker says that it is there, and the server, when it has ended,
how.

In a sandbox the server is alone: every other process is the worker's. It ends those that a worker
leaves behind, and all of them if there are too many. An argument before the number of its socket
says so.
"""

import contextlib
import json
import os
import selectors
import signal
import socket
import sys
import time
from typing import Any

from cnnspec.targets import worker

LONGEST = 2**20
"""Bytes that a request may have."""

FILES = 4
"""So many files come with a request."""

MOST, GLANCE, TRIES = 24, 0.2, 20
"""The most processes of a worker where the server is alone, the seconds between two looks, and how
often it tries to fork within them."""


def main() -> None:
    """Serve until nobody can ask any more. Each worker goes on from here."""
    *alone, number = sys.argv[1:]
    control = socket.socket(fileno=int(number))
    os.close(os.pidfd_open(os.getpid()))  # ends the server where the system has no such thing
    sys.argv[1:] = next_worker(control, alone=bool(alone))
    worker.main()


def next_worker(control: socket.socket, alone: bool) -> list[str]:
    """Fork workers, and tell how they end. Returns in a worker alone, with its arguments.

    alone: whether every other process here is a worker's; there is one at a time then.
    """
    watched = selectors.DefaultSelector()
    watched.register(control, selectors.EVENT_READ)
    while True:
        if alone and too_many():
            end_all()
        for key, _ in watched.select(GLANCE if alone else None):
            if key.fileobj is not control:
                watched.unregister(key.fileobj)
                if alone:
                    end_all()
                tell_end(*key.data)
                continue
            text, files, _, _ = socket.recv_fds(control, LONGEST, FILES)
            if not text:
                os._exit(0)
            pid = forked_alone() if alone else os.fork()
            if pid == 0:
                watched.close()
                control.close()
                tell(files[-1], os.getpid())
                return become_worker(json.loads(text), files)
            for one in files[:-1]:
                os.close(one)
            ended = os.pidfd_open(pid)
            watched.register(ended, selectors.EVENT_READ, (ended, pid, files[-1]))


def forked_alone() -> int:
    """Fork a worker where nothing else runs. Raises OSError if there is no room for it for long."""
    for _ in range(TRIES):
        end_all()
        with contextlib.suppress(BlockingIOError):  # those that were ended still count for a moment
            return os.fork()
        time.sleep(GLANCE / TRIES)
    return os.fork()


def too_many() -> bool:
    """Whether there are more processes than a worker may have."""
    return sum(name.isdigit() for name in os.listdir("/proc")) > MOST  # noqa: PTH208


def end_all() -> None:
    """End every process but this one, and the first."""
    with contextlib.suppress(OSError):
        os.kill(-1, signal.SIGKILL)


def tell_end(ended: int, pid: int, status: int) -> None:
    """Tell how a worker ended: an exit status, or a signal's number below zero."""
    os.close(ended)
    tell(status, os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
    os.close(status)


def tell(status: int, number: int) -> None:
    """Send a number, if anybody still reads."""
    with contextlib.suppress(OSError):
        os.write(status, f"{number}\n".encode())


def become_worker(asked: dict[str, Any], files: list[int]) -> list[str]:
    """Take what a started process has of its own: session, files, folder, variables, chance."""
    os.setsid()  # so that its own children end with it
    for number, one in enumerate(files[:-1]):
        os.dup2(one, number)
    os.closerange(len(files) - 1, os.sysconf("SC_OPEN_MAX"))
    os.chdir(asked["folder"])
    os.environ.update(asked["marks"])
    if "numpy.random" in sys.modules:  # Python's own generator does so by itself
        sys.modules["numpy.random"].seed()
    arguments: list[str] = asked["arguments"]
    return arguments
