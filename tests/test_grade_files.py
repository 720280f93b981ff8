"""What is a submission, what of it is judged, and which libraries do its work."""

import json
from pathlib import Path

import pytest

import cnnspec.operations.catalogue  # noqa: F401  it fills the registry
from cnnspec.commands.grading import shortcuts, sources, staging, submissions
from cnnspec.commands.grading.staging import Staged

WANTED = ("conv", "relu", "pooling")


def write(folder: Path, **files: str) -> Path:
    """Write files; two underscores in a name stand for a folder."""
    for name, text in files.items():
        path = folder / f"{name.replace('__', '/')}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def staged(folder: Path, adapter: bytes | None = None) -> Staged:
    """The copy of the submission that a folder is."""
    (one,), _ = submissions.find(folder, whole=True, out=Path("grades"))
    return staging.stage(one, folder.parent / "copy", WANTED, adapter)


def test_files_notebooks_and_folders_are_submissions_and_nothing_else_is(tmp_path: Path) -> None:
    for name in ("b.py", "A.PY", "c.ipynb", "notes.txt", ".hidden.py", "link.py", "c.py"):
        (tmp_path / name).touch()
    for name in ("dora", "__pycache__", ".git", "grades", "__MACOSX"):
        (tmp_path / name).mkdir()
    found, left = submissions.find(tmp_path, whole=False, out=tmp_path / "grades")
    assert [one.name for one in found] == ["A", "b", "c.ipynb", "c.py", "dora", "link"]
    assert left == ["notes.txt"]


@pytest.mark.parametrize("name", ["a b", "../x", "=1", "-x", "ü", "a\nb", "\udcff", "x" * 300, "."])
def test_every_name_has_a_key_that_is_a_plain_file_name(name: str) -> None:
    key = submissions.key_of(name)
    assert key
    assert len(key) < 80
    assert not set(key) & set("/ \n=:?#%\\")
    assert not key.startswith((".", "-"))
    assert key.encode()


def test_names_that_differ_in_large_letters_have_keys_that_differ_in_more() -> None:
    keys = {one.key.casefold() for one in submissions.named([Path("Ann.py"), Path("ann.py")])}
    assert len(keys) == 2


def test_the_file_that_defines_most_is_judged(tmp_path: Path) -> None:
    layers = "def conv(i, f): ...\ndef relu(x): ...\ndef pooling(x): ...\n"
    own = write(tmp_path / "own", main="from deep.layers import *", deep__layers=layers, z="x = 1")
    made = staged(own)
    assert made.name == "deep/layers.py"
    assert any("judged is deep/layers.py, of 3 files" in one for one in made.notes)


def test_one_that_defines_comes_before_one_that_imports_and_tests_come_last(tmp_path: Path) -> None:
    layers = "def conv(i, f): ...\ndef relu(x): ...\n"
    imports = "from layers import conv, relu\n"
    own = write(tmp_path / "own", a=imports, layers=layers, test_all=layers + "def pooling(): ...")
    assert staged(own).name == "layers.py"


def test_the_main_program_defines_nothing(tmp_path: Path) -> None:
    own = write(tmp_path / "own", a="if __name__ == '__main__':\n    relu = 1\n", b="relu = abs\n")
    assert staged(own).name == "b.py"


def test_links_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret.py").write_text("def relu(x): ...")
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "mycnn.py").symlink_to(tmp_path / "secret.py")
    with pytest.raises(staging.StagingError, match="is a link, and is not followed"):
        staged(tmp_path / "own")


def test_a_submission_that_is_too_large_is_not_copied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(staging, "MOST_FILES", 2)
    own = write(tmp_path / "own", a="", b="", c="")
    with pytest.raises(staging.StagingError, match="it has 3 files"):
        staged(own)


def test_a_digest_changes_with_names_and_content(tmp_path: Path) -> None:
    own = write(tmp_path / "own", a="x = 1", b="")

    def digest() -> str:
        (one,), _ = submissions.find(own, whole=True, out=Path("grades"))
        return staging.digest_of(one)

    first = digest()
    (own / "__pycache__").mkdir()
    (own / "__pycache__" / "a.pyc").touch()
    assert digest() == first
    (own / "b.py").rename(own / "c.py")
    second = digest()
    (own / "a.py").write_text("x = 2")
    assert len({first, second, digest()}) == 3


