"""Deviations grouped by cause: clauses that break for the same reason are shown as one."""

from collections.abc import Iterator
from dataclasses import dataclass

from cnnspec.engine.diagnose import Diagnosis
from cnnspec.engine.impulses import TapMap
from cnnspec.engine.judge import Report
from cnnspec.engine.plan import ClauseResult
from cnnspec.kit.clauses import LEVELS
from cnnspec.kit.operation import REGISTRY
from cnnspec.report.literal import case_code

Key = tuple[str, str]
"""A kind of deviation, and the operation in which it is seen."""


@dataclass(frozen=True)
class Cause:
    """Clauses that break for one reason.

    results: the first of them is shown, the others are named. operation: the one that is to blame,
    if it is one. accepted: whether invalid input is accepted. diagnosis: the fault models that
    behave so. taps: what the operation does with its input.
    """

    results: tuple[ClauseResult, ...]
    operation: str = ""
    accepted: bool = False
    diagnosis: tuple[Diagnosis, ...] = ()
    taps: TapMap | None = None

    @property
    def first(self) -> ClauseResult:
        """The clause that is shown."""
        return self.results[0]


def causes(report: Report) -> list[Cause]:
    """The causes of a report's deviations: those of lower levels first."""
    failing = [one for one in report.clauses if one.status == "fail"]
    grouped: dict[Key, list[ClauseResult]] = {}
    for one in sorted(failing, key=lambda one: LEVELS.index(one.level)):
        grouped.setdefault(key(one, report), []).append(one)
    return [cause(key_, tuple(results), report) for key_, results in grouped.items()]


def key(result: ClauseResult, report: Report) -> Key:
    """What clauses that break for the same reason have in common."""
    example = result.counterexample
    if example is None:
        return result.id, result.level
    operation = example.case[-1].operation
    if example.accepted:
        return "accepts", operation
    numbers = example.expected is not None and example.got is not None
    numbers = numbers or (operation in REGISTRY and result.id in REGISTRY[operation].roles.computed)
    if (numbers or result.lost) and operation in wrong(report):
        return "numbers", operation
    for one in report.diagnosis:
        if result.id in one.clauses:
            return ("numbers" if one.operation in wrong(report) else one.fault), one.operation
    return result.lost or "\n".join(case_code(example.case)), operation


def wrong(report: Report) -> set[str]:
    """The operations whose clauses of shape or values fail."""
    failed = {one.id for one in report.clauses if one.status == "fail" and one.level == LEVELS[0]}
    return {name for name, one in REGISTRY.items() if one.roles.exact & failed}


def cause(key_: Key, results: tuple[ClauseResult, ...], report: Report) -> Cause:
    """The cause of some deviations."""
    kind, operation = key_
    if operation not in REGISTRY:
        return Cause(results)
    ids = {one.id for one in results}
    taps = (one for one in report.tap_maps if one.operation == operation and ids & {*one.clauses})
    return Cause(
        results,
        operation,
        kind == "accepts",
        tuple(of_cause(report, operation, ids)),
        next(taps, None),
    )


def of_cause(report: Report, operation: str, ids: set[str]) -> Iterator[Diagnosis]:
    """The diagnoses of an operation that explain some clauses."""
    for one in report.diagnosis:
        if one.operation == operation and ids & set(one.clauses):
            yield one
