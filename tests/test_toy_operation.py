"""An operation that stands in this file alone is judged as others are, with no line elsewhere."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from cnnspec.cli import main
from cnnspec.commands import explain
from cnnspec.commands.faults import tried
from cnnspec.engine.judge import judge
from cnnspec.engine.matrix import Row
from cnnspec.engine.plan import Plan
from cnnspec.kit import check as check_registry
from cnnspec.kit import fault as fault_registry
from cnnspec.kit import operation as operation_registry
from cnnspec.kit.calls import Call, Case
from cnnspec.kit.check import check
from cnnspec.kit.clauses import DOCUMENTS, clauses
from cnnspec.kit.cuts import plain_cuts
from cnnspec.kit.drawing import drawn_map
from cnnspec.kit.fault import after, before
from cnnspec.kit.filling import (
    BEYOND_16_BITS,
    filled,
    near_limits,
    strewn,
    subnormal_maps,
    typical_maps,
)
from cnnspec.kit.operation import Operation, Option, Parameter, Roles, call, hollow
from cnnspec.kit.rejection import of, rejected
from cnnspec.kit.session import Session, returned, same
from cnnspec.laws.pointwise import pointwise
from cnnspec.operations import catalogue
from cnnspec.report import blocks, data, summary, table
from cnnspec.spec import Array, Edition, SpecError, numbers
from cnnspec.targets.client import InProcess, Worker
from cnnspec.targets.executable import Executable
from cnnspec.targets.target import named
from cnnspec.vectors.write import vectors_of


def negate(feature_map: Any, times: int = 1, shift: int = 0) -> Array:
    """Multiply every element by -1, some times over.

    (T1) The result has the shape of the input.
    (T2) y = -x where times is odd, x where it is even, exactly.
    (T3) times is at least 0.
    (T4) shift is added to every element before.
    """
    if times < 0:
        raise SpecError("T3", f"times is {times}; it is at least 0")
    (x,) = numbers(feature_map)
    x = x + shift if shift else x
    return -x if times % 2 else x.copy()


class Inputs:
    """The inputs of negate: the least that the verifier asks for."""

    def first(self) -> list[Call]:
        return [call("negate", filled((6, 7, 3), "wide"), 1)]

    def timed(self) -> Call:
        return call("negate", filled((40, 40, 1), "ordinary"), 1)

    def typical(self, session: Session, seed: object = 0, dtype: str = "float64") -> list[Call]:
        del session
        return [call("negate", x, n % 3) for n, x in enumerate(typical_maps(seed, dtype))]

    def larger(self) -> Call:
        return call("negate", filled((9, 10, 2), "ordinary"), 1)

    def idle(self) -> Call:
        return call("negate", np.ones((3, 4, 2)), 0)

    def more_idle(self) -> list[Call]:
        return [call("negate", filled((3, 4, 2), "wide"), 2)]

    def drawn(self, session: Session) -> Any:
        del session
        return drawn_map().map(lambda x: (call("negate", x, 1),))

    def invalid(self) -> Iterator[Call]:
        yield from (call("negate", np.ones((2, 3, 1)), times) for times in (-1, -2))

    def worse(self) -> list[Call]:
        return [call("negate", np.ones(0), -1)]

    def aliased(self) -> list[Call]:
        return []

    def dtypes(self) -> Iterator[Call]:
        yield from (call("negate", near_limits((2, 2, 1), d), 2) for d in ("uint8", "float32"))

    def not_finite(self, session: Session) -> Iterator[Call]:
        del session
        yield from (call("negate", x, 1) for x, _ in strewn())

    def tiny(self, session: Session, bits: int, dtype: str) -> Iterator[Call]:
        del session, bits
        yield from (call("negate", x, 1) for x in subnormal_maps(dtype))

    def dimensions(self, blocks: tuple[int, ...]) -> Iterator[Call]:
        yield from (hollow("negate", (n, 2, 1), numbers=[1]) for n in (*blocks, BEYOND_16_BITS))

    def with_numbers(self, session: Session, empty: Call) -> Call:
        del session
        return empty.with_arrays([filled(empty.arrays[0].shape, "wide")])

    def questions(self) -> dict[str, Call]:
        return {"-0.0": call("negate", np.full((1, 1, 1), 0.0), 1)}

    def probes(self, session: Session) -> list[Case]:
        return [(one,) for one in self.typical(session)]


class Oracle:
    """What a call of negate shall give."""

    def broken(self, one: Call, _edition: Edition, /) -> str | None:
        try:
            negate(**one.plain)
        except SpecError as error:
            return error.clause
        return None

    def instead(self, _one: Call, /) -> None:
        return None

    def expected(self, one: Call, _edition: Edition, /) -> Array:
        return negate(**{**one.plain, "feature_map": one.arrays[0].astype(float)})

    def work(self, one: Call, /) -> int:
        return int(one.arrays[0].size)


NEGATE = Operation(
    name="negate",
    parameters=(
        Parameter("feature_map", ("HWC",)),
        Parameter("times", letter="M", default=1),
    ),
    options=(Option("shift", 0, "T4"),),
    roles=Roles(shape={"": "T1"}, values={"": "T2"}),
    definition=lambda _edition: negate,
    reference=lambda _edition: negate,
    arguments=lambda _edition, x, times=1, shift=0: {
        "feature_map": numbers(x)[0],
        "times": times,
        "shift": shift,
    },
    oracle=Oracle(),
    inputs=Inputs(),
    cuts=plain_cuts,
    law=pointwise("negate", lambda x: -x),
    keeps_integers=True,
)


@pytest.fixture(autouse=True, scope="module")
def _the_operation_is_there() -> Iterator[None]:
    """Add the operation, its checks and a fault; and take them away again."""
    known, models = len(catalogue.checks()), len(catalogue.faults())
    catalogue.add(NEGATE, negate.__doc__)
    declared()
    yield
    del check_registry.REGISTRY[known:], fault_registry.REGISTRY[models:]
    del operation_registry.REGISTRY["negate"]
    del DOCUMENTS["negate"]
    clauses.cache_clear()


def declared() -> None:
    """The checks and the fault model, as an operation's modules declare theirs."""

    @check("T1", "negate", witness="the input", cases=cases)
    def shape(session: Session, case: Case) -> None:
        """The shape is that of the input."""
        same(
            np.zeros(returned(session.outcome(case[-1])).shape), np.zeros(case[-1].arrays[0].shape)
        )

    @check("T2", "negate", witness="zero minus the input", cases=cases)
    def values(session: Session, case: Case) -> None:
        """Each element changes its sign, or does not."""
        one = case[-1]
        times = one.plain["times"]
        same(session.result(one), 0 - one.arrays[0] if times % 2 else one.arrays[0])

    @check("T3", "negate", witness="the table of invalid inputs", cases=of("negate", "T3"))
    def times_is_no_less(session: Session, case: Case) -> None:
        """A negative number of times is rejected."""
        rejected(session, case)

    @check("T4", "negate", witness="the sum, negated", cases=shifted)
    def shift_is_added(session: Session, case: Case) -> None:
        """An optional number: who lacks it is not judged by it."""
        one = case[-1]
        same(session.result(one), -(one.arrays[0] + one.plain.get("shift", 0)))

    @before("negate", "T4", remedy="Subtract no shift: add it.")
    def shift_is_subtracted(shift: int) -> dict[str, int]:
        """The shift is subtracted."""
        return {"shift": -shift}

    @after("negate", "T2", remedy="Multiply by -1 as often as times says.")
    def times_is_ignored(y: Array, feature_map: Array) -> Array:
        """The sign is changed whatever times is."""
        del y
        return -feature_map

    del shape, values, times_is_no_less, shift_is_added, shift_is_subtracted, times_is_ignored


