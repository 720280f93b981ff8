"""A row of the report while it is judged: its checks run one after another, and may pause."""

import time
from collections.abc import Iterator
from itertools import repeat
from typing import TYPE_CHECKING

from cnnspec.engine.attempt import lacking, steps
from cnnspec.engine.plan import ClauseResult
from cnnspec.engine.seconds import Seconds
from cnnspec.kit.check import Check
from cnnspec.kit.clauses import ARGUMENTS_ALONE, DIMENSIONS, EVERY, clauses
from cnnspec.kit.operation import REGISTRY
from cnnspec.kit.session import Session

if TYPE_CHECKING:
    from cnnspec.engine.parts import Judging


class Running:
    """A row of the report while it is judged. Its checks may pause after their first cases."""

    def __init__(
        self, judging: "Judging", row: ClauseResult, checks: list[Check], seconds: Seconds
    ) -> None:
        self.judging, self.checks = judging, checks
        self.result, self.ended = ClauseResult(row.id, row.level), False
        self.seconds, self.left = seconds, dict.fromkeys([one.name for one in checks], 0.0)
        self.steps = {
            one.name: steps(one, judging.session, self.result, judging.plan, seconds)
            for one in checks
        }

    def look(self, check: Check, pauses: int) -> None:
        """Try the next cases of a check, up to so many pauses."""
        if self.ended:
            return
        self.run(check, pauses)
        if self.deviates:
            self.end()

    def finish(self) -> None:
        """Try all cases that are left, and settle the result."""
        if self.ended:
            return
        for one in self.checks:
            self.run(one, None)
        settle(self.result, self.judging.session, self.checks, self.judging.declined)
        self.end()

    @property
    def deviates(self) -> bool:
        """Whether a case deviates."""
        return self.result.status == "fail"

    def run(self, check: Check, pauses: int | None) -> None:
        """Run a check up to a number of pauses, or to its end."""
        if self.deviates:
            return
        report, began = self.judging.report, time.monotonic()
        report.pending = self.result
        self.judging.tell(f"{check.clause} {check.name.replace('_', ' ')}")
        made = self.steps[check.name]
        self.seconds.turn(self.left[check.name])
        ended = self.has_ended(made, pauses)
        self.left[check.name] = self.seconds.leave(ended=ended)
        if self.deviates:
            self.judging.done(self.result)
            for _ in made:  # it is made small
                pass
        report.pending = None
        self.result.seconds += time.monotonic() - began

    def has_ended(self, made: Iterator[None], pauses: int | None) -> bool:
        """Whether a check ends within a number of pauses. It is left where a case deviates."""
        for _ in repeat(None) if pauses is None else repeat(None, pauses):
            try:
                next(made)
            except StopIteration:
                return True
            if self.deviates:
                break
        return False

    def end(self) -> None:
        """Add the result to the report."""
        self.ended = True
        self.judging.report.clauses.append(self.result)
        self.judging.done(self.result)


def is_plain(check: Check) -> bool:
    """Whether what a check finds does not depend on what others have found before it.

    Rounding, dimensions and stacks are judged where values are right; so is what a clause says
    beyond its own level, and what comes after other calls.
    """
    clause = clauses()[check.clause]
    rounding = {one.roles.rounding for one in REGISTRY.values()}
    late = {DIMENSIONS, ARGUMENTS_ALONE, *rounding}
    known = clause.operation in {EVERY, *REGISTRY} and check.level == clause.level
    return known and check.clause not in late


def settle(
    result: ClauseResult, session: Session, chosen: list[Check], declined: dict[str, str]
) -> None:
    """Set the status of a clause in which no case deviated. declined: operations, and why."""
    if result.status != "fail" and result.lacking:  # other cases do not replace these
        count = result.declined[result.lacking]
        result.status = "error"
        result.message = f"not judged in {count} cases: {result.lacking}"
    if result.status != "pass" or result.examples:
        return
    needed = sorted({o for one in chosen for o in one.operations} - set(session.offered()))
    absent = sorted({text for one in chosen if (text := lacking(one, session))})
    uncallable = [o for o in needed if o not in declined]
    reasons = [reason for reason in result.declined if reason != "absent"]
    if uncallable:
        result.status = "error"
        result.uncallable = tuple(uncallable)
        result.message = f"{' and '.join(uncallable)} cannot be called"
    elif needed:
        result.status = "absent"
        result.lacks = tuple(needed)
        result.message = "; ".join(declined[o] for o in needed)
    elif absent:
        result.status = "absent"
        result.lacks = tuple(absent)
        result.message = "; ".join(absent)
    elif not session.offered():
        result.status = "error"
        result.message = "nothing can be called"
    elif reasons:
        result.status = "absent"
        result.message = f"not judged: {', '.join(reasons)}"
    else:
        result.status = "error" if result.cut else "absent"
        result.message = "not judged: no case was tried in time" if result.cut else "no case"
