"""`cnnspec.check` judges what a program in Python gives it, and leaves that program as it was."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

import cnnspec
from cnnspec.cli import main
from cnnspec.report.public import Report
from cnnspec.spec import Array
from cnnspec.targets.target import named

MODULE = """
import os
import numpy as np
def relu(x):
    return np.abs(x)
def right(x):
    return np.where(x <= 0, x.dtype.type(0), x)
class Net:
    @staticmethod
    def relu(x):
        return np.abs(x)
    def process(self, x):
        return np.where(x <= 0, x.dtype.type(0), x)
"""


def relu_of_this_module(x: Array) -> Array:
    return np.where(x <= 0, x.dtype.type(0), x)


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A folder of its own, in which a check leaves nothing but its files to replay."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    yield
    assert {one.name for one in (tmp_path / "here").iterdir()} <= {".cnnspec"}


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A module that this process alone knows how to find."""
    place = tmp_path / "elsewhere"
    place.mkdir()
    (place / "mine_alone.py").write_text(MODULE)
    monkeypatch.syspath_prepend(str(place))
    import mine_alone  # type: ignore[import-not-found]

    yield mine_alone
    del sys.modules["mine_alone"]


def quick(*target: object, only: str | tuple[str, ...] = "R2", **more: Any) -> Report:
    return cnnspec.check(*target, budget="quick", only=only, **more)


# What can be given.


def test_a_closure_that_is_right_conforms() -> None:
    zero = 0.0

    def relu(x: Array) -> Array:
        return np.where(x <= 0, x.dtype.type(zero), x)

    report = quick(relu=relu, only=())
    assert report, report
    assert report.verdict == "conforms"
    assert report.deviations == []
    assert report.isolated
    assert report.levels["values"].status == report.levels["strict"].status == "right"
    assert report.levels["core"].status == "not judged"
    assert report["r2"].status == "pass"
    assert report["R2"].counterexample is None
    assert not Path(".cnnspec").exists()


def test_a_wrong_closure_deviates_and_its_code_shows_it() -> None:
    def half(x: Array) -> Array:
        return np.where(x <= 0, x.dtype.type(0), x / 2).astype(x.dtype)

    report = quick(relu=half, only="R2,C7")
    assert not report
    assert report.verdict == "deviates"
    assert [one.id for one in report.deviations] == ["R2"]
    assert report.levels["values"].status == "wrong"
    assert report.levels["values"].deviating == ("R2",)
    assert report["C7"].status == "absent"
    example = report["r2"].counterexample
    assert example is not None
    assert example.expected is not None
    assert example.got is not None
    assert example.expected.max() == 2 * example.got.max()
    assert example.case[-1].operation == "relu"
    assert "got = half(feature_map)" in example.code
    text = str(report)
    assert "Reproduce with, where half is defined:" in text
    assert "cnnspec replay" not in text
    with pytest.raises(AssertionError):
        exec(pasted(text), {"half": half})  # noqa: S102  what a reader would paste
    exec(pasted(text), {"half": relu_of_this_module})  # noqa: S102
    assert not Path(".cnnspec").exists()


def pasted(text: str) -> str:
    """The code that a report shows, taken out of it."""
    rows = text.partition("is defined:\n")[2].splitlines()
    code = [row.removeprefix("      ") for row in rows if row.startswith("      ")]
    return "\n".join(code[: 1 + next(i for i, row in enumerate(code) if row.startswith("assert"))])


def test_a_lambda_and_a_method_have_the_name_of_their_operation() -> None:
    class Net:
        def relu(self, x: Array) -> Array:
            return np.abs(x)

    for function in (lambda x: np.abs(x), Net().relu):
        example = quick(relu=function)["R2"].counterexample
        assert example is not None
        assert "got = relu(feature_map)" in example.code


