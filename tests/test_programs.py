"""Programs in other languages are judged over the protocol, whatever their manners are."""

import json
import re
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from click.testing import CliRunner, Result

from cnnspec.cli import main
from cnnspec.engine.judge import judge
from cnnspec.engine.plan import Plan
from cnnspec.engine.report import Report
from cnnspec.kit.calls import LOST, Argument, Call, TargetError, Unsupported
from cnnspec.kit.operation import call
from cnnspec.kit.schemas import of_requests
from cnnspec.targets import Options, load, protocol, wire
from cnnspec.targets.array_files import ArrayFiles, little
from cnnspec.targets.client import opened
from cnnspec.targets.editions import of_target
from cnnspec.targets.executable import Executable
from cnnspec.targets.target import named

ROOT = Path(__file__).parent.parent
PROGRAMS = ROOT / "docs" / "programs"
RELU = f"{sys.executable} {Path(__file__).parent / 'programs' / 'relu.py'}"
SCHEMA = of_requests(json.loads((ROOT / "cnnspec" / "targets" / "protocol.json").read_text()))


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def built(*flags: str, name: str = "mycnn") -> str:
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        pytest.skip("no C compiler on this machine")
    warnings = ["-O2", "-std=c99", "-Wall", "-Wextra", "-Werror"]
    subprocess.run([compiler, *warnings, *flags, "-o", name, PROGRAMS / "mycnn.c"], check=True)
    return f"./{name}"


def command(language: str, fault: str = "") -> str:
    """The command of a worked program, with the fault that is named if it has it."""
    if language == "c":
        return built(*([f"-D{fault}"] if fault else []))
    node = shutil.which("node")
    if node is None:
        pytest.skip("no Node on this machine")
    return f"{node} {PROGRAMS / 'mycnn.js'}{f' --{fault}' if fault else ''}"


