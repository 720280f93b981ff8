"""Files that are read without trust, and written whole or not at all."""

import contextlib
import errno
import json
import os
import secrets
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

DRAFT = secrets.token_hex(4)
"""The end of the name of a draft, different in each process."""

MOST = 2**26
"""Bytes of a file that is read, if nothing else is said."""


def read(path: Path | str, most: int = MOST, *, folder: int | None = None) -> bytes:
    """The content of an ordinary file.

    folder: the descriptor of the folder that a bare name is in; a link is not followed there.
    Raises OSError where it cannot be read, is no ordinary file, or has more than `most` bytes.
    """
    flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK  # do not wait for the writer of a pipe
    try:
        number = os.open(path, flags | (os.O_NOFOLLOW if folder is not None else 0), dir_fd=folder)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise OSError(0, "is a link", str(path)) from None
        raise
    status = os.fstat(number)
    if not stat.S_ISREG(status.st_mode) or status.st_size > most:
        os.close(number)
        large = f"has {status.st_size} bytes, more than {most}"
        what = large if stat.S_ISREG(status.st_mode) else "is no ordinary file"
        raise OSError(0, what, str(path))
    with os.fdopen(number, "rb") as file:
        return file.read(most)


def read_text(path: Path, most: int = MOST) -> str:
    """The text of an ordinary file in UTF-8. Raises OSError, or UnicodeDecodeError."""
    return read(path, most).decode("utf-8")


def read_json(path: Path, most: int = MOST) -> Any:
    """The data of a JSON file. Raises OSError, or ValueError if it is not JSON."""
    try:
        return json.loads(read_text(path, most), parse_constant=refuse)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def refuse(word: str) -> None:
    """Raise ValueError: NaN and Infinity are not JSON."""
    raise ValueError(word)


def destination(path: Path) -> Path:
    """Where a file of this path will be written; a link is followed now, and not later.

    Raises OSError if no file can be written there.
    """
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, "Is a directory", str(path))
    place = Path(os.path.realpath(path))
    if place.exists() and not place.is_file():
        return place
    try:
        draft_of(place).touch()
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from None
    finally:
        with contextlib.suppress(OSError):
            draft_of(place).unlink(missing_ok=True)
    return place


def draft_of(place: Path) -> Path:
    """The path of the draft, which replaces the file once it is whole."""
    return place.with_name(f".{place.name[:80]}.{DRAFT}")


def write(place: Path, content: str | bytes) -> None:
    """Write a file whole, or leave it as it was before.

    Anything but an ordinary file (/dev/stdout, a pipe that somebody reads) is written to directly.
    A link is replaced. Raises OSError.
    """
    data = content.encode("utf-8", "backslashreplace") if isinstance(content, str) else content
    if place.exists() and not place.is_file() and not place.is_symlink():
        number = os.open(place, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        os.set_blocking(number, True)
        with os.fdopen(number, "wb") as file:
            file.write(data)
        return
    draft = draft_of(place)
    try:
        draft.write_bytes(data)
        if place.is_file() and not place.is_symlink():
            draft.chmod(stat.S_IMODE(place.stat().st_mode))
        draft.replace(place)
    except BaseException as error:
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise OSError(error.errno, error.strerror, str(place)) from None
        raise


class Folder:
    """A folder that is held by its descriptor, even if others put something in its place.

    Raises OSError where the path is a link, or no folder.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            self.number = os.open(path, flags)
        except NotADirectoryError:
            what = "is a link" if path.is_symlink() else "is no folder"
            raise OSError(0, what, str(path)) from None
        except OSError as error:
            what = "is a link" if path.is_symlink() else str(error.strerror)
            raise OSError(error.errno, what, str(path)) from None

    def write(self, name: str, content: bytes) -> None:
        """Write a file into the folder, whole or not at all; a link is refused. Raises OSError."""
        self.refuse_link(name)
        draft = f".{name[:80]}.{secrets.token_hex(4)}"
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            with os.fdopen(os.open(draft, flags, 0o666, dir_fd=self.number), "wb") as file:
                file.write(content)
            os.replace(draft, name, src_dir_fd=self.number, dst_dir_fd=self.number)
        except OSError as error:
            with contextlib.suppress(OSError):
                os.unlink(draft, dir_fd=self.number)
            raise OSError(error.errno, error.strerror, str(self.path / name)) from None

    def refuse_link(self, name: str) -> None:
        """Raise OSError where a name is there already, and is a link."""
        with contextlib.suppress(FileNotFoundError):
            status = os.stat(name, dir_fd=self.number, follow_symlinks=False)
            if stat.S_ISLNK(status.st_mode):
                raise OSError(0, "is a link", str(self.path / name))

    def close(self) -> None:
        """Let go of the folder."""
        os.close(self.number)


def in_folder(path: Path, use: Callable[[Folder], None]) -> None:
    """Make a folder if there is none, and let `use` write into it. Raises OSError."""
    with contextlib.suppress(FileExistsError):
        path.mkdir()
    folder = Folder(path)
    try:
        use(folder)
    finally:
        folder.close()
