"""The page of a report: what it shows, that it is whole, and that nothing breaks it."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from judging import quick, right_relu
from page_reader import Page, read

import cnnspec
from cnnspec.cli import main
from cnnspec.engine.plan import Counterexample
from cnnspec.kit.operation import REGISTRY, call
from cnnspec.report import heat, page, templates
from cnnspec.report.public import Report
from cnnspec.spec import Array

pytestmark = pytest.mark.usefixtures("in_a_folder")

HOSTILE = (
    "</script><script>alert(1)</script><img src=x onerror=alert(2)>"
    "{{ 7*7 }}\x1b[31m\x00\u202e\ud800'\""
)

MANY = """
import numpy as np, cnnspec
def conv(image, filters):
    filters = np.asarray(filters)
    return cnnspec.conv(image, filters[:, ::-1, ::-1]) * np.float64(1.5)
def relu(feature_map):
    return np.abs(feature_map)
def pooling(feature_map, size=2, stride=2):
    y = cnnspec.pooling(feature_map, max(1, int(size)), max(1, int(stride)))
    return np.concatenate([y, np.zeros_like(y[:1])])
def average_pooling(feature_map, size, stride):
    return cnnspec.average_pooling(feature_map, max(1, int(size)), max(1, int(stride))) + 1
"""
"""Everything is wrong."""


def flipped(image: Array, filters: Array) -> Array:
    return cnnspec.conv(image, filters[:, ::-1, ::-1])


@pytest.fixture(scope="module")
def wrong(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Report]:
    """Of a flipped filter, a relu that is a magnitude, and a pooling that lacks a column."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("wrong"))
        only = ("C6", "C7", "C9", "R1", "R2", "P3", "P4")
        yield cnnspec.check(
            conv=flipped,
            relu=lambda x: np.abs(x),
            pooling=lambda x, size=2, stride=2: cnnspec.pooling(x, size, stride)[:, :-1],
            budget="quick",
            only=only,
        )


@pytest.fixture(scope="module")
def shown(wrong: Report) -> Page:
    return read(wrong._repr_html_())


# What it shows.


def test_the_verdict_is_on_top(shown: Page) -> None:
    text = shown.text
    assert text.index("deviates") < text.index("numbers") < text.index("Deviations")
    assert "wrong (C7 C9 R2 P3)" in text


def test_each_deviation_has_its_sentence_its_window_and_its_arithmetic(shown: Page) -> None:
    text = shown.text
    assert "The filter is not flipped" in text
    assert "first wrong element" in text
    assert "its window image[0, 0] to [2, 2]; filters[0, 0, 0] to [0, 2, 2]" in text
    assert "sum of image[0+i, 0+j] · filters[0, i, j] over i, j" in text
    assert "1 · 1 + 8 more of 0 = 1" in text
    assert "It behaves as filter-rotated" in text
    assert "To mend it: Multiply x[r+i, c+j] by w[i, j]" in text
    assert "what is not zero is turned by 180 degrees" in text


def test_heat_maps_are_tables_of_numbers(shown: Page) -> None:
    tables = shown.named("table", "map")
    assert len(tables) > 12
    assert shown.text.count("got − expected") >= 2 * 5  # noqa: RUF001  seen, and as a caption
    assert {"wrong", "first", "read"} <= {
        mark for _, a in shown.elements for mark in (a.get("class") or "").split()
    }
    assert "(first wrong element)" in shown.text


def test_what_an_operation_looks_at_is_drawn(shown: Page) -> None:
    assert "By impulses: each filter is rotated by 180 degrees" in shown.text
    assert "as specified" in shown.text


def test_chelsea_stands_beside_the_right_one(shown: Page) -> None:
    pictures = shown.named("img")
    said = [str(one["alt"]) for one in pictures]
    assert sum("as it should be" in one for one in said) == sum(
        "the target's" in one for one in said
    )
    assert any(one.startswith("conv, 298 by 449 by 2, map 1, the difference") for one in said)
    assert "1 column too few, at the right" in shown.text
    assert "Layer 3" in shown.text


def test_code_and_commands_can_be_copied(shown: Page) -> None:
    blocks = shown.named("div", "code")
    assert len(shown.named("button", "copy")) == len(blocks) >= 4
    assert all("hidden" in one for one in shown.named("button"))  # until the script is there


def test_operations_fold_open_to_their_clauses(shown: Page) -> None:
    assert len(shown.named("details", "operation")) == 3
    rows = [one for one in shown.named("tr") if one.get("role") == "row"]
    assert len(rows) == 3 + 8  # R1 is judged at two levels
    assert len(shown.named("span", "bar")) >= 8


def test_a_target_that_conforms_has_a_cat_too() -> None:
    found = read(quick(relu=right_relu, only=("R1", "R2"))._repr_html_())
    assert "conforms" in found.text
    assert "equal to the right one, all 267,604 elements" in found.text
    assert not found.named("details", "cause")


