"""A worker is forked by a server (targets/fork_server.py), and is as fresh as one that starts."""

import os
import signal
from pathlib import Path

import numpy as np
import pytest

from cnnspec.kit.operation import call
from cnnspec.operations import catalogue  # noqa: F401  it fills the registry
from cnnspec.targets import Options, forking
from cnnspec.targets.client import Worker
from cnnspec.targets.process import LINUX
from cnnspec.targets.starting import starting

pytestmark = pytest.mark.skipif(not LINUX, reason="elsewhere each worker is started")


@pytest.fixture(autouse=True)
def in_its_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The target lies in a folder of the test's own."""
    monkeypatch.chdir(tmp_path)


TELLS = """
import os, random, sys
import numpy as np

def relu(x):
    {told}
"""


def told(expression: str, times: int = 2) -> list[float]:
    """What a target says of its process, in so many fresh workers."""
    Path("tells.py").write_text(TELLS.format(told=f"return x * ({expression})"))
    worker = Worker("tells.py", "standard", 5.0)
    try:
        values = []
        for _ in range(times):
            value = worker.answer(call("relu", np.ones((1, 1, 1)))).value
            assert value is not None
            values.append(float(value[0, 0, 0]))
            assert worker.restart()
        return values
    finally:
        worker.close()


def test_workers_of_one_server_have_one_parent() -> None:
    first, second = told("os.getppid()")
    assert first == second == server().process.pid


def test_all_tests_of_a_process_share_a_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever pytest says of the test that runs; a worker is not told."""
    first = server()
    monkeypatch.setenv("PYTEST_CURRENT_TEST", "another test (call)")
    assert server() is first
    assert told("float('PYTEST_CURRENT_TEST' in os.environ)", 1) == [0.0]


def server() -> forking.ForkServer:
    """The server of workers with the usual options."""
    running = starting(Options()).running()
    assert running is not None
    return running


@pytest.mark.parametrize("chance", ["random.random()", "np.random.rand()"])
def test_chance_is_not_the_same_in_each(chance: str) -> None:
    assert len(set(told(chance, 3))) == 3


def test_a_worker_leads_a_session_of_its_own() -> None:
    assert told("float(os.getpid() == os.getsid(0) == os.getpgrp())", 1) == [1.0]


def test_a_worker_holds_no_file_of_its_server() -> None:
    held = told("len(os.listdir('/proc/self/fd'))", 1)
    with_others = [Worker("tells.py", "standard", 5.0) for _ in range(3)]
    try:
        assert told("len(os.listdir('/proc/self/fd'))", 1) == held
    finally:
        for one in with_others:
            one.close()


def test_it_works_in_the_folder_of_the_verifier_and_with_its_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    told("1.0", 1)
    (tmp_path / "inner").mkdir()
    monkeypatch.chdir(tmp_path / "inner")
    monkeypatch.setenv("CNNSPEC_TEST_OF_FORKING", "23")
    (told_by,) = told("float(os.environ['CNNSPEC_TEST_OF_FORKING'])", 1)
    assert told_by == 23.0


def test_a_target_that_kills_its_server_goes_on_and_starts_again() -> None:
    before = server().process
    Path("tells.py").write_text(TELLS.format(told="os.kill(os.getppid(), 9); return x"))
    worker = Worker("tells.py", "standard", 5.0)
    try:
        assert worker.answer(call("relu", np.ones((1, 1, 1)))).kind == "returned"
        before.wait(timeout=10)
        assert worker.process is not None
        assert not worker.process.has_ended()  # the worker is as well as it was
        assert worker.restart()
    finally:
        worker.close()
        for key, one in list(forking.SERVERS.items()):
            if one is not None and one.process is before:
                one.end()
                del forking.SERVERS[key]


def test_without_a_server_a_worker_is_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forking, "LINUX", False)
    monkeypatch.setattr(forking, "SERVERS", {})
    assert told("os.getppid()") == [os.getpid()] * 2


def test_how_a_worker_ended_is_told() -> None:
    for does, said in (("os._exit(7)", "exit status 7"), ("os.abort()", "died of SIGABRT")):
        Path("tells.py").write_text(TELLS.format(told=does))
        worker = Worker("tells.py", "standard", 5.0)
        try:
            outcome = worker.answer(call("relu", np.ones((1, 1, 1))))
        finally:
            worker.close()
        assert outcome.kind == "crashed"
        assert said in outcome.message


def test_a_server_that_cannot_start_leaves_no_file_open() -> None:
    before = set(Path("/proc/self/fd").iterdir())
    with pytest.raises(FileNotFoundError) as raised:
        forking.ForkServer(["/no/python"], {})
    assert raised.value.__traceback__ is not None  # it holds the frames, and so all that they hold
    assert set(Path("/proc/self/fd").iterdir()) == before


def test_a_server_ends_with_the_process_that_started_it() -> None:
    os.kill(server().process.pid, signal.SIGCONT)  # it lives
    running = server()
    running.end()
    assert running.process.returncode is not None
    assert told("1.0", 1) == [1.0]  # a worker is started without it
    forking.SERVERS.clear()
