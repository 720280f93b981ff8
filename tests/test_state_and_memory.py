"""What a target keeps, shares and changes: memory, caches, rejections, roundings, longdouble."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnnspec import reference
from cnnspec.engine.judge import judge
from cnnspec.engine.plan import Plan
from cnnspec.engine.report import Report
from cnnspec.kit.calls import Argument, Call, Outcome
from cnnspec.kit.operation import call
from cnnspec.kit.session import Declined, Deviation, Session
from cnnspec.operations.catalogue import checks, faults
from cnnspec.operations.every.behaviour import nothing_else_counts
from cnnspec.operations.every.histories import altered, grown, with_other_tail
from cnnspec.operations.every.wide import IS_WIDE
from cnnspec.spec import Array, SpecError
from cnnspec.targets import Options
from cnnspec.targets.client import InProcess, opened
from cnnspec.targets.memory import KEPT_BYTES, LARGE_BYTES, Kept, sampled
from cnnspec.targets.remote import Remote
from cnnspec.targets.target import named


def judged(*only: str, **functions: Any) -> Report:
    effort: Any = {"certify": 0, "examples": 5, "explain": False}
    plan = Plan(named("mine"), level="strict", only=only, **effort)
    return judge(InProcess(functions, lambda: functions), plan)


def deviating(report: Report) -> set[tuple[str, str]]:
    return {(one.id, one.level) for one in report.clauses if one.status == "fail"}


def ones(*extents: int) -> Call:
    return call("relu", np.ones(extents))


# Memory.


def test_Q1_a_border_that_is_cleared_is_seen() -> None:
    def padding(x: Array) -> Array:
        if isinstance(x.base, np.ndarray) and x.flags.writeable and x.base.ndim == x.ndim:
            inside = x.copy()
            x.base[...] = 0
            x[...] = inside
        return reference.relu(x)

    client = InProcess({"relu": padding})
    for layout, flags in (("C", set()), ("inner", {"modified around"}), ("sliced", None)):
        made = client.answer(ones(3, 4, 2).laid_out(layout)).flags
        assert made == (flags if flags is not None else {"modified around"})
    report = judged("Q1", relu=padding)
    assert deviating(report) == {("Q1", "values")}
    assert report.clauses[0].message == "the array that an input is a part of was modified"


def flags_of(*results: Any) -> list[frozenset[str]]:
    """What is noticed where these results come one after another."""
    rest = iter(results)
    client = InProcess({"relu": lambda _x: next(rest)})
    return [client.answer(ones(300, 300, 2)).flags for _ in results]


@pytest.mark.parametrize("extent", [(2, 3, 1), (300, 300, 2)])
@pytest.mark.parametrize("kind", [np.asarray, memoryview, np.ma.asarray])
def test_Q4_results_of_any_class_and_size_are_looked_at(extent: Any, kind: Any) -> None:
    buffer = np.zeros(extent)
    assert flags_of(kind(buffer), kind(buffer))[1] == {"shares earlier"}
    assert flags_of(kind(buffer), kind(buffer.copy()))[1] == frozenset()


def test_Q4_large_results_are_sampled() -> None:
    large = np.zeros((300, 301, 2))
    assert KEPT_BYTES < large.nbytes < LARGE_BYTES
    kept = Kept(large, large)
    assert not kept.is_changed()
    large[...] = 1
    assert kept.is_changed()
    assert len(sampled(large)) < 10 * 4096 * 8
    columns = np.zeros((600, 512))
    columns[:, 511] = 1
    assert any(sampled(columns))


def test_Q4_a_list_that_is_filled_again_is_seen() -> None:
    kept: list[Any] = []

    def relu(x: Array) -> Any:
        kept[:] = reference.relu(x).tolist()
        return kept if kept and x.ndim else reference.relu(x)

    assert deviating(judged("Q4", relu=relu)) == {("Q4", "strict")}
    right = judged("Q4", relu=lambda x: reference.relu(x).tolist() if x.size else reference.relu(x))
    assert deviating(right) == set()


def test_Q4_constants_and_frozen_results_of_other_classes_are_right() -> None:
    class Frozen:
        """As some libraries make arrays: they are not to be written to, and fresh."""

        def __init__(self, values: Array) -> None:
            self.values = values
            self.values.flags.writeable = False

        def __array__(self, *_: Any, **__: Any) -> Array:
            return self.values

    report = judged("Q4", relu=lambda x: Frozen(np.array(reference.relu(x))))
    assert deviating(report) == set()
    zeros = judged("R1", "Q4", relu=lambda x: 0.0 if not x.ndim else reference.relu(x))
    assert ("Q4", "strict") not in deviating(zeros)


# State.


@pytest.mark.parametrize(
    "fault",
    [
        *("relu-cached-by-the-first-kilobyte", "pooling-cached-by-text"),
        *("conv-cached-without-dtype", "average-pooling-cached-without-shape"),
        *("conv-spoilt-by-a-rejection", "pooling-large-results-meet-in-one-place"),
    ],
)
def test_Q2_is_broken_by_what_is_kept(fault: str) -> None:
    model = next(one for one in faults() if one.id == fault)
    function = {model.operation: model.make()}
    client = InProcess(function, lambda: {model.operation: model.make()})
    effort: Any = {"certify": 0, "examples": 5, "explain": False}
    report = judge(client, Plan(named("mine"), level="strict", only=("Q2",), **effort))
    assert [one.id for one in report.clauses if one.status == "fail"] == ["Q2"]


def test_Q2_other_last_bits_are_strict_and_no_wrong_number() -> None:
    calls = 0

    def conv(x: Array, w: Array) -> Array:
        nonlocal calls
        calls += 1
        if calls % 2:
            return reference.conv(x, w)
        y: Array = reference.conv(x[::-1, ::-1], w[:, ::-1, ::-1])[::-1, ::-1].copy()
        return y

    assert deviating(judged("C7", "C9", "Q2", conv=conv)) == {("Q2", "strict")}


def test_Q2_a_dtype_that_is_not_taken_or_wrong_alone_is_no_matter_of_Q2() -> None:
    def floats_alone(x: Array) -> Array:
        if x.dtype.kind != "f":
            raise TypeError("floats, please")
        return reference.relu(x)

    assert deviating(judged("Q2", relu=floats_alone)) == set()
    twice = judged("R2", "Q2", relu=lambda x: reference.relu(x) * 2)
    assert deviating(twice) == {("R2", "values")}


def test_altered_calls_stay_as_large_and_on_their_grid() -> None:
    one = call("conv", np.arange(30.0).reshape(5, 6), np.ones((1, 3, 3)))
    large = grown(one, 40, 41)
    assert large.arrays[0].shape == (40, 41)
    assert set(large.arrays[0].flat) <= set(one.arrays[0].flat)
    assert (altered(one, 0, 7).arrays[0] != one.arrays[0]).sum() == 1
    tail = with_other_tail(large, 128).arrays[0].ravel()
    assert (tail[:128] == large.arrays[0].ravel()[:128]).all()
    assert (tail != large.arrays[0].ravel()).any()
    assert all(isinstance(a, Argument) for a in large.arguments.values())


def test_small_calls_of_two_threads_meet() -> None:
    """Python turns from one to the other after 5 ms, by which such calls have long ended."""
    place: list[Array] = []

    def relu(x: Array) -> Array:
        place[:] = [x]
        rows = [np.maximum(place[0][row], 0) for row in range(len(x))]
        return np.array(rows)

    one, other = (call("relu", np.full((12, 4, 2), value)) for value in (1.0, 2.0))
    client = InProcess({"relu": relu})
    made = (client.answer(replace(one, at_once=other)) for _ in range(200))
    assert any("differs" in outcome.flags for outcome in made)
    right = InProcess({"relu": reference.relu})
    assert "differs" not in right.answer(replace(one, at_once=other)).flags


# What is said of invalid input.


def saying(**said: str) -> Any:
    def conv(image: Array, filters: Array) -> Array:
        try:
            return reference.conv(image, filters)
        except SpecError as error:
            raise ValueError(said.get(error.clause, "wrong")) from None

    return conv


EVEN, CHANNELS, SQUARE = "the size is even", "the channels differ", "it is not square"


@pytest.mark.parametrize(
    ("said", "broken"),
    [
        ({"C2": CHANNELS, "C3": SQUARE, "C4": EVEN}, False),
        ({"C2": EVEN, "C3": SQUARE, "C4": CHANNELS}, True),
        ({"C2": CHANNELS, "C3": EVEN, "C4": SQUARE}, True),
        ({"C2": EVEN, "C3": SQUARE, "C4": EVEN}, False),  # one alone may be a loose word
        ({"C2": f"{EVEN}; {CHANNELS}", "C4": CHANNELS}, False),
        ({}, False),
    ],
)
def test_C8_messages_that_are_exchanged(said: dict[str, str], broken: bool) -> None:
    (exchanged,) = [one for one in checks("standard") if one.name == "not_exchanged"]
    report = judged("C8", conv=saying(**said))
    ours = report.clauses[0].status == "fail" and "the other way" in report.clauses[0].message
    assert ours == broken
    assert exchanged.level == "core"


def test_even_and_long_filters_may_be_computed_rightly_in_any_size() -> None:
    def conv(image: Array, filters: Array) -> Array:
        x, w = np.asarray(image), np.asarray(filters)
        if (x.ndim, w.ndim) not in ((2, 3), (3, 4)) or x.shape[2:] != w.shape[3:]:
            raise ValueError("ranks and channels")
        if w.shape[1] > x.shape[0] or w.shape[2] > x.shape[1]:
            raise ValueError("size")
        if x.ndim == 2:
            x, w = x[..., None], w[..., None]
        views = np.lib.stride_tricks.sliding_window_view(x, w.shape[1:3], axis=(0, 1))
        y: Array = np.einsum("hwcij,nijc->hwn", views, w.astype(x.dtype))
        return y

    assert deviating(judged("C3", "C4", "C5", conv=conv)) == set()


# longdouble.

wide = pytest.mark.skipif(not IS_WIDE, reason="longdouble is no wider than float64 here")


@wide
def test_Q6_longdouble_is_not_computed_in_float64() -> None:
    def relu(x: Array) -> Array:
        return reference.relu(x.astype(float)).astype(x.dtype) if x.dtype.kind == "f" else x * 0

    (longdouble,) = [one for one in checks("standard") if one.name == "in_longdouble"]
    assert longdouble.cases is not None
    client = InProcess({"relu": relu})
    first, *_ = longdouble.cases(Session(client, "standard"))
    assert first[-1].arrays[0].dtype == np.longdouble
    assert deviating(judged("Q6", relu=relu)) == {("Q6", "strict")}


@wide
def test_Q6_float64_for_longdouble_and_a_refusal_are_not_judged() -> None:
    def refusing(x: Array) -> Array:
        if x.dtype == np.longdouble:
            raise TypeError("no longdouble")
        return reference.relu(x)

    def doubles(x: Array) -> Array:
        return reference.relu(x.astype(float))

    for relu in (refusing, doubles):
        report = judged("Q6", relu=relu)
        assert deviating(report) == set()
        assert any("longdouble" in text for text in report.clauses[0].declined)


@pytest.mark.parametrize(("seconds", "judged"), [(15.0, False), (0.1, True)])
def test_what_is_slow_may_hang_by_chance(
    seconds: float, judged: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A call of 15 s, with a limit of 20 s, hung when it was made again on a busy machine."""
    case = (call("relu", np.ones((2, 2, 1))),)
    hung = Outcome("hung", message="no answer within 20 s")
    answers = iter([Outcome("returned", value=np.ones((2, 2, 1))), hung])
    session = Session(InProcess({"relu": np.abs}), "standard")
    monkeypatch.setattr(session.client, "timeout", 20)
    monkeypatch.setattr(session, "together", lambda _: None)
    monkeypatch.setattr(session, "outcome", lambda _: next(answers))
    session.timing.note(case[0], seconds)
    with pytest.raises(Deviation if judged else Declined):
        nothing_else_counts(session, case)


