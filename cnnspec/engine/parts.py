"""The parts of a run: clauses that are judged one after another, each part in a fresh process.

What the operations' own clauses show is known to the parts after them. If they show nothing, then
no part knows anything of another, and helpers may judge several at the same time (helpers.py).
Where simple calls are slow, the clauses of each operation are a part, so that helpers have a share.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import product

from cnnspec.engine.certifying import Certifiable, against, certified, to_certify
from cnnspec.engine.plan import ClauseResult, Plan, Status
from cnnspec.engine.report import Report, blank
from cnnspec.engine.running import Running, is_plain
from cnnspec.engine.seconds import shared
from cnnspec.engine.telling import place
from cnnspec.kit.certificate import Certificate, Progress
from cnnspec.kit.check import Check
from cnnspec.kit.clauses import (
    ARGUMENTS_ALONE,
    DELIBERATE,
    DIMENSIONS,
    EVERY,
    LEVELS,
    Level,
    clauses,
)
from cnnspec.kit.client import Client
from cnnspec.kit.incidents import Incident, Place
from cnnspec.kit.operation import REGISTRY
from cnnspec.kit.session import Session
from cnnspec.operations.catalogue import checks

CLAUSES = 5
"""A certificate takes about as long as so many clauses."""

LOOKS = (1, 2)
"""Each check tries so many messages of cases, and then so many more, before any tries all."""

Row = tuple[ClauseResult, list[Check]]
"""A blank result for a clause at a level, and the checks that fill it in."""

Done = Callable[[ClauseResult], None]
"""A function that is told a result when it deviates, and again when it is complete."""


def untold(_text: str, _part: float) -> None:
    """Nobody is told what is being done."""


def told(_result: ClauseResult) -> None:
    """Nobody is told a result."""


@dataclass(frozen=True)
class Part:
    """Clauses that are judged together, and operations that are certified then.

    own: whether they are those of an operation, which other parts are to know.
    """

    rows: tuple[Row, ...] = ()
    certified: tuple[Certifiable, ...] = ()
    own: bool = False


@dataclass
class Found:
    """What was found in a part that was judged alone.

    judged: for each operation, which of its rows of aspects were judged. plainly: for each, how
    often one of its own clauses was to blame. lost: whether the target was lost. given_up: why no
    more calls were made, or nothing.
    """

    clauses: list[ClauseResult] = field(default_factory=list)
    certificates: list[Certificate] = field(default_factory=list)
    incidents: dict[Place, Incident] = field(default_factory=dict)
    judged: dict[str, set[int]] = field(default_factory=dict)
    failed: set[str] = field(default_factory=set)
    plainly: Counter[str] = field(default_factory=Counter)
    lost: bool = False
    given_up: str = ""

    @property
    def clean(self) -> bool:
        """Whether nothing was found."""
        failed = any(one.status == "fail" for one in self.clauses)
        return not (failed or self.incidents or self.lost)


@dataclass
class Judging:
    """A run of parts on one session. declined: operations that are not judged, and why.

    before: what was known of clauses when it began, each with its status then. lost: whether the
    target was lost in a part that other parts are to know.
    """

    session: Session
    plan: Plan
    report: Report
    declined: dict[str, str]
    progress: Progress
    done: Done
    start: float = field(default_factory=time.monotonic)
    before: list[tuple[ClauseResult, Status]] = field(default_factory=list)
    lost: bool = False

    def tell(self, text: str, part: float = 0.0) -> None:
        """Tell what is being done, and which part of the run. part: that of a certificate."""
        self.progress(text, self.part(part))

    def part(self, more: float = 0.0) -> float:
        """Which part of the run is done. more: of a certificate."""
        whole = sum(len(one.rows) + CLAUSES * len(one.certified) for one in self.every)
        judged = len(self.report.clauses) + CLAUSES * (len(self.report.certificates) + more)
        return min(1.0, judged / max(whole, 1))

    @cached_property
    def every(self) -> "list[Part]":
        """The parts of the run."""
        return parts(self.plan, apart=not self.session.timing.prompt)

    def judge(self, part: Part) -> None:
        """Run the checks of each row of a part, and certify operations. done gets each row."""
        self.finish(part, self.look(part))

    def look(self, part: Part) -> "list[Running]":
        """Begin a part: try the first cases of its checks."""
        seconds = shared(self.session, self.plan, self.start)
        running = [Running(self, row, chosen, seconds) for row, chosen in part.rows]
        for pauses in LOOKS:
            for one, check in self.first_looks(running):
                if not self.is_over:
                    one.look(check, pauses)
        return running

    def finish(self, part: Part, running: "list[Running]") -> None:
        """Finish a part that was begun: try the cases that are left, and certify operations."""
        for one in sorted(running, key=lambda one: one.result.level != LEVELS[1]):  # they are quick
            if self.is_over:
                return
            one.finish()
        for what in () if self.is_over else part.certified:
            results = self.report.clauses
            found = certified(what, self.session, self.plan, results, self.tell, self.done)
            self.report.certificates += [found] if found else []

    def first_looks(self, running: "list[Running]") -> "list[tuple[Running, Check]]":
        """Which checks try their first cases before any tries all: those first that tell most.

        None if simple calls are slow, since each check gets few cases in any case; and none if an
        operation computes wrongly, since what else deviates may come from that. A clause that is
        judged alone has nothing before it that counts. What starts the target again takes long.
        """
        if self.session.failed & computed() or not self.session.timing.prompt:
            return []
        alone = len(running) == 1
        looks = [(one, it) for one in running for it in one.checks if alone or is_plain(it)]
        quick = [look for look in looks if not look[1].restarts]
        return sorted(quick, key=lambda look: place(look[1]))

    @property
    def is_over(self) -> bool:
        """Whether the run ends at the first deviation that decides, and there is one."""
        if not self.plan.fail_fast:
            return False
        failed = {(one.id, one.level) for one in self.report.clauses if one.status == "fail"}
        found = failed | self.session.incidents.found.keys()
        levels = LEVELS[: LEVELS.index(self.plan.level) + 1]
        return any(level in levels and id_ not in self.plan.expected for id_, level in found)

    @property
    def matters(self) -> bool:
        """Whether other parts are to know what was found: wrong results, or a lost target.

        What is wrong with rejections, say, changes nothing in what others find.
        """
        wrong = self.session.failed & computed()
        plainly = self.session.memory.plainly.total()
        return bool(wrong) or plainly > 0 or self.lost or self.found.lost

    @property
    def found(self) -> Found:
        """What was found so far."""
        session, report = self.session, self.report
        lost = bool(session.lost) or session.client.losses > session.before[0]
        return Found(
            report.clauses,
            report.certificates,
            session.incidents.found,
            session.memory.judged,
            session.failed,
            session.memory.plainly,
            lost,
            session.given_up,
        )

    def alone(self, part: Part, client: Client, done: Done, progress: Progress = untold) -> Found:
        """Judge a part with what is known so far, and with nothing of other parts.

        What was found is taken at once where a signal or a defect of ours ends it.
        """
        other = self.beside(part, client, done, progress)
        try:
            other.judge(part)
        except BaseException:
            self.take(other.new)
            self.report.pending = other.report.pending
            raise
        return other.new

    def beside(
        self, part: Part, client: Client, done: Done, progress: Progress = untold
    ) -> "Judging":
        """What judges a part with what is known so far, and with nothing of other parts."""
        report, session = blank(self.plan), self.session.beside(client)
        known = [replace(one) for one in self.report.clauses]
        there = {(one.id, one.level) for one in known}
        if part.certified:  # its clauses may be judged by another process meanwhile
            known += [row for row, _ in rows(self.plan) if (row.id, row.level) not in there]
        report.clauses += known
        before = [(one, one.status) for one in known]
        return replace(
            self, session=session, report=report, progress=progress, done=done, before=before
        )

    @property
    def new(self) -> Found:
        """What was found beside results that were known; those that fail only now are new, too."""
        found = self.found
        same = {id(one) for one, status in self.before if one.status == status}
        found.clauses = [one for one in found.clauses if id(one) not in same]
        return found

    def take(self, found: Found) -> None:
        """Add what was found in a part that was judged alone."""
        new = {(one.id, one.level): one for one in found.clauses}
        kept = [one for one in self.report.clauses if (one.id, one.level) not in new]
        self.report.clauses[:] = [*kept, *found.clauses]
        for one in found.certificates:
            bad = against(one, self.plan.edition, self.report.clauses)
            if bad:
                one = Certificate(one.operation, one.clauses, options=one.options)
                one.refuse(bad)
            self.report.certificates.append(one)
        for known, incident in found.incidents.items():
            self.session.incidents.found.setdefault(known, incident)
        for operation, rows_ in found.judged.items():
            self.session.memory.judged.setdefault(operation, set()).update(rows_)
        if found.given_up:
            self.report.problems.append(found.given_up)
        for result in found.clauses:
            self.done(result)

    def know(self, found: Found) -> None:
        """Let the parts that are still to be judged know what an operation's own clauses showed."""
        self.session.failed |= found.failed
        self.session.memory.plainly |= found.plainly
        self.lost |= found.lost


