"""A signal at any moment ends a run with what was found, and nothing stays behind."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import jsonschema
import pytest
from sampling import takes_minutes

from cnnspec.report import data

pytestmark = pytest.mark.exhaustive

COMMAND = [sys.executable, "-m", "cnnspec"]
SLOW = """
import time, subprocess, sys
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
import numpy as np
def relu(x):
    return np.abs(x)
def pooling(f, size=2, stride=2):
    time.sleep(600)
"""
"""A target whose relu is wrong, whose pooling hangs, and which starts a process of its own."""

BEGUN = "begun"
"""A file that a target writes when it begins to make a run wait."""

IMPORTING = f"import time\nopen({BEGUN!r}, 'w').close()\ntime.sleep(600)\n"
PROGRAM = (
    f"import sys, time\nopen({BEGUN!r}, 'w').close()\nfor line in sys.stdin: time.sleep(600)\n"
)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Path]:
    """A folder with targets, which is the folder of temporary files too."""
    (tmp_path / "tmp").mkdir()
    for name, text in (("slow", SLOW), ("importing", IMPORTING), ("program", PROGRAM)):
        (tmp_path / f"{name}.py").write_text(text)
    yield tmp_path
    assert processes(tmp_path) == []


def wait_for(file: Path, seconds: float) -> None:
    """Wait until a file is there, but not longer than some seconds."""
    end = time.monotonic() + seconds
    while not file.exists() and time.monotonic() < end:
        time.sleep(0.05)


def started(place: Path, *arguments: str) -> subprocess.Popen[str]:
    """A run whose processes can be told by a variable of their environment."""
    return subprocess.Popen(
        [*COMMAND, *arguments],
        cwd=place,
        env={**os.environ, "TMPDIR": str(place / "tmp"), "CNNSPEC_TEST": str(place)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=heed_signals,
    )


def heed_signals() -> None:
    """Undo what `nohup` and a shell's `&` do: what they ignore, the judge ignores too."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


