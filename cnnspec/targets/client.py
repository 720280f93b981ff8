"""The verifier's side of a target: in a worker process, in this one, or a program of its own."""

import contextlib
import io
import json
import os
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict

from cnnspec.kit.calls import FLAGS, Call, Outcome, TargetError
from cnnspec.kit.client import Client, Meanwhile, nothing
from cnnspec.kit.look_alikes import advice, look_alikes
from cnnspec.kit.operation import REGISTRY, optional_parameters
from cnnspec.kit.stack import Answer, Stack, in_turn
from cnnspec.targets import Operations, Options, load, required_arguments
from cnnspec.targets.channel import Lost
from cnnspec.targets.converting import WIDEST, Converting
from cnnspec.targets.executable import Executable
from cnnspec.targets.fitting import beyond, fitted, fitted_stack
from cnnspec.targets.offering import taken_options
from cnnspec.targets.process import Begin, queued
from cnnspec.targets.protocol import NotReady
from cnnspec.targets.remote import START_PATIENCE, Remote
from cnnspec.targets.server import Server
from cnnspec.targets.starting import python_of, starting
from cnnspec.targets.target import Layout, Target


class InProcess:
    """Functions of this process as a target: for a debugger, for fault models and tests.

    anew: makes the functions afresh, where that is possible.
    """

    unseen: frozenset[str] = frozenset()
    isolated = False
    dtype: str | None = None
    dtypes: tuple[str, ...] = ()
    about = ""
    others: tuple[str, ...] = ()
    inline = True
    timeout = float("inf")
    gone, losses, seconds_lost = False, 0, 0.0

    def __init__(self, functions: Operations, anew: Callable[[], Operations] | None = None) -> None:
        self.anew = anew
        self.begin(functions)

    def begin(self, functions: Operations) -> None:
        """Take functions as the target."""
        self.output = io.StringIO()
        self.operations = {name: required_arguments(f) for name, f in functions.items()}
        self.taken = taken_options(functions, optional_parameters())
        self.server = Server(functions, self.printed, self.taken)

    @property
    def options(self) -> Mapping[str, Sequence[str]]:
        """The options that the functions take."""
        return self.taken

    @property
    def spent(self) -> float:
        """The processor time of this process."""
        return time.process_time()

    @property
    def queued(self) -> float:
        """How long this process has waited for a processor."""
        return queued(os.getpid())

    def printed(self) -> int:
        """How many characters were printed since this was last asked."""
        size = len(self.output.getvalue())
        self.output.seek(0)
        self.output.truncate()
        return size

    def answer(self, call: Call) -> Outcome:
        """Make a call."""
        unknown = beyond(call, self.taken)
        if unknown:
            return Outcome("unsupported", message=f"{unknown}, which it does not take")
        with contextlib.redirect_stdout(self.output), unwarned():
            return self.server.answer(fitted(call, self.taken))

    def answers(self, calls: list[Call], _meanwhile: Meanwhile = nothing) -> list[Outcome]:
        """Make calls."""
        return [self.answer(call) for call in calls]

    def stacked(self, calls: list[Stack]) -> list[Answer]:
        """Make the calls of stacks."""
        if any(beyond(one.first, self.taken) for one in calls):
            return in_turn(self, calls)
        with contextlib.redirect_stdout(self.output), unwarned():
            return [self.server.stacked(fitted_stack(one, self.taken)) for one in calls]

    def said(self) -> str:
        """Standard error is this process's own."""
        return ""

    def restart(self) -> bool:
        """Make the functions afresh, in the same process. Returns whether that is possible."""
        if self.anew is None:
            return False
        self.begin(self.anew())
        return True

    def close(self) -> None:
        """Nothing is to be ended."""


@contextmanager
def unwarned() -> Iterator[None]:
    """Show no warning of a target: in a worker none is shown either."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


class Worker(Remote):
    """A target in a worker process. timeout: seconds that a call may take.

    wanted: the operations that are looked for, each with its name in the target. layouts: of those
    that take others than the book's. Raises TargetError if the target cannot be loaded.
    """

    noun = "the target"

    def __init__(
        self,
        name: str,
        edition: str,
        timeout: float,
        options: Options | None = None,
        wanted: Mapping[str, str] | None = None,
        layouts: Mapping[str, Layout] | None = None,
    ) -> None:
        options = options or Options()
        self.starting = starting(options)
        self.wanted = wanted or {one: one for one in REGISTRY}
        given = {operation: asdict(layout) for operation, layout in (layouts or {}).items()}
        asked = json.dumps([self.wanted, optional_parameters(), given])
        self.arguments = [name, edition, os.getcwd(), asked]  # noqa: PTH109
        super().__init__((), name, edition, timeout, program=python_of(options))

    def begin(self) -> Begin:
        """What starts the process: a server forks it."""
        return self.starting.begin(self.arguments)

    def start(self) -> None:
        """Start the process and have it load the target. Raises TargetError."""
        super().start()
        if not (self.offer.inline and self.offer.repeats and self.offer.flags == frozenset(FLAGS)):
            raise TargetError(f"{self.name}, while it was imported, answered for its worker")

    def no_start(self, error: Exception) -> TargetError:
        """The error for a target that cannot be loaded."""
        if isinstance(error, NotReady):
            alike = look_alikes(error.others, self.wanted)
            return TargetError("; ".join([error.reason, *([advice(alike)] if alike else [])]))
        if not isinstance(error, Lost):
            return TargetError(f"{self.name}, while it was imported, {error}")
        if error.outcome.kind == "hung":
            return TargetError(
                f"{self.name} is still being imported after {self.timeout * START_PATIENCE:g} s; "
                'if it is a script that trains, put that part under `if __name__ == "__main__":`'
            )
        return TargetError(f"{self.name} {error.how} while it was imported")

    def said(self) -> str:
        """Nothing: standard error of a Python target is shown only if it dies."""
        return ""


@contextmanager
def opened(target: Target, edition: str, options: Options) -> Iterator[Client]:
    """A client of a target, closed at the end of the block. Raises TargetError."""
    client = start(target, edition, options)
    try:
        yield client
    finally:
        client.close()


def start(target: Target, edition: str, options: Options) -> Client:
    """A client of a target, which gets its floats in the dtype of the options, or in its own."""
    client: Client
    name, layouts = str(target), dict(target.layouts)
    if target.kind == "program":
        more = options.variables()
        client = Executable(target.name, edition, options.timeout, more, target.ops)
    elif options.in_process:
        with unwarned():
            functions = load(name, edition, target.wanted(REGISTRY), layouts)
        client = InProcess(functions)
    else:
        wanted = target.wanted(REGISTRY)
        client = Worker(name, edition, options.timeout, options, wanted, layouts)
    return in_its_dtype(client, name, options.dtype)


def in_its_dtype(client: Client, name: str, wanted: str | None = None) -> Client:
    """The client, or one that gives it floats in the wanted dtype or in its own.

    Where float64 is its own and nobody asks for it, it gets floats as they are. Raises TargetError,
    after closing the client.
    """
    try:
        dtype = chosen_dtype(name, client.dtypes, wanted)
    except TargetError:
        client.close()
        raise
    if dtype is None or (dtype == WIDEST and not wanted):
        return client
    return Converting(client, dtype)


def chosen_dtype(name: str, offered: tuple[str, ...], wanted: str | None) -> str | None:
    """The dtype of floats: the wanted one, or else the target's first; None if there is neither."""
    if wanted and offered and wanted not in offered:
        raise TargetError(f"{name} takes {' and '.join(offered)}, not {wanted}")
    return wanted or (offered[0] if offered else None)
