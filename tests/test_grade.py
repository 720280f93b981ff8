"""`cnnspec grade`: a class of submissions, right and wrong, that crash, hang, print and cheat."""

import csv
import json
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.exhaustive  # the class is graded once for all of them

RIGHT = "import numpy as np\ndef relu(x):\n    return np.maximum(x, 0)\n"
WRONG = "import numpy as np\ndef relu(x):\n    return np.abs(x)\n"
RUBRIC = '[[item]]\nname = "relu"\npoints = 8\nclauses = { R1 = 1, R2 = 3 }\n'

CLASS = {
    "alice.py": RIGHT,
    "bob smith (2).py": WRONG,
    "a:b=c.py": RIGHT,
    "=sum(1).py": RIGHT,
    "crashes.py": RIGHT + "import os\ndef relu(x):\n    os.abort()\n",
    "hangs.py": "def relu(x):\n    while True: pass\n",
    "prints.py": RIGHT + "print('!' * 10**6)\n_relu = relu\n"
    "def relu(x):\n    print('!' * 10**5)\n    return _relu(x)\n",
    "writes.py": RIGHT + "open('mark.txt', 'w').write('was here')\n",
    "broken.py": "def relu(x:\n",
    "cheats.py": "from cnnspec import relu\n",
    "carol/src/mycnn.py": RIGHT,
    "carol/test_mycnn.py": "from mycnn import relu\nassert 0\n",
    "layers.py": "import numpy as np\nclass ReLU:\n    def forward(self, x):\n"
    "        return np.maximum(x, 0)\n",
    "notes.txt": "not code",
    "nothing/readme.md": "not code either",
}