def test_no_cat_if_none_is_wanted() -> None:
    report = quick(relu=np.abs, pictures=False)
    assert not read(report._repr_html_()).named("img")
    with pytest.raises(TypeError, match="pictures is True, False or None"):
        quick(relu=np.abs, pictures=2)


def test_what_does_not_answer_on_chelsea_is_said_and_called_no_more() -> None:
    def relu(x: Array) -> Array:
        if x.shape == (298, 449, 2):
            import os

            os.abort()
        return right_relu(x)

    def pooling(x: Array, size: int = 2, stride: int = 2) -> Array:
        y = cnnspec.pooling(x, size, stride)
        return y[0] if y.shape == (149, 224, 2) else y

    report = quick(relu=relu, pooling=pooling, only=("R2", "P4"))
    text = read(report._repr_html_()).text
    assert "the target died of SIGABRT" in text
    assert "not called again after it gave no answer" in text
    assert "it gave an array of shape (224, 2) instead of (149, 224, 2)" in text
    assert report.verdict == "conforms"


def test_a_slow_target_is_not_kept_waiting() -> None:
    def relu(x: Array) -> Array:
        import time

        time.sleep(x.size * 2e-5)
        return right_relu(x)

    text = read(quick(relu=relu, only="R2")._repr_html_()).text
    assert "not called: by its speed it would take" in text


def test_float32_may_round_but_not_more() -> None:
    def conv(image: Array, filters: Array) -> Array:
        return cnnspec.conv(image.astype(np.float32), filters.astype(np.float32))

    report = quick(SimpleNamespace(conv=conv, dtypes=("float32",)), only="C7")
    text = read(report._repr_html_()).text
    assert "right, but for rounding, all 95,700 elements" in text
    assert "✗ " not in text


# The command.


def run(*words: str) -> Any:
    return CliRunner().invoke(main, ["check", *words])


