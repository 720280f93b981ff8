"""Vectors of edition general: options stand apart, and the readers pass them by name."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from cnnspec.kit.clauses import clauses
from cnnspec.spec import WITHOUT_PARAMETERS
from cnnspec.vectors.write import file_text, schema_text, vectors_of, written_editions

ROOT = Path(__file__).parent.parent
CLAUSES = ("C11", "C12", "C18", "P6", "P9")
FORMS = {"options", "pair", "sides", "word", "batch"}
OF_MEMORY = {"layout", "one object"}
"""What plain lists cannot have."""
READERS = ("complete.py", "complete.js")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of a few clauses."""
    path = tmp_path_factory.mktemp("general")
    for clause in CLAUSES:
        (path / f"{clause}.json").write_text(file_text(clause, vectors_of(clause)))
    return path


def vectors(folder: Path) -> list[dict[str, Any]]:
    every = [json.loads(path.read_text()) for path in sorted(folder.iterdir())]
    return [one for file in every for one in file["vectors"]]


def played(reader: str, folder: Path, file: Path, *more: str) -> subprocess.CompletedProcess[str]:
    program = sys.executable if reader.endswith("py") else "node"
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not there")
    command = [program, str(ROOT / "docs" / "vectors" / reader), str(folder), str(file), *more]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def program(reader: str) -> Path:
    return ROOT / "tests" / "vectors" / f"with_options{Path(reader).suffix}"


def test_a_clause_of_options_has_vectors_of_edition_general_alone() -> None:
    of_options = [one for one in clauses() if written_editions(one) == ["general"]]
    assert of_options == [one for one in clauses() if clauses()[one].editions == ("general",)]
    assert {"C10", "C18", "P6", "P11", "A6", "A8"} <= {*of_options}
    for clause in ("C7", "P2", "A4"):  # it holds in edition general too: standard says it already
        assert {*written_editions(clause)} <= {*WITHOUT_PARAMETERS}


def test_vectors_of_other_clauses_are_what_they_were() -> None:
    for one in (one for clause in ("C7", "P4") for one in vectors_of(clause)):
        assert not FORMS & {*one["requires"]}
        for call in one["calls"]:
            assert call.keys() <= {"operation", "arguments", "repeat", "expected"}


def test_options_stand_apart_and_say_what_they_require(folder: Path) -> None:
    schema = json.loads(schema_text())
    one = jsonschema.Draft202012Validator({"$defs": schema["$defs"], "$ref": "#/$defs/vector"})
    for vector in vectors(folder):
        one.validate(vector)
        with_options = any("options" in call for call in vector["calls"])
        assert with_options == ("options" in vector["requires"])
        if with_options:
            assert not one.is_valid({**vector, "requires": []})
    (first, *_) = vectors(folder)
    first["calls"][0]["options"] = {"strides": 2}
    assert not one.is_valid(first)


@pytest.mark.parametrize("forms", [(), ("pair",)], ids=["numbers", "pairs"])
@pytest.mark.parametrize("reader", READERS)
def test_a_reader_finds_that_plain_lists_are_right(
    folder: Path, reader: str, forms: tuple[str, ...]
) -> None:
    done = played(reader, folder, program(reader), "general", *forms)
    assert done.returncode == 0, done.stdout + done.stderr
    taken = {"conv": {"stride", "padding"}, "pooling": {"ceil"}}
    able = [
        one
        for one in vectors(folder)
        if {*one["requires"]} & (FORMS | OF_MEMORY) <= {"options", *forms}
        if all({*c.get("options", ())} <= taken[c["operation"]] for c in one["calls"])
    ]
    every = len(vectors(folder))
    assert done.stdout == f"{every} vectors, 0 failures, {every - len(able)} skipped\n"
    assert len(able) > 50


@pytest.mark.parametrize(
    ("reader", "right", "wrong", "clause"),
    [
        ("complete.py", "= pair(stride), pair", "= (1, 1), pair", "C11"),
        ("complete.py", "height - rows + 1, down", "height - rows + 1, right", "C11"),
        (
            "complete.py",
            "(above, left) = pair(stride), pair",
            "(left, above) = pair(stride), pair",
            "C12",
        ),
        ("complete.py", "if at - stride + size < extent", "", "P9"),
        ("complete.py", "extent if ceil else extent - size + 1", "extent - size + 1", "P9"),
        ("complete.js", "[pair(stride), pair", "[[1, 1], pair", "C11"),
        ("complete.js", "(ceil ? extent : extent - size + 1)", "extent - size + 1", "P9"),
    ],
)
def test_a_reader_names_the_vector_that_fails(
    folder: Path, tmp_path: Path, reader: str, right: str, wrong: str, clause: str
) -> None:
    text = program(reader).read_text()
    assert right in text
    file = tmp_path / f"wrong{program(reader).suffix}"
    file.write_text(text.replace(right, wrong))
    done = played(reader, folder, file, "general", "pair")
    assert done.returncode == 1, done.stdout + done.stderr
    failed = {line.partition("-")[0] for line in done.stdout.splitlines()[:-1]}
    assert clause in failed
