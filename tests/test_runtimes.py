"""Runtimes are targets by name, and stand side by side in a matrix."""

import ast
import importlib.util
import json
import sys
import tomllib
from importlib import metadata, resources
from pathlib import Path
from types import ModuleType
from typing import Any

import jsonschema
import numpy as np
import pytest
from click.testing import CliRunner, Result
from sampling import takes_minutes

from cnnspec.cli import main
from cnnspec.engine import matrix
from cnnspec.engine.left_open import left_open
from cnnspec.engine.observe import questions
from cnnspec.engine.offers import of_options
from cnnspec.engine.plan import ClauseResult
from cnnspec.kit.calls import Outcome, TargetError, Unsupported
from cnnspec.kit.clauses import clauses
from cnnspec.kit.operation import call, optional_parameters
from cnnspec.kit.settings import BATCH
from cnnspec.report import data
from cnnspec.spec import Array
from cnnspec.targets import Options, editions, load, names
from cnnspec.targets.client import InProcess, opened
from cnnspec.targets.converting import Converting
from cnnspec.targets.target import named

ROOT = Path(__file__).parent.parent
INSTALLED = [name for name in names.RUNTIMES if names.about(name)]
PLACE = "cnnspec.targets.runtimes"
REPORT = resources.files("cnnspec.report")


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def invoked(*arguments: str) -> Result:
    result = CliRunner().invoke(main, arguments)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def clause_of(file: str, clause: str) -> dict[str, object]:
    report = json.loads(Path(file).read_text())
    return next(one for one in report["clauses"] if one["id"] == clause)


def test_every_runtime_has_a_file_and_an_extra() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    core = {"scipy"}
    for name, distributions in names.RUNTIMES.items():
        assert importlib.util.find_spec(f"cnnspec.targets.runtimes.{name.replace('-', '_')}")
        if not set(distributions) <= core:
            assert project["optional-dependencies"][name] == list(distributions)


def functions_of(name: str) -> list[ast.FunctionDef]:
    """The functions in a runtime's file, and in those of our files that it imports."""
    place = ROOT / "cnnspec" / "targets" / "runtimes" / f"{name.replace('-', '_')}.py"
    tree = ast.parse(place.read_text())
    found = [one for one in ast.walk(tree) if isinstance(one, ast.FunctionDef)]
    for one in ast.walk(tree):
        if isinstance(one, ast.ImportFrom) and (one.module or "").startswith(PLACE):
            inner = [other.name for other in one.names] if one.module == PLACE else [one.module]
            for other in inner:
                found += functions_of(str(other).removeprefix(f"{PLACE}."))
    return found


@pytest.mark.parametrize("name", names.RUNTIMES)
def test_the_runtimes_that_take_options_are_those_whose_files_name_them(name: str) -> None:
    options = {one for several in optional_parameters().values() for one in several}
    options -= {BATCH, "stride"}  # a batch is no argument, and poolings have a stride anyhow
    given = {one.arg for function in functions_of(name) for one in function.args.args}
    assert bool(given & options) == (name in names.WITH_OPTIONS)


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", INSTALLED)
def test_the_runtimes_that_take_options_are_those_that_offer_them(name: str) -> None:
    with opened(named(name), "general", Options()) as client:
        assert any(client.options.values()) == (name in names.WITH_OPTIONS)


