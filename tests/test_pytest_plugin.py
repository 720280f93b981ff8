"""The pytest plugin: one item a clause, and nothing at all for those who do not ask."""

import subprocess
import sys
from pathlib import Path

import pytest

FAULTY = """
import numpy as np
def relu(x):
    return np.where(x <= 0, x.dtype.type(0), x) if x.ndim == 3 else x
def pooling(f, size=2, stride=2):
    import cnnspec
    return cnnspec.pooling(abs(f), size, stride)
"""


@pytest.fixture(autouse=True)
def in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "faulty.py").write_text(FAULTY)
    (tmp_path / "test_other.py").write_text("def test_one():\n    pass\n")


def run(*arguments: str) -> tuple[int, str]:
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-rA", *arguments]
    done = subprocess.run(command, capture_output=True, text=True)
    return done.returncode, done.stdout


QUICK = ("--cnnspec-target=faulty.py", "--cnnspec-budget=quick")


def test_an_item_for_each_clause() -> None:
    status, output = run(*QUICK, "-k", "P4 or R2 or C7 or test_one")
    assert status == 1
    assert "FAILED faulty.py::cnnspec[P4]" in output
    assert "got = pooling(feature_map, 1, 1)" in output
    assert "behaves as: largest-magnitude." in output
    assert "Traceback" not in output
    assert "PASSED faulty.py::cnnspec[R2]" in output
    assert "the target has no conv" in output
    assert "1 failed, 2 passed, 1 skipped" in output


def test_strict_does_not_decide_unless_asked() -> None:
    status, output = run(*QUICK, "-k", "R1")
    assert status == 0
    assert "XFAIL faulty.py::cnnspec[R1-strict]" in output
    assert run(*QUICK, "-k", "R1", "--cnnspec-level=strict")[0] == 1


@pytest.mark.exhaustive
def test_a_target_in_the_ini_file_and_on_two_processes() -> None:
    Path("pytest.ini").write_text("[pytest]\ncnnspec_target = faulty.py\n")
    status, output = run("-n", "2", "--cnnspec-budget=quick", "-k", "P or R", "--junit-xml=out.xml")
    assert status == 1
    assert "FAILED faulty.py::cnnspec[P4]" in output
    assert 'name="cnnspec[P4]"' in Path("out.xml").read_text()


def test_a_target_that_cannot_be_reached_fails_with_a_message() -> None:
    status, output = run("--cnnspec-target=missing.py", "-k", "R2")
    assert status == 1
    assert "there is no file missing.py" in output


def test_who_does_not_ask_sees_nothing() -> None:
    lists = [run("--collect-only", "-q", *more)[1] for more in ((), ("-p", "no:cnnspec"))]
    assert [text.splitlines()[0] for text in lists] == ["test_other.py::test_one"] * 2
    assert "1 test collected" in lists[0]
    code = "import sys, cnnspec.pytest_plugin; print({'numpy', 'rich'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.strip() == "set()"
