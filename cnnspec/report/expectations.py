"""What is already known of a target: deviations that are expected, and an earlier report."""

import tomllib
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from cnnspec.engine.report import Report
from cnnspec.engine.verdict import Place, verdict
from cnnspec.kit import files
from cnnspec.kit.clauses import clause_of
from cnnspec.kit.text import plain


class ExpectationError(ValueError):
    """A file of deviations, or a baseline, that cannot be used; the message says why."""


@dataclass(frozen=True)
class Known:
    """A deviation that is expected, until it expires."""

    clause: str
    reason: str
    expires: date | None

    def is_past(self, today: date) -> bool:
        """Whether it is no longer expected."""
        return self.expires is not None and self.expires < today

    def is_stale(self, report: Report) -> bool:
        """Whether its clause was judged, and holds."""
        rows = [one.status for one in report.clauses if one.id == self.clause]
        return bool(rows) and set(rows) == {"pass"}


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
    found = clause_of(clause) if isinstance(clause, str) else None
    if found is None:
        raise ExpectationError(f"{path}: there is no clause {clause!r:.40}")
    clause = found.id
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
        if one.is_past(today):
            report.hints.append(f"the known deviation from {one.clause} expired on {one.expires}")
            continue
        for result in report.clauses:
            if result.id == one.clause and result.status == "fail":
                result.known = one.reason
        if one.is_stale(report):
            report.stale.append(f"{one.clause} is listed as a known deviation, but it holds")
    report.verdict = verdict(report)


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
    """What is new, fixed and unchanged since a report in which clauses failed; a line each.

    What was not judged then, or was not there, is new. What is known is not.
    """
    known = {(one.id, one.level) for one in report.clauses if one.known}
    now = {(one.id, one.level) for one in report.clauses if one.status == "fail"}
    judged = {(one.id, one.level) for one in report.clauses if one.status in ("pass", "fail")}
    lines = []
    for word, keys in (
        ("new", now - failed - known),
        ("fixed", (failed & judged) - now),
        ("unchanged", failed & now),
        ("no longer judged", failed - judged),
    ):
        names = ", ".join(f"{clause} ({level})" for clause, level in sorted(keys))
        lines.append(f"  {word}: {names or 'none'}")
    return lines


def decided(report: Report) -> str:
    """What decided the exit status if only what is new counts; nothing if that was not asked."""
    if report.excused is None:
        return ""
    found = verdict(report, report.excused)
    if found not in ("conforms", "deviates"):
        return f"--fail-on new: {found}"
    bad = [one for one in report.judged(report.level) if one.status == "fail" and not one.known]
    fresh = [one for one in bad if (one.id, one.level) not in report.excused]
    names = ", ".join(f"{one.id} ({one.level})" for one in fresh)
    if not names:
        stale = "; a listed deviation no longer deviates" if report.stale else ""
        return f"--fail-on new: nothing new deviates at level {report.level}{stale}"
    return f"--fail-on new: new at level {report.level}: {names}"
