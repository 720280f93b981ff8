"""Every check can fail, and nothing that is right fails it."""

import re
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise, product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from sampling import takes_minutes

from cnnspec import reference, spec
from cnnspec.commands import faults as killtable
from cnnspec.commands.explain import matrix
from cnnspec.commands.telling import order
from cnnspec.engine import telling
from cnnspec.engine.attempt import run_check
from cnnspec.engine.judge import judge
from cnnspec.engine.plan import EFFORTS, ClauseResult, Plan
from cnnspec.engine.seconds import shared
from cnnspec.kit import windows
from cnnspec.kit.calls import LAYOUTS, Case
from cnnspec.kit.check import Check
from cnnspec.kit.clauses import clauses
from cnnspec.kit.operation import broken, call
from cnnspec.kit.session import Session
from cnnspec.operations.catalogue import checks, faults
from cnnspec.operations.conv import oracle as conv_oracle
from cnnspec.operations.conv.sliding import slid
from cnnspec.operations.conv.strategies import conv_cases
from cnnspec.operations.pooling.oracle import sizes, windowed
from cnnspec.operations.pooling.strategies import pooling_cases
from cnnspec.operations.relu import oracle as relu_oracle
from cnnspec.spec import Array, Edition
from cnnspec.targets import load
from cnnspec.targets.client import InProcess, Worker
from cnnspec.targets.converting import Converting
from cnnspec.targets.target import named

EVERY = checks()
QUICK = Plan(named("fault"), level="strict", budget="quick")


def squeezed(text: str) -> str:
    """A text without its spaces: a terminal of few columns breaks lines."""
    return "".join(text.split())


def test_every_clause_has_a_check_and_every_check_a_clause() -> None:
    assert {one.clause for one in EVERY} == set(clauses())
    table = squeezed("".join(matrix()))
    assert squeezed("without a check") not in table
    for one in EVERY:
        assert squeezed(one.witness) in table
        assert one.doc.endswith(".")
    names = [(one.clause, one.name) for one in EVERY]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("one", EVERY, ids=lambda one: f"{one.clause}-{one.name}")
def test_every_check_kills_a_fault(one: Check) -> None:
    candidates = [fault for fault in faults() if one.clause in fault.clauses]
    assert candidates, f"no fault model breaks {one.clause}"
    for fault in candidates:
        if killtable.tried(fault, one, one.editions[0]).killed:
            return
    pytest.fail(f"{one.clause} {one.name} kills none of {[fault.id for fault in candidates]}")


@pytest.mark.exhaustive
def test_Q2_a_fresh_process_shows_what_the_first_call_decided(tmp_path: Path) -> None:
    target = tmp_path / "first.py"
    target.write_text(
        "import numpy as np\n"
        "dtypes = []\n"
        "def relu(x):\n"
        "    dtypes.append(x.dtype)\n"
        "    return np.maximum(x.astype(dtypes[0]), 0)\n"
    )
    worker = Worker(str(target), "standard", 20)
    session = Session(worker, "standard")
    session.outcome(call("relu", np.ones((1, 1, 1))))
    (one,) = [one for one in EVERY if one.name == "first_call"]
    result = ClauseResult(one.clause, one.level)
    run_check(one, session, result, QUICK, shared(session, QUICK, time.monotonic()))
    worker.close()
    assert result.status == "pass"  # the numbers are the same
    assert ("Q2", "strict") in session.incidents.found


def changes_nothing() -> dict[str, object]:
    """What a fault model changes that is none."""
    return {}


IN_ORDER = """
from importlib import import_module
for name in {modules}:
    import_module("cnnspec.operations." + name)
from cnnspec.operations.catalogue import checks
print([(one.clause, one.level, one.name) for one in checks()])
"""


@pytest.mark.parametrize("modules", [["every.options", "every.wide"], ["pooling.option_checks"]])
def test_checks_have_one_order_whatever_is_imported_first(modules: list[str]) -> None:
    program = [sys.executable, "-c", IN_ORDER.format(modules=modules)]
    printed = subprocess.run(program, capture_output=True, text=True, check=True).stdout
    assert printed.strip() == str([(one.clause, one.level, one.name) for one in checks()])


