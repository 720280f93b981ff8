"""What is kept of a submission between runs: a JSON file, and its report in it."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from cnnspec.kit import files
from cnnspec.kit.clauses import clauses

FORMAT = 1

MOST = 2**28
"""Bytes of a record: counterexamples may be large."""


@dataclass
class Record:
    """What was found of a submission.

    digest: of the submission, the settings and the version: another one is judged anew. file: the
    one that was judged. problem: why it could not be judged. late: whether its time was over.
    ours: whether the problem is not the submission's. adapter: the code that was drafted for it.
    flags: hints for the teacher. notes: for the student, too. report: of `cnnspec check`, as data;
    page and text: the same for people, HTML and text.
    """

    name: str
    digest: str
    file: str = ""
    problem: str = ""
    late: bool = False
    ours: bool = False
    isolated: bool = False
    adapter: str = ""
    flags: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    report: dict[str, Any] | None = None
    page: str = ""
    text: str = ""
    seconds: float = 0.0

    @property
    def verdict(self) -> str:
        """The report's, or why there is none."""
        if self.late:
            return "time limit"
        if self.problem or self.report is None:
            return "not judged"
        return str(self.report["verdict"])


def write(file: Path, record: Record) -> None:
    """Write a record, whole or not at all. Raises OSError."""
    content = {"format": FORMAT, **asdict(record)}
    files.write(file, json.dumps(content, indent=1, allow_nan=False) + "\n")


def read(file: Path, digest: str) -> Record | None:
    """The record of a submission with this digest, if there is one that can be used."""
    try:
        content = files.read_json(file, MOST)
        if content.pop("format") != FORMAT or content["digest"] != digest:
            return None
        record = Record(**content)
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None
    return record if is_whole(record) else None


def is_whole(record: Record) -> bool:
    """Whether all is there, and of its kind: what is read may have been written by others."""
    usual, own = asdict(Record("", "")), asdict(record)
    kinds = {name: type(value) for name, value in usual.items() if name != "report"}
    if any(not isinstance(own[name], kind) for name, kind in kinds.items()):
        return False
    if not all(isinstance(text, str) for text in (*record.flags, *record.notes)):
        return False
    return record.report is None or is_report(record.report)


def is_report(content: Any) -> bool:
    """Whether data has what points are made of."""
    try:
        rows = [(one["id"], one["level"], one["status"]) for one in content["clauses"]]
        words = [content["verdict"], *content["operations"], *(one for row in rows for one in row)]
    except (TypeError, KeyError):
        return False
    return all(isinstance(one, str) for one in words) and {id_ for id_, _, _ in rows} <= {
        *clauses()
    }
