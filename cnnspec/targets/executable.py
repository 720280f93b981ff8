"""A program in any language as a target: started once, it answers one request a line."""

import atexit
import os
import select
import shlex
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from cnnspec.targets import protocol
from cnnspec.targets.calls import Argument, Array, Call, Kind, Operation, Outcome, TargetError
from cnnspec.targets.calls import call as make_call
from cnnspec.targets.process import LAST_WORDS, Process
from cnnspec.targets.protocol import ProtocolError
from cnnspec.targets.server import same

START_PATIENCE = 6
"""How many times the limit of a call a program may take to say hello."""


class Lost(Exception):  # noqa: N818  it is no error of ours
    """A program that gave no answer, and how it failed to."""

    def __init__(self, kind: Kind, message: str) -> None:
        super().__init__(message)
        self.outcome = Outcome(kind, message=message)


class Executable:
    """A program that speaks the protocol, started again after a crash, a hang or bad manners.

    command: as a shell would split it. timeout: seconds that a call may take. more: variables of
    the environment. Raises TargetError if the program cannot be started, or says no proper hello.
    """

    unseen = frozenset({"shares", "shares earlier", "earlier changed", "read-only", "overlaps"})
    dtype: str | None = None

    def __init__(
        self, command: str, edition: str, timeout: float, more: Mapping[str, str] | None = None
    ) -> None:
        self.command, self.edition, self.timeout, self.more = command, edition, timeout, more or {}
        self.place = tempfile.TemporaryDirectory(prefix="cnnspec-")
        self.folder = Path(self.place.name)
        self.process: Process | None = None
        self.heard, self.hung, self.count = "", False, 0
        try:
            self.start()
        except TargetError:
            self.close()
            raise

    @property
    def operations(self) -> Mapping[str, int | None]:
        """The operations that the program offers, and how many arguments each requires."""
        sizes = {"conv": 2, "relu": 1, "pooling": 1 if self.offer.defaults else 3}
        return {op: sizes[op] for op in self.offer.ops}

    def start(self) -> None:
        """Start the program and have it say what it offers."""
        try:
            words = shlex.split(self.command)
            self.process = Process(words, self.more)
        except (OSError, ValueError, IndexError) as error:
            why = getattr(error, "strerror", None) or error
            raise TargetError(f"{self.command} cannot be started: {why}") from None
        self.buffer = b""
        try:
            said = self.exchange(protocol.hello(self.edition), self.timeout * START_PATIENCE)
            self.offer = protocol.offer(said)
        except (Lost, ProtocolError) as error:
            raise TargetError(f"{self.command}, asked hello: {error}") from None

    @property
    def about(self) -> str:
        """The program's own name."""
        return self.offer.name

    @property
    def dtypes(self) -> tuple[str, ...]:
        """The dtypes of floats that it takes."""
        return tuple(one for one in protocol.DTYPES[:3] if one in self.offer.dtypes)

    def answer(self, call: Call) -> Outcome:
        """Make a call; whatever goes wrong is an outcome, and the program is started again."""
        lacking = self.offer.lacks(call)
        if lacking:
            return Outcome("unsupported", message=lacking)
        if self.process is None and not self.restart():
            return Outcome("crashed", message="the program could not be started again")
        try:
            first = self.once(call)
            for _ in range(call.repeat - 1):
                again = self.once(call)
                if not same(again, first):
                    return Outcome(
                        again.kind, again.value, again.message, (), frozenset({"differs"})
                    )
        except Lost as lost:
            self.hung = lost.outcome.kind == "hung"
            self.end()
            return lost.outcome
        return first

    def answers(self, calls: list[Call]) -> list[Outcome]:
        """Make calls, one after another."""
        return [self.answer(call) for call in calls]

    def once(self, call: Call) -> Outcome:
        """Make a call once. Raises Lost."""
        self.count += 1
        self.folder.mkdir(exist_ok=True)  # a program may have removed it
        output = self.folder / f"{self.count}-output.npy"
        files = write_inputs(call, self.folder, self.count)
        message = protocol.request(self.count, call, list(files), output)
        try:
            said = self.exchange(message, self.timeout)
            value = protocol.read_array(output) if said["status"] == "ok" else None
        except ProtocolError as error:
            raise Lost("broken", str(error)) from None
        modified = [content_of(file) != written for file, written in files.items()]
        for file in (*files, output):
            if "slot" not in file.name:
                with suppress(OSError):  # gone, or a folder
                    file.unlink()
        flags = frozenset({"modified"}) if any(modified) else frozenset()
        if value is not None:
            return Outcome("returned", value, flags=flags)
        kind: Kind = "rejected" if said["status"] == "rejected" else "unsupported"
        return Outcome(kind, message=said.get("reason", ""), flags=flags)

    def exchange(self, message: Mapping[str, Any], patience: float) -> dict[str, Any]:
        """Send a request and wait for its answer. Raises Lost or ProtocolError."""
        assert self.process is not None  # noqa: S101  for the type checker
        if self.readable(0):
            self.receive()
        self.refuse_more()
        try:
            self.process.stdin.write(protocol.as_line(message))
            self.process.stdin.flush()
        except OSError:
            raise Lost("crashed", f"the program {self.process.end()}") from None
        end = time.monotonic() + patience
        while b"\n" not in self.buffer:
            if len(self.buffer) > protocol.LONGEST:
                raise ProtocolError(f"answered with a line of more than {protocol.LONGEST} bytes")
            if not self.readable(end - time.monotonic()):
                half = f"; half a line came: {self.buffer[:80]!r}" if self.buffer else ""
                flushed = "" if message["id"] else "; is standard output flushed after each line?"
                raise Lost("hung", f"no answer within {patience:g} s{half}{flushed}")
            self.receive()
        line, _, self.buffer = self.buffer.partition(b"\n")
        answer = protocol.answer(line, message["id"])
        self.refuse_more()
        return answer

    def refuse_more(self) -> None:
        """Raise ProtocolError where the program wrote more than its answer."""
        if self.buffer:
            shown = repr(self.buffer.decode(errors="replace")[:80])
            raise ProtocolError(f"wrote {shown} to standard output without being asked")

    def readable(self, seconds: float) -> bool:
        """Whether something comes from the program, or it hangs up, within some seconds."""
        assert self.process is not None  # noqa: S101
        poll = select.poll()
        poll.register(self.process.stdout, select.POLLIN | select.POLLHUP)
        return bool(poll.poll(max(0, seconds) * 1000))

    def receive(self) -> None:
        """Read what there is. Raises Lost where the program has hung up."""
        assert self.process is not None  # noqa: S101
        got = os.read(self.process.stdout.fileno(), protocol.LONGEST)
        if not got:
            half = f" after half a line, {self.buffer[:80]!r}" if self.buffer else ""
            raise Lost("crashed", f"the program {self.process.end()}{half}")
        self.buffer += got

    def said(self) -> str:
        """The end of what the program wrote to standard error, over all its starts."""
        now = self.process.said() if self.process is not None else ""
        return "\n".join(filter(None, (self.heard, now)))

    def restart(self) -> bool:
        """Start a fresh process; a program that starts no more does not end the run."""
        self.end()
        try:
            self.start()
        except TargetError:
            self.end()
            return False
        return True

    def end(self) -> None:
        """Kill the process, if there is one."""
        if self.process is not None:
            self.process.kill()
            self.heard = self.said()[-LAST_WORDS:]
            self.process = None

    def close(self) -> None:
        """End the program, and remove the files."""
        self.end()
        with suppress(OSError):
            self.place.cleanup()


