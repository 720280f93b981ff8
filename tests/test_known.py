"""What is known already: deviations that are expected, and an earlier report."""

import io
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from rich.console import Console

from cnnspec.cli import main
from cnnspec.commands import check
from cnnspec.engine.plan import Plan
from cnnspec.report import expectations
from cnnspec.targets import Options
from cnnspec.targets.target import named

FAULTY = """
import cnnspec
def relu(x):
    return cnnspec.relu(x) if x.ndim == 3 else x
def pooling(f, size=2, stride=2):
    return cnnspec.pooling(abs(f), size, stride)
"""

KNOWN = """
[[deviation]]
clause = "p4"
reason = "counts magnitudes on purpose, as the callers of this function have expected ever since \
the first version, which is written down in the handbook of the project, in the third chapter"
"""

CLAUSES = "P3,P4,R1,R2"


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("faulty.py").write_text(FAULTY)
    Path("known.toml").write_text(KNOWN)


def checked(*arguments: str) -> Result:
    given = ["check", "--budget", "quick", "--in-process", *arguments]
    result = CliRunner().invoke(main, given)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.output
    return result


# Known deviations.


def test_known_deviations_are_shown_apart() -> None:
    result = checked("faulty.py", "--only", CLAUSES, "--deviations", "known.toml")
    assert result.exit_code == 0
    first, *_ = lines = result.output.splitlines()
    assert first.startswith("numbers: right, but for what is known (P4) · strict: R1 deviates")
    start = lines.index("Known deviations:")
    others = "\n".join(lines[:start])
    assert "R1  " in others
    assert "values of pooling" not in others
    assert lines[start + 1].startswith("  P4  values of pooling: counts magnitudes on purpose,")
    assert "handbook" not in result.output
    assert lines[-1].startswith("conforms at level values: 4 clauses, ")
    assert "1 known" in lines[-1]
    whole = checked("faulty.py", "--only", CLAUSES, "--deviations", "known.toml", "-v").output
    row, words = (text.split("Known deviations:") for text in (whole, " ".join(whole.split())))
    assert "P4   values of pooling                  values  known " in row[0]
    assert "in the third chapter" in words[1]
    assert "got = pooling(feature_map" in words[1]
    assert "P4 deviates" not in whole


def test_known_deviations_are_not_in_red() -> None:
    for files, red in ((check.Paths(), True), (check.Paths(deviations=Path("known.toml")), False)):
        out = io.StringIO()
        console = Console(file=out, force_terminal=True, color_system="standard", width=200)
        plan = Plan(named("faulty.py"), budget="quick", only=("P4",))
        check.check(plan, Options(in_process=True), files, console, verbose=True)
        assert ("\x1b[1;31m" in out.getvalue()) == red
        assert ("FAIL" in out.getvalue()) == red
        assert ("numbers: wrong" in out.getvalue()) == red


def test_of_one_cause_a_part_may_be_known() -> None:
    Path("turned.py").write_text(
        "import cnnspec\n"
        "def conv(image, filters):\n"
        "    return cnnspec.conv(image, filters[:, ::-1, ::-1])\n"
    )
    Path("known.toml").write_text('[[deviation]]\nclause = "C7"\nreason = "a convolution"\n')
    result = checked("turned.py", "--only", "C7,C9", "--deviations", "known.toml")
    assert result.exit_code == 1
    assert result.output.startswith("numbers: wrong (C9)")
    assert "\nC9  " in result.output
    assert "\nC7  " not in result.output
    assert "Known deviations:\n  C7  values of conv: a convolution\n" in result.output


# A baseline.


def test_only_what_is_new_fails_if_that_is_asked() -> None:
    checked("faulty.py", "--only", CLAUSES, "--json", "old.json")
    given = ("--only", CLAUSES, "--baseline", "old.json", "--fail-on", "new", "--json", "new.json")
    same = checked("faulty.py", *given)
    assert same.exit_code == 0
    assert same.output.splitlines()[-2].startswith("deviates at level values: 1 of 4 clauses")
    assert same.output.splitlines()[-1] == "--fail-on new: nothing new deviates at level values"
    assert json.loads(Path("new.json").read_text())["verdict"] == "deviates"
    Path("faulty.py").write_text(FAULTY.replace("cnnspec.relu(x) if", "-x if"))
    worse = checked("faulty.py", *given)
    assert worse.exit_code == 1
    assert worse.output.splitlines()[-1] == "--fail-on new: new at level values: R2 (values)"
    assert checked("reference", *given).exit_code == 0


def test_what_was_not_judged_before_is_new() -> None:
    checked("faulty.py", "--only", "R1,R2", "--json", "old.json")
    given = ("--only", CLAUSES, "--baseline", "old.json", "--fail-on", "new")
    assert checked("faulty.py", *given).exit_code == 1
    assert checked("faulty.py", *given, "--deviations", "known.toml").exit_code == 0
    report = json.loads(Path("old.json").read_text())
    report["clauses"] += [{"id": "P4", "level": "values", "status": "error"}]
    Path("old.json").write_text(json.dumps(report))
    assert checked("faulty.py", *given).exit_code == 1
    strict = ("--only", "R1", "--level", "strict", "--baseline", "old.json", "--fail-on", "new")
    assert checked("faulty.py", *strict).exit_code == 0  # it was there, though it did not count


def test_too_little_judged_is_no_success_though_nothing_is_new() -> None:
    checked("faulty.py", "--only", CLAUSES, "--json", "old.json")
    Path("faulty.py").write_text(FAULTY.replace("def relu(x):", "def relu(x):\n    return None"))
    given = ("--baseline", "old.json", "--fail-on", "new")
    result = checked("faulty.py", "--only", CLAUSES, *given)
    assert result.exit_code == 2
    assert result.output.splitlines()[-1] == "--fail-on new: in part"


def test_what_is_new_is_told_by_a_baseline() -> None:
    result = checked("reference", "--only", "P4", "--fail-on", "new")
    assert result.exit_code == 2
    assert "--fail-on goes with --baseline" in result.stderr
    assert checked("reference", "--fail-on", "old", "--baseline", "x").exit_code == 2


def test_a_stale_entry_fails_even_if_only_what_is_new_counts() -> None:
    checked("reference", "--only", CLAUSES, "--json", "old.json")
    more = ("--baseline", "old.json", "--fail-on", "new", "--deviations", "known.toml")
    result = checked("reference", "--only", CLAUSES, *more)
    assert result.exit_code == 1
    assert result.output.splitlines()[-1].endswith("; a listed deviation no longer deviates")


def test_a_clause_is_found_in_small_letters() -> None:
    assert [one.clause for one in expectations.read_deviations(Path("known.toml"))] == ["P4"]