def cases(session: Session) -> Iterator[Case]:
    """The typical calls, and others of the same shapes."""
    for seed in (0, 1, 2):
        yield from ((one,) for one in NEGATE.inputs.typical(session, seed))


def shifted(session: Session) -> Iterator[Case]:
    """The typical calls with a shift, for one of them its default."""
    for n, one in enumerate(NEGATE.inputs.typical(session)):
        yield (one.changed(times=1, shift=n),)


def wrong(feature_map: Any, times: int = 1) -> Array:
    """It ignores times."""
    if times < 0:
        raise ValueError("times is at least 0")
    return -np.asarray(feature_map, float)


def test_it_is_judged_certified_and_diagnosed() -> None:
    report = judge(InProcess({"negate": negate}), Plan(named("mine"), level="strict", certify=4))
    assert [(one.id, one.message) for one in report.clauses if one.status == "fail"] == []
    assert {"T1", "T2", "T3", "Q1", "Q5", "Q7", "Q9"} <= {
        one.id for one in report.clauses if one.status == "pass"
    }
    (certificate,) = report.certificates
    assert certificate.holds
    assert certificate.sentence.startswith("negate with times 1 computes T1 and T2 for ")
    bad = judge(
        InProcess({"negate": wrong}), Plan(named("mine"), only=("T1", "T2", "T3"), certify=0)
    )
    assert [one.id for one in bad.clauses if one.status == "fail"] == ["T2"]
    assert [one.fault for one in bad.diagnosis] == ["times-is-ignored"]
    data.checked(data.as_json(bad)["clauses"][1], "clause")
    text = "\n".join(blocks.deviations(bad, {}))
    assert "got = negate(feature_map, 0)" in text


def minus(feature_map: Any, times: int = 1, *, shift: int = 0) -> Array:
    """It subtracts what it should add."""
    return negate(feature_map, times, -shift)


def without(feature_map: Any, times: int = 1) -> Array:
    """It is right, and knows no shift."""
    return negate(feature_map, times)


