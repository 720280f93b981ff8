"""Pairs of aspects: all that make sense meet in a call, and what such a call shows is found."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from sampling import some, takes_minutes

from cnnspec.engine.judge import judge
from cnnspec.engine.plan import EFFORTS, Effort, Plan
from cnnspec.engine.report import Report
from cnnspec.kit import aspects
from cnnspec.kit.allowance import allowance
from cnnspec.kit.calls import Call, Outcome
from cnnspec.kit.noticing import notice
from cnnspec.kit.operation import Operation, call
from cnnspec.kit.session import Declined, Session
from cnnspec.operations.catalogue import OPERATIONS, checks, combinations_met
from cnnspec.operations.every.blame import blame
from cnnspec.operations.every.rows import (
    case_of,
    drawn,
    rows_of,
)
from cnnspec.report.data import as_json
from cnnspec.spec import Array
from cnnspec.targets.client import InProcess
from cnnspec.targets.target import named

checks()
NO_DRAWN = Effort(1_000_000, 0, 1e4, 1e4)
RIGHT = {one.name: one.reference("standard") for one in OPERATIONS}

# Rows and their calls


@pytest.mark.parametrize("thorough", [False, pytest.param(True, marks=pytest.mark.exhaustive)])
@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: one.name)
def test_the_reference_is_right_in_every_row_and_all_pairs_meet(
    operation: Operation, thorough: bool
) -> None:
    session = Session(InProcess(RIGHT), "standard", thorough=thorough)
    for number in range(len(rows_of(session, operation))):
        case = case_of(session, operation, number)
        assert case is not None
        assert blame(session, case) is None, rows_of(session, operation)[number]
        session.memory.note_judged(case[-1])
    found = next(one for one in combinations_met(session) if one.operation == operation.name)
    assert found.count > 700
    assert found.left == ()


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: one.name)
def test_a_call_has_the_levels_of_its_row(operation: Operation) -> None:
    session = Session(InProcess(RIGHT), "standard")
    random = np.random.RandomState(3)
    for row in some(rows_of(session, operation), 7):
        one = drawn(session, operation, row, random)
        sizes = aspects.drawn_sizes(row, required(operation), 2**18, random)
        assert one.arrays[0].dtype == row["dtype"]
        for name, size in sizes.items():
            level = row[name]
            assert isinstance(level, aspects.Span)
            assert level.least <= size <= level.most


def required(operation: Operation) -> aspects.Crossing:
    assert operation.crossing is not None
    return operation.crossing


def test_seeds_draw_other_calls_and_one_seed_the_same() -> None:
    first, again, other = (
        case_of(Session(InProcess(RIGHT), "standard", seed=seed), OPERATIONS[0], 9)
        for seed in (0, 0, 1)
    )
    assert first is not None
    assert again is not None
    assert other is not None
    same = [np.array_equal(a, b) for a, b in zip(first[-1].arrays, again[-1].arrays, strict=True)]
    assert all(same)
    shapes = [[a.shape for a in case[-1].arrays] for case in (first, other)]
    assert shapes[0] != shapes[1]


# A fault behind each pair


class WrongOn(InProcess):
    """The reference, but for one call: there an element is wrong."""

    wanted: Call | None = None

    def answer(self, call: Call) -> Outcome:
        outcome = super().answer(call)
        return spoilt(outcome) if call is self.wanted else outcome


def spoilt(outcome: Outcome) -> Outcome:
    """The outcome with an element that is wrong; without elements, with one too many."""
    assert outcome.value is not None
    value = outcome.value.copy()
    if not value.size:
        return replace(outcome, value=np.zeros((*value.shape[:-1], value.shape[-1] + 1)))
    middle = value.size // 2
    old = value.flat[middle]
    if value.dtype.kind in "biu":
        value.flat[middle] = ~old
    else:
        top = np.abs(value[np.isfinite(value)]).max(initial=0) / 2
        value.flat[middle] = -top if old > 0 else max(top, 77)
    return replace(outcome, value=value)


@pytest.mark.exhaustive
@pytest.mark.parametrize("thorough", [False, pytest.param(True, marks=takes_minutes)])
@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: one.name)
def test_a_fault_in_any_row_is_seen(operation: Operation, thorough: bool) -> None:
    """Each pair of levels meets in a row (above), so a fault behind any pair is seen."""
    client = WrongOn(RIGHT)
    session = Session(client, "standard", thorough=thorough)
    rows = rows_of(session, operation)
    for number in range(len(rows)):
        case = case_of(session, operation, number)
        assert case is not None
        client.wanted = case[-1]
        assert blame(session, case) is not None, rows[number]


def target_that(operation: str, wrong: Callable[..., bool], *, alone: bool = False) -> InProcess:
    """The reference, wrong where the arguments meet a condition. alone: no other operation."""
    right = RIGHT[operation]

    def faulty(*arguments: Any) -> Any:
        y = right(*arguments)
        if wrong(*arguments) and y.size:
            y = y.copy()
            y.flat[-1] = y.flat[-1] + 1 if y.dtype != bool else ~y.flat[-1]
        return y

    return InProcess({operation: faulty} if alone else {**RIGHT, operation: faulty})


def has(dtype: str, x: Array) -> bool:
    return x.dtype == np.dtype(dtype)


CONDITIONS: dict[str, tuple[str, Callable[..., bool], tuple[str, str]]] = {
    "many channels and filters, odd": (
        "conv",
        lambda x, w: x.ndim == 3 and x.shape[2] >= 33 and len(w) % 2 == 1,
        ("C7", "values"),
    ),
    "1x1 and a wide image": (
        "conv",
        lambda x, w: w.shape[1] == 1 and x.shape[1] >= 65,
        ("C7", "values"),
    ),
    "float32 and 8 channels": (
        "conv",
        lambda x, w: has("float32", x) and has("float32", w) and x.shape[2:] == (8,),
        ("C7", "values"),
    ),
    "int8 and a tall image": (
        "conv",
        lambda x, _w: has("int8", x) and x.shape[0] >= 20,
        ("Q6", "strict"),
    ),
    "Fortran order and 16 filters": (
        "conv",
        lambda x, w: x.flags.f_contiguous and not x.flags.c_contiguous and len(w) >= 16,
        ("Q5", "strict"),
    ),
    "byte-swapped int16": (
        "pooling",
        lambda x, *_: x.dtype == np.dtype(">i2"),
        ("Q5", "strict"),
    ),
    "int8 and windows beyond 4": (
        "pooling",
        lambda x, size, _: has("int8", x) and size > 4,
        ("Q6", "strict"),
    ),
    "stride above the size, many channels": (
        "pooling",
        lambda x, size, stride: stride > size and x.shape[2] >= 41,
        ("P4", "values"),
    ),
    "NaN and a large map": (
        "pooling",
        lambda x, *_: x.dtype.kind == "f" and bool(np.isnan(x).any()) and x.size > 1_000,
        ("Q7", "strict"),
    ),
    "all equal, above 100 columns": (
        "relu",
        lambda x: x.ndim == 3 and x.shape[1] > 100 and np.unique(x).size == 1,
        ("R2", "values"),
    ),
    "subnormal and a channel alone": (
        "relu",
        lambda x: (
            x.ndim == 3
            and x.shape[2] == 1
            and x.dtype.kind == "f"
            and 0 < np.abs(np.where(x == 0, np.inf, x)).min() < 1e-310
        ),
        ("Q8", "strict"),
    ),
    "a square matrix": (
        "relu",
        lambda x: x.ndim == 2 and x.shape[0] == x.shape[1],
        ("R1", "strict"),
    ),
    "subnormal weights and many channels": (
        "conv",
        lambda x, w: x.shape[2:] >= (4,) and any(0 < abs(v) < 1e-310 for v in w.flat),
        ("Q8", "strict"),
    ),
    "large and small pixels": (
        "conv",
        lambda x, _w: (
            x.dtype == float and np.abs(x).max(initial=0) > 1e150 and 0 < np.abs(x).min() < 1e-120
        ),
        ("C9", "values"),
    ),
    "size 4 and a long row": (
        "average_pooling",
        lambda x, size, _: size == 4 and x.shape[1] >= 200,
        ("A4", "values"),
    ),
}


@pytest.mark.parametrize("name", some([*CONDITIONS], 5))
@pytest.mark.exhaustive
def test_a_fault_of_two_conditions_fails_the_clause_that_it_breaks(name: str) -> None:
    operation, wrong, place = CONDITIONS[name]
    few = replace(EFFORTS["default"], examples=0)
    plan = Plan(named(name), level="strict", certify=0, own_effort=few, explain=False)
    report = judge(target_that(operation, wrong, alone=True), plan)
    failing = {(one.id, one.level) for one in report.clauses if one.status == "fail"}
    assert place in failing
    assert report.verdict == "deviates"


# What was seen counts


def noticed(operation: str, wrong: Callable[..., bool], one: Call) -> set[str]:
    """The clauses that a call breaks, while another clause is being judged."""
    session = Session(target_that(operation, wrong), "standard", notice=notice)
    session.incidents.judging = ("Q1", "inputs_stay")
    session.outcome(one)
    return {clause for clause, _ in session.incidents.found}


def test_a_wrong_result_of_any_call_breaks_the_clause_of_values() -> None:
    x = np.arange(60.0).reshape(5, 4, 3)
    assert noticed("relu", lambda x: x.size > 50, call("relu", x)) == {"R2"}
    assert noticed("relu", lambda x: x.size > 70, call("relu", x)) == set()
    general = np.random.RandomState(0).standard_normal((6, 6)), np.ones((1, 3, 3)) / 7
    assert noticed("conv", lambda *_: True, call("conv", *general)) == {"C9"}
    assert noticed("conv", lambda *_: False, call("conv", *general)) == set()


@pytest.mark.parametrize("layout", ["Fortran", "byte-swapped"])
def test_what_is_out_of_the_ordinary_is_left_to_its_clause(layout: str) -> None:
    one = call("relu", np.arange(60.0).reshape(5, 4, 3))
    assert noticed("relu", lambda _x: True, one.laid_out(layout)) == set()
    (x,) = one.arrays
    for values in (x.astype("int8"), x.astype("float16"), np.full_like(x, np.nan), x * 5e-324):
        assert noticed("relu", lambda _x: True, one.with_arrays([values])) == set()


@pytest.mark.parametrize(
    ("clause", "odd"), [("Q7", (np.inf, np.nan)), ("Q8", (5e-324, 1.1125369292536007e-308))]
)
def test_finite_numbers_that_are_wrong_beside_others_count(
    clause: str, odd: tuple[float, float]
) -> None:
    """They were declined: the run conformed although wrong numbers had been seen."""

    def wrong(x: Array) -> bool:  # as it is with the numbers that take the place of the odd ones
        small = x.shape in ((4, 5, 2), (3, 4, 2))
        return small and bool(np.isin(3.0, x) or np.isin(odd, x).any())

    def judged(*only: str) -> Report:
        target = target_that("relu", wrong)
        return judge(target, Plan(named("relu"), only=only, certify=0, own_effort=NO_DRAWN))

    assert judged("R2").verdict == "conforms"
    report = judged(clause, "R2")
    assert report.verdict == "deviates"
    assert {one.id for one in report.clauses if one.status == "fail"} == {"R2"}


def test_subnormal_numbers_that_the_certificate_sees_break_Q8() -> None:
    def relu(x: Any) -> Any:
        y = RIGHT["relu"](x)
        bad = (y > 0) & (y < 1e-320) if y.dtype == float else np.zeros(y.shape, bool)
        return np.where(bad & (x.size > 10_000), 0, y)

    report = judge(InProcess({"relu": relu}), Plan(named("relu"), only=("R2", "Q8")))
    assert [one.id for one in report.clauses if one.status == "fail"] == ["Q8"]


# What is allowed


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_sums_are_exact_or_bounded(dtype: str) -> None:
    session, random = Session(InProcess(RIGHT), "standard"), np.random.RandomState(1)
    whole = call("conv", np.ones((5, 6), dtype), np.ones((1, 3, 3), dtype))
    assert allowance(session, whole).most is None
    x, w = (random.standard_normal(s).astype(dtype) for s in ((5, 6), (2, 3, 3)))
    found = allowance(session, call("conv", x, w))
    assert found.rounded
    assert found.most is not None
    exact = RIGHT["conv"](x.astype(np.longdouble), w.astype(np.longdouble))
    assert (np.abs(RIGHT["conv"](x, w) - exact) <= found.most).all()
    assert (found.most < 40 * np.finfo(dtype).eps * np.abs(x).sum() * np.abs(w).max()).all()


def test_a_tap_alone_is_exact_with_every_digit() -> None:
    session = Session(InProcess(RIGHT), "standard")
    w = np.zeros((1, 3, 3))
    w[0, 1, 2] = -4
    x = 1 + np.random.RandomState(2).randint(0, 2**52, (5, 6)) * 2.0**-52
    assert allowance(session, call("conv", x, w)).most is None


def test_nothing_is_promised_where_sums_overflow() -> None:
    session = Session(InProcess(RIGHT), "standard")
    huge = call("conv", np.full((3, 3), 1e308), np.ones((1, 3, 3)))
    with pytest.raises(Declined, match="overflow"):
        allowance(session, huge)


def test_an_operation_without_rounding_is_always_exact() -> None:
    session = Session(InProcess(RIGHT), "standard")
    x = np.random.RandomState(0).standard_normal((4, 4, 1))
    assert allowance(session, call("pooling", x, 2, 2)).most is None


# In the report


def test_the_report_counts_pairs_and_names_those_left() -> None:
    plan = Plan(named("relu"), only=("R2",), certify=0, budget="quick")
    report = judge(InProcess({"relu": RIGHT["relu"]}), plan)
    (found,) = report.pairs
    assert 0 < len(found.left) < found.count  # those of other clauses were not judged
    written = as_json(report)["pairs"]
    assert written[0]["met"] == found.count - len(found.left)
    assert {"dtype": "uint8", "rows": "34 to 300"} in written[0]["left"]
