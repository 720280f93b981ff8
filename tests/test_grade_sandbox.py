"""The sandbox of `cnnspec grade --sandbox`: what a submission may do in it, and what not."""

import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from test_grade import RIGHT, RUBRIC, grade, rows

from cnnspec.kit.calls import Outcome
from cnnspec.kit.client import Client
from cnnspec.kit.operation import call
from cnnspec.targets import Options, sandbox
from cnnspec.targets.client import opened
from cnnspec.targets.target import named


def missing() -> str:
    """Why there is no sandbox here; nothing if there is one."""
    try:
        sandbox.probe(Path("/usr/share"))
    except sandbox.NoSandboxError as error:
        return str(error)
    return ""


HERE = missing()
in_a_sandbox = pytest.mark.skipif(bool(HERE), reason=HERE or "there is a sandbox")


@contextmanager
def submitted(folder: Path, code: str) -> Iterator[Client]:
    """A client of code that runs in a sandbox. The name of a function is relu."""
    (folder / "own").mkdir()
    (folder / "own" / "mycnn.py").write_text(code)
    for one in (folder, folder / "own"):
        one.chmod(0o755)
    options = Options(timeout=5.0, sandbox=sandbox.words(folder / "own"))
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder / "own")
        with opened(named("mycnn.py"), "standard", options) as client:
            yield client


def asked(client: Client, number: float = 1.0) -> Outcome:
    """The outcome of relu for one number."""
    return client.answer(call("relu", np.full((1, 1, 1), number)))


def told(folder: Path, code: str) -> float:
    """The number that an expression has in a sandbox."""
    lines = f"import numpy as np, os, socket\nfrom pathlib import Path\n{code}\n"
    with submitted(folder, lines + "def relu(x):\n    return x * 0 + float(found())\n") as client:
        value = asked(client).value
    assert value is not None
    return float(value[0, 0, 0])


@in_a_sandbox
def test_it_writes_nothing_but_temporary_files(tmp_path: Path) -> None:
    beside = tmp_path / "beside.py"
    beside.write_text("untouched")
    places = [beside, tmp_path / "own" / "new.py", Path("/usr/new"), Path("/new"), Path("/dev/new")]
    code = f"""
def found():
    done = 0
    for place in {[str(one) for one in places]}:
        try:
            open(place, "w").write("changed")
            done += 1
        except OSError:
            pass
    open("/tmp/mark-of-a-submission", "w").write("mine")
    return done
"""
    assert told(tmp_path, code) == 0
    assert beside.read_text() == "untouched"
    assert not Path("/tmp/mark-of-a-submission").exists()  # noqa: S108


@in_a_sandbox
def test_it_sees_no_other_files_and_no_secrets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CNNSPEC_SECRET", "23")
    (tmp_path / "secret.txt").write_text("23")
    code = f"""
def found():
    return os.path.exists({str(tmp_path / "secret.txt")!r}) + ("CNNSPEC_SECRET" in os.environ)
"""
    assert told(tmp_path, code) == 0


@in_a_sandbox
def test_it_has_no_network(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        code = f"""
def found():
    try:
        socket.create_connection(("127.0.0.1", {server.getsockname()[1]}), 2)
    except OSError:
        return 0
    return 1
"""
        assert told(tmp_path, code) == 0


@in_a_sandbox
def test_temporary_files_do_not_fill_the_disk(tmp_path: Path) -> None:
    code = """
def found():
    size = 0
    for number in range(100):
        try:
            size += Path(f"/tmp/{number}").write_bytes(bytes(2**24))
        except OSError:
            break
    return size
"""
    assert told(tmp_path, code) <= sandbox.DISK


@in_a_sandbox
def test_one_that_forks_without_end_is_ended_and_the_next_call_is_made(tmp_path: Path) -> None:
    code = """
import os
def relu(x):
    while x[0, 0, 0] > 1:
        try:
            if not os.fork():
                os.setsid()
        except OSError:
            pass
    return x * 0 + sum(one.isdigit() for one in os.listdir("/proc"))
"""
    with submitted(tmp_path, code) as client:
        assert asked(client, 2.0).kind in ("crashed", "hung", "broken")
        value = asked(client).value
        assert value is not None
        assert value[0, 0, 0] == 3  # bubblewrap, the server, and the worker: nothing else is left


@in_a_sandbox
def test_one_that_kills_all_that_it_can_ends_itself_alone(tmp_path: Path) -> None:
    code = "import os\ndef relu(x):\n    if x[0, 0, 0] > 1:\n        os.kill(-1, 9)\n    return x\n"
    bystander = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        with submitted(tmp_path, code) as client:
            asked(client, 2.0)
            asked(client)
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.communicate()


@in_a_sandbox
def test_how_it_ended_and_what_it_computes_is_known_as_outside(tmp_path: Path) -> None:
    code = "import os\ndef relu(x):\n    sum(range(10**7))\n    os.abort()\n"
    with submitted(tmp_path, code) as client:
        assert "died of SIGABRT" in asked(client).message
    (tmp_path / "again").mkdir()
    with submitted(
        tmp_path / "again", "def relu(x):\n    sum(range(10**7))\n    return x\n"
    ) as one:
        before = one.spent
        assert asked(one).kind == "returned"
        assert one.spent > before + 0.02


@in_a_sandbox
def test_a_class_in_sandboxes(tmp_path: Path) -> None:
    (tmp_path / "class").mkdir()
    (tmp_path / "rubric.toml").write_text(RUBRIC)
    folder = tmp_path / "class"
    (folder / "a.py").write_text(RIGHT)
    spoils = (
        f"for one in {[str(folder / 'a.py'), str(tmp_path / 'grades' / 'grades.csv')]}:\n"
        "    try:\n        open(one, 'a').write('x')\n    except OSError:\n        pass\n"
    )
    (folder / "b.py").write_text(spoils + RIGHT)
    words = ("class", "--rubric", "rubric.toml", "--sandbox")
    grade(tmp_path, *words, status=0)
    assert (folder / "a.py").read_text() == RIGHT
    assert {one["isolated"] for one in rows(tmp_path).values()} == {"yes"}
    assert "not isolated" not in (tmp_path / "grades" / "index.html").read_text()


def test_without_bubblewrap_it_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    which = shutil.which
    monkeypatch.setattr(shutil, "which", lambda name: None if name == "bwrap" else which(name))
    with pytest.raises(sandbox.NoSandboxError, match="needs bwrap: install bubblewrap"):
        sandbox.words(Path("/usr/share"))


def test_a_sandbox_that_does_not_start_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "bwrap"
    program.write_text(
        "#!/bin/sh\necho 'bwrap: No permissions to create a new namespace' >&2\nexit 1\n"
    )
    program.chmod(0o755)
    monkeypatch.setattr(sandbox, "programs", lambda: [str(program), "prlimit", "setpriv"])
    with pytest.raises(sandbox.NoSandboxError, match="No permissions to create a new namespace"):
        sandbox.probe(tmp_path)