def test_calls_in_a_row_have_a_limit_of_time_for_each_hundred(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """1,200 calls of PyTorch in one message took more than its limit on a busy machine."""
    (tmp_path / "late.py").write_text(
        "calls = 0\ndef relu(x):\n    global calls\n    calls += 1\n    return x + (calls > 220)\n"
    )
    with opened(named(str(tmp_path / "late.py")), "standard", Options()) as client:
        assert isinstance(client, Remote)
        messages: list[int] = []
        once = client.once

        def noting(call: Call) -> Outcome:
            messages.append(call.repeat)
            return once(call)

        monkeypatch.setattr(client, "once", noting)
        one = call("relu", np.ones((2, 2, 1)))
        assert client.answer(replace(one, repeat=205)).flags == frozenset()
        assert messages == [100, 100, 5]
        changed = client.answer(replace(one, repeat=150))  # within a message
        assert "differs" in changed.flags
        client.restart()
        late = [client.answer(replace(one, repeat=count)) for count in (20, 205)]
        assert ["differs" in made.flags for made in late] == [False, True]


def test_a_buffer_that_results_of_several_dtypes_share_is_a_matter_of_memory(
    tmp_path: Path,
) -> None:
    """In a process of its own, one call shows nothing: the call before it is of the case."""
    (tmp_path / "shared.py").write_text(
        "import numpy as np\nfrom cnnspec import reference\nbuffers = {}\n"
        "def conv(image, filters):\n"
        "    y = reference.conv(np.asarray(image, float), np.asarray(filters, float))\n"
        "    out = buffers.setdefault(y.shape, y)\n"
        "    out[...] = y\n"
        "    return out\n"
    )
    target = named(str(tmp_path / "shared.py"))
    only = ("Q2", "Q4")
    with opened(target, "standard", Options()) as client:
        report = judge(client, Plan(target, level="strict", budget="quick", only=only, certify=0))
    (memory,) = [one for one in report.clauses if one.id == "Q4"]
    assert memory.confirmed
    assert "after other calls" not in memory.message
    assert memory.counterexample is not None
    assert len(memory.counterexample.case) == 2
