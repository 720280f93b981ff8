"""Files to replay are data: what they say is checked, and what they would run is asked for."""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result

from cnnspec.cli import main
from cnnspec.commands import replay
from cnnspec.report import data
from cnnspec.targets.target import named

FAULTY = "import numpy as np\ndef relu(x):\n    return np.abs(x)\n"


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "faulty.py").write_text(FAULTY)


def invoked(*arguments: object) -> Result:
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result


def checked(*arguments: object) -> Result:
    return invoked("check", *arguments, "--budget", "quick", "--only", "R2", "--in-process")


def refused(result: Result) -> str:
    """The one line of a refusal."""
    assert result.exit_code == 2, result.output
    (line,) = result.stderr.splitlines()
    return line


def replay_file() -> dict[str, Any]:
    checked("faulty.py")
    content: dict[str, Any] = json.loads(Path(".cnnspec/faulty-R2.json").read_text())
    return content


def changed(content: dict[str, Any], path: str, value: object) -> dict[str, Any]:
    """A copy in which another value stands at a path."""
    copy: dict[str, Any] = json.loads(json.dumps(content))
    place: Any = copy
    *before, last = path.split(".")
    for key in before:
        place = place[int(key) if key.isdigit() else key]
    place[int(last) if last.isdigit() else last] = value
    return copy


BOMB = data.packed(np.zeros(2**25))
"""Half a gigabyte in half a megabyte."""

CHANGES = [
    ("target", 5),
    ("target", ""),
    ("edition", "other"),
    ("clause", "C99"),
    ("clause", "P3a"),
    ("clause", "C8"),
    ("clause", "S2"),
    ("options", {"timeout": "x"}),
    ("options", {"timeout": 1e999}),
    ("options", {"in_process": True}),
    ("counterexample.calls", []),
    ("counterexample.calls", {}),
    ("counterexample.calls.0", None),
    ("counterexample.calls.0.operation", "softmax"),
    ("counterexample.calls.0.operation", "conv"),
    ("counterexample.calls.0.repeat", 10**9),
    ("counterexample.calls.0.repeat", "2"),
    ("counterexample.calls.0.arguments", []),
    ("counterexample.calls.0.arguments", {}),
    ("counterexample.calls.0.arguments", {"feature_map": 1}),
    ("counterexample.calls.0.arguments.more", 1),
    ("counterexample.calls.0.arguments.feature_map.layout", "none"),
    ("counterexample.calls.0.arguments.feature_map.npy", "!!!!"),
    ("counterexample.calls.0.arguments.feature_map.npy", "QUJD"),
    ("counterexample.calls.0.arguments.feature_map.npy", BOMB),
    ("counterexample.check", ["x"]),
]


def test_a_case_that_is_invalid_for_its_clause_is_refused() -> None:
    content = replay_file()
    array = content["counterexample"]["calls"][0]["arguments"]["feature_map"]
    call = {"operation": "pooling", "repeat": 1, "at_once": None}
    for numbers in ({"size": 10**30, "stride": 1}, {"size": 2, "stride": -1}):
        content["counterexample"]["calls"] = [
            {**call, "arguments": {"feature_map": array, **numbers}}
        ]
        content["clause"] = "P4"
        Path("given.json").write_text(json.dumps(content))
        assert "P4 is about valid input" in refused(invoked("replay", "given.json"))


@pytest.mark.parametrize(("path", "value"), CHANGES, ids=range(len(CHANGES)))
def test_a_replay_that_was_changed_is_refused_or_judged(path: str, value: object) -> None:
    content = changed(replay_file(), path, value)
    Path("given.json").write_text(json.dumps(content))
    result = invoked("replay", "given.json", "--timeout", "5")
    if value != "S2":  # whose check goes another way, and finds nothing wrong
        assert len(refused(result)) < 500


def test_a_replay_calls_no_function_by_another_name_without_asking() -> None:
    content = replay_file()
    content["target"], content["names"] = "builtins", {"relu": "exec"}
    Path("given.json").write_text(json.dumps(content))
    line = refused(invoked("replay", "given.json"))
    assert "given.json runs the command: relu=exec of builtins" in line


def test_a_replay_runs_no_command_that_it_was_not_told_to() -> None:
    program = f"{sys.executable} -c \"open('ran', 'w')\""
    for path, value in (("target", f"exec:{program}"), ("options", {"python": "/bin/touch"})):
        Path("given.json").write_text(json.dumps(changed(replay_file(), path, value)))
        line = refused(invoked("replay", "given.json"))
        assert "runs the command" in line
        assert "--exec" in line
        assert not Path("ran").exists()
    Path("given.json").write_text(json.dumps(changed(replay_file(), "target", f"exec:{program}")))
    assert "exit status 0" in refused(invoked("replay", "given.json", "--yes"))
    assert Path("ran").exists()
    Path("ran").unlink()
    assert invoked("replay", "given.json", "--exec", program).exit_code == 2
    assert Path("ran").exists()
    assert invoked("replay", "given.json", "--target", "reference").exit_code == 0
    evil = Path("evil.sh")
    evil.write_text("#!/bin/sh\ntouch ran\n")
    evil.chmod(0o755)
    Path("ran").unlink()
    content = changed(replay_file(), "options", {"python": str(evil.resolve())})
    Path("given.json").write_text(json.dumps(changed(content, "target", "reference")))
    assert invoked("replay", "given.json", "--target", "reference").exit_code == 0
    assert not Path("ran").exists()


def test_files_of_different_targets_have_different_names() -> None:
    for folder in ("a", "b"):
        Path(folder).mkdir()
        (Path(folder) / "faulty.py").write_text(FAULTY)
    for target in ("faulty.py", "a/faulty.py", "b/faulty.py"):
        assert checked(target).exit_code == 1
    names = {file.name for file in Path(".cnnspec").iterdir()}
    assert len(names) == 3
    assert "faulty-R2.json" in names
    for name in names:
        assert invoked("replay", f".cnnspec/{name}").exit_code == 1
    targets = ["mine.py", "./mine.py", "mine.py:net", "mine", "exec:./mine", "exec:./mine -v"]
    assert len({replay.stem_of(named(target)) for target in targets}) == len(targets)


@pytest.mark.parametrize("what", ["the folder", "the file"])
def test_a_replay_is_not_written_over_a_link(what: str) -> None:
    Path("elsewhere").mkdir()
    Path("elsewhere/precious").write_text("kept")
    if what == "the folder":
        Path(".cnnspec").symlink_to("elsewhere")
    else:
        Path(".cnnspec").mkdir()
        Path(".cnnspec/faulty-R2.json").symlink_to("../elsewhere/precious")
    result = checked("faulty.py")
    assert result.exit_code == 1
    assert "not written, to be replayed: .cnnspec" in result.output
    assert "is a link" in result.output
    assert Path("elsewhere/precious").read_text() == "kept"
    assert [file.name for file in Path("elsewhere").iterdir()] == ["precious"]
