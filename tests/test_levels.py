"""What a verdict counts: levels, exit statuses, what was judged in part, and the first lines."""

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from sampling import takes_minutes

from cnnspec import reference
from cnnspec.cli import main
from cnnspec.engine.causes import causes
from cnnspec.engine.judge import judge
from cnnspec.engine.plan import Plan
from cnnspec.engine.report import Report
from cnnspec.engine.verdict import ENOUGH
from cnnspec.kit.calls import Unsupported
from cnnspec.kit.look_alikes import look_alikes
from cnnspec.kit.operation import REGISTRY
from cnnspec.report import summary
from cnnspec.spec import Array
from cnnspec.targets.client import InProcess
from cnnspec.targets.target import named

STUDENT = """
import numpy as np

def conv(image, filters):
    if image.ndim == 2:
        image, filters = image[:, :, None], filters[..., None]
    n, k = filters.shape[:2]
    h, w = image.shape[0] - k + 1, image.shape[1] - k + 1
    y = np.zeros((h, w, n))
    for r in range(h):
        for c in range(w):
            for f in range(n):
                y[r, c, f] = np.sum(image[r:r + k, c:c + k] * filters[f])
    return y

def relu(feature_map):
    return np.maximum(feature_map, 0)

def pooling(feature_map, size=2, stride=2):
    h = (feature_map.shape[0] - size) // stride + 1
    w = (feature_map.shape[1] - size) // stride + 1
    y = np.zeros((h, w, feature_map.shape[2]))
    for r in range(h):
        for c in range(w):
            window = feature_map[r * stride:r * stride + size, c * stride:c * stride + size]
            y[r, c] = window.max(axis=(0, 1))
    return y

def average_pooling(feature_map, size, stride):
    h = (feature_map.shape[0] - size) // stride + 1
    w = (feature_map.shape[1] - size) // stride + 1
    y = np.zeros((h, w, feature_map.shape[2]))
    for r in range(h):
        for c in range(w):
            window = feature_map[r * stride:r * stride + size, c * stride:c * stride + size]
            y[r, c] = window.mean(axis=(0, 1))
    return y
"""
"""Right on valid input, as students write it; invalid input is not looked at."""


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def checked(*arguments: str) -> Result:
    command = ["check", *arguments, "--budget", "quick"]
    result = CliRunner().invoke(main, command)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.output
    return result


@pytest.mark.exhaustive
def test_right_numbers_conform_though_nothing_is_rejected() -> None:
    Path("mine.py").write_text(STUDENT)
    result = checked("mine.py")
    assert result.exit_code == 0, result.output
    top = " ".join(result.output.split())
    assert top.startswith("numbers: right · rejections: accepts ")
    assert "C1 C2 " in result.output.splitlines()[0] + result.output.splitlines()[1]
    assert "conv accepts invalid input: C1 C2 " in result.output
    assert "Reproduce with" not in result.output  # what does not count is said in short
    assert max(map(len, result.output.splitlines())) <= 90  # guards are code, and whole
    core = checked("mine.py", "--level", "core", "--ops", "pooling")
    assert core.exit_code == 1
    assert "\nP1  rank of pooling  [core]\n" in core.output
    assert "Reproduce with: cnnspec replay .cnnspec/mine-P1.json" in core.output


def guarded(operation: str) -> str:
    """The guards of an operation as code, as they are shown to be pasted."""
    lines = []
    for condition, message in REGISTRY[operation].roles.guards.values():
        lines += [f"    if {condition}:", f'        raise ValueError("{message}")']
    return "\n".join(lines) + "\n"


@takes_minutes
@pytest.mark.exhaustive
def test_the_guards_reject_what_is_invalid() -> None:
    text = STUDENT
    for operation in ("conv", "pooling", "average_pooling"):
        start = text.index(f"def {operation}(")
        end = text.index("\n", start) + 1
        text = text[:end] + guarded(operation) + text[end:]
    Path("mine.py").write_text(text)
    result = checked("mine.py", "--level", "core")
    assert result.exit_code == 0, result.output
    assert "rejections: right" in result.output


