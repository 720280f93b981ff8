"""A program in any language as a target, and requests to try with it by hand."""

import atexit
import shlex
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from cnnspec.kit import files
from cnnspec.kit.calls import Argument, Array, Call, TargetError, Unsupported
from cnnspec.kit.numerals import Setting
from cnnspec.kit.operation import call as make_call
from cnnspec.targets import protocol
from cnnspec.targets.array_files import little
from cnnspec.targets.remote import Remote
from cnnspec.targets.wire import Packer, as_line


class Executable(Remote):
    """A program that speaks the protocol. command: as a shell would split it.

    Raises TargetError if it cannot be started, or says no proper hello.
    """

    def __init__(
        self,
        command: str,
        edition: str,
        timeout: float,
        more: Mapping[str, str] | None = None,
        only: tuple[str, ...] = (),
    ) -> None:
        try:
            words = shlex.split(command)
        except ValueError as error:
            raise TargetError(f"{command} cannot be started: {error}") from None
        if not words:
            raise TargetError("the command is empty")
        super().__init__(words, command, edition, timeout, more, only=only)


def save(place: Path, calls: Iterable[Call], edition: str, inline: bool = False) -> Path:
    """Write calls into a folder, as a file of requests that a program can be given by hand.

    inline: whether the arrays follow the lines, and are not in files of their own. The parent
    folder must exist. Raises OSError.
    """
    contents: dict[str, bytes] = {}
    requests = as_line(protocol.hello(edition))
    for number, call in enumerate(calls, 1):
        if inline:
            packer = Packer()
            message = {"id": number, **protocol.inline(call, packer, keeps=False)}
            requests += b"".join(packer.message(message))
            continue
        arrays = (name for name, a in call.arguments.items() if isinstance(a, Argument))
        given = {f"{number}-{next(arrays)}.npy": array for array in call.arrays}
        contents |= {name: little(array) for name, array in given.items()}
        paths = [place / name for name in given]
        output = place / f"{number}-output.npy"
        requests += as_line(protocol.request(number, call, paths, output))

    def fill(folder: files.Folder) -> None:
        for name, content in {**contents, "requests": requests}.items():
            folder.write(name, content)

    files.in_folder(place, fill)
    return place / "requests"


def functions(command: str, edition: str = "standard") -> dict[str, Callable[..., Array]]:
    """The operations of a program as functions, to be called from Python.

    Each raises Unsupported for what the program does not offer, and ValueError with the program's
    reason where it gives no result otherwise. Raises TargetError.
    """
    client = Executable(command, edition, 20.0)
    atexit.register(client.close)

    def function(operation: str) -> Callable[..., Array]:
        def called(*arguments: Array | Setting, **named: Array | Setting) -> Array:
            outcome = client.answer(make_call(operation, *arguments, **named))
            if outcome.kind == "unsupported":
                raise Unsupported(outcome.message)
            if outcome.value is None:
                raise ValueError(f"{outcome.kind}: {outcome.message}")
            return outcome.value

        return called

    return {operation: function(operation) for operation in client.offer.ops}
