"""What of a folder is a submission: a Python file, a notebook, or a student's own folder."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

KINDS = (".py", ".ipynb")
"""How the names of files with code end, in large or small letters."""

SKIPPED = re.compile(r"\..*|__.*__|__MACOSX|venv|env|node_modules|site-packages|.*\.egg-info")
"""Folders and files that belong to tools, and are nobody's work."""

LONGEST = 60
"""Characters of a submission's name that go into the names of its files."""


class NothingToGradeError(ValueError):
    """A folder without submissions; the message says what was looked for."""


@dataclass(frozen=True)
class Submission:
    """A submission.

    name: that of the file without its suffix, or of the folder. path: the file or the folder.
    key: how the names of its files begin: the name, or what is left of it and a number.
    """

    name: str
    path: Path
    key: str


def find(folder: Path, whole: bool, out: Path) -> tuple[list[Submission], list[str]]:
    """The submissions in a folder, by name, and the names of what is none of them.

    folder: may be a single file, too. whole: whether the folder itself is one submission. out: the
    folder of the results, which is none. Raises OSError, or NothingToGradeError.
    """
    if whole or not folder.is_dir():
        paths, left = [folder], list[str]()
        if not folder.is_dir() and not is_code(folder) and folder.exists():
            raise NothingToGradeError(f"{folder} is neither a folder, nor a .py or .ipynb file")
        folder.stat()
    else:
        paths, left = looked_through(folder, out)
    if not paths:
        what = "no Python file, no notebook and no student's folder"
        raise NothingToGradeError(f"there is nothing to grade in {folder}: {what}")
    return list(named(paths)), left


def looked_through(folder: Path, out: Path) -> tuple[list[Path], list[str]]:
    """The submissions that are in a folder, and the names of other files."""
    paths, left = [], []
    for one in sorted(folder.iterdir(), key=lambda path: (path.name.casefold(), path.name)):
        if SKIPPED.fullmatch(one.name) or one.absolute() == out.absolute():
            continue
        if is_code(one) or (one.is_dir() and not one.is_symlink()):
            paths.append(one)
        else:
            left.append(one.name)
    return paths, left


def is_code(path: Path) -> bool:
    """Whether a path looks like a file with code, or a link to one, which is not followed."""
    return path.suffix.lower() in KINDS and (path.is_symlink() or path.is_file())


def named(paths: list[Path]) -> Iterator[Submission]:
    """Submissions, each with a name and a key of its own."""
    stems = [one.resolve().name if one.is_dir() else one.stem for one in paths]
    taken = set[str]()
    for path, stem in zip(paths, stems, strict=True):
        name = stem if stems.count(stem) == 1 else path.name
        key = key_of(name)
        if key.casefold() in taken:  # some systems do not tell large letters from small ones
            key = numbered(name)
        taken.add(key.casefold())
        yield Submission(name, path, key)


def key_of(name: str) -> str:
    """The name itself if it can be part of any path and address, or else one like it."""
    return name if re.fullmatch(r"\w[\w.-]*", name) and len(name) <= LONGEST else numbered(name)


def numbered(name: str) -> str:
    """What is plain of a name, and a number that tells it from others."""
    readable = re.sub(r"[^\w.-]+", "-", name).strip("-.")[:LONGEST]
    number = sha256(name.encode("utf-8", "surrogateescape")).hexdigest()[:8]
    return f"{readable}-{number}".lstrip("-")
