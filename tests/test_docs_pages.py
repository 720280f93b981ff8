"""The pages that people wrote: each is in the sidebar, links lead somewhere, code blocks run."""

import re
import runpy
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import click
import numpy as np
import pytest

import cnnspec
from cnnspec.cli import main

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = [
    *sorted(ROOT.glob("*.md")),
    *(path for path in sorted(DOCS.rglob("*.md")) if "site" not in path.parts),
    ROOT / "golden" / "README.md",
]
CHAPTERS = tomllib.loads((DOCS / "site" / "nav.toml").read_text())["chapter"]
SIDEBAR = [page for chapter in CHAPTERS for page in chapter["pages"]]
GENERATED = ("docs/book/", "docs/reference/", "docs/gallery/")
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
INDENTED = re.compile(r"(?:^ {4}.*\n|^\n(?= {4}))+", re.MULTILINE)
LINK = re.compile(r"\]\(([^)#\s]*)(?:#([^)\s]+))?\)")


def name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def blocks(page: str, language: str = "python") -> list[str]:
    """The fenced blocks of a page in a language."""
    found = FENCE.findall((ROOT / page).read_text(encoding="utf-8"))
    return [text for written, text in found if written == language]


# Links and sidebar


def test_every_page_is_in_the_sidebar_and_every_entry_is_a_page() -> None:
    written = {name(page).removesuffix(".md") for page in PAGES}
    entries = {page for page in SIDEBAR if not page.startswith(GENERATED)}
    assert len(set(SIDEBAR)) == len(SIDEBAR)
    assert entries == written - {"README"}


def anchors(page: Path) -> set[str]:
    """The anchors that code hosts make of the headings of a page."""
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", one.lower()).replace(" ", "-") for one in headings}


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_and_pictures_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    pictures = [(address, "") for address in re.findall(r'<img src="([^"]+)"', text)]
    for link, anchor in LINK.findall(text) + pictures:
        if ":" not in link:
            target = page.parent / link if link else page
            assert target.exists(), link
            assert not anchor or anchor in anchors(target), f"{link}#{anchor}"


# Commands


def commands(page: Path) -> Iterator[list[str]]:
    """The calls of cnnspec in the blocks of a page, as words."""
    text = page.read_text(encoding="utf-8")
    for block in (*(one[1] for one in FENCE.findall(text)), *INDENTED.findall(text)):
        for line in re.findall(r"^(?:\s|\$|- run:)*(cnnspec .+)$", block, re.MULTILINE):
            yield shlex.split(line, comments=True)[1:]


def test_there_are_commands_in_the_pages() -> None:
    assert sum(1 for page in PAGES for _ in commands(page)) > 20


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_each_command_is_there_with_its_options(page: Path) -> None:
    for words in commands(page):
        command: click.Command = main
        while isinstance(command, click.Group) and words[0] in command.commands:
            command = command.commands[words.pop(0)]
        assert not isinstance(command, click.Group), words
        known = {option for one in command.params for option in one.opts}
        given = {word for word in words if word.startswith("--")}
        assert given <= known, f"{command.name} {' '.join(words)}"


def said(text: str) -> list[str]:
    """The lines of a report, without the numbers that depend on machine and versions."""
    lines = [line.strip() for line in text.splitlines()]
    varying = re.compile(r"\d[\d,.]*(?= s$| cases| pairs)|\(\d+ of \d+ probes\)")
    return [varying.sub("#", line) for line in lines if line]


