"""Faults of a single setting of options: the certificate refutes them, whatever else is right."""

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from certifying import LAWS, RIGHT, certify_options, with_signature
from sampling import some

from cnnspec.engine.judge import judge
from cnnspec.engine.plan import Plan
from cnnspec.kit.fault import Fault
from cnnspec.operations.catalogue import faults
from cnnspec.spec import Array
from cnnspec.targets.client import InProcess
from cnnspec.targets.target import named

Wrong = Callable[[Array, dict[str, Any]], bool]
"""Whether a call is answered wrongly, given the map and all other arguments by name."""


def wrong_where(operation: str, wrong: Wrong) -> Any:
    """The reference, one too large where a call is answered wrongly."""
    signature = inspect.signature(RIGHT[operation])

    def function(first: Any, *others: Any, **named_: Any) -> Array:
        given = signature.bind(first, *others, **named_).arguments
        y: Array = RIGHT[operation](first, *others, **named_)
        return y + 1 if wrong(np.asarray(first), given) else y

    return with_signature(function, operation)


def both(value: Any) -> tuple[Any, Any]:
    """A number for rows and one for columns."""
    return value if isinstance(value, tuple) else (value, value)


def sides(given: dict[str, Any], axis: int) -> Any:
    """Padding before an axis and behind it, or the word that it is."""
    padding = given.get("padding", 0)
    return padding if isinstance(padding, str) else both(both(padding)[axis])


def along(name: str, value: int, axis: int = 0) -> Wrong:
    """Whether an axis has a value of a name."""
    return lambda _x, given: both(given.get(name, 1))[axis] == value


def padded(before: int, behind: int, axis: int = 0) -> Wrong:
    """Whether an axis has such padding."""
    return lambda _x, given: sides(given, axis) == (before, behind)


def together(*several: Wrong) -> Wrong:
    """All of several conditions."""
    return lambda x, given: all(one(x, given) for one in several)


def extent(n: int, axis: int = 0) -> Wrong:
    """Whether an axis has an extent."""
    return lambda x, _given: x.shape[axis] == n


def taps(size: int, axis: int = 0) -> Wrong:
    """Whether filters have a size."""
    return lambda _x, given: np.shape(given["filters"])[1 + axis] == size


def says(name: str, value: Any) -> Wrong:
    """Whether an option has a value."""
    return lambda _x, given: given.get(name) == value


def channels_alone(x: Array, given: dict[str, Any]) -> bool:
    """Whether each channel is a group of its own."""
    return bool(given.get("groups", 1) == x.shape[-1] > 1)


NARROW: dict[str, tuple[str, Wrong]] = {
    "stride 3 with padding (2, 1)": ("conv", together(along("stride", 3), padded(2, 1))),
    "extent 7 with dilation 3": ("conv", together(extent(7, 1), along("dilation", 3, 1))),
    "same_lower at size 4 and stride 3": (
        "conv",
        together(taps(4), along("stride", 3), says("padding", "same_lower")),
    ),
    "groups as many as channels": ("conv", channels_alone),
    "groups of 3 with a bias": (
        "conv",
        lambda _x, given: given.get("groups") == 3 and given.get("bias") is not None,
    ),
    "pooling: ceil with padding (1, 2), stride 3, size 3": (
        "pooling",
        together(says("ceil", True), padded(1, 2), along("stride", 3), along("size", 3), extent(6)),
    ),
    "pooling: extent 7 with dilation 3": (
        "pooling",
        together(extent(7, 1), along("dilation", 3, 1), along("size", 2, 1)),
    ),
    "pooling: same_lower at size 4 and stride 3": (
        "pooling",
        together(along("size", 4), along("stride", 3), says("padding", "same_lower")),
    ),
    "average: count_padding with padding (0, 2) and stride 2": (
        "average_pooling",
        together(says("count_padding", True), padded(0, 2), along("stride", 2), extent(5)),
    ),
}


@pytest.mark.parametrize("name", NARROW)
def test_a_fault_of_one_setting_is_refuted(name: str) -> None:
    operation, wrong = NARROW[name]
    found, refutation = certify_options(wrong_where(operation, wrong), operation)
    assert not found.holds
    assert found.sentence.startswith("not certified with options: ")
    assert refutation is not None
    clause, (call,), _ = refutation
    assert clause in found.clauses or clause in ("C12", "P7")
    assert wrong(call.arrays[0], call.plain)


def start_rule_at_two(
    feature_map: Any,
    size: Any = 2,
    stride: Any = 2,
    padding: Any = 0,
    dilation: Any = 1,
    ceil: bool = False,
) -> Array:
    """A last window that starts in padding is kept where the padding behind is 2."""
    x = np.asarray(feature_map, float)
    options: dict[str, Any] = {"padding": padding, "dilation": dilation, "ceil": ceil}
    y: Array = RIGHT["pooling"](x, size, stride, **options)
    if isinstance(padding, str) or not ceil or both(both(padding)[0])[1] != 2:
        return y
    s, t, d = (both(one)[0] for one in (size, stride, dilation))
    room = both(both(padding)[0])[0] + len(x) + 2 - d * (s - 1) - 1
    count = -(-room // t) + 1
    return np.concatenate([y, y[-1:]]) if count > len(y) else y


def test_a_start_rule_that_is_wrong_at_one_padding_is_refuted() -> None:
    found, refutation = certify_options(start_rule_at_two, "pooling")
    assert not found.holds
    assert refutation is not None
    assert "shape" in refutation[2]


OF_OPTIONS = [
    one
    for one in faults()
    if one.edition == "general" and one.operation in LAWS and "images" not in one.id
]
NOT_IN_RANGE = {"C10", "C17", "C18", "P10", "P11", "A7", "A8"}
"""Clauses about batches, rejections and sizes, which a certificate of options does not cover."""


@pytest.mark.exhaustive
@pytest.mark.parametrize(
    "fault",
    some([one for one in OF_OPTIONS if not set(one.clauses) & NOT_IN_RANGE], 20),
    ids=lambda one: one.id,
)
def test_fault_models_of_options_are_refuted(fault: Fault) -> None:
    found, refutation = certify_options(fault.make("general"), fault.operation)
    assert refutation is not None, fault.id
    assert not found.holds


def test_a_refutation_is_blamed_and_becomes_a_deviation() -> None:
    wrong = together(along("stride", 3, 1), padded(2, 1, 1), extent(6, 1))
    plan = Plan(named("narrow"), "general", only=("C11", "C12"), explain=False)
    report = judge(InProcess({"conv": wrong_where("conv", wrong)}), plan)
    (failed,) = [one for one in report.clauses if one.status == "fail"]
    assert failed.id in ("C11", "C12")
    assert failed.counterexample is not None
    call = failed.counterexample.case[-1]
    assert wrong(call.arrays[0], call.plain)
    (certificate,) = report.certificates
    assert certificate.options
    assert certificate.sentence == f"not certified with options: {failed.id} deviates"
    assert report.verdict == "deviates"
