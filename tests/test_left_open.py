"""What the clauses of options leave open is asked, said in a word, and judged by nothing."""

import json
import os
import signal
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
from click.testing import CliRunner

from cnnspec.cli import main
from cnnspec.engine.judge import judge
from cnnspec.engine.left_open import left_open, observed
from cnnspec.engine.plan import Plan
from cnnspec.kit.operation import broken, call
from cnnspec.kit.rejection import allowed
from cnnspec.kit.session import Session
from cnnspec.operations.every.blame import blame
from cnnspec.report import data, lines
from cnnspec.report.lines import Beside
from cnnspec.spec import Array, conv, pooling
from cnnspec.targets import load
from cnnspec.targets.client import InProcess
from cnnspec.targets.target import named

NUMBERS = "max: window of padding alone"


def padded_by(number: Any) -> Any:
    """A max pooling that pads with a number, and crops where padding is negative."""

    def function(
        feature_map: Array, size: int = 2, stride: int = 2, padding: int = 0, ceil: bool = False
    ) -> Array:
        around = [(max(padding, 0), max(padding, 0))] * 2
        x = np.pad(feature_map, [*around, (0, 0)], constant_values=number)
        x = x[-padding:padding, -padding:padding] if padding < 0 else x
        return pooling(x, size, stride, ceil=ceil, edition="general")

    return function


def of(**functions: Any) -> dict[str, str]:
    return observed(Session(InProcess(functions), "general"))


@pytest.mark.parametrize(
    ("number", "alone", "beside_nan"),
    [
        (-np.inf, "-inf", "NaN in its windows alone"),
        (0, "0.0", "NaN in its windows alone"),
        (np.finfo(float).min, "the least float64", "NaN in its windows alone"),
        (np.nan, "NaN", "NaN spreads to other windows"),
    ],
)
def test_what_padding_is_filled_with_is_seen(number: float, alone: str, beside_nan: str) -> None:
    found = of(pooling=padded_by(number))
    assert found[NUMBERS] == alone
    assert found["max: NaN beside padding"] == beside_nan
    assert found["max: negative padding"] == "crops"
    assert found["max: E > n + P"] == "raises SpecError"


def test_only_what_is_offered_is_asked() -> None:
    asked = set(of(pooling=padded_by(0)))
    assert "max: window of padding alone, by dilation" not in asked
    assert all(name.startswith("max: ") for name in asked)

    def plain(feature_map: Array, size: int = 2, stride: int = 2) -> Array:
        return pooling(feature_map, size, stride)

    assert of(pooling=plain) == {}
    own = {name for name in left_open() if name.startswith("conv: ")}
    assert set(of(conv=load("spec", "general")["conv"])) == own


def test_nan_that_loses_is_said_to_lose() -> None:
    def lost(feature_map: Array, size: int, stride: int, padding: int = 0) -> Array:
        x = np.nan_to_num(feature_map)
        return pooling(x, size, stride, padding=padding, edition="general")

    def loses(feature_map: Array, size: int, stride: int, padding: int = 0) -> Array:
        made = pooling(feature_map, size, stride, padding=padding, edition="general")
        made[0], made[:, 0] = 7, 7
        return made

    assert of(pooling=lost)["max: NaN beside padding"] == "NaN is lost"
    assert of(pooling=loses)["max: NaN beside padding"] == "padding wins over NaN"


def test_infinity_in_the_padding_of_conv_is_asked() -> None:
    def multiplying(image: Array, filters: Array, padding: int = 0) -> Array:
        around = np.pad(image, [(padding, padding)] * 2 + [(0, 0)])
        return conv(around, filters, edition="general")

    def skipping(image: Array, filters: Array, padding: int = 0) -> Array:
        return multiplying(image, np.where(np.isinf(filters), 0, filters), padding)

    name = "conv: 0 * inf in the padding"
    assert of(conv=multiplying)[name] == "NaN: padding is multiplied"
    assert of(conv=skipping)[name] == "padding is left out"


def test_windows_that_do_not_fit_are_computed_empty_or_refused() -> None:
    def one(
        feature_map: Array, size: Any, stride: Any, padding: int = 0, ceil: bool = False
    ) -> Array:
        if size > feature_map.shape[0] + 2 * padding:
            return feature_map.max(keepdims=True) if ceil else np.zeros((0, 0, 1))
        return pooling(feature_map, size, stride, padding=padding, ceil=ceil, edition="general")

    found = of(pooling=one)
    assert found["max: E > n + P"] == "empty (0, 0, 1)"
    assert found["max: E > n + P, with ceil"] == "computes one window"
    found = of(**load("spec", "general"))
    assert found["average: E > n + P, with ceil"] == "raises SpecError"


