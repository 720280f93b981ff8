"""Fault models of options: each is killed by its own clause, blamed on it, and named."""

from typing import Any

import numpy as np
import pytest
from sampling import some

from cnnspec.engine.judge import judge
from cnnspec.engine.plan import Plan
from cnnspec.kit.clauses import clauses
from cnnspec.kit.fault import Fault
from cnnspec.kit.operation import REGISTRY
from cnnspec.operations.catalogue import faults
from cnnspec.targets.client import InProcess
from cnnspec.targets.target import named

EVERY = [one for one in faults() if one.edition == "general"]
OF_VALUES = [one for one in EVERY if clauses()[one.clauses[0]].level == "values"]
PLAIN = {"C6", "C7", "P3", "P4", "A3", "A4"}
"""The clauses of calls without options: no fault of an option breaks them."""

NO_EFFECT: dict[str, dict[str, Any]] = {
    "stride-ignored": {"stride": 2},
    "conv-padding-ignored": {"padding": 1},
    "conv-same-ignored": {"padding": "same_upper"},
    "dilation-ignored": {"dilation": 2},
    "bias-ignored": {"bias": np.ones(4)},
    "pooling-padding-ignored": {"padding": 1},
    "pooling-same-ignored": {"padding": "same_upper"},
    "pooling-dilation-ignored": {"dilation": 2},
    "pooling-ceil-ignored": {"ceil": True},
    "average-pooling-padding-ignored": {"padding": 1},
    "average-pooling-same-ignored": {"padding": "same_upper"},
    "average-pooling-ceil-ignored": {"ceil": True},
}
"""Faults by which an option has no effect at all, and a setting."""

BIAS = np.arange(1.0, 5.0)
BEFORE = (1, 0), (1, 0)
TOGETHER: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "padding-ignored-with-a-stride": ({"padding": 1}, {"stride": 2}),
    "padding-symmetric-with-a-stride": ({"padding": ((0, 1), (2, 1))}, {"stride": 2}),
    "first-window-at-a-multiple-of-the-stride": ({"padding": 1}, {"stride": 2}),
    "padding-times-the-dilation": ({"padding": 1}, {"dilation": 2}),
    "dilation-ignored-with-padding": ({"dilation": 2}, {"padding": 1}),
    "dilation-ignored-with-a-stride": ({"dilation": 2}, {"stride": 2}),
    "dilated-windows-start-in-the-image": ({"dilation": 2}, {"padding": 1}),
    "bias-counted-within-a-group": ({"bias": BIAS}, {"groups": 2}),
    "bias-added-for-each-group": ({"bias": BIAS}, {"groups": 2}),
    "bias-ignored-with-a-stride": ({"bias": BIAS}, {"stride": 2}),
    "dilation-ignored-with-groups": ({"dilation": 2}, {"groups": 2}),
    "stride-of-rows-for-both-with-groups": ({"stride": (1, 2)}, {"groups": 2}),
    "padding-holds-the-bias": ({"padding": 1}, {"bias": BIAS}),
    "same-with-the-stride-of-rows": ({"padding": "same_upper"}, {"stride": (1, 2)}),
    "pooling-ceil-ignored-with-padding": ({"ceil": True}, {"padding": BEFORE}),
    "pooling-start-rule-without-the-padding": ({"ceil": True}, {"padding": BEFORE}),
    "pooling-padding-ignored-with-ceil": ({"padding": 1}, {"ceil": True}),
    "pooling-padding-of-zeros-with-ceil": ({"padding": 1}, {"ceil": True}),
    "pooling-padding-ignored-with-a-dilation": ({"padding": 1}, {"dilation": 2}),
    "pooling-dilated-windows-start-in-the-map": ({"padding": 1, "stride": 1}, {"dilation": 3}),
    "padding-never-counts-with-ceil": ({"padding": 1, "count_padding": True}, {"ceil": True}),
    "average-pooling-ceil-ignored-with-padding": ({"ceil": True}, {"padding": BEFORE}),
    "average-padding-ignored-with-ceil": ({"padding": 1}, {"ceil": True}),
}
"""Faults that two options have together, and neither of them alone."""


