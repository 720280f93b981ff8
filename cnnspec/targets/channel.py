"""How messages go to a process and come from it: a line, and bytes behind it, within a deadline."""

import os
import select
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from cnnspec.kit.calls import Kind, Outcome
from cnnspec.targets.process import Process, queued_in_threads
from cnnspec.targets.wire import Piece, ProtocolError

CHUNK = 2**20
"""Bytes that are read at once."""

GLANCE = 0.2
"""Seconds between two looks at whether a silent process still lives."""


class Lost(Exception):  # noqa: N818  it is no error of ours
    """A process gave no answer.

    how: what it did instead. noun: what it is called. signal: the one that killed it.
    """

    def __init__(self, kind: Kind, how: str, noun: str = "", signal: str = "") -> None:
        self.how = how
        message = f"{noun} {how}" if noun else how
        super().__init__(message)
        self.outcome = Outcome(kind, message=message, signal=signal)


LONGER = 1.0
"""On a busy machine a limit grows by this many times itself at the most."""


@dataclass
class Deadline:
    """The time limit for a whole answer, however slowly it comes.

    What the process waits for a processor is left out: that is no hang. more: how much that was.
    queued: how long it had waited in all when it was last asked; -1 before.
    """

    seconds: float
    end: float = field(init=False)
    more: float = 0.0
    queued: float = -1.0

    def __post_init__(self) -> None:
        self.end = time.monotonic() + self.seconds

    def lengthen(self, queued: float) -> None:
        """Add what a process has waited for a processor since it was last asked."""
        if self.queued >= 0:
            waited = max(0.0, queued - self.queued)
            new = min(self.more + waited, LONGER * self.seconds)
            self.end += new - self.more
            self.more = new
        self.queued = queued

    @property
    def left(self) -> float:
        """Seconds that are left; negative after the end."""
        return self.end - time.monotonic()


class Channel:
    """The pipes of a process. noun: what the process is called in messages."""

    def __init__(self, process: Process, noun: str) -> None:
        self.process, self.noun = process, noun
        self.buffer = bytearray()
        self.incoming, self.outgoing = select.poll(), select.poll()
        self.incoming.register(process.stdout, select.POLLIN | select.POLLHUP)
        self.outgoing.register(process.stdin, select.POLLOUT)

    def send(self, pieces: Sequence[Piece], until: Deadline) -> None:
        """Send the pieces of a message. Raises Lost."""
        for piece in pieces:
            self.write(memoryview(piece), until)

    def write(self, rest: memoryview, until: Deadline) -> None:
        """Send bytes. Raises Lost."""
        number = self.process.stdin.fileno()
        while rest:
            try:
                rest = rest[os.write(number, rest) :]
            except BlockingIOError:
                if not ready(self.outgoing, until, self.process):
                    raise self.lost(until, "; it does not read what it is sent") from None
            except OSError:
                raise self.ended() from None

    def line(self, most: int, until: Deadline) -> bytes:
        """The next line, without its end. Raises Lost, or ProtocolError where it is too long."""
        seen = 0
        while (place := self.buffer.find(b"\n", seen)) < 0 and len(self.buffer) <= most:
            seen = len(self.buffer)
            self.receive(until)
        if not 0 <= place <= most:
            raise ProtocolError(f"answered with a line of more than {most} bytes")
        return bytes(self.taken(place + 1))[:-1]

    def taken(self, count: int) -> bytearray:
        """Take the first bytes of what has come."""
        if len(self.buffer) == count:
            taken, self.buffer = self.buffer, bytearray()
        else:
            taken = self.buffer[:count]
            del self.buffer[:count]
        return taken

    def content(self, count: int, until: Deadline) -> bytearray:
        """The next `count` bytes. Raises Lost."""
        while len(self.buffer) < count:
            self.receive(until)
        return self.taken(count)

    def look(self) -> None:
        """Read output that was not asked for, if there is any. Raises Lost."""
        if self.incoming.poll(0):
            self.receive(Deadline(0))

    def refuse_more(self) -> None:
        """Raise ProtocolError if output was read that was not asked for."""
        if self.buffer:
            shown = repr(self.buffer[:80].decode(errors="replace"))
            raise ProtocolError(f"wrote {shown} to standard output without being asked")

    def receive(self, until: Deadline) -> None:
        """Read what there is. Raises Lost where the process has hung up, or time is over."""
        if not ready(self.incoming, until, self.process):
            half = f"; half a line came: {bytes(self.buffer[:80])!r}" if self.buffer else ""
            raise self.lost(until, half)
        try:
            got = os.read(self.process.stdout.fileno(), CHUNK)
        except BlockingIOError:
            return
        if not got:
            half = f" after half a line, {bytes(self.buffer[:80])!r}" if self.buffer else ""
            raise self.ended(half)
        self.buffer += got

    def ended(self, more: str = "") -> Lost:
        """The error for a process that has hung up."""
        how = self.process.end()
        return Lost("crashed", how + more, self.noun, self.process.signal)

    def lost(self, until: Deadline, more: str) -> Lost:
        """The error for a process that ended while others hold its pipe, or that does nothing."""
        if self.process.has_ended():
            return self.ended()
        return Lost("hung", f"no answer within {until.seconds:g} s{more}")


def ready(pipe: "select.poll", until: Deadline, process: Process) -> bool:
    """Whether a pipe can be used before a point of time, and before its process ends."""
    while True:
        left = until.left
        if pipe.poll(max(0.0, min(left, GLANCE)) * 1000):
            return True
        until.lengthen(queued_in_threads(process.child.pid))
        if until.left <= 0 or process.has_ended():
            return bool(pipe.poll(0))
