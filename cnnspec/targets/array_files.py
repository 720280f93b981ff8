"""The files by which a program gets and gives arrays, in a folder that it can write to.

A program may put anything in the place of a file: a link, a pipe, a device, a file without end.
Anything but an ordinary file of the right size is refused before it is read.
"""

import contextlib
import os
from pathlib import Path

import numpy as np

from cnnspec.kit import files, npy
from cnnspec.kit.calls import Argument, Array, Call
from cnnspec.kit.npy import MOST_BYTES, NpyError
from cnnspec.targets.wire import ProtocolError


def little(array: Array) -> bytes:
    """A .npy file as programs read it: little-endian."""
    return npy.to_bytes(np.asarray(array, array.dtype.newbyteorder("<")))


class ArrayFiles:
    """The files of a run in a folder. A program that removes the folder gets a new one."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.folder = files.Folder(place)

    def write(self, call: Call, number: int) -> dict[str, bytes]:
        """Write the arrays of a call. Returns the contents of the files by their names.

        Arrays of one slot have the same name. Raises OSError.
        """
        written = {}
        for parameter, argument in call.arguments.items():
            if isinstance(argument, Argument):
                slot = argument.slot and f"slot-{argument.slot.replace(' ', '-')}"
                name = f"{slot or number}-{parameter}.npy"
                written[name] = little(argument.values)
                self.make(name, written[name])
        return written

    def make(self, name: str, content: bytes) -> None:
        """Write a new file in place of whatever was there. Raises OSError."""
        try:
            self.create(name, content)
        except FileNotFoundError:  # the folder is gone
            with contextlib.suppress(OSError):
                self.place.unlink()  # what was put in its place
            with contextlib.suppress(FileExistsError):
                self.place.mkdir(mode=0o700)
            gone, self.folder = self.folder, files.Folder(self.place)
            gone.close()
            self.create(name, content)

    def create(self, name: str, content: bytes) -> None:
        """Create a file in the folder that is held. Raises OSError."""
        self.remove(name)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        with os.fdopen(os.open(name, flags, 0o600, dir_fd=self.folder.number), "wb") as file:
            file.write(content)

    def path(self, name: str) -> Path:
        """The path by which the program knows a file."""
        return self.place / name

    def is_changed(self, name: str, content: bytes) -> bool:
        """Whether a file holds something else by now, or is gone."""
        try:
            return files.read(name, len(content), folder=self.folder.number) != content
        except OSError:
            return True

    def read(self, name: str, room: int = MOST_BYTES) -> Array:
        """The array that a program wrote. Raises ProtocolError for anything else."""
        try:
            content = files.read(name, room + 2**16, folder=self.folder.number)
        except FileNotFoundError:
            raise ProtocolError("answered ok, but there is no output file") from None
        except OSError as error:
            why = f"cannot be read: {error.strerror}" if error.errno else error.strerror
            raise ProtocolError(f"answered ok, but the output {why}") from None
        try:
            _, fortran, dtype = npy.parsed_header(npy.header_of(content))
            if not fortran and dtype.str[0] != ">":
                return npy.from_bytes(content)
        except NpyError as error:
            raise ProtocolError(f"wrote {error}") from None
        order = "Fortran order" if fortran else f"the dtype {dtype.str}"
        raise ProtocolError(f"wrote an array in {order}; it is C order, little-endian numbers")

    def remove(self, name: str) -> None:
        """Remove a file, if it is there and one."""
        with contextlib.suppress(OSError):
            os.unlink(name, dir_fd=self.folder.number)

    def close(self) -> None:
        """Let go of the folder."""
        self.folder.close()