def test_an_object_has_operations_as_attributes() -> None:
    class Net:
        about = "net 2"

        def relu(self, x: Array) -> Array:
            return np.abs(x)

    report = quick(Net())
    assert "got = target.relu(feature_map)" in str(report)
    assert "where target is defined" in str(report)
    assert "net 2" in str(report)
    adapted = cnnspec.adapt(relu=lambda x: np.maximum(x, 0), image="CHW")
    assert quick(adapted)


def test_an_object_says_in_which_dtype_it_takes_floats() -> None:
    def relu(x: Array) -> Array:
        if x.dtype == np.float64:
            raise TypeError("float32 alone")
        return relu_of_this_module(x)

    assert quick(SimpleNamespace(relu=relu, dtypes=("float32",)))


def test_a_function_that_can_be_imported_runs_in_a_fresh_process(module: ModuleType) -> None:
    report = quick(relu=module.relu)
    assert "functions:relu=mine_alone:relu" in repr(report)
    assert "Reproduce with: cnnspec replay .cnnspec/" in str(report)
    assert "functions:relu=mine_alone:Net.relu" in repr(quick(relu=module.Net.relu))
    assert quick(relu=module.right)


def test_its_file_is_replayed(module: ModuleType) -> None:
    """The command finds the module in the folder that this process had."""
    quick(relu=module.relu)
    (file,) = Path(".cnnspec").iterdir()
    asked = CliRunner().invoke(main, ["replay", str(file)])
    assert asked.exit_code == 2
    assert "runs the command: functions:relu=mine_alone:relu; repeat it" in asked.stderr
    result = CliRunner().invoke(main, ["replay", str(file), "--yes"])
    assert result.exit_code == 1, result.output
    assert "from mine_alone import relu" in result.output
    place = Path(str(module.__file__))
    place.write_text(MODULE.replace("np.abs(x)", "np.maximum(x, 0)"))
    again = CliRunner().invoke(main, ["replay", str(file), "--yes"])
    assert again.exit_code == 0, again.output


def test_a_module_is_a_target_by_its_name(module: ModuleType) -> None:
    assert "\nmine_alone ·" in repr(quick(module))
    assert "relu of this" not in repr(quick(SimpleNamespace(relu=module.right)))


def test_a_function_that_was_put_into_a_module_is_judged_as_it_is(module: Any) -> None:
    module.relu = relu_of_this_module
    assert quick(module)
    module.relu = lambda x: x
    assert not quick(module)


def test_a_module_that_cannot_be_imported_afresh_is_judged_here(module: ModuleType) -> None:
    """It is there, but a fresh interpreter fails on it."""
    Path(str(module.__file__)).write_text("raise OSError('only once')\n")
    report = quick(relu=module.right)
    assert report
    assert "functions:relu=right" in repr(report)


def test_a_module_that_is_being_imported_does_not_judge_itself_without_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = MODULE + "import cnnspec\nreport = cnnspec.check(relu=right, budget='quick', only='R2')"
    (tmp_path / "judging_itself.py").write_text(text)
    monkeypatch.syspath_prepend(str(tmp_path))
    import judging_itself  # type: ignore[import-not-found]

    assert judging_itself.report
    assert "functions:relu=right" in repr(judging_itself.report)