def write_inputs(call: Call, folder: Path, number: int) -> dict[Path, bytes]:
    """Write the arrays of a call into files; those of one slot are one file with new contents."""
    files = {}
    names = iter(protocol.ARRAYS[call.operation])
    for argument in call.arguments:
        if isinstance(argument, Argument):
            slot = argument.slot and f"slot-{argument.slot.replace(' ', '-')}"
            file = folder / f"{slot or number}-{next(names)}.npy"
            files[file] = protocol.write_array(file, argument.values)
    return files


def save(folder: Path, calls: Iterable[Call], edition: str) -> Path:
    """Write calls into a folder, as a file of requests that a program can be given by hand.

    Raises OSError.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lines = [protocol.as_line(protocol.hello(edition))]
    for number, call in enumerate(calls, 1):
        files = write_inputs(call, folder, number)
        output = folder / f"{number}-output.npy"
        lines.append(protocol.as_line(protocol.request(number, call, list(files), output)))
    requests = folder / "requests"
    requests.write_bytes(b"".join(lines))
    return requests


def content_of(file: Path) -> bytes | None:
    """What a file holds; None if it is gone."""
    try:
        return file.read_bytes()
    except OSError:
        return None


def functions(command: str, edition: str = "standard") -> dict[str, Callable[..., Array]]:
    """The operations of a program as functions, to be called from Python.

    Each raises ValueError with the program's reason where it gives no result. Raises TargetError.
    """
    client = Executable(command, edition, 20.0)
    atexit.register(client.close)

    def function(operation: Operation) -> Callable[..., Array]:
        def called(*arguments: Array | int) -> Array:
            outcome = client.answer(make_call(operation, *arguments))
            if outcome.value is None:
                raise ValueError(f"{outcome.kind}: {outcome.message}")
            return outcome.value

        return called

    return {operation: function(operation) for operation in client.offer.ops}