def by_id(name: str) -> Fault:
    """The fault of a name."""
    return next(one for one in EVERY if one.id == name)


def arrays_of(operation: str) -> list[Any]:
    """Arguments of a plain call, its numbers all different."""
    x = np.arange(5 * 6 * 2.0).reshape(5, 6, 2) - 40
    if operation == "conv":
        return [x, np.arange(4 * 3 * 3 * 2.0).reshape(4, 3, 3, 2) - 9]
    return [x, 2, 2]


def test_there_are_fault_models_of_every_clause_of_options() -> None:
    assert len(EVERY) >= 60
    levels = {c.id for c in clauses().values() if c.editions == ("general",) if c.level == "values"}
    assert levels <= {one.clauses[0] for one in EVERY}


@pytest.mark.parametrize("fault", EVERY, ids=lambda one: one.id)
def test_a_fault_of_an_option_does_nothing_without_options(fault: Fault) -> None:
    given = arrays_of(fault.operation)
    right = REGISTRY[fault.operation].reference("general")
    assert np.array_equal(fault.make("general")(*given), right(*given))


@pytest.mark.parametrize("name", NO_EFFECT)
def test_an_option_without_effect_is_a_fault_model(name: str) -> None:
    fault, setting = by_id(name), NO_EFFECT[name]
    given = arrays_of(fault.operation)
    right = REGISTRY[fault.operation].reference("general")
    made = fault.make("general")(*given, **setting)
    assert np.array_equal(made, right(*given))
    assert not np.array_equal(made, right(*given, **setting))


@pytest.mark.parametrize("name", TOGETHER)
def test_a_fault_of_two_options_needs_both(name: str) -> None:
    fault, (first, second) = by_id(name), TOGETHER[name]
    right = REGISTRY[fault.operation].reference("general")

    def is_right(settings: dict[str, Any]) -> bool:
        given = arrays_of(fault.operation)
        if "stride" in settings and fault.operation != "conv":
            given.pop()
        if "groups" in settings:
            given[1] = given[1][..., :1]
        return np.array_equal(fault.make("general")(*given, **settings), right(*given, **settings))

    assert is_right(first)
    assert is_right(second)
    assert not is_right(first | second)


def test_a_fault_that_is_a_whole_operation_offers_its_options() -> None:
    wholes = [one for one in EVERY if one.whole is not None]
    assert wholes
    for fault in wholes:
        client = InProcess({fault.operation: fault.make("general")})
        known = [one.name for one in REGISTRY[fault.operation].options]
        assert sorted(client.options[fault.operation]) == sorted(known)


def test_what_is_made_of_a_batch_is_seen_in_a_batch_alone() -> None:
    fault = by_id("conv-images-in-reverse")
    x, w = arrays_of("conv")
    images = np.stack([x, x + 1, x * 2])
    made = fault.make("general")(images, w, padding=1)
    right = [REGISTRY["conv"].reference("general")(one, w, padding=1) for one in images]
    assert np.array_equal(made, right[::-1])


@pytest.mark.exhaustive
@pytest.mark.parametrize("fault", some(OF_VALUES, 20), ids=lambda one: one.id)
def test_a_fault_is_blamed_on_its_clause_and_named(fault: Fault) -> None:
    def made() -> dict[str, Any]:
        return {fault.operation: fault.make("general")}

    ids = clauses().values()
    own = tuple(c.id for c in ids if c.operation == fault.operation and "general" in c.editions)
    plan = Plan(named(fault.id), "general", budget="quick", certify=0, only=own)
    report = judge(InProcess(made(), made), plan)
    failed = {one.id for one in report.clauses if one.status == "fail"}
    assert fault.clauses[0] in failed
    assert not failed & PLAIN
    assert fault.id in [one.fault for one in report.diagnosis]