def test_what_the_command_takes_is_taken(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text(MODULE)
    assert not quick(str(file))
    assert not quick(file)
    assert quick("reference")
    assert quick("functions:relu=cnnspec.reference.relu:relu")
    assert named("functions:relu=a.b:c.d").functions == {"relu": "a.b:c.d"}
    for text, message in (
        ("nowhere.py", "there is no file nowhere.py"),
        ("functions:relu=relu", "relu is a function of the process that judged it"),
        ("functions:relu=json:relu", "json has no function relu"),
        ("functions:,=", "functions:,= names no function of conv, relu"),
    ):
        with pytest.raises(cnnspec.TargetError, match=message):
            quick(text)


def test_the_answer_of_the_command_is_the_same(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text(MODULE)
    report = cnnspec.check(file, budget="quick", only=("R2",))
    shown = CliRunner().invoke(main, ["check", str(file), "--budget", "quick", "--only", "R2"])
    said, command = (text.strip().splitlines()[:-1] for text in (str(report), shown.output))
    assert said == command  # but for the last line, which has the seconds


def no(*_: object) -> None:
    """No operation."""


@pytest.mark.parametrize(
    ("target", "operations", "message"),
    [
        ((), {}, r"name what to judge: check\(conv=f\)"),
        ((None,), {}, "name what to judge"),
        (("reference",), {"relu": no}, "not both"),
        ((), {"pool": no}, "'pool' is no operation; did you mean 'pooling'"),
        ((), {"softmax": no}, "'softmax' is no operation; there are conv, relu"),
        ((), {"conv": 5}, r"conv is of the type int; give a function, called as conv\(image, fil"),
        ((), {"conv": None}, "conv is of the type NoneType"),
        ((), {"relu": dict}, "relu is a class; give a function"),
        ((dict,), {}, r"dict is a class; give an object of it, as in check\(dict\(\)\)"),
        (({"relu": no},), {}, "of the type dict, and has none of conv, relu"),
        ((no,), {}, r"of the type function, .* say which operation it is, as in check\(conv=f\)"),
        ((SimpleNamespace(relu=dict),), {}, "relu is a class"),
    ],
)
def test_nonsense_is_told(
    target: tuple[object, ...], operations: dict[str, Any], message: str
) -> None:
    with pytest.raises(TypeError, match=message):
        cnnspec.check(*target, **operations)


def test_a_name_that_looks_like_an_operation_is_told() -> None:
    class Net:
        def conv2d(self, x: Array) -> Array:
            return x

    with pytest.raises(TypeError, match=r"did you mean check\(conv=it.conv2d\)"):
        cnnspec.check(Net())

    class More(Net):
        relu = staticmethod(relu_of_this_module)

    report = quick(More())
    assert report.verdict == "in part"
    assert "found conv2d, not judged: did you mean check(conv=it.conv2d)?" in str(report)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"level": "value"}, "'value' is no level; did you mean 'values'"),
        ({"edition": "new"}, "'new' is no edition; there are standard, article"),
        ({"budget": "quik"}, "did you mean 'quick'"),
        ({"only": "C99"}, "there is no clause 'C99'; there are C1, C2"),
        ({"only": ("P3a",)}, "P3a is not a clause of edition standard"),
        ({"only": ("",)}, "there is no clause ''"),
        ({"only": (7,)}, "only names clauses"),
        ({"only": 7}, "only names clauses"),
        ({"seed": -1}, "seed is 0 or more"),
        ({"seed": 0.5}, "seed is an integer"),
        ({"certify": True}, "certify is an integer"),
        ({"timeout": 0}, "timeout 0 is not between"),
        ({"timeout": float("nan")}, "timeout nan is not between"),
        ({"timeout": "1"}, "timeout is a number of seconds"),
    ],
)
def test_an_argument_that_is_none_is_told(given: dict[str, Any], message: str) -> None:
    with pytest.raises((TypeError, ValueError), match=message):
        cnnspec.check("reference", **given)


# What is dangerous, and where it runs.


def interrupt() -> None:
    raise KeyboardInterrupt


DANGERS: dict[str, tuple[Callable[[], object], str]] = {
    "exit": (lambda: os._exit(3), "ended its process with exit status 3"),
    "abort": (os.abort, "died of SIGABRT"),
    "memory": (lambda: np.ones(2**40), "a valid input is rejected: MemoryError"),
    "end": (lambda: sys.exit(0), "a valid input is rejected: SystemExit"),
    "interrupt": (interrupt, "ended its process with exit status 70"),
    "kill the group": (lambda: os.killpg(0, 9), "died of SIGKILL"),
    "hang": (lambda: time.sleep(600), "no answer within 1 s"),
}


