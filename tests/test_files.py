"""Files that are given to us are read without trust; those that we write are whole, or said."""

import json
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from sampling import takes_minutes
from vector_player import VectorError, read

from cnnspec.article import golden
from cnnspec.cli import main
from cnnspec.kit import files, npy
from cnnspec.kit.clauses import clauses
from cnnspec.kit.npy import NpyError
from cnnspec.vectors.write import write

FAULTY = "import numpy as np\ndef relu(x):\n    return np.abs(x)\n"
COMMAND = [sys.executable, "-m", "cnnspec"]


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "faulty.py").write_text(FAULTY)


def invoked(*arguments: object) -> Result:
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result


def checked(*arguments: object) -> Result:
    return invoked("check", *arguments, "--budget", "quick", "--only", "R2", "--in-process")


def refused(result: Result) -> str:
    """The one line of a refusal."""
    assert result.exit_code == 2, result.output
    (line,) = result.stderr.splitlines()
    return line


# Reading.


def test_only_an_ordinary_file_of_a_size_is_read(tmp_path: Path) -> None:
    with Path("sparse").open("wb") as file:
        file.truncate(20 * 2**30)
    os.mkfifo("pipe")
    Path("folder").mkdir()
    Path("link").symlink_to("faulty.py")
    assert files.read(Path("link")) == FAULTY.encode()
    for name, text in (
        ("sparse", "has 21474836480 bytes, more than"),
        ("pipe", "is no ordinary file"),
        ("folder", "is no ordinary file"),
        ("/dev/zero", "is no ordinary file"),
        ("nothing", "No such file"),
    ):
        with pytest.raises(OSError, match=text):
            files.read(Path(name))
    folder = files.Folder(tmp_path)
    with pytest.raises(OSError, match="is a link"):
        files.read("link", folder=folder.number)
    with pytest.raises(OSError, match="is a link"):
        folder.write("link", b"x")
    folder.close()
    Path("linked").symlink_to("folder")
    with pytest.raises(OSError, match="is a link"):
        files.Folder(Path("linked"))


@pytest.mark.parametrize("option", ["--baseline", "--deviations"])
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe",
        b"[]",
        b"{",
        b"NaN",
        b"[" * 100_000,
        b'{"clauses": [{"id": ["R2"], "level": "core", "status": "fail"}]}',
        b'{"clauses": [5]}',
        b'{"clauses": {"id": 1}}',
        b"deviation = [1, 2]",
        b"deviation = 1979-05-27",
        b'[[deviation]]\nclause = ["R2"]\nreason = "x"',
        b'[[deviation]]\nclause = "R2"\nreason = "x"\nexpires = 12:00:00',
        b"a = " + b"[" * 100_000,
    ],
    ids=range(14),
)
def test_what_is_known_is_read_before_the_run(option: str, content: bytes) -> None:
    Path("given").write_bytes(content)
    result = checked("faulty.py", option, "given")
    if option == "--deviations" and content == b"":
        assert result.exit_code == 1  # a file without deviations
        return
    assert "given" in refused(result)
    assert "faulty.py ·" not in result.output


def test_a_time_of_day_may_stand_behind_a_date() -> None:
    text = '[[deviation]]\nclause = "R2"\nreason = "x"\nexpires = 2999-01-01T08:00:00Z'
    Path("given").write_text(text)
    assert checked("faulty.py", "--deviations", "given").exit_code == 0


@pytest.mark.parametrize("kind", ["sparse", "pipe", "folder"])
def test_what_is_no_file_is_refused_at_once(kind: str) -> None:
    if kind == "sparse":
        with Path("given").open("wb") as file:
            file.truncate(20 * 2**30)
    elif kind == "pipe":
        os.mkfifo("given")
    else:
        Path("given").mkdir()
    for arguments in (
        ("replay", "given"),
        ("check", "faulty.py", "--baseline", "given"),
        ("check", "faulty.py", "--deviations", "given"),
    ):
        assert refused(invoked(*arguments)).startswith(f"main {arguments[0]}: given:")


