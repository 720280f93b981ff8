"""The verifier's side of a target: in a worker process, or in this one."""

import contextlib
import io
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Protocol

from cnnspec.targets import Operations, load, required_arguments
from cnnspec.targets.calls import Call, Outcome, TargetError
from cnnspec.targets.server import Server

IMPORT_PATIENCE = 6
"""How many times the limit of a call a target may take to be imported."""


class Client(Protocol):
    """Something that makes calls on a target."""

    @property
    def operations(self) -> Mapping[str, int | None]:
        """The operations that the target offers, and how many arguments each requires."""

    def answer(self, call: Call) -> Outcome:
        """Make a call; never raises because of what the target does."""

    def answers(self, calls: list[Call]) -> list[Outcome]:
        """Make small calls, one after another; nothing where they cannot be made at once."""

    def restart(self) -> bool:
        """Begin anew, if that is possible; whether it was."""

    def close(self) -> None:
        """End it."""


class InProcess:
    """Functions of this process as a target: for a debugger, for fault models and tests.

    anew: makes the functions afresh, where that is possible.
    """

    def __init__(self, functions: Operations, anew: Callable[[], Operations] | None = None) -> None:
        self.anew = anew
        self.begin(functions)

    def begin(self, functions: Operations) -> None:
        """Take functions as the target."""
        self.output = io.StringIO()
        self.operations = {name: required_arguments(f) for name, f in functions.items()}
        self.server = Server(functions, self.printed)

    def printed(self) -> int:
        """How much was printed since the last question."""
        size = len(self.output.getvalue())
        self.output.seek(0)
        self.output.truncate()
        return size

    def answer(self, call: Call) -> Outcome:
        """Make a call."""
        with contextlib.redirect_stdout(self.output):
            return self.server.answer(call)

    def answers(self, calls: list[Call]) -> list[Outcome]:
        """Make calls."""
        return [self.answer(call) for call in calls]

    def restart(self) -> bool:
        """A fresh process is not to be had, but perhaps fresh functions are."""
        if self.anew is None:
            return False
        self.begin(self.anew())
        return True

    def close(self) -> None:
        """Nothing is to be ended."""


class Worker:
    """A target in a worker process, which is started again after a crash or a hang.

    timeout: seconds that a call may take. Raises TargetError if the target cannot be loaded.
    """

    def __init__(self, name: str, edition: str, timeout: float) -> None:
        self.name, self.edition, self.timeout = name, edition, timeout
        self.operations: Mapping[str, int | None] = {}
        self.process: subprocess.Popen[bytes] | None = None
        self.start()

    def start(self) -> None:
        """Start the process and have it load the target."""
        self.errors = tempfile.TemporaryFile()  # noqa: SIM115  it lives as long as the process
        environment = dict(os.environ, PYTHONUNBUFFERED="1", PYTHONWARNINGS="ignore")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "cnnspec.targets.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.errors,
            env=environment,
            start_new_session=True,  # so that its own children end with it
        )
        assert self.process.stdin is not None  # noqa: S101  for the type checker
        assert self.process.stdout is not None  # noqa: S101
        self.requests = Connection(os.dup(self.process.stdin.fileno()), readable=False)
        self.replies = Connection(os.dup(self.process.stdout.fileno()), writable=False)
        self.process.stdin.close()
        self.process.stdout.close()
        patience = self.timeout * IMPORT_PATIENCE
        try:
            self.requests.send((self.name, self.edition, os.getcwd()))  # noqa: PTH109
            if not self.replies.poll(patience):
                self.close()
                raise TargetError(
                    f"{self.name} is still being imported after {patience:g} s; if it is a script "
                    'that trains, put that part under `if __name__ == "__main__":`'
                )
            answer = self.replies.recv()
        except (EOFError, OSError):
            raise TargetError(f"{self.name} {self.end()} while it was imported") from None
        if isinstance(answer, TargetError):
            self.close()
            raise answer
        self.operations = answer

    def answer(self, call: Call) -> Outcome:
        """Make a call; a crash or a hang is an outcome, and the process is started again."""
        if self.process is None and not self.restart():
            return Outcome("crashed", message="the target could not be started again")
        patience = self.timeout if call.beside is None else self.timeout + 20
        answer = self.asked([call], patience)
        return answer if isinstance(answer, Outcome) else answer[0]

    def answers(self, calls: list[Call]) -> list[Outcome]:
        """Make calls by one message, which saves most of the time of a small call.

        Where one of them ends the process or hangs there is no answer to any of them.
        """
        if self.process is None and not self.restart():
            return []
        answer = self.asked(calls, self.timeout)
        return [] if isinstance(answer, Outcome) else answer

    def asked(self, calls: list[Call], patience: float) -> list[Outcome] | Outcome:
        """The answers to calls, or how the process failed to give them."""
        try:
            self.requests.send(calls)
            if self.replies.poll(patience):
                answer: list[Outcome] = self.replies.recv()
                return answer
        except (EOFError, OSError):
            return Outcome("crashed", message=f"the target {self.end()}")
        self.close()
        return Outcome("hung", message=f"no answer within {patience:g} s")

    def restart(self) -> bool:
        """Start a fresh process; a target that loads no more does not end the run."""
        self.close()
        try:
            self.start()
        except TargetError:
            self.close()
            return False
        return True

    def end(self) -> str:
        """Wait for a process that has hung up; how it ended."""
        assert self.process is not None  # noqa: S101
        status: int | None = None
        with contextlib.suppress(subprocess.TimeoutExpired):
            status = self.process.wait(timeout=5)
        last = self.last_words()
        self.close()
        if status is None:
            return f"closed its channel{last}"
        if status < 0:
            return f"died of {signal.Signals(-status).name}{last}"
        return f"ended its process with exit status {status}{last}"

    def last_words(self) -> str:
        """The last line that the process wrote to standard error, if it did."""
        self.errors.seek(0, os.SEEK_END)
        self.errors.seek(max(0, self.errors.tell() - 2000))
        lines = self.errors.read().decode(errors="replace").strip().splitlines()
        return f" ({lines[-1].strip()[:200]})" if lines else ""

    def close(self) -> None:
        """Kill the process, and whatever it started."""
        if self.process is None:
            return
        with contextlib.suppress(OSError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.requests.close()
        self.replies.close()
        self.errors.close()
        self.process = None


@contextmanager
def opened(name: str, edition: str, timeout: float, in_process: bool) -> Iterator[Client]:
    """A client of a target, ended when it is left. Raises TargetError."""
    client: Client = (
        InProcess(load(name, edition)) if in_process else Worker(name, edition, timeout)
    )
    try:
        yield client
    finally:
        client.close()
