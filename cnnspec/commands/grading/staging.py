"""The private copy of a submission that is judged: nothing that runs touches what was handed in."""

import contextlib
import shutil
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from cnnspec.commands import drafting
from cnnspec.commands.grading.sources import Source, SourceError, bound, read
from cnnspec.commands.grading.submissions import SKIPPED, Submission, is_code
from cnnspec.kit.text import plain

MOST_FILES, MOST_BYTES = 5_000, 2**28
"""What a submission may have: files, and bytes in them."""

TESTS = ("test_", "conftest", "setup")
"""How the names of files begin that are taken if there are no others."""

SUBMISSION, COMBINED = "submission.py", "combined_submission.py"
"""The name under which an adapter imports a submission, and that of a file which imports others."""

READABLE, OPENABLE = 0o644, 0o755
"""The modes of copied files and folders: the user of a sandbox reads them."""


class StagingError(ValueError):
    """A submission that cannot be judged at all; the message says why."""


@dataclass
class Staged:
    """A copy.

    folder: where the file is that is judged. file: that file. name: as it was handed in. judged:
    the code that is judged, sources: all that could be read. notes: what the student is told of how
    it was read. target: whether the file is an adapter.
    """

    folder: Path
    file: Path
    name: str
    judged: list[Source]
    sources: list[Source] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    target: bool = False


def digest_of(submission: Submission) -> str:
    """A number that changes with the content of a submission. Raises OSError or StagingError."""
    total = sha256()
    for one in inside(submission.path):
        name = "" if one == submission.path else str(one.relative_to(submission.path))
        content = str(one.readlink()) if one.is_symlink() else sha256(one.read_bytes()).hexdigest()
        total.update(f"{name}\0{content}\0".encode("utf-8", "surrogateescape"))
    return total.hexdigest()


def inside(path: Path) -> list[Path]:
    """The files of a submission, links unfollowed. Raises OSError or StagingError if too many."""
    is_folder = path.is_dir() and not path.is_symlink()
    found = sorted(walked(path)) if is_folder else [path]
    size = sum(one.lstat().st_size for one in found)
    if len(found) > MOST_FILES or size > MOST_BYTES:
        limits = f"{MOST_FILES} files and {MOST_BYTES >> 20} MiB"
        raise StagingError(f"it has {len(found)} files and {size >> 20} MiB, more than {limits}")
    return found


def walked(folder: Path) -> Iterator[Path]:
    """The ordinary files in a folder and in those below, and the links."""
    for one in folder.iterdir():
        if SKIPPED.fullmatch(one.name):
            continue
        if one.is_dir() and not one.is_symlink():
            yield from walked(one)
        elif one.is_file() or one.is_symlink():
            yield one


def stage(
    submission: Submission, place: Path, wanted: Collection[str], adapter: bytes | None
) -> Staged:
    """Copy a submission into a folder, and choose the file to judge.

    wanted: the operations that are looked for. adapter: the class's own. Raises OSError or
    StagingError.
    """
    copy(submission.path, place)
    found = [one for one in inside(place) if is_code(one)]
    readable, notes = sources_of(found)
    if not readable:
        raise StagingError("; ".join(notes) or "it has no Python file and no notebook")
    chosen = the_one(readable, wanted)
    file, name = as_module(chosen), shown(chosen.path, place)
    notes += chosen.notes
    if len(found) > 1:
        notes.append(f"judged is {name}, of {len(found)} files with code")
    own = "target" in bound(chosen.tree)
    staged = Staged(file.parent, file, name, [chosen], readable, notes, own)
    if adapter is not None:
        if file.name != SUBMISSION:
            (file.parent / SUBMISSION).write_bytes(file.read_bytes())
        staged.file, staged.target = file.with_name("class_adapter.py"), True
        staged.file.write_bytes(adapter)
    elif not staged.target:
        combine(staged, chosen, wanted)
    open_up(place)
    return staged


def copy(path: Path, place: Path) -> None:
    """Copy the files of a submission; links stay links. Raises OSError or StagingError."""
    for one in inside(path):
        to = place / (one.name if one == path else one.relative_to(path))
        to.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(one, to, follow_symlinks=False)


def open_up(place: Path) -> None:
    """Let others read a copy: the sandbox has a user of its own."""
    for one in (place, *place.rglob("*")):
        if not one.is_symlink():
            one.chmod(OPENABLE if one.is_dir() else READABLE)


def sources_of(paths: list[Path]) -> tuple[list[Source], list[str]]:
    """The files with code, and what is wrong with those that cannot be read."""
    readable, problems = [], []
    for one in paths:
        try:
            readable.append(read(one))
        except (OSError, SourceError) as error:
            problems.append(plain(str(error)))
    return readable, problems


def the_one(sources: list[Source], wanted: Collection[str]) -> Source:
    """The file to judge: the one that has most of what is wanted.

    An adapter comes first, and tests last. Of two alike it is the one that defines what the other
    imports, then the one nearer to the top.
    """

    def rank(source: Source) -> tuple[object, ...]:
        names = bound(source.tree)
        alike = set(drafting.chosen(source.tree))
        exact = {one for one in wanted if one in names}
        return (
            is_test(source),
            "target" not in names,
            -len(exact | (alike & set(wanted))),
            -len(alike),
            len(source.path.parts),
            source.path.suffix.lower() != ".py",
            str(source.path),
        )

    return min(sources, key=rank)


def is_test(source: Source) -> bool:
    """Whether a file looks like one that tests others, or installs them."""
    return source.path.name.lower().startswith(TESTS)


def as_module(source: Source) -> Path:
    """The file that is judged: it has a plain name, and a notebook becomes one."""
    path = source.path
    plainly = path.stem.isprintable() and ":" not in path.stem and not path.stem.startswith("-")
    name = f"{path.stem}.py" if plainly else SUBMISSION
    file = path.with_name(name)
    if path.suffix.lower() == ".ipynb":
        if file.exists():
            file = path.with_name(f"{path.stem}_notebook.py" if plainly else SUBMISSION)
        file.write_text(source.text, encoding="utf-8")
    elif file != path:
        path.rename(file)
    return file


def combine(staged: Staged, chosen: Source, wanted: Collection[str]) -> None:
    """Judge several files together if each defines other operations: conv.py and relu.py."""
    own = set(bound(chosen.tree)) & set(wanted)
    homes = dict.fromkeys(own, staged.file.stem)
    for source in staged.sources:
        beside = source.path.parent == chosen.path.parent and source.path.stem.isidentifier()
        if is_test(source) or source is chosen:
            continue
        if beside and source.path.suffix == ".py":
            more = set(bound(source.tree)) & set(wanted) - set(homes)
            homes |= dict.fromkeys(more, source.path.stem)
            staged.judged += [source] if more else []
    if set(homes) == own or not staged.file.stem.isidentifier():
        return
    lines = [f"from {home} import {one}" for one, home in sorted(homes.items())]
    staged.file = staged.file.with_name(COMBINED)
    staged.file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    staged.notes = [one for one in staged.notes if not one.startswith("judged is ")]
    staged.name = ", ".join(dict.fromkeys(f"{home}.py" for home in homes.values()))
    parts = ", ".join(f"{one} of {home}.py" for one, home in sorted(homes.items()))
    staged.notes.append(f"judged together: {parts}")


def shown(path: Path, place: Path) -> str:
    """A path in a copy, in plain text."""
    with contextlib.suppress(ValueError):
        path = path.relative_to(place)
    return plain(str(path))
