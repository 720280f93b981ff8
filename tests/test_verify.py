"""`cnnspec check` and what goes with it: the report, files, known deviations, replay, explain."""

import json
import subprocess
import sys
from datetime import date
from pathlib import Path
from xml.etree import ElementTree

import jsonschema
import numpy as np
import pytest
from click.testing import CliRunner, Result
from rich.console import Console

from cnnspec.cli import main
from cnnspec.commands import check
from cnnspec.engine.plan import Plan
from cnnspec.kit.calls import ALIAS, LAYOUTS, Argument, Call
from cnnspec.kit.clauses import clauses
from cnnspec.kit.operation import call
from cnnspec.kit.session import difference
from cnnspec.report import data, expectations, grids, literal
from cnnspec.spec import Array
from cnnspec.targets import Options
from cnnspec.targets.target import named

FAULTY = """
import cnnspec
conv = cnnspec.conv
def relu(x):
    return cnnspec.relu(x)
def pooling(f, size=2, stride=2):
    return cnnspec.pooling(abs(f), size, stride)
"""


@pytest.fixture(autouse=True)
def in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "faulty.py").write_text(FAULTY)


def invoked(*arguments: object) -> Result:
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result


def checked(*arguments: object) -> Result:
    return invoked("check", *arguments, "--budget", "quick", "--in-process")


def test_the_reference_conforms() -> None:
    result = checked("reference", "--level", "strict", "--json", "r.json", "--junit", "r.xml")
    assert result.exit_code == 0, result.output
    assert "FAIL" not in result.output
    assert "memory layouts" not in result.output
    head = "reference · conv, relu, pooling, average_pooling · edition standard · seed 0"
    lines = result.output.splitlines()
    assert lines[:2] == ["numbers: right · rejections: right · strict: right", head]
    assert lines[-1].startswith("conforms at level strict: 37 clauses, ")
    assert len(lines) <= 24
    report = json.loads(Path("r.json").read_text())
    jsonschema.validate(report, data.schema())
    assert report["verdict"] == "conforms"
    assert [c["id"] for c in report["clauses"] if c["max_bound_share"]] == ["C9", "A5"]
    suite = ElementTree.parse("r.xml").getroot()[0]  # noqa: S314  our own file
    assert suite.get("failures") == suite.get("errors") == "0"
    assert suite.get("tests") == str(len(suite)) == "37"


def test_a_deviation_is_shown_small_and_can_be_replayed() -> None:
    result = checked("faulty.py", "--json", "r.json", "--junit", "r.xml")
    assert result.exit_code == 1
    assert result.output.startswith("numbers: wrong (P4) · rejections: right · strict: right\n")
    assert "\nP4  values of pooling  [values]\n    The largest of each window" in result.output
    assert "    got = pooling(feature_map, 1, 1)" in result.output
    assert "expected    got" in result.output
    assert "Reproduce with: cnnspec replay .cnnspec/faulty-P4.json" in result.output
    report = json.loads(Path("r.json").read_text())
    jsonschema.validate(report, data.schema())
    (values,) = [c for c in report["clauses"] if c["id"] == "P4"]
    assert values["status"] == "fail"
    example = values["counterexample"]
    (one,) = data.case_from_json(example["calls"])
    assert one.arrays[0].size == 1  # a person can check it by hand
    failures = ElementTree.parse("r.xml").getroot()[0].findall("testcase/failure")  # noqa: S314
    assert "got = pooling" in (failures[0].text or "")

    replayed = invoked("replay", ".cnnspec/faulty-P4.json")
    assert replayed.exit_code == 1
    assert "deviates from P4" in replayed.output
    other = invoked("replay", ".cnnspec/faulty-P4.json", "--target", "reference")
    assert other.exit_code == 0
    assert "reference no longer deviates from P4 here" in other.output

    Path("shown.py").write_text(example["snippet"])
    shown = subprocess.run([sys.executable, "shown.py"], capture_output=True, text=True)
    assert shown.returncode == 1
    assert shown.stderr.splitlines()[-1].startswith("AssertionError")
    assert "import cnnspec" not in example["snippet"]