@pytest.mark.parametrize("danger", DANGERS)
def test_a_dangerous_call_is_a_verdict(danger: str, capfd: pytest.CaptureFixture[str]) -> None:
    does, message = DANGERS[danger]

    def relu(x: Array) -> Array:
        if x.shape == (3, 4, 2):
            does()
        return relu_of_this_module(x)

    report = quick(relu=relu, only="R1,R2", timeout=1)
    assert report["R1"].status == "fail"
    assert message in report["R1"].message
    assert report["R2"].status == "pass"
    assert report.isolated
    assert capfd.readouterr() == ("", "")


def test_a_loop_without_end_stays_out_of_this_process() -> None:
    """It computes: it waits for nothing that a fork lacks, and is not tried here."""

    def relu(_: Array) -> Array:
        while True:
            assert os.getpid() != parent

    parent = os.getpid()
    report = quick(relu=relu, timeout=1)
    assert report.verdict == "not judged"
    assert report.isolated
    assert "no answer within 1 s" in str(report)


def in_the_fork(does: Callable[[], object]) -> Callable[[Array], Array]:
    """A relu that works nowhere but in this process."""
    parent = os.getpid()

    def relu(x: Array) -> Array:
        if os.getpid() != parent:
            does()
        return relu_of_this_module(x)

    return relu


def refuse() -> None:
    raise RuntimeError("cannot initialise the device again in a forked process")


@pytest.mark.parametrize("does", [lambda: time.sleep(600), refuse])
def test_what_a_fork_cannot_do_is_done_here_and_that_is_said(does: Callable[[], object]) -> None:
    report = quick(relu=in_the_fork(does), timeout=1)
    assert report
    assert not report.isolated
    assert "not isolated" in "".join(str(report).splitlines()[:3])
    assert "not isolated" in repr(report)
    assert "not isolated" in report._repr_html_()


def test_where_nothing_can_be_forked_it_runs_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "fork")
    report = quick(relu=in_the_fork(refuse))
    assert report
    assert not report.isolated


def test_where_a_fork_fails_it_runs_here(monkeypatch: pytest.MonkeyPatch) -> None:
    def fork() -> int:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(os, "fork", fork)
    assert not quick(relu=in_the_fork(refuse)).isolated


def test_warnings_and_output_stay_in_the_fork(capfd: pytest.CaptureFixture[str]) -> None:
    def relu(x: Array) -> Array:
        warnings.warn("of the function", stacklevel=1)
        print("by print")  # noqa: T201  to be counted
        os.write(1, b"to the descriptor")
        os.write(2, b"to standard error")
        return relu_of_this_module(x)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        report = quick(relu=relu, only="R2,Q10", level="strict")
    assert report["R2"].status == "pass"
    assert "prints" in report["Q10"].message or "printed" in report["Q10"].message
    assert capfd.readouterr() == ("", "")


def test_what_is_not_flushed_yet_is_written_once(tmp_path: Path) -> None:
    code = "import sys; sys.stdout.write('once'); " + CHECK_LAMBDA
    done = run_code(tmp_path, code)
    assert done.stdout == "once"


def test_each_start_is_afresh() -> None:
    """A counterexample is confirmed in a fork that has made no call."""
    calls: list[int] = []

    def relu(x: Array) -> Array:
        calls.append(1)
        return relu_of_this_module(x) + (len(calls) > 30)

    report = quick(relu=relu, only="R2,Q2")
    assert report["Q2"].status == "fail"
    assert calls == []


def test_other_threads_do_no_harm() -> None:
    stop = threading.Event()
    thread = threading.Thread(target=stop.wait)
    thread.start()
    try:
        assert quick(relu=lambda x: relu_of_this_module(x))
    finally:
        stop.set()
        thread.join()


def test_a_check_in_another_thread() -> None:
    found: list[Report] = []
    thread = threading.Thread(target=lambda: found.append(quick(relu=lambda x: np.abs(x))))
    thread.start()
    thread.join()
    assert found[0].verdict == "deviates"


