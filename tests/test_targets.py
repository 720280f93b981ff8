"""A target of any shape is reached, and a dangerous one hurts nothing but itself."""

import os
import sys
from importlib.machinery import ModuleSpec
from importlib.util import find_spec, module_from_spec
from pathlib import Path

import numpy as np
import pytest
from sampling import some

import cnnspec
from cnnspec.engine.judge import judge
from cnnspec.engine.plan import Plan
from cnnspec.engine.report import Report
from cnnspec.kit.calls import Call, Outcome, TargetError, Unsupported
from cnnspec.kit.operation import call
from cnnspec.spec import Array
from cnnspec.targets import Options, load
from cnnspec.targets.adapters import FILTER_LAYOUTS, IMAGE_LAYOUTS, filters_to, image_from, image_to
from cnnspec.targets.client import InProcess, Worker, opened
from cnnspec.targets.target import named

ADAPTERS = Path(__file__).parent / "adapters"
RELU = "import numpy as np\ndef relu(x):\n    return np.where(x <= 0, 0 * x.dtype.type(0), x)\n"
ONE = call("relu", np.ones((2, 2, 1)))


def written(folder: Path, text: str, name: str = "mine.py") -> str:
    path = folder / name
    path.write_text("import numpy as np\n" + text)
    return str(path)


def judged(target: str, timeout: float = 60, only: tuple[str, ...] = ()) -> Report:
    plan = Plan(named(target), level="strict", budget="quick", only=only)
    with opened(named(target), "standard", Options(timeout=timeout)) as client:
        return judge(client, plan)


def failed(report: Report) -> set[str]:
    return {one.id for one in report.clauses if one.status == "fail"}


@pytest.mark.exhaustive
@pytest.mark.parametrize(
    ("name", "operations"),
    [
        ("nchw_oihw.py", ["conv"]),
        ("class_with_weights.py", ["conv"]),
        ("lists.py", ["relu", "pooling"]),
        ("one_map.py", ["conv"]),
        ("matrix_filters.py", ["conv"]),
        ("square_pool.py", ["relu", "pooling"]),
        ("fused.py:net", ["relu"]),
        ("strided.py", ["conv"]),
    ],
)
def test_eight_worked_adapters_conform(name: str, operations: list[str]) -> None:
    report = judged(str(ADAPTERS / name))
    assert [(one.id, one.message) for one in report.clauses if one.status == "fail"] == []
    assert report.operations == operations
    assert report.verdict == "conforms"


def test_what_an_adapter_declines_is_counted() -> None:
    report = judged(str(ADAPTERS / "square_pool.py"), only=("P4", "P5"))
    values, defaults = report.clauses
    assert values.status == defaults.status == "pass"
    assert values.declined["stride other than size"] > 10


def test_one_channel_is_enough_to_be_judged(tmp_path: Path) -> None:
    text = "import cnnspec\ndef relu(x): return np.where(x <= 0, 0.0, x)\n"
    text += "def pool(x, s, t): return cnnspec.pooling(x[..., None], s, t)[..., 0]\n"
    text += 'target = cnnspec.adapt(relu=relu, pooling=pool, image="HW")\n'
    report = judged(written(tmp_path, text), only=("R2", "P3", "P4"))
    assert report.verdict == "conforms"
    assert all(one.declined["more than one channel"] for one in report.clauses)


@pytest.mark.parametrize("layout", IMAGE_LAYOUTS)
def test_image_layouts_are_undone(layout: str) -> None:
    image = np.arange(20.0).reshape(4, 5, 1)
    assert np.array_equal(image_from(layout, image_to(layout, image)), image)
    if layout not in ("HWC", "HW"):
        with pytest.raises(ValueError, match="which is not"):
            image_from(layout, np.ones((2, 2)))
    if layout != "HWC":
        with pytest.raises(ValueError, match="rank 2"):
            image_to(layout, np.ones((2, 2)))


