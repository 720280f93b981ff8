"""Parts of a run that several processes judge: the report is that of one process."""

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sampling import some

from cnnspec.cli import main
from cnnspec.engine import helpers
from cnnspec.engine.helpers import Another, helping
from cnnspec.engine.judge import judge
from cnnspec.engine.parts import Judging, parts, told
from cnnspec.engine.plan import ClauseResult, Plan
from cnnspec.engine.report import Report, blank
from cnnspec.engine.running import Running
from cnnspec.engine.seconds import shared
from cnnspec.kit.pace import Pace
from cnnspec.kit.session import Session
from cnnspec.report import summary
from cnnspec.report.data import as_json
from cnnspec.targets import Options
from cnnspec.targets.client import opened
from cnnspec.targets.target import named

pytestmark = pytest.mark.skipif(not helpers.FORKS, reason="helpers are forked on Linux alone")

RIGHT = "from cnnspec.reference import conv, relu, pooling, average_pooling\n"
WRONG = {
    "a filter that is turned": "def conv(x, w):\n    return r.conv(x, w[:, ::-1, ::-1])\n",
    "a relu that prints": "def relu(x):\n    print('x')\n    return r.relu(x)\n",
    "a layout": (
        "def pooling(x, size=2, stride=2):\n"
        "    return r.pooling(x if x.flags.c_contiguous else x * 0, size, stride)\n"
    ),
    "a rare shape": (
        "def conv(x, w):\n"
        "    return r.conv(x, w) + (np.shape(x) == (8, 5, 3) and np.shape(w) == (4, 5, 5, 3))\n"
    ),
}
LENIENT = "def pooling(x, size=2, stride=2):\n    return r.pooling(x, abs(size), max(1, stride))\n"
HEAD = "import numpy as np\nfrom cnnspec import reference as r\n"


def text_of(report: Report) -> dict[str, Any]:
    """A report as JSON, times left out."""

    def timeless(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: timeless(one) for key, one in value.items() if "seconds" not in key}
        return [timeless(one) for one in value] if isinstance(value, list) else value

    return dict(timeless(as_json(report)))


def judged(file: Path, jobs: int, *only: str, **asked: Any) -> Report:
    """The report on a file, judged by so many processes."""
    target = named(str(file))
    plan = Plan(target, level="strict", budget="quick", jobs=jobs, only=only, **asked)
    another = partial(opened, target, "standard", Options())
    with another() as client:
        return judge(client, plan, another=another)


def by_one_and_by(file: Path, jobs: int, *only: str, **asked: Any) -> tuple[Report, Report]:
    """The reports of one process and of several, which ask what is asked at one pace."""
    one = judged(file, 1, *only, **asked)
    return one, judged(file, jobs, *only, **asked, pace=one.pace)


def written(folder: Path, code: str) -> Path:
    path = folder / "mine.py"
    path.write_text(code)
    return path


@pytest.mark.parametrize("jobs", [2, pytest.param(9, marks=pytest.mark.exhaustive)])
def test_the_report_does_not_depend_on_the_number_of_processes(tmp_path: Path, jobs: int) -> None:
    file = written(tmp_path, RIGHT)
    one, more = by_one_and_by(file, jobs, certify=3)
    assert one.verdict == "conforms"
    assert [c.holds for c in one.certificates] == [True] * 4
    assert text_of(more) == text_of(one)
    assert [(c.id, c.level) for c in more.clauses] == [(c.id, c.level) for c in one.clauses]


@pytest.mark.parametrize("wrong", some([*WRONG], 2))
def test_what_deviates_does_so_in_any_number_of_processes(tmp_path: Path, wrong: str) -> None:
    file = written(tmp_path, RIGHT + HEAD + WRONG[wrong])
    only = ("C6", "C7", "R2", "P3", "P4", "Q2", "Q5", "Q10")
    certify = 8 if wrong == "a rare shape" else 2
    one, more = by_one_and_by(file, 2, *only, certify=certify)
    assert one.verdict == "deviates"
    assert text_of(more) == text_of(one)


