"""A run says what is to be said, and nothing else: no warning, and no folder of Hypothesis's."""

import os
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis.configuration import set_hypothesis_home_dir, storage_directory
from hypothesis.errors import HypothesisWarning

import cnnspec.operations.catalogue  # noqa: F401  it fills the registry
from cnnspec.engine.hypotheses import unseen
from cnnspec.kit.operation import call
from cnnspec.targets.client import InProcess

WARNS = """
import warnings, numpy as np
warnings.warn('imported')
def relu(x):
    warnings.warn('called')
    np.array([1e308]) * 1e10
    return np.where(x <= 0, 0 * x.dtype.type(0), x)
"""


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("where", [(), ("--in-process",)])
def test_no_warning_of_a_target_is_shown(where: tuple[str, ...]) -> None:
    Path("warns.py").write_text(WARNS)
    command = [sys.executable, "-m", "cnnspec", "check", "warns.py", "--budget", "quick", *where]
    done = subprocess.run([*command, "--only", "R1,R2"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    assert "arning" not in done.stdout


def test_nothing_is_said_or_left_where_nothing_can_be_written() -> None:
    Path("mine.py").write_text(WARNS)
    Path().chmod(0o555)
    command = [sys.executable, "-m", "cnnspec", "check", str(Path("mine.py").resolve())]
    given = [*command, "--budget", "quick", "--only", "R2"]
    done = subprocess.run(given, capture_output=True, text=True)
    Path().chmod(0o755)
    assert (done.returncode, done.stderr) == (0, "")
    left = {path.name for path in Path().iterdir()} - {"__pycache__"}
    assert left == {"mine.py"}


def test_hypothesis_is_afterwards_as_it_was() -> None:
    def home() -> Path:
        place: Any = storage_directory(intent_to_write=False)
        return Path(getattr(place, "home_directory", place))

    before = home()
    set_hypothesis_home_dir("theirs")
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            with unseen():
                warnings.warn("hidden", HypothesisWarning, stacklevel=1)
                assert home() == Path(os.devnull)
            warnings.warn("shown", HypothesisWarning, stacklevel=1)
        assert [str(one.message) for one in caught] == ["shown"]
        assert home() == Path("theirs")
    finally:
        set_hypothesis_home_dir(before)


def test_the_seed_alone_says_what_is_drawn() -> None:
    Path("mine.py").write_text("A, B = 123457.25, 987654321\n")
    Path("draws.py").write_text(
        "import random, sys, hypothesis\n"
        "from hypothesis import strategies as st\n"
        "from cnnspec.engine.hypotheses import unseen\n"
        "if sys.argv[1:]: import mine\n"
        "drawn = []\n"
        "with unseen():\n"
        "    try: hypothesis.find(st.floats(), lambda one: drawn.append(one),\n"
        "        random=random.Random(0),\n"
        "        settings=hypothesis.settings(max_examples=300, database=None))\n"
        "    except hypothesis.errors.NoSuchExample: pass\n"
        "print(len(drawn), drawn)\n"
    )
    shown = [
        subprocess.run([sys.executable, "draws.py", *more], capture_output=True, text=True).stdout
        for more in ((), ("mine",))
    ]
    assert int(shown[0].split()[0]) >= 300
    assert shown[0] == shown[1]


def test_a_warning_in_this_process_is_no_rejection() -> None:
    def relu(x: object) -> object:
        warnings.warn("called", stacklevel=1)
        return x

    client = InProcess({"relu": relu})
    assert client.answer(call("relu", np.array([[[1.0]]]))).kind == "returned"
