"""What is already known of a target: deviations that are expected, and an earlier report."""

import tomllib
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from cnnspec.engine.judge import Report
from cnnspec.engine.verdict import verdict
from cnnspec.kit import files
from cnnspec.kit.clauses import clauses
from cnnspec.kit.text import plain


class ExpectationError(ValueError):
    """A file of deviations, or a baseline, that cannot be used; the message says why."""


@dataclass(frozen=True)
class Known:
    """A deviation that is expected, until it expires."""

    clause: str
    reason: str
    expires: date | None


def read_deviations(path: Path) -> list[Known]:
    """The tables [[deviation]] of a TOML file: clause, reason, and optionally expires (a date).

    Raises OSError or ExpectationError.
    """
    try:
        data = tomllib.loads(files.read_text(path))
    except (ValueError, RecursionError) as error:
        raise ExpectationError(f"{path} is not TOML: {plain(str(error))}") from None
    entries = data.get("deviation", [])
    tables = isinstance(entries, list) and all(isinstance(entry, dict) for entry in entries)
    if set(data) - {"deviation"} or not tables:
        raise ExpectationError(f"{path} holds tables [[deviation]] and nothing else")
    return [read_one(path, entry) for entry in entries]


def read_one(path: Path, entry: dict[str, Any]) -> Known:
    """One table of a file of deviations."""
    clause, reason, expires = entry.get("clause"), entry.get("reason"), entry.get("expires")
    if set(entry) - {"clause", "reason", "expires"}:
        extra = plain(", ".join(sorted(set(entry) - {"clause", "reason", "expires"})))
        raise ExpectationError(
            f"{path}: a deviation has no {extra}; it has clause, reason, expires"
        )
    if not isinstance(clause, str) or clause not in clauses():
        raise ExpectationError(f"{path}: there is no clause {clause!r:.40}")
    if not isinstance(reason, str) or not reason.strip():
        raise ExpectationError(f"{path}: the deviation from {clause} needs a reason")
    if expires is not None and not isinstance(expires, date):
        raise ExpectationError(f"{path}: expires of {clause} is a date, like 2030-01-31")
    if isinstance(expires, datetime):
        expires = expires.date()
    return Known(clause, plain(reason), expires)


def apply(report: Report, known: list[Known], today: date) -> None:
    """Mark the deviations that are expected; those that no longer deviate fail the run."""
    for one in known:
        if one.expires is not None and one.expires < today:
            report.hints.append(f"the known deviation from {one.clause} expired on {one.expires}")
            continue
        rows = [result for result in report.clauses if result.id == one.clause]
        for result in rows:
            if result.status == "fail":
                result.known = one.reason
        if rows and all(result.status == "pass" for result in rows):
            report.stale.append(f"{one.clause} is listed as a known deviation, but it holds")
    report.verdict = verdict(report)


Place = tuple[str, str]
"""A clause, and the level at which it is judged."""


def read_baseline(path: Path) -> set[Place]:
    """The clauses that failed in an earlier report. Raises OSError or ExpectationError."""
    try:
        rows = [(c["id"], c["level"], c["status"]) for c in files.read_json(path)["clauses"]]
    except (ValueError, TypeError, KeyError):
        rows = [(None, None, None)]
    if not all(isinstance(word, str) for row in rows for word in row):
        raise ExpectationError(f"{path} is not a report of cnnspec check --json")
    return {(plain(clause), plain(level)) for clause, level, status in rows if status == "fail"}


def compared(report: Report, failed: set[Place]) -> list[str]:
    """What is new, fixed and unchanged since a report in which clauses failed; a line each."""
    now = {(one.id, one.level) for one in report.clauses if one.status == "fail"}
    judged = {(one.id, one.level) for one in report.clauses if one.status in ("pass", "fail")}
    lines = []
    for word, keys in (
        ("new", now - failed),
        ("fixed", (failed & judged) - now),
        ("unchanged", failed & now),
        ("no longer judged", failed - judged),
    ):
        names = ", ".join(f"{clause} ({level})" for clause, level in sorted(keys))
        lines.append(f"  {word}: {names or 'none'}")
    return lines