def test_a_header_of_one_wrong_bit_is_no_crash() -> None:
    content = npy.to_bytes(np.arange(6.0).reshape(2, 3))
    read_ = 0
    for place in range(8 * 128):
        spoilt = bytearray(content)
        spoilt[place // 8] ^= 1 << place % 8
        with suppress(NpyError):
            assert npy.from_bytes(bytes(spoilt)).nbytes == 48
            read_ += 1
    assert 0 < read_ < 300  # bits of the padding, and such as give another dtype of the same size


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        ((2**40,), "is larger than"),
        ((0, 2**62), "is larger than"),
        ((-1,), "something else than whole numbers"),
        ((True,), "something else than whole numbers"),
        ((2.0,), "something else than whole numbers"),
        ((1,) * 33, "no list of at most 32"),
        ("12", "no list of at most 32"),
    ],
)
def test_a_shape_is_checked_before_it_is_used(shape: object, message: str) -> None:
    with pytest.raises(NpyError, match=message):
        npy.checked_shape(shape, np.dtype("<f8"))


def test_a_golden_that_is_spoilt_does_not_hide_the_others(tmp_path: Path) -> None:
    list(golden.write(tmp_path / "golden"))
    place = tmp_path / "golden" / "exact" / "l1_conv.npy"
    content = bytearray(place.read_bytes())
    content[30] ^= 1
    place.write_bytes(content)
    with (tmp_path / "golden" / "article" / "l1_conv.npy").open("wb") as file:
        file.truncate(20 * 2**30)
    np.save(tmp_path / "golden" / "article" / "l2_filters.npy", np.array([{}]), allow_pickle=True)
    result = invoked("golden", "verify", "golden")
    assert result.exit_code == 1
    lines = [line for line in result.output.splitlines() if ".npy " in line]
    assert len(lines) == 35
    assert "is not a .npy file" in result.output
    assert "has 21474836480 bytes" in result.output
    assert sum(" holds" in line for line in lines) > 15


@pytest.mark.parametrize("change", ["shape", "dtype", "nan", "empty", "huge"])
def test_goldens_that_agree_with_their_manifest_but_make_no_sense(change: str) -> None:
    """Whoever changes a file and the manifest gets a line, not a traceback."""
    list(golden.write(Path("golden")))
    place = Path("golden/article/l2_filters.npy")
    bank = np.load(place)
    other = {
        "shape": bank.ravel(),
        "dtype": bank.astype(np.float16),
        "nan": bank * np.nan,
        "empty": bank[:, :0],
        "huge": np.full((1, 1, 1, 2), 1e308),
    }[change]
    content = npy.to_bytes(np.ascontiguousarray(other))
    place.write_bytes(content)
    manifest = json.loads(Path("golden/manifest.json").read_text())
    steps = {step.file: step for step in golden.plan()}
    for number, entry in enumerate(manifest["files"]):
        if entry["file"] == "article/l2_filters.npy":
            manifest["files"][number] = golden.describe(steps[entry["file"]], other, content)
    Path("golden/manifest.json").write_text(json.dumps(manifest))
    result = invoked("golden", "verify", "golden")
    assert result.exit_code == 1
    assert result.output.count(".npy ") >= 35


# Vectors.


def test_spoilt_vectors_are_explained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    some = {clause: clauses()[clause] for clause in ("P2", "P4", "R1")}
    monkeypatch.setattr("cnnspec.vectors.write.clauses", lambda: some)
    write(tmp_path / "v")
    assert read(tmp_path / "v")
    place = tmp_path / "v" / "P4.json"
    text = place.read_text()
    for old, new in (
        ('"vectors"', '"vectors'),
        ('"operation": "pooling"', '"operation": "softmax"'),
        ('"shape":[', '"shape":[1000000,'),
        ('"editions"', '"edition"'),
    ):
        assert old in text
        place.write_text(text.replace(old, new))
        with pytest.raises(VectorError, match="P4"):
            read(tmp_path / "v")


# Writing.


def test_a_report_is_written_whole_or_not_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    place = Path("r.json")
    files.write(place, "old")
    place.chmod(0o640)

    def no_room(self: Path, data_: bytes) -> int:
        with self.open("wb") as file:
            file.write(data_[:2])
        raise OSError(28, "No space left on device", str(self))

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", no_room)
        with pytest.raises(OSError, match="No space left on device"):
            files.write(place, "new and longer")
        result = checked("faulty.py", "--json", "r.json")
    assert result.exit_code == 2
    assert "r.json: No space left on device" in result.stderr
    assert "deviates at level values: " in result.output  # the run is not lost
    assert place.read_text() == "old"
    files.write(place, "new")
    assert place.read_text() == "new"
    assert place.stat().st_mode & 0o777 == 0o640
    assert {one.name for one in Path().iterdir()} >= {"r.json"}
    assert not [one for one in Path().iterdir() if one.name.startswith(".r.json")]


