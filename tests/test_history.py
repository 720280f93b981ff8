"""What deviates only after other calls, or by chance, is blamed on Q2, with the calls it needs."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from sampling import takes_minutes
from test_levels import checked

from cnnspec import reference
from cnnspec.cli import main
from cnnspec.engine.judge import judge
from cnnspec.engine.plan import Counterexample, Plan
from cnnspec.kit.calls import Call
from cnnspec.kit.operation import expected
from cnnspec.kit.session import Session
from cnnspec.operations.catalogue import checks
from cnnspec.report import literal
from cnnspec.spec import Array
from cnnspec.targets.client import InProcess
from cnnspec.targets.target import named


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


CACHED = """
import cnnspec
kept = {}

def conv(image, filters):
    y = cnnspec.conv(image, filters)
    return kept.setdefault((image.shape, filters.shape), y).copy()
"""


@pytest.mark.exhaustive
def test_what_needs_history_is_blamed_on_Q2_with_the_calls_that_it_needs() -> None:
    Path("cached.py").write_text(CACHED)
    result = checked("cached.py", "--json", "r.json", "--ops", "conv")
    assert result.exit_code == 1
    assert result.output.startswith("numbers: depend on other calls, or on chance (Q2)")
    report = json.loads(Path("r.json").read_text())
    rows = {(one["id"], one["level"]): one for one in report["clauses"]}
    failing = [key for key, one in rows.items() if one["status"] == "fail"]
    assert failing[0] == ("Q2", "values")
    assert {clause for clause, _ in failing} == {"Q2"}  # at strict, threads may find it, too
    assert rows["C7", "values"]["status"] == "error"
    assert len(rows["Q2", "values"]["counterexample"]["calls"]) == 2
    replayed = CliRunner().invoke(main, ["replay", ".cnnspec/cached-Q2.json"])
    assert replayed.exit_code == 1, replayed.output
    right = ["replay", ".cnnspec/cached-Q2.json", "--target", "reference"]
    assert CliRunner().invoke(main, right).exit_code == 0


@takes_minutes
@pytest.mark.exhaustive
def test_what_does_not_come_again_is_said_to_be_chance() -> None:
    Path("chance.py").write_text(
        "import numpy as np, pathlib\ncalls, once = [], pathlib.Path('once')\n"
        "def relu(x):\n    calls.append(1)\n    wrong = len(calls) == 40 and not once.exists()\n"
        "    if wrong: once.touch()\n    return np.maximum(x, 0)[... if not wrong else 0]\n"
    )
    result = checked("chance.py")
    assert result.exit_code == 1
    assert "seen 0 of 20 times when it was made again" in " ".join(result.output.split())


FIRST_BANK = """
import cnnspec
channels = []

def conv(image, filters):
    y = cnnspec.conv(image, filters)
    if filters.ndim == 4 and len(filters) > 1:
        channels.append(filters.shape[3])
        if channels[0] != filters.shape[3]:
            raise IndexError("the number of channels of the first bank is kept")
    return y

relu, pooling = cnnspec.relu, cnnspec.pooling
"""


def test_a_chain_is_shown_as_calls_that_run() -> None:
    (check,) = [one for one in checks() if one.clause == "S1"]
    assert check.cases is not None
    assert check.vectors.chain is not None
    case = next(iter(check.cases(Session(InProcess({}), "standard"))))
    chain = tuple(check.vectors.chain(case, "standard"))
    wanted = expected(chain[-1], "standard")
    one = Counterexample(check.name, case, "said", wanted, wanted + 1, chain=chain)
    code = literal.example_code(one)
    assert [line for line in code if line.startswith("got")] == [
        "got = conv(image, filters)",
        "got = relu(got)",
        "got = pooling(got, 2, 2)",
        "got = conv(got, filters)",
        "got = relu(got)",
        "got = pooling(got, 2, 2)",
    ]
    small = replace(one, chain=tuple(c.with_arrays(cut(c)) for c in chain[:3]))
    names = vars(reference) | {"np": np}
    exec("\n".join(literal.example_code(small)), names)  # noqa: S102
    assert names["got"].shape == (3, 4, 2)


def cut(one: Call) -> list[Array]:
    """The arrays of a call, the first with few enough elements to be written out."""
    image, *banks = one.arrays
    return [image[:9, :11], *banks]


def test_a_chain_that_needs_history_is_blamed_on_Q2() -> None:
    Path("first.py").write_text(FIRST_BANK)
    result = checked("first.py", "--only", "S1,Q2", "--json", "r.json")
    assert result.exit_code == 1, result.output
    report = json.loads(Path("r.json").read_text())
    assert [one["id"] for one in report["clauses"] if one["status"] == "fail"] == ["Q2"]
    replayed = CliRunner().invoke(main, ["replay", ".cnnspec/first-Q2.json"])
    assert replayed.exit_code == 1, replayed.output
    assert "the number of channels of the first bank is kept" in replayed.output
    right = ["replay", ".cnnspec/first-Q2.json", "--target", "reference"]
    assert CliRunner().invoke(main, right).exit_code == 0


def test_what_a_strict_clause_sees_by_chance_counts_at_strict_alone() -> None:
    seen: list[Array] = []

    def relu(x: Array) -> Array:
        y = np.array(reference.relu(x))
        if x.dtype == np.int8 and x.shape == (4, 5, 2) and not seen:  # as Q6 has it
            seen.append(x)
            return y.astype(np.float16)
        return y

    client = InProcess({"relu": relu}, lambda: {"relu": relu})
    plan = Plan(named("mine"), budget="quick", only=("R1", "R2", "Q2", "Q6"), certify=0)
    report = judge(client, plan)
    assert seen
    failing = [(one.id, one.level) for one in report.clauses if one.status == "fail"]
    assert failing == [("Q2", "strict")]
    assert report.verdict == "conforms"
