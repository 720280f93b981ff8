"""Functions that live in this process as a target: in a fork of it, or else in itself."""

import io
import os
import threading
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout

from cnnspec.kit.calls import Call, Outcome, TargetError
from cnnspec.kit.client import Client
from cnnspec.kit.operation import optional_parameters
from cnnspec.kit.text import plain
from cnnspec.targets import Loaded
from cnnspec.targets.client import InProcess, in_its_dtype
from cnnspec.targets.fitting import fitted
from cnnspec.targets.forked import Forked
from cnnspec.targets.offering import taken_options
from cnnspec.targets.protocol import FLOATS, NAME
from cnnspec.targets.server import Server

IDLE = 0.1
"""A call that hangs and computes for less than this part of its time waits for something."""


@contextmanager
def opened_here(
    target: Loaded, name: str, edition: str, timeout: float, first: Iterable[Call]
) -> Iterator[Client]:
    """A client of functions of this process, closed at the end of the block.

    first: the simplest calls. The functions run in a fork, where a call that hangs can be ended.
    Libraries that compute in threads may hang in a fork, and accelerators refuse it: if that is so
    in the first calls, or if nothing can be forked, the functions run in this process.
    """
    client = forked(target, name, edition, timeout, first)
    if client is not None:
        try:
            yield in_its_dtype(client, name)
        finally:
            client.close()
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # as in a process of its own
        inside = InProcess(target.operations)
        inside.about = plain(str(target.about), NAME)
        inside.dtypes = tuple(one for one in target.dtypes if one in FLOATS)
        inside.others = target.others
        yield in_its_dtype(inside, name)


def forked(
    target: Loaded, name: str, edition: str, timeout: float, first: Iterable[Call]
) -> Forked | None:
    """A client of functions in a fork that has made no call yet; None if they do not work there."""
    if not hasattr(os, "fork"):
        return None
    try:
        client = Forked(target, name, edition, timeout)
    except TargetError:
        return None
    try:
        for call in first:
            if call.operation in target.operations:
                outcome = client.answer(call)
                if suspicious(outcome, client) and works_here(target, call, timeout):
                    client.close()
                    return None
        client.end()
    except BaseException:
        client.close()
        raise
    client.losses, client.seconds_lost = 0, 0.0  # they were none of the judgement's
    return client


def suspicious(outcome: Outcome, client: Forked) -> bool:
    """Whether a call may have failed because it was made in a fork.

    It was rejected, or it waited for something that never came. A loop that never ends computes.
    """
    if outcome.kind == "hung":
        return client.busy < IDLE * client.timeout
    return outcome.kind == "rejected"


def works_here(target: Loaded, call: Call, timeout: float) -> bool:
    """Whether a call gives a result in this process, within the time limit."""
    taken = taken_options(target.operations, optional_parameters())
    made: list[Outcome] = []

    def attempt() -> None:
        server = Server(target.operations, lambda: 0, taken)
        made.append(server.answer(fitted(call, taken)))

    thread = threading.Thread(target=attempt, daemon=True)  # it holds up no exit if it hangs
    nothing = io.StringIO()
    with warnings.catch_warnings(), redirect_stdout(nothing), redirect_stderr(nothing):
        warnings.simplefilter("ignore")
        thread.start()
        thread.join(timeout)
    return bool(made) and made[0].kind == "returned"