def test_filter_layouts() -> None:
    bank = np.arange(2 * 9 * 4.0).reshape(2, 3, 3, 4)
    shapes = {
        "NKKC": (2, 3, 3, 4),
        "OIHW": (2, 4, 3, 3),
        "HWIO": (3, 3, 4, 2),
        "IOHW": (4, 2, 3, 3),
        "matrix": (36, 2),
    }
    assert {n: filters_to(n, bank).shape for n in shapes} == shapes
    assert filters_to("matrix", bank)[5, 1] == bank[1, 1, 2, 0]  # channel 0, row 1, column 2
    assert filters_to("NKK", bank[..., :1]).shape == (2, 3, 3)
    assert filters_to("KK", bank[:1, ..., :1]).shape == (3, 3)
    for name, these in (("NKK", bank), ("KK", bank), ("KK", bank[..., :1])):
        with pytest.raises(Unsupported, match="more than one"):
            filters_to(name, these)
    assert set(shapes) | {"NKK", "KK"} == set(FILTER_LAYOUTS)
    with pytest.raises(ValueError, match="filters of rank 3"):
        filters_to("OIHW", bank[0])


def test_adapt_explains_an_unknown_layout() -> None:
    with pytest.raises(ValueError, match="'HCW' is no layout; there are HWC, CHW"):
        cnnspec.adapt(image="HCW")
    with pytest.raises(ValueError, match="'NCKK' is no layout"):
        cnnspec.adapt(filters="NCKK")


def test_a_target_is_a_file_a_module_an_object_or_a_built_in_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", sys.path.copy())
    monkeypatch.chdir(tmp_path)
    text = "class Net:\n    def relu(self, x): return x\nnet = Net()\ndef relu(x): return x\n"
    path = written(tmp_path, text, "pack_of_one.py")
    for name in (path, "pack_of_one", f"{path}:net", "pack_of_one:net", "pack_of_one:Net", "spec"):
        assert "relu" in load(name, "standard")
    for name, message in (
        ("nowhere.py", "there is no file nowhere.py"),
        ("nowhere", "there is no module nowhere; `cnnspec targets` lists"),
        ("no/where", "neither a file"),
        (f"{path}:other", "has no other"),
        ("json", "offers none of conv, relu, pooling and average_pooling; `cnnspec init`"),
    ):
        with pytest.raises(TargetError, match=message):
            load(name, "standard")


@pytest.mark.exhaustive
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("raise ValueError('broken')", r"ValueError: broken \(.*mine.py, line 2\)"),
        ("import sys; sys.exit(3)", "SystemExit: 3"),
        ("def relu(x) return x", "SyntaxError"),
        ("import no_such_module", "ModuleNotFoundError: No module named 'no_such_module'"),
        ("import os; os._exit(7)", "ended its process with exit status 7 while it was imported"),
        ("import os; os.abort()", "died of SIGABRT while it was imported"),
        ("while True: pass", "still being imported after 6 s; if it is a script that trains"),
        ("class Net:\n    def __init__(self, shape): pass", "offers none of"),
    ],
)
def test_an_import_that_fails_is_explained(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(TargetError, match=message):
        Worker(written(tmp_path, text), "standard", timeout=1)


DANGEROUS = {
    "crash": ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "died of SIGSEGV"),
    "exit": ("import os; os._exit(3)", "ended its process with exit status 3"),
    "hang": ("while True: pass", "no answer within 1 s"),
    "memory": ("np.ones(2**40)", "a valid input is rejected"),
    "interrupt": ("raise GeneratorExit('stop')", "a valid input is rejected: GeneratorExit: stop"),
    "closed": ("import os; os.closerange(3, 64); os._exit(0)", "the target"),
}


