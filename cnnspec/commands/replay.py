"""`cnnspec replay`, and the files that it takes: each holds one case that deviated.

A file is data. It may come from elsewhere: what it says is checked before it is used, and a command
that it names is run only where the user says so.
"""

import hashlib
import json
import os
import re
import shlex
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console

from cnnspec.engine.confirm import acquainted, again, check_of
from cnnspec.engine.first_calls import trivial
from cnnspec.engine.plan import ClauseResult, Counterexample, counterexample
from cnnspec.engine.report import Report
from cnnspec.kit import files
from cnnspec.kit.calls import Case
from cnnspec.kit.check import Check
from cnnspec.kit.clauses import LEVELS, Level, clauses
from cnnspec.kit.client import Client
from cnnspec.kit.operation import broken, operation_of
from cnnspec.kit.session import Declined
from cnnspec.kit.text import plain
from cnnspec.report import data, lines, literal
from cnnspec.report.grids import side_by_side
from cnnspec.report.output import busy, show
from cnnspec.spec import Edition
from cnnspec.targets import Options
from cnnspec.targets.client import opened
from cnnspec.targets.converting import converted
from cnnspec.targets.executable import save
from cnnspec.targets.target import Layout, Target, named

KEPT = ("timeout", "dtype", "threads", "python", "paths")
"""The options that a replay keeps."""

REPLAYS = Path(".cnnspec")
"""The folder, in the current one, that holds what `cnnspec replay` takes."""

MOST_WORK, MOST_EXACT_WORK = 2**33, 2**24
"""The most multiplications of a case: of floats, and of exact fractions."""


class ReplayError(ValueError):
    """A file that cannot be replayed; the message says why."""


# Writing the files.


@dataclass
class Written:
    """What was written.

    commands: how to replay each clause and level, and its further cases. problem: why that failed.
    """

    commands: dict[str, str] = field(default_factory=dict)
    problem: str = ""


def beside(report: Report, options: Options, said: str) -> lines.Beside:
    """Write each counterexample into REPLAYS. Returns what a report says besides its judgement.

    said: what the target wrote to standard error.
    """
    written = write(report, options)
    return lines.Beside(written.commands, written.problem, tuple(requests_of(report)), said)


def write(report: Report, options: Options) -> Written:
    """Write each counterexample into REPLAYS; none of a target that no other process can reach."""
    written = Written()
    if report.target.lives_here:
        return written
    failing = [one for result in report.clauses for one in to_write(result)]
    stem = stem_of(report.target)

    def fill(folder: files.Folder) -> None:
        for one in failing:
            name = f"{stem}-{one.name}.json"
            content = json.dumps(content_of(one, report, options), indent=1) + "\n"
            folder.write(name, content.encode())
            written.commands[one.key] = how_to_replay(REPLAYS / name, report, options)

    try:
        if failing:
            files.in_folder(REPLAYS, fill)
        for one in failing:
            by_hand = requests(report, one.name, one.example.case)
            if by_hand:
                written.commands[one.key] += f", or {by_hand}"
    except OSError as error:
        written.problem = f"{error.filename or REPLAYS}: {error.strerror}"
    return written


@dataclass(frozen=True)
class ToWrite:
    """A counterexample of a clause. key: see `Written`. name: a part of its file's name."""

    result: ClauseResult
    key: str
    name: str
    example: Counterexample


def to_write(result: ClauseResult) -> Iterator[ToWrite]:
    """The counterexamples of a clause: the smallest, and those that deviate in other ways."""
    key, place = f"{result.id}-{result.level}", place_of(result)
    if result.counterexample is not None:
        yield ToWrite(result, key, place, result.counterexample)
    for more, one in result.more_examples():
        yield ToWrite(result, more, place + more.removeprefix(key), one)


def place_of(result: ClauseResult) -> str:
    """The part of a file's name that tells the clause, after the name of the target."""
    own = clauses()[result.id].level
    return result.id if result.level == own else f"{result.id}-{result.level}"


def content_of(one: ToWrite, report: Report, options: Options) -> dict[str, Any]:
    """A file to replay, as plain data."""
    target = report.target
    return {
        "target": os.path.abspath(target.name) if target.is_file else str(target),  # noqa: PTH100  it may end in :object
        "names": dict(target.names),
        "layouts": {operation: asdict(layout) for operation, layout in target.layouts},
        "options": {k: getattr(options, k) for k in KEPT if getattr(options, k) not in (None, ())},
        "edition": report.edition,
        "clause": one.result.id,
        "level": one.result.level,
        "counterexample": data.example_as_json(one.example, target),
    }


def how_to_replay(path: Path, report: Report, options: Options) -> str:
    """The command that replays a file. It says that the program, or the functions, may run."""
    words = ["cnnspec", "replay", str(path)]
    if report.target.kind == "program":
        words += ["--exec", report.target.name]
    elif options.python is not None or report.target.names or report.target.kind == "functions":
        words.append("--yes")
    return shlex.join(words)


def requests_of(report: Report) -> Iterator[str]:
    """For each operation of a program that could not be judged, the calls to try by hand."""
    for operation in report.uncallable:
        try:
            by_hand = requests(report, operation, tuple(trivial(operation)))
        except OSError:
            continue
        if by_hand:
            yield f"{operation}, to try by hand: {by_hand}"