SLOW = dict.fromkeys(("conv", "relu", "pooling", "average_pooling"), Pace(-1, -7))
FLIPPED = (
    "def conv(x, w):\n    return r.conv(x, w[:, ::-1])\n",
    "def pooling(x, size=2, stride=2):\n    return r.pooling(x, size, stride)[::-1].copy()\n",
)


@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize("wrong", [FLIPPED[:1], FLIPPED[1:], FLIPPED], ids=["C7", "P4", "both"])
def test_what_each_operation_of_a_slow_target_shows_is_known_to_the_others(
    tmp_path: Path, wrong: tuple[str, ...], jobs: int
) -> None:
    """The clauses of each operation are a part: no other clause is blamed for what they show."""
    file = written(tmp_path, RIGHT + HEAD + "".join(wrong))
    only = ("C6", "C7", "R2", "P3", "P4", "A4", "S1", "Q2", "Q5")
    report = judged(file, jobs, *only, pace=SLOW, certify=0)
    deviating = {one.id for one in report.clauses if one.status == "fail"}
    assert deviating == {["C7", "P4"][FLIPPED.index(one)] for one in wrong}
    assert [one.status for one in report.clauses if one.id == "S1"] == ["absent"]


def test_a_slow_target_gets_one_report_by_any_number_of_processes(tmp_path: Path) -> None:
    file = written(tmp_path, RIGHT + HEAD + FLIPPED[1])
    one, two = (judged(file, jobs, certify=0, pace=SLOW, explain=False) for jobs in (1, 2))
    assert text_of(one) == text_of(two)


def test_each_operation_of_a_slow_target_is_a_part(tmp_path: Path) -> None:
    with judging(written(tmp_path, RIGHT)) as (run, _):
        together = parts(run.plan)
        apart = parts(run.plan, apart=True)
    assert [part.own for part in together].count(True) == 1
    ids = [{one.id[0] for one, _ in part.rows} for part in apart if part.own]
    assert ids == [{"C"}, {"R"}, {"P"}, {"A"}]
    assert sum(len(one.rows) for one in apart) == sum(len(one.rows) for one in together)


