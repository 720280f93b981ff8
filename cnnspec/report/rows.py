"""A line for each clause and each certificate: what a report says behind -v."""

import shutil
import textwrap
from collections.abc import Iterator

from cnnspec.engine.plan import ClauseResult
from cnnspec.engine.report import Report
from cnnspec.kit.clauses import EVERY, clauses
from cnnspec.operations.catalogue import checks

WIDTH, NARROWEST = 80, 40
"""Characters of a line; on a narrow terminal fewer, and at the least so many."""

WORDS = {"pass": "pass", "fail": "FAIL", "error": "ERROR", "absent": "absent"}
STYLES = {"pass": "green", "fail": "bold red", "error": "bold yellow", "absent": "dim"}


def width() -> int:
    """How many characters a line has: WIDTH, or what a narrower terminal has room for."""
    return min(WIDTH, max(NARROWEST, shutil.get_terminal_size((WIDTH, 24)).columns))


def title(clause: str, level: str) -> str:
    """A few words for a clause: the name of its first check."""
    names = [one.name for one in checks() if (one.clause, one.level) == (clause, level)]
    operation = clauses()[clause].operation
    of = "" if operation in (EVERY, "stack") else f" of {operation}"
    return (names[0] if names else "").replace("_", " ").removeprefix("published ") + of


def line(result: ClauseResult) -> str:
    """One line for a clause."""
    word = "known" if is_known(result) else WORDS[result.status]
    name = title(result.id, result.level)
    return f"  {result.id:<4} {name:<34} {result.level:<7} {word:<6}  {detail(result)}".rstrip()


def style(result: ClauseResult) -> str | None:
    """How the line looks on a terminal; as other text does if the deviation is known."""
    return None if is_known(result) else STYLES[result.status]


def is_known(result: ClauseResult) -> bool:
    """Whether a clause deviates as expected."""
    return result.status == "fail" and bool(result.known)


def detail(result: ClauseResult) -> str:
    """What the line says behind the status."""
    if is_known(result):
        return result.known
    if result.status != "pass":
        return (
            result.message
            if result.status != "fail"
            else f"{result.message} (case {result.examples})"
        )
    parts = [f"{result.examples} case{'s' * (result.examples != 1)}"]
    if result.certified:
        parts.append(result.certified)
    if result.max_bound_share is not None:
        share = f"largest rounding error {result.max_bound_share:.2f} of what is allowed"
        parts.append(share)
    if result.message:
        parts.append(result.message)
    parts += [
        f"not judged: {reason}, {n} case{'s' * (n > 1)}" for reason, n in restrictions(result)
    ]
    return "; ".join(parts)


def restrictions(result: ClauseResult) -> list[tuple[str, int]]:
    """For a clause that was judged: why some of its cases were not, and how many."""
    return [(reason, n) for reason, n in sorted(result.declined.items()) if reason != "absent"]


def wrapped(text: str, indent: str = "") -> list[str]:
    """A text in lines that fit, all but the first indented further, words whole."""
    return textwrap.wrap(
        text,
        width(),
        initial_indent=indent,
        subsequent_indent=indent + "  ",
        break_on_hyphens=False,
        break_long_words=False,
    )


def certificates(report: Report, verbose: bool = False) -> Iterator[str]:
    """What is certified of each operation, in a line; where verbose, what exactly is claimed.

    An operation that deviates has no line.
    """
    failed = {one.id for one in report.clauses if one.status == "fail"}
    for one in report.certificates:
        if verbose:
            yield from wrapped(one.sentence if one.holds else f"{one.operation}: {one.sentence}")
        elif one.holds:
            yield from wrapped(f"certified: {one.subject} for {one.range}")
        elif not failed & set(one.clauses):
            yield from wrapped(f"{one.operation} is {one.sentence}")
