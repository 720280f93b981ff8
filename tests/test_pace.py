"""What is asked of a target depends on its pace, and never on how busy the machine is."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from cnnspec import reference
from cnnspec.cli import main
from cnnspec.engine.attempt import FEWEST
from cnnspec.engine.first_calls import least
from cnnspec.engine.judge import judge
from cnnspec.engine.plan import EFFORTS, Effort, Plan
from cnnspec.engine.report import Report
from cnnspec.engine.seconds import Seconds
from cnnspec.engine.verdict import ENOUGH
from cnnspec.kit import pace
from cnnspec.kit.operation import REGISTRY, call
from cnnspec.kit.pace import Pace
from cnnspec.kit.session import Declined, Session
from cnnspec.kit.timing import Watch, steps_of
from cnnspec.operations.catalogue import checks
from cnnspec.operations.every.behaviour import starts
from cnnspec.spec import Array
from cnnspec.targets.client import InProcess
from cnnspec.targets.process import queued
from cnnspec.targets.target import named

COMPILES = """
import time
import cnnspec
seen = set()
def relu(x):
    if (x.shape, x.dtype) not in seen:
        time.sleep(0.02)  # as a compiler takes it
    seen.add((x.shape, x.dtype))
    return cnnspec.relu(x)
"""

BUSY = "while True: pass"


def judged(paces: dict[str, Pace], effort: Effort = EFFORTS["quick"], **functions: Any) -> Report:
    plan = Plan(named("a target"), certify=0, own_effort=effort, pace=paces, explain=False)
    return judge(InProcess(functions), plan)


@pytest.mark.parametrize(
    ("call", "step", "known"),
    [
        (0.0, 0.0, Pace()),
        (0.0029, 0.9e-7, Pace()),
        (0.0031, 1.1e-7, Pace(-2, -6)),
        (0.4, 1e-5, Pace(0, -5)),
        (1e9, 1e9, Pace(3, 3)),
    ],
)
def test_a_pace_is_a_step_of_ten(call: float, step: float, known: Pace) -> None:
    assert pace.measured(call, step) == known


def test_paces_are_written_and_read() -> None:
    known = {"conv": Pace(-1, -5), "relu": Pace(), "pooling": Pace(1, 0)}
    text = pace.written(known)
    assert text == "conv=3e-1/1e-5,relu=3e-3/1e-7,pooling=3e1/1e0"
    assert pace.read(text) == known
    for wrong in ("conv", "conv=1e-3/1e-7", "conv=3e-3/1e-7;", "conv=3e-30/1e-7"):
        with pytest.raises(ValueError, match="conv"):
            pace.read(wrong)


@pytest.mark.parametrize("wrong", ["conv=quick", "convolution=3e-3/1e-7"])
def test_a_pace_that_is_none_is_named(wrong: str) -> None:
    made = CliRunner().invoke(main, ["check", "reference", "--pace", wrong])
    assert made.exit_code == 2
    assert "--pace" in made.output


def test_what_is_quick_costs_nothing() -> None:
    session = Session(InProcess({}), "standard")
    large = call("relu", np.ones((100, 100, 10)))
    for known, cost in ((Pace(), False), (Pace(-2), True), (Pace(step=-6), True)):
        session.timing.paces["relu"] = known
        assert bool(session.timing.cost(large)) == cost


def test_a_check_gets_its_share_and_what_was_left() -> None:
    session = Session(InProcess({}), "standard")
    seconds = Seconds(session, 2.0, float("inf"), 0.0)
    seconds.begin()
    session.spent = 0.5
    seconds.begin()
    assert seconds.left == 3.5
    session.spent = 9.0
    assert seconds.over
    seconds.begin()
    assert seconds.left == 2.0  # it does not pay for the one before
    session.timing.paces["relu"] = Pace(0)
    (relu,) = [one for one in checks("standard") if (one.clause, one.name) == ("R2", "values")]
    assert seconds.cases(relu, 7) == 7
    session.timing.paces["relu"] = Pace(-1)
    assert seconds.cases(relu) == 21


def test_checks_that_take_turns_have_what_is_their_own_and_what_was_left() -> None:
    session = Session(InProcess({}), "standard")
    seconds = Seconds(session, 2.0, float("inf"), 0.0)
    seconds.turn(0.0)
    seconds.begin()
    session.spent = 0.5
    first = seconds.leave(ended=False)
    seconds.turn(0.0)
    seconds.begin()
    assert seconds.left == 2.0  # the first has its own to go on with
    session.spent = 1.0
    assert seconds.leave(ended=True) == 0.0
    seconds.turn(first)
    assert seconds.left == 1.5 + 1.5
    session.spent = 9.0
    assert seconds.over
    assert seconds.leave(ended=True) == 0.0
    seconds.turn(0.0)
    seconds.begin()
    assert seconds.left == 2.0


@pytest.mark.parametrize("call", [-1, 0])
def test_a_slow_target_gets_fewer_cases_of_every_clause_and_that_is_said(call: int) -> None:
    slow = {"relu": Pace(call)}
    report = judged(slow, relu=reference.relu)
    quick = judged({"relu": Pace()}, relu=reference.relu)
    assert report.pace == slow
    for one, usual in zip(report.clauses, quick.clauses, strict=True):
        if usual.examples >= FEWEST:
            assert one.examples >= FEWEST, one.id
        if one.examples < usual.examples:
            assert one.cut, one.id
            assert one.message.startswith("slow: ")
    assert sum(one.examples for one in report.clauses) < sum(one.examples for one in quick.clauses)
    own = [one for one in report.clauses if one.id == "R2"]
    assert all(one.examples >= ENOUGH for one in own)
    assert report.verdict == "conforms"


def test_what_is_made_in_three_processes_is_little_of_a_target_that_crawls() -> None:
    session = Session(InProcess({"relu": reference.relu}), "standard")
    session.timing.paces = {"relu": Pace(-1)}
    (usual,) = starts(session)
    session.timing.paces = {"relu": Pace(0)}
    (few,) = starts(session)
    assert [one.arrays[0].dtype.name for one in few] == ["float32", "float64"]
    assert len(few) < len(usual)


def test_a_slow_target_is_given_no_certificate_that_takes_longer_than_a_run() -> None:
    calls: list[Array] = []

    def pooling(f: Array, size: int = 2, stride: int = 2) -> Array:
        calls.append(f)
        return reference.pooling(f, size, stride)

    plan = Plan(named("slow"), only=("P3", "P4"), pace={"pooling": Pace(0)}, explain=False)
    report = judge(InProcess({"pooling": pooling}), plan)
    (certificate,) = [one for one in report.certificates if one.operation == "pooling"]
    assert not certificate.holds
    assert "at the target's pace" in certificate.sentence
    assert len(calls) < 200


def test_the_pace_is_measured_unless_it_is_given() -> None:
    def relu(x: Array) -> Array:
        sum(range(400 * x.size))  # some microseconds an element
        return reference.relu(x)

    few = Effort(cases=1, examples=0, seconds=1, limit=1e4)
    assert judged({}, few, relu=relu).pace["relu"].step in (-5, -4)
    assert judged({"relu": Pace(-1)}, few, relu=relu).pace["relu"] == Pace(-1)


@pytest.mark.parametrize("calls", [4, 12, 40])
def test_what_disturbs_the_first_calls_is_not_the_pace(
    calls: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = 0
    # no clock: the machine that runs the test may be disturbed too
    monkeypatch.setattr(Watch, "seconds", lambda _: 0.01 if made <= calls else 1e-4)

    def relu(x: Array) -> Array:
        nonlocal made
        made += 1
        return reference.relu(x)

    few = Effort(cases=1, examples=0, seconds=1, limit=1e4)
    assert judged({}, few, relu=relu).pace["relu"] == Pace()
    assert made > calls


def test_what_a_compiler_takes_is_told_by_several_new_shapes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Some calls are quick beside it, as two shapes may be one to it."""
    seen: set[tuple[int, ...]] = set()
    took = 0.0
    monkeypatch.setattr(Watch, "seconds", lambda _: took)

    def relu(x: Array) -> Array:
        nonlocal took
        shape = tuple(-(-n // 2) for n in x.shape)  # made up to even numbers, say
        took = 1e-4 if shape in seen else 0.1
        seen.add(shape)
        return reference.relu(x)

    few = Effort(cases=1, examples=0, seconds=1, limit=1e4)
    assert judged({}, few, relu=relu).pace["relu"] == Pace(call=-1)


def test_what_takes_long_is_timed_once() -> None:
    few = iter([2.0, 3.0, 1.0])
    assert least(few, 8, 1e-3) == 2.0
    assert list(few) == [3.0, 1.0]
    assert least(iter([]), 8, 1e-3) == 0.0


@contextmanager
def beside(count: int) -> Iterator[None]:
    """Busy loops in other processes."""
    loops = [subprocess.Popen([sys.executable, "-c", BUSY]) for _ in range(count)]
    try:
        yield
    finally:
        for one in loops:
            one.kill()
            one.wait()


def without_seconds(report: Any) -> Any:
    """A report without the times in it."""
    if isinstance(report, dict):
        return {k: without_seconds(v) for k, v in report.items() if k != "seconds"}
    return [without_seconds(one) for one in report] if isinstance(report, list) else report


@pytest.mark.exhaustive
@pytest.mark.parametrize("target", ["compiles.py", "wrong.py"])
def test_the_report_of_a_busy_machine_is_that_of_an_idle_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, target: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("compiles.py").write_text(COMPILES)
    Path("wrong.py").write_text(
        "import cnnspec\n"
        "def pooling(f, size=2, stride=2):\n    return cnnspec.pooling(f, size, stride)\n"
        "def relu(x):\n    return cnnspec.relu(x) if x.size < 500 else x\n"
    )

    def report(*more: str) -> Any:
        words = ["check", target, "--budget", "quick", "--json", "r.json", *more]
        made = subprocess.run(
            [sys.executable, "-m", "cnnspec", *words], capture_output=True, check=False
        )
        assert made.returncode in (0, 1), made.stderr
        found = without_seconds(json.loads(Path("r.json").read_text()))
        return found | {"clauses": {one["id"]: one for one in found["clauses"]}}

    first = report("--jobs", "1")
    with beside(3):
        busy = report("--pace", first["pace"], "--jobs", "2")
    for clause, found in first["clauses"].items():
        assert busy["clauses"][clause] == found
    assert busy == first
    assert first["verdict"] == ("deviates" if target == "wrong.py" else "conforms")


def test_every_operation_has_a_call_that_tells_a_step() -> None:
    for operation in REGISTRY.values():
        assert operation.oracle.work(operation.inputs.timed()) > 1000


@pytest.mark.exhaustive
def test_a_busy_machine_does_not_say_what_a_quick_target_is_asked(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    seconds = Watch.seconds
    monkeypatch.setattr(Watch, "seconds", lambda self: 4 * seconds(self))
    paces = pace.written(dict.fromkeys(REGISTRY, Pace()))
    words = ["--only", "Q2,Q9,P3,A2", "--budget", "quick", "--pace", paces, "--jobs", "1"]
    file = tmp_path / "report.json"
    made = CliRunner().invoke(main, ["check", "reference", *words, "--json", str(file)])
    assert made.exit_code == 0, made.output
    judged = [one for one in json.loads(file.read_text())["clauses"] if one["examples"]]
    assert len(judged) >= 4
    assert not any("speed" in reason for one in judged for reason in one["declined"])


@pytest.mark.parametrize("each", [1e-6, 0.0])
def test_a_call_that_would_take_too_long_is_left_out_whatever_the_pace(
    each: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    def pooling(f: Array, size: int = 2, stride: int = 2) -> Array:
        time.sleep(each * size**2)  # as a loop over the places of a window takes
        return reference.pooling(f, size, stride)

    session = Session(InProcess({"pooling": pooling}), "standard")
    monkeypatch.setattr(session.client, "timeout", 0.2)
    session.timing.paces["pooling"] = Pace()
    small, large, larger = (call("pooling", np.ones((n + 1, n, 1)), n, 1) for n in (2, 255, 1025))
    session.timing.note(small, 1e-4)
    session.timing.note(large, 0.07)  # where each place takes no time, that was chance
    if not each:
        assert session.outcome(larger).value is not None
        return
    with pytest.raises(Declined, match="by its speed so far"):
        session.outcome(larger)


def test_what_a_process_waits_for_a_processor_is_not_its_pace() -> None:
    client: Any = SimpleNamespace(spent=0.0, queued=7.0)
    watch = Watch(client, closely=True)
    time.sleep(0.05)
    client.queued += 0.04
    assert watch.seconds() < time.perf_counter() - watch.began - 0.03
    client.spent += 1_000.0
    assert watch.seconds() < 1_000.0  # in several threads: then it is the time that passed
    assert queued(os.getpid()) >= 0
    assert queued(-1) == 0


@pytest.mark.parametrize("size", [1, 3, 30])
def test_the_steps_of_a_call_are_those_that_the_plain_loops_take(size: int) -> None:
    x, filters = np.ones((31, 33, 2)), np.ones((2, size, size, 2))
    places = (32 - size) * (34 - size)
    for sent, steps in (
        (call("conv", x, filters), places * 4 * size**2),
        (call("conv", x, filters, padding=1), (34 - size) * (36 - size) * 4 * size**2),
        (call("pooling", x, size, 1), places * 2 * size**2),
        (call("average_pooling", x, (size, 1), 1), (32 - size) * 33 * 2 * size),
    ):
        assert steps_of(sent) == max(steps, x.size), sent
