"""What is kept of a submission between runs: a JSON file, and its report in it."""

import json
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from cnnspec.kit import files

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
    kinds = all(type(getattr(record, one.name)) is type(one.default) for one in fields(Record)[2:8])
    return record if kinds else None