def checked(*arguments: str) -> Result:
    result = CliRunner().invoke(main, ["check", *arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def judged(program: str, *only: str, timeout: float = 20) -> Report:
    plan = Plan(named(f"exec:{program}"), level="strict", budget="quick", only=only)
    edition = of_target(plan.target, Options(timeout=timeout))
    with opened(plan.target, edition, Options(timeout=timeout)) as client:
        return judge(client, replace(plan, edition=edition))


@pytest.mark.exhaustive
@pytest.mark.parametrize("language", ["c", "js"])
def test_the_worked_programs_conform(language: str) -> None:
    program = command(language)
    smoke = checked("--exec", program, "--smoke")
    assert smoke.exit_code == 0, smoke.output
    assert smoke.output.endswith("it keeps the protocol\n")
    report = judged(program)
    assert [(one.id, one.message) for one in report.clauses if one.status == "fail"] == []
    assert report.verdict == "conforms"
    assert report.about == f"mycnn.{language}"
    assert report.edition == "general"
    option = {"c": "C11", "js": "P9"}[language]
    assert any(one.id == option and one.status == "pass" for one in report.clauses)
    hidden = {one.id for one in report.clauses if "memory" in one.message}
    assert hidden == ({"Q4", "Q5"} if language == "c" else {"Q1", "Q4", "Q5"})


@pytest.mark.exhaustive
@pytest.mark.parametrize(
    ("language", "flag", "clause", "fault"),
    [
        ("c", "FAULTY", "C7", "last-filter-column-unread"),
        ("js", "faulty", "P4", "maximum-begins-at"),
        ("c", "IGNORES_STRIDE", "C11", "stride-ignored"),
        ("js", "ignores-ceil", "P9", "pooling-ceil-ignored"),
    ],
)
def test_their_faulty_variants_are_caught_and_named(
    language: str, flag: str, clause: str, fault: str
) -> None:
    program = command(language, flag)
    result = checked("--exec", program, "--budget", "quick")
    assert result.exit_code == 1
    assert re.search(rf"^{clause}  .*\[values\]$", result.output, re.MULTILINE)
    assert f"behaves as: {fault}." in result.output
    pattern = rf"cnnspec replay (\S+-{clause}\.json) --exec .*, or (.*)"
    (replay,) = re.findall(pattern, result.output)
    refused = CliRunner().invoke(main, ["replay", replay[0]])
    assert refused.exit_code == 2
    assert f"runs the command: {program}" in refused.stderr
    again = CliRunner().invoke(main, ["replay", replay[0], "--exec", program])
    assert again.exit_code == 1
    assert f"deviates from {clause}" in again.output
    words, _, requests = replay[1].partition(" < ")
    with Path(requests).open("rb") as lines:
        answers = subprocess.run(words.split(), stdin=lines, capture_output=True, check=True)
    assert answers.stdout.count(b'"ok"') == 2


@pytest.mark.exhaustive
def test_a_shared_library_conforms(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MYCNN", built("-shared", "-fPIC", name="mycnn.so"))
    result = checked(str(PROGRAMS / "shared.py"), "--budget", "quick", "--level", "strict")
    assert result.exit_code == 0, result.output


BAD = {
    "killed": "the program died of SIGSEGV",
    "exits": r"ended its process with exit status 3 \(out of paper\)",
    "hangs": "no answer within 0.5 s",
    "half a line": "no answer within 0.5 s; half a line came",
    "half a line, then ends": "exit status 0 after half a line",
    "endless line": "a line of more than 65536 bytes",
    "no JSON": "'element 3 is 4.0', which is no JSON object",
    "no text": "which is no JSON object",
    "a list": r"'\[1, 2\]', which is no JSON object",
    "another id": "to the request with the id",
    "odd status": "the status is one of ok, rejected, unsupported",
    "reason a number": "the reason is a text",
    "unasked": "'and one more.*' to standard output without being asked",
    "debugs": "answered 'relu called', which is no JSON object",
    "a folder": "the output is no ordinary file",
    "a pipe": "the output is no ordinary file",
    "removes all": "there is no output file",
    "no file": "there is no output file",
    "no npy": "wrote no .npy file: it begins with b'hello'",
    "empty file": "wrote no .npy file",
    "short": "bytes of data; <f8 of the shape",
    "long": "bytes of data; <f8 of the shape",
    "newer": "wrote .npy format 2.0, not 1.0",
    "big-endian": "the dtype >f8",
    "Fortran": "wrote an array in Fortran order",
    "pickled": r"the dtype \|O",
    "shape a lie": "bytes of data; <f8 of the shape",
}


@pytest.mark.parametrize("manner", BAD)
def test_bad_manners_are_an_outcome_and_the_program_starts_again(manner: str) -> None:
    with closing(Executable(f"{RELU} '{manner}'", "standard", 0.5)) as program:
        good, bad = call("relu", np.array([-1.0, 2.0])), call("relu", np.ones(12))
        outcomes = [program.answer(one) for one in (good, bad, bad, good)]
    for outcome in outcomes[1:3]:
        assert outcome.kind in LOST
        assert re.search(BAD[manner], outcome.message)
    for outcome in outcomes[::3]:
        assert outcome.value is not None
        assert outcome.value.tolist() == [0, 2]


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("sparse", "the output has 4294967296 bytes"),
        ("link", "the output is a link"),
        ("device", "the output is a link"),
        ("input a pipe", "deviates"),
        ("folder a link", "there is no output file"),
    ],
)
def test_what_is_put_in_the_place_of_a_file_is_refused_at_once(kind: str, message: str) -> None:
    good, bad = call("relu", np.array([-1.0, 2.0])), call("relu", np.ones(12))
    with closing(Executable(f"{RELU} '{kind}'", "standard", 90)) as program:
        start = time.monotonic()
        outcomes = [program.answer(one) for one in (good, bad, good)]
        assert time.monotonic() - start < 60  # it is not waited for, on a busy machine either
    if kind == "input a pipe":
        assert outcomes[1].flags == {"modified"}
    else:
        assert [one.kind for one in outcomes].count("broken") == 1
        assert message in next(one.message for one in outcomes if one.kind == "broken")


@pytest.mark.exhaustive
@pytest.mark.parametrize("manner", ["killed", "hangs", "no JSON"])
def test_bad_manners_are_a_verdict_and_the_run_goes_on(manner: str) -> None:
    report = judged(f"{RELU} '{manner}'", "R1", timeout=0.5)
    core, strict = report.clauses
    assert core.status == "fail"
    assert re.search(BAD[manner], core.message)
    assert core.counterexample is not None
    assert strict.status in ("pass", "fail")
    assert report.verdict == "deviates"


@pytest.mark.parametrize(
    ("manner", "clause"), [("float32", "Q6"), ("transposed", "R1"), ("writes its input", "Q1")]
)
def test_what_a_program_writes_is_judged_by_its_clause(manner: str, clause: str) -> None:
    report = judged(f"{RELU} '{manner}'", clause)
    assert {one.status for one in report.clauses} & {"fail"}


def test_standard_error_is_shown_and_never_a_failure() -> None:
    result = checked("--exec", f"{RELU} chats", "--only", "R2", "--budget", "quick", "-v")
    assert result.exit_code == 0
    assert "on standard error the target wrote:\n    working on it" in result.output


@pytest.mark.parametrize(
    ("program", "message"),
    [
        ("./nothing", "./nothing cannot be started: No such file"),
        ("'", "cannot be started"),
        (f"{sys.executable} -c pass", "exit status 0"),
        (f"{RELU} old", "speaks protocol 0; this cnnspec speaks 1 and 2"),
        (f"{RELU} 'no ops'", "offers the ops []; some of conv, relu, pooling"),
        (f"{RELU} 'odd ops'", "offers the ops ['relu', 'softmax']"),
        (f"{RELU} 'odd dtypes'", "offers the dtypes ['double']"),
        (f"{RELU} 'dtypes a text'", "says no list of dtypes"),
        (f"{RELU} 'odd limits'", "has the limits {'H': 0}"),
        (f"{RELU} 'odd name'", "a name that is no text"),
        (f"{RELU} 'not ready'", "is not ready: no licence"),
        (f"{RELU} 'parameters a list'", "says of parameters something else than lists of names"),
        (f"{RELU} 'parameters a text'", "says parameters of relu that are no list of names"),
        (f"{RELU} 'parameters of nothing'", "parameters of 'conv', which is none of its ops"),
        (f"{RELU} 'odd parameters'", "'slope' of relu, which is no option of it; it has none"),
        (
            f"{RELU} 'misspelt parameters'",
            "'strides' of conv, which is no option of it; there are bias, stride, padding, "
            "dilation, groups, batch; did you mean stride?",
        ),
    ],
)
def test_a_program_that_says_no_proper_hello_cannot_be_judged(program: str, message: str) -> None:
    result = checked("--exec", program, "--timeout", "5")
    assert result.exit_code == 2
    assert message in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_smoke_works_in_a_process_of_its_own() -> None:
    """Nothing but the command has loaded the operations there."""
    smoke = [sys.executable, "-m", "cnnspec", "check", "--exec", RELU, "--smoke"]
    done = subprocess.run(smoke, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("it keeps the protocol\n")


def test_smoke_names_bad_manners() -> None:
    result = checked("--exec", f"{RELU} 'no JSON'", "--smoke")
    assert result.exit_code == 1
    assert "FAIL  relu of (6, 7, 1): broken: answered 'element 3 is 4.0'" in result.output
    assert checked("reference", "--smoke").exit_code == 2


@pytest.mark.parametrize("manner", ["killed", "hangs", "unasked", "a folder"])
def test_smoke_goes_on_after_a_loss_but_not_after_a_hang(manner: str) -> None:
    result = checked("--exec", f"{RELU} '{manner}'", "--smoke", "--timeout", "0.5")
    assert result.exit_code == 1
    assert ("relu a hundred times" in result.output) == (manner != "hangs")
    goes_on = "ok    an operation that it does not know is unsupported" in result.output
    assert goes_on == (manner != "hangs")


def test_limits_and_dtypes_are_heeded() -> None:
    report = judged(f"{RELU} limited", "R1", "R2", "Q6")
    assert report.verdict == "conforms"
    declined = report.clauses[0].declined
    assert declined["C above 2"]
    narrow = judged(f"{RELU} narrow", "R2", "Q6")
    assert narrow.dtype == "float32"
    assert narrow.verdict == "conforms"
    with (
        pytest.raises(TargetError, match="takes float32, not float64"),
        opened(named(f"exec:{RELU} narrow"), "standard", Options(dtype="float64")),
    ):
        pass


def test_what_cannot_be_said_is_not_said() -> None:
    program = Executable(RELU, "standard", 5)
    one = call("relu", np.ones((2, 2, 1)))
    for impossible, why in (
        (one.laid_out("Fortran"), "memory layouts"),
        (Call("relu", one.arguments, at_once=one), "two calls at once"),
        (one.with_arrays([np.ones((2, 2, 1), np.float32)]), "dtypes that it does not offer"),
    ):
        outcome = program.answer(impossible)
        assert (outcome.kind, outcome.message) == ("unsupported", why)
    place = program.files.place if program.files else Path()
    assert place.name.startswith("cnnspec-")
    program.close()
    assert not place.exists()


def test_arrays_of_one_slot_are_one_file() -> None:
    program = Executable(RELU, "standard", 5)
    for value in (1.0, -1.0):
        one = Call("relu", {"feature_map": Argument(np.full((1, 1, 1), value), slot="relu 0 0")})
        outcome = program.answer(one)
        assert outcome.value is not None
        assert outcome.value.item() == max(0, value)
    assert program.files is not None
    names = [file.name for file in program.files.place.iterdir()]
    assert names == ["slot-relu-0-0-feature_map.npy"]
    program.close()


@pytest.mark.exhaustive
def test_the_folder_of_the_files_may_have_any_name(monkeypatch: pytest.MonkeyPatch) -> None:
    place = Path("a b/Größe").resolve()
    place.mkdir(parents=True)
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    for program in (built(), RELU):
        with closing(Executable(program, "standard", 5)) as target:
            assert target.files is not None
            assert target.files.place.parent == place
            outcome = target.answer(call("relu", np.array([-1.0, 2.0])))
            assert outcome.value is not None, outcome.message
    assert list(place.iterdir()) == []


def test_a_program_can_be_called_from_python() -> None:
    relu = load(f"exec:{RELU}", "standard")["relu"]
    assert relu(np.array([-1.0, 2.0])).tolist() == [0, 2]
    with pytest.raises(Unsupported, match="dtypes that it does not offer"):
        relu(np.array([1, 2]))


def test_a_program_is_called_from_a_fresh_python() -> None:
    """As the snippets of reports do, which import nothing else of ours."""
    code = f"from cnnspec.targets import load\nprint(sorted(load('exec:{RELU}', 'standard')))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "['relu']\n"


def test_one_target_is_named() -> None:
    assert checked().exit_code == 2
    assert "name one target" in checked("reference", "--exec", RELU).stderr
    assert "--in-process goes with" in checked("--exec", RELU, "--in-process").stderr


def test_the_lines_of_the_page_fit_the_schema() -> None:
    page = (ROOT / "docs" / "protocol.md").read_text()
    lines = re.findall(r"^    [<>] (\{.*\})$", page, re.MULTILINE)
    assert len(lines) == 14
    for line in lines:
        jsonschema.validate(json.loads(line), SCHEMA)


def test_what_is_sent_fits_the_schema_and_what_the_page_says_of_it() -> None:
    files = [Path("/tmp/a b/1.npy"), Path("/tmp/a/2.npy")]  # noqa: S108  only named
    x = np.ones((4, 4, 1))
    for one in (call("conv", x, x[np.newaxis]), call("relu", x), call("pooling", x, 9, -1)):
        message = protocol.request(3, one, files[: len(one.arrays)], Path("out.npy"))
        jsonschema.validate(message, SCHEMA)
        line = wire.as_line(message)
        assert line.startswith(f'{{"id":3,"op":"{one.operation}","'.encode())
        assert line.endswith(b'"output":"out.npy"}\n')
    jsonschema.validate(protocol.hello("article"), SCHEMA)
    for wrong in (
        {"id": 1, "status": "fine"},
        {"id": 1, "op": "softmax"},
        {"status": "ok"},
        {"id": 1, "op": "relu", "image": "x.npy"},
        {"id": 1, "op": "average_pooling", "feature_map": "x.npy", "size": "2"},
    ):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(wrong, SCHEMA)


@pytest.mark.parametrize("dtype", protocol.DTYPES)
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 3, 4)])
def test_arrays_go_through_files_to_the_bit(dtype: str, shape: tuple[int, ...]) -> None:
    array = np.arange(24)[: int(np.prod(shape))].reshape(shape).astype(dtype)
    swapped = np.array(array, array.dtype.newbyteorder(">"), order="F")
    content = little(swapped)
    assert content[:8] == b"\x93NUMPY\x01\x00"
    Path("a.npy").write_bytes(content)
    back = ArrayFiles(Path.cwd()).read("a.npy")
    assert (back.dtype, back.shape) == (array.dtype, shape)
    assert back.tobytes() == array.tobytes()
    assert np.array_equal(np.load("a.npy"), array)