# Programs without a file.

CHECK_LAMBDA = (
    "import cnnspec, numpy as np; "
    "report = cnnspec.check(relu=lambda x: np.where(x <= 0, x.dtype.type(0), x), "
    "budget='quick', only='R2'); assert report, report"
)
NOTEBOOK = """
import numpy as np
def relu(x):
    return np.abs(x)
class Net:
    relu = staticmethod(lambda x: np.abs(x))
"""


def run_code(
    folder: Path, code: str, *words: str, text: str | None = None
) -> "subprocess.CompletedProcess[str]":
    done = subprocess.run(
        [sys.executable, "-W", "error", *(words or ("-c", code))],
        input=text,
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done


def test_a_program_on_the_command_line_and_one_from_standard_input(tmp_path: Path) -> None:
    code = NOTEBOOK + "import cnnspec\nr = cnnspec.check(relu=relu, budget='quick', only='R2')\n"
    code += "print(r.verdict, r.isolated, r['R2'].counterexample.code)\n"
    for done in (run_code(tmp_path, code), run_code(tmp_path, "", "-", text=code)):
        assert done.stdout.startswith("deviates True feature_map = ")
        assert done.stdout.endswith("got = relu(feature_map)\n")
    assert not (tmp_path / ".cnnspec").exists()
    assert not (tmp_path / ".hypothesis").exists()


def test_functions_of_a_notebook() -> None:
    """They are made by exec, in a module that is called __main__ and has no file."""
    space: dict[str, Any] = {"__name__": "__main__"}
    exec(NOTEBOOK, space)  # noqa: S102
    assert "got = relu(feature_map)" in str(quick(relu=space["relu"]))
    assert "got = target.relu(feature_map)" in str(quick(space["Net"]()))


# The end, however it comes.

HANGS = """
import os, signal, time, subprocess, sys, cnnspec
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's `&` has it ignored
def relu(x):
    subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
    open("called", "w").close()
    while True:
        pass
try:
    cnnspec.check(relu=relu, budget="quick", timeout=60)
except KeyboardInterrupt:
    print("interrupted", flush=True)
    time.sleep(2)
    os._exit(5)
"""
"""The fork computes without end, and has started a process of its own in another session."""


def alive(folder: Path) -> list[str]:
    """The processes that were started with a folder in their environment."""
    mark = f"CNNSPEC_TEST={folder}".encode()
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if mark in (process / "environ").read_bytes().split(b"\0"):
                found.append(process.name)
    return found


def soon(is_so: Callable[[], bool]) -> bool:
    """Whether something is so within some seconds."""
    end = time.monotonic() + 30
    while not is_so() and time.monotonic() < end:
        time.sleep(0.05)
    return is_so()


def hanging(folder: Path) -> "subprocess.Popen[str]":
    """A program in Python whose check hangs in a call."""
    program = subprocess.Popen(
        [sys.executable, "-c", HANGS],
        cwd=folder,
        env={**os.environ, "CNNSPEC_TEST": str(folder)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert soon((folder / "called").exists)
    return program


linux = pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="reads /proc")


@linux
def test_an_interruption_ends_the_fork_and_is_raised(tmp_path: Path) -> None:
    program = hanging(tmp_path)
    program.send_signal(signal.SIGINT)
    assert program.stdout is not None
    assert program.stdout.readline() == "interrupted\n"
    forks = Path(f"/proc/{program.pid}/task/{program.pid}/children").read_text().split()
    names = [Path(f"/proc/{one}/cmdline").read_bytes() for one in forks]
    assert len(names) == 1  # the watchdog, which ends with the program
    assert b"watchdog.py" in names[0]
    assert program.wait(timeout=60) == 5
    program.stdout.close()
    assert soon(lambda: alive(tmp_path) == [])


@linux
def test_a_killed_program_leaves_no_fork(tmp_path: Path) -> None:
    with hanging(tmp_path) as program:
        program.kill()
    assert soon(lambda: alive(tmp_path) == [])


@linux
def test_no_process_but_the_watchdog_outlives_a_check(tmp_path: Path) -> None:
    code = CHECK_LAMBDA + "; import os, pathlib; place = f'/proc/{os.getpid()}/task/{os.getpid()}'"
    code += "; print(len(pathlib.Path(place, 'children').read_text().split()))"
    assert run_code(tmp_path, code).stdout == "1\n"


# The report.


@pytest.fixture(scope="module")
def wrong() -> Report:
    """Of a conv and a pooling that are wrong in several ways, at level core."""

    def conv(image: Array, filters: Array) -> Array:
        return cnnspec.conv(image, filters[:, ::-1, ::-1])

    def pooling(feature_map: Array, size: int = 2, stride: int = 2) -> Array:
        if size <= 0:
            return np.zeros((1, 1, 1))
        return cnnspec.pooling(feature_map, size, stride)

    only = ("C6", "C7", "C9", "P2", "P3", "P4")
    return cnnspec.check(conv=conv, pooling=pooling, budget="quick", level="core", only=only)


def test_deviations_of_values_come_first(wrong: Report) -> None:
    assert [one.id for one in wrong.deviations] == ["C7", "C9", "P2"]
    assert wrong.levels["core"].deviating == ("P2",)
    assert wrong.levels["strict"].status == "not judged"


def test_the_short_form_is_short(wrong: Report) -> None:
    rows = repr(wrong).splitlines()
    assert rows[0].startswith("numbers: wrong (C7 C9) · rejections: accepts a kind")
    assert len(rows) <= 10
    assert max(map(len, rows)) <= 80


def test_the_text_is_the_commands(wrong: Report) -> None:
    text = str(wrong)
    assert "behaves as: filter-rotated" in text
    assert "to reject it, paste at the start of pooling" in text
    assert text.splitlines()[-1].startswith("deviates at level core: 3 of")


def test_an_unknown_clause_names_those_that_there_are(wrong: Report) -> None:
    for key in ("C1", "", "Z9"):
        with pytest.raises(KeyError, match="there are C6, C7, C9, P2, P3, P4"):
            wrong[key]


def test_a_clause_of_two_levels_gives_the_lower_one() -> None:
    report = quick(relu=lambda x: x if x.ndim == 3 else x[0], only="R1")
    assert [one.level for one in report.clauses] == ["values", "strict"]
    assert report["R1"].level == "values"


def test_a_failed_assertion_shows_the_report(wrong: Report) -> None:
    with pytest.raises(AssertionError, match="numbers: wrong"):
        assert wrong


def test_the_page_escapes_what_a_target_says() -> None:
    def relu(_: Array) -> Array:
        raise ValueError("<script>alert(1)</script>")

    page = quick(SimpleNamespace(relu=relu, about="<img src=x>"))._repr_html_()
    assert "<script" not in page
    assert "<img" not in page
    assert "&lt;img src=x&gt;" in page
    assert "&lt;script&gt;" in page


def test_the_page_has_a_block_for_each_cause(wrong: Report) -> None:
    page = wrong._repr_html_()
    assert page.count("<details>") == 2
    assert "http" not in page
    assert "got = conv(image, filters)" in page
    assert "expected" in page


def test_where_no_file_can_be_written_there_is_code(module: ModuleType) -> None:
    Path(".cnnspec").symlink_to("/nowhere")  # which is refused
    text = str(quick(relu=module.relu))
    assert "not written, to be replayed" in text
    assert "      from mine_alone import relu\n" in text
    assert "      assert np.array_equal(got, expected, equal_nan=True)\n" in text


# The package.


def test_the_package_shows_what_a_user_needs() -> None:
    assert dir(cnnspec) == sorted(["__version__", *cnnspec.__all__])
    code = "import sys, cnnspec; print({'numpy', 'hypothesis', 'cnnspec.kit'} & {*sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