def test_the_snippet_takes_what_was_judged() -> None:
    Path("adapted.py").write_text(
        "import types, cnnspec\nrelu = cnnspec.relu\n"
        "target = types.SimpleNamespace(relu=lambda x: abs(x) if x.ndim else x,\n"
        "    pooling=lambda f, s, t: f)\n"
    )
    checked("adapted.py", "--only", "R2,P2", "--json", "r.json")
    clauses_ = json.loads(Path("r.json").read_text())["clauses"]
    for clause in clauses_:
        if clause["level"] == "strict":  # P2 with numbers of NumPy: plain ones deviate, too
            continue
        assert clause["status"] == "fail"
        Path("shown.py").write_text(clause["counterexample"]["snippet"])
        shown = subprocess.run([sys.executable, "shown.py"], capture_output=True, text=True)
        assert "AssertionError" in shown.stderr, shown.stderr


def test_replay_explains_what_it_cannot_replay() -> None:
    Path("no.json").write_text("{}")
    for file, message in (
        ("missing.json", "missing.json: No such file"),
        ("no.json", "no.json is no file that cnnspec check wrote"),
    ):
        result = invoked("replay", file)
        assert result.exit_code == 2
        assert message in result.stderr


@pytest.mark.exhaustive
def test_same_seed_same_report_but_for_times() -> None:
    texts = []
    for seed in (3, 3, 4):
        checked("faulty.py", "--seed", seed, "--json", "r.json", "--only", "C7,C9,P4,Q2")
        report = json.loads(Path("r.json").read_text())
        report["seconds"] = 0
        for clause in report["clauses"]:
            clause["seconds"] = 0
        texts.append(json.dumps(report))
    assert texts[0] == texts[1]
    assert texts[0] != texts[2]


def test_the_article_is_told_by_name() -> None:
    result = checked("article", "--only", "P3,P4")
    assert result.exit_code == 1
    assert "pooling is the article's, as published" in result.output
    assert checked("article", "--edition", "article").exit_code == 0
    assert "as published" not in checked("faulty.py", "--only", "P4").output


def test_strict_decides_only_when_asked() -> None:
    Path("flat.py").write_text(
        "import numpy as np\ndef relu(x):\n"
        "    if x.ndim != 3: raise ValueError('rank 3')\n    return np.where(x <= 0, 0 * x, x)\n"
    )
    result = checked("flat.py", "--only", "R1")
    assert result.exit_code == 0
    assert result.output.startswith("numbers: right · strict: R1 deviates\n")
    assert "\nconforms at level values: 1 clauses" in result.output
    assert checked("flat.py", "--only", "R1", "--level", "strict").exit_code == 1


def test_usage_errors() -> None:
    for arguments, message in (
        (("reference", "--only", "C99"), "there is no clause 'C99'"),
        (("reference", "--only", "P3a"), "P3a is not a clause of edition standard"),
        (("reference", "--only", ","), "--only: it names no clause"),
        (("missing.py",), "there is no file missing.py"),
        (("reference", "--json", "no/folder.json", "--only", "P1"), "No such file"),
    ):
        result = checked(*arguments)
        assert result.exit_code == 2, result.output
        assert message in result.stderr


def test_what_cannot_be_judged_has_status_two() -> None:
    Path("none.py").write_text("def relu(x): return None")
    result = checked("none.py", "--only", "R1,R2")
    assert result.exit_code == 2
    assert "  relu returned None; a target returns an array of numbers" in result.output
    assert "\ncould not be judged" in result.output
    assert "ERROR" in checked("none.py", "--only", "R1,R2", "-v").output


DEVIATIONS = """
[[deviation]]
clause = "P4"
reason = "counts magnitudes on purpose"
"""


