"""A target in a process of its own, reached by the protocol: our worker, or anybody's program."""

import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from threading import RLock
from typing import TypeVar

from cnnspec.kit.calls import FLAGS, Call, Outcome, TargetError
from cnnspec.kit.client import Meanwhile, nothing
from cnnspec.kit.stack import Answer, Stack, in_turn, within
from cnnspec.kit.text import plain
from cnnspec.targets import fitting, protocol, stacks
from cnnspec.targets.array_files import ArrayFiles
from cnnspec.targets.channel import Channel, Deadline, Lost
from cnnspec.targets.guard import Place
from cnnspec.targets.process import LAST_WORDS, Begin, Process, program, queued
from cnnspec.targets.protocol import Offer
from cnnspec.targets.repeating import apart, as_one, joined
from cnnspec.targets.wire import (
    LONGEST,
    LONGEST_OF_MANY,
    Message,
    Packer,
    ProtocolError,
    Unpacker,
    size_of,
)

START_PATIENCE = 6
"""A target may take this many times the limit of a call to answer hello."""

Made = TypeVar("Made")
"""What is made of one thing that was asked: an outcome, or what came of a stack."""

SLOW = 0.5
"""A call that takes more than this part of its limit counts as lost."""

IN_A_ROW = 100
"""The most calls in a row that the target makes by one message."""

MANY = 20.0
"""Extra seconds for a call that the target makes many times, or at once with another."""