def notebook(folder: Path, *cells: str) -> sources.Source:
    """A notebook with cells of code, as it is read."""
    path = folder / "book.ipynb"
    content = {"cells": [{"cell_type": "code", "source": one} for one in cells]}
    path.write_text(json.dumps(content))
    return sources.read(path)


def test_a_notebook_goes_on_behind_what_fails(tmp_path: Path) -> None:
    made = notebook(
        tmp_path,
        "from __future__ import annotations\n%load_ext x\n!pip install y\n1 / 0\nx = 2",
        "%%writefile z.py\nx = 3",
        "def f():\n    return x",
        "%%time\ny = 4",
    )
    names: dict[str, object] = {}
    exec(made.text, names)  # noqa: S102  its own code
    assert (names["x"], names["y"]) == (2, 4)
    assert not made.notes


@pytest.mark.parametrize("content", ["", "[]", '{"cells": 3}', '{"cells": [{}]}', "{" * 9_999])
def test_what_is_no_notebook_is_said_so(tmp_path: Path, content: str) -> None:
    (tmp_path / "book.ipynb").write_text(content)
    with pytest.raises(sources.SourceError, match=r"book\.ipynb is not a notebook"):
        sources.read(tmp_path / "book.ipynb")


@pytest.mark.parametrize("code", ["x = " + "-" * 50_000 + "1", "x = " + "1+" * 20_000 + "1"])
def test_code_that_is_nested_too_deeply_is_said_so(tmp_path: Path, code: str) -> None:
    path = write(tmp_path, deep=code) / "deep.py"
    with pytest.raises(sources.SourceError, match="not Python: it is nested too deeply"):
        sources.read(path)


@pytest.mark.parametrize(
    ("code", "flags"),
    [
        ("import torch\ndef conv(i, f):\n    return torch.conv2d(i, f)", ["conv uses torch"]),
        ("from cnnspec import conv", ["conv uses cnnspec.conv"]),
        ("import scipy.signal as s\ndef help(): s.x()\ndef conv(): help()", ["scipy.signal"]),
        ("def relu(x):\n    import jax.nn\n    return jax.nn.relu(x)", ["relu uses jax.nn"]),
        ("import tensorflow as tf\nrelu = tf.nn.relu", ["relu uses tensorflow"]),
        ("import cv2\nclass Conv2D:\n    def forward(self, x): cv2.filter2D(x)", ["uses cv2"]),
        ("try:\n    import torch as t\nexcept ImportError: t = 0\nrelu = t.relu", ["uses torch"]),
        ("def relu(x):\n    return __import__('torch').relu(x)", ["__import__"]),
        ("import sys\ndef relu(x):\n    return sys.modules['cnnspec'].relu(x)", ["sys.modules"]),
        ("from torch.nn.functional import *", ["everything of torch.nn.functional"]),
        ("import numpy as np\ndef relu(x):\n    return np.maximum(x, 0)", []),
        ("import skimage.data\nimage = skimage.data.cat()\ndef relu(x): return x", []),
        ("import torch\ndef relu(x): return x\ndef compare(x): torch.relu(x)", []),
        ("def relu(x):\n    model.eval()\n    return x", []),
    ],
)
def test_libraries_that_the_operations_reach_are_flagged(
    tmp_path: Path, code: str, flags: list[str]
) -> None:
    source = sources.read(write(tmp_path, mycnn=code) / "mycnn.py")
    found = shortcuts.found(source, [source], WANTED)
    assert len(found) >= len(flags)
    assert bool(found) == bool(flags)
    assert all(any(flag in one for one in found) for flag in flags)


def test_files_beside_it_are_looked_into_as_far_as_they_are_imported(tmp_path: Path) -> None:
    write(tmp_path, main="from layers import relu", layers="import torch\nrelu = torch.relu")
    write(tmp_path, other="import jax\nrelu = jax.nn.relu")
    every = [sources.read(one) for one in sorted(tmp_path.glob("*.py"))]
    main = next(one for one in every if one.path.stem == "main")
    assert shortcuts.found(main, every, WANTED) == ["relu uses torch (layers.py, line 2)"]
