"""Right implementations of unusual makes: none is failed."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnnspec import reference
from cnnspec.engine.judge import judge
from cnnspec.engine.plan import Effort, Plan
from cnnspec.engine.report import Report
from cnnspec.kit.calls import Kind, Outcome, Unsupported
from cnnspec.kit.clauses import Level
from cnnspec.kit.incidents import Incidents
from cnnspec.kit.operation import call
from cnnspec.kit.session import Session
from cnnspec.report import summary
from cnnspec.spec import Array, SpecError
from cnnspec.targets import Options
from cnnspec.targets.client import InProcess, opened
from cnnspec.targets.target import named


def judged(*only: str, level: Level = "strict", **functions: Any) -> Report:
    effort: Any = {"budget": "quick", "certify": 0, "explain": False}
    plan = Plan(named("mine"), level=level, only=only, **effort)
    return judge(InProcess(functions), plan)


def failed(report: Report) -> dict[str, str]:
    return {one.id: one.message for one in report.clauses if one.status == "fail"}


class Unit(np.ndarray[Any, np.dtype[Any]]):
    """An array class, as libraries of units make them, that NumPy's functions do not take."""

    def __array_function__(self, *_: Any, **__: Any) -> Any:
        raise TypeError("units")

    def __array_ufunc__(self, *_: Any, **__: Any) -> Any:
        raise TypeError("units")


class Lazy:
    """An array that is computed when it is asked for, as a tensor is."""

    def __init__(self, values: Array) -> None:
        self.values = values

    def __array__(self, *_: Any, **__: Any) -> Array:
        return self.values


@pytest.mark.exhaustive
def test_results_of_other_classes() -> None:
    report = judged(
        relu=lambda x: Lazy(np.array(reference.relu(x))),
        pooling=lambda f, s=2, t=2: reference.pooling(f, s, t).view(Unit),
        conv=lambda x, w: reference.conv(x, w).tolist(),
    )
    assert failed(report) == {}


def test_a_number_is_a_result_of_rank_0_where_the_input_is_one() -> None:
    report = judged("R1", relu=lambda x: reference.relu(x).tolist())
    assert failed(report) == {}
    wrong = judged("C7", conv=lambda *_: 0)
    assert "conv returned a int" in wrong.problems[0]


class UnsuitableError(IndexError):
    """An exception of one's own."""


def deliberate(image: Array, filters: Array) -> Array:
    assert np.ndim(filters) - np.ndim(image) == 1, "the ranks do not agree"
    try:
        return reference.conv(image, filters)
    except SpecError as error:
        if error.clause == "C3":
            raise UnsuitableError("the filters are not square") from None
        raise IndexError("the filters do not suit the image") from None


def test_a_deliberate_rejection_may_be_of_any_class() -> None:
    assert failed(judged("Q10", conv=deliberate)) == {}

    def careless(image: Array, filters: Array) -> Array:
        if np.shape(image)[2:] != np.shape(filters)[3:]:
            raise IndexError
        return reference.conv(image, filters)

    assert "Q10" in failed(judged("Q10", conv=careless))

    def accidental(f: Array, size: int = 2, stride: int = 2) -> Array:
        return reference.pooling(f, f.shape[:3][2] and size, stride)  # an IndexError

    assert "Q10" in failed(judged("Q10", pooling=accidental))


def dense(image: Array, filters: Array) -> Array:
    """By one dense matrix, for which there is no memory where the image is large."""
    reference.conv(image[:0, :0], filters[:0]) if image.ndim < 2 else None
    if image.ndim >= 2 and image.size > 5000:
        raise MemoryError
    return reference.conv(image, filters)


def test_a_method_that_needs_much_memory_is_not_failed() -> None:
    report = judged("C7", "Q9", conv=dense)
    assert failed(report) == {}
    assert any("more memory than there is" in text for text in report.clauses[0].declined)


def promoting(image: Array, filters: Array) -> Array:
    """What NumPy's promotion gives: uint8 with float32 is float32."""
    arrays = [np.asarray(image), np.asarray(filters)]
    whole = all(a.dtype.kind in "biu" for a in arrays)
    dtype = np.dtype(float) if whole else np.result_type(*arrays)
    return reference.conv(*(a.astype(dtype) for a in arrays))


def test_Q6_follows_numpys_promotion() -> None:
    plan = Plan(named("mine"), level="strict", only=("Q6",), certify=0)
    assert failed(judge(InProcess({"conv": promoting}), plan)) == {}


@pytest.mark.exhaustive
def test_a_library_of_float32_is_right_in_float32() -> None:
    def conv(image: Array, filters: Array) -> Array:
        return reference.conv(np.asarray(image, np.float32), np.asarray(filters, np.float32))

    def average_pooling(f: Array, size: int, stride: int) -> Array:
        return reference.average_pooling(np.asarray(f, np.float32), size, stride)

    functions: dict[str, Any] = {"conv": conv, "average_pooling": average_pooling}
    report = judge(InProcess(functions), Plan(named("mine"), certify=4))
    assert set(failed(report)) == {"Q6"}
    assert report.verdict == "conforms"
    assert summary.first(report).startswith("numbers: right, in float32 · ")
    relu = judge(InProcess({"relu": lambda x: reference.relu(x.astype("f4"))}), Plan(named("m")))
    assert set(failed(relu)) == {"Q6"}