def test_no_runtime_is_loaded_to_learn_its_edition(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(editions, "opened", None)
    judged = {name: editions.of_target(named(name), Options()) for name in names.RUNTIMES}
    assert {name for name, edition in judged.items() if edition == "general"} == names.WITH_OPTIONS
    assert editions.of_target(named("onnx-backend:any"), Options()) == "general"


def test_targets_are_listed_with_version_or_what_to_install() -> None:
    lines = invoked("targets").output.splitlines()
    assert f"{'scipy-signal':<16} scipy {metadata.version('scipy')}" in lines
    for name, distributions in names.RUNTIMES.items():
        if name not in INSTALLED:
            line = f"{name:<16} not installed: pip install {' '.join(distributions)}"
            assert line in lines
    assert len(lines) == len(names.BUILT_IN) + len(names.RUNTIMES) + len(names.others())


@pytest.mark.parametrize("name", sorted(set(names.RUNTIMES) - set(INSTALLED)))
def test_a_runtime_that_is_not_installed_says_what_to_install(name: str) -> None:
    with pytest.raises(TargetError, match=f"{name} is not installed: pip install "):
        load(name, "standard")


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", INSTALLED)
def test_a_runtime_that_is_installed_computes(name: str) -> None:
    result = invoked(
        "check", name, "--budget", "quick", "--only", "C6,C7,R1,R2,P3,P4,Q1,Q4,Q5", "--json", "r"
    )
    report = json.loads(Path("r").read_text())
    assert report["about"] == names.about(name)
    assert report["problems"] == []
    deviating = {one["id"] for one in report["clauses"] if one["status"] == "fail"}
    inexact = ("scipy-signal", "scipy-ndimage", "opencv-imgproc", "openvino", "ncnn")
    wrong = {"C7"} if name in inexact else set()
    assert deviating <= wrong | ({"P4"} if name == "mnn" else set()), result.output


OF_PADDING = "C11,C12,C13,C14,P6,P7,P9,A6"
FOUND = {
    "onnx-reference": ("onnx 1.23.2", {"P7", "P9", "A6"}),
    "onnxruntime": ("onnxruntime 1.32.0", {"C13", "P7", "A6"}),
    "pytorch": ("torch 2.15.0", set[str]()),
    "opencv-dnn": ("opencv-python-headless 5.0.0.93", {"C13", "P7", "P9", "A6"}),
    "paddle": ("paddlepaddle 3.3.1", {"C13", "P9", "A6"}),
    "ncnn": ("ncnn 1.0.20261020", {"C13", "P7", "P9", "A6"}),
    "mnn": ("MNN 3.6.1", {"P9", "A6"}),
}
"""The versions of docs/findings.md, and which of these clauses they break."""


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", FOUND)
def test_what_runtimes_do_otherwise_with_options_is_found(name: str) -> None:
    version, broken = FOUND[name]
    if names.about(name) != version:
        pytest.skip(f"{version} is not installed")
    invoked("check", name, "--only", OF_PADDING, "--budget", "quick", "--json", "r")
    report = json.loads(Path("r").read_text())
    assert report["edition"] == "general"
    assert {one["id"] for one in report["clauses"] if one["status"] == "fail"} == broken
    assert {one["status"] for one in report["clauses"]} <= {"pass", "fail"}


NUMBERS = "numbers"
OF_THE_EVALUATOR: list[tuple[str, str, int, dict[str, Any], str]] = [
    ("P7", "pooling", 9, {"padding": NUMBERS}, "shape"),  # pads in the wrong order
    ("A6", "average_pooling", 7, {"ceil": True}, "element"),  # windows that move with ceil
    ("P7", "pooling", 3, {"padding": "valid", "ceil": True}, "shape"),  # rounded down
    ("P7", "pooling", 8, {"padding": "same_upper"}, "element"),  # a map that is cropped
]
"""What is known of ONNX's evaluator: clause, operation, elements of a small input, options, how."""


@pytest.mark.exhaustive
def test_what_is_known_of_onnxs_evaluator_is_found_each_with_a_small_input() -> None:
    version = FOUND["onnx-reference"][0]
    if names.about("onnx-reference") != version:
        pytest.skip(f"{version} is not installed")
    invoked("check", "onnx-reference", "--only", "P7,A6", "--budget", "quick", "--json", "r")
    for clause, operation, elements, options, how in OF_THE_EVALUATOR:
        found = clause_of("r", clause)
        every = [found["counterexample"], *found["further"]]  # type: ignore[misc]
        alike = [one for one in every if one["message"].startswith(how)]
        calls = [data.case_from_json(one["calls"])[-1] for one in alike]
        assert any(
            one.operation == operation
            and one.arrays[0].size <= elements
            and set_as(one.plain, options)
            for one in calls
        ), (clause, options)


def set_as(given: dict[str, Any], options: dict[str, Any]) -> bool:
    """Whether these options are set so, and no other is set. NUMBERS is any padding in numbers."""
    own = {
        name: one for name, one in given.items() if name not in ("size", "stride", "feature_map")
    }
    found = {name: one for name, one in own.items() if one is not False and one != 0}
    if options.get("padding") == NUMBERS and not isinstance(found.get("padding", ""), str):
        found["padding"] = NUMBERS
    return found == options


@pytest.mark.exhaustive
def test_scipys_choice_of_fft_is_found() -> None:
    invoked("check", "scipy-signal", "--only", "C7", "--budget", "quick", "--json", "r")
    assert clause_of("r", "C7")["status"] == "fail"


@pytest.mark.exhaustive
def test_weights_that_scipys_correlate_leaves_out_are_found() -> None:
    output = invoked(
        "check", "scipy-ndimage", "--only", "C7,P4", "--budget", "quick", "--json", "r"
    )
    assert [clause_of("r", one)["status"] for one in ("C7", "P4")] == ["fail", "pass"]
    said = " ".join(output.output.split())
    assert "Weights of 2^-52 and less, of either sign, count as zeros." in said


def test_threads_are_told_by_the_environment(tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    path.write_text(
        "import os, numpy as np\n"
        "def relu(x):\n"
        "    assert os.environ['OMP_NUM_THREADS'] == os.environ['CNNSPEC_THREADS'] == '3'\n"
        "    return np.maximum(x, 0)\n"
    )
    plan = ["check", str(path), "--only", "R1", "--budget", "quick"]
    assert invoked(*plan, "--threads", "3").exit_code == 0
    assert invoked(*plan).exit_code == 2


def test_another_python_runs_the_target() -> None:
    with opened(named("scipy-ndimage"), "standard", Options(python=sys.executable)) as client:
        assert client.about.startswith("scipy ")
    for python, message in (("/no/python", "cannot be started: No such file"), ("false", "exit")):
        with (
            pytest.raises(TargetError, match=message),
            opened(named("reference"), "standard", Options(python=python)),
        ):
            pass


def relu_of_float32(x: Array) -> Array:
    if x.dtype != np.float32:
        raise Unsupported(f"arrays of {x.dtype}")
    return np.maximum(x, 0)


def test_floats_are_narrowed_where_that_changes_no_number() -> None:
    narrow = Converting(InProcess({"relu": relu_of_float32}), "float32")

    def kind(*numbers: float, dtype: str = "float64") -> Outcome:
        return narrow.answer(call("relu", np.array(numbers, dtype)))

    for exact in (kind(1.5, -2.0), kind(np.nan, np.inf), kind(1.0, dtype="float32")):
        assert exact.value is not None
        assert exact.value.dtype == np.float32
    for other in (kind(0.1), kind(1e300), kind(1e-50)):
        assert (other.kind, other.message) == ("unsupported", "numbers that float32 does not hold")
    assert kind(1, dtype="int64").message == "arrays of int64"
    calls = [call("relu", np.array([x])) for x in (0.1, -1.0, 0.2, 4.0)]
    assert [o.kind for o in narrow.answers(calls)] == ["unsupported", "returned"] * 2


def test_a_file_may_say_which_dtypes_it_takes(tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    path.write_text(
        "import numpy as np\ndtypes = ('float32',)\nabout = 'mine 3.1'\n"
        "def relu(x):\n    return np.maximum(x, np.float32(0))\n"
    )
    result = invoked("check", str(path), "--only", "R1,R2,Q6", "--level", "strict", "--json", "r")
    head = " ".join(result.output.split()).removeprefix("numbers: right · strict: right ")
    assert head.startswith(f"{path} · mine 3.1 · relu · float32 · edition standard")
    assert result.exit_code == 0
    wrong = invoked("check", str(path), "--dtype", "float16")
    assert wrong.exit_code == 2
    assert "takes float32, not float16" in wrong.stderr


def test_targets_of_other_packages_are_entry_points(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = metadata.EntryPoint("theirs", "their_package:target", names.GROUP)
    module = ModuleType("their_package")
    module.target = type("Theirs", (), {"relu": staticmethod(lambda x: x)})  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "their_package", module)
    monkeypatch.setattr(names, "others", lambda: {"theirs": entry})
    assert list(load("theirs", "standard")) == ["relu"]
    assert ("theirs", "their_package:target") in names.listed()


BACKEND = """
from onnx.reference import ReferenceEvaluator
class Prepared:
    def __init__(self, model): self.model = ReferenceEvaluator(model)
    def run(self, inputs): return self.model.run(None, {'x': inputs[0]})
def prepare(model, device='CPU'): return Prepared(model)
"""
"""Of the kind of onnx.backend, by ONNX's own evaluator."""


@pytest.mark.skipif(not names.about("onnx-reference"), reason="onnx is not installed")
def test_any_onnx_backend_is_judged(tmp_path: Path) -> None:
    (tmp_path / "backend.py").write_text(BACKEND)
    plan = ["--only", "C6,C7,R2,P3,P4", "--budget", "quick", "--json", "r"]
    result = invoked("check", "--onnx-backend", "backend", *plan)
    assert result.exit_code == 0, result.output
    assert json.loads(Path("r").read_text())["dtype"] == "float32"
    assert "it has no prepare(model)" in invoked("check", "--onnx-backend", "json").stderr


@pytest.mark.skipif(not names.about("onnx-reference"), reason="onnx is not installed")
def test_any_onnx_backend_is_judged_with_options(tmp_path: Path) -> None:
    (tmp_path / "backend.py").write_text(BACKEND)
    plan = ["--only", "C11,C16,P9", "--budget", "quick", "--json", "r"]
    invoked("check", "--onnx-backend", "backend", *plan)
    assert json.loads(Path("r").read_text())["edition"] == "general"
    assert clause_of("r", "C11")["status"] == clause_of("r", "C16")["status"] == "pass"
    assert clause_of("r", "P9")["status"] == "fail"  # as the evaluator's own
    observed = json.loads(Path("r").read_text())["observed"]
    assert "max: E > n + P, with ceil" in observed


@takes_minutes
@pytest.mark.exhaustive
def test_the_matrix_survives_a_target_that_dies(tmp_path: Path) -> None:
    path = tmp_path / "dies.py"
    path.write_text(
        "import os, signal, cnnspec\n"
        "def pooling(f, size=2, stride=2):\n"
        "    if size > min(f.shape[:2]): os.kill(os.getpid(), signal.SIGFPE)\n"
        "    return cnnspec.pooling(f, size, stride)\n"
    )
    out = ["--budget", "quick", "--out", "m"]
    result = invoked("matrix", "scipy-ndimage", str(path), "nosuch", *out)
    assert result.exit_code == 2
    assert "nosuch           could not be reached: there is no module nosuch" in result.output
    data = json.loads(Path("m/matrix.json").read_text())
    jsonschema.validate(data, json.loads(REPORT.joinpath("matrix.schema.json").read_text()))
    first, second, third = data["targets"]
    cells = {one["id"]: one["cell"] for one in second["cells"]}
    assert cells["P2"] == "SIGFPE"
    assert cells["P4"] == "pass"
    assert cells["C7"] == "-"
    assert second["observed"]["S > H and W"] == "died of SIGFPE"
    assert first["observed"]["K even"] == "computed"
    assert third["cells"] == []
    markdown, page = (Path(f"m/matrix.{kind}").read_text() for kind in ("md", "html"))
    assert "**SIGFPE**" in markdown
    assert 'class="died' in page
    assert "&lt;" not in markdown


def test_cells_are_a_word_each() -> None:
    def cell(status: str, lost: str = "", share: float | None = None, cut: bool = False) -> str:
        text = "a valid input is rejected: ValueError: died of laughter, no answer, slow"
        result = ClauseResult("C9", "core", status, message=text)  # type: ignore[arg-type]
        result.max_bound_share, result.lost, result.cut = share, lost, cut
        return matrix.cell(result)

    assert cell("pass", share=0.123) == "pass 0.12"
    assert cell("pass") == "pass"
    assert cell("pass", cut=True) == "pass (in part)"
    assert cell("fail", "SIGFPE") == "SIGFPE"
    assert cell("fail", "hangs") == "hangs"
    assert cell("fail") == "FAIL"
    assert (cell("absent"), cell("error")) == ("-", "error")


def test_cells_say_from_which_size_on() -> None:
    assert matrix.large(call("conv", np.ones((6, 5)), np.ones((1, 3, 3)))) == ""
    assert matrix.large(call("relu", np.ones(100))) == ""
    assert matrix.large(call("conv", np.ones((15, 19)), np.ones((1, 7, 7)))) == (
        " at 15x19, N=1, K=7"
    )
    assert matrix.large(call("pooling", np.ones((4, 32, 32)), 1, 2)) == " at 4x32x32, S=1, T=2"


def test_public_reports_are_of_targets_and_clauses() -> None:
    assert matrix.known()
    for one in matrix.known():
        assert one.target in names.RUNTIMES
        assert one.clause in clauses()
        assert one.link.startswith("https://")
        assert one.text


def test_the_committed_matrix_is_of_this_version() -> None:
    data = json.loads((ROOT / "docs" / "matrix" / "matrix.json").read_text())
    jsonschema.validate(data, json.loads(REPORT.joinpath("matrix.schema.json").read_text()))
    assert {one["name"] for one in data["targets"]} == {"reference", *names.RUNTIMES}
    assert [one["id"] for one in data["questions"]] == list(questions())
    assert all(one["cells"] for one in data["targets"])
    assert {one["id"] for one in data["general"]["clauses"]} == {*of_options()}
    assert [one["id"] for one in data["general"]["questions"]] == list(left_open())
    with_options = {one["name"] for one in data["targets"] if "general" in one}
    assert with_options <= names.WITH_OPTIONS | names.EVERY_EDITION
    assert len(with_options) > len(names.WITH_OPTIONS) // 2