def test_every_clause_of_invalid_input_has_a_guard() -> None:
    for operation in REGISTRY.values():
        own = set(operation.inputs.invalid())
        broken = {operation.oracle.broken(one, "standard") for one in own} - {None}
        assert broken == set(operation.roles.guards)


# No false green.


def test_what_looks_like_an_operation_is_named() -> None:
    Path("mine.py").write_text(
        "import numpy as np\n"
        "def conv2d(x, w): return 0\n"
        "def MaxPool(x): return x\n"
        "def relu(x): return np.maximum(x, 0)\n"
        "def _avg_pool(x): return x\n"
    )
    result = checked("mine.py")
    assert result.exit_code == 2
    assert "found conv2d and MaxPool, not judged" in " ".join(result.output.split())
    assert "--as conv=conv2d --as pooling=MaxPool" in " ".join(result.output.split())
    assert checked("mine.py", "--ops", "relu").exit_code == 0
    Path("adapter.py").write_text(
        "import cnnspec, mine\n"
        "def conv2d(x, w): return mine.conv2d(x, w)\n"
        "target = cnnspec.adapt(relu=mine.relu)\n"
    )
    assert checked("adapter.py").exit_code == 0
    Path("mine.py").write_text("def conv2d(x, w): return 0\n")
    nothing = checked("mine.py")
    assert nothing.exit_code == 2
    assert "--as conv=conv2d" in nothing.stderr


@pytest.mark.exhaustive
def test_an_operation_has_another_name() -> None:
    Path("mine.py").write_text(STUDENT.replace("def conv(", "def conv2d("))
    result = checked("mine.py", "--as", "conv=conv2d", "--only", "C6,C7,C1", "--level", "core")
    assert result.exit_code == 1
    assert result.output.startswith("numbers: right · rejections: accepts a kind of invalid input")
    replayed = CliRunner().invoke(main, ["replay", ".cnnspec/mine-C1.json", "--yes"])
    assert replayed.exit_code == 1
    assert "conv = target.conv2d" in replayed.output
    for given, words in (
        (("--as", "conv=other"), "has no other"),
        (("--as", "softmax=x"), "'softmax' is no operation"),
        (("--as", "conv"), "--as is an operation and the target's name for it"),
        (("--ops", "conv,softmax"), "'softmax' is no operation"),
    ):
        wrong = checked("mine.py", *given)
        assert wrong.exit_code == 2
        assert words in wrong.stderr


@pytest.mark.parametrize(
    ("name", "operation"),
    [
        ("conv2d", "conv"),
        ("my_convolution", "conv"),
        ("conv_forward_naive", "conv"),
        ("Conv2dLayer", "conv"),
        ("cross_correlation", "conv"),
        ("ReLU", "relu"),
        ("max_pool_2d", "pooling"),
        ("MaxPooling2D", "pooling"),
        ("avgpool", "average_pooling"),
        ("mean_pool2d_fast", "average_pooling"),
    ],
)
def test_names_that_look_alike(name: str, operation: str) -> None:
    assert look_alikes([name], REGISTRY) == {operation: name}


def test_names_that_do_not_look_alike() -> None:
    names = ["convert", "conv_backward", "relu_gradient", "unpool", "train", "test_conv", "spool"]
    assert look_alikes(names, REGISTRY) == {}


def judged(only: tuple[str, ...] = (), *, complete: bool = False, **functions: object) -> Report:
    plan = Plan(named("mine"), budget="quick", only=only, certify=0, complete=complete)
    return judge(InProcess(functions), plan)  # type: ignore[arg-type]


def test_a_target_that_declines_nearly_everything_is_judged_in_part() -> None:
    def relu(x: Array) -> Array:
        if x.size != 3 * 4 * 2:
            raise Unsupported("another size")
        return reference.relu(x)

    report = judged(relu=relu)
    assert report.verdict in ("in part", "not judged")
    few = judged(relu=lambda x: reference.relu(x), only=("R1",))
    assert few.verdict == "conforms"
    assert all(one.examples >= ENOUGH for one in few.clauses if one.level == "values")


