"""The part of the matrix for edition general: what targets offer, refuse and do with options."""

import json
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner, Result
from page_reader import read

from cnnspec.cli import main
from cnnspec.engine.offers import Offer, of_options, offers, parameters
from cnnspec.kit.clauses import clauses
from cnnspec.kit.operation import REGISTRY
from cnnspec.kit.session import Session
from cnnspec.kit.settings import OF_PADDING
from cnnspec.report import general, table
from cnnspec.targets.client import InProcess

SCHEMA = json.loads(
    resources.files("cnnspec.report").joinpath("matrix.schema.json").read_text(encoding="utf-8")
)
TARGET = """
import numpy as np
import cnnspec


def pooling(feature_map, size=2, stride=2, padding=0, ceil=False):
    if not isinstance(padding, int) or padding < 0:
        raise ValueError("padding is one number, 0 or more")
    x = np.pad(feature_map, [(padding, padding), (padding, padding), (0, 0)])
    return cnnspec.pooling(x, size, stride, ceil=ceil, edition="general")
"""
"""A pooling whose padding is one number, and of zeros, which win over numbers below zero."""


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("matrix")
    (folder / "padded.py").write_text(TARGET)
    (folder / "plain.py").write_text("import numpy\ndef relu(x): return numpy.maximum(x, 0)\n")
    result = matrix(folder, str(folder / "padded.py"), str(folder / "plain.py"))
    found: dict[str, Any] = json.loads((folder / "m" / "matrix.json").read_text())
    found["output"] = result.output
    return found


def matrix(folder: Path, *arguments: str) -> Result:
    more = ["--budget", "quick", "--out", str(folder / "m")]
    result = CliRunner().invoke(main, ["matrix", *arguments, *more])
    assert result.exit_code == 0, result.output
    return result


def data_of(written: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in written.items() if key != "output"}


def cells_of(written: dict[str, Any]) -> dict[str, Any]:
    return {one["id"]: one for one in written["targets"][0]["general"]["cells"]}


def test_a_target_with_options_is_judged_by_their_clauses_besides(written: dict[str, Any]) -> None:
    data = data_of(written)
    jsonschema.validate(data, SCHEMA)
    padded, plain = data["targets"]
    assert "general" not in plain
    assert {one["id"] for one in data["general"]["clauses"]} == {*of_options()}
    assert not {one["id"] for one in data["clauses"]} & {*of_options()}
    statuses = {id_: one["status"] for id_, one in cells_of(written).items()}
    assert statuses.keys() == {*of_options()}
    assert (statuses["P7"], statuses["P6"], statuses["P11"]) == ("fail", "pass", "pass")
    assert (statuses["P8"], statuses["C12"]) == ("absent", "absent")
    assert {one["status"] for one in padded["cells"] if one["id"] == "P4"} == {"pass"}


def test_each_cell_says_what_is_offered_and_what_is_refused(written: dict[str, Any]) -> None:
    cells = cells_of(written)
    padding = {"name": "padding", "taken": ["number"]}
    refused = ["pair", "sides", "valid", "same_upper", "same_lower"]
    assert cells["P7"]["offers"] == [{**padding, "refused": refused}]
    assert general.in_words(cells["P7"]) == f"number; refuses {', '.join(refused)}"
    assert general.in_words(cells["P9"]) == "offered"
    assert general.in_words(cells["P8"]) == "not offered"
    assert general.in_words(cells["P6"]) == "size: pair · stride: pair"
    assert general.in_words(cells["C12"]) == ""  # it has no conv


def test_the_terminal_has_a_line_for_the_options(written: dict[str, Any]) -> None:
    (line,) = [one for one in written["output"].splitlines() if "its options" in one]
    assert "deviates: P7" in line


def test_pages_show_the_part_and_lead_to_its_deviations(written: dict[str, Any]) -> None:
    pages = dict(table.rendered(data_of(written)))
    assert "| P7 |" in pages["matrix.md"].partition("## Options")[2]
    assert "### Options of pooling" in pages["matrix.md"]
    assert "(number; refuses pair, sides" in pages["matrix.md"]
    page = read(pages["matrix.html"])
    failing = [one for one in cells_of(written).values() if one["status"] == "fail"]
    anchors = {one["id"] for one in page.named("div", "found")}
    links = {str(one["href"])[1:] for one in page.named("a") if str(one["href"])[:1] == "#"}
    assert failing
    for one in failing:
        (anchor,) = (name for name in anchors if str(name).endswith(f"-{one['id']}-{one['level']}"))
        assert anchor in links


def test_the_edition_is_pinned_where_it_is_given(tmp_path: Path) -> None:
    (tmp_path / "padded.py").write_text(TARGET)
    matrix(tmp_path, str(tmp_path / "padded.py"), "--edition", "standard")
    data = json.loads((tmp_path / "m" / "matrix.json").read_text())
    assert "general" not in data
    assert "general" not in data["targets"][0]
    assert "## Options" not in (tmp_path / "m" / "matrix.md").read_text()


def test_every_option_and_form_belongs_to_a_clause() -> None:
    for operation in REGISTRY.values():
        known = {(o.name, form) for o in operation.options for form in o.forms}
        own = [c for c, one in of_options().items() if one is operation]
        said = {(n, form) for c in own for n, forms in parameters(operation, c) for form in forms}
        assert known <= said
    assert all(clauses()[one].editions == ("general",) for one in of_options())


def test_an_offer_tells_taken_refused_and_lacking_apart() -> None:
    def pooling(feature_map: Any, size: Any = 2, stride: Any = 2, padding: Any = 0) -> None: ...

    session = Session(InProcess({"pooling": pooling}), "general")
    session.refused.add(("pooling", "padding", "pair"))
    found = offers(session)
    taken = tuple(form for form in OF_PADDING if form != "pair")
    assert found["P7"] == [Offer("padding", taken, ("pair",))]
    assert found["P8"] == [Offer("dilation")]
    assert found["P11"] == []
    assert "C12" not in found
