"""Guards that a report offers to paste reject invalid input, and nothing that is valid."""

from collections.abc import Iterator

import numpy as np
import pytest

from cnnspec.engine.causes import Cause
from cnnspec.engine.plan import ClauseResult, Plan
from cnnspec.engine.report import blank
from cnnspec.kit.calls import Call
from cnnspec.kit.client import NoTarget
from cnnspec.kit.operation import REGISTRY, broken
from cnnspec.kit.session import Session
from cnnspec.operations import catalogue
from cnnspec.report.guards import guards, known_guards
from cnnspec.spec import Edition
from cnnspec.targets.target import named

catalogue.checks()
OPERATIONS = ("conv", "pooling", "average_pooling")


def rejected_by(operation: str, edition: Edition, options: tuple[str, ...], call: Call) -> set[str]:
    """The clauses whose guards a call meets, as it would where the code is pasted."""
    known = known_guards(operation, edition, options)
    known_to = REGISTRY[operation]
    defaults: dict[str, object] = {one.name: one.default for one in known_to.numbers}
    defaults |= {one.name: one.default for one in known_to.options if one.name in options}
    given = {**defaults, **call.plain, "np": np}
    return {one for one, (condition, _) in known.items() if eval(condition, given)}  # noqa: S307


def all_options(operation: str) -> tuple[str, ...]:
    return tuple(one.name for one in REGISTRY[operation].options)


def with_options(operation: str) -> Iterator[Call]:
    """Valid calls of edition general."""
    session = Session(NoTarget(), "general")
    for one in catalogue.checks("general"):
        if one.cases and operation in one.operations and one.clause[0] in "CPA":
            yield from (case[-1] for case in one.cases(session))


@pytest.mark.parametrize("operation", OPERATIONS)
def test_no_guard_of_edition_general_rejects_what_is_valid(operation: str) -> None:
    valid = [one for one in with_options(operation) if broken(one, "general") is None]
    assert len(valid) > 500
    for one in valid:
        assert not rejected_by(operation, "general", all_options(operation), one), one


@pytest.mark.parametrize("options", ["all", "none"])
@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_guard_rejects_what_breaks_its_clause(operation: str, options: str) -> None:
    taken = all_options(operation) if options == "all" else ()
    seen = set()
    for one in REGISTRY[operation].inputs.invalid():
        clause = broken(one, "general")
        batch = "batch" in taken and broken(one.changed(batch=True), "general") is None
        if clause in known_guards(operation, "general", taken) and not batch:
            try:
                found = rejected_by(operation, "general", taken, one)
            except IndexError:  # a later guard, behind one that holds
                continue
            assert found, one  # an array of rank 4 may break another clause as a batch
            seen |= found
    assert seen >= {"conv": {"C2"}, "pooling": {"P2"}, "average_pooling": {"A2"}}[operation]


def test_what_holds_in_standard_alone_has_no_guard_in_general() -> None:
    assert {*known_guards("conv", "standard", ())} == {"C1", "C2", "C3", "C4", "C5"}
    assert {*known_guards("conv", "general", ())} == {"C1", "C2"}
    assert "groups" not in known_guards("conv", "general", ("stride",))["C2"][0]
    assert "groups" in known_guards("conv", "general", ("batch", "groups"))["C2"][0]


def shown(edition: Edition, *clauses: str) -> str:
    """What is offered against invalid input that pooling accepts."""
    report = blank(Plan(named("mine.py"), edition))
    results = tuple(ClauseResult(one, "core") for one in clauses)
    return "\n".join(guards(Cause(results, "pooling", accepted=True), report))


def test_what_is_offered_to_paste_is_of_the_edition() -> None:
    assert "min(np.shape(feature_map)[:2])" in shown("standard", "P2")
    in_general = shown("general", "P2", "P11")
    assert "np.shape(feature_map)" not in in_general
    assert "if any(n % 1 or n < 1 for n in (*np.ravel(size), *np.ravel(stride))):" in in_general
    assert "reject what breaks P11: cnnspec.adapt, with parameters and guard=True" in in_general
    assert "P11" not in shown("general", "P2")
