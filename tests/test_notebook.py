"""The notebook in docs: its cells give what is stored in it."""

import ast
import json
import re
from pathlib import Path
from typing import Any

import pytest
from page_reader import read

PLACE = Path(__file__).parent.parent / "docs" / "tour.ipynb"
CELLS = [
    cell
    for cell in json.loads(PLACE.read_text(encoding="utf-8"))["cells"]
    if cell["cell_type"] == "code"
]

pytestmark = pytest.mark.usefixtures("in_a_folder")


def run(source: str, space: dict[str, Any]) -> Any:
    """Run a cell; the value of its last expression, if it ends with one."""
    body = ast.parse(source).body
    last = body[-1] if isinstance(body[-1], ast.Expr) else None
    body = body[:-1] if last else body
    exec(compile(ast.Module(body, []), "cell", "exec"), space)  # noqa: S102  it is our own
    return eval(compile(ast.Expression(last.value), "cell", "eval"), space) if last else None  # noqa: S307


def plain(text: str) -> str:
    """A text without what differs from run to run: seconds, and how lines are broken."""
    return re.sub(r"\d+\.\d+ s\b", "0 s", " ".join(text.split()))


def test_every_cell_was_executed() -> None:
    assert [one["execution_count"] for one in CELLS] == list(range(1, len(CELLS) + 1))
    kinds = [one["output_type"] for cell in CELLS for one in cell["outputs"]]
    assert set(kinds) == {"execute_result"}  # no error, nothing on standard error


def test_the_cells_give_what_is_stored() -> None:
    space: dict[str, Any] = {"__name__": "__main__"}
    for cell in CELLS:
        value = run("".join(cell["source"]), space)
        if not cell["outputs"]:
            assert value is None
            continue
        (stored,) = (one["data"] for one in cell["outputs"])
        if isinstance(value, tuple):
            assert ast.literal_eval("".join(stored["text/plain"])) == value
        else:
            assert plain(repr(value)) == plain("".join(stored["text/plain"]))
        if "text/html" in stored:
            then, now = read("".join(stored["text/html"])), read(value._repr_html_())
            assert [a["alt"] for a in then.named("img")] == [a["alt"] for a in now.named("img")]
            assert [t for t, _ in then.elements] == [t for t, _ in now.elements]
        if "image/png" in stored:
            assert value._repr_png_().startswith(b"\x89PNG")


def test_nothing_of_the_machine_is_in_it() -> None:
    text = PLACE.read_text(encoding="utf-8")
    assert len(text) < 2_000_000
    assert not re.search(r"/(home|root|tmp|Users|work)/", text)