def processes(place: Path) -> list[str]:
    """The processes of a run that live."""
    mark = f"CNNSPEC_TEST={place}".encode()
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            environment = (process / "environ").read_bytes()
            words = (process / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if mark in environment.split(b"\0"):
            found.append(b" ".join(words[:6]).decode(errors="replace"))
    return found


def is_gone(place: Path, seconds: float = 20) -> bool:
    """Whether no process and no temporary folder of a run is left, soon."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if not processes(place) and not list((place / "tmp").iterdir()):
            return True
        time.sleep(0.05)
    return False


linux = pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="reads /proc")


@linux
@pytest.mark.parametrize(("number", "status"), [("SIGINT", 130), ("SIGTERM", 143), ("SIGHUP", 129)])
def test_a_signal_ends_a_run_with_a_partial_report(place: Path, number: str, status: int) -> None:
    run = started(
        place, "check", "slow.py", "-v", "--timeout", "2", "--json", "r.json", "--junit", "r.xml"
    )
    assert run.stderr is not None
    line = ""
    while "R2 deviates" not in line:
        line = run.stderr.readline()
        assert line, run.communicate()
    run.send_signal(getattr(signal, number))
    output, errors = run.communicate(timeout=60)
    assert run.returncode == status, errors
    assert "Traceback" not in errors
    assert "\ninterrupted: " in output
    report = json.loads((place / "r.json").read_text())
    jsonschema.validate(report, data.schema())
    assert report["verdict"] == "interrupted"
    rows = {(one["id"], one["level"]): one for one in report["clauses"]}
    assert rows["R2", "values"]["status"] == "fail"
    assert rows["Q9", "strict"]["message"] == "not judged: interrupted"
    assert (place / "r.xml").read_text().startswith("<?xml")
    assert (place / ".cnnspec" / "slow-R2.json").is_file()
    assert is_gone(place), processes(place)


@linux
@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "importing.py", "--json", "r.json"),
        ("check", "--exec", f"{sys.executable} program.py", "--json", "r.json"),
        ("matrix", "importing.py", "--out", "m"),
        ("faults",),
    ],
    ids=["importing", "a program", "matrix", "faults"],
)
def test_a_signal_ends_whatever_is_being_done(place: Path, arguments: tuple[str, ...]) -> None:
    run = started(place, *arguments)
    wait_for(place / BEGUN, 60 if "faults" not in arguments else 2.5)
    run.send_signal(signal.SIGTERM)
    _, errors = run.communicate(timeout=60)
    assert run.returncode == 143, errors
    assert "Traceback" not in errors
    assert is_gone(place), processes(place)
    if "r.json" in arguments:
        assert json.loads((place / "r.json").read_text())["verdict"] == "interrupted"


@linux
def test_two_signals_at_once_are_one(place: Path) -> None:
    run = started(place, "check", "importing.py", "--json", "r.json")
    wait_for(place / BEGUN, 60)
    run.send_signal(signal.SIGTERM)
    run.send_signal(signal.SIGTERM)
    run.communicate(timeout=60)
    assert run.returncode == 143
    assert (place / "r.json").is_file()
    assert is_gone(place)


@linux
@pytest.mark.parametrize("seconds", [0.3, 0.8, 2.0])
@pytest.mark.parametrize("target", ["slow", "program"])
def test_a_killed_judge_leaves_nothing_behind(place: Path, target: str, seconds: float) -> None:
    if target == "slow":
        run = started(place, "check", "slow.py")
    else:
        run = started(place, "check", "--exec", f"{sys.executable} program.py")
    time.sleep(seconds)
    run.kill()
    run.communicate()
    assert is_gone(place), processes(place)


@linux
def test_a_finished_run_leaves_nothing_behind(place: Path) -> None:
    (place / "daemon.py").write_text(SLOW.partition("def pooling")[0])
    run = started(place, "check", "daemon.py", "--only", "R2", "--budget", "quick")
    run.communicate(timeout=60)
    assert run.returncode == 1
    assert is_gone(place, 2), processes(place)


@takes_minutes
@linux
def test_killed_at_random_moments(place: Path) -> None:
    """A judge of a program that is killed while it works has files and processes at all times."""
    relu = Path(__file__).parent / "programs" / "relu.py"
    for step in range(16):
        run = started(place, "check", "--exec", f"{sys.executable} {relu}", "--json", "r.json")
        time.sleep(0.4 + step * 0.12)
        run.send_signal(signal.SIGKILL if step % 2 else signal.SIGTERM)
        _, errors = run.communicate(timeout=60)
        assert "Traceback" not in errors
        assert is_gone(place), processes(place)


@linux
def test_a_run_inside_of_a_run_is_cleaned_up_too(place: Path) -> None:
    """A target that is killed may have been a judge itself."""
    (place / "outer.py").write_text(
        "from cnnspec.operations import catalogue\n"
        "from cnnspec.targets.executable import Executable\n"
        f"program = Executable({f'{sys.executable} {place}/inner.py'!r}, 'standard', 20)\n"
        "import time\ndef relu(x):\n    time.sleep(600)\n"
    )
    (place / "inner.py").write_text(
        "import json, sys, time\nrequest = json.loads(sys.stdin.readline())\n"
        "print(json.dumps({'id': 0, 'status': 'ok', 'protocol': 1, 'ops': ['relu'],"
        " 'dtypes': ['float64']}), flush=True)\ntime.sleep(600)\n"
    )
    run = started(place, "check", "outer.py", "--only", "R2")
    end = time.monotonic() + 20
    while not any("inner.py" in line for line in processes(place)):
        assert time.monotonic() < end
        time.sleep(0.1)
    run.kill()
    run.communicate()
    assert is_gone(place), processes(place)


@linux
def test_a_folder_that_is_written_to_until_the_end_is_removed(place: Path) -> None:
    (place / "holder.py").write_text(
        (Path(__file__).parent / "programs" / "relu.py")
        .read_text()
        .replace("    offer = {", "    hold()\n    offer = {")
        .replace("def main()", HOLD + "def main()")
    )
    command = f"{sys.executable} holder.py"
    run = started(place, "check", "--exec", command, "--only", "R2", "--budget", "quick")
    _, errors = run.communicate(timeout=120)
    assert run.returncode == 0, errors
    assert is_gone(place), processes(place)


HOLD = '''def hold() -> None:
    """Have a child write into the folder of the arrays as long as it lives."""
    if os.fork():
        return
    os.setsid()
    while True:
        for place in Path(os.environ["TMPDIR"]).glob("cnnspec-*"):
            try:
                (place / f"more-{time.monotonic_ns()}").touch()
            except OSError:
                pass
        time.sleep(0.0005)


'''


WRAPPED = """
import os, signal, sys
def wrapped(*_arguments, **_named):
    try:
        os.kill(os.getpid(), signal.SIGTERM)
        import time; time.sleep(5)
    except BaseException as error:
        raise RuntimeError("made of a signal") from error
"""
"""What Python 3.11 does with a signal that comes while a class is being made."""

DURING_IMPORT = """
class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == "cnnspec.cli":
            wrapped()
sys.meta_path.insert(0, Finder())
"""
DURING_CHECK = "import cnnspec.commands.check as check; check.judged = wrapped\n"
DURING_COLLECTION = """
import gc, time
import cnnspec.commands.check as check
def callback(phase, info):
    if callback in gc.callbacks:
        gc.callbacks.remove(callback)
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(0.01)
def collect(*_arguments, **_named):
    gc.callbacks.append(callback)
    gc.collect()
    time.sleep(5)
    return ""
check.judged = collect
"""
"""Where Python prints an exception, and drops it."""

DURING_COMMAND = "import cnnspec.cli; cnnspec.cli.main.commands['check'].callback = wrapped\n"
START = "sys.argv = ['cnnspec', 'check', 'reference']\nfrom cnnspec.__main__ import main\nmain()\n"


@pytest.mark.parametrize("moment", [DURING_IMPORT, DURING_CHECK, DURING_COMMAND, DURING_COLLECTION])
def test_a_signal_that_became_another_exception_is_a_signal(place: Path, moment: str) -> None:
    """Else it is a traceback of ours, or a report that names a defect of ours."""
    (place / "run.py").write_text(WRAPPED + moment + START)
    run = subprocess.run(
        [sys.executable, str(place / "run.py")],
        cwd=place,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "TMPDIR": str(place / "tmp"), "CNNSPEC_TEST": str(place)},
        preexec_fn=heed_signals,
    )
    assert run.returncode == 143, run.stderr
    assert "Traceback" not in run.stderr
    assert moment == DURING_IMPORT or "interrupted" in run.stdout + run.stderr