@pytest.mark.exhaustive
@pytest.mark.parametrize("danger", some([*DANGEROUS], 2))
def test_a_dangerous_call_is_a_verdict_and_the_run_goes_on(tmp_path: Path, danger: str) -> None:
    code, message = DANGEROUS[danger]
    target = written(
        tmp_path,
        "def relu(x):\n"
        f"    if x.shape == (3, 4, 2):\n        {code}\n"
        "    return np.where(x <= 0, x.dtype.type(0), x)\n"
        "def pooling(f, size=2, stride=2):\n    import cnnspec\n"
        "    return cnnspec.pooling(f, size, stride)\n",
    )
    report = judged(target, timeout=1, only=("R1", "P4"))
    by_id = {(one.id, one.level): one for one in report.clauses}
    assert by_id["R1", "values"].status == "fail"
    assert message in by_id["R1", "values"].message
    assert by_id["P4", "values"].status == "pass"
    assert report.verdict == "deviates"


def test_a_target_that_replaces_numpy_is_judged_all_the_same(tmp_path: Path) -> None:
    target = written(
        tmp_path,
        "np.where = np.array_equal = np.zeros = np.maximum = None\n"
        "def relu(x):\n    return (abs(x) + x) / 2 if x.dtype.kind == 'f' else x * 2.0\n",
    )
    report = judged(target, only=("R1", "R2"))
    assert {one.status for one in report.clauses if one.level == "values"} <= {"pass", "fail"}
    assert report.clauses[0].examples > 10


def test_what_a_target_prints_is_not_shown_but_counted(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    for text in ("print('Filter')", "import os; os.write(1, b'Filter')"):
        target = written(
            tmp_path, f"def relu(x):\n    {text}\n    return np.where(x <= 0, 0.0, x)\n"
        )
        assert "Q10" in failed(judged(target, only=("Q10",)))
        assert "Filter" not in capfd.readouterr().out


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("def relu(x, slope): return x", "relu requires 2 arguments and is given 1"),
        ("def relu(): return 1", "relu rejects the simplest input: TypeError"),
        ("def relu(x): return None", "relu returned None; a target returns an array of numbers"),
        ("def relu(x): return x, 1", "relu returned a tuple of 2; a target"),
        ("def relu(x): return 'x'", "relu returned a str"),
        ("def relu(x): return 1.0", "relu returned a float"),
        (
            "def relu(x): raise OSError('no GPU')",
            "relu rejects the simplest input: OSError: no GPU",
        ),
        ("def relu(x):\n    import os; os._exit(2)", "exit status 2"),
    ],
)
def test_what_cannot_be_called_cannot_be_judged(tmp_path: Path, text: str, message: str) -> None:
    report = judged(written(tmp_path, text), timeout=2, only=("R1", "R2", "C7"))
    assert report.verdict == "not judged"
    assert message in report.problems[0]
    assert [one.status for one in report.clauses] == ["absent", "error", "error", "error"]


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        (
            "def conv(x, w):\n    return np.moveaxis(cnnspec.conv(x, w), 2, 0)\n",
            'cnnspec.adapt(conv=..., result="CHW")',
        ),
        (
            "def pooling(f, stride, size):\n    return cnnspec.pooling(f, size, stride)\n",
            "pooling takes (feature_map, stride, size)",
        ),
    ],
)
def test_another_layout_is_told_and_judged_all_the_same(
    tmp_path: Path, text: str, hint: str
) -> None:
    report = judged(written(tmp_path, f"import cnnspec\n{text}"), only=("C6", "C7", "P3", "P4"))
    assert len(report.hints) == 1
    assert hint in report.hints[0]
    assert report.verdict == "deviates"


