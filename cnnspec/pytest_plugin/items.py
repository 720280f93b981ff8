"""The items: one for each clause, and one that says whether enough was judged."""

from collections.abc import Iterator
from typing import Any

import pytest

from cnnspec.engine.layouts import adapter
from cnnspec.engine.plan import ClauseResult
from cnnspec.engine.verdict import counts, decides, missing, too_little
from cnnspec.kit.clauses import Level, clauses
from cnnspec.pytest_plugin.run import Judgement, Row, Run
from cnnspec.report.blocks import behaves, fails, further
from cnnspec.report.grids import side_by_side
from cnnspec.report.literal import example_code


class ClauseFailed(Exception):  # noqa: N818  pytest shows its text
    """A clause from which the target deviates, or something that was not judged."""


class TargetItem(pytest.Item):
    """Something that is said of the target."""

    run: Run

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """The explanation alone, without a traceback of ours."""
        if isinstance(excinfo.value, ClauseFailed | pytest.UsageError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[str, None, str]:
        """Where the item is said to be."""
        return str(self.run.plan.target), None, self.name


class ClauseItem(TargetItem):
    """One clause at one level, judged on the target."""

    clause: str
    at: Level

    @property
    def row(self) -> Row:
        """What the item is about."""
        return self.clause, self.at

    def runtest(self) -> None:
        """Report what was found. Raises ClauseFailed for a deviation that counts."""
        found = self.run.judgement(self.row)
        result, report = found.result(self.row), found.report
        if result.status == "fail":
            if result.known:
                pytest.xfail(f"known: {result.known}")
            if not decides(result, report.level):
                pytest.xfail(f"level {self.at} does not decide: {result.message}")
            raise ClauseFailed("\n".join(self.explanation(result, found)))
        if result.status == "error":
            concerned = [report.uncallable.get(one, "") for one in result.uncallable]
            text = "\n".join(filter(None, [result.message, *concerned]))
            if not counts(result, report):
                pytest.xfail(f"it could not be judged, which does not decide: {text}")
            raise ClauseFailed(text)
        if self.clause in found.stale:
            raise ClauseFailed(f"{self.clause} is listed as a known deviation, but it holds")
        few = [] if self.run.whole else list(too_little(report))  # else the last item says it
        if few:
            raise ClauseFailed("\n".join(few))
        if result.status == "absent":
            pytest.skip(result.message)

    def explanation(self, result: ClauseResult, found: Judgement) -> Iterator[str]:
        """The clause's sentence, the smallest input, expected and got, and the likely bug."""
        yield f"{self.clause}  {clauses()[self.clause].text}"
        example = result.counterexample
        if example is not None:
            yield from example_code(example)
            if example.expected is not None and example.got is not None:
                yield from side_by_side(example.expected, example.got)
        yield result.message
        for one in found.report.diagnosis:
            if self.clause in one.clauses:
                yield from behaves(one)
        for rule in found.report.separations:
            if self.clause in rule.clauses:
                yield from fails(rule)
        for known in self.run.known:
            if known.clause == self.clause and known.is_past(self.run.today):
                yield f"the known deviation from {self.clause} expired on {known.expires}"
        key = f"{self.clause}-{self.at}"
        if key in found.written.commands:
            yield f"Reproduce with: {found.written.commands[key]}"
        yield from further(result, found.written.commands, found.report.target)
        if found.written.problem:
            yield f"not written, to be replayed: {found.written.problem}"


class EnoughItem(TargetItem):
    """Whether enough was judged: else nothing may be said to conform, though nothing deviates."""

    def runtest(self) -> None:
        """Raise ClauseFailed with what is missing.

        In a worker of pytest-xdist each other item says it for its clause, and this one the rest.
        """
        report = self.run.judgement(self.run.rows[0]).report
        lacks = list(missing(report)) if self.run.whole else [*report.problems, *report.look_alikes]
        level = self.run.plan.level
        if not report.operations and not lacks:
            lacks = ["the target has no operation of this edition"]
        if not any(decides(ClauseResult(*one), level) for one in self.run.rows):
            lacks.append(f"no clause that was chosen decides at level {level}")
        elif report.verdict == "not judged" and self.run.whole and not lacks:
            lacks = [f"nothing that decides at level {level} was judged"]
        if lacks:
            lines = adapter(report.target, report.adapted)
            raise ClauseFailed("\n".join(["not enough was judged to say more:", *lacks, *lines]))


class Clauses(pytest.Collector):
    """The target: it has an item for each row of a report."""

    run: Run

    def collect(self) -> Iterator[ClauseItem]:
        """The items."""
        for clause, level in self.run.possible():
            suffix = "" if level == clauses()[clause].level else f"-{level}"
            item = ClauseItem.from_parent(self, name=f"cnnspec[{clause}{suffix}]")
            item.run, item.clause, item.at = self.run, clause, level
            yield item


def leave_out_other_editions(session: pytest.Session, run: Run) -> None:
    """Leave out items of an edition that is not the target's, which is asked if there are items."""
    chosen = [one for one in session.items if isinstance(one, ClauseItem)]
    if not chosen:
        return
    run.choose_edition()
    own = set(run.possible())
    others: list[pytest.Item] = [one for one in chosen if one.row not in own]
    if others:
        session.items[:] = [one for one in session.items if one not in others]
        session.config.hook.pytest_deselected(items=others)


def enough_items(session: pytest.Session, run: Run) -> Iterator[EnoughItem]:
    """The item that says whether enough was judged, if clauses are. It tells the run which."""
    chosen = [one for one in session.items if isinstance(one, ClauseItem)]
    run.rows = [one.row for one in chosen]
    if chosen:
        name = "cnnspec[enough]"
        item = EnoughItem.from_parent(session, name=name, nodeid=f"{run.plan.target}::{name}")
        item.run = run
        yield item
