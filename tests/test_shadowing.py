"""A target's file may have the name of a module that it imports: each keeps its own."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cnnspec.cli import main
from cnnspec.kit.calls import TargetError
from cnnspec.targets import import_file

FILES = {
    "scipy.py": "import scipy.signal\nassert scipy.signal.correlate2d\n",
    "json.py": "import json\nassert json.loads('[1]') == [1]\n",
    "colorsys.py": "import colorsys\nassert colorsys.hls_to_rgb\n",
    "math.py": "import math\nassert math.pi > 3\n",
    "cnnspec.py": "import cnnspec\nassert cnnspec.conv\n",
    "numpy.py": "import numpy.fft\nassert numpy.fft.fft\n",
}
"""Names of the standard library, imported by the worker already or not, and of packages."""

RELU = "import numpy\ndef relu(x):\n    return numpy.abs(x)\n"


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path])


def invoked(*arguments: str) -> Result:
    result = CliRunner().invoke(main, arguments)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.output
    return result


def checked(target: str, *more: str) -> Result:
    return invoked("check", target, "--budget", "quick", "--only", "R2", *more)


@pytest.mark.parametrize("name", FILES)
def test_a_file_named_like_what_it_imports(name: str) -> None:
    Path("sub").mkdir()
    Path("sub", name).write_text(FILES[name] + RELU)
    result = checked(f"sub/{name}", "--json", "r.json")
    assert result.exit_code == 1, result.output
    assert "R2" in result.output.splitlines()[0]
    (file,) = Path(".cnnspec").iterdir()
    assert invoked("replay", str(file)).exit_code == 1
    (row,) = json.loads(Path("r.json").read_text())["clauses"]
    Path("shown.txt").write_text(row["counterexample"]["snippet"])
    shown = subprocess.run([sys.executable, "shown.txt"], capture_output=True, text=True)
    assert "AssertionError" in shown.stderr, shown.stderr


@pytest.mark.parametrize("name", ["json.py", "colorsys.py", "math.py"])
def test_no_module_of_another_is_replaced(name: str) -> None:
    Path(name).write_text(FILES[name] + RELU)
    before, finders = sys.modules.get(Path(name).stem), len(sys.meta_path)
    for _ in range(2):
        module = import_file(Path(name))
        assert module.relu(1) == 1
        assert Path(str(module.__file__)).resolve() == Path(name).resolve()
    assert before is None or sys.modules[Path(name).stem] is before
    assert len(sys.meta_path) == finders + 1


def test_a_module_of_the_same_file_stays_what_it_is() -> None:
    Path("mine_of_this_test.py").write_text(RELU)
    sys.path.insert(0, str(Path.cwd()))
    import mine_of_this_test  # type: ignore[import-not-found]

    module = import_file(Path("mine_of_this_test.py"))
    assert module is not mine_of_this_test
    assert sys.modules["mine_of_this_test"] is mine_of_this_test


def test_two_targets_of_one_name_in_one_process() -> None:
    for folder in ("a", "b"):
        Path(folder).mkdir()
        Path(folder, "alike_here.py").write_text(f"import helper_{folder}\n{RELU}")
        Path(folder, f"helper_{folder}.py").write_text("import alike_here\n")
        module = import_file(Path(folder, "alike_here.py"))
        assert module.__name__ == "alike_here"
        assert sys.modules[f"helper_{folder}"].alike_here is module


def test_a_folder_of_that_name_is_no_other_module(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("data/mine").mkdir(parents=True)
    monkeypatch.syspath_prepend(Path("data").resolve())
    Path("mine.py").write_text(RELU)
    assert import_file(Path("mine.py")).__name__ == "mine"


def test_an_object_in_such_a_file_under_another_name() -> None:
    Path("json.py").write_text("import json\nclass Net:\n    def act(self, x): return abs(x)\n")
    result = checked("json.py:Net", "--as", "relu=act", "--json", "r.json")
    assert result.exit_code == 1
    (row,) = json.loads(Path("r.json").read_text())["clauses"]
    snippet = row["counterexample"]["snippet"]
    assert "load('json.py:Net', \"standard\", {'relu': 'act'})" in snippet


def test_what_is_no_python_is_said() -> None:
    Path("broken.py").write_text("def")
    with pytest.raises(TargetError, match="SyntaxError"):
        import_file(Path("broken.py"))