def test_the_command_writes_a_page_of_its_own(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text("import numpy as np\ndef relu(x):\n    return np.abs(x)\n")
    result = run(str(file), "--budget", "quick", "--only", "R2", "--html", str(tmp_path / "r.html"))
    assert result.exit_code == 1, result.output
    text = (tmp_path / "r.html").read_text()
    found = read(text)
    assert text.startswith("<!doctype html>")
    assert [one for one in found.named("html") if one.get("lang") == "en"]
    assert "cnnspec replay .cnnspec/" in found.text
    assert found.named("img")
    policy = next(str(a["content"]) for a in found.named("meta") if a.get("http-equiv"))
    assert "default-src 'none'" in policy
    assert templates.hash_of(templates.source("page.js")) in policy


def test_the_command_and_the_function_share_one_page(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text("import numpy as np\ndef relu(x):\n    return np.abs(x)\n")
    page_of_the_command = tmp_path / "r.html"
    run(str(file), "--budget", "quick", "--only", "R2", "--html", str(page_of_the_command))
    report = cnnspec.check(file, budget="quick", only=("R2",))
    one, other = (read(t) for t in (page_of_the_command.read_text(), report._repr_html_()))
    assert [a["alt"] for a in one.named("img")] == [a["alt"] for a in other.named("img")]
    assert [t for t, _ in one.elements if t == "td"] == [t for t, _ in other.elements if t == "td"]


def test_a_page_that_cannot_be_written_is_told_before_anything_runs() -> None:
    result = run("reference", "--html", "nowhere/r.html")
    assert result.exit_code == 2
    assert "nowhere" in result.output


def test_a_page_with_many_deviations_is_small(tmp_path: Path) -> None:
    file = tmp_path / "many.py"
    file.write_text(MANY)
    out = tmp_path / "r.html"
    run(str(file), "--budget", "quick", "--certify", "0", "--html", str(out))
    found = read(out.read_text())
    broken = [*found.named("details", "cause"), *found.named("details", "also")]
    assert len(broken) >= 10
    assert out.stat().st_size < 3_000_000


# Nothing breaks it.


def test_hostile_text_shows_as_text() -> None:
    class Net:
        about = HOSTILE

        def conv(self, image: Array, filters: Array) -> Array:
            del image, filters
            raise type("<b>E</b>", (ValueError,), {})(HOSTILE)

        def relu(self, x: Array) -> Array:
            return np.abs(x)

    report = quick(Net(), only=("C7", "R2"))
    text = report._repr_html_()
    found = read(text)
    assert len(found.named("script")) == 1
    assert not [a for a in found.named("img") if a["src"] == "x"]
    assert "{{ 7*7 }}" in found.text
    assert "<script>alert(1)</script>" in found.text
    assert "\\x1b[31m" in found.text
    assert "\\ud800" in found.text
    assert "\x1b" not in str(report)


def test_hostile_text_breaks_neither_json_nor_terminal(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text(f"about = {HOSTILE!r}\ndef relu(x):\n    raise ValueError({HOSTILE!r})\n")
    names = [str(tmp_path / one) for one in ("r.json", "r.html")]
    result = run(
        str(file), "--budget", "quick", "--only", "R2", "--json", names[0], "--html", names[1]
    )
    assert result.exit_code == 2
    assert "\x1b" not in result.output
    assert "\\ud800" in json.loads(Path(names[0]).read_text(encoding="utf-8"))["about"]
    read(Path(names[1]).read_text(encoding="utf-8"))


NUMBERS: dict[str, Callable[[Array], Any]] = {
    "NaN": lambda y: np.full_like(y, np.nan),
    "infinities": lambda y: np.where(y > y.mean(), np.inf, -np.inf),
    "the largest floats": lambda y: np.sign(y) * 1.7e308,
    "the least floats": lambda y: y * 5e-324,
    "booleans": lambda y: y > 0,
    "integers": lambda y: y.astype(np.int8),
    "nothing": lambda y: y[:0],
    "one axis more": lambda y: y[np.newaxis],
    "one axis": lambda y: y.ravel(),
    "one number": lambda y: y.sum(),
    "many more": lambda y: np.zeros((*y.shape[:2], 40)),
    "very many": lambda y: np.zeros((3000, 3000, *y.shape[2:])),
    "no numbers": lambda y: np.array(["<b>"] * y.size),
    "complex": lambda y: y * 1j,
}


@pytest.mark.parametrize("kind", NUMBERS)
def test_hostile_numbers_have_a_page(kind: str) -> None:
    def pooling(x: Array, size: int = 2, stride: int = 2) -> Array:
        result: Array = NUMBERS[kind](cnnspec.pooling(x, size, stride))
        return result

    found = read(quick(pooling=pooling, only=("P3", "P4"))._repr_html_())
    assert "right, all" not in found.text


def test_enormous_arrays_are_cut() -> None:
    blocks = heat.compared(np.zeros((200, 300, 50)), np.ones((201, 300, 50)))
    cells = [c for b in blocks for t in b.tables for _, row in t.rows for c in row]
    assert len(blocks) == 3
    assert len(cells) <= 3 * 3 * heat.ROWS * heat.COLUMNS
    assert blocks[-1].said == ["47 more maps differ"]
    assert blocks[0].tables[0].part == "rows 0 to 9, columns 0 to 11, of 201 by 300"


def test_a_large_input_without_a_window_is_code() -> None:
    (block, _) = heat.inputs(call("pooling", np.zeros((300, 400, 3)), 2, 2), {})
    assert block.text == "np.zeros((300, 400, 3))"


# The arithmetic.


@pytest.mark.parametrize("name", [one for one in REGISTRY if REGISTRY[one].shown])
def test_each_element_is_worked_out_rightly(name: str) -> None:
    operation = REGISTRY[name]
    assert operation.shown
    for one in [operation.shown.specimen(), *operation.inputs.first()]:
        result = operation.oracle.expected(one, "standard")
        for place in [*np.ndindex(result.shape)][:: max(1, result.size // 20)]:
            found = operation.shown.working(one, place, "standard")
            assert found is not None
            assert np.isclose(found.value, result[place], rtol=1e-12)
            for argument, places in found.reads.items():
                assert all(one.plain[argument][p] is not None for p in places)


def test_nan_times_zero_is_written_out() -> None:
    shown = REGISTRY["conv"].shown
    assert shown
    one = call("conv", np.full((1, 1), np.nan), np.zeros((1, 1, 1)))
    found = shown.working(one, (0, 0, 0), "standard")
    assert found is not None
    assert found.numbers == "nan · 0"
    assert np.isnan(found.value)


def test_the_published_pooling_writes_no_window_at_the_end() -> None:
    shown = REGISTRY["pooling"].shown
    assert shown
    one = call("pooling", np.ones((4, 4, 1)), 2, 1)
    found = shown.working(one, (2, 2, 0), "article")
    assert found is not None
    assert (found.formula, found.value) == ("no window is written there: it stays 0", 0.0)


def test_arithmetic_that_does_not_give_what_is_expected_is_not_shown() -> None:
    one = call("relu", np.full((1, 1, 1), 2.0))
    right = Counterexample("values", (one,), "wrong", np.full((1, 1, 1), 2.0), np.zeros((1, 1, 1)))
    odd = Counterexample("values", (one,), "wrong", np.full((1, 1, 1), 3.0), np.zeros((1, 1, 1)))
    assert page.drawn(right, "R2", "standard")["first"]["formula"]
    assert page.drawn(odd, "R2", "standard")["first"]["formula"] == ""


def test_of_rounded_results_only_what_is_beyond_the_bound_is_wrong() -> None:
    image = np.array([[0.1, 0.2, 0.7]])
    one = call("conv", image, np.full((1, 1, 1), 3.0))
    exact = cnnspec.conv(image, np.full((1, 1, 1), 3.0))
    got = exact * (1 + 1e-16)
    got[0, 0, 0] = np.nextafter(exact[0, 0, 0], 1)
    got[0, 2, 0] += 1e-9
    example = Counterexample("rounding", (one,), "wrong", exact, got)
    assert page.drawn(example, "C9", "standard")["first"]["index"] == "0, 2, 0"
    assert page.drawn(example, "C7", "standard")["first"]["index"] == "0, 0, 0"
