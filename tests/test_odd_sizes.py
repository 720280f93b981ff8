"""Sizes and strides that are no ordinary whole numbers: how they travel and are judged."""

import json
import math
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnnspec import reference
from cnnspec.commands import replay
from cnnspec.engine.judge import judge
from cnnspec.engine.plan import Plan
from cnnspec.engine.report import Report
from cnnspec.kit.numerals import Number, coded, decoded, in_code, is_plain, whole
from cnnspec.kit.operation import REGISTRY, call
from cnnspec.kit.session import Deviation, Session
from cnnspec.report import data
from cnnspec.spec import Array
from cnnspec.targets import Options
from cnnspec.targets.client import InProcess, opened
from cnnspec.targets.protocol import Offer, inline, requested
from cnnspec.targets.target import named
from cnnspec.targets.wire import Packer, ProtocolError, Unpacker, as_line, from_line

NUMBERS: tuple[Number, ...] = (
    *(0, -1, 2, 2**31, 2**63, 2**64 + 2, 2.0, 2.5, 1e300, math.nan, math.inf, -math.inf),
    *(
        True,
        False,
        np.int64(2),
        np.uint8(255),
        np.int32(-7),
        np.int64(2**63 - 1),
        np.uint64(2**64 - 1),
    ),
)
X = np.arange(32.0).reshape(4, 4, 2)


def alike(left: object, right: object) -> bool:
    return type(left) is type(right) and repr(left) == repr(right)


@pytest.mark.parametrize("number", NUMBERS, ids=repr)
def test_a_number_comes_back_as_it_was(number: Number) -> None:
    assert alike(decoded(json.loads(json.dumps(coded(number), allow_nan=False))), number)
    assert alike(eval(in_code(number), {"np": np, "float": float}), number)  # noqa: S307
    one = call("pooling", X, number, 2)
    packer = Packer()
    sent = from_line(as_line(inline(one, packer, keeps=True)))
    made = requested(sent, Unpacker(bytearray(b"".join(packer.parts))))
    assert alike(made.plain["size"], number)
    written = json.loads(json.dumps(data.call_as_json(one), allow_nan=False))
    (read,) = data.case_from_json([data.checked(written, "call")])
    assert alike(read.plain["size"], number)


@pytest.mark.parametrize(
    "given",
    [
        *(None, "2", [2], {"number": "2"}, {"number": 2, "type": "int64"}),
        *("SAME ", [1, 2, 3], [1, 2.5], [[1, 2], [3]], [True, 1], [[1, 2], "same"]),
        {"number": "300", "type": "uint8"},
        {"number": "2", "type": "object"},
        {"number": "1", "type": "bool"},
        {"number": "x", "type": "float"},
        {"number": "9" * 50, "type": "int64"},
        {"number": "2", "type": "int64", "more": 1},
    ],
    ids=repr,
)
def test_what_is_no_number_is_refused(given: Any) -> None:
    with pytest.raises(ValueError, match=r"."):
        decoded(given)
    if not isinstance(given, dict) or "number" in given:
        with pytest.raises(ProtocolError, match="asks with"):
            requested({"op": "pooling", "size": given}, Unpacker(bytearray()))


def test_what_is_whole_is_told() -> None:
    assert [whole(n) for n in (2, np.uint8(3), 2.5)] == [2, 3, 2.5]
    assert type(whole(np.int64(2))) is int
    assert [is_plain(n) for n in (2, -(2**31) + 1, 2**31, 2.0, np.int64(2))] == [
        *(True, True, False, False, False)
    ]


def test_a_program_gets_ints_of_32_bits_and_known_dtypes_alone() -> None:
    program = Offer(2, ("pooling",), (), ("float64",))
    lacks = [bool(program.lacks(call("pooling", X, 2, n))) for n in (2, 2**31, 2.5, np.int64(2))]
    assert lacks == [False, True, True, True]
    worker = Offer(2, ("pooling",), (), ("float64",), numpy=True)
    assert not any(worker.lacks(call("pooling", X, 2, n)) for n in NUMBERS)
    if np.dtype(np.longdouble).name not in ("float64",):
        wide = call("pooling", X.astype(np.longdouble), 2, 2)
        assert (bool(program.lacks(wide)), bool(worker.lacks(wide))) == (True, False)


def test_a_worker_gets_them_as_they_are(tmp_path: Path) -> None:
    file = tmp_path / "telling.py"
    file.write_text("def pooling(f, size, stride):\n    raise ValueError(f'{size!r} {stride!r}')\n")
    with opened(named(str(file)), "standard", Options()) as client:
        said = [client.answer(call("pooling", X, n, 2)).message for n in NUMBERS]
        assert said == [f"{n!r} 2" for n in NUMBERS]
        assert len(client.answers([call("pooling", X, n, 2) for n in NUMBERS])) == len(NUMBERS)


