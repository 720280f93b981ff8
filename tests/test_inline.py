"""Programs that speak protocol 2 with arrays inline, many calls at once."""

import sys
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from cnnspec.cli import main
from cnnspec.engine.judge import judge
from cnnspec.engine.plan import Plan
from cnnspec.engine.report import Report
from cnnspec.kit.calls import TargetError
from cnnspec.kit.operation import call
from cnnspec.targets import Options
from cnnspec.targets.client import opened
from cnnspec.targets.executable import Executable
from cnnspec.targets.target import named

INLINE = f"{sys.executable} {Path(__file__).parent / 'programs' / 'inline.py'}"
BAD_INLINE = {
    "shape a lie": "sends fewer bytes than <f8 of the shape",
    "shape of floats": "the shape holds something else than whole numbers",
    "shape of truth": "the shape holds something else than whole numbers",
    "negative": "the shape holds something else than whole numbers",
    "huge": "is larger than 1073741824 bytes",
    "deep": "the shape is no list of at most 32",
    "objects": "an array of the dtype '|O'",
    "text": "an array of the dtype '<U4'",
    "structured": "an array of the dtype [",
    "no dtype": "an array of the dtype None",
    "bytes fewer": "to standard output without being asked",
    "bytes negative": "announces -1 bytes",
    "bytes endless": "announces 4611686018427387904 bytes",
    "bytes a text": "announces '96' bytes",
    "bytes truth": "announces True bytes",
    "slow": "no answer within 0.5 s",
}


def checked(*arguments: str) -> Result:
    result = CliRunner().invoke(main, ["check", *arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def judged(program: str, *only: str, timeout: float = 20) -> Report:
    plan = Plan(named(f"exec:{program}"), level="strict", budget="quick", only=only)
    with opened(plan.target, "standard", Options(timeout=timeout)) as client:
        return judge(client, plan)


@pytest.mark.parametrize("manner", BAD_INLINE)
def test_bad_answers_inline_are_an_outcome_too(manner: str) -> None:
    good, bad = call("relu", np.array([-1.0, 2.0])), call("relu", np.ones(12))
    with closing(Executable(f"{INLINE} '{manner}'", "standard", 0.5)) as program:
        outcomes = [program.answer(one) for one in (good, bad, good)]
        assert program.losses == 1
    assert [one.value is not None for one in outcomes] == [True, False, True]
    assert outcomes[1].kind == ("hung" if manner == "slow" else "broken")
    assert BAD_INLINE[manner] in outcomes[1].message


@pytest.mark.parametrize("manner", ["good", "one at a time", "later"])
def test_arrays_inline_and_many_calls_at_once(manner: str) -> None:
    with closing(Executable(f"{INLINE} '{manner}'", "standard", 5)) as program:
        calls = [call("relu", np.full(n, -1.0 if n % 2 else 2.0)) for n in range(1, 13)]
        for outcomes in (program.answers(calls), [program.answer(one) for one in calls]):
            assert [one.value.tolist() for one in outcomes if one.value is not None] == [
                [max(0.0, x) for x in one.arrays[0]] for one in calls
            ]
        rejected = program.answer(call("relu", np.zeros(0)))
        assert (rejected.kind, rejected.clause) == ("rejected", "R1")
        assert program.files is None
        assert {"modified", "shares"} <= program.unseen
    report = judged(f"{INLINE} '{manner}'", "R2", "Q1", "Q2")
    assert report.verdict == "conforms"
    assert [one.status for one in report.clauses] == ["pass", "absent", "pass", "absent"]
    smoke = checked("--exec", f"{INLINE} '{manner}'", "--smoke")
    assert smoke.exit_code == 0, smoke.output


@pytest.mark.parametrize(
    ("manner", "message"),
    [
        ("odd arrays", "wants arrays as 'by pigeon'"),
        ("odd batch", "says a batch of 0"),
        ("odd repeats", "says of repeats neither true nor false"),
        ("odd required", "says of required something else"),
        ("odd flags", "says no list of flags"),
    ],
)
def test_an_odd_offer_of_protocol_2_cannot_be_judged(manner: str, message: str) -> None:
    with pytest.raises(TargetError, match=message):
        Executable(f"{INLINE} '{manner}'", "standard", 5)


def test_a_program_that_reads_every_dtype_is_smoked() -> None:
    result = checked("--exec", f"{INLINE} 'all dtypes'", "--smoke")
    assert result.exit_code == 0, result.output