def test_known_deviations_count_as_expected() -> None:
    Path("known.toml").write_text(DEVIATIONS)
    result = checked("faulty.py", "--deviations", "known.toml", "--only", "P4,R2")
    assert result.exit_code == 0
    assert "values of pooling: counts magnitudes on purpose\n" in result.output
    stale = checked("reference", "--deviations", "known.toml", "--only", "P4,R2")
    assert stale.exit_code == 1
    assert "P4 is listed as a known deviation, but it holds" in stale.output
    not_tried = checked("reference", "--deviations", "known.toml", "--only", "R2")
    assert not_tried.exit_code == 0
    Path("known.toml").write_text(DEVIATIONS + "expires = 2020-01-31\n")
    expired = checked("faulty.py", "--deviations", "known.toml", "--only", "P4,R2")
    assert expired.exit_code == 1
    assert "the known deviation from P4 expired on 2020-01-31" in expired.output


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[", "is not TOML"),
        ("other = 1", "holds tables"),
        ('[[deviation]]\nclause = "C99"\nreason = "x"', "there is no clause 'C99'"),
        ('[[deviation]]\nclause = "C1"', "from C1 needs a reason"),
        ('[[deviation]]\nclause = "C1"\nreason = "x"\nexpires = "soon"', "is a date"),
        ('[[deviation]]\nclause = "C1"\nreason = "x"\nuntil = 1', "a deviation has no until"),
    ],
)
def test_a_bad_file_of_deviations_is_explained(text: str, message: str) -> None:
    Path("known.toml").write_text(text)
    result = checked("reference", "--deviations", "known.toml")
    assert result.exit_code == 2
    assert message in result.stderr


def test_a_deviation_holds_through_its_last_day() -> None:
    day = date(2030, 1, 31)
    plan = Plan(named("faulty.py"), budget="quick", only=("P4",))
    console = Console(quiet=True)
    report = check.check(plan, Options(in_process=True), check.Paths(), console)
    expectations.apply(report, [expectations.Known("P4", "why", day)], day)
    assert report.verdict == "conforms"


def test_a_baseline_tells_what_is_new() -> None:
    checked("faulty.py", "--json", "old.json", "--only", "P4,R2")
    fixed = checked("reference", "--baseline", "old.json", "--only", "P4,R2")
    assert fixed.exit_code == 0
    assert "  new: none\n  fixed: P4 (values)\n  unchanged: none" in fixed.output
    checked("reference", "--json", "old.json", "--only", "P4,R2")
    worse = checked("faulty.py", "--baseline", "old.json", "--only", "P4,R2")
    assert "  new: P4 (values)\n  fixed: none" in worse.output
    Path("old.json").write_text("[]")
    result = checked("faulty.py", "--baseline", "old.json", "--only", "P4")
    assert result.exit_code == 2
    assert "is not a report of cnnspec check --json" in result.stderr


def test_nothing_is_lost_where_the_folder_cannot_be_written() -> None:
    Path(".cnnspec").write_text("a file in its place")
    result = checked("faulty.py", "--only", "P4")
    assert result.exit_code == 1
    assert "cnnspec replay" not in result.output
    assert "Reproduce with:\n      import numpy as np\n" in result.output


def test_in_a_worker_too() -> None:
    result = invoked("check", "faulty.py", "--only", "R2,P4", "--budget", "quick", "-v")
    assert result.exit_code == 1
    assert "R2   values of relu                     values  pass" in result.output


def test_explain_lists_and_explains_every_clause() -> None:
    listed = invoked("explain").output.splitlines()
    assert [line.split()[0] for line in listed if line[0] != " "] == list(clauses())
    for clause in clauses().values():
        text = invoked("explain", clause.id.lower()).output
        assert clause.text in " ".join(text.split())
        assert max(map(len, text.splitlines())) <= 80
        assert "witness:" in text
        assert "Example:" in text
        assert text.split("Catches, for instance:\n")[1].strip()
    assert invoked("explain", "C99").exit_code == 2
    assert "C7     values  all               values" in invoked("checks").output


def test_init_writes_an_adapter_that_runs() -> None:
    result = invoked("init")
    assert result.exit_code == 0
    assert "cnnspec check cnnspec_adapter.py" in result.output
    judged = checked("cnnspec_adapter.py", "--only", "C7")
    assert judged.exit_code == 2
    assert "conv is declined: conv is not filled in" in judged.output
    again = invoked("init")
    assert again.exit_code == 2
    assert "File exists" in again.stderr


@pytest.mark.parametrize(
    "array",
    [
        np.array(3.5),
        np.array([[1, np.nan], [-np.inf, -0.0]]),
        np.zeros((2, 0, 3), np.float32),
        np.full((2, 2), 7, np.uint8),
        np.arange(1.0, 25).reshape(2, 3, 4),
        np.arange(240, 256, dtype=np.uint8),
        np.arange(16, dtype=np.float32).reshape(4, 4),
        np.array([[True, False]]),
        np.array([0.1, 1e300, 5e-324]),
        np.array([[2**62 + 1]]),
        np.arange(6.0, dtype=">f4").reshape(1, 2, 3),
    ],
    ids=str,
)
def test_literals_are_the_arrays(array: Array) -> None:
    read = eval(literal.written(array), {"np": np})  # noqa: S307
    assert read.dtype == array.dtype.newbyteorder("=")
    assert difference(read, array) is None
    assert read.shape == array.shape


