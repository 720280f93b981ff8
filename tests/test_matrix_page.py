"""The page of the matrix: of the same make, and what it says of each runtime in a line."""

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from page_reader import Page, read

from cnnspec.report import sides, table

FOLDER = Path(__file__).parent.parent / "docs" / "matrix"


@pytest.fixture(scope="module")
def data() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FOLDER / "matrix.json").read_text(encoding="utf-8"))
    return found


@pytest.fixture(scope="module")
def page() -> Page:
    return read((FOLDER / "matrix.html").read_text(encoding="utf-8"))


def test_the_pages_in_docs_are_those_of_the_data(data: dict[str, Any]) -> None:
    for name, content in table.rendered(data):
        assert (FOLDER / name).read_text(encoding="utf-8") == content


def test_each_deviation_has_a_link_that_leads_to_it(data: dict[str, Any], page: Page) -> None:
    failing = failures(data["targets"])
    with_options = failures(t["general"] for t in data["targets"] if "general" in t)
    assert len(page.named("div", "found")) == failing + with_options
    anchors = {a["id"] for a in page.named("div", "found")}
    linked = [str(a["href"])[1:] for a in page.named("a") if str(a["href"]).startswith("#")]
    assert anchors == set(linked)
    assert len(linked) >= 2 * failing + with_options  # in tables, and in the line of its runtime


def failures(parts: Iterable[dict[str, Any]]) -> int:
    return sum(one["status"] == "fail" for part in parts for one in part["cells"])


def test_each_runtime_has_a_line(data: dict[str, Any]) -> None:
    lines = {(one["name"], one["dtype"]): sides.line(one, data) for one in data["targets"]}
    said = {one["name"]: one["word"] for one in lines["tensorflow", "float32"]["levels"]}
    assert said == {"values": "✓ right", "manners": "✗", "strict": "✗"}
    died = lines["opencv-dnn", "float32"]["died"]
    assert {fate: [one["id"] for one in own] for fate, own in died.items()} == {
        "SIGFPE": ["C4", "P2", "A2"],
        "SIGSEGV": ["C5"],
    }
    assert not lines["reference", "any"]["deviations"]


def test_values_come_before_manners_before_strict(page: Page, data: dict[str, Any]) -> None:
    places = [
        page.text.index(f" {word} runtime dtype ") for word in ("Values", "Manners", "Strict")
    ]
    assert places == sorted(places)
    levels = [[one["level"] for one in sides.line(t, data)["deviations"]] for t in data["targets"]]
    order = ["values", "manners", "strict"]
    assert all(own == sorted(own, key=order.index) for own in levels)


def test_a_matrix_of_today_has_its_own_levels() -> None:
    today = {"clauses": [{"id": "C7", "level": "values"}, {"id": "C9", "level": "core"}]}
    assert sides.level_of(today["clauses"][1], today) == "core"
    older = {"clauses": [{"id": "C7", "level": "core"}]}
    assert sides.level_of(older["clauses"][0], older) == "values"


def test_it_can_be_filtered_by_runtime_operation_and_status(page: Page) -> None:
    fields = [a.get("name") for t, a in page.elements if t in ("select", "input")]
    assert fields == ["runtime", "operation", "state", "deviations"]
    rows = page.named("tr")
    assert all("data-runtime" in one for one in rows if "data-state" in one)
    states = {a["data-state"] for _, a in page.elements if "data-state" in a}
    assert states <= set(sides.STATES)


def test_a_hostile_runtime_shows_as_text(data: dict[str, Any]) -> None:
    bad = "</script><img src=x onerror=alert(1)>\x1b[31m\ud800"
    cell = {**data["targets"][1]["cells"][0], "message": bad, "code": [bad], "grids": [bad]}
    target = {**data["targets"][1], "name": bad, "about": bad, "problems": [bad], "cells": [cell]}
    observed = {one["id"]: bad for one in data["questions"]}
    pages = dict(table.rendered({**data, "targets": [{**target, "observed": observed}]}))
    found = read(re.sub(r'id="[^"]*"', "", pages["matrix.html"]).replace('href="#', 'name="'))
    assert not found.named("img")
    assert "\\ud800" in found.text
