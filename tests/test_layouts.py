"""Layouts are found by trying, adapters refuse nonsense, and a fused conv is judged as two."""

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

import cnnspec
from cnnspec import reference
from cnnspec.cli import main
from cnnspec.engine.judge import judge
from cnnspec.engine.layouts import layouts_of
from cnnspec.engine.plan import Plan
from cnnspec.engine.report import Report
from cnnspec.kit.session import Session
from cnnspec.spec import Array
from cnnspec.targets.adapters import IMAGE_LAYOUTS, filters_to, image_from, image_to
from cnnspec.targets.client import InProcess
from cnnspec.targets.target import Layout, named

NCHW = """
import numpy as np

def conv2d(x, w, b=None, stride=1, pad=0):
    n, c, height, width = x.shape
    f, _, rows, columns = w.shape
    y = np.zeros((n, f, height - rows + 1, width - columns + 1))
    for i in range(y.shape[2]):
        for j in range(y.shape[3]):
            part = x[:, np.newaxis, :, i:i + rows, j:j + columns]
            y[:, :, i, j] = (part * w).sum(axis=(2, 3, 4))
    return y

def relu(x):
    return np.maximum(x, 0)

def pooling(x, size, stride):
    n, c, height, width = x.shape
    y = np.zeros((n, c, (height - size) // stride + 1, (width - size) // stride + 1))
    for i in range(y.shape[2]):
        for j in range(y.shape[3]):
            top, left = i * stride, j * stride
            y[:, :, i, j] = x[:, :, top:top + size, left:left + size].max(axis=(2, 3))
    return y
"""
WITH_CACHE = """
import inner
def conv(x, w):
    return inner.conv2d(x, w), (x, w)
def pooling(x, size, stride):
    return inner.pooling(x, size, stride), x
"""
GREY = """
import numpy as np
def conv(image, kernel):
    height, width = image.shape
    size = kernel.shape[0]
    y = np.zeros((height - size + 1, width - size + 1))
    for i in range(y.shape[0]):
        for j in range(y.shape[1]):
            y[i, j] = np.sum(image[i:i + size, j:j + size] * kernel)
    return y
"""


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def checked(*arguments: str) -> Result:
    only = ["--only", "C6,C7,C9,R2,P3,P4", "--budget", "quick", "--json", "r.json"]
    result = CliRunner().invoke(main, ["check", *arguments, *only])
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result


def words(result: Result) -> str:
    return " ".join(result.output.split())


def test_a_target_of_another_layout_gets_the_lines_that_adapt_it() -> None:
    Path("mine.py").write_text(NCHW)
    result = checked("mine.py", "--as", "conv=conv2d")
    assert result.exit_code == 2
    assert result.output.startswith("not judged: it takes other layouts")
    lines = json.loads(Path("r.json").read_text())["adapter"]
    assert lines == [
        "import cnnspec, mine",
        "target = cnnspec.adapt(conv=mine.conv2d, relu=mine.relu, pooling=mine.pooling, "
        'image="NCHW", filters="OIHW")',
    ]
    assert "target = cnnspec.adapt(conv=mine.conv2d, relu=mine.relu," in words(result)
    Path("adapter.py").write_text("\n".join(lines))
    assert checked("adapter.py").exit_code == 0


def test_layout_auto_judges_by_what_is_found() -> None:
    Path("mine.py").write_text(NCHW)
    result = checked("mine.py", "--as", "conv=conv2d", "--layout", "auto")
    assert result.exit_code == 0, result.output
    assert 'cnnspec.adapt(conv=conv2d, pooling=pooling, image="NCHW", filters="OIHW")' in words(
        result
    )
    report = json.loads(Path("r.json").read_text())
    image = {"image": "NCHW", "filters": "OIHW", "result": "", "first": False}
    assert report["layouts"]["conv"] == image


def test_a_fault_in_another_layout_is_not_judged_but_the_layout_is_told() -> None:
    Path("mine.py").write_text(NCHW.replace("* w)", "* w[..., ::-1])"))
    result = checked("mine.py", "--as", "conv=conv2d", "--ops", "conv")
    assert result.exit_code == 2, result.output
    assert "conv rejects the simplest input" in words(result)
    line = 'as cnnspec.adapt(conv=..., image="NCHW", filters="OIHW") has it, its values are not'
    assert line in words(result)


def test_a_replay_keeps_the_layouts() -> None:
    wrong = "    if x.shape[2] > 9: y += 1\n    return y\n\ndef relu"
    Path("mine.py").write_text(NCHW.replace("    return y\n\ndef relu", wrong))
    result = checked("mine.py", "--as", "conv=conv2d", "--layout", "auto")
    assert result.exit_code == 1, result.output
    replayed = CliRunner().invoke(main, ["replay", ".cnnspec/mine-C7.json", "--yes"])
    assert replayed.exit_code == 1, replayed.output
    Path("mine.py").write_text(NCHW)
    assert CliRunner().invoke(main, ["replay", ".cnnspec/mine-C7.json", "--yes"]).exit_code == 0