def requests(report: Report, name: str, case: Case) -> str:
    """A command that gives a program in another language the calls of a case, from files.

    Raises OSError.
    """
    if report.target.kind != "program":
        return ""
    calls = [(report.dtype and converted(one, report.dtype)) or one for one in case]
    REPLAYS.mkdir(exist_ok=True)
    files.Folder(REPLAYS).close()  # a link is refused
    place = REPLAYS / f"{stem_of(report.target)}-{name}"
    file = save(place, calls, report.edition, report.inline)
    return f"{report.target.name} < {file}"


PLAIN_FILE = re.compile(r"([A-Za-z0-9_]+)\.py")
PLAIN_PROGRAM = re.compile(r"\./([A-Za-z0-9_]+)")


def stem_of(target: Target) -> str:
    """How the names of a target's files begin: its name, and a number that tells it from others.

    A plain file of the current folder has no number: mycnn.py is mycnn, ./mycnn is exec-mycnn.
    """
    if target.is_file and (file := PLAIN_FILE.fullmatch(target.name)):
        return file[1]
    if target.kind == "program" and (program := PLAIN_PROGRAM.fullmatch(target.name)):
        return f"exec-{program[1]}"
    if target.is_file:
        place = Path(target.place)
        readable = f"{place.parent.name}-{place.stem}-{target.path}"
        whole = f"{os.path.realpath(place)}:{target.path}"
    else:
        readable = "-".join(Path(word).name for word in target.name.split())
        whole = str(target)
    stem = re.sub(r"[^A-Za-z0-9_.]+", "-", readable).strip("-.")[:60]
    number = hashlib.sha256(os.fsencode(whole)).hexdigest()[:8]
    return f"{stem}-{number}".lstrip("-")


# Reading them.


@dataclass(frozen=True)
class Replay:
    """What a file holds: a case, how it was judged, and on what."""

    target: Target
    options: Options
    edition: Edition
    clause: str
    check: Check
    case: Case
    level: Level

    def commands(self) -> list[str]:
        """What it would run: programs, and functions, which may be any of any module."""
        own = {"program": self.target.name, "functions": str(self.target)}.get(self.target.kind)
        named = ",".join(f"{one}={name}" for one, name in self.target.names)
        of = f"{named} of {self.target}" if named else ""
        return [one for one in (own, of, self.options.python) if one]


def read(file: Path) -> Replay:
    """Read a file that `write` wrote. Raises OSError or ReplayError."""
    try:
        content = data.checked(files.read_json(file), "replay")
        case = data.case_from_json(content["counterexample"]["calls"])
    except (ValueError, RecursionError) as error:
        why = f": {plain(str(error), 200)}" if isinstance(error, data.FormatError) else ""
        text = f"{file} is no file that cnnspec check wrote to be replayed{why}"
        raise ReplayError(text) from None
    edition, clause, wanted = content["edition"], content["clause"], content["counterexample"]
    check = check_of(clause, wanted["check"], edition)
    if check is None:
        raise ReplayError(f"{file}: edition {edition} has no clause {plain(clause)}")
    exact = any(operation_of(one).roles.rounding == clause for one in case)
    most = MOST_EXACT_WORK if exact else MOST_WORK
    if sum(operation_of(one).oracle.work(one) * one.repeat for one in case) > most:
        raise ReplayError(f"{file}: its case is too large to be judged")
    valid = check.level == LEVELS[0]
    if valid and any(clause in operation_of(c).roles.computed and broken(c, edition) for c in case):
        raise ReplayError(f"{file}: {clause} is about valid input, and its case is not")
    given = content.get("options", {})
    options = Options(**{**given, "paths": tuple(given.get("paths", ()))})
    layouts = {name: Layout(**one) for name, one in content.get("layouts", {}).items()}
    target = named(content["target"], content.get("names"), layouts)
    level = content.get("level", check.level)
    return Replay(target, options, edition, clause, check, case, level)


def replay(replay: Replay, console: Console) -> bool:
    """Judge the case of a file again. Returns whether it still deviates.

    Raises ReplayError or TargetError.
    """
    name = plain(str(replay.target))
    with (
        busy(f"replaying on {name}"),
        opened(replay.target, replay.edition, replay.options) as client,
    ):
        example = judged(replay, client)
    if example is None:
        show(console, f"{name} no longer deviates from {replay.clause} here")
        return False
    show(console, literal.snippet(example, replay.target))
    show(console, f"{name} deviates from {replay.clause}: {example.message}", "bold red")
    if example.expected is not None and example.got is not None:
        for row in side_by_side(example.expected, example.got):
            show(console, row)
    return True


def judged(replay: Replay, client: Client) -> Counterexample | None:
    """How a case deviates now, if it does. Raises ReplayError where it cannot be judged."""
    try:
        known = acquainted(client, replay.edition, replay.check, replay.case)
        deviation = again(known, replay.check, replay.case, replay.level)
    except Declined as reason:
        raise ReplayError(f"not judged: {reason}") from None
    except Exception as error:  # a case that this check does not judge
        text = f"its calls are not such as the check {replay.check.name} of {replay.clause} judges"
        raise ReplayError(text) from error
    if deviation is None:
        return None
    return counterexample(replay.check.name, replay.case, deviation)