def test_all_must_be_judged_if_that_is_asked() -> None:
    def conv(image: Array, filters: Array) -> Array:
        try:
            return reference.conv(image, filters)
        except ValueError:
            raise ValueError("no") from None

    assert judged(only=("C7", "C8"), conv=conv).verdict == "conforms"
    report = judged(only=("C7", "C8"), conv=conv, complete=True)
    assert report.verdict == "conforms"  # C8 is core, and was not asked for
    plan = Plan(named("mine"), level="core", budget="quick", only=("C7", "C8"), complete=True)
    assert judge(InProcess({"conv": conv}), plan).verdict == "in part"


@pytest.mark.exhaustive
def test_a_pooling_that_never_returns_for_stride_0_breaks_P2() -> None:
    Path("mine.py").write_text(
        "import cnnspec\ndef pooling(x, size=2, stride=2):\n"
        "    while x.ndim == 3 and stride == 0: pass\n    return cnnspec.pooling(x, size, stride)\n"
    )
    result = checked("mine.py", "--only", "P2", "--level", "core", "--timeout", "0.5")
    assert result.exit_code == 1
    assert "no answer within 0.5 s" in result.output


# Values at any size.


def test_a_wrong_value_at_a_large_size_is_a_wrong_value() -> None:
    def relu(x: Array) -> Array:
        y = reference.relu(x)
        return np.where(np.arange(y.shape[1])[:, None] == 255, 7, y) if y.ndim == 3 else y

    report = judged(relu=relu)
    assert {one.id for one in report.clauses if one.status == "fail"} == {"R2"}
    (r2,) = [one for one in report.clauses if one.id == "R2"]
    assert r2.counterexample is not None
    assert r2.counterexample.case[-1].arrays[0].shape == (1, 256, 1)


def test_a_limit_of_size_is_Q9s_and_never_that_of_a_small_one() -> None:
    def relu(x: Array) -> Array:
        if x.shape[1:2] > (100,):
            raise ValueError("too many columns")
        return reference.relu(x)

    report = judged(relu=relu)
    assert {one.id for one in report.clauses if one.status == "fail"} == {"Q9"}
    assert report.verdict == "conforms"
    (q9,) = [one for one in report.clauses if one.id == "Q9"]
    assert q9.counterexample is not None
    assert q9.counterexample.case[-1].arrays[0].shape == (1, 101, 1)


def test_a_wrong_value_that_is_seen_in_passing_counts() -> None:
    def relu(x: Array) -> Array:
        y = np.array(reference.relu(x))
        wrong = y.shape == (5, 7, 9) and y.dtype == np.float32 and not np.isnan(y).any()
        return y + 1 if wrong else y

    plan = Plan(named("mine"), only=("R2", "Q7"), certify=0)
    seen = judge(InProcess({"relu": relu}), plan)
    assert {one.id for one in seen.clauses if one.status == "fail"} == {"R2"}
    assert seen.verdict == "deviates"


# One block a cause.


def test_clauses_that_break_for_one_reason_are_one_cause() -> None:
    def conv(image: Array, filters: Array) -> Array:
        filters = np.asarray(filters)
        return reference.conv(image, filters[:, ::-1, ::-1])

    report = judged(conv=conv)
    failed = {one.id for one in report.clauses if one.status == "fail"}
    assert {"C7", "C9"} <= failed
    numbers = causes(report)[0]
    assert [one.id for one in numbers.results][:2] == ["C7", "C9"]
    assert [one.fault for one in numbers.diagnosis] == ["filter-rotated"]
    assert summary.first(report).startswith("numbers: wrong (C7 C9)")


def test_faults_of_two_operations_are_two_causes() -> None:
    report = judged(
        only=("C7", "R2"),
        conv=lambda x, w: reference.conv(x, w) + 1,
        relu=lambda x: np.abs(x),
    )
    assert [one.operation for one in causes(report)] == ["conv", "relu"]