def judged(*only: str, **functions: Any) -> Report:
    effort: Any = {"certify": 0, "examples": 5, "explain": False}
    return judge(InProcess(functions), Plan(named("mine"), level="strict", only=only, **effort))


def deviating(report: Report) -> set[tuple[str, str]]:
    return {(one.id, one.level) for one in report.clauses if one.status == "fail"}


def test_fractions_that_are_cut_deviate_from_P2_and_A2() -> None:
    report = judged(
        "P2",
        "A2",
        pooling=lambda f, s=2, t=2: reference.pooling(f, int(s), int(t)),
        average_pooling=lambda f, s, t: reference.average_pooling(f, round(s), round(t)),
    )
    assert deviating(report) == {("P2", "core"), ("A2", "core")}


def test_numbers_of_numpy_are_strict() -> None:
    def pooling(f: Array, size: int = 2, stride: int = 2) -> Array:
        if type(size) is not int or type(stride) is not int:
            raise TypeError("ints, please")
        return reference.pooling(f, size, stride)

    report = judged("P2", pooling=pooling)
    assert deviating(report) == {("P2", "strict")}
    assert "numbers of NumPy are not taken" in report.clauses[-1].message


def test_true_may_be_refused_but_is_not_another_number() -> None:
    def defaulting(f: Array, size: int = 2, stride: int = 2) -> Array:
        return reference.pooling(f, 2 if size is True else size, stride)

    def refusing(f: Array, size: int = 2, stride: int = 2) -> Array:
        if isinstance(size, bool) or isinstance(stride, bool):
            raise TypeError("a truth value is no number")
        return reference.pooling(f, size, stride)

    assert deviating(judged("P2", pooling=defaulting)) == {("P2", "strict")}
    assert deviating(judged("P2", pooling=refusing)) == set()


def test_narrow_numbers_and_large_strides_may_be_refused_but_not_misread() -> None:
    def narrow(f: Array, size: Any = 2, stride: Any = 2) -> Array:
        if isinstance(size, np.uint8 | np.int16) or isinstance(stride, np.uint8 | np.int16):
            raise TypeError("so narrow a type is not taken")
        if abs(stride) >= 2**31:
            raise OverflowError("a stride of 32 bits is wanted")
        return reference.pooling(f, size, stride)

    report = judged("P2", "P3", pooling=narrow)
    assert deviating(report) == set()
    assert any("so large a stride" in text for one in report.clauses for text in one.declined)

    def wrapped(f: Array, size: int = 2, stride: int = 2) -> Array:
        return reference.pooling(f, size, max(int(stride) & 0xFFFFFFFF, 1) if stride > 0 else -1)

    assert deviating(judged("P3", pooling=wrapped)) == {("P3", "values")}


def test_a_counterexample_with_such_a_size_is_replayed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mine.py").write_text(
        "from cnnspec import reference\n"
        "def pooling(f, size=2, stride=2):\n"
        "    return reference.pooling(f, int(size), int(stride))\n"
    )
    target = named("mine.py")
    with opened(target, "standard", Options()) as client:
        report = judge(client, Plan(target, level="core", only=("P2",), certify=0))
    assert deviating(report) == {("P2", "core")}
    replay.write(report, Options())
    read = replay.read(Path(".cnnspec/mine-P2.json"))
    assert any(isinstance(n, float) for n in read.case[-1].numbers)
    with opened(target, "standard", Options()) as client:
        again = replay.judged(read, client)
    assert again is not None
    json.dumps(data.as_json(report), allow_nan=False)


@pytest.mark.exhaustive
def test_deep_looks_beyond_what_float32_counts() -> None:
    def relu(x: Array) -> Array:
        places = np.arange(x.shape[0]).astype(np.float32).astype(np.int64)
        return reference.relu(x[np.minimum(places, x.shape[0] - 1)])

    sizes = import_module("cnnspec.operations.every.sizes")
    operation = REGISTRY["relu"]
    session = Session(InProcess({"relu": relu}), "standard", strength=3)
    cases = list(sizes.enormous(session, operation))
    assert [case[-1].arrays[0].shape[0] for case in cases] == [2**24 + 3, 1, 4_096, 4_096]
    with pytest.raises(Deviation, match=r"element \[16777217, 0, 0\]"):
        sizes.at_any_size(session, cases[0])
    sizes.at_any_size(session, cases[1])
