"""The vectors hold for what is right, catch what is wrong, and can be read without Python."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
import vector_player as play
from click.testing import CliRunner
from sampling import some, takes_minutes
from vector_player import Vector

from cnnspec import reference, spec
from cnnspec.cli import main
from cnnspec.kit import windows
from cnnspec.kit.calls import LAYOUTS
from cnnspec.kit.clauses import clauses
from cnnspec.kit.rejection import allowed
from cnnspec.operations.catalogue import faults
from cnnspec.spec import WITHOUT_PARAMETERS, Array, Edition
from cnnspec.targets import Operations, in_edition, load
from cnnspec.targets.client import InProcess
from cnnspec.vectors.write import schema_text, write, written_clauses, written_editions

pytestmark = pytest.mark.exhaustive

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
NOTATIONS = {"hexadecimal", "ramp", "npy", "bound", "any result", "earlier result", "repeat"}
"""Words that stand for something in the text of a vector, as do those below."""

FORMS = {"options", "pair", "sides", "word", "batch"}
"""Words of edition general."""

VISIBLE = NOTATIONS | FORMS | {"defaults", "layout", "one object"}

HANDLED: dict[str, set[str]] = {
    "consume": set(),
    "complete": NOTATIONS - {"npy"} | {"defaults", "earlier results unchanged"},
}
"""What the readers in docs/vectors handle; a test holds it true."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("vectors")
    write(path)
    return path


@pytest.fixture(scope="module")
def vectors(folder: Path) -> list[Vector]:
    return play.read(folder, ours=True)


@pytest.fixture(scope="module")
def files(folder: Path) -> list[dict[str, Any]]:
    """The file of each clause."""
    return [json.loads((folder / f"{clause}.json").read_text()) for clause in written_clauses()]


def page() -> str:
    return (DOCS / "vectors.md").read_text()


def of_clause(vectors: list[Vector], clause: str) -> list[Vector]:
    return [vector for vector in vectors if vector.id.startswith(f"{clause}-")]