def grade(folder: Path, *words: str, status: int = 1) -> "subprocess.CompletedProcess[str]":
    """Run the command; its exit status must be the one given."""
    done = subprocess.run(
        [sys.executable, "-m", "cnnspec", "grade", *words],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == status, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done


def hand_in(folder: Path, files: dict[str, str]) -> None:
    """Write submissions, and the rubric beside their folder."""
    for name, text in files.items():
        path = folder / "class" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (folder / "rubric.toml").write_text(RUBRIC)


def rows(folder: Path) -> dict[str, dict[str, str]]:
    """The rows of the CSV, by the names of the submissions."""
    with (folder / "grades" / "grades.csv").open(newline="") as file:
        return {one["submission"]: one for one in csv.DictReader(file)}


QUICKLY: Sequence[str] = ("class", "--rubric", "rubric.toml", "--timeout", "1", "--jobs", "2")


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a class that was graded."""
    folder = tmp_path_factory.mktemp("course")
    hand_in(folder, CLASS)
    cells = [
        {"cell_type": "markdown", "source": "# My layers"},
        {"cell_type": "code", "source": ["%matplotlib inline\n", "import numpy as np\n"]},
        {"cell_type": "code", "source": "image = open('cat.png')\nimport google_colab"},
        {"cell_type": "code", "source": RIGHT},
        {"cell_type": "code", "source": "%%bash\nrm -rf build"},
        {"cell_type": "code", "source": "relu(("},
    ]
    book = folder / "class" / "dora.ipynb"
    book.write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4}))
    done = grade(folder, *QUICKLY, "--gradescope")
    (folder / "said.txt").write_text(done.stdout)
    return folder


@pytest.mark.parametrize(
    ("name", "points", "verdict"),
    [
        ("alice", "8", "conforms"),
        ("bob smith (2)", "2", "deviates"),
        ("a:b=c", "8", "conforms"),
        ("'=sum(1)", "8", "conforms"),
        ("crashes", "0", "not judged"),
        ("hangs", "0", "not judged"),
        ("prints", "8", "conforms"),
        ("writes", "8", "conforms"),
        ("broken", "0", "not judged"),
        ("cheats", "8", "conforms"),
        ("carol", "8", "conforms"),
        ("layers", "8", "conforms"),
        ("dora", "8", "conforms"),
        ("nothing", "0", "not judged"),
    ],
)
def test_each_has_its_points_whatever_the_others_do(
    graded: Path, name: str, points: str, verdict: str
) -> None:
    row = rows(graded)[name]
    assert (row["points"], row["of"], row["relu"], row["verdict"]) == (points, "8", points, verdict)


def test_why_something_is_not_judged_is_said(graded: Path) -> None:
    row = rows(graded)
    assert "died of SIGABRT" in row["crashes"]["why"]
    assert "no answer within 1 s" in row["hangs"]["why"]
    assert "'(' was never closed, line 1" in row["broken"]["why"]
    assert "no Python file" in row["nothing"]["why"]
    assert row["bob smith (2)"]["why"] == "R2"


def test_how_it_was_read_is_said(graded: Path) -> None:
    row = rows(graded)
    assert row["carol"]["file"] == "src/mycnn.py"
    assert "judged is src/mycnn.py, of 2 files" in row["carol"]["notes"]
    assert row["dora"]["file"] == "dora.ipynb"
    assert "cell 5 of code is left out" in row["dora"]["notes"]
    assert "drafted adapter" in row["layers"]["notes"]


def test_a_library_that_does_the_work_is_flagged_and_costs_nothing(graded: Path) -> None:
    row = rows(graded)
    assert row["cheats"]["flags"] == "relu uses cnnspec.relu (cheats.py, line 1)"
    assert not row["alice"]["flags"]
    page = (graded / "grades" / row["cheats"]["feedback"]).read_text()
    assert "uses cnnspec" not in page  # it is the teacher's


def test_what_was_handed_in_stays_as_it_was(graded: Path) -> None:
    found = {str(p.relative_to(graded / "class")) for p in graded.rglob("class/**/*.*")}
    assert found == {*CLASS, "dora.ipynb"}
    assert (graded / "class" / "writes.py").read_text() == CLASS["writes.py"]


def test_a_page_of_feedback_says_what_is_wrong_and_what_to_do(graded: Path) -> None:
    page = (graded / "grades" / rows(graded)["bob smith (2)"]["feedback"]).read_text()
    assert "2 of 8 points" in page
    assert "R2, values of relu: does not hold" in page
    assert "to mend it: Negative numbers become zero, not positive." in page
    assert 'class="cause" open' in page  # nobody has to unfold what is wrong


def test_the_overview_links_to_each_page_and_says_that_nothing_is_isolated(graded: Path) -> None:
    text = (graded / "grades" / "index.html").read_text()
    assert "not isolated" in text
    assert "notes.txt" in text
    for one in rows(graded).values():
        assert (graded / "grades" / one["feedback"]).is_file()
        assert f'href="{one["feedback"]}"' in text
    said = (graded / "said.txt").read_text()
    assert "not isolated" in said
    assert "not graded, neither .py, .ipynb nor a folder: notes.txt" in said


def test_gradescope_gets_a_file_for_each(graded: Path) -> None:
    files = sorted((graded / "grades" / "gradescope").glob("*/results.json"))
    assert len(files) == len(rows(graded))
    found: dict[str, Any] = json.loads(
        (graded / "grades" / "gradescope" / "alice" / "results.json").read_text()
    )
    assert found["score"] == 8
    (test,) = found["tests"]
    assert (test["name"], test["score"], test["max_score"]) == ("relu", 8, 8)
    assert test["status"] == "passed"


def test_only_what_has_changed_is_judged_again(tmp_path: Path) -> None:
    hand_in(tmp_path, {"alice.py": RIGHT, "bob.py": WRONG})
    grade(tmp_path, *QUICKLY)
    times = stamps(tmp_path)
    (tmp_path / "class" / "bob.py").write_text(RIGHT)
    grade(tmp_path, *QUICKLY, status=0)
    again = stamps(tmp_path)
    assert again["alice"] == times["alice"]
    assert again["bob"] != times["bob"]
    grade(tmp_path, *QUICKLY, "--seed", "1", status=0)  # other settings, another judgement
    assert not set(stamps(tmp_path).values()) & set(again.values())


def stamps(folder: Path) -> dict[str, int]:
    """When each record was written."""
    return {p.stem: p.stat().st_mtime_ns for p in (folder / "grades/records").iterdir()}


def test_a_rubric_that_changed_needs_no_new_judgement(tmp_path: Path) -> None:
    hand_in(tmp_path, {"bob.py": WRONG})
    grade(tmp_path, *QUICKLY)
    times = stamps(tmp_path)
    (tmp_path / "rubric.toml").write_text(RUBRIC.replace("R2 = 3", "R2 = 1"))
    grade(tmp_path, *QUICKLY)
    assert stamps(tmp_path) == times
    assert rows(tmp_path)["bob"]["points"] == "4"


def test_an_interrupted_run_keeps_what_it_has_and_goes_on(tmp_path: Path) -> None:
    hand_in(tmp_path, {"a.py": RIGHT, "b.py": "import time\ntime.sleep(40)\n"})
    words = [sys.executable, "-m", "cnnspec", "grade", *QUICKLY[:-1], "1", "--timeout", "20"]
    running = subprocess.Popen(words, cwd=tmp_path, stdout=subprocess.PIPE, text=True)
    assert running.stdout is not None
    assert running.stdout.readline().startswith("a 8 of 8")
    time.sleep(0.5)
    running.send_signal(signal.SIGTERM)
    said, _ = running.communicate(timeout=30)
    assert running.returncode == 128 + signal.SIGTERM
    assert "interrupted: 1 of 2 submissions are graded" in said
    assert list(rows(tmp_path)) == ["a"]
    (tmp_path / "class" / "b.py").write_text(RIGHT)
    times = stamps(tmp_path)
    grade(tmp_path, *QUICKLY[:-1], "1", "--timeout", "20", status=0)
    assert list(rows(tmp_path)) == ["a", "b"]
    assert stamps(tmp_path)["a"] == times["a"]


def test_a_submission_has_a_time_limit_as_a_whole(tmp_path: Path) -> None:
    slow = (
        RIGHT
        + "import time\n_relu = relu\ndef relu(x):\n    time.sleep(0.4)\n    return _relu(x)\n"
    )
    hand_in(tmp_path, {"slow.py": slow})
    grade(tmp_path, *QUICKLY, "--limit", "4")
    row = rows(tmp_path)["slow"]
    assert row["verdict"] == "time limit"
    assert float(row["points"]) + float(row["open"]) == 8
    assert float(row["seconds"]) < 30


def test_an_adapter_for_the_whole_class(tmp_path: Path) -> None:
    activations = "import numpy as np\ndef rectify(x):\n    return np.maximum(x, 0)\n"
    hand_in(tmp_path, {"a.py": activations, "b b.py": activations, "c/code.py": "x = 1\n"})
    (tmp_path / "adapter.py").write_text(
        "import cnnspec, submission\ntarget = cnnspec.adapt(relu=submission.rectify)\n"
    )
    grade(tmp_path, *QUICKLY, "--adapter", "adapter.py")
    found = rows(tmp_path)
    assert (found["a"]["points"], found["b b"]["points"], found["c"]["points"]) == ("8", "8", "0")
    assert "has no attribute 'rectify'" in found["c"]["why"]


def test_several_files_of_a_student_are_judged_together(tmp_path: Path) -> None:
    pooling = (
        "import numpy as np\ndef pooling(x, size=2, stride=2):\n"
        "    rows, columns = ((n - size) // stride + 1 for n in x.shape[:2])\n"
        "    return np.array([[x[i*stride:i*stride+size, j*stride:j*stride+size].max((0, 1))\n"
        "        for j in range(columns)] for i in range(rows)]"
        ").reshape(rows, columns, x.shape[2])\n"
    )
    hand_in(tmp_path, {"eve/relu.py": RIGHT, "eve/pooling.py": pooling})
    (tmp_path / "rubric.toml").write_text("[points]\nR2 = 1\nP3 = 1\n")
    grade(tmp_path, *QUICKLY, status=0)
    assert (
        rows(tmp_path)["eve"]["notes"] == "judged together: pooling of pooling.py, relu of relu.py"
    )


def test_one_submission_alone(tmp_path: Path) -> None:
    hand_in(tmp_path, {"mycnn.py": RIGHT, "helper.py": "x = 1\n"})
    grade(tmp_path, *QUICKLY, "--one", "--gradescope", status=0)
    assert list(rows(tmp_path)) == ["class"]
    assert json.loads((tmp_path / "grades" / "results.json").read_text())["score"] == 8
    grade(tmp_path, "class/mycnn.py", "--rubric", "rubric.toml", "--out", "two", status=0)


def test_it_says_the_same_with_any_number_of_jobs(tmp_path: Path) -> None:
    hand_in(tmp_path, {"a.py": WRONG, "b.py": RIGHT})
    found = []
    for jobs in ("1", "2"):
        grade(tmp_path, *QUICKLY[:-1], jobs)
        found.append([{**one, "seconds": ""} for one in rows(tmp_path).values()])
        for one in (tmp_path / "grades/records").iterdir():
            one.unlink()
    assert found[0] == found[1]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nowhere"], "nowhere: No such file or directory"),
        (["empty"], "there is nothing to grade in empty"),
        (["rubric.toml"], "neither a folder, nor a .py or .ipynb file"),
        (["class", "--adapter", "none.py"], "none.py: No such file or directory"),
        (["class", "--rubric", "class/a.py"], "is not TOML"),
    ],
)
def test_what_cannot_be_graded_is_one_line(tmp_path: Path, words: list[str], said: str) -> None:
    hand_in(tmp_path, {"a.py": RIGHT})
    (tmp_path / "empty").mkdir()
    done = grade(tmp_path, *words, status=2)
    assert said in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "grades").exists()


def test_a_record_that_was_spoilt_is_made_anew(tmp_path: Path) -> None:
    hand_in(tmp_path, {"a.py": RIGHT})
    grade(tmp_path, *QUICKLY, status=0)
    record = tmp_path / "grades" / "records" / "a.json"
    for text in ("", "[]", '{"format": 1}', record.read_text().replace('"clauses"', '"clause"')):
        record.write_text(text)
        grade(tmp_path, *QUICKLY, status=0)
        assert rows(tmp_path)["a"]["points"] == "8"


def test_nothing_is_left_behind(graded: Path) -> None:
    assert {one.name for one in graded.iterdir()} == {"class", "grades", "rubric.toml", "said.txt"}
    marks = [p for p in Path("/proc").glob("[0-9]*/cmdline") if b"cnnspec\0grade" in content(p)]
    assert not [p for p in marks if (p.parent / "cwd").readlink() == graded]


def content(path: Path) -> bytes:
    """The content of a file of /proc; nothing if its process has ended."""
    try:
        return path.read_bytes()
    except OSError:
        return b""
