"""The report that `cnnspec.check` gives can be asked, printed, asserted, and seen in a notebook."""

from types import SimpleNamespace

import numpy as np
import pytest
from judging import quick

import cnnspec
from cnnspec.report.public import Report
from cnnspec.spec import Array

pytestmark = pytest.mark.usefixtures("in_a_folder")

# The report.


@pytest.fixture(scope="module")
def wrong() -> Report:
    """Of a conv and a pooling that are wrong in several ways, at level core."""

    def conv(image: Array, filters: Array) -> Array:
        return cnnspec.conv(image, filters[:, ::-1, ::-1])

    def pooling(feature_map: Array, size: int = 2, stride: int = 2) -> Array:
        if size <= 0:
            return np.zeros((1, 1, 1))
        return cnnspec.pooling(feature_map, size, stride)

    only = ("C6", "C7", "C9", "P2", "P3", "P4")
    return cnnspec.check(conv=conv, pooling=pooling, budget="quick", level="core", only=only)


def test_deviations_of_values_come_first(wrong: Report) -> None:
    assert [one.id for one in wrong.deviations] == ["C7", "C9", "P2"]
    assert wrong.levels["core"].deviating == ("P2",)
    assert wrong.levels["strict"].status == "right"  # numbers of NumPy (P2)


def test_the_short_form_is_short(wrong: Report) -> None:
    rows = repr(wrong).splitlines()
    assert rows[0].startswith("numbers: wrong (C7 C9) · rejections: accepts a kind")
    assert len(rows) <= 10
    assert max(map(len, rows)) <= 80


def test_the_text_is_the_commands(wrong: Report) -> None:
    text = str(wrong)
    assert "behaves as: filter-rotated" in text
    assert "to reject it, paste at the start of pooling" in text
    assert text.splitlines()[-1].startswith("deviates at level core: 3 of")


def test_an_unknown_clause_names_those_that_there_are(wrong: Report) -> None:
    for key in ("C1", "", "Z9"):
        with pytest.raises(KeyError, match="there are C6, C7, C9, P2, P3, P4"):
            wrong[key]


def test_a_clause_of_two_levels_gives_the_lower_one() -> None:
    report = quick(relu=lambda x: x if x.ndim == 3 else x[0], only="R1")
    assert [one.level for one in report.clauses] == ["values", "strict"]
    assert report["R1"].level == "values"


def test_a_failed_assertion_shows_the_report(wrong: Report) -> None:
    with pytest.raises(AssertionError, match="numbers: wrong"):
        assert wrong


def test_the_page_escapes_what_a_target_says() -> None:
    def relu(_: Array) -> Array:
        raise ValueError("<script>alert(1)</script>")

    page = quick(SimpleNamespace(relu=relu, about="<img src=x>"))._repr_html_()
    assert page.count("<script") == 1  # our own
    assert "<img" not in page
    assert "&lt;img src=x&gt;" in page
    assert "&lt;script&gt;" in page


def test_the_page_has_a_block_for_each_cause(wrong: Report) -> None:
    page = wrong._repr_html_()
    assert page.count('<details class="cause"') == 2
    assert "http" not in page
    assert "got = conv(image, filters)" in page
    assert "expected" in page


def test_nothing_is_right_where_nothing_can_be_called() -> None:
    report = quick(relu=lambda _: None, only=("R1", "R2", "Q2"))
    assert report.verdict == "not judged"
    assert {one.status for one in report.levels.values()} == {"not judged"}
    assert repr(report).startswith("numbers: not judged")
