"""The pytest plugin: one item a clause, and nothing at all for those who do not ask."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from sampling import takes_minutes

from cnnspec.kit.clauses import clauses

FAULTY = """
import numpy as np
def relu(x):
    return np.where(x <= 0, x.dtype.type(0), x) if x.ndim == 3 else x
def pooling(f, size=2, stride=2):
    import cnnspec
    return cnnspec.pooling(abs(f), size, stride)
"""

ROTATED = """
import cnnspec
def conv(image, filters):
    return cnnspec.conv(image, filters[:, ::-1, ::-1])
relu = cnnspec.relu
"""

CACHED = """
import cnnspec
kept = {}
def conv(image, filters):
    y = cnnspec.conv(image, filters)
    return kept.setdefault((image.shape, filters.shape), y).copy()
"""

WITH_CEIL = """
import cnnspec
def pooling(feature_map, size, stride, *, ceil=False):
    return cnnspec.pooling(feature_map, size, stride)
"""

PRINTS = """
import cnnspec
def relu(x):
    print('relu')
    return cnnspec.relu(x)
def average_pooling(f, size, stride):
    if stride != size:
        raise cnnspec.Unsupported('stride other than size')
    return cnnspec.average_pooling(f, size, stride)
def pooling(f, size, stride):
    return None