def test_each_check_has_a_place_in_the_order_of_first_cases() -> None:
    assert set(telling.known()) == {telling.name(one) for one in checks()}
    every = sorted(checks(), key=telling.place)
    assert [telling.name(one) for one in every] == list(telling.known())


def test_the_order_of_first_cases_goes_by_what_none_before_kills() -> None:
    one, two, three = list(checks())[:3]
    made = [("a", one, 5), ("b", one, 5), ("a", two, 5), ("c", three, 5), ("d", three, 99)]
    trials = [
        killtable.Trial(fault, check.clause, check.name, True, cases, 0.1)
        for fault, check, cases in made
    ]
    found = dict(order(trials))
    assert list(found)[:2] == [telling.name(one), telling.name(three)]
    assert (found[telling.name(one)], found[telling.name(two)]) == (2, 0)
    assert found[telling.name(three)] == 1  # d takes too many cases


def test_the_kill_table_names_survivors() -> None:
    (flipped,) = [fault for fault in faults() if fault.id == "filter-rotated"]
    right = replace(flipped, id="nothing-wrong", before=changes_nothing)
    results = killtable.trials(right)
    assert not any(trial.killed for trial in results)
    text = "\n".join(killtable.lines(results))
    assert "nothing-wrong" in text
    assert "SURVIVES" in text
    problems = list(killtable.survivors(results))
    assert f"{flipped.id} survives the checks of C7" in problems
    assert "the check values of P4 kills no fault model" in problems


def test_fault_models_are_told_apart_and_say_what_to_mend() -> None:
    every = faults()
    assert len(every) >= 60
    assert len({fault.id for fault in every}) == len(every)
    assert len({(fault.operation, fault.sentence) for fault in every}) == len(every)
    for fault in every:
        assert fault.sentence.endswith("."), fault.id
        assert fault.remedy.endswith("."), fault.id
        assert "{" not in fault.sentence, fault.id


@pytest.mark.parametrize(
    ("name", "edition"),
    [
        *product(("reference",), ("standard", "article")),
        *(pytest.param("spec", one, marks=takes_minutes) for one in ("standard", "article")),
        ("article", "article"),
    ],
)
def test_what_is_right_conforms(name: str, edition: Edition) -> None:
    only = tuple(set(clauses()) - {"S2", "Q9"}) if name == "spec" else ()  # too slow for those
    plan = Plan(named(name), edition, level="strict", budget="quick", only=only)
    report = judge(InProcess(load(name, edition)), plan)
    assert [(one.id, one.message) for one in report.clauses if one.status == "fail"] == []
    assert report.verdict == "conforms"
    assert report.hints == report.problems == []
    told_apart = {one.id for one in report.clauses if one.status == "pass"}
    assert told_apart == {one.id for one in report.clauses}


def by_einsum(feature_map: Array, size: int, stride: int) -> Array:
    """A right average pooling, whose order of summation depends on the memory layout."""
    x, size, stride = spec.require_average_pooling(feature_map, size, stride)
    weights = np.full((size, size), 1 / size**2, x.dtype)
    with np.errstate(all="ignore"):
        return np.asarray(np.einsum("rckij,ij->rck", windows.of(x, size, stride), weights))


def in_its_precision(feature_map: Array, size: int, stride: int) -> Array:
    """A right average pooling of the floats that it is given, which returns them as float64."""
    return reference.average_pooling(feature_map, size, stride).astype(float)


@pytest.mark.parametrize("dtype", ["float32", "float16"])
def test_who_is_given_narrow_floats_and_returns_wide_ones_is_right(dtype: str) -> None:
    client = Converting(InProcess({"average_pooling": in_its_precision}), dtype)
    report = judge(client, Plan(named("wide"), budget="quick", only=("A3", "A4")))
    assert [one.message for one in report.clauses if one.status == "fail"] == []


def test_a_last_bit_that_depends_on_the_layout_is_no_deviation() -> None:
    only = ("A3", "A4", "A5", "Q2", "Q5", "Q9")
    client = InProcess({"average_pooling": by_einsum}, lambda: {"average_pooling": by_einsum})
    report = judge(client, Plan(named("einsum"), level="strict", only=only))
    assert [(one.id, one.message) for one in report.clauses if one.status == "fail"] == []
    assert all(one.status == "pass" for one in report.clauses)