def test_who_lacks_an_optional_number_is_not_judged_by_it() -> None:
    plan = Plan(named("mine"), only=("T1", "T2", "T3", "T4"), certify=0)
    lacking = judge(InProcess({"negate": without}), plan)
    assert {one.id: one.status for one in lacking.clauses if one.status != "pass"} == {}
    (t4,) = [one for one in lacking.clauses if one.id == "T4"]
    assert dict(t4.declined) == {"shift, which it does not take": 7}
    bad = judge(InProcess({"negate": minus}), plan)
    assert [one.id for one in bad.clauses if one.status == "fail"] == ["T4"]
    assert [one.fault for one in bad.diagnosis] == ["shift-is-subtracted"]
    text = "\n".join(blocks.deviations(bad, {}))
    assert "got = negate(feature_map, 1, shift=1)" in text


@pytest.mark.parametrize("takes", [False, True])
def test_an_optional_number_goes_over_the_protocol(tmp_path: Path, takes: bool) -> None:
    program = tmp_path / "program.py"
    text = PROGRAM.format(folder=str(tmp_path))
    if takes:
        text = text.replace('"limits":', '"parameters": {"negate": ["shift"]}, "limits":')
        text = text.replace('["feature_map"])', '["feature_map"]) + request.get("shift", 0)')
    program.write_text(text)
    target = tmp_path / "mine.py"
    target.write_text(
        f"def negate(x, times=1{', *, shift=0' if takes else ''}):\n"
        "    if times < 0: raise ValueError('T3: times is negative')\n"
        f"    return (x{' + shift' if takes else ''}) * (-1) ** times\n"
    )
    x = np.ones(2)
    wanted: list[float | None] = [-1, -4 if takes else None, -1]
    with (
        closing(Executable(f"{sys.executable} {program}", "standard", 20)) as client,
        closing(Worker(str(target), "standard", 20)) as worker,
    ):
        calls = [call("negate", x, 1, shift=n) for n in (0, 3)] + [call("negate", x, 1)]
        for one in (client, worker):
            values = [one.answer(each).value for each in calls]
            assert [v if v is None else v[0] for v in values] == wanted
        assert worker.answers(calls[:1])[0].value is not None


def test_its_faults_are_killed() -> None:
    own = [fault for fault in catalogue.faults() if fault.operation == "negate"]
    assert {"times-is-ignored", "negate-cached-by-shape"} <= {fault.id for fault in own}
    for fault in own:
        for clause in fault.clauses:
            killers = [one for one in catalogue.checks("standard") if one.clause == clause]
            assert any(tried(fault, one, "standard").killed for one in killers), (fault.id, clause)


PROGRAM = """
import json, sys
sys.path.insert(0, {folder!r})
import numpy as np
for line in sys.stdin:
    request = json.loads(line)
    answer = {{"id": request["id"], "status": "ok"}}
    if request["op"] == "hello":
        answer |= {{"protocol": 2, "ops": ["negate"], "dtypes": ["float64"], "limits": {{"M": 5}}}}
    elif request["op"] != "negate":
        answer["status"] = "unsupported"
    elif request["times"] < 0:
        answer |= {{"status": "rejected", "clause": "T3", "reason": "times is at least 0"}}
    else:
        x = np.load(request["feature_map"])
        np.save(request["output"], -x if request["times"] % 2 else x)
    print(json.dumps(answer), flush=True)
"""


def test_it_goes_over_the_protocol_and_through_a_worker(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(PROGRAM.format(folder=str(tmp_path)))
    with closing(Executable(f"{sys.executable} {program}", "standard", 20)) as client:
        assert client.operations == {"negate": 2}
        assert client.answer(call("negate", np.ones(2), 9)).message == "M above 5"
        report = judge(client, Plan(named("program"), only=("T1", "T2", "T3"), budget="quick"))
    assert report.verdict == "conforms"
    target = tmp_path / "mine.py"
    target.write_text("def negate(feature_map, times=1):\n    return -feature_map\n")
    result = CliRunner().invoke(main, ["check", str(target), "--only", "T2", "--budget", "quick"])
    assert result.exit_code == 1, result.output
    assert "behaves as: times-is-ignored" in result.output


def test_it_has_vectors_help_and_a_column(capsys: pytest.CaptureFixture[str]) -> None:
    vectors = vectors_of("T2")
    assert len(vectors) == 24
    assert vectors[0]["calls"][0]["operation"] == "negate"
    text = "\n".join(explain.explained(clauses()["T2"]))
    assert "T2 · negate" in text
    assert "got = negate(feature_map, " in text
    assert "times-is-ignored" in text
    report = judge(InProcess({"negate": negate}), Plan(named("mine"), budget="quick", certify=0))
    page = table.as_json(
        [Row("mine", report=report, observed={"-0.0": "-0.0"})], Plan(named("mine"))
    )
    assert {"T1", "T2", "T3"} <= {one["id"] for one in page["clauses"]}
    for _, rendered in table.rendered(json.loads(json.dumps(page))):
        assert "negate" in rendered
    report.offered = ["negate"]
    assert "negate" in summary.head(Plan(named("mine")), report)
    assert not capsys.readouterr().err


def test_it_stands_in_this_file_alone() -> None:
    root = Path(__file__).parent.parent
    done = subprocess.run(
        ["/usr/bin/env", "grep", "-rl", "negate", str(root / "cnnspec")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert [line for line in done.stdout.splitlines() if line.endswith(".py")] == []
