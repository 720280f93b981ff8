"""The verifier's side of a target: in a worker process, in this one, or a program of its own."""

import contextlib
import io
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Protocol

from cnnspec.targets import PROGRAM, Operations, Options, load, required_arguments
from cnnspec.targets.calls import Call, Outcome, TargetError
from cnnspec.targets.executable import Executable
from cnnspec.targets.narrow import Narrow
from cnnspec.targets.process import Process
from cnnspec.targets.server import Server

IMPORT_PATIENCE = 6
"""How many times the limit of a call a target may take to be imported."""


class Client(Protocol):
    """Something that makes calls on a target."""

    @property
    def unseen(self) -> frozenset[str]:
        """The flags of an outcome that it cannot notice."""

    @property
    def dtype(self) -> str | None:
        """The widest dtype in which it gives floats, or None where they are given as they are."""

    @property
    def dtypes(self) -> tuple[str, ...]:
        """The dtypes of floats that the target takes, its own choice first; none if any will do."""

    @property
    def about(self) -> str:
        """The target's own name and version."""

    @property
    def operations(self) -> Mapping[str, int | None]:
        """The operations that the target offers, and how many arguments each requires."""

    def answer(self, call: Call) -> Outcome:
        """Make a call; never raises because of what the target does."""

    def answers(self, calls: list[Call]) -> list[Outcome]:
        """Make small calls, one after another; nothing where they cannot be made at once."""

    def said(self) -> str:
        """The end of what the target wrote to standard error."""

    def restart(self) -> bool:
        """Begin anew, if that is possible; whether it was."""

    def close(self) -> None:
        """End it."""


class InProcess:
    """Functions of this process as a target: for a debugger, for fault models and tests.

    anew: makes the functions afresh, where that is possible.
    """

    unseen: frozenset[str] = frozenset()
    dtype: str | None = None
    dtypes: tuple[str, ...] = ()
    about = ""

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

    def said(self) -> str:
        """Standard error is this process's own."""
        return ""

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

    unseen: frozenset[str] = frozenset()
    dtype: str | None = None

    def __init__(
        self, name: str, edition: str, timeout: float, options: Options | None = None
    ) -> None:
        self.name, self.edition, self.timeout = name, edition, timeout
        self.options = options or Options()
        self.operations: Mapping[str, int | None] = {}
        self.about = ""
        self.dtypes: tuple[str, ...] = ()
        self.process: Process | None = None
        self.start()

    def start(self) -> None:
        """Start the process and have it load the target."""
        more = {"PYTHONUNBUFFERED": "1", "PYTHONWARNINGS": "ignore", **self.options.variables()}
        python = self.options.python or sys.executable
        try:
            self.process = Process([python, "-c", BOOTSTRAP, str(PACKAGE)], more)
        except OSError as error:
            raise TargetError(f"{python} cannot be started: {error.strerror}") from None
        self.requests = Connection(os.dup(self.process.stdin.fileno()), readable=False)
        self.replies = Connection(os.dup(self.process.stdout.fileno()), writable=False)
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
        self.operations, self.about, self.dtypes = answer

    def answer(self, call: Call) -> Outcome:
        """Make a call; a crash or a hang is an outcome, and the process is started again."""
        if self.process is None and not self.restart():
            return Outcome("crashed", message="the target could not be started again")
        several = call.beside is not None or call.repeat > 1
        patience = self.timeout + 20 * several
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
        how = self.process.end()
        self.close()
        return how

    def said(self) -> str:
        """What a Python target writes to standard error is shown where it dies, and not else."""
        return ""

    def close(self) -> None:
        """Kill the process, and whatever it started."""
        if self.process is None:
            return
        self.process.kill()
        self.requests.close()
        self.replies.close()
        self.process = None


PACKAGE = Path(__file__).resolve().parent.parent
BOOTSTRAP = """
import sys
from importlib.util import module_from_spec, spec_from_file_location
folder = sys.argv.pop()
found = spec_from_file_location("cnnspec", folder + "/__init__.py")
sys.modules["cnnspec"] = module_from_spec(found)
found.loader.exec_module(sys.modules["cnnspec"])
from cnnspec.targets.worker import main
main()
"""
"""Imports this very cnnspec, whatever else the Python has: it needs NumPy and the target alone."""


@contextmanager
def opened(name: str, edition: str, options: Options) -> Iterator[Client]:
    """A client of a target, ended when it is left. Raises TargetError."""
    client = start(name, edition, options)
    try:
        yield client
    finally:
        client.close()


def start(name: str, edition: str, options: Options) -> Client:
    """A client of a target, which gets its floats in the dtype of the options, or in its own."""
    client: InProcess | Worker | Executable
    if name.startswith(PROGRAM):
        command = name.removeprefix(PROGRAM)
        client = Executable(command, edition, options.timeout, options.variables())
    elif options.in_process:
        client = InProcess(load(name, edition))
    else:
        client = Worker(name, edition, options.timeout, options)
    try:
        dtype = chosen_dtype(name, client.dtypes, options.dtype)
    except TargetError:
        client.close()
        raise
    return client if dtype in (None, "float64") else Narrow(client, dtype)


def chosen_dtype(name: str, offered: tuple[str, ...], wanted: str | None) -> str | None:
    """The dtype of floats: what is wanted, or the target's first; None where neither is said."""
    if wanted and offered and wanted not in offered:
        raise TargetError(f"{name} takes {' and '.join(offered)}, not {wanted}")
    return wanted or (offered[0] if offered else None)