class Remote:
    """A target that is started again after a crash, a hang or a broken answer.

    command: the words of the program. name: of the target. timeout: seconds that a call may take.
    more: variables of the environment. program: its name in the message that it cannot be started.
    noun: what other messages call it. only: the operations that are judged; if it is empty, all.
    Raises TargetError if it cannot be started, or says no proper hello.

    operations: those that the target offers, and how many arguments each requires.
    losses: how often it gave no answer, or a late one. seconds_lost: how long that took, with the
    restarts. gone: whether it could not be started again.
    """

    noun = "the program"
    patience: float = START_PATIENCE
    isolated = True
    dtype: str | None = None

    def __init__(
        self,
        command: Sequence[str],
        name: str,
        edition: str,
        timeout: float,
        more: Mapping[str, str] | None = None,
        program: str = "",
        only: tuple[str, ...] = (),
    ) -> None:
        self.command, self.name, self.edition, self.only = command, name, edition, only
        self.program = program or name
        self.timeout, self.more = timeout, more or {}
        self.place: Place | None = None
        self.files: ArrayFiles | None = None
        self.process: Process | None = None
        self.offer: Offer
        self.operations: Mapping[str, int | None] = {}
        self.options: Mapping[str, Sequence[str]] = {}
        self.heard, self.hung, self.count = "", False, 0
        self.losses, self.seconds_lost = 0, 0.0
        self.closed, self.gone, self.used = False, False, RLock()
        try:
            self.start()
        except BaseException:
            self.close()
            raise

    # What a client is.

    @property
    def others(self) -> tuple[str, ...]:
        """The names of functions beside the operations."""
        return self.offer.others

    @property
    def about(self) -> str:
        """The target's own name."""
        return self.offer.name

    @property
    def dtypes(self) -> tuple[str, ...]:
        """The dtypes of floats that it takes, its own choice first; none if any will do."""
        return self.offer.floats

    @property
    def inline(self) -> bool:
        """Whether arrays go to the target in its messages."""
        return self.offer.inline

    @property
    def unseen(self) -> frozenset[str]:
        """The flags of an outcome that are not noticed."""
        by_us = {"differs", "printed"} | (set() if self.offer.inline else {"modified"})
        return frozenset(FLAGS) - self.offer.flags - by_us

    @property
    def spent(self) -> float:
        """The processor time that the program's process has used since it was started."""
        return self.process.spent() if self.process is not None else 0.0

    @property
    def queued(self) -> float:
        """How long the program's process and this one have waited for a processor."""
        theirs = queued(self.process.child.pid) if self.process is not None else 0.0
        return theirs + queued(os.getpid())

    # Start and end.

    def start(self) -> None:
        """Start the program and have it say what it offers. Raises TargetError."""
        try:
            self.process = Process(self.begin())
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or error
            raise TargetError(f"{self.program} cannot be started: {why}") from None
        self.channel = Channel(self.process, self.noun)
        try:
            said, _ = self.exchange(protocol.hello(self.edition), self.timeout * self.patience)
            self.offer = protocol.offer(said)
            ops = [one for one in self.offer.ops if not self.only or one in self.only]
            self.operations = {one: self.offer.required.get(one) for one in ops}
            self.options = {one: self.offer.parameters.get(one, ()) for one in ops}
        except (Lost, ProtocolError) as error:
            raise self.no_start(error) from None
        if not self.offer.inline and self.place is None:
            self.place = Place()
            self.files = ArrayFiles(self.place.path)

    def begin(self) -> Begin:
        """What starts the process."""
        return program(self.command, self.more)

    def no_start(self, error: Exception) -> TargetError:
        """The error for a program that does not answer hello properly."""
        hung = isinstance(error, Lost) and error.outcome.kind == "hung"
        flushed = "; is standard output flushed after each line?" if hung else ""
        return TargetError(f"{self.name}, asked hello: {plain(str(error))}{flushed}")

    def restart(self) -> bool:
        """Start a fresh process. Returns False if the program no longer starts; the run goes on."""
        self.end()
        began = time.monotonic()
        try:
            self.start()
        except TargetError:
            self.end()
            self.losses += 1
            self.seconds_lost += time.monotonic() - began
            self.gone = True
            return False
        return True

    def end(self) -> None:
        """Kill the process, if there is one."""
        if self.process is not None:
            self.process.kill()
            self.heard = self.said()[-LAST_WORDS:]
            self.process = None

    def close(self) -> None:
        """End the program for good, and remove the files.

        A thread that waits for an answer gets none; it lets go of the pipes before they are closed.
        """
        self.closed = True
        if self.process is not None:
            self.process.strike()
        with self.used:
            self.end()
        if self.files is not None:
            self.files.close()
        if self.place is not None:
            self.place.remove()
        self.files = self.place = None

    def said(self) -> str:
        """The end of what the program wrote to standard error, over all its starts."""
        now = self.process.said() if self.process is not None else ""
        return "\n".join(filter(None, (self.heard, now)))

    # Calls.

    def answer(self, call: Call) -> Outcome:
        """Make a call; whatever goes wrong is an outcome, and the program is started again."""
        lacking = self.offer.lacks(call)
        if lacking:
            return Outcome("unsupported", message=lacking)
        given = fitting.fitted(call, self.offer.parameters)
        made = self.guarded(lambda: [self.repeated(given)])
        return made[0] if isinstance(made, list) else made

    def answers(self, calls: list[Call], meanwhile: Meanwhile = nothing) -> list[Outcome]:
        """Make small calls, many in one message if the target allows that.

        If one of them ends the process or hangs, none of them has an answer. meanwhile: is done
        while the first message is answered.
        """
        if self.offer.batch == 1:
            return [self.answer(one) for one in calls]
        if any(self.offer.lacks(one) for one in calls):
            return []
        made: list[Outcome] = []
        given = [fitting.fitted(one, self.offer.parameters) for one in calls]
        given = given if self.offer.repeats else apart(given)
        for first in range(0, len(given), self.offer.batch):
            now = given[first : first + self.offer.batch]
            some = self.guarded(lambda now=now, do=meanwhile: self.many(now, do))  # type: ignore[misc]
            if not isinstance(some, list):
                return []
            made, meanwhile = made + some, nothing
        return made if self.offer.repeats else list(joined(calls, made))

    def stacked(self, calls: list[Stack]) -> list[Answer]:
        """Make all calls of stacks, by as few messages as the target allows.

        If one of them ends the process or hangs, none of them has an answer.
        """
        fits = self.offer.stacks and max(map(len, calls), default=0) <= self.offer.batch
        if not fits or any(self.offer.lacks(one.first) for one in calls):
            return in_turn(self, calls)
        made: list[Answer] = []
        for some in within(calls, self.offer.batch):
            given = [fitting.fitted_stack(one, self.offer.parameters) for one in some]
            answers = self.guarded(lambda given=given: self.of_one_form(given))  # type: ignore[misc]
            if not isinstance(answers, list):
                return []
            made += answers
        return made

    def guarded(self, make: Callable[[], list[Made]]) -> list[Made] | Outcome:
        """The outcomes of calls, or one outcome that says how the target failed to answer."""
        with self.used:
            return self.attempted(make)

    def attempted(self, make: Callable[[], list[Made]]) -> list[Made] | Outcome:
        """The same as `guarded`, called while no other thread makes calls."""
        began = time.monotonic()
        if self.process is None and (self.closed or not self.restart()):
            return Outcome("crashed", message=f"{self.noun} could not be started again")
        try:
            try:
                made = make()
                self.count_if_slow(time.monotonic() - began)
            except MemoryError:
                raise Lost("broken", "its answer does not fit into memory") from None
            except ProtocolError as error:
                raise Lost("broken", plain(str(error))) from None
            except OSError as error:
                raise Lost("broken", f"its files cannot be written: {error.strerror}") from None
        except Lost as lost:
            self.hung = lost.outcome.kind == "hung"
            self.end()
            self.losses += 1  # what it waited for a processor is not lost by the target
            self.seconds_lost += min(time.monotonic() - began, self.timeout + MANY)
            return lost.outcome
        return made

    def count_if_slow(self, seconds: float) -> None:
        """Count the time of a slow answer as lost."""
        if seconds > self.timeout * SLOW:
            self.losses += 1
            self.seconds_lost += seconds

    def repeated(self, call: Call) -> Outcome:
        """Make a call as often as it says. Raises Lost, ProtocolError or OSError.

        Many calls are several messages, each with its own limit of time: on a busy machine a
        thousand quick calls in one would seem to hang.
        """
        most = IN_A_ROW if self.offer.inline and self.offer.repeats else 1
        if call.repeat <= most:
            return self.once(call)
        first = self.once(replace(call, repeat=most))
        for made in range(most, call.repeat, most):
            if "differs" in first.flags:
                break
            first = as_one([first, self.once(replace(call, repeat=min(most, call.repeat - made)))])
        return first

    def once(self, call: Call) -> Outcome:
        """Make a call once. Raises Lost, ProtocolError or OSError."""
        return self.by_line(call) if self.offer.inline else self.by_files(call)

    def by_files(self, call: Call) -> Outcome:
        """Make a call whose arrays are in files. Raises Lost, ProtocolError or OSError."""
        assert self.files is not None  # noqa: S101  for the type checker
        self.count += 1
        output = f"{self.count}-output.npy"
        written = self.files.write(call, self.count)
        paths = [self.files.path(name) for name in written]
        message = protocol.request(self.count, call, paths, self.files.path(output))
        said, _ = self.exchange(message, self.timeout)
        made = protocol.outcome(said, self.offer)
        value = self.files.read(output, call.room) if made.kind == "returned" else None
        changed = [self.files.is_changed(*one) for one in written.items()]
        for name in (*written, output):
            if not name.startswith("slot-"):
                self.files.remove(name)
        flags = frozenset({"modified"}) if any(changed) else frozenset()
        return Outcome(made.kind, value, made.message, made.exception, flags, made.clause)

    def by_line(self, call: Call) -> Outcome:
        """Make a call whose arrays follow the line. Raises Lost or ProtocolError."""
        self.count += 1
        packer = Packer()
        message = {"id": self.count, **protocol.inline(call, packer, self.offer.repeats)}
        several = call.at_once is not None or call.repeat > 1
        patience = self.timeout + MANY * several
        room = call.room + (call.at_once.room if call.at_once is not None else 0)
        said, content = self.exchange(message, patience, packer, room)
        unpacker = Unpacker(content)
        made = protocol.outcome(said, self.offer, unpacker)
        unpacker.finish()
        return made

    def many(self, calls: list[Call], meanwhile: Meanwhile) -> list[Outcome]:
        """Make calls by one message. Raises Lost or ProtocolError."""
        self.count += 1
        packer = Packer()
        inline = [protocol.inline(one, packer, self.offer.repeats) for one in calls]
        message = {"id": self.count, "op": "batch", "calls": inline}
        room = sum(one.room for one in calls)
        said, content = self.exchange(message, self.timeout, packer, room, meanwhile)
        return protocol.outcomes(said, content, len(calls), self.offer)

    def of_one_form(self, calls: list[Stack]) -> list[Answer]:
        """Make the calls of stacks by one message. Raises Lost or ProtocolError."""
        self.count += 1
        packer = Packer()
        inline = [stacks.inline(one, packer) for one in calls]
        message = {"id": self.count, "op": "batch", "calls": inline}
        room = sum(one.room for one in calls)
        said, content = self.exchange(message, self.timeout, packer, room)
        return stacks.answers(said, content, calls, self.offer)

    def exchange(
        self,
        message: Message,
        patience: float,
        packer: Packer | None = None,
        room: int = 0,
        meanwhile: Meanwhile = nothing,
    ) -> tuple[Message, bytearray]:
        """Send a request and wait for its answer, and for the bytes that follow it.

        room: how many these may be. Raises Lost or ProtocolError.
        """
        until = Deadline(patience)
        self.channel.look()
        self.channel.refuse_more()
        self.channel.send((packer or Packer()).message(message), until)
        meanwhile()
        most = LONGEST_OF_MANY if message["op"] == "batch" else LONGEST
        said = protocol.answer(self.channel.line(most, until), message["id"])
        follows = size_of(said, room) if packer is not None else 0
        content = self.channel.content(follows, until)
        self.channel.refuse_more()
        return said, content
