"""Submissions with options: judged by edition general, at no cost unless a rubric names them."""

import csv
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cnnspec.report import rubric
from cnnspec.report.rubric import RubricError

PLAIN = """
import numpy as np

def pooling(feature_map, size=2, stride=2):
    x = np.asarray(feature_map)
    if x.ndim != 3 or not 1 <= size <= min(x.shape[:2]) or stride < 1:
        raise ValueError("no window")
    seen = np.lib.stride_tricks.sliding_window_view(x, (size, size), axis=(0, 1))
    return seen[::stride, ::stride].max(axis=(-2, -1))
"""
IGNORES = PLAIN.replace("stride=2)", "stride=2, ceil=False)")
RIGHT = IGNORES.replace(
    "    seen =",
    """    if ceil:
        short = [(stride - (n - size) % stride) % stride for n in x.shape[:2]]
        short = [m if n - size + m < n else 0 for n, m in zip(x.shape[:2], short)]
        low = -np.inf if x.dtype.kind == "f" else np.iinfo(x.dtype).min
        x = np.pad(x, [(0, short[0]), (0, short[1]), (0, 0)], constant_values=low)
    seen =""",
)
ITEMS = """
[points]
P9 = 2

[[item]]
name = "numbers"
points = 8
clauses = ["P3", "P4"]
"""


def report(edition: str, **status: str) -> dict[str, Any]:
    rows = [
        {"id": one, "level": "core" if one in ("C1", "C3") else "values", "status": word}
        for one, word in status.items()
    ]
    return {"operations": ["conv"], "verdict": "deviates", "edition": edition, "clauses": rows}


def words(text: str, found: dict[str, Any], folder: Path) -> list[tuple[float, float, list[str]]]:
    (folder / "rubric.toml").write_text(text)
    points = rubric.read(folder / "rubric.toml", None)
    earned = rubric.earned(points, found)
    return [(one.points, one.open, [*one.words.values()]) for one in earned]


def test_an_option_that_is_not_there_earns_nothing(tmp_path: Path) -> None:
    text = "[points]\nC11 = 5"
    assert words(text, report("general", C11="pass"), tmp_path) == [(5, 0, ["held"])]
    assert words(text, report("general", C11="fail"), tmp_path) == [(0, 0, ["broken"])]
    assert words(text, report("general", C11="absent"), tmp_path) == [(0, 0, ["missing"])]
    assert words(text, report("standard", C7="pass"), tmp_path) == [(0, 0, ["missing"])]
    assert words(text, report("general", C11="error"), tmp_path) == [(0, 5, ["open"])]


def test_what_holds_in_standard_alone_is_left_out_in_general(tmp_path: Path) -> None:
    text = '[[item]]\nname = "a"\npoints = 4\nclauses = ["C1", "C3"]\n'
    found = report("general", C1="pass")
    assert words(text, found, tmp_path) == [(4, 0, ["held", "left out"])]
    both = report("standard", C1="pass", C3="fail")
    assert words(text, both, tmp_path) == [(2, 0, ["held", "broken"])]


def test_a_broken_option_hides_no_clause_of_the_plain_operation(tmp_path: Path) -> None:
    text = "[points]\nC7 = 3"
    assert words(text, report("general", C11="fail", C7="error"), tmp_path) == [(0, 3, ["open"])]
    assert words(text, report("general", C6="fail", C7="error"), tmp_path) == [(0, 0, ["blocked"])]


def test_the_usual_rubric_names_no_option() -> None:
    usual = rubric.read(None, None)
    assert not any(rubric.of_option(one) for one in usual.clauses)
    assert "C11" in usual.judged


def test_a_pinned_edition_refuses_the_clauses_of_the_other(tmp_path: Path) -> None:
    (tmp_path / "rubric.toml").write_text("[points]\nC11 = 5")
    with pytest.raises(RubricError, match="C11 is not a clause of edition standard"):
        rubric.read(tmp_path / "rubric.toml", "standard")
    (tmp_path / "rubric.toml").write_text("[points]\nP3a = 5")
    with pytest.raises(RubricError, match="P3a is not a clause of edition standard or general"):
        rubric.read(tmp_path / "rubric.toml", None)


def graded(folder: Path, *more: str) -> dict[str, dict[str, str]]:
    command = [sys.executable, "-m", "cnnspec", "grade", "class", "--jobs", "2", *more]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stdout + done.stderr
    with (folder / "grades" / "grades.csv").open(newline="") as file:
        return {one["submission"]: one for one in csv.DictReader(file)}


@pytest.mark.exhaustive
def test_the_edition_follows_what_each_submission_offers(tmp_path: Path) -> None:
    (tmp_path / "class").mkdir()
    for name, text in (("plain", PLAIN), ("ignores", IGNORES), ("right", RIGHT)):
        (tmp_path / "class" / f"{name}.py").write_text(text)
    (tmp_path / "rubric.toml").write_text(ITEMS)
    found = graded(tmp_path, "--rubric", "rubric.toml")
    points = {name: (one["numbers"], one["P9"]) for name, one in found.items()}
    assert points == {"plain": ("8", "0"), "ignores": ("8", "0"), "right": ("8", "2")}
    assert {name: one["verdict"] for name, one in found.items()} == {
        "plain": "in part",  # the rubric asks for ceil
        "ignores": "deviates",
        "right": "conforms",
    }
    assert "P9" in found["ignores"]["why"]
    assert found["plain"]["why"] == "without the option of P9"
    kept = tmp_path / "grades"
    editions = {
        name: json.loads((kept / "records" / f"{name}.json").read_text())["report"]["edition"]
        for name in found
    }
    assert editions == {"plain": "standard", "ignores": "general", "right": "general"}
    assert "edition general" in (kept / "feedback" / "right.html").read_text()
    (tmp_path / "rubric.toml").write_text(ITEMS.replace("[points]\nP9 = 2\n", ""))
    (tmp_path / "class" / "wrong.py").write_text(PLAIN.replace(".max(", ".min("))
    pinned = graded(tmp_path, "--rubric", "rubric.toml", "--edition", "standard")
    assert pinned["ignores"]["verdict"] == "conforms"
