"""Workers that a server forks (fork_server.py): on Linux, since a fork is not safe everywhere."""

import atexit
import contextlib
import json
import os
import select
import socket
import struct
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


LONGEST = 64
"""Bytes of what a server says: a number."""

GLANCE = 0.002
"""Seconds between two looks at whether a worker without a server has ended."""


class ForkedWorker:
    """A worker, with as much of subprocess.Popen as a Process needs. status: a socket, see poll.

    Raises OSError if the worker does not say that it is there.
    """

    def __init__(self, stdin: IO[bytes], stdout: IO[bytes], status: socket.socket) -> None:
        self.stdin: IO[bytes] | None = stdin
        self.stdout: IO[bytes] | None = stdout
        self.told = status
        self.status: int | None = None
        self.pid = sender_of(status, PATIENCE)

    def poll(self, seconds: float = 0.0) -> int | None:
        """How it ended, if it has: an exit status, or a signal's number below zero.

        seconds: how long that is waited for. If the server has ended, a worker that is gone counts
        as one that exited, and one that lives goes on.
        """
        if self.status is not None:
            return self.status
        said = next_message(self.told, seconds)
        if said or (said == b"" and not lives(self.pid)):
            self.status = number_in(said)
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


def next_message(told: socket.socket, seconds: float) -> bytes | None:
    """What the server says, nothing if it has hung up, or None if nothing has come."""
    return told.recv(LONGEST) if is_ready(told, seconds) else None


def is_ready(told: socket.socket, seconds: float) -> bool:
    """Wait until there is something to read, or until the other side has hung up."""
    ready = select.poll()
    ready.register(told, select.POLLIN)
    return bool(ready.poll(seconds * 1000))


def number_in(said: bytes) -> int:
    """The exit status that the server tells. A sandbox's server may be spoilt by what it runs."""
    try:
        return int(said or 0)
    except ValueError:
        return 1


def sender_of(told: socket.socket, seconds: float) -> int:
    """The number of the process that sent the first message. Raises OSError if none has come.

    The system tells it, as it is here: in a sandbox processes have other numbers.
    """
    size = struct.calcsize("3i")
    if is_ready(told, seconds):
        said, more, _, _ = told.recvmsg(LONGEST, socket.CMSG_SPACE(size))
        for level, kind, content in more if said else ():
            if (level, kind) == (socket.SOL_SOCKET, socket.SCM_CREDENTIALS):
                pid: int = struct.unpack("3i", content[:size])[0]
                return pid
    raise OSError("no worker was forked")


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
            ends = [pipe(ours, theirs, mode) for mode in ("wb", "rb")]
            told, telling = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            ours.enter_context(told).setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
            theirs.enter_context(telling)
            files = [*(end.fileno() for _, end in ends), errors.fileno(), telling.fileno()]
            socket.send_fds(self.control, [json.dumps(asked).encode()], files)
            theirs.close()
            worker = ForkedWorker(ends[0][0], ends[1][0], told)
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


TEST = "PYTEST_CURRENT_TEST"
"""Where pytest says which test runs: it differs in each, and no worker has it, so that all tests of
a process share a server."""

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
        variables.pop(TEST, None)
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