def test_what_is_float32_in_between_or_at_some_sizes_is_a_fault() -> None:
    def conv(image: Array, filters: Array) -> Array:
        y = reference.conv(np.asarray(image, np.float32), np.asarray(filters, np.float32))
        return y.astype(float)

    report = judged("C7", "C9", conv=conv, level="values")
    assert set(failed(report)) == {"C7", "C9"}
    assert "conv computes in float32; if that is meant: --dtype float32" in report.hints

    def sometimes(image: Array, filters: Array) -> Array:
        return (
            conv(image, filters).astype("f4") if image.size > 60 else reference.conv(image, filters)
        )

    report = judged("C9", conv=sometimes, level="values")
    assert set(failed(report)) == {"C9"}
    assert report.hints == []


def test_what_overflows_does_not_compute_in_float32() -> None:
    report = judged("R2", relu=lambda x: (x + np.abs(x)) / 2, level="values")
    assert set(failed(report)) == {"R2"}
    assert report.hints == []


@pytest.mark.exhaustive
def test_what_would_take_too_long_is_left_out_and_said(tmp_path: Path) -> None:
    path = tmp_path / "slow.py"
    path.write_text(
        "import cnnspec, time, numpy as np\n"
        "def conv(image, filters):\n"
        "    y = cnnspec.conv(image, filters)\n"
        "    time.sleep(1e-5 * y.size * filters[0].size)  # some loops are as slow\n"
        "    return y\n"
    )
    few = Effort(cases=1_000_000, examples=0, seconds=20, limit=4)
    plan = Plan(named(str(path)), only=("C7",), certify=0, own_effort=few)
    with opened(plan.target, "standard", Options(timeout=0.5)) as client:
        report = judge(client, plan)
    assert failed(report) == {}
    (c7,) = report.clauses
    assert c7.declined["by its speed so far it would take more than 0.25 s"]


@pytest.mark.exhaustive
@pytest.mark.parametrize("seconds", [0.1])
def test_what_is_slow_for_each_new_shape_is_not_left_out(tmp_path: Path, seconds: float) -> None:
    path = tmp_path / "compiled.py"
    path.write_text(
        "import cnnspec, time\nseen = set()\n"
        "def relu(x):\n"
        f"    if x.shape not in seen: time.sleep({seconds})  # as a compiler takes it\n"
        "    seen.add(x.shape)\n"
        "    return cnnspec.relu(x)\n"
    )
    plan = Plan(named(str(path)), only=("R2",), budget="quick")
    with opened(plan.target, "standard", Options(timeout=5)) as client:
        report = judge(client, plan)
    assert failed(report) == {}
    assert not report.clauses[0].declined


def test_unsupported_is_no_alarm() -> None:
    def pooling(f: Array, size: int = 2, stride: int = 2) -> Array:
        if size != stride:
            raise Unsupported("stride other than size")
        return reference.pooling(f, size, stride)

    assert failed(judged(pooling=pooling)) == {}


@pytest.mark.parametrize(("kind", "broken"), [("rejected", set()), ("returned", {"Q2"})])
def test_input_without_elements_may_be_refused_in_one_thread_alone(
    kind: Kind, broken: set[str]
) -> None:
    """A buffer of each thread, which grows with the input, is not there where none is needed."""
    incidents = Incidents()
    empty = call("conv", np.ones((5, 5, 0)), np.ones((1, 3, 3, 0)))
    incidents.note(empty, Outcome(kind, np.zeros((3, 3, 1)), flags=frozenset({"differs"})))
    assert {clause for clause, _ in incidents.found} == broken


def test_who_refuses_float16_deviates_in_dtypes_alone() -> None:
    """Q8 asks with subnormal numbers of float16, and then with ordinary ones."""

    def pooling(f: Array, size: int = 2, stride: int = 2) -> Array:
        if f.dtype not in (np.float32, np.float64):
            raise TypeError("float32 or float64")
        return reference.pooling(f, size, stride)

    report = judged("P4", "Q2", "Q6", "Q8", pooling=pooling)
    assert set(failed(report)) == {"Q6"}

    def off(f: Array, size: int = 2, stride: int = 2) -> Array:
        return pooling(f.astype(float), size, stride) + (f.shape == (3, 4, 2))

    assert "P4" in failed(judged("Q8", "P4", pooling=off))


@pytest.mark.parametrize("threads", [False, True])
def test_two_threads_that_hang_once_count_at_strict(
    threads: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Loops of Python in two threads took more than 40 s on a busy machine, and then less."""
    one = call("relu", np.ones((2, 2, 1)))
    one = replace(one, at_once=one) if threads else one
    answers = iter([Outcome("hung", message="no answer"), Outcome("returned", np.ones((2, 2, 1)))])
    session = Session(InProcess({"relu": np.abs}), "standard")
    monkeypatch.setattr(session, "outcome", lambda _: next(answers))
    session.surely(one)
    assert set(session.incidents.found) == {("Q2", "strict" if threads else "values")}


def test_means_that_are_summed_in_a_random_order_differ_at_strict_alone() -> None:
    random = np.random.default_rng(1)

    def average_pooling(f: Array, size: int, stride: int) -> Array:
        shape = reference.average_pooling(f, size, stride).shape
        windows = np.lib.stride_tricks.sliding_window_view(f.astype(float), (size, size), (0, 1))
        cells = windows[::stride, ::stride].reshape(*shape, size**2) / size**2
        total = np.zeros(shape)
        for place in random.permutation(size**2):
            total += cells[..., place]
        return total

    clauses = judged("A3", "A4", "A5", "Q2", average_pooling=average_pooling).clauses
    assert {one.level for one in clauses if one.status == "fail"} == {"strict"}
    calls = []

    def drifting(f: Array, size: int, stride: int) -> Array:
        calls.append(size)
        return reference.average_pooling(f, size, stride) + (size == 3) * (len(calls) % 40 == 0)

    clauses = judged("A4", "Q2", average_pooling=drifting).clauses
    assert "values" in {one.level for one in clauses if one.status == "fail"}
