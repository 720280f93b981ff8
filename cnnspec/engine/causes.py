"""Deviations grouped by cause: clauses that break for the same reason are shown as one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnspec.engine.impulses import TapMap
from cnnspec.engine.plan import ClauseResult
from cnnspec.engine.suggestion import Diagnosis, Separation
from cnnspec.kit.calls import Argument, Call, Case
from cnnspec.kit.clauses import LEVELS
from cnnspec.kit.operation import REGISTRY

if TYPE_CHECKING:
    from cnnspec.engine.report import Report

Key = tuple[str, str]
"""A kind of deviation, and the operation in which it is seen."""


@dataclass(frozen=True)
class Cause:
    """Clauses that break for one reason.

    results: the first of them is shown, the others are named. operation: the one that is to blame,
    if it is one. accepted: whether invalid input is accepted. diagnosis: the fault models that
    behave so. separations: the conditions under which it fails, where no model does the same.
    taps: what the operation does with its input.
    """

    results: tuple[ClauseResult, ...]
    operation: str = ""
    accepted: bool = False
    diagnosis: tuple[Diagnosis, ...] = ()
    separations: tuple[Separation, ...] = ()
    taps: TapMap | None = None

    @property
    def first(self) -> ClauseResult:
        """The clause that is shown."""
        return self.results[0]


def causes(report: "Report") -> list[Cause]:
    """The causes of a report's deviations: those of lower levels first."""
    return causes_of(report.clauses, report.diagnosis, report.tap_maps, report.separations)


def causes_of(
    results: Sequence[ClauseResult],
    diagnosis: Sequence[Diagnosis] = (),
    tap_maps: Sequence[TapMap] = (),
    separations: Sequence[Separation] = (),
) -> list[Cause]:
    """The causes for which clauses break, with what is known of each."""
    failing = [one for one in results if one.status == "fail"]
    bad = wrong(failing)
    grouped: dict[Key, list[ClauseResult]] = {}
    for one in sorted(failing, key=lambda one: LEVELS.index(one.level)):
        grouped.setdefault(key(one, bad, diagnosis), []).append(one)
    return [
        cause(key_, tuple(results_), diagnosis, tap_maps, separations)
        for key_, results_ in grouped.items()
    ]


def key(result: ClauseResult, bad: set[str], diagnosis: Sequence[Diagnosis]) -> Key:
    """What clauses that break for the same reason have in common.

    bad: the operations whose clauses of shape or values fail.
    """
    example = result.counterexample
    if example is None:
        return result.id, result.level
    operation = example.case[-1].operation
    if example.accepted:
        return "accepts", operation
    numbers = example.expected is not None and example.got is not None
    numbers = numbers or (operation in REGISTRY and result.id in REGISTRY[operation].roles.computed)
    if (numbers or result.lost) and operation in bad:
        return "numbers", operation
    for one in diagnosis:
        if result.id in one.clauses:
            return ("numbers" if one.operation in bad else one.fault), one.operation
    return result.lost or inputs_of(example.case), operation


def inputs_of(case: Case) -> str:
    """A text that tells the calls of a case from others."""
    return repr([(one.operation, one.repeat, contents(one)) for one in case])


def contents(call: Call) -> list[object]:
    """The arguments of a call by their contents."""
    return [
        (a.values.shape, a.values.dtype.str, a.values.tobytes(), a.layout)
        if isinstance(a, Argument)
        else a
        for a in call.arguments.values()
    ]


def wrong(failing: Sequence[ClauseResult]) -> set[str]:
    """The operations whose clauses of shape or values fail."""
    failed = {one.id for one in failing if one.level == LEVELS[0]}
    return {name for name, one in REGISTRY.items() if one.roles.exact & failed}


def cause(
    key_: Key,
    results: tuple[ClauseResult, ...],
    diagnosis: Sequence[Diagnosis],
    tap_maps: Sequence[TapMap],
    separations: Sequence[Separation],
) -> Cause:
    """The cause of some deviations."""
    kind, operation = key_
    if operation not in REGISTRY:
        return Cause(results)
    ids = {one.id for one in results}
    taps = (one for one in tap_maps if one.operation == operation and ids & {*one.clauses})
    found = (one for one in diagnosis if one.operation == operation and ids & {*one.clauses})
    said = (one for one in separations if one.operation == operation and ids & {*one.clauses})
    accepts = kind == "accepts"
    return Cause(results, operation, accepts, tuple(found), tuple(said), next(taps, None))