def test_values_of_a_wrong_shape_are_not_said_to_conform(tmp_path: Path) -> None:
    text = "import cnnspec\ndef conv(x, w):\n    return cnnspec.conv(x, w)[np.newaxis]\n"
    report = judged(written(tmp_path, text), only=("C7",))
    assert [one.status for one in report.clauses] == ["error"]
    assert report.verdict == "not judged"
    assert "the shape is wrong (C6)" in report.clauses[0].message


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("torch", "offers none of conv, relu, pooling and average_pooling; `cnnspec init` drafts"),
        ("torch", "; did you mean pytorch?"),
        ("nx", "there is no module nx; `cnnspec targets` lists the built-in names"),
        ("onnx", "; did you mean onnx-reference or onnxruntime?"),
        ("pytroch", "; did you mean pytorch?"),
        ("PyTorch", "; did you mean pytorch?"),
        ("referense", "; did you mean reference?"),
        ("mycn.py", "there is no file mycn.py; did you mean mycnn.py?"),
        ("sub/mycn.py:net", "there is no file sub/mycn.py; did you mean sub/mynn.py?"),
        ("mycnn.p", "; did you mean mycnn.py?"),
        ("my-cnn", "nor a built-in name; did you mean mycnn.py?"),
        ("other.py", "there is no file other.py"),
        ("no/folder/x.py", "there is no file no/folder/x.py"),
    ],
)
def test_what_is_likely_to_be_meant_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, words: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [one for one in sys.path if one])
    Path("sub").mkdir()
    for file in ("mycnn.py", "sub/mynn.py"):
        Path(file).touch()
    monkeypatch.setitem(sys.modules, "torch", module_from_spec(ModuleSpec("torch", None)))
    monkeypatch.delitem(sys.modules, "onnx", raising=False)
    monkeypatch.setattr("importlib.util.find_spec", lambda n: find_spec(n) if n != "onnx" else None)
    with pytest.raises(TargetError) as error:
        load(name, "standard")
    assert words in str(error.value)
    assert str(error.value).endswith("?") == ("did you mean" in str(error.value))
    if name in ("nx", "other.py", "no/folder/x.py"):
        assert "did you mean" not in str(error.value)


def test_in_process_the_target_shares_the_process() -> None:
    pids = []

    def relu(x: Array) -> Array:
        pids.append(os.getpid())
        print("in process")  # noqa: T201  to be counted
        return np.where(x <= 0, 0.0, x)

    client = InProcess({"relu": relu})
    outcome = client.answer(ONE)
    assert outcome.flags == {"printed"}
    assert pids == [os.getpid()]
    assert not client.restart()
    client.close()


@pytest.mark.exhaustive
def test_a_target_that_loads_only_once_does_not_lose_the_report(tmp_path: Path) -> None:
    text = "import os, pathlib\nonce = pathlib.Path(__file__).with_suffix('.once')\n"
    text += "if once.exists(): raise OSError('the device is taken')\nonce.touch()\n"
    text += "def relu(x):\n    if x.shape == (3, 4, 2): os.abort()\n"
    text += "    return np.where(x <= 0, x.dtype.type(0), x)\n"
    report = judged(written(tmp_path, text), only=("R1", "R2"))
    assert report.verdict == "deviates"
    assert "R1" in failed(report)
    assert "the target could not be started again" in report.problems


def test_a_lost_worker_starts_again(tmp_path: Path) -> None:
    target = written(
        tmp_path, "calls = []\ndef relu(x):\n    calls.append(1)\n    return x * len(calls)\n"
    )
    worker = Worker(target, "standard", 5)
    values = [worker.answer(ONE).value for _ in range(2)]
    assert worker.restart()
    values.append(worker.answer(ONE).value)
    worker.end()
    worker.end()
    values.append(worker.answer(ONE).value)
    worker.close()
    worker.close()
    assert [v.max() for v in values if v is not None] == [1, 2, 1, 1]
    assert worker.answer(ONE).kind == "crashed"


def test_a_loss_by_chance_is_q2s() -> None:
    calls = 0

    def relu(x: Array) -> Array:
        return np.maximum(x, np.zeros_like(x))

    class Unlucky(InProcess):
        def answer(self, call: Call) -> Outcome:
            nonlocal calls
            calls += 1
            if calls % 30 == 0:
                return Outcome("crashed", message="the target died of SIGSEGV")
            return super().answer(call)

    report = judge(Unlucky({"relu": relu}), Plan(named("unlucky"), budget="quick", certify=0))
    assert failed(report) == {"Q2"}
    only = judge(Unlucky({"relu": relu}), Plan(named("unlucky"), budget="quick", only=("R2",)))
    assert failed(only) == {"R2"}
