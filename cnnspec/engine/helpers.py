"""Processes that judge parts of a run beside this one.

Each part is judged with what the first part found, and with nothing of the others, in whatever
process: the report is the same with helpers and without. Helpers begin while the first part is
judged, and know nothing of it; if it finds something that matters, others begin that know it.
"""

import contextlib
import gc
import hashlib
import hmac
import multiprocessing
import os
import pickle
import platform
import secrets
import signal
import threading
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from itertools import islice
from multiprocessing.connection import Connection, wait
from typing import NamedTuple

from cnnspec.engine.parts import Done, Found, Judging, Part
from cnnspec.engine.plan import ClauseResult
from cnnspec.engine.running import Running
from cnnspec.kit.clauses import clauses
from cnnspec.kit.client import Client
from cnnspec.kit.interruption import SIGNALS
from cnnspec.targets.forked import forget
from cnnspec.targets.guard import GUARD

Another = Callable[[], AbstractContextManager[Client]]
"""Opens another client of the same target."""


FORKS = platform.system() == "Linux"
"""Elsewhere libraries that compute in threads may not survive a fork."""


AT_ONCE = 2
"""So many parts does a helper begin before it finishes any."""

PATIENCE = 2
"""A helper that says nothing for so many times the seconds of a run is done without."""


class Begun(NamedTuple):
    """A part that was begun, by its place; what judges it, and its rows."""

    place: int
    judging: Judging
    running: list[Running]


class Helpers:
    """Some processes, and the parts that they and this process take one after another.

    seen: clauses that deviate, as it seemed to helpers that did not know of other parts. They are
    told at once.
    """

    def __init__(self, judging: Judging, parts: Sequence[Part]) -> None:
        self.judging, self.parts = judging, parts
        self.found: dict[int, Found] = {}
        self.seen: list[str] = []
        self.processes: list[tuple[multiprocessing.process.BaseProcess, Connection]] = []
        self.key = secrets.token_bytes(32)
        self.tokens, end = os.pipe()  # a byte for each part: who reads it takes the part
        os.write(end, bytes(range(len(parts))))
        os.close(end)

    def start(self, count: int, another: Another) -> None:
        """Start so many processes. Where none can be started, there is no help."""
        context = multiprocessing.get_context("fork")
        for _ in range(count):
            receiver, sender = context.Pipe(duplex=False)
            process = context.Process(target=self.help, args=(another, sender), daemon=True)
            with warnings.catch_warnings(), contextlib.suppress(OSError):
                # Python warns of a fork beside threads: see forked.py. A helper that waits for a
                # lock for ever is waited for no longer than PATIENCE says.
                warnings.simplefilter("ignore", DeprecationWarning)
                process.start()
                self.processes.append((process, receiver))
            sender.close()

    def help(self, another: Another, sender: Connection) -> None:
        """A helper: judge parts until all are taken."""
        alone()

        def say(what: object) -> None:
            sender.send_bytes(self.signed(pickle.dumps(what)))

        def tell(result: ClauseResult) -> None:
            """Say at once that a clause deviates, as it seems here."""
            if result.status == "fail":
                say(result.id)

        with ExitStack() as stack:
            for one in self.begun(another, stack, tell):
                one.judging.finish(self.parts[one.place], one.running)
                found = one.judging.new
                say((one.place, found))
                if self.judging.plan.fail_fast and not found.clean:
                    return

    def begun(self, another: Another, stack: ExitStack, tell: Done) -> Iterator[Begun]:
        """Begin parts until all are taken, a few at once: what their first cases show comes soon.

        Each of these few has a client of its own, which is closed with the stack. The parts after
        them share the last one.
        """

        def begin(place: int, client: Client) -> Begun:
            judging = self.judging.beside(self.parts[place], client, tell)
            return Begun(place, judging, judging.look(self.parts[place]))

        taken, few = self.taken(), []
        for place in islice(taken, AT_ONCE):
            client = stack.enter_context(another())
            few.append(begin(place, client))
        yield from few
        for place in taken:
            client.restart()
            yield begin(place, client)

    def taken(self) -> Iterator[int]:
        """Take one part after another."""
        while token := os.read(self.tokens, 1):
            yield token[0]

    def finish(self) -> Iterator[Found]:
        """Judge what is left to be taken, and wait for the helpers; what was found, in order."""
        for place in self.taken():
            self.judge(place)
            if self.judging.plan.fail_fast and not self.found[place].clean:
                break
        self.judging.progress("waiting for helpers", 0.0)
        self.listen(PATIENCE * self.judging.plan.effort.limit)
        for place in range(len(self.parts)):
            if place not in self.found:  # its helper ended, or said nothing for too long
                self.judge(place)
            yield self.found[place]

    def judge(self, place: int) -> None:
        """Judge a part in this process."""
        judging, client = self.judging, self.judging.session.client
        if client.isolated:
            client.restart()
        found = judging.alone(self.parts[place], client, judging.done, judging.progress)
        self.found[place] = found

    def listen(self, seconds: float = 0.0) -> None:
        """Take what the helpers have said. seconds: how long each is waited for."""
        for _, receiver in self.processes:
            with contextlib.suppress(EOFError, OSError):
                while receiver.poll(seconds) and (content := self.unsigned(receiver.recv_bytes())):
                    said = pickle.loads(content)  # noqa: S301  a helper signed it
                    if isinstance(said, str):
                        self.see(said)
                    else:
                        self.found[said[0]] = said[1]

    def see(self, clause: str) -> None:
        """Tell that a clause deviates, as it seems to a helper."""
        if clause not in self.seen:
            self.seen.append(clause)
            self.judging.done(ClauseResult(clause, clauses()[clause].level, "fail"))

    def signed(self, content: bytes) -> bytes:
        """What a helper says, behind a signature: whoever else writes into its pipe has no key."""
        return hmac.digest(self.key, content, "sha256") + content

    def unsigned(self, message: bytes) -> bytes:
        """What a helper says, or nothing if it is not by a helper."""
        content = message[hashlib.sha256().digest_size :]
        return content if hmac.compare_digest(self.signed(content), message) else b""

    def stop(self) -> None:
        """End the helpers."""
        for process, receiver in self.processes:
            process.kill()
            process.join()
            receiver.close()
        self.processes = []


