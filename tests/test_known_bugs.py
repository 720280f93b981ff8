"""Each bug report of docs/known-bugs.md is caught by its clause, as its fault model shows."""

import re
from pathlib import Path
from typing import NamedTuple

import pytest

from cnnspec.commands import faults as killtable
from cnnspec.kit.clauses import clauses
from cnnspec.kit.operation import REGISTRY
from cnnspec.operations.catalogue import checks, faults

pytestmark = pytest.mark.exhaustive

PAGE = (Path(__file__).parent.parent / "docs" / "known-bugs.md").read_text(encoding="utf-8")
ROW = re.compile(
    r"^\| \[(?P<report>\S+)\]\((?P<link>\S+)\) \| .+\. "
    r"\| (?P<operation>\w+) \| (?P<clause>\w+) \| `(?P<fault>[a-z0-9-]+)` \|$",
    re.MULTILINE,
)
THREAD = re.compile(r"https://github\.com/([\w.-]+/[\w.-]+)/(?:issues|pull)/(\d+)")
FAULTS = {fault.id: fault for fault in faults()}


class Row(NamedTuple):
    """A bug report, and what catches it."""

    report: str
    link: str
    operation: str
    clause: str
    fault: str


ROWS = [Row(**match.groupdict()) for match in ROW.finditer(PAGE)]
PAIRS = sorted({(row.fault, row.clause) for row in ROWS})


def test_there_are_many_reports_and_some_of_every_operation() -> None:
    assert len(ROWS) >= 25
    assert len(ROWS) == PAGE.count("\n| [")
    assert {row.operation for row in ROWS} == set(REGISTRY)


def test_every_row_links_a_thread_of_its_own() -> None:
    threads = [THREAD.fullmatch(row.link) for row in ROWS]
    assert [row.report for row in ROWS] == [
        thread and "#".join(thread.groups()) for thread in threads
    ]
    assert len({row.report for row in ROWS}) == len(ROWS)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.report)
def test_clause_and_fault_model_exist_and_fit_the_operation(row: Row) -> None:
    assert row.clause in clauses()
    assert row.clause in FAULTS[row.fault].clauses
    assert row.operation == FAULTS[row.fault].operation


@pytest.mark.parametrize(("name", "clause"), PAIRS)
def test_the_clause_catches_the_fault_model(name: str, clause: str) -> None:
    fault = FAULTS[name]
    edition = fault.edition
    assert any(
        killtable.tried(fault, one, edition).killed
        for one in checks(edition)
        if one.clause == clause and (not one.operations or fault.operation in one.operations)
    )
