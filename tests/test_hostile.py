"""Whatever a target does becomes a verdict: it runs no code in the judge and forges no line."""

import json
import pickle
import subprocess
import sys
import time
from contextlib import closing
from itertools import count
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from cnnspec.commands import check
from cnnspec.engine import explaining
from cnnspec.engine.judge import judge
from cnnspec.engine.plan import Plan
from cnnspec.engine.report import Report
from cnnspec.kit import session
from cnnspec.kit.calls import LOST, Call, Outcome, TargetError
from cnnspec.kit.operation import call
from cnnspec.spec import Array
from cnnspec.targets import Options
from cnnspec.targets.client import InProcess, Worker, opened
from cnnspec.targets.guard import Place
from cnnspec.targets.target import named

WRONG_RELU = "def relu(x):\n    return np.abs(x)\n"
EVIL = """
class Evil(str):
    def __reduce__(self):
        return os._exit, (0,)
"""


def written(folder: Path, text: str, name: str = "mine.py") -> str:
    path = folder / name
    path.write_text("import os, sys\nimport numpy as np\n" + text)
    return str(path)


def judged(target: str, *only: str, timeout: float = 20) -> Report:
    plan = Plan(named(target), level="strict", budget="quick", only=only)
    with opened(named(target), "standard", Options(timeout=timeout)) as client:
        return judge(client, plan)


CODE = {
    "what it is": EVIL + "about = Evil('x')\n" + WRONG_RELU,
    "its dtypes": EVIL + "dtypes = (Evil('float64'),)\n" + WRONG_RELU,
    "metadata of a dtype": EVIL
    + "def relu(x):\n"
    + "    return np.abs(x).astype(np.dtype(x.dtype, metadata={'of': Evil('x')}))\n",
    "a message": EVIL + "def relu(x):\n    raise ValueError(Evil('x'))\n",
    "an exception": EVIL.replace("str", "ValueError") + "def relu(x):\n    raise Evil('x')\n",
    "a name": EVIL
    + "kind = type('Odd', (ValueError,), {})\nkind.__name__ = 'Odd'\n"
    + "def relu(x):\n    raise kind(Evil('x'))\n",
    "a clause": EVIL
    + "def relu(x):\n    error = ValueError('x')\n    error.clause = Evil('C1')\n    raise error\n",
    "an array of objects": EVIL
    + "def relu(x):\n    return np.full(x.shape, Evil('x'), dtype=object)\n",
    "a structured array": "def relu(x):\n    return np.zeros(x.shape, [('a', 'f8'), ('b', 'O')])\n",
}
"""Ways by which an object of the target's might be made anew in the judge."""


@pytest.mark.parametrize("way", CODE)
def test_no_object_of_a_target_reaches_the_judge(tmp_path: Path, way: str) -> None:
    report = judged(written(tmp_path, CODE[way]), "R1", "R2")
    assert report.verdict in ("deviates", "not judged", "in part")
    assert all(type(one) is str for one in (report.about, *report.problems, *report.hints))


PIPE = """
import json
import pickle
for number in range(3, 20):
    try:
        os.write(number, {bytes})
    except OSError:
        pass
"""
BYTES = {
    "a pickle": pickle.dumps(EVIL, 0) + b"cos\n_exit\n(I0\ntR.",
    "a length": b"\x00\x00\x10\x00",
    "half a line": b'{"id":',
    "a line": b"hello\n",
    "an answer": b'{"id":1,"status":"ok","result":{"dtype":"<f8","shape":[2]},"bytes":16}\n',
    "a promise": b'{"id":0,"status":"ok","protocol":2,"ops":["relu"],"arrays":"inline"}\n',
    "many": b"x" * 2_000_000,
}


@pytest.mark.parametrize("bytes_", BYTES.values(), ids=list(BYTES))
@pytest.mark.parametrize("when", ["imported", "called"])
def test_stray_bytes_on_the_pipe_are_no_hang_and_no_answer(
    tmp_path: Path, bytes_: bytes, when: str
) -> None:
    code = PIPE.format(bytes=bytes_)
    if when == "called":
        lines = "".join(f"        {line}\n" for line in code.splitlines())
        code = f"def relu(x):\n    if x.size == 42:\n{lines}    return np.maximum(x, 0)\n"
    else:
        code += "def relu(x):\n    return np.maximum(x, 0)\n"
    target = written(tmp_path, code)
    good, bad = call("relu", np.array([-1.0, 2.0])), call("relu", np.ones(42))
    outcomes = outcomes_of(target, [good, bad, good, good])
    if when == "called":
        assert [one.kind in LOST for one in outcomes] == [False, True, False, False]


def outcomes_of(target: str, calls: list[Call]) -> list[Outcome]:
    """What comes of calls; nothing where the target cannot be loaded, and says so briefly."""
    try:
        worker = Worker(target, "standard", timeout=2)
    except TargetError as error:
        if len(str(error)) > 1_000:
            raise
        return []
    with closing(worker):
        return [worker.answer(one) for one in calls]