def test_a_result_that_changes_is_said_to_change() -> None:
    random = np.random.default_rng(0)

    def unwritten(feature_map: Array, size: int, stride: int, padding: int = 0) -> Array:
        made = pooling(feature_map, size, stride, padding=padding, edition="general")
        return np.where(np.isinf(made), random.random(made.shape), made)

    assert of(pooling=unwritten)[NUMBERS].endswith("another result each time")


DIES = """
import os, signal
from cnnspec import pooling as right

def pooling(feature_map, size=2, stride=2, padding=0):
    if padding == 2:
        os.kill(os.getpid(), signal.{})
    return right(feature_map, size, stride, padding=padding, edition="general")
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="signals as on Unix")
def test_a_target_that_dies_of_one_is_asked_the_others(tmp_path: Path) -> None:
    assert signal.SIGFPE
    (tmp_path / "dies.py").write_text(DIES.format("SIGFPE"))
    file = tmp_path / "r.json"
    result = CliRunner().invoke(
        main,
        ["check", str(tmp_path / "dies.py"), "--only", "P7,P11", "-v", "--json", str(file)],
        catch_exceptions=False,
    )
    report = json.loads(file.read_text())
    jsonschema.validate(report, data.schema())
    assert report["observed"][NUMBERS] == "died of SIGFPE"
    assert report["observed"]["max: negative padding"] == "raises SpecError"
    said = " ".join(result.output.split())
    assert "left open by the clauses, and not judged:" in said
    assert f"{NUMBERS} died of SIGFPE" in said


def test_nothing_of_it_is_judged_and_standard_reports_have_none_of_it() -> None:
    client = InProcess({"pooling": padded_by(-np.inf)})
    plan = Plan(named("mine"), "general", budget="quick", only=("P7",), certify=0)
    report = judge(client, plan)
    assert report.verdict == "conforms"
    assert set(report.observed) == {NUMBERS, "max: NaN beside padding"}
    shown = [text for text, _ in lines.of(report, plan, Beside(), verbose=False)]
    assert not any("left open" in text for text in shown)
    standard = judge(client, Plan(named("mine"), budget="quick", only=("P4",), certify=0))
    assert "observed" not in data.as_json(standard)
    assert standard.observed == {}


def test_no_deviation_is_shown_by_a_window_of_padding_alone() -> None:
    def upper(
        feature_map: Array, size: Any, stride: Any, padding: Any = 0
    ) -> Array:  # for same_lower, too; and padding alone gives the least number
        padding = "same_upper" if padding == "same_lower" else padding
        made = pooling(feature_map, size, stride, padding=padding, edition="general")
        return np.maximum(made, np.finfo(float).min)

    session = Session(InProcess({"pooling": upper}), "general")
    x = np.array([[[0.0], [0.0], [1.0]]])
    case = (call("pooling", x, (1, 4), (3, 1), padding="same_lower"),)
    found = blame(session, case)
    assert found is not None
    assert found.case == case
    assert found.deviation.message.startswith("element [0, 0, 0] is 1.0 instead of 0.0")


def test_questions_have_calls_that_the_clauses_leave_open() -> None:
    rejected = {"E > n + P", "E > n + P, with ceil", "negative padding"}
    for name, one in left_open().items():
        is_invalid = broken(one.call, "general") is not None
        assert is_invalid == (name.partition(": ")[2] in rejected), name


@pytest.mark.parametrize(
    ("operation", "arguments"),
    [
        ("pooling", {"size": 1, "stride": 1}),
        ("average_pooling", {"size": 1, "stride": 1}),
        ("conv", {"filters": np.ones((1, 1, 1, 1))}),
    ],
)
def test_a_map_that_is_cut_to_nothing_may_give_nothing(operation: str, arguments: Any) -> None:
    one = call(operation, np.ones((1, 3, 1)), **arguments, padding=((0, 0), (-2, -2)))
    assert allowed(one, np.zeros((1, 0, 1)))
    assert not allowed(one, np.zeros((1, 1, 1)))