"""

DEVIATIONS = """
[[deviation]]
clause = "p4"
reason = "counts magnitudes"
[[deviation]]
clause = "R2"
reason = "it was wrong once"
"""


@pytest.fixture(autouse=True)
def in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "faulty.py").write_text(FAULTY)
    (tmp_path / "test_other.py").write_text("def test_one():\n    pass\n")


def run(*arguments: str) -> tuple[int, str]:
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-rA", *arguments]
    done = subprocess.run([*command, "-p", "no:benchmark"], capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


QUICK = ("--cnnspec-target=faulty.py", "--cnnspec-budget=quick")


def test_an_item_for_each_clause() -> None:
    status, output = run(*QUICK, "-k", "P4 or R2 or C7 or test_one")
    assert status == 1
    assert "FAILED faulty.py::cnnspec[P4]" in output
    assert "got = pooling(feature_map, 1, 1)" in output
    assert "behaves as: largest-magnitude." in output
    assert "Traceback" not in output
    assert "PASSED faulty.py::cnnspec[R2]" in output
    assert "PASSED faulty.py::cnnspec[enough]" in output
    assert "the target has no conv" in output
    assert "collected 56 items / 52 deselected / 4 selected" in output
    assert "1 failed, 3 passed, 1 skipped" in output
    assert "Reproduce with: cnnspec replay .cnnspec/faulty-P4.json" in output
    left = sorted(path.name for path in Path.cwd().iterdir() if path.suffix != ".py")
    assert [name for name in left if name != "__pycache__"] == [".cnnspec"]
    command = [sys.executable, "-m", "cnnspec", "replay", ".cnnspec/faulty-P4.json"]
    assert subprocess.run(command, capture_output=True).returncode == 1


def test_strict_does_not_decide_unless_asked() -> None:
    status, output = run(*QUICK, "-k", "R1")
    assert status == 0
    assert "XFAIL faulty.py::cnnspec[R1-strict]" in output
    assert run(*QUICK, "-k", "R1", "--cnnspec-level=strict")[0] == 1


def test_a_target_with_options_has_the_items_of_edition_general() -> None:
    Path("options.py").write_text(WITH_CEIL)
    quick = ("--cnnspec-target=options.py", "--cnnspec-budget=quick")
    status, output = run(*quick, "-k", "P2 or P3 or P9 or P3a or C3")
    assert status == 1
    assert "FAILED options.py::cnnspec[P9]" in output
    assert "PASSED options.py::cnnspec[P3]" in output
    assert "cnnspec[C3]" not in output
    status, output = run(*quick, "-k", "P3 or P9", "--cnnspec-edition=standard")
    assert status == 0
    assert "cnnspec[P9]" not in output
    status, output = run(*quick, "--cnnspec-only=P9")
    assert status == 1
    assert "FAILED options.py::cnnspec[P9]" in output


@pytest.mark.exhaustive
def test_a_target_in_the_ini_file_and_on_two_processes() -> None:
    Path("pytest.ini").write_text("[pytest]\ncnnspec_target = faulty.py\n")
    status, output = run("-n", "2", "--cnnspec-budget=quick", "-k", "P or R", "--junit-xml=out.xml")
    assert status == 1
    assert "FAILED faulty.py::cnnspec[P4]" in output
    assert "PASSED faulty.py::cnnspec[enough]" in output
    assert "Reproduce with: cnnspec replay .cnnspec/faulty-P4.json" in output
    assert 'name="cnnspec[P4]"' in Path("out.xml").read_text()


# The same verdict as the command's.


OUTCOMES = {"PASSED": "passed", "FAILED": "failed", "XFAIL": "xfailed", "SKIPPED": "skipped"}


def outcomes(output: str) -> dict[str, str]:
    """What pytest -v says of each item of ours."""
    found = re.findall(r"^\S+::cnnspec\[(\S+)\] (\w+)", output, re.MULTILINE)
    return {name: OUTCOMES[word] for name, word in found}


def judged(target: str, *more: str) -> tuple[int, dict[str, str]]:
    """The exit status of the command, and the outcomes that its report calls for."""
    command = [sys.executable, "-m", "cnnspec", "check", target, "--budget", "quick", *more]
    done = subprocess.run([*command, "--json", "r.json"], capture_output=True, text=True)
    report = json.loads(Path("r.json").read_text())
    levels = ["values", "core", "strict"]
    decisive = levels[: levels.index(report["level"]) + 1]
    wanted = {}
    for one in report["clauses"]:
        bad = "failed" if one["level"] in decisive else "xfailed"
        outcome = {"pass": "passed", "fail": bad, "error": bad, "absent": "skipped"}[one["status"]]
        own = one["level"] == clauses()[one["id"]].level
        wanted[one["id"] if own else f"{one['id']}-{one['level']}"] = outcome
    wanted["enough"] = "failed" if report["missing"] else "passed"
    return done.returncode, wanted


TARGETS = {"rotated.py": ROTATED, "cached.py": CACHED, "prints.py": PRINTS, "faulty.py": FAULTY}


@pytest.mark.exhaustive
def test_the_items_say_what_the_report_says() -> None:
    agrees("faulty.py", "--cnnspec-seed=3")


@takes_minutes
@pytest.mark.exhaustive
@pytest.mark.parametrize("level", ["values", "strict"])
@pytest.mark.parametrize("target", TARGETS)
def test_the_items_of_many_targets_say_what_the_report_says(target: str, level: str) -> None:
    agrees(target, "--cnnspec-seed=3", f"--cnnspec-level={level}")


@pytest.mark.parametrize(
    "target",
    [pytest.param("cached.py", marks=[pytest.mark.exhaustive, takes_minutes]), "reference"],
)
def test_some_of_the_items_say_what_a_report_of_these_clauses_says(target: str) -> None:
    agrees(target, "--cnnspec-seed=3", "--cnnspec-only=c7,q2,C9")


def agrees(target: str, *options: str) -> None:
    """Assert that the items of a target say what a report of the command says."""
    if target in TARGETS:
        Path(target).write_text(TARGETS[target])
    status, wanted = judged(target, *(one.replace("--cnnspec-", "--") for one in options))
    given = (f"--cnnspec-target={target}", "--cnnspec-budget=quick", *options)
    ours, output = run("-v", *given, "-k", "cnnspec")
    assert outcomes(output) == wanted
    assert (ours == 0) == (status == 0)


@pytest.mark.exhaustive
def test_too_little_is_not_green() -> None:
    Path("few.py").write_text(
        "import cnnspec\n"
        "def relu(x):\n"
        "    if x.size not in (42, 108, 126): raise cnnspec.Unsupported('another size')\n"
        "    return cnnspec.relu(x)\n"
    )
    few = ("--cnnspec-target=few.py", "--cnnspec-budget=quick")
    status, output = run(*few, "-k", "R2")
    assert status == 1
    assert "FAILED few.py::cnnspec[enough]" in output
    assert "fewer than 20" in output
    status, output = run(*QUICK, "-k", "R1-strict")
    assert status == 1
    assert "no clause that was chosen decides at level values" in output
    status, output = run(*QUICK, "-k", "A4")
    assert status == 1
    assert "nothing that decides at level values was judged" in output
    Path("alike.py").write_text("import cnnspec\nrelu = cnnspec.relu\ndef conv2d(x, w): pass\n")
    status, output = run("--cnnspec-target=alike.py", "--cnnspec-budget=quick", "-k", "R2")
    assert status == 1
    assert "found conv2d, not judged" in output


@pytest.mark.exhaustive
def test_too_little_is_not_green_on_two_processes() -> None:
    Path("few.py").write_text(
        "import cnnspec\n"
        "def relu(x):\n"
        "    if x.size not in (42, 108, 126): raise cnnspec.Unsupported('another size')\n"
        "    return cnnspec.relu(x)\n"
        "def conv2d(x, w): pass\n"
    )
    few = ("-n", "2", "--cnnspec-target=few.py", "--cnnspec-budget=quick")
    status, output = run(*few, "-k", "R2 or R1")
    assert status == 1
    assert "FAILED few.py::cnnspec[R2]" in output
    assert "FAILED few.py::cnnspec[enough]" in output
    assert "found conv2d, not judged" in output


# Options.


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--cnnspec-target=missing.py",), "there is no file missing.py"),
        (("--cnnspec-target=missing.py", "-n", "2"), "there is no file missing.py"),
        (("--cnnspec-target=pytroch",), "did you mean pytorch?"),
        (("--cnnspec-target=exec:./missing",), "./missing cannot be started"),
        ((*QUICK, "--cnnspec-timeout=0"), "--cnnspec-timeout: 0.0 is not between 0.1 and 86400"),
        ((*QUICK, "--cnnspec-timeout=nan", "-n", "2"), "--cnnspec-timeout: nan is not between"),
        ((*QUICK, "--cnnspec-only=C7,c99"), "--cnnspec-only: there is no clause 'c99'"),
        ((*QUICK, "--cnnspec-only=P3a"), "--cnnspec-only: P3a is not a clause of edition standard"),
        ((*QUICK, "--cnnspec-only=,"), "--cnnspec-only: it names no clause"),
        ((*QUICK, "--cnnspec-deviations=no.toml"), "--cnnspec-deviations: no.toml: No such file"),
        ((*QUICK, "--cnnspec-deviations=faulty.py"), "faulty.py is not TOML"),
    ],
)
def test_what_cannot_be_used_is_one_usage_error(options: tuple[str, ...], message: str) -> None:
    status, output = run(*options)
    assert status == 4
    (line,) = [line for line in output.splitlines() if line.startswith("ERROR")]
    assert message in line
    assert "FAILED" not in output
    assert "Traceback" not in output


def test_a_target_is_not_loaded_in_vain() -> None:
    Path("loud.py").write_text("import pathlib\npathlib.Path('loaded').touch()\n")
    loud = "--cnnspec-target=loud.py"
    assert run(loud, "-k", "test_one")[0] == 0
    assert run(loud, "--collect-only")[0] == 0
    assert run(loud, "--help")[0] == 0
    assert not Path("loaded").exists()


def test_some_clauses_alone() -> None:
    status, output = run(*QUICK, "--cnnspec-only=p4,R1")
    assert status == 1
    assert "1 failed, 3 passed, 1 xfailed" in output  # R1, what is enough, and test_one


@pytest.mark.exhaustive
def test_known_deviations_are_expected_and_stale_ones_fail() -> None:
    Path("known.toml").write_text(DEVIATIONS)
    known = (*QUICK, "--cnnspec-deviations=known.toml")
    status, output = run(*known, "-k", "P4")
    assert status == 0
    assert "XFAIL faulty.py::cnnspec[P4] - known: counts magnitudes" in output
    status, output = run(*known, "-k", "P4 or R2")
    assert status == 1
    assert "R2 is listed as a known deviation, but it holds" in output
    assert "1 failed, 1 passed, " in output
    Path("known.toml").write_text(DEVIATIONS.replace('des"', 'des"\nexpires = 2020-01-31'))
    status, output = run(*known, "-k", "P4")
    assert status == 1
    assert "the known deviation from P4 expired on 2020-01-31" in output


def test_a_folder_that_cannot_be_written_is_said() -> None:
    Path(".cnnspec").write_text("a file in its place")
    status, output = run(*QUICK, "-k", "P4")
    assert status == 1
    assert "Reproduce with" not in output
    assert "not written, to be replayed: .cnnspec" in output


def test_the_warnings_of_others_are_errors_for_others_alone() -> None:
    Path("pytest.ini").write_text("[pytest]\nfilterwarnings = error\n")
    Path("warns.py").write_text(
        "import cnnspec, warnings\n"
        "def relu(x):\n    warnings.warn('relu')\n    return cnnspec.relu(x)\n"
    )
    status, output = run("--cnnspec-target=warns.py", "--cnnspec-budget=quick", "-k", "R")
    assert status == 0
    assert "warnings" not in output.splitlines()[-1]
    assert "Warning" not in output


def test_who_does_not_ask_sees_nothing() -> None:
    lists = [run("--collect-only", "-q", *more)[1] for more in ((), ("-p", "no:cnnspec"))]
    assert [text.splitlines()[0] for text in lists] == ["test_other.py::test_one"] * 2
    assert "1 test collected" in lists[0]
    code = "import sys, cnnspec.pytest_plugin; print({'numpy', 'rich'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.strip() == "set()"


def test_every_option_has_help() -> None:
    text = run("--help")[1]
    section = text.partition("conformance of the layers")[2].partition("\n\n")[0]
    options = re.findall(r"^  --cnnspec-.*\n(?:   .*\n?)*", section, re.MULTILINE)
    assert len(options) == 9
    for one in options:
        assert re.search(r"[a-z]{2,} [a-z]{2,}", one), one