FORGED = "conforms\n\x1b[2J\x1b[31mconforms: 0 deviations\x00\r\x9b1A\u202e\udc80\u2028end"


def test_what_a_target_says_is_one_plain_line(tmp_path: Path) -> None:
    target = written(tmp_path, f"def relu(x):\n    raise ValueError({FORGED!r})\n")
    report = judged(target, "R1")
    (problem,) = report.problems
    assert problem.isprintable()
    assert r"conforms \x1b[2J\x1b[31mconforms: 0 deviations\x00 \x9b1A\u202e\udc80 end" in problem


def test_nothing_is_imported_from_the_current_folder_by_accident(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("random", "tempfile", "json", "select", "subprocess", "click", "rich"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('shadowed')\n")
    target = written(tmp_path, "def relu(x):\n    return np.maximum(x, 0)\n")
    monkeypatch.chdir(tmp_path)
    script = [str(Path(sys.executable).with_name("cnnspec"))]
    for command in ([sys.executable, "-m", "cnnspec"], script):
        line = [*command, "check", target, "--only", "R2", "--budget", "quick"]
        done = subprocess.run(line, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


HANGING = """
import time
calls = 0
def relu(x):
    global calls
    calls += 1
    if calls > 8: time.sleep(60)
    return np.maximum(x, 0)
def pooling(f, size=2, stride=2):
    import cnnspec
    return cnnspec.pooling(f, size, stride)
"""


@pytest.mark.exhaustive
def test_losses_count_over_the_whole_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "LOST_FOR_LONG", 4.0)
    target = written(tmp_path, HANGING)
    start = time.monotonic()
    report = judged(target, timeout=1)
    assert time.monotonic() - start < 300
    assert report.verdict == "deviates"
    assert "the target was lost" in report.problems[-1]
    rows = {(one.id, one.level): one for one in report.clauses}
    assert any(one.status == "fail" for one in report.clauses)
    assert rows["S2", "values"].status != "pass"
    unjudged = [one for one in report.clauses if "the target was lost" in one.message]
    assert all(one.status == "error" for one in unjudged)
    assert len(unjudged) > 5
    assert not any(one.holds for one in report.certificates)


@pytest.mark.exhaustive
def test_a_target_that_does_not_start_again_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "LOST_FOR_LONG", 4.0)
    target = written(
        tmp_path,
        "import pathlib, time\nonce = pathlib.Path(__file__).with_suffix('.once')\n"
        "if once.exists(): time.sleep(60)\nonce.touch()\n"
        "def relu(x):\n    os._exit(1)\n",
    )
    start = time.monotonic()
    report = judged(target, timeout=0.5)
    assert time.monotonic() - start < 300
    assert report.verdict == "not judged"
    assert "could not be started again" in report.problems[-1]


@pytest.mark.exhaustive
def test_answers_just_before_the_deadline_count_as_lost_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "LOST_FOR_LONG", 3.0)
    target = written(
        tmp_path, "import time\ndef relu(x):\n    time.sleep(0.6)\n    return np.maximum(x, 0)\n"
    )
    start = time.monotonic()
    report = judged(target, timeout=1)
    assert time.monotonic() - start < 300
    assert report.verdict == "not judged"
    assert "lost or late" in report.problems[-1]


@pytest.mark.exhaustive
def test_a_target_that_does_not_start_again_is_no_deviation(tmp_path: Path) -> None:
    target = written(
        tmp_path, "os.unlink(__file__)\ndef relu(x):\n    return np.where(x <= 0, 0 * x, x)\n"
    )
    report = judged(target)
    assert report.verdict in ("in part", "not judged")
    assert [one.id for one in report.clauses if one.status == "fail"] == []


@pytest.mark.exhaustive
def test_a_target_that_declines_everything_does_not_conform(tmp_path: Path) -> None:
    target = written(
        tmp_path,
        "import cnnspec\ncalls = []\ndef relu(x):\n    calls.append(1)\n"
        "    if len(calls) > 5: raise cnnspec.Unsupported('not today')\n"
        "    return np.maximum(x, 0)\n",
    )
    report = judged(target)
    assert report.verdict in ("in part", "not judged")


def test_complex_results_are_judged_by_what_they_are(tmp_path: Path) -> None:
    text = "import cnnspec\ndef conv(x, w):\n    y = cnnspec.conv(x, w)\n    return {} + 0j\n"
    exact = judged(written(tmp_path, text.format("y")), "C9")
    assert [one.status for one in exact.clauses] == ["pass"]
    wrong = judged(written(tmp_path, text.format("np.where(y % 1, y * 1.0001, y)"), "w.py"), "C9")
    assert [one.status for one in wrong.clauses] == ["fail"]