def test_large_sparse_arrays_are_short() -> None:
    array = np.zeros((70_000, 2, 1))
    array[65_536, 1, 0] = 3
    assert literal.assignments("x", array) == ["x = np.zeros((70000, 2, 1))", "x[65536, 1, 0] = 3"]
    assert "np.empty" in literal.written(np.arange(1000.0) * 1.5)


@pytest.mark.parametrize("layout", [*LAYOUTS, ALIAS])
def test_the_code_of_a_layout_gives_the_layout(layout: str) -> None:
    values = np.full((2, 3, 4), 5.0) if layout == "broadcast" else np.arange(24.0).reshape(2, 3, 4)
    names: dict[str, object] = {"np": np, "image": values, "x": values.copy()}
    exec(f"x = {literal.LAYOUT_CODE[layout].format('x', first='image')}", names)  # noqa: S102
    array = names["x"]
    assert isinstance(array, np.ndarray)
    if layout == ALIAS:
        assert np.shares_memory(array, values)
        return
    assert np.array_equal(array, values)
    like = LAYOUTS[layout](values)
    assert array.flags.c_contiguous == like.flags.c_contiguous
    assert array.flags.f_contiguous == like.flags.f_contiguous
    assert array.dtype == like.dtype
    assert array.flags.aligned == like.flags.aligned


def test_a_case_goes_through_json_to_the_bit() -> None:
    other = call("relu", np.array([[[np.nan]]]))
    array = Argument(np.array([[[0.1]]], ">f4"), "Fortran", "a slot")
    arguments: dict[str, Argument | int] = {"feature_map": array, "size": 2, "stride": 3}
    one = Call("pooling", arguments, repeat=3, at_once=other)
    text = json.dumps(data.call_as_json(one))
    read = data.call_from_json(json.loads(text))
    assert (read.operation, read.numbers, read.repeat) == ("pooling", [2, 3], 3)
    assert read.arrays[0].dtype == ">f4"
    assert np.array_equal(read.arrays[0], one.arrays[0])
    assert read.at_once is not None
    assert np.isnan(read.at_once.arrays[0]).all()
    again = read.arguments["feature_map"]
    assert isinstance(again, Argument)
    assert (again.layout, again.slot) == ("Fortran", "a slot")


def test_expected_and_got_side_by_side() -> None:
    expected = np.array([[[1.0], [2]], [[3], [4]]])
    got = np.array([[[1.0], [5]], [[3], [6]]])
    assert grids.side_by_side(expected, got) == [
        "map 0: expected    got",
        "       1  2            1  > 5 *",
        "       3  4            3    6 *",
    ]
    assert grids.side_by_side(expected, got[:1, :1]) == [
        "map 0: expected    got",
        "       1  2        1",
        "       3  4",
    ]


def test_of_large_maps_the_part_around_the_first_difference_is_shown() -> None:
    expected = np.arange(40.0 * 50 * 9).reshape(40, 50, 9)
    got = expected.copy()
    got[20, 30, 1:7] = -1
    lines = grids.side_by_side(expected, got)
    assert max(map(len, lines)) <= 72
    assert len(lines) == 3 * 10 + 1
    assert lines[0] == ("map 1 is of shape (40, 50); of its rows 18 to 25 and columns 29 to 32:")
    assert "> -1 *" in lines[4]
    assert not any(line.startswith("map 0") for line in lines)
    assert lines[-1] == "3 more maps differ"


def test_a_very_wide_map_is_not_written_out() -> None:
    expected = np.zeros((2, 10**6, 1))
    got = expected.copy()
    got[:, 32_767:] = 1
    lines = grids.side_by_side(expected, got)
    assert lines == [
        "map 0 is of shape (2, 1000000); of its rows 0 to 1 and columns 32765 to 32770:",
        *lines[1:],
    ]
    assert max(map(len, lines[1:])) <= 72