@contextmanager
def helping(
    judging: Judging, parts: Sequence[Part], count: int, another: Another | None
) -> Iterator[Helpers]:
    """Helpers for some parts, ended with the block. count: how many processes there are in all.

    What they say is heard whenever this process tells what it does.
    """
    helpers, progress = Helpers(judging, parts), judging.progress

    def listening(text: str, part: float) -> None:
        """Tell what is being done, and hear what the helpers have seen."""
        progress(text, part)
        helpers.listen()

    judging.progress = listening
    try:
        if another is not None and FORKS:
            helpers.start(min(count - 1, len(parts)), another)
        yield helpers
    finally:
        judging.progress = progress
        helpers.stop()
        os.close(helpers.tokens)


def alone() -> None:
    """A helper's first steps: it has nothing to do with its parent's terminal, signals and files.

    It ends when its parent does.
    """
    os.setsid()
    gc.freeze()  # what the parent holds is not the helper's to finalise
    for number in SIGNALS:
        signal.signal(number, signal.SIG_DFL)
    signal.set_wakeup_fd(-1)
    if (pipe := GUARD.pipe()) is not None:
        forget(pipe)  # the watchdog waits until nobody holds it
    parent = multiprocessing.parent_process()
    assert parent is not None  # noqa: S101  for the type checker
    watch = threading.Thread(target=end_with, args=(parent.sentinel,), daemon=True)
    watch.start()


def end_with(sentinel: int) -> None:
    """End this process when another one has ended."""
    wait([sentinel])
    os._exit(1)