def test_an_exception_of_many_bases_is_a_rejection(tmp_path: Path) -> None:
    target = written(
        tmp_path,
        "kinds = [ValueError]\nfor n in range(200):\n"
        "    kinds.append(type('N' * 900 + str(n), (kinds[-1],), {}))\n"
        "def relu(x):\n    raise kinds[-1]('no')\n",
    )
    with closing(Worker(target, "standard", timeout=5)) as worker:
        outcome = worker.answer(call("relu", np.ones(2)))
    assert (outcome.kind, outcome.message) == ("rejected", "no")
    assert len(outcome.exception) == 20


def test_large_answers_do_not_fill_the_judge(tmp_path: Path) -> None:
    target = written(tmp_path, "def relu(x):\n    return np.zeros(2**27)\n")
    report = judged(target, "Q2")
    assert report.verdict == "not judged"
    assert "which has 1073741824 bytes" in report.problems[0]


def test_a_defect_of_ours_loses_no_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_arguments: object) -> None:
        raise ZeroDivisionError("ours")

    monkeypatch.setattr(explaining, "examined", broken)
    target = written(tmp_path, "def relu(x):\n    return np.abs(x)\n")
    paths = check.Paths(json=tmp_path / "r.json")
    plan = Plan(named(target), budget="quick", only=("R2",))
    monkeypatch.chdir(tmp_path)
    report = check.check(plan, Options(), paths, Console(quiet=True))
    assert report.verdict == "deviates"
    (problem,) = json.loads((tmp_path / "r.json").read_text())["problems"]
    assert problem.startswith("cnnspec itself failed, please report it: ZeroDivisionError: ours")


def test_the_folder_of_a_program_is_removed_whatever_is_in_it() -> None:
    place = Place()
    (place.path / "inside").mkdir(mode=0)
    place.remove()
    assert not place.path.exists()
    other = Place()
    other.path.rmdir()
    other.path.symlink_to("/nowhere")
    other.remove()
    assert not other.path.is_symlink()


def test_a_process_that_keeps_the_pipe_is_not_waited_for(tmp_path: Path) -> None:
    """A child holds the pipe open, so that the end of its parent does not close it."""
    target = written(
        tmp_path,
        "import time\ndef relu(x):\n"
        "    if x.size == 42:\n"
        "        if os.fork():\n            os._exit(3)\n"
        "        os.setsid(); time.sleep(600)\n"
        "    return np.maximum(x, 0)\n",
    )
    with closing(Worker(target, "standard", timeout=90)) as worker:
        start = time.monotonic()
        outcome = worker.answer(call("relu", np.ones(42)))
        assert outcome.kind == "crashed"
        assert "exit status 3" in outcome.message
        assert time.monotonic() - start < 60  # the limit is not waited for


@pytest.mark.exhaustive
def test_a_target_that_reads_nothing_is_not_waited_for(tmp_path: Path) -> None:
    target = written(
        tmp_path,
        "import threading\n"
        "def relu(x):\n"
        "    if x.size == 42:\n"
        '        os.write(4, b\'{"id":2,"status":"unsupported"}\\n\' * 20_000)\n'
        "    return np.maximum(x, 0)\n",
    )
    with closing(Worker(target, "standard", timeout=1)) as worker:
        start = time.monotonic()
        for one in (np.ones(42), np.ones(2_000_000)):
            worker.answer(call("relu", one))
        assert time.monotonic() - start < 60


def test_a_result_that_is_too_large_is_said(tmp_path: Path) -> None:
    target = written(
        tmp_path, "def relu(x):\n    return np.broadcast_to(np.float64(1), (2**20, 2**20))\n"
    )
    report = judged(target, "R1")
    assert "which has 8796093022208 bytes, more than 1048576" in report.problems[0]


def test_a_subclass_is_taken_as_an_array(tmp_path: Path) -> None:
    target = written(
        tmp_path,
        "class Unit(np.ndarray):\n"
        "    def __array_function__(self, *a): raise TypeError('no')\n"
        "    def __array_ufunc__(self, *a, **k): raise TypeError('no')\n"
        "    def copy(self): raise TypeError('no')\n"
        "    def tobytes(self): raise TypeError('no')\n"
        "def relu(x):\n    return np.where(x <= 0, x.dtype.type(0), x).view(Unit)\n",
    )
    report = judged(target, "R1", "R2", "Q1", "Q2", "Q4")
    assert report.verdict == "conforms", [one.message for one in report.clauses]


@pytest.mark.parametrize("turns", [2, 3, 5])
def test_a_shape_that_changes_from_call_to_call_ends_no_check(turns: int) -> None:
    """Two results are compared by R2: each may have another shape."""
    made = count()

    def relu(x: Array) -> Array:
        return np.zeros(3, bool) if next(made) % turns == 0 else np.maximum(x, 0)

    report = judge(InProcess({"relu": relu}), Plan(named("turning"), "standard", budget="quick"))
    assert report.verdict == "deviates"
    assert "R1" in {one.id for one in report.clauses if one.status == "fail"}
