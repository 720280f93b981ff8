"""Commands on narrow terminals, without colours, behind pipes, and what they show meanwhile."""

import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

import pytest

RELU = "import numpy as np\ndef relu(x):\n    return np.{}(x, *{})\n"
CHECK = ("check", "relu.py", "--budget", "quick", "--only", "R2")


@pytest.fixture(autouse=True)
def _in_a_folder_with_a_target(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("relu.py").write_text(RELU.format("maximum", "(0,)"))
    Path("class").mkdir()
    Path("class/wrong.py").write_text(RELU.format("abs", "()"))
    Path("rubric.toml").write_text("[points]\nR2 = 1\n")


COMMANDS = [
    CHECK,
    ("check", "class/wrong.py", *CHECK[2:]),
    ("grade", "class", "--rubric", "rubric.toml"),
    ("run",),
    ("matrix", "reference", "--budget", "quick"),
    ("explain", "P4"),
    ("checks",),
    ("targets",),
    ("golden", "verify"),
]


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_a_reader_that_leaves_early_is_no_error(words: tuple[str, ...]) -> None:
    command = [sys.executable, "-m", "cnnspec", *words]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert running.stdout is not None
    assert running.stdout.readline()
    running.stdout.close()
    assert running.stderr is not None
    assert running.stderr.read() == b""
    assert running.wait(timeout=120) in (0, 1)
    running.stderr.close()


@pytest.mark.parametrize(
    "words", [CHECK, ("check", "class/wrong.py", *CHECK[2:]), ("explain", "P4")]
)
@pytest.mark.parametrize("columns", [40, 80])
def test_lines_are_as_wide_as_the_terminal(words: tuple[str, ...], columns: int) -> None:
    said = on_a_terminal(words, {"COLUMNS": str(columns), "NO_COLOR": "1", "TERM": "dumb"})
    code = ("   ", "  sys.path")  # code and a word stay whole
    wide = [line for line in said.splitlines() if len(line) > columns]
    assert [line for line in wide if " " in line.strip() and not line.startswith(code)] == []


def on_a_terminal(words: tuple[str, ...], variables: dict[str, str], until: str = "") -> str:
    """What a command shows on a terminal, standard error included. until: where it is ended."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "cnnspec", *words]
    environment = {**os.environ, **variables}
    running = subprocess.Popen(command, stdout=theirs, stderr=theirs, env=environment)
    os.close(theirs)
    content = b""
    try:
        while more := os.read(ours, 2**16):
            content += more
            if until and until.encode() in content:
                running.kill()
    except OSError:  # so a terminal says that nobody writes to it any more
        pass
    os.close(ours)
    assert running.wait(timeout=60) in (0, 1, -signal.SIGKILL if until else 0)
    return content.decode().replace("\r\n", "\n")


@pytest.mark.parametrize("words", [CHECK, ("grade", "class", "--rubric", "rubric.toml")])
def test_no_color_means_none(words: tuple[str, ...]) -> None:
    colours = [f"\x1b[{number}" for number in range(30, 50)]
    said = on_a_terminal(words, {"NO_COLOR": "1", "TERM": "xterm-256color"})
    assert not any(one + end in said for one in colours for end in "m;")


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        (CHECK, "\x1b[?25l"),  # a spinner hides the cursor
        (("grade", "class", "--rubric", "rubric.toml"), "0/1"),
        (("vectors", "out"), "vectors of C7, 7 of"),
        (("init", "relu.py"), "trying a draft"),
    ],
)
def test_what_takes_long_says_what_it_does(words: tuple[str, ...], shown: str) -> None:
    assert shown in on_a_terminal(words, {"TERM": "xterm", "COLUMNS": "80"}, until=shown)


def test_a_report_that_conforms_fits_on_a_screen() -> None:
    words = [sys.executable, "-m", "cnnspec", "check", "reference", "--budget", "quick"]
    command = [*words, "--certify", "3", "--examples", "0"]
    said = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout
    assert "certified: conv for " in said
    assert len(said.splitlines()) <= 24
    assert max(map(len, said.splitlines())) <= 80