def computed() -> frozenset[str]:
    """All clauses of what operations compute."""
    return frozenset().union(*(one.roles.computed for one in REGISTRY.values()))


def parts(plan: Plan, *, apart: bool = False) -> list[Part]:
    """The parts of a run: first the operations' own clauses, then the others, then certificates.

    Two clauses of every operation belong to the first, since they look at calls that were made for
    its clauses: that of large dimensions, and that of how a rejection is said. apart: whether the
    clauses of each operation are a part of their own, and those that are about several another.
    """
    every = list(rows(plan))
    own = [row for row in every if is_own(row[0].id)]
    certified = [*to_certify([result for result, _ in own], plan)]
    memory = [row for row in every if row[0].id == ARGUMENTS_ALONE]
    others = [row for row in every if row not in own and row not in memory]
    first = [own]
    if apart:
        first = [[row for row in own if clauses()[row[0].id].operation == one] for one in REGISTRY]
    several = [row for row in own if not any(row in some for some in first)]
    judged = [Part(tuple(some), own=True) for some in first if some]
    judged += [Part(tuple(some)) for some in (several, others) if some]
    judged += [Part((row,)) for row in memory]
    return judged + [Part((), (one,)) for one in sorted(certified, key=fewer_parameters)]


def fewer_parameters(one: Certifiable) -> tuple[int, int]:
    """Sorts what takes longest first: each parameter multiplies the shapes that are to be tried."""
    return -len(one.operation.numbers), -len(one.operation.arrays)


def is_own(clause: str) -> bool:
    """Whether a clause is judged together with those of the operations."""
    return clauses()[clause].operation != EVERY or clause in (DIMENSIONS, DELIBERATE)


def rows(plan: Plan) -> Iterator[Row]:
    """The rows of the report: each clause of the edition, at each level at which it is checked."""
    chosen: dict[tuple[str, Level], list[Check]] = {}
    for check in checks(plan.edition):
        chosen.setdefault((check.clause, check.level), []).append(check)
    for clause, level in product(clauses(), plan.levels):
        if (not plan.only or clause in plan.only) and (clause, level) in chosen:
            yield ClauseResult(clause, level), chosen[clause, level]
