"""What the items of a session share: the plan, the target, and the one report of all of them."""

import warnings
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from cnnspec.commands import replay
from cnnspec.engine.judge import fail, judge
from cnnspec.engine.parts import rows
from cnnspec.engine.plan import ClauseResult, Plan
from cnnspec.engine.report import Report, blank
from cnnspec.kit.calls import LEAST_TIMEOUT, MOST_TIMEOUT, TargetError
from cnnspec.kit.clauses import LEVELS, ClauseError, Level, chosen, clauses, edition_of
from cnnspec.kit.client import Client
from cnnspec.report import expectations
from cnnspec.report.expectations import ExpectationError, Known
from cnnspec.spec import Edition
from cnnspec.targets import Options
from cnnspec.targets.client import start
from cnnspec.targets.editions import of_target
from cnnspec.targets.target import named

Row = tuple[str, Level]
"""A clause, and the level at which it is judged: what an item is about."""


@dataclass(frozen=True)
class Judgement:
    """A report, how to replay what it found, and which clauses are listed as known, but hold."""

    report: Report
    written: replay.Written
    stale: frozenset[str]

    def result(self, row: Row) -> ClauseResult:
        """The result for a row."""
        return next(one for one in self.report.clauses if (one.id, one.level) == row)


@dataclass
class Run:
    """A target under judgement in a session.

    known: deviations that are expected. whole: whether one report is of all the items; it is not
    in a worker of pytest-xdist, which judges item by item. choose: whether the edition is still
    to be that of the target. rows: what the chosen items are about.
    """

    plan: Plan
    options: Options
    known: list[Known]
    whole: bool
    choose: bool = False
    today: date = field(default_factory=lambda: datetime.now(UTC).date())
    rows: list[Row] = field(default_factory=list)
    client: Client | None = None
    found: Judgement | None = None

    def possible(self) -> list[Row]:
        """What items may be about: the rows of the edition, or of both that the target may have."""
        editions: tuple[Edition, ...] = (self.plan.edition,)
        if self.choose:
            editions = ("standard", "general")
        plans = [replace(self.plan, edition=one) for one in editions]
        found = {(one.id, one.level) for plan in plans for one, _ in rows(plan)}
        order = {clause: place for place, clause in enumerate(clauses())}
        return sorted(found, key=lambda row: (order[row[0]], LEVELS.index(row[1])))

    def choose_edition(self) -> None:
        """Ask the target for its edition, unless one was given.

        A target that cannot be loaded says so when it is started to be judged.
        """
        if self.choose:
            self.choose = False
            with suppress(TargetError):
                edition = of_target(self.plan.target, self.options)
                self.plan = replace(self.plan, edition=edition)

    def start(self) -> Client:
        """The target's client, which all items share. Raises UsageError if it cannot be loaded."""
        if self.client is None:
            try:
                self.client = start(self.plan.target, self.plan.edition, self.options)
            except TargetError as error:
                raise pytest.UsageError(str(error)) from None
        return self.client

    def close(self) -> None:
        """End the target."""
        if self.client is not None:
            self.client.close()
            self.client = None

    def judgement(self, row: Row) -> Judgement:
        """The one of all chosen clauses, made when it is first asked for; or of a row alone."""
        if not self.whole:
            return self.judged([row])
        if self.found is None:
            self.found = self.judged(self.rows)
        return self.found

    def judged(self, wanted: list[Row]) -> Judgement:
        """Judge the clauses of some rows. The report has these rows and no other."""
        every = dict.fromkeys(one.id for one, _ in rows(self.plan))
        ids = tuple(one for one in every if one in {clause for clause, _ in wanted})
        plan = self.plan if len(ids) == len(every) else replace(self.plan, only=ids)
        report, client = blank(plan), self.start()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # those of Hypothesis, say: the user's code has none
            try:
                judge(client, plan, report=report)
            except Exception as error:  # a defect of ours: keep what was found
                fail(report, plan, error)
        current = [one for one in self.known if not one.is_past(self.today)]
        stale = frozenset(one.clause for one in current if one.is_stale(report))
        report.clauses = [one for one in report.clauses if (one.id, one.level) in wanted]
        expectations.apply(report, current, self.today)
        return Judgement(report, replay.write(report, self.options), stale)


def asked(config: pytest.Config, target: str) -> Run:
    """What the options ask for. Raises UsageError for one that cannot be used."""
    timeout, edition = (config.getoption(f"--cnnspec-{name}") for name in ("timeout", "edition"))
    only, deviations = (config.getoption(f"--cnnspec-{name}") for name in ("only", "deviations"))
    if not LEAST_TIMEOUT <= timeout <= MOST_TIMEOUT:
        limits = f"{LEAST_TIMEOUT} and {MOST_TIMEOUT:g}"
        raise pytest.UsageError(f"--cnnspec-timeout: {timeout} is not between {limits}")
    try:
        known = expectations.read_deviations(Path(deviations)) if deviations else []
        pinned = edition or edition_of(only or "")
        ids = () if only is None else chosen(only, pinned or "standard")
    except ClauseError as error:
        raise pytest.UsageError(f"--cnnspec-only: {error}") from None
    except ExpectationError as error:
        raise pytest.UsageError(f"--cnnspec-deviations: {error}") from None
    except OSError as error:
        text = f"--cnnspec-deviations: {error.filename or deviations}: {error.strerror}"
        raise pytest.UsageError(text) from None
    plan = Plan(
        named(target),
        edition=pinned or "standard",
        level=config.getoption("--cnnspec-level"),
        budget=config.getoption("--cnnspec-budget"),
        seed=config.getoption("--cnnspec-seed"),
        database=config.getoption("--cnnspec-database"),
        only=ids,
    )
    whole = not hasattr(config, "workerinput")
    return Run(plan, Options(timeout=timeout), known, whole, choose=not pinned)
