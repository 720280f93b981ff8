"""What the project says of itself holds."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import cnnspec
from cnnspec import HOME, __version__, reference, spec
from cnnspec.operations import catalogue
from cnnspec.spec import OPERATIONS

ROOT = Path(__file__).parent.parent


def test_the_example_of_the_readme_runs(capsys: pytest.CaptureFixture[str]) -> None:
    examples = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    (example,) = [text for text in examples if "SpecError" in text]
    names: dict[str, object] = {}
    exec(example, names)  # noqa: S102  what a reader would paste
    assert capsys.readouterr().out.startswith("C4 Error: Filter must have an odd size.")
    pooled = eval("pooling(relu(conv(image, edges)), 2, 2)", names)  # noqa: S307
    assert pooled.shape == (1, 2, 1)
    assert (pooled == 6).all()


def test_the_example_in_python_runs(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    examples = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    (example,) = [text for text in examples if "cnnspec.check(" in text]
    exec(example, {"__name__": "__main__"})  # noqa: S102  as a notebook does it
    shown = capsys.readouterr().out
    for said in re.findall(r"# (deviates .+)", example):
        assert f"\n{said}\n" in shown
    assert "got = relu(feature_map) [[[0.]]] [[[2.]]]" in shown
    assert list(tmp_path.iterdir()) == []


def test_the_oldest_dependencies_are_those_that_tox_tests() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    declared = {requirement.replace(">=", "==") for requirement in project["dependencies"]}
    tested = re.findall(r"^    (\S+==\S+)$", (ROOT / "tox.ini").read_text(), re.MULTILINE)
    oldest = {re.sub(r"(==\d+\.\d+)\.0$", r"\1", pin) for pin in tested}
    assert oldest == {re.sub(r"(==\d+\.\d+)\.0$", r"\1", pin) for pin in declared}


def test_nothing_outside_of_its_folder_asks_for_an_operation_by_name() -> None:
    branch = re.compile(rf'(==|in|!=) *\(?"({"|".join(OPERATIONS)})"')
    allowed = ("operations", "article", "spec")
    found = [
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for path in (ROOT / "cnnspec").rglob("*.py")
        if path.relative_to(ROOT / "cnnspec").parts[0] not in allowed
        for line in path.read_text().splitlines()
        if branch.search(line)
    ]
    assert found == []


def test_every_list_of_operations_names_all_of_them() -> None:
    """These lists are written by hand, since what they are for allows nothing else."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    independent, engine = (
        next(one for one in contracts["contracts"] if word in one["name"])
        for word in ("No operation imports", "through the catalogue")
    )
    folders = {f"cnnspec.operations.{name}" for name in OPERATIONS}
    names = set(OPERATIONS)
    assert {one.name for one in catalogue.OPERATIONS} == names
    assert names <= set(reference.__all__) & set(spec.__all__) & set(HOME) & set(cnnspec.__all__)
    assert set(independent["modules"]) == folders
    assert folders <= set(engine["forbidden_modules"])
    assert {one.partition(".")[0] for one in catalogue.CHECKS} >= names
    assert {one.partition(".")[0] for one in catalogue.FAULTS} >= names


def test_every_module_and_folder_of_the_page_is_there() -> None:
    page = (ROOT / "ARCHITECTURE.md").read_text()
    for name in re.findall(r"`([a-z_/]+(?:\.py|/))`", page):
        places = [ROOT / "cnnspec" / name, *(ROOT / "cnnspec").rglob(name)]
        assert any(place.exists() for place in places), name


def test_a_run_leaves_nothing_in_the_tree() -> None:
    """What other tests left, too, is untracked and not ignored: this one sees it."""
    if not (ROOT / ".git").exists():
        return  # an unpacked archive
    command = ["git", "-C", str(ROOT), "ls-files", "--others", "--exclude-standard"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    left = [name for name in done.stdout.splitlines() if not name.endswith((".py", ".md"))]
    assert left == []
    tracked = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", ".cnnspec", "matrix", "figures"],  # noqa: S607
        capture_output=True,
        text=True,
        check=True,
    )
    assert tracked.stdout == ""


def test_the_citation_names_this_version() -> None:
    citation = (ROOT / "CITATION.cff").read_text()
    assert re.findall(r"^version: (.+)$", citation, re.MULTILINE) == [__version__]


def test_what_is_imported_first_imports_numpy_alone() -> None:
    """Nothing but NumPy and the standard library, until an operation or a target is asked for."""
    heavy = "{'scipy', 'hypothesis', 'matplotlib', 'rich', 'jsonschema', 'skimage', 'pytest'}"
    code = f"import sys, cnnspec; cnnspec.conv; print({heavy} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


def test_links_between_pages_lead_somewhere() -> None:
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / "golden" / "README.md"]
    for page in pages:
        for link in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text()):
            if not link.startswith("http"):
                assert (page.parent / link).exists(), f"{page.name}: {link}"
