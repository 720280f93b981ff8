"""Diagnosis under a condition: where a target is wrong, found by asking; no wrong name."""

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from sampling import some

from cnnspec import reference
from cnnspec.engine.conditional import conditional
from cnnspec.engine.diagnose import Findings, examined
from cnnspec.engine.first_calls import smoke
from cnnspec.engine.judge import judge
from cnnspec.engine.patient import FEWEST_ASKED, MOST_ASKED, Patient, Probe
from cnnspec.engine.plan import Plan
from cnnspec.engine.separate import shows
from cnnspec.kit.calls import Outcome
from cnnspec.kit.operation import call
from cnnspec.kit.pace import Pace
from cnnspec.kit.session import Session
from cnnspec.report.blocks import deviations
from cnnspec.report.data import as_json
from cnnspec.spec import Array
from cnnspec.targets.client import InProcess
from cnnspec.targets.target import named

Function = Callable[..., Any]


def found(clauses: tuple[str, ...], **functions: Function) -> Findings:
    """What is said of a target that deviates from some clauses."""
    session = Session(InProcess(functions), "standard")
    for operation in functions:
        smoke(session, operation)
    return examined(session, dict.fromkeys(clauses))


def names(clauses: tuple[str, ...], **functions: Function) -> list[str]:
    """The names that are given, with their conditions."""
    return [one.name for one in found(clauses, **functions).diagnosis]


def rules(clauses: tuple[str, ...], **functions: Function) -> list[str]:
    """Where a target fails that no model explains."""
    return [one.sentence for one in found(clauses, **functions).separations]


def channels(image: Array) -> int:
    """The channels of an image."""
    return np.shape(image)[2] if np.ndim(image) == 3 else 1


def flipped(image: Array, filters: Array) -> Array:
    """Convolution in place of correlation."""
    return reference.conv(image, np.asarray(filters)[:, ::-1, ::-1])


def under(condition: Function, wrong: Function, right: Function) -> Function:
    """An operation that is wrong where a condition holds of its arguments."""

    def operation(*arguments: Any) -> Any:
        return (wrong if condition(*arguments) else right)(*arguments)

    return operation


CONDITIONS: dict[str, Function] = {
    "K = 5": lambda _x, w: np.shape(w)[1] == 5,
    "C >= 8": lambda x, _w: channels(x) >= 8,
    "N <= 2": lambda _x, w: len(w) <= 2,
    "C is a multiple of 4": lambda x, _w: channels(x) % 4 == 0,
    "W is odd": lambda x, _w: np.shape(x)[1] % 2 == 1,
    "H is even": lambda x, _w: len(x) % 2 == 0,
    "W > H": lambda x, _w: np.shape(x)[1] > len(x),
    "H differs from W": lambda x, _w: np.shape(x)[1] != len(x),
    "the image has rank 2": lambda x, _w: np.ndim(x) == 2,
    "K = 3 and C >= 4": lambda x, w: np.shape(w)[1] == 3 and channels(x) >= 4,
    "the larger of H and W >= 11": lambda x, _w: max(np.shape(x)[:2]) >= 11,
}


@pytest.mark.exhaustive
@pytest.mark.parametrize("words", some(list(CONDITIONS), 3))
def test_the_condition_of_a_model_is_found(words: str) -> None:
    conv = under(CONDITIONS[words], flipped, reference.conv)
    assert names(("C7",), conv=conv) == [f"filter-rotated where {words}"]


def test_a_diagnosis_says_where_it_holds() -> None:
    conv = under(CONDITIONS["C >= 8"], flipped, reference.conv)
    (one,) = found(("C7",), conv=conv).diagnosis
    assert one.fault == "filter-rotated"
    assert one.condition == "where C >= 8"
    assert one.sentence.endswith("This holds where C >= 8; elsewhere it is right.")
    assert one.probes > 60


def mean(x: Array, size: int = 2, stride: int = 2) -> Array:
    """The mean in place of the maximum."""
    return np.asarray(reference.average_pooling(x, size, stride))


@pytest.mark.parametrize(
    ("words", "condition"),
    [
        ("S = T", lambda _x, size=2, stride=2: size == stride),
        ("T = 1", lambda _x, _size=2, stride=2: stride == 1),
        ("S = 3", lambda _x, size=2, _stride=2: size == 3),
        ("T does not divide W", lambda x, _size=2, stride=2: x.shape[1] % stride != 0),
    ],
)
def test_conditions_of_size_and_stride(words: str, condition: Function) -> None:
    pooling = under(condition, mean, reference.pooling)
    assert names(("P4",), pooling=pooling) == [f"average-is-taken where {words}"]


