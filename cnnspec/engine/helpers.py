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
from contextlib import AbstractContextManager, contextmanager
from multiprocessing.connection import Connection, wait

from cnnspec.engine.parts import Found, Judging, Part
from cnnspec.engine.plan import ClauseResult
from cnnspec.kit.client import Client
from cnnspec.kit.interruption import SIGNALS
from cnnspec.targets.forked import forget
from cnnspec.targets.guard import GUARD

Another = Callable[[], AbstractContextManager[Client]]
"""Opens another client of the same target."""


FORKS = platform.system() == "Linux"
"""Elsewhere libraries that compute in threads may not survive a fork."""


PATIENCE = 2
"""A helper that says nothing for so many times the seconds of a run is done without."""


class Helpers:
    """Some processes, and the parts that they and this process take one after another.

    seen: clauses that deviate, as it seemed to helpers that did not know of other parts.
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

        def tell(result: ClauseResult) -> None:
            """Say at once that a clause deviates, as it seems here."""
            if result.status == "fail":
                sender.send_bytes(self.signed(pickle.dumps(result.id)))

        with another() as client:
            for count, place in enumerate(self.taken()):
                if count:
                    client.restart()
                found = self.judging.alone(self.parts[place], client, tell)
                sender.send_bytes(self.signed(pickle.dumps((place, found))))
                if self.judging.plan.fail_fast and not found.clean:
                    return

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
                        self.seen.append(said)
                    else:
                        self.found[said[0]] = said[1]

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
    """Helpers for some parts, ended with the block. count: how many processes there are in all."""
    helpers = Helpers(judging, parts)
    try:
        if another is not None and FORKS:
            helpers.start(min(count - 1, len(parts)), another)
        yield helpers
    finally:
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
