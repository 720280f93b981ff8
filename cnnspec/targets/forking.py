"""Workers that a server forks (fork_server.py): on Linux, since a fork is not safe everywhere."""

import atexit
import contextlib
import json
import os
import select
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import IO

from cnnspec.kit.interruption import held
from cnnspec.targets.guard import GUARD
from cnnspec.targets.process import LINUX, Begin, Child, program

PATIENCE = 60.0
"""Seconds that a server may take to start and to fork a worker."""


GLANCE = 0.002
"""Seconds between two looks at whether a worker without a server has ended."""


class ForkedWorker:
    """A worker, with as much of subprocess.Popen as a Process needs. status: a pipe, see poll.

    Raises OSError if the server does not say the worker's number.
    """

    def __init__(self, stdin: IO[bytes], stdout: IO[bytes], status: IO[bytes]) -> None:
        self.stdin: IO[bytes] | None = stdin
        self.stdout: IO[bytes] | None = stdout
        self.told = status
        self.status: int | None = None
        pid = next_line(self.told, PATIENCE)
        if not pid:
            raise OSError("no worker was forked")
        self.pid = int(pid)

    def poll(self, seconds: float = 0.0) -> int | None:
        """How it ended, if it has: an exit status, or a signal's number below zero.

        seconds: how long that is waited for. If the server has ended, a worker that is gone counts
        as one that exited, and one that lives goes on.
        """
        if self.status is not None:
            return self.status
        line = next_line(self.told, seconds)
        if line or (line == b"" and not lives(self.pid)):
            self.status = int(line or 0)
            self.told.close()
        return self.status

    def wait(self, timeout: float) -> int:
        """How it ended. Raises TimeoutExpired if it has not."""
        end = time.monotonic() + timeout
        while (status := self.poll(max(0.0, end - time.monotonic()))) is None:
            if time.monotonic() > end:
                raise subprocess.TimeoutExpired("a worker", timeout)
            time.sleep(GLANCE)  # without a server nobody tells when it ends
        return status


def lives(pid: int) -> bool:
    """Whether there is a process of a number."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def next_line(pipe: IO[bytes], seconds: float) -> bytes | None:
    """A line that the server wrote, nothing at the end of the pipe, or None if none has come."""
    ready = select.poll()
    ready.register(pipe, select.POLLIN)
    return pipe.readline() if ready.poll(seconds * 1000) else None


class ForkServer:
    """A process that forks workers. words: what starts it. Raises OSError if that fails.

    failed: whether it did not fork one, so that it is not asked again.
    """

    failed = False

    def __init__(self, words: Sequence[str], variables: Mapping[str, str]) -> None:
        with contextlib.ExitStack() as unfinished:
            pair = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            self.control, theirs = map(unfinished.enter_context, pair)
            self.process = subprocess.Popen(  # noqa: S603  the Python that the user named, and ours
                [*words, str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=variables,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )
            theirs.close()
            unfinished.pop_all()
        self.owner = os.getpid()
        GUARD.tell("group", str(self.process.pid))
        atexit.register(self.end)

    def fork(
        self, arguments: Sequence[str], errors: IO[bytes], marks: Mapping[str, str]
    ) -> ForkedWorker:
        """Have a worker forked. Raises OSError if the server does not do so."""
        asked = {"arguments": list(arguments), "folder": os.getcwd(), "marks": dict(marks)}  # noqa: PTH109
        with contextlib.ExitStack() as ours, contextlib.ExitStack() as theirs:
            ends = [pipe(ours, theirs, mode) for mode in ("wb", "rb", "rb")]
            files = [ends[0][1], ends[1][1], errors, ends[2][1]]
            text = json.dumps(asked).encode()
            socket.send_fds(self.control, [text], [one.fileno() for one in files])
            theirs.close()
            worker = ForkedWorker(*(end for end, _ in ends))
            ours.pop_all()  # the worker's process closes them
            return worker

    def end(self) -> None:
        """End the server, in the process that started it."""
        self.failed = True
        if os.getpid() == self.owner:
            atexit.unregister(self.end)
            self.process.kill()
            self.process.wait()
            GUARD.tell("gone", str(self.process.pid))
        self.control.close()


def pipe(
    ours: contextlib.ExitStack, theirs: contextlib.ExitStack, mode: str
) -> tuple[IO[bytes], IO[bytes]]:
    """Our end of a pipe, opened in a mode, and the worker's."""
    reader, writer = os.pipe()
    read = (ours if mode == "rb" else theirs).enter_context(os.fdopen(reader, "rb", 0))
    write = (ours if mode == "wb" else theirs).enter_context(os.fdopen(writer, "wb", 0))
    return (read, write) if mode == "rb" else (write, read)


SERVERS: dict[str, ForkServer | None] = {}
"""The servers by what starts them and by the environment; None for one that cannot serve."""


@dataclass(frozen=True)
class Starting:
    """How workers start. server, worker: the words that start a server, and a worker without it.

    more: variables of the environment, beside those of this process.
    """

    server: Sequence[str]
    worker: Sequence[str]
    more: Mapping[str, str]

    def running(self) -> ForkServer | None:
        """The server, started if there is none. None if it cannot serve."""
        variables = {**os.environ, **self.more}
        key = json.dumps([*self.server, sorted(variables.items())])
        if key not in SERVERS:
            SERVERS[key] = None
            with contextlib.suppress(OSError, ValueError), held():
                if LINUX:
                    SERVERS[key] = ForkServer(self.server, {**variables, **GUARD.variables()})
        return SERVERS[key]

    def begin(self, arguments: Sequence[str]) -> Begin:
        """Has a worker forked, or else starts it."""

        def begin(errors: IO[bytes], marks: Mapping[str, str]) -> Child:
            server = self.running()
            if server is not None and not server.failed:
                with contextlib.suppress(OSError):
                    return server.fork(arguments, errors, marks)
                server.end()
            return program([*self.worker, *arguments], self.more)(errors, marks)

        return begin