def test_a_dtype_is_a_condition() -> None:
    conv = under(lambda x, _w: x.dtype == np.float32, flipped, reference.conv)
    (name,) = names(("C7", "Q6"), conv=conv)
    assert name == "filter-rotated where the dtype of the image is float32"


def test_the_constant_of_a_model_is_measured_where_the_target_is_wrong() -> None:
    relu = under(
        lambda x: x.ndim == 3 and x.shape[1] >= 10,
        lambda x: np.where(x < 0, 0.1 * x, x),
        reference.relu,
    )
    (one,) = found(("R2",), relu=relu).diagnosis
    assert one.name == "leaky where W >= 10"
    assert "0.1 times" in one.sentence


def strange(image: Array, filters: Array) -> Array:
    """A result that no model knows, and that no bound of rounding admits."""
    y = reference.conv(image, filters)
    x, w = (np.abs(np.nan_to_num(a, posinf=0, neginf=0)) for a in (image, filters))
    wave = (x.max(initial=1) * w.max(initial=1)) * (1 + np.sin(np.arange(y.size)))
    return np.asarray(y * 2 + wave.reshape(y.shape))


@pytest.mark.parametrize("words", ["K = 5", "C >= 8", "W > H", "C is a multiple of 4"])
def test_what_has_no_name_has_a_rule(words: str) -> None:
    conv = under(CONDITIONS[words], strange, reference.conv)
    one = found(("C7",), conv=conv)
    assert one.diagnosis == []
    assert [rule.sentence for rule in one.separations] == [f"conv is wrong where {words}"]


def test_a_result_without_a_finite_number_tells_nothing() -> None:
    """A target that is wrong there shows NaN like a right one."""
    one = call("relu", np.full((2, 2, 1), np.nan))
    right, wrong = Outcome("returned", value=one.arrays[0]), Outcome("returned", value=np.ones(4))
    assert not shows(Probe((one,), [right], [right]))
    assert shows(Probe((one,), [right], [wrong]))
    assert not shows(Probe((one,), [right], [Outcome("rejected")]))


def test_a_rule_may_be_about_a_product() -> None:
    conv = under(lambda _x, w: np.prod(np.shape(w)[1:]) >= 72, strange, reference.conv)
    assert rules(("C7",), conv=conv) == ["conv is wrong where K * K * C >= 72"]


def raising(*_arguments: Any) -> Any:
    """What a target does that checks too much."""
    raise IndexError("out of range")


def test_where_valid_input_raises_is_said() -> None:
    conv = under(lambda x, _w: channels(x) > 3, raising, reference.conv)
    assert rules(("C7",), conv=conv) == ["conv raises where C >= 4"]
    pooling = under(lambda x, _s=2, t=2: x.shape[1] % t != 0, raising, reference.pooling)
    assert rules(("P4",), pooling=pooling) == ["pooling raises where T does not divide W"]


def test_what_raises_does_not_hide_a_name() -> None:
    conv = under(lambda x, _w: np.ndim(x) == 2, raising, flipped)
    one = found(("C7",), conv=conv)
    assert [diagnosis.name for diagnosis in one.diagnosis] == ["filter-rotated"]
    assert [rule.sentence for rule in one.separations] == ["conv raises where the image has rank 2"]


# No wrong name


def every_second(image: Array, filters: Array) -> Array:
    """Flips every second filter: no condition of a call tells which."""
    y = reference.conv(image, filters)
    y[:, :, ::2] = flipped(image, filters)[:, :, ::2]
    return y


def scattered(image: Array, _filters: Array) -> bool:
    """A condition that nobody would guess."""
    return bool(hash(np.shape(image)) % 3 == 0)


@pytest.mark.parametrize(
    "conv",
    [every_second, under(scattered, flipped, reference.conv)],
    ids=["every second", "scattered"],
)
def test_no_name_is_given_where_no_condition_fits(conv: Function) -> None:
    assert names(("C7",), conv=conv) == []


@pytest.mark.parametrize("call", [-3, -1])
def test_all_models_together_ask_few_questions(call: int) -> None:
    calls: list[Array] = []

    def conv(image: Array, filters: Array) -> Array:
        calls.append(image)
        return (flipped if scattered(image, filters) else reference.conv)(image, filters)

    session = Session(InProcess({"conv": conv}), "standard")
    session.timing.paces["conv"] = Pace(call)
    patient = Patient(session, "conv", {"C7": None})
    patient.topic("")
    calls.clear()
    conditional(patient)
    assert 0 < len(patient.told) <= patient.most_asked
    assert patient.most_asked == (FEWEST_ASKED if call > -3 else MOST_ASKED)
    assert len(calls) < 2 * MOST_ASKED


