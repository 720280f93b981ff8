"""A report as lines of text: what the command shows, and what `print(report)` does."""

import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from cnnspec.engine.layouts import adapter
from cnnspec.engine.plan import Plan
from cnnspec.engine.report import Report
from cnnspec.kit.text import plain
from cnnspec.report import blocks, rows, summary

SAID_LINES = 10
"""The most lines of a target's standard error that are shown where not all is."""

NOT_ISOLATED = "not isolated: it ran in this process, where nothing ends a call that hangs"

Line = tuple[str, str | None]
"""A text, and the style in which a terminal shows it."""


@dataclass(frozen=True)
class Beside:
    """What a report says besides its judgement.

    replays: how to replay each clause and level, as `C7-values`, and its further cases, as
    `C12-values-2`. problem: why that could not be written.
    requests: what can be tried by hand. said: what the target wrote to standard error.
    compared: what changed since another report. how: what shows the rest in full.
    """

    replays: Mapping[str, str] = field(default_factory=dict)
    problem: str = ""
    requests: tuple[str, ...] = ()
    said: str = ""
    compared: tuple[str, ...] = ()
    how: str = "-v shows all"


def of(report: Report, plan: Plan, beside: Beside, verbose: bool = False) -> Iterator[Line]:
    """The answer first, then each cause, and what else there is to say. verbose: all of it."""
    for text in rows.wrapped(summary.first(report)):
        yield text, "bold"
    for text in rows.wrapped(summary.head(plan, report)):
        yield text, None
    for text in noted(report, beside, verbose):
        yield text, None
    for text in blocks.deviations(report, beside.replays, verbose, beside.how):
        yield text, None
    for text in ["", *rows.certificates(report, verbose)] if report.certificates else []:
        yield text, None
    for text in ["", *beside.compared] if beside.compared else []:
        yield text, None
    if verbose:
        yield "", None
        for one in report.clauses:
            yield rows.line(one), rows.style(one)
        for text in observed(report):
            yield text, None
    for text in blocks.known(report, beside.replays, verbose):
        yield text, None
    last = summary.last(report)
    narrow = rows.width() < rows.WIDTH
    for number, text in enumerate(rows.wrapped(last) if narrow else [last]):
        yield (text if number else f"\n{text}"), "bold"


def observed(report: Report) -> Iterator[str]:
    """What the clauses leave open, and what the target does there."""
    if report.observed:
        yield "\nleft open by the clauses, and not judged:"
    for name, text in report.observed.items():
        yield from rows.wrapped(f"{name:<42} {plain(text)}", "  ")


def noted(report: Report, beside: Beside, verbose: bool) -> Iterator[str]:
    """Lines about the run: what was not judged, hints, and what the target wrote."""
    if not report.isolated:
        yield from rows.wrapped(NOT_ISOLATED, "  ")
    for text in [*summary.notes(report), *beside.requests]:
        yield from rows.wrapped(text, "  ")
    for text in adapter(report.target, report.adapted):
        yield from rows.wrapped(text, "    ")
    for hint in [*report.hints, *report.stale]:
        yield from rows.wrapped(f"note: {hint}", "  ")
    if beside.problem:
        yield f"  not written, to be replayed: {beside.problem}"
    said = list(dict.fromkeys(beside.said.splitlines()))  # what is said again and again, once
    if said and (verbose or report.verdict != "conforms"):
        shown = said if verbose else said[-SAID_LINES:]
        yield "  on standard error the target wrote:"
        yield textwrap.indent("\n".join(shown), "    ")
