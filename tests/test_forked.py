"""A function that lives in this process is judged in a fork, which hurts nothing but itself."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from judging import CHECK_LAMBDA, quick, right_relu, run_code

from cnnspec.report.public import Report
from cnnspec.spec import Array

pytestmark = pytest.mark.usefixtures("in_a_folder")

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
        return right_relu(x)

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
        return right_relu(x)

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
        return right_relu(x)

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
        return right_relu(x) + (len(calls) > 30)

    report = quick(relu=relu, only="R2,Q2")
    assert report["Q2"].status == "fail"
    assert calls == []


def test_other_threads_do_no_harm() -> None:
    stop = threading.Event()
    thread = threading.Thread(target=stop.wait)
    thread.start()
    try:
        assert quick(relu=lambda x: right_relu(x))
    finally:
        stop.set()
        thread.join()


def test_a_check_in_another_thread() -> None:
    found: list[Report] = []
    thread = threading.Thread(target=lambda: found.append(quick(relu=lambda x: np.abs(x))))
    thread.start()
    thread.join()
    assert found[0].verdict == "deviates"


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