def test_a_name_that_another_clause_refutes_is_not_given() -> None:
    def relu(x: Array) -> Array:
        with np.errstate(all="ignore"):
            return np.asarray((x + np.sqrt(x * x)) / 2)

    report = judge(
        InProcess({"relu": relu}),
        Plan(named("half"), budget="quick", only=("R2", "Q7"), level="strict"),
    )
    assert {one.id for one in report.clauses if one.status == "fail"} == {"R2", "Q7"}
    assert "multiplied-by-a-mask" not in [one.fault for one in report.diagnosis]


def test_of_two_names_the_one_that_explains_more_is_given() -> None:
    def relu(x: Array) -> Array:
        with np.errstate(all="ignore"):
            return np.asarray((x + np.abs(x)) / 2)

    report = judge(
        InProcess({"relu": relu}),
        Plan(named("half"), budget="quick", only=("R2", "Q7"), level="strict"),
    )
    names_ = [one.fault for one in report.diagnosis]
    assert names_ == ["half-of-the-sum-with-its-magnitude"]


# Not every time


def made_by_turns() -> dict[str, Function]:
    """A conv that flips in two calls of three."""
    calls = [0]

    def conv(image: Array, filters: Array) -> Array:
        calls[0] += 1
        return (reference.conv if calls[0] % 3 == 0 else flipped)(image, filters)

    return {"conv": conv}


def test_what_does_not_come_every_time_is_said_to() -> None:
    (one,) = found(("C7", "Q2"), **made_by_turns()).diagnosis
    assert one.name == "filter-rotated but not every time"
    assert one.sentence.endswith("But not every time.")
    assert one.clauses == ("C7", "Q2")


def flipping_after_a_rejection() -> dict[str, Function]:
    """A conv that flips once it has rejected a call."""
    rejected: list[bool] = []

    def conv(image: Array, filters: Array) -> Array:
        try:
            return (flipped if rejected else reference.conv)(image, filters)
        except ValueError:
            rejected.append(True)
            raise

    return {"conv": conv}


def test_what_comes_only_after_other_calls_is_said_to() -> None:
    client = InProcess(flipping_after_a_rejection(), flipping_after_a_rejection)
    session = Session(client, "standard")
    x, w = np.arange(30.0).reshape(5, 6), np.arange(9.0).reshape(1, 3, 3)
    case = (call("conv", x, w[:, :2]), call("conv", x, w))
    (one,) = examined(session, {"Q2": case}).diagnosis
    assert one.name == "filter-rotated but only after other calls"


# Two faults together


def published(x: Array, size: int = 2, stride: int = 2) -> Array:
    """The article's loops, with the maximum over all channels."""
    y = np.zeros(reference.pooling(x, size, stride, edition="article").shape)
    for n in range(x.shape[2]):
        for i, r in enumerate(range(0, x.shape[0] - size - 1, stride)):
            for j, c in enumerate(range(0, x.shape[1] - size - 1, stride)):
                y[i, j, n] = x[r : r + size, c : c + size].max()
    return y


def test_a_whole_operation_and_a_step_are_named_together() -> None:
    assert names(("P3", "P4"), pooling=published) == ["the-article + over-all-channels"]


# Reports


def test_a_report_says_the_condition_and_the_rule() -> None:
    conv = under(CONDITIONS["C >= 8"], flipped, reference.conv)
    pooling = under(lambda x, _s=2, t=2: x.shape[1] % t != 0, raising, reference.pooling)
    plan = Plan(named("two"), budget="quick", only=("C6", "C7", "P3", "P4"))
    report = judge(InProcess({"conv": conv, "pooling": pooling}), plan)
    data = json.loads(json.dumps(as_json(report)))
    assert [one["condition"] for one in data["diagnosis"]] == ["where C >= 8"]
    (rule,) = data["separations"]
    assert rule["does"] == "raises"
    assert rule["condition"] == "T does not divide W"
    assert rule["clauses"] == ["P3", "P4"]
    text = " ".join(" ".join(deviations(report, {})).split())
    assert "behaves as: filter-rotated where C >= 8." in text
    assert "fails by a rule: pooling raises where T does not divide W" in text