def test_of_several_results_the_first_is_taken() -> None:
    Path("inner.py").write_text(NCHW)
    Path("mine.py").write_text(WITH_CACHE)
    result = checked("mine.py")
    assert result.exit_code == 2
    assert 'filters="OIHW", first=True)' in words(result)
    assert checked("mine.py", "--layout", "auto").exit_code == 0


def test_a_conv_of_one_channel_and_one_filter_is_found() -> None:
    Path("mine.py").write_text(GREY)
    result = checked("mine.py")
    assert result.exit_code == 2
    assert 'cnnspec.adapt(conv=mine.conv, image="HW", filters="KK")' in words(result)
    assert checked("mine.py", "--layout", "auto").exit_code == 0


def test_what_raises_in_no_plain_call_is_judged_as_it_is() -> None:
    Path("mine.py").write_text(
        "import numpy as np, cnnspec\n"
        "def pooling(x, size, stride):\n"
        "    return np.moveaxis(cnnspec.pooling(x, size, stride), 2, 0)\n"
    )
    for more in ([], ["--layout", "auto"]):
        result = checked("mine.py", *more)
        assert result.exit_code == 1, result.output
        assert 'this adapts it: cnnspec.adapt(pooling=..., result="CHW")' in words(result)


def test_layout_goes_with_a_target_in_Python() -> None:
    result = CliRunner().invoke(main, ["check", "--exec", "./mine", "--layout", "auto"])
    assert result.exit_code == 2
    assert "--layout goes with a target in Python" in result.output


def test_the_forward_method_of_a_layer_is_called() -> None:
    Path("mine.py").write_text(
        "import cnnspec\n"
        "class Layer:\n"
        "    def forward(self, x): return cnnspec.relu(x)\n"
        "relu = Layer()\n"
    )
    assert checked("mine.py").exit_code == 0


@pytest.mark.parametrize("image", [one for one in IMAGE_LAYOUTS if one not in ("HWC", "HW")])
@pytest.mark.parametrize("filters", ["NKKC", "OIHW", "HWIO", "IOHW", "matrix"])
def test_each_layout_is_found_and_no_other(image: str, filters: str) -> None:
    wanted = filters_to(filters, np.zeros((2, 3, 3, 4))).shape

    def conv(x: Array, w: Array) -> Array:
        axes = {"CHW": (1, 2, 0), "NHWC": (1, 2, 3), "NCHW": (2, 3, 1)}[image]
        if x.ndim != (3 if image == "CHW" else 4) or w.ndim != len(wanted):
            raise ValueError("another layout")
        hwc = np.moveaxis(x, 0, 2) if image == "CHW" else x.transpose(*axes, 0)[..., 0]
        channels = hwc.shape[2]
        if filters == "matrix":
            size = int(np.sqrt(w.shape[0] // channels))
            bank = w.reshape(channels, size, size, -1).transpose(3, 1, 2, 0)
        else:
            back = {"NKKC": (0, 1, 2, 3), "OIHW": (0, 2, 3, 1), "HWIO": (3, 0, 1, 2)}
            bank = w.transpose({**back, "IOHW": (1, 2, 3, 0)}[filters])
        y = reference.conv(hwc, bank)
        return image_to(image, y)

    session = Session(InProcess({"conv": conv}), "standard")
    assert layouts_of(session, "conv") == [Layout(image, filters)]
    assert image_from(image, image_to(image, np.ones((2, 3, 4)))).shape == (2, 3, 4)


# adapt refuses nonsense, guards, and takes what is fused apart.


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ({}, TypeError, "adapt needs a function for an operation"),
        ({"conv": 3}, TypeError, "conv=3 is no function"),
        ({"conv": Report}, TypeError, "conv=Report is a class; give a function that makes one"),
        ({"covn": len}, TypeError, "did you mean conv?"),
        ({"conv": len, "image": "nchw"}, ValueError, "did you mean NCHW?"),
        ({"conv": len, "filters": "OIWH"}, ValueError, "did you mean OIHW?"),
        ({"conv": len, "image": 5}, ValueError, "5 is no layout"),
        ({"relu": len, "filters": "OIHW"}, TypeError, "no operation takes filters"),
        ({"conv": len, "fused": "gelu"}, ValueError, 'conv can be fused with "relu"'),
        ({"relu": len, "fused": "relu"}, TypeError, "needs conv="),
        ({"conv": len, "relu": len, "fused": "relu"}, TypeError, "conv does both"),
    ],
)
def test_adapt_refuses_nonsense(
    given: dict[str, object], error: type[Exception], message: str
) -> None:
    with pytest.raises(error) as caught:
        cnnspec.adapt(**given)  # type: ignore[arg-type]
    assert message in str(caught.value)


def unguarded_conv(x: Array, w: Array) -> Array:
    rows, columns = (max(0, x.shape[i] - w.shape[i + 1] + 1) for i in (0, 1))
    y = np.zeros((rows, columns, len(w)))
    for r, c in np.ndindex(rows, columns):
        part = x[r : r + w.shape[1], c : c + w.shape[2]]
        y[r, c] = [np.sum(part * np.resize(one, part.shape)) for one in w]
    return y