def test_a_report_goes_through_a_link_and_into_a_device() -> None:
    Path("there").write_text("")
    Path("link").symlink_to("there")
    files.write(files.destination(Path("link")), "text")
    assert Path("link").is_symlink()
    assert Path("there").read_text() == "text"
    assert checked("faulty.py", "--json", "/dev/null").exit_code == 1


@takes_minutes
@pytest.mark.exhaustive
def test_a_pipe_or_a_link_put_in_the_place_of_a_report_is_not_written_to() -> None:
    Path("precious").write_text("kept")
    for code in ("mkfifo('r.json')", "symlink('precious', 'r.json')"):
        Path("planter.py").write_text(f"import os\nos.{code}\n" + FAULTY)
        command = [*COMMAND, "check", "planter.py", "--only", "R2", "--budget", "quick"]
        line = [*command, "--json", "r.json"]
        done = subprocess.run(line, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == (2 if "fifo" in code else 1), done.stderr
        Path("r.json").unlink()
    assert Path("precious").read_text() == "kept"


@pytest.mark.parametrize("option", ["--json", "--junit"])
@pytest.mark.parametrize("path", ["no/folder/r", "folder", "faulty.py/r"])
def test_where_a_report_cannot_go_is_said_before_the_run(option: str, path: str) -> None:
    Path("folder").mkdir()
    result = checked("faulty.py", option, path)
    assert path in refused(result)
    assert "faulty.py ·" not in result.output


def test_a_name_of_odd_characters_forges_nothing() -> None:
    name = "odd\n\x1b[31m conforms\n[bold]\udcff.py"
    Path(name).write_text(FAULTY)
    result = checked(name, "--json", "r.json", "--junit", "r.xml")
    assert result.exit_code == 1
    assert result.output.splitlines()[1].startswith(r"odd \x1b[31m conforms [bold]\udcff.py · relu")
    assert "\x1b" not in result.output
    assert json.loads(Path("r.json").read_text())["target"] == name


# Standard output.


def ran(redirection: str, **more: str) -> subprocess.CompletedProcess[str]:
    line = f"{sys.executable} -m cnnspec check faulty.py --only R2 --budget quick --json r.json"
    return subprocess.run(
        ["/bin/bash", "-c", f"{line} {redirection}"],
        capture_output=True,
        text=True,
        env={**os.environ, **more},
        check=False,
    )


@pytest.mark.parametrize(
    "redirection",
    ["| true; exit ${PIPESTATUS[0]}", ">&-", "2>&-", ">&- 2>&- <&-", "> /dev/full", "> /dev/null"],
)
def test_no_output_loses_a_report(redirection: str) -> None:
    done = ran(redirection)
    assert done.returncode == 1, done.stderr
    assert json.loads(Path("r.json").read_text())["verdict"] == "deviates"
    full = "cnnspec: standard output: No space left on device\n"
    assert done.stderr == (full if "full" in redirection else "")


def test_a_run_leaves_behind_what_it_says_and_no_more() -> None:
    assert ran("> out.txt").returncode == 1
    left = {str(file) for file in Path().rglob("*") if "__pycache__" not in file.parts}
    assert left == {"faulty.py", "out.txt", "r.json", ".cnnspec", ".cnnspec/faulty-R2.json"}


def test_a_terminal_of_ascii_shows_everything() -> None:
    done = ran("", PYTHONIOENCODING="ascii", LC_ALL="C")
    assert done.returncode == 1, done.stderr
    assert done.stdout.splitlines()[1].startswith(r"faulty.py \xb7 relu")


@pytest.mark.parametrize("seconds", ["nan", "inf", "-inf", "0", "-1", "1e9", "soon"])
def test_a_limit_of_time_is_one(seconds: str) -> None:
    for command in (("check", "faulty.py"), ("replay", "x.json"), ("matrix", "reference")):
        result = invoked(*command, f"--timeout={seconds}")
        assert result.exit_code == 2
        assert "Error: Invalid value for '--timeout'" in result.stderr