def test_the_command_writes_the_same_bytes_again(folder: Path, tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["vectors", str(tmp_path / "new" / "folder")])
    assert result.exit_code == 0, result.output
    index = json.loads((folder / "index.json").read_text())
    *lines, total = result.stdout.splitlines()
    assert [line.split() for line in lines] == [[c, str(n)] for c, n in index["clauses"].items()]
    assert total.startswith(f"{index['total']} vectors of {len(written_clauses())} clauses in ")
    written = {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*.*")}
    again = tmp_path / "new" / "folder"
    assert {path.relative_to(again): path.read_bytes() for path in again.rglob("*.*")} == written
    assert sum(len(text) for path, text in written.items() if path.suffix == ".json") < 6e6
    for path, text in written.items():
        assert path.suffix == ".json" or text[:8] == b"\x93NUMPY\x01\x00"


def test_a_folder_that_cannot_be_written_takes_one_line(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    result = CliRunner().invoke(main, ["vectors", str(file)])
    assert result.exit_code == 2
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    assert line.endswith("file: File exists")


def test_every_file_obeys_the_schema(folder: Path, files: list[dict[str, Any]]) -> None:
    schema = json.loads((folder / "schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["oneOf"] == [{"$ref": "#/$defs/file"}, {"$ref": "#/$defs/index"}]
    index = json.loads((folder / "index.json").read_text())
    for data, kind in [*((file, "file") for file in files), (index, "index")]:
        play.validator(kind).validate(data)


def test_the_schema_knows_which_vectors_are_plain(files: list[dict[str, Any]]) -> None:
    schema = json.loads(schema_text())
    one = jsonschema.Draft202012Validator({"$defs": schema["$defs"], "$ref": "#/$defs/vector"})
    for word in VISIBLE:
        vector = next(v for file in files for v in file["vectors"] if word in v["requires"])
        assert one.is_valid(vector), word
        assert not one.is_valid({**vector, "requires": []}), word


def test_every_clause_has_vectors_and_every_vector_says_what_it_means(
    folder: Path, files: list[dict[str, Any]]
) -> None:
    index = json.loads((folder / "index.json").read_text())
    assert index["clauses"] == {file["clause"]: len(file["vectors"]) for file in files}
    assert set(index["clauses"]) == set(written_clauses())
    assert index["total"] == sum(index["clauses"].values())
    required = set()
    for file in files:
        stated = clauses()[file["clause"]]
        assert file["text"] == stated.text
        numbers = [vector["id"] for vector in file["vectors"]]
        assert numbers == [f"{stated.id}-{n:04}" for n in range(1, len(numbers) + 1)]
        assert {edition for one in file["vectors"] for edition in one["editions"]} == {
            *written_editions(stated.id)
        }
        for vector in file["vectors"]:
            assert file["checks"][vector["check"]].endswith(".")
            required |= set(vector["requires"])
    schema = json.loads(schema_text())["$defs"]
    words = {one["const"] for one in schema["requirement"]["oneOf"]}
    assert required == words
    assert {one["const"] for one in schema["layout"]["oneOf"]} == {
        *(LAYOUTS.keys() - {"C"}),
        "the other input",
    }
    for word in words:
        assert f"`{word}`" in page()


@pytest.mark.parametrize("edition", ["standard", "article"])
@pytest.mark.parametrize("name", ["reference", pytest.param("spec", marks=takes_minutes)])
def test_what_is_right_fails_none(vectors: list[Vector], name: str, edition: Edition) -> None:
    quick = [one for one in vectors if name == "reference" or not one.id.startswith("S2")]
    assert list(play.failures(quick, InProcess(load(name, edition)), edition)) == []


@pytest.mark.parametrize("ours", [reference, spec], ids=["reference", "spec"])
def test_what_is_right_in_edition_general_fails_none(vectors: list[Vector], ours: Any) -> None:
    client = InProcess(in_edition(ours, "general"))
    assert list(play.failures(vectors, client, "general")) == []


def lenient_conv(image: Array, filters: Array) -> Array:
    """Right as well: sums in another order, and takes even filters and those that do not fit."""
    x, w = spec.numbers(image, filters)
    if (x.ndim, w.ndim) not in ((2, 3), (3, 4)) or 0 in w.shape[1:3]:
        raise ValueError("the ranks do not agree")
    x, w = (x, w) if x.ndim == 3 else (x[..., np.newaxis], w[..., np.newaxis])
    if x.shape[2] != w.shape[3]:
        raise ValueError("the channels do not agree")
    if w.shape[1] > x.shape[0] or w.shape[2] > x.shape[1]:
        return np.zeros((0, 0, 0))
    parts = np.lib.stride_tricks.sliding_window_view(x, w.shape[1:3], axis=(0, 1))
    with np.errstate(all="ignore"):
        return np.asarray(np.einsum("hwcij,nijc->hwn", parts, w))


def lenient_pooling(x: Array, size: int = 2, stride: int = 2) -> Array:
    """Right as well: gives no elements where no window fits, and keeps integers."""
    if np.ndim(x) != 3 or size < 1 or stride < 1:
        raise ValueError("a rank, a size or a stride that cannot be")
    if size > min(x.shape[:2]):
        return np.zeros((0, 0, x.shape[2]))
    y = reference.pooling(x, size, stride)
    return y.astype(x.dtype) if x.dtype.kind in "iu" else y


def by_reciprocal(feature_map: Array, size: int, stride: int) -> Array:
    """The sum times 1/n, which is rounded itself."""
    x, size, stride = spec.require_average_pooling(feature_map, size, stride)
    sums = windows.of(x, size, stride).sum(axis=(3, 4), dtype=x.dtype)
    return np.asarray(sums * (x.dtype.type(1) / x.dtype.type(size**2)))


def test_what_the_specification_leaves_open_fails_none(vectors: list[Vector]) -> None:
    operations: Operations = {
        "conv": lenient_conv,
        "relu": reference.relu,
        "pooling": lenient_pooling,
        "average_pooling": by_reciprocal,
    }
    assert list(play.failures(vectors, InProcess(operations), "standard")) == []


FAULTS = list(faults())
OF_STANDARD = [one for one in FAULTS if one.edition in WITHOUT_PARAMETERS]
"""Those that the readers of edition standard may kill."""


def killed(vectors: list[Vector]) -> int:
    """How many fault models some vectors kill."""
    return sum(play.killer(fault, vectors) is not None for fault in OF_STANDARD)


def test_the_vectors_alone_kill_the_fault_models(vectors: list[Vector]) -> None:
    alive = {fault.id for fault in FAULTS if play.killer(fault, vectors) is None}
    assert alive == play.BEYOND_VECTORS


@pytest.mark.parametrize(
    ("reader", "share"), [("consume", 0.65), pytest.param("complete", 0.85, marks=takes_minutes)]
)
def test_the_vectors_that_a_reader_plays_kill_fault_models(
    vectors: list[Vector], reader: str, share: float
) -> None:
    standard = [one for one in vectors if "standard" in one.editions]
    played = [one for one in standard if one.requires <= HANDLED[reader]]
    kills = killed(played)
    print(f"{reader}: {len(played)} vectors, {kills} of {len(OF_STANDARD)} fault models killed")  # noqa: T201
    assert kills >= share * len(OF_STANDARD)


@pytest.mark.parametrize("clause", written_clauses())
def test_every_clause_kills_a_fault_with_its_own_vectors(
    vectors: list[Vector], clause: str
) -> None:
    own = of_clause(vectors, clause)
    named = [fault for fault in FAULTS if clause in fault.clauses]
    killers = (
        play.killer(fault, own) for fault in named if fault.edition in clauses()[clause].editions
    )
    assert any(killers)


def test_the_page_shows_a_vector(files: list[dict[str, Any]]) -> None:
    (shown,) = re.findall(r"```json\n(.*?)```", page(), re.DOTALL)
    assert json.loads(shown) in [one for file in files for one in file["vectors"]]


def test_the_index_counts_the_vectors(folder: Path, files: list[dict[str, Any]]) -> None:
    index = json.loads((folder / "index.json").read_text())
    assert index["clauses"] == {one["clause"]: len(one["vectors"]) for one in files}
    assert index["total"] == sum(index["clauses"].values())


# The readers that need no NumPy


READERS = ["consume.py", "consume.js", "complete.py", "complete.js"]


def play_with(reader: str, folder: Path, file: Path) -> subprocess.CompletedProcess[str]:
    """Play the vectors of a folder on a file with a reader of docs/vectors."""
    program = sys.executable if reader.endswith("py") else "node"
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not there")
    command = [program, str(DOCS / "vectors" / reader), str(folder), str(file)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def plain(reader: str) -> str:
    """Operations on plain lists, in the language of a reader."""
    return (ROOT / "tests" / "vectors" / f"plain{Path(reader).suffix}").read_text()


@pytest.fixture(scope="module")
def sampled(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with some of the vectors of each clause."""
    path = tmp_path_factory.mktemp("sampled") / "vectors"
    shutil.copytree(folder, path)
    for clause in written_clauses():
        place = path / f"{clause}.json"
        file = json.loads(place.read_text())
        place.write_text(json.dumps({**file, "vectors": some(file["vectors"], 12)}))
    return path


@pytest.mark.parametrize("reader", READERS)
def test_a_reader_finds_that_plain_lists_are_right(sampled: Path, reader: str) -> None:
    done = play_with(reader, sampled, ROOT / "tests" / "vectors" / f"plain{Path(reader).suffix}")
    assert done.returncode == 0, done.stdout + done.stderr
    standard = [one for one in play.read(sampled, ours=True) if "standard" in one.editions]
    skipped = [one for one in standard if not one.requires <= HANDLED[Path(reader).stem]]
    assert done.stdout == f"{len(standard)} vectors, 0 failures, {len(skipped)} skipped\n"


def test_the_page_shows_what_the_short_reader_says(folder: Path, tmp_path: Path) -> None:
    (shown,) = re.findall(r"    \$ python .*\n((?:    .*\n)+)", page())
    file = tmp_path / "mycnn.py"
    file.write_text(plain("consume.py").replace("stride < 1", "stride < -9"))
    done = play_with("consume.py", folder, file)
    failures = set(re.findall(r"[A-Z]\d+-\d+ (fails\. .*)", done.stdout))
    assert failures == set(re.findall(r"[A-Z]\d+-\d+ (fails\. .*)", shown))
    assert re.search(r"\d+ vectors, \d+ failures, \d+ skipped\n$", done.stdout)


WRONG = [
    ("stride < 1", "stride < -9", "P2"),
    ("[i][j][ch]", "[size - 1 - i][size - 1 - j][ch]", "C7"),
    ("<= 0", "< -9", "R2"),
    ("- size + 1", "- size", "C7"),
]
"""What plain lists say, what they say where they are wrong, and the clause that tells it."""

WRONG_BEYOND = [("<= 0", "< -1e-9", "Q8"), ("- size + 1", "- size", "C6")]
"""The same, told by vectors that are not plain."""


@pytest.mark.parametrize(
    ("reader", "change"),
    [
        *((reader, change) for reader in READERS for change in WRONG),
        *((reader, change) for reader in READERS[2:] for change in WRONG_BEYOND),
    ],
)
def test_a_reader_names_the_vector_that_fails_and_what_it_means(
    folder: Path,
    files: list[dict[str, Any]],
    tmp_path: Path,
    reader: str,
    change: tuple[str, str, str],
) -> None:
    right, wrong, clause = change
    few = tmp_path / "few"
    few.mkdir()
    shutil.copy(folder / f"{clause}.json", few)
    file = tmp_path / f"wrong{Path(reader).suffix}"
    file.write_text(plain(reader).replace(right, wrong))
    done = play_with(reader, few, file)
    assert done.returncode == 1, done.stdout + done.stderr
    *lines, last = done.stdout.splitlines()
    assert lines
    assert f", {len(lines)} failures, " in last
    (own,) = [one for one in files if one["clause"] == clause]
    sentences = {
        f"{v['id']} fails. What does not hold: {own['checks'][v['check']]}" for v in own["vectors"]
    }
    assert set(lines) <= sentences


@pytest.mark.parametrize("reader", READERS)
def test_a_reader_skips_operations_that_are_absent(
    folder: Path, files: list[dict[str, Any]], tmp_path: Path, reader: str
) -> None:
    shutil.copy(folder / "R2.json", tmp_path)
    shutil.copy(folder / "P4.json", tmp_path)
    file = tmp_path / f"only{Path(reader).suffix}"
    other = "def other" if reader.endswith("py") else "}"
    file.write_text(re.sub("def pooling|pooling }", other, plain(reader)))
    done = play_with(reader, tmp_path, file)
    skipped = [
        vector
        for one in files
        for vector in one["vectors"]
        if one["clause"] == "P4"
        or (one["clause"] == "R2" and not set(vector["requires"]) <= HANDLED[Path(reader).stem])
    ]
    assert done.stdout.endswith(f" 0 failures, {len(skipped)} skipped\n")


@pytest.mark.parametrize("reader", ["consume.py", "consume.js"])
def test_the_short_readers_are_short(reader: str) -> None:
    code = (DOCS / "vectors" / reader).read_text().split("\n\n", maxsplit=1)[1]
    code = code if reader.endswith("js") else code.split('"""')[-1]
    lines = [line for line in code.splitlines() if line.strip()]
    counted = [
        line for line in lines if not re.match(r"import |from |const .* = require\(\"", line)
    ]
    assert len(counted) <= 25


# Numbers, bounds, and what is allowed


def test_what_may_come_of_invalid_input_is_what_the_checks_allow(vectors: list[Vector]) -> None:
    kinds = set()
    for vector in vectors:
        for step in vector.steps if "standard" in vector.editions else ():
            if "rejected" not in step.expected:
                continue
            kinds.add(frozenset(step.expected))
            assert allowed(step.call, np.zeros((0, 3, 1))) == ("empty" in step.expected), vector.id
            if step.result is not None:
                assert allowed(step.call, step.result), vector.id
    assert len(kinds) == 3
