"""Each counterexample is true: its replay deviates again, and not on a right implementation."""

import json
from pathlib import Path

import pytest
from sampling import some

from cnnspec.commands import replay
from cnnspec.engine.judge import judge
from cnnspec.engine.plan import Plan
from cnnspec.engine.report import Report
from cnnspec.kit.fault import Fault
from cnnspec.kit.pace import Pace
from cnnspec.operations.catalogue import faults
from cnnspec.spec import Edition
from cnnspec.targets import Options, load
from cnnspec.targets.client import InProcess, opened
from cnnspec.targets.target import named

CHANCE = {"filters-shared-by-threads"}
"""Fault models that deviate only sometimes."""


def made(fault: Fault) -> InProcess:
    """A fault model as a target that can be started afresh."""
    return InProcess(fault.operations(fault.edition), lambda: fault.operations(fault.edition))


def right(edition: Edition) -> InProcess:
    """The reference as such a target."""
    return InProcess(load("reference", edition), lambda: load("reference", edition))


def report_of(fault: Fault) -> Report:
    """What the verifier says of a fault model, with more effort if less finds nothing."""
    for budget in ("quick", "default"):
        plan = Plan(named("mine"), fault.edition, "strict", budget=budget, certify=0)
        report = judge(made(fault), plan)
        if any(one.status == "fail" for one in report.clauses):
            break
    return report


@pytest.mark.exhaustive
@pytest.mark.parametrize(
    "fault", some([one for one in faults() if one.id not in CHANCE], 150), ids=lambda one: one.id
)
def test_every_replay_of_a_fault_model_deviates_again(fault: Fault, tmp_path: Path) -> None:
    report = report_of(fault)
    failing = [one for one in report.clauses if one.status == "fail"]
    assert failing
    for one in (example for clause in failing for example in replay.to_write(clause)):
        file = tmp_path / "one.json"
        file.write_text(json.dumps(replay.content_of(one, report, Options())))
        again = replay.read(file)
        assert replay.judged(again, made(fault)) is not None, one
        assert replay.judged(again, right(fault.edition)) is None, one


SPOILED = """from cnnspec import reference
from cnnspec.reference import average_pooling, pooling

called = []


def conv(image, filters):
    called.append(1)
    return reference.conv(image, filters)


def relu(feature_map):
    return reference.relu(feature_map) + bool(called)
"""


def test_a_deviation_is_confirmed_where_no_other_calls_were_made(tmp_path: Path) -> None:
    """What was asked to blame another clause must not make this one deviate."""
    file = tmp_path / "spoiled.py"
    file.write_text(SPOILED)
    slow = dict.fromkeys(("conv", "relu", "pooling", "average_pooling"), Pace(-1, -7))
    plan = Plan(named(str(file)), level="strict", certify=0, pace=slow, explain=False)
    with opened(plan.target, plan.edition, Options()) as client:
        report = judge(client, plan)
    status = {(one.id, one.level): one.status for one in report.clauses}
    assert status["Q2", "values"] == "fail"
    assert status["Q9", "strict"] == "error"
