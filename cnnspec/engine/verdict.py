"""What a report amounts to: whether the target conforms, and what was judged in part or not."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from cnnspec.engine.plan import ClauseResult
from cnnspec.kit.clauses import LEVELS, Level
from cnnspec.kit.operation import REGISTRY

if TYPE_CHECKING:
    from cnnspec.engine.report import Report

Verdict = Literal["conforms", "deviates", "in part", "not judged", "interrupted"]
"""in part: nothing deviates, but too little was judged. not judged: nothing was."""

ENOUGH = 20
"""The clauses of shape and of values are judged on so many cases at least."""

Place = tuple[str, str]
"""A clause, and the level at which it is judged."""


@dataclass(frozen=True)
class Standing:
    """How a target stands at one level, for itself.

    deviating: the clauses that fail, and are not known. known: those that fail as expected.
    judged: how many were. part: those that could not be judged. cut: those of which not every case
    was tried.
    """

    level: Level
    deviating: tuple[ClauseResult, ...]
    known: tuple[ClauseResult, ...]
    judged: int
    part: tuple[ClauseResult, ...]
    cut: tuple[ClauseResult, ...]


def standing(report: "Report", level: Level) -> Standing:
    """How a target stands at a level."""
    own = [one for one in report.clauses if one.level == level]
    return Standing(
        level,
        tuple(one for one in own if one.status == "fail" and not one.known),
        tuple(one for one in own if one.status == "fail" and one.known),
        sum(one.status in ("pass", "fail") for one in own),
        tuple(one for one in own if one.status == "error"),
        tuple(one for one in own if one.status == "pass" and one.cut),
    )


def verdict(report: "Report", excused: Collection[Place] = ()) -> Verdict:
    """What a report amounts to, at its level. excused: where a deviation does not count."""
    if report.interrupted:
        return "interrupted"
    judged = [one for one in report.clauses if decides(one, report.level)]
    bad = [one for one in judged if one.status == "fail" and not one.known]
    if report.stale or any((one.id, one.level) not in excused for one in bad):
        return "deviates"
    if not report.operations or not any(one.status in ("pass", "fail") for one in judged):
        return "not judged"
    return "in part" if any(missing(report)) else "conforms"


def decides(result: ClauseResult, level: Level) -> bool:
    """Whether a clause decides at a level."""
    return LEVELS.index(result.level) <= LEVELS.index(level)


def missing(report: "Report") -> Iterator[str]:
    """What a target lacks to conform although nothing deviates: what was judged too little."""
    yield from report.problems
    yield from report.look_alikes
    if not report.layouts:  # else nothing was judged
        yield from too_little(report)


def counts(result: ClauseResult, report: "Report") -> bool:
    """Whether it counts that a clause could not be judged. For slowness it need not."""
    exact = {id_ for name in report.operations for id_ in REGISTRY[name].roles.of(report.edition)}
    slow = result.cut and result.id not in exact
    return decides(result, report.level) and (report.complete or not slow)


def too_little(report: "Report") -> Iterator[str]:
    """The clauses that were judged too little, or could not be judged."""
    for one in report.clauses:
        if one.status == "error" and not one.uncallable and counts(one, report):
            yield f"{one.id}: {one.message}"
    for operation in report.operations:
        ids = REGISTRY[operation].roles.of(report.edition)
        for one in report.clauses:
            few = one.examples < ENOUGH and one.status in ("pass", "absent")
            if one.id in ids and one.level == LEVELS[0] and few:
                yield f"{one.id} was judged on {one.examples} cases, fewer than {ENOUGH}"
    if report.complete:
        yield from (text for one in report.clauses for text in incomplete(one, report))


def incomplete(result: ClauseResult, report: "Report") -> Iterator[str]:
    """What of a clause was not judged, though the target has the operations."""
    if not decides(result, report.level):
        return
    if result.cut and result.status == "pass":
        yield f"{result.id} was judged in part: {result.examples} cases; {result.message}"
    if result.status == "absent" and not result.lacks:
        yield f"{result.id} was not judged: {result.message}"