@pytest.mark.exhaustive
@pytest.mark.parametrize("mended", [False, True], ids=["wrong", "mended"])
def test_the_verdicts_that_pages_show_are_those_of_the_command(
    tmp_path: Path, *, mended: bool
) -> None:
    code = (DOCS / "programs" / "mycnn.py").read_text()
    pooling, line = blocks("docs/tutorial.md")
    assert pooling in code
    if mended:
        (old,) = [one for one in code.splitlines(keepends=True) if "rows, columns = (" in one]
        code = code.replace(old, line)
    (tmp_path / "mycnn.py").write_text(code)
    command = [sys.executable, "-m", "cnnspec", "check", "mycnn.py", "--budget", "quick"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == (0 if mended else 1), done.stderr
    shown = [one for page in ("README.md", "docs/tutorial.md") for one in transcripts(ROOT / page)]
    own = [one for one in shown if ("conforms" in one) == mended]
    assert len(own) == (1 if mended else 2)
    for transcript in own:
        rest = iter(said(done.stdout))
        here = re.sub(r"programs-mycnn-[0-9a-f]{8}", "mycnn", transcript)
        for wanted in said(here.replace("docs/programs/", "")):
            assert wanted == "[...]" or wanted in rest, wanted


def transcripts(page: Path) -> Iterator[str]:
    """What a page says that `cnnspec check` answers."""
    for block in INDENTED.findall(page.read_text(encoding="utf-8")):
        command, _, answer = block.lstrip().partition("\n")
        if command.startswith("$ cnnspec check"):
            yield answer


# Code in Python


def test_the_example_of_the_readme_runs() -> None:
    (example,) = blocks("README.md")
    exec(example, {"__name__": "__main__"})  # noqa: S102  what a reader would paste


def test_the_example_of_computing_runs(capsys: pytest.CaptureFixture[str]) -> None:
    (example,) = blocks("docs/how-to/compute.md")
    names: dict[str, object] = {}
    exec(example, names)  # noqa: S102
    assert capsys.readouterr().out.startswith("C4 Error: Filter must have an odd size.")
    pooled = eval("pooling(relu(conv(image, edges)), 2, 2)", names)  # noqa: S307
    assert pooled.shape == (1, 2, 1)
    assert (pooled == 6).all()


def test_the_example_in_python_runs(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (example,) = blocks("docs/how-to/in-python.md")
    exec(example, {"__name__": "__main__"})  # noqa: S102  as a notebook does it
    shown = capsys.readouterr().out
    for printed in re.findall(r"# (deviates .+)", example):
        assert f"\n{printed}\n" in shown
    assert "got = relu(feature_map) [[[0.]]] [[[1.]]]" in shown
    assert list(tmp_path.iterdir()) == []


def test_the_article_in_python_runs(capsys: pytest.CaptureFixture[str]) -> None:
    (example,) = blocks("docs/article.md")
    exec(example, {})  # noqa: S102
    assert f"# {capsys.readouterr().out.strip()}\n" in example


class Conv:
    """A layer as the page on adapters describes it: OIHW weights, a bias, (out, cache)."""

    def __init__(self, n_filters: int, size: int) -> None:
        self.params = {"W": np.ones((n_filters, 1, size, size)), "b": np.ones((n_filters, 1))}

    def forward(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        y = conv2d(x, self.params["W"]) + self.params["b"].reshape(1, -1, 1, 1)
        return y, x


class MaxPool:
    """A layer that is built for a shape and keeps its result."""

    def __init__(self, shape: tuple[int, ...], size: int, stride: int) -> None:
        self.shape, self.size, self.stride = shape, size, stride
        self.output = np.zeros(0)

    def forward(self, x: np.ndarray) -> None:
        assert x.shape == self.shape
        self.output = cnnspec.pooling(x, self.size, self.stride)


def conv2d(images: np.ndarray, filters: np.ndarray) -> np.ndarray:
    """NCHW with OIHW."""
    maps = [cnnspec.conv(x.transpose(1, 2, 0), filters.transpose(0, 2, 3, 1)) for x in images]
    return np.stack(maps).transpose(0, 3, 1, 2)


def max_pool(maps: np.ndarray, size: int, stride: int) -> np.ndarray:
    """NCHW."""
    pooled = [cnnspec.pooling(x.transpose(1, 2, 0), size, stride) for x in maps]
    return np.stack(pooled).transpose(0, 3, 1, 2)


@pytest.fixture
def mycnn(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The module that the pages adapt."""
    module = ModuleType("mycnn")
    course = runpy.run_path(str(ROOT / "tests" / "adapters" / "cs231n.py"))
    vars(module).update(
        {name: one for name, one in course.items() if name.endswith("_naive")},
        Conv=Conv,
        MaxPool=MaxPool,
        conv2d=conv2d,
        max_pool=max_pool,
        relu=cnnspec.relu,
        conv_relu=lambda image, filters: cnnspec.relu(cnnspec.conv(image, filters)),
        pool=lambda x, size: cnnspec.pooling(x, size, size),
    )
    monkeypatch.setitem(sys.modules, "mycnn", module)
    return module


@pytest.mark.usefixtures("mycnn")
def test_the_adapters_of_the_page_compute_what_is_specified() -> None:
    image = np.arange(60.0).reshape(5, 6, 2)
    filters = np.arange(54.0).reshape(3, 3, 3, 2)
    names: dict[str, object] = {}
    adapted = 0
    for example in blocks("docs/how-to/adapters.md"):
        before = dict(names)
        exec(example, names)  # noqa: S102
        for code, right in (
            ("target.conv(image, filters)", cnnspec.conv(image, filters)),
            ("pooling(image, 2, 2)", cnnspec.pooling(image, 2, 2)),
        ):
            made = code.partition(".")[0].partition("(")[0]
            if names.get(made) is not before.get(made):
                got = eval(code, {**names, "image": image, "filters": filters})  # noqa: S307
                assert np.array_equal(got, right), example
                adapted += 1
    assert adapted == 6
    with pytest.raises(cnnspec.Unsupported):
        eval("pooling(image, 2, 3)", {**names, "image": image})  # noqa: S307


@pytest.mark.usefixtures("mycnn")
def test_the_test_of_the_page_on_pytest_passes() -> None:
    (example,) = blocks("docs/how-to/pytest.md")
    names: dict[str, object] = {}
    exec(f"{example}\ntest_relu_conforms()", names)  # noqa: S102
