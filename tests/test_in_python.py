"""`cnnspec.check` judges what a program in Python gives it."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from judging import quick, right_relu, run_code

import cnnspec
from cnnspec.cli import main
from cnnspec.spec import Array
from cnnspec.targets.target import named

pytestmark = pytest.mark.usefixtures("in_a_folder")

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
    exec(pasted(text), {"half": right_relu})  # noqa: S102
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
        return right_relu(x)

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
    assert "functions:relu=mine_alone:right" in repr(quick(SimpleNamespace(relu=module.right)))


def test_a_function_that_was_put_into_a_module_is_judged_as_it_is(module: Any) -> None:
    module.relu = right_relu
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
        relu = staticmethod(right_relu)

    report = quick(More())
    assert report.verdict == "in part"
    assert "found conv2d, not judged: did you mean check(conv=it.conv2d)?" in str(report)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"level": "value"}, "'value' is no level; did you mean 'values'"),
        ({"edition": "new"}, "'new' is no edition; there are standard, article"),
        ({"budget": "quik"}, "did you mean 'quick'"),
        ({"only": "C99"}, "there is no clause 'C99'"),
        ({"only": ("P3a",)}, "P3a is not a clause of edition standard"),
        ({"only": ("",)}, "it names no clause"),
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


def test_where_no_file_can_be_written_there_is_code(module: ModuleType) -> None:
    Path(".cnnspec").symlink_to("/nowhere")  # which is refused
    text = str(quick(relu=module.relu))
    assert "not written, to be replayed" in text
    assert "      from mine_alone import relu\n" in text
    assert "      assert np.array_equal(got, expected, equal_nan=True)\n" in text


# Programs without a file.

NOTEBOOK = """
import numpy as np
def relu(x):
    return np.abs(x)
class Net:
    relu = staticmethod(lambda x: np.abs(x))
"""


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


# The package.


def test_the_package_shows_what_a_user_needs() -> None:
    assert dir(cnnspec) == sorted(["__version__", *cnnspec.__all__])
    code = "import sys, cnnspec; print({'numpy', 'hypothesis', 'cnnspec.kit'} & {*sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
