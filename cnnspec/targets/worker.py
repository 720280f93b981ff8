"""The worker: a process of its own that loads a target and answers calls, one after another.

Standard input and output carry the messages; the target gets neither: it reads nothing, and what
it prints is counted and thrown away.
"""

import contextlib
import ctypes
import io
import json
import os
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from typing import Any, BinaryIO

from cnnspec.kit import heap
from cnnspec.kit.calls import ALIAS, FLAGS, LAYOUTS, Call, TargetError
from cnnspec.kit.stack import Stack
from cnnspec.kit.text import plain
from cnnspec.targets import Loaded, loaded, required_arguments, stacks
from cnnspec.targets.offering import taken_options
from cnnspec.targets.protocol import MOST_CALLS, NAME, VERSIONS, answered, requested
from cnnspec.targets.server import Server
from cnnspec.targets.target import Layout
from cnnspec.targets.wire import Message, Packer, Unpacker, from_line

MEMORY_SHARE = 0.5
"""The part of the machine's memory that a target may take."""


def main() -> None:
    """Load the target that is named, and answer until the other side hangs up."""
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    printed = silence()
    limit_memory()
    heap.keep_freed()
    name, edition, folder, asked = sys.argv[1:]
    wanted, optional, layouts = json.loads(asked)

    def load() -> Loaded:
        os.chdir(folder)
        sys.argv = [name]
        return loaded(name, edition, wanted, {o: Layout(**one) for o, one in layouts.items()})

    serve(requests, answers, printed, load, optional)


def serve(
    requests: io.BufferedReader,
    answers: BinaryIO,
    printed: Callable[[], int],
    load: Callable[[], Loaded],
    optional: Mapping[str, Sequence[str]],
) -> None:
    """Load a target when hello comes, and answer until the other side hangs up; then exit.

    If the target cannot be loaded, say so and return.
    """
    greeting, _ = read(requests)
    try:
        target = load()
    except TargetError as error:
        others = [plain(one, NAME) for one in getattr(error, "others", ())]
        refusal = {"status": "rejected", "reason": plain(str(error)), "others": others}
        write(answers, {"id": greeting["id"], **refusal})
        return
    taken = taken_options(target.operations, optional)
    server = Server(target.operations, printed, taken)
    write(answers, {"id": greeting["id"], **offer(target), "parameters": taken})
    while True:
        try:
            message, unpacker = read(requests)
        except EOFError:
            break
        packer = Packer()
        said = reply(server, message, unpacker, packer)
        write(answers, {"id": message["id"], **said}, packer)
    os._exit(0)  # a target's threads and handlers do not hold up the end


def offer(target: Loaded) -> Message:
    """What the worker says of itself and of its target."""
    return {
        "status": "ok",
        "protocol": VERSIONS[-1],
        "name": plain(str(target.about)),
        "ops": list(target.operations),
        "floats": [str(one) for one in target.dtypes],
        "others": [plain(one, NAME) for one in target.others],
        "required": {name: required_arguments(f) for name, f in target.operations.items()},
        "defaults": True,
        "arrays": "inline",
        "batch": MOST_CALLS,
        "stacks": True,
        "layouts": [*LAYOUTS, ALIAS],
        "flags": list(FLAGS),
        "repeats": True,
        "numpy": True,
    }


def reply(server: Server, message: Message, unpacker: Unpacker, packer: Packer) -> Message:
    """The answer to a request, without its id."""
    if message["op"] == "batch":
        asked = [
            stacks.requested(one, unpacker) if "stack" in one else requested(one, unpacker)
            for one in message["calls"]
        ]
        return {"status": "ok", "answers": [part(server, one, packer) for one in asked]}
    return answered(server.answer(requested(message, unpacker)), packer)


def part(server: Server, asked: Call | Stack, packer: Packer) -> Message:
    """A part of the answer to a batch."""
    if isinstance(asked, Stack):
        return stacks.answered(server.stacked(asked), packer)
    return answered(server.answer(asked), packer)


def read(requests: io.BufferedReader) -> tuple[Message, Unpacker]:
    """The next request. Raises EOFError at the end."""
    line = requests.readline()
    if not line:
        raise EOFError
    message = from_line(line)
    content = bytearray(message.get("bytes", 0))
    if requests.readinto(content) < len(content):
        raise EOFError
    return message, Unpacker(content)


def write(answers: BinaryIO, message: Message, packer: Packer | None = None) -> None:
    """Send an answer."""
    for piece in (packer or Packer()).message(message):
        answers.write(piece)
    answers.flush()


def silence() -> Callable[[], int]:
    """Give the target an empty input, and a file to print to.

    Returns a function that tells how many bytes were printed since it was last called.
    """
    file = tempfile.TemporaryFile()  # noqa: SIM115  it lives as long as the process
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(file.fileno(), 1)
    sys.stdin, sys.stdout = open(0, closefd=False), open(1, "w", closefd=False)  # noqa: SIM115
    flush_c: Callable[[Any], Any] = ctypes.CDLL(None).fflush
    stdout = sys.stdout

    def printed() -> int:
        now = getattr(sys, "stdout", None)
        flush(now)
        if now is not stdout:  # the target has put another one there
            flush(stdout)
        flush_c(None)
        size = os.lseek(file.fileno(), 0, os.SEEK_END)  # quicker than fstat
        if size:
            os.ftruncate(file.fileno(), 0)
            os.lseek(1, 0, os.SEEK_SET)
        return size

    return printed


def flush(stream: Any) -> None:
    """Write out what a stream holds, whatever the target has made of it."""
    try:
        stream.flush()
    except Exception:
        return


def limit_memory(taken: int = 0) -> None:
    """Limit memory to a share of the machine's: a larger allocation fails.

    taken: bytes that the process has already, beside those.
    """
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
        _, hard = resource.getrlimit(resource.RLIMIT_DATA)
        resource.setrlimit(resource.RLIMIT_DATA, (int(total * MEMORY_SHARE) + taken, hard))
