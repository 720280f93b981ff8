"""A large campaign is spread by pytest-xdist, and by Hypothesis's example database."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from sampling import takes_minutes

from cnnspec.cli import main

pytestmark = pytest.mark.exhaustive

RARE = """
import cnnspec
def pooling(feature_map, size=2, stride=2):
    y = cnnspec.pooling(feature_map, size, stride)
    return -y if feature_map.shape[0] > 12 and size == 4 else y
"""
"""Wrong at heights and a size that no case but drawn ones has."""


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("rare.py").write_text(RARE)


def status(*arguments: str) -> str:
    """What a run says of P4, by drawn cases alone."""
    plan = ["rare.py", "--only", "P4", "--certify", "0", "--in-process", "--json", "out.json"]
    CliRunner().invoke(main, ["check", *plan, *arguments])
    (clause,) = json.loads(Path("out.json").read_text())["clauses"]
    return str(clause["status"])


@takes_minutes
def test_what_one_run_finds_another_tries_first() -> None:
    assert status("--examples", "500", "--database", "found") == "fail"
    assert status("--examples", "1") == "pass"
    assert status("--examples", "1", "--database", "found") == "fail"


def test_two_workers_share_the_clauses_and_the_database() -> None:
    plan = ["-n", "2", "--cnnspec-target=rare.py", "--cnnspec-budget=quick"]
    share = ["--cnnspec-database=found", "--cnnspec-only=P3,P4"]
    assert status("--examples", "500", "--database", "found") == "fail"
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-rA", *plan, *share],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "FAILED rare.py::cnnspec[P4]" in done.stdout
    assert "PASSED rare.py::cnnspec[P3]" in done.stdout
    assert "created: 2/2 workers" in done.stdout