def judged(target: object, *only: str) -> Report:
    plan = Plan(named("mine"), level="core", budget="quick", only=only, certify=0)
    return judge(InProcess(vars(target)), plan)


def test_a_guard_rejects_invalid_input() -> None:
    ids = ("C2", "C3", "C4", "C5", "C8", "Q3")
    without = judged(cnnspec.adapt(conv=unguarded_conv), *ids)
    assert without.verdict == "deviates"
    guarded = judged(cnnspec.adapt(conv=unguarded_conv, guard=True), *ids)
    assert [one.status for one in guarded.clauses] == ["pass"] * len(ids)


def test_a_guard_leaves_the_defaults_of_a_function() -> None:
    target = cnnspec.adapt(pooling=lambda x, size=2, stride=2: reference.pooling(x, size, stride))
    guarded = cnnspec.adapt(pooling=target.pooling, guard=True)
    report = judged(guarded, "P5", "P2")
    assert [one.status for one in report.clauses] == ["pass"] * 3  # P2 is judged at strict, too


def test_guards_to_paste_are_about_the_layouts_of_the_book_alone() -> None:
    Path("mine.py").write_text(NCHW)
    only = ["--only", "C2,C7,P2", "--budget", "quick"]
    result = CliRunner().invoke(
        main, ["check", "mine.py", "--as", "conv=conv2d", "--layout", "auto", *only]
    )
    assert "adapt pooling by cnnspec.adapt, with guard=True" in words(result)
    assert "paste at the start" not in words(result)


def fused(image: Array, filters: Array) -> Array:
    return reference.relu(reference.conv(image, filters))


def test_a_conv_that_does_relu_too_is_judged_as_both() -> None:
    report = judged(cnnspec.adapt(conv=fused, fused="relu"))
    assert report.operations == ["conv", "relu"]
    assert [one.id for one in report.clauses if one.status == "fail"] == []
    levels = {one.id: one.status for one in report.clauses if one.level == "values"}
    assert levels["C6"] == levels["C7"] == levels["C9"] == levels["R2"] == "pass"


def test_a_fused_conv_is_right_beside_nan_and_in_any_order_of_sums() -> None:
    target = cnnspec.adapt(conv=fused, fused="relu")
    image = np.array([[[np.inf, 0.0, 2.0, -3.0, 5.0]]]).reshape(1, 5, 1)
    filters = np.array([-1.0, 0.0]).reshape(2, 1, 1, 1)
    with np.errstate(all="ignore"):
        got, wanted = target.conv(image, filters), reference.conv(image, filters)
    assert np.array_equal(got, wanted, equal_nan=True)

    calls: list[int] = []

    def rounded(image: Array, filters: Array) -> Array:  # as sums in another order may be
        calls.append(1)
        return np.maximum(reference.conv(image, filters) + [1e-3, 2e-3][len(calls) % 2], 0)

    large = cnnspec.adapt(conv=rounded, fused="relu")
    near = large.conv(np.zeros((2, 2, 1)) + 2.0**20, np.zeros((1, 1, 1, 1)) + 2.0**20)
    assert abs(near - 2.0**40).max() < 1e-2


def no_relu(y: Array) -> Array:
    return y


def shifted(y: Array) -> Array:
    return np.maximum(y, 0) + 1


def leaky(y: Array) -> Array:
    return np.where(y > 0, y, y / 128)


def capped(y: Array) -> Array:
    return np.clip(y, 0, 6)


def with_magnitudes(y: Array) -> Array:
    return np.maximum(y, 0) + (np.abs(y) if y.shape[2] > 1 else 0)


@pytest.mark.parametrize("wrong", [no_relu, shifted, leaky, capped, with_magnitudes, np.abs])
def test_a_fused_conv_with_another_relu_deviates(wrong: "np.ufunc") -> None:
    def conv(image: Array, filters: Array) -> Array:
        return np.asarray(wrong(reference.conv(image, filters)))

    report = judged(cnnspec.adapt(conv=conv, fused="relu"), "C7", "R2")
    assert report.verdict == "deviates"


def test_a_fused_conv_with_a_wrong_conv_deviates() -> None:
    def conv(image: Array, filters: Array) -> Array:
        return reference.relu(reference.conv(image, np.asarray(filters)[:, ::-1]))

    report = judged(cnnspec.adapt(conv=conv, fused="relu"), "C7", "R2")
    assert [one.id for one in report.clauses if one.status == "fail"] == ["C7"]


def test_what_is_kept_of_another_call_tells_no_layout() -> None:
    kept: dict[tuple[int, ...], Array] = {}

    def conv(image: Array, filters: Array) -> Array:
        if image.shape not in kept:
            kept[image.shape] = reference.conv(image, filters)
        return kept[image.shape]

    session = Session(InProcess({"conv": conv}), "standard")
    judged = judge(session.client, Plan(named("cached"), budget="quick", only=("C7",)))
    assert not [text for text in judged.hints if "layout" in text]
    assert layouts_of(session, "conv") == []
