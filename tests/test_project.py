"""What the project says of itself holds."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import cnnspec
from cnnspec import HOME, __version__, reference, spec
from cnnspec.operations import catalogue
from cnnspec.spec import OPERATIONS

ROOT = Path(__file__).parent.parent


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