@pytest.mark.exhaustive
def test_the_witness_of_the_large_cases_agrees_with_the_spec() -> None:
    session = Session(InProcess(load("reference", "standard")), "standard")
    for one in EVERY:
        if one.name in ("values", "not_finite_values", "precision", "subnormals"):
            for case in one.cases(session) if one.cases else ():
                agrees(case)


def agrees(case: Case) -> None:
    """What oracle.py says of a small call is what the book says of it in float64."""
    one = case[-1]
    arrays = [array.astype(float) for array in one.arrays]
    if sum(array.size for array in arrays) > 400:
        return
    if one.operation == "conv":
        expected, witness = spec.conv(*arrays), slid(*arrays)
    elif one.operation == "relu":
        expected, witness = spec.relu(*arrays), relu_oracle.expected(one, "standard")
    else:
        size, stride = sizes(one)
        expected = spec.pooling(arrays[0], size, stride)
        witness = windowed(arrays[0], size, stride, "standard")
    assert np.array_equal(expected, witness, equal_nan=True), case


@pytest.mark.parametrize("size", [1, 2, 3])
def test_a_conv_of_no_channels_is_zeros_and_soon_told(size: int) -> None:
    one = call("conv", np.zeros((300, 40, 0)), np.zeros((8, size, size, 0)))
    assert conv_oracle.work(one) > conv_oracle.SPEC_WORK  # loops over its windows take seconds
    found = conv_oracle.instead(one) if size % 2 == 0 else conv_oracle.expected(one, "standard")
    assert found is not None
    assert np.array_equal(found, np.zeros((301 - size, 41 - size, 8)))


@settings(max_examples=60)
@given(pooling_cases())
def test_the_witness_of_pooling_agrees_in_both_editions(case: Case) -> None:
    (x,) = case[-1].arrays
    size, stride = sizes(case[-1])
    editions: tuple[Edition, ...] = ("standard", "article")
    for edition in editions:
        if broken(case[-1], edition) is None:
            right = reference.pooling(x, size, stride, edition=edition)
            assert np.array_equal(windowed(x, size, stride, edition), right)


@settings(max_examples=60)
@given(conv_cases(53))
def test_drawn_convs_are_on_exact_grids(case: Case) -> None:
    image, filters = case[-1].arrays
    forward = slid(image.astype(float), filters.astype(float))
    turned = [array[..., ::-1] if array.ndim > 2 else array for array in (image, filters)]
    if image.ndim == 3:  # the channels in another order: another order of the sums
        assert np.array_equal(slid(*(t.astype(float) for t in turned)), forward)
    assert np.array_equal(forward.astype(image.dtype).astype(float), forward)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("shape", [(3, 4), (2, 3, 4), (2, 3, 3, 1), (1, 1, 1), (0, 2, 3)])
def test_Q5_layouts_keep_the_values(layout: str, shape: tuple[int, ...]) -> None:
    for dtype in ("float64", "float32", "uint8"):
        values = np.zeros(shape, dtype) if layout == "broadcast" else np.ones(shape, dtype).cumsum()
        values = values.reshape(shape).astype(dtype)
        array = LAYOUTS[layout](values)
        assert np.array_equal(array, values)
        assert array.shape == shape
        assert not np.shares_memory(array, values)


def test_what_lies_around_an_array_shows_a_relu_as_well_as_a_maximum() -> None:
    for dtype in ("float32", "int8", "uint8"):
        values = np.arange(1, 13).reshape(3, 4).astype(dtype)
        room = LAYOUTS["inner"](values).base
        assert room is not None
        assert room.max() == 12
        assert room.min() == (0 if dtype == "uint8" else -1)


def test_the_budgets_grow() -> None:
    efforts = [EFFORTS[budget] for budget in ("quick", "default", "deep")]
    for less, more in pairwise(efforts):
        assert (less.cases, less.examples) < (more.cases, more.examples)
        assert less.seconds < more.seconds


def test_clause_ids_in_the_code_exist() -> None:
    package = Path(spec.__file__).parent.parent
    known: Mapping[str, object] = clauses()
    for path in package.rglob("*.py"):
        for clause in re.findall(r"\b[CRPSQ]\d{1,2}a?\b", path.read_text(encoding="utf-8")):
            assert clause in known, (path, clause)