def test_what_is_wrong_with_rejections_ends_no_helper(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Most code of students takes invalid input: its numbers are judged in several processes."""
    file = written(tmp_path, RIGHT + HEAD + LENIENT)
    only = ("C7", "P2", "P4", "Q1", "Q5")
    one = judged(file, 1, *only)
    begun: list[int] = []
    start = helpers.Helpers.start

    def counted(self: helpers.Helpers, count: int, another: Another) -> None:
        begun.append(count)
        start(self, count, another)

    monkeypatch.setattr(helpers.Helpers, "start", counted)
    more = judged(file, 2, *only, pace=one.pace)
    assert [c.id for c in more.clauses if c.status == "fail"] == ["P2"]
    assert text_of(more) == text_of(one)
    assert begun == [1]


def test_a_run_may_end_at_the_first_deviation(tmp_path: Path) -> None:
    jobs, wrong = 2, "def relu(x):\n    return -r.relu(x)\n"
    file = written(tmp_path, RIGHT + HEAD + wrong)
    report = judged(file, jobs, "C1", "R2", "P3", "Q1", fail_fast=True, certify=2)
    assert report.verdict == "deviates"
    assert {one.id: one.status for one in report.clauses} == {
        "C1": "error",
        "R2": "fail",
        "P3": "error",
        "Q1": "error",
    }
    assert report.certificates == []
    assert summary.notes(report) == ["ended at the first deviation, not judged: C1 P3 Q1"]
    assert "strict: not judged" in summary.first(
        judged(file, jobs, "R2", "Q5", fail_fast=True, certify=0)
    )
    expected = judged(file, jobs, "R2", "P3", fail_fast=True, expected=("R2",), certify=0)
    assert [one.status for one in expected.clauses] == ["fail", "pass"]


def test_what_does_not_decide_ends_no_run(tmp_path: Path) -> None:
    wrong = "def relu(x):\n    print(1)\n    return r.relu(x)\n"
    file = written(tmp_path, RIGHT + HEAD + wrong)
    base = ["check", str(file), "--budget", "quick", "--only", "Q10,Q3", "--fail-fast"]
    assert "not judged" not in CliRunner().invoke(main, base).output
    ended = CliRunner().invoke(main, [*base, "--level", "strict"])
    assert ended.exit_code == 1


def test_a_run_of_the_command_takes_the_number(tmp_path: Path) -> None:
    file = written(tmp_path, RIGHT)
    base = ["check", str(file), "--budget", "quick", "--only", "R1,R2,Q1,Q3"]
    for jobs in ("1", "2"):
        result = CliRunner().invoke(main, [*base, "--jobs", jobs])
        assert result.exit_code == 0, result.output
    assert CliRunner().invoke(main, [*base, "--jobs", "0"]).exit_code == 2


@contextmanager
def judging(file: Path, *only: str) -> Iterator[tuple[Judging, Another]]:
    """A run of the quick budget that has made no call yet, and what opens another client."""
    target = named(str(file))
    plan = Plan(target, budget="quick", only=only)
    another = partial(opened, target, "standard", Options())
    with another() as client:
        session = Session(client, "standard", thorough=False)
        run = Judging(session, plan, blank(plan), {}, lambda _t, _p: None, lambda _r: None)
        yield run, another


def test_a_helper_that_dies_is_done_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(helpers, "alone", lambda: os._exit(3))
    file = written(tmp_path, RIGHT)
    report = judged(file, 3, "R1", "R2", "Q1", "Q3")
    assert report.verdict == "conforms"
    assert [one.status for one in report.clauses] == ["pass"] * len(report.clauses)


def test_a_helper_that_never_comes_forward_is_done_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(helpers, "PATIENCE", 0.01)
    taking = helpers.Helpers.taken

    def late(self: helpers.Helpers) -> Iterator[int]:
        for place in taking(self):
            if multiprocessing.parent_process() is not None:
                time.sleep(3_600)  # the run ends it
            yield place

    monkeypatch.setattr(helpers.Helpers, "taken", late)
    report = judged(written(tmp_path, RIGHT), 2, "R2", "Q1", "Q2")
    assert report.verdict == "conforms"


def test_where_no_process_can_be_forked_one_judges(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fork() -> int:
        raise BlockingIOError("no more processes")

    monkeypatch.setattr(os, "fork", fork)
    report = judged(written(tmp_path, RIGHT), 2, "R2", "Q1", "Q3")
    assert report.verdict == "conforms"


def test_a_helper_that_cannot_open_the_target_is_done_without(tmp_path: Path) -> None:
    file = written(tmp_path, RIGHT)
    target = named(str(file))

    def another() -> Any:
        raise OSError("no more of them")

    plan = Plan(target, budget="quick", jobs=2, only=("R2", "Q1"))
    with opened(target, "standard", Options()) as client:
        report = judge(client, plan, another=another)
    assert report.verdict == "conforms"


def test_what_no_helper_signed_is_not_read(tmp_path: Path) -> None:
    with judging(written(tmp_path, RIGHT), "R2", "Q1") as (run, another):
        first, *rest = parts(run.plan)
        run.judge(first)
        with helping(run, rest, 2, another) as pool:
            assert pool.unsigned(pool.signed(b"found")) == b"found"
            for forged in (b"", b"found", b"0" * 32 + b"found", pool.signed(b"found")[:-1]):
                assert pool.unsigned(forged) == b""
            assert list(pool.finish())


def test_each_part_is_taken_once(tmp_path: Path) -> None:
    with judging(written(tmp_path, RIGHT), "R2", "Q1", "Q2", "Q3") as (run, another):
        first, *rest = parts(run.plan)
        assert [one.id for one, _ in first.rows] == ["R2"]
        run.judge(first)
        with helping(run, rest, 2, another) as pool:
            processes = [process for process, _ in pool.processes]
            found = list(pool.finish())
        assert len(found) == len(rest)
        assert all(one.clean for one in found)
        assert len(processes) == 1


@pytest.mark.parametrize("pauses", [1, 2, None])
def test_a_deviation_is_told_before_it_is_made_small(tmp_path: Path, pauses: int | None) -> None:
    order: list[str] = []
    with judging(written(tmp_path, RIGHT), "R2") as (run, _):
        run.done = lambda _result: order.append("told")
        ((row, (check, *_)),) = parts(run.plan)[0].rows
        running = Running(run, row, [check], shared(run.session, run.plan, run.start))

        def made() -> Iterator[None]:
            running.result.status = "fail"
            yield
            order.append("made small")

        running.steps[check.name] = made()
        running.run(check, pauses)
    assert order == ["told", "made small"]


def test_what_a_helper_sees_is_told_while_this_process_does_other_things(tmp_path: Path) -> None:
    wrong = "def relu(x):\n    y = r.relu(x)\n    x[:] = 0\n    return y\n"
    seen: list[str] = []
    with judging(written(tmp_path, RIGHT + HEAD + wrong), "R2", "Q1") as (run, another):
        first, *rest = parts(run.plan)
        run.judge(first)
        run.done = lambda result: seen.append(result.id)
        quiet = run.progress
        with helping(run, rest, 2, another):
            end = time.monotonic() + 60
            while not seen and time.monotonic() < end:
                run.progress("waiting", 0.0)
                time.sleep(0.05)
        assert seen == ["Q1"]
        assert run.progress is quiet


def test_a_helper_begins_a_few_parts_before_it_finishes_any(tmp_path: Path) -> None:
    with judging(written(tmp_path, RIGHT), "R2", "Q1", "Q2") as (run, another):
        first, *rest = parts(run.plan)
        run.judge(first)
        with helping(run, rest, 1, None) as pool, ExitStack() as stack:
            begun = next(pool.begun(another, stack, told))
            assert [one.result.examples > 0 for one in begun.running] == [True]
            assert len(list(pool.taken())) == len(rest) - helpers.AT_ONCE


def test_what_a_part_finds_is_taken(tmp_path: Path) -> None:
    with judging(written(tmp_path, RIGHT), "R2", "Q1", "Q2") as (run, _):
        first, others, *_ = parts(run.plan)
        run.judge(first)
        found = run.alone(others, run.session.client, told)
        assert found.clean
        assert {one.id for one in found.clauses} == {"Q1"}
        refuted = ClauseResult("R2", "values", "fail", message="a certificate refutes it")
        found.clauses.append(refuted)
        assert not found.clean
        run.take(found)
        assert [one.id for one in run.report.clauses].count("R2") == 1
        assert any(one is refuted for one in run.report.clauses)


def test_what_a_part_found_is_kept_if_a_signal_ends_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with judging(written(tmp_path, RIGHT), "R2", "Q1", "Q3", "Q4") as (run, _):
        first, others, *_ = parts(run.plan)
        run.judge(first)
        finish = Running.finish

        def interrupted(self: Running) -> None:
            if self.result.id == "Q4":
                raise KeyboardInterrupt
            finish(self)

        monkeypatch.setattr(Running, "finish", interrupted)
        with pytest.raises(KeyboardInterrupt):
            run.alone(others, run.session.client, told)
        assert {one.id for one in run.report.clauses} >= {"R2", "Q1", "Q3"}


def test_helpers_end_with_the_run(tmp_path: Path) -> None:
    """Also if it is killed, and cannot end them."""
    file = written(tmp_path, RIGHT)
    for number in (signal.SIGINT, signal.SIGKILL):
        run = subprocess.Popen(
            [sys.executable, "-m", "cnnspec", "check", str(file), "--jobs", "3"],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        children: list[int] = []
        end = time.monotonic() + 30
        while len(children) < 4 and time.monotonic() < end:  # two helpers, watchdog, worker
            time.sleep(0.1)
            text = Path(f"/proc/{run.pid}/task/{run.pid}/children").read_text()
            children = [int(one) for one in text.split()]
        assert len(children) >= 4
        run.send_signal(number)
        run.communicate(timeout=30)
        end = time.monotonic() + 20
        while any(map(lives, children)) and time.monotonic() < end:
            time.sleep(0.1)
        assert not any(map(lives, children))


def lives(process: int) -> bool:
    """Whether a process is there, and has not ended."""
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"
