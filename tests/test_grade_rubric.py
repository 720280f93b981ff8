"""Rubrics: how points are read, and what a report earns."""

from pathlib import Path
from typing import Any

import pytest

from cnnspec.report import rubric
from cnnspec.report.rubric import RubricError


def read(folder: Path, text: str) -> rubric.Rubric:
    """The rubric of a text."""
    (folder / "rubric.toml").write_text(text)
    return rubric.read(folder / "rubric.toml", "standard")


def report(operations: list[str], verdict: str = "deviates", **status: str) -> dict[str, Any]:
    """A report as data: the status of each clause, as C7="pass", or R1_strict="fail"."""
    rows = []
    for name, word in status.items():
        id_, _, level = name.partition("_")
        usual = "core" if id_ in ("C1", "P1", "P2") else "values"
        rows.append({"id": id_, "level": level or usual, "status": word})
    return {
        "operations": operations,
        "verdict": verdict,
        "edition": "standard",
        "clauses": rows,
    }


def points(folder: Path, text: str, found: dict[str, Any] | None) -> list[tuple[float, float]]:
    """The points, and the open ones, of each item."""
    return [(one.points, one.open) for one in rubric.earned(read(folder, text), found)]


def test_the_usual_one_has_a_hundred_points_for_what_the_article_has() -> None:
    usual = rubric.read(None, "standard")
    assert usual.points == 100
    assert usual.operations == ("conv", "relu", "pooling")
    assert usual.level == "core"


def test_points_for_clauses(tmp_path: Path) -> None:
    found = report(["conv"], C7="pass", C6="fail")
    assert points(tmp_path, "[points]\nc7 = 3\nC6 = 2", found) == [(3, 0), (0, 0)]


def test_a_part_of_the_clauses_earns_a_part_by_their_weights(tmp_path: Path) -> None:
    text = '[[item]]\nname = "conv"\npoints = 8\nclauses = { C6 = 1, C7 = 3 }\n'
    assert points(tmp_path, text, report(["conv"], C7="pass", C6="fail")) == [(6, 0)]
    assert points(tmp_path, text, report(["conv"], C7="pass", C6="pass")) == [(8, 0)]
    whole = text + "partial = false\n"
    assert points(tmp_path, whole, report(["conv"], C7="pass", C6="fail")) == [(0, 0)]
    assert points(tmp_path, whole, report(["conv"], C7="pass", C6="pass")) == [(8, 0)]
    assert points(tmp_path, whole, report(["conv"], C7="pass", C6="error")) == [(0, 8)]


def test_an_operation_and_a_level_stand_for_their_clauses(tmp_path: Path) -> None:
    text = '[[item]]\nname = "a"\npoints = 3\noperation = "pooling"\nlevel = "core"\n'
    (item,) = read(tmp_path, text).items
    assert {id_ for id_, _ in item.weights} == {"P1", "P2", "P5"}
    strict = read(tmp_path, text.replace("core", "strict").replace("pooling", "relu"))
    assert strict.places == [("R1", "strict")]


def test_what_is_not_there_earns_nothing_and_is_not_open(tmp_path: Path) -> None:
    text = "[points]\nR2 = 3"
    assert points(tmp_path, text, report(["conv"], R2="absent")) == [(0, 0)]
    assert points(tmp_path, text, report(["conv"], R2="error")) == [(0, 0)]
    assert points(tmp_path, text, None) == [(0, 0)]


def test_what_could_not_be_judged_is_open(tmp_path: Path) -> None:
    text = "[points]\nR2 = 3"
    assert points(tmp_path, text, report(["relu"], R2="error")) == [(0, 3)]
    assert points(tmp_path, text, report([], "interrupted", R2="error")) == [(0, 3)]


def test_what_another_deviation_hides_earns_nothing(tmp_path: Path) -> None:
    text = "[points]\nP3 = 1\nP4 = 3"
    found = report(["pooling"], P3="fail", P4="error")
    assert points(tmp_path, text, found) == [(0, 0), (0, 0)]


def test_clauses_of_which_a_submission_has_nothing_do_not_count(tmp_path: Path) -> None:
    text = '[[item]]\nname = "a"\npoints = 4\nclauses = ["P4", "P5"]\n'
    found = report(["pooling"], P4="pass", P5_core="absent")
    assert points(tmp_path, text, found) == [(4, 0)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[points", "is not TOML"),
        ("", "it has no points"),
        ("[points]\nC77 = 1", "there is no clause 'C77'"),
        ("[points]\nC7 = -1", "points.C7: -1"),
        ('[points]\nC7 = "x"', "points.C7: 'x' is not of type 'number'"),
        ("[points]\nP3a = 1", "P3a is not a clause of edition standard"),
        ("other = 1", "'other' was unexpected"),
        ('[[item]]\nname = "a"\npoints = 1', "a: it has either clauses or an operation"),
        ('[[item]]\nname = "a"\npoints = 1\noperation = "conv"\nclauses = ["C7"]', "either"),
        ('[[item]]\nname = "a"\npoints = 1\noperation = "convolve"', "'convolve' is not one of"),
        ('[[item]]\nname = "a"\npoints = 1\noperation = "relu"\nlevel = "core"', "no clause of"),
        ('[[item]]\nname = "a"\npoints = 1\nclauses = ["C7", "C7"]', "named twice"),
        ('[[item]]\nname = "a"\npoints = 0\nclauses = ["C7"]', "it has no points"),
        ('[points]\nC7 = 1\n[[item]]\nname = "C7"\npoints = 1\nclauses = ["C6"]', "are called C7"),
    ],
)
def test_a_rubric_that_is_none_says_why(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(RubricError) as raised:
        read(tmp_path, text)
    assert said in str(raised.value)
    assert "rubric.toml" in str(raised.value)
