"""A clause of options shows further counterexamples, where one does not explain the others."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
from click.testing import CliRunner, Result
from judging import quick
from page_reader import read

from cnnspec import reference, spec
from cnnspec.cli import main
from cnnspec.engine.attempt import way_of
from cnnspec.engine.further import MOST, Kind, features_of
from cnnspec.engine.judge import judge
from cnnspec.engine.plan import Counterexample, Plan
from cnnspec.kit.cuts import of_numbers
from cnnspec.kit.operation import broken, call, expected, operation_of
from cnnspec.operations.catalogue import faults
from cnnspec.report.data import schema
from cnnspec.spec import Array
from cnnspec.targets import in_edition
from cnnspec.targets.client import InProcess
from cnnspec.targets.target import named

RIGHT = in_edition(reference, "general")

TWO_FAULTS = '''
import numpy as np
from cnnspec import reference

def pooling(feature_map, size, stride, padding=0, dilation=1, ceil=False):
    """Reads pads in the wrong order, and takes 'same_upper' as 'valid' where windows lie apart."""
    x = np.asarray(feature_map)
    pair = lambda n: n if isinstance(n, tuple) else (n, n)
    apart = any(t > d * (k - 1) + 1 for k, t, d in zip(*map(pair, (size, stride, dilation))))
    if padding == "same_upper" and apart and min(x.shape) > 0:
        x = np.roll(x, -1, axis=(0, 1))
    if isinstance(padding, tuple):
        (top, bottom), (left, right) = map(pair, padding)
        padding = (top, left), (bottom, right)
    given = {"padding": padding, "dilation": dilation, "ceil": ceil}
    return reference.pooling(x, size, stride, edition="general", **given)
'''


def invoked(*arguments: str) -> Result:
    result = CliRunner().invoke(main, arguments)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder in which a target with two faults of one clause was judged."""
    place = tmp_path_factory.mktemp("two")
    place.joinpath("two.py").write_text(TWO_FAULTS)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        files = "--json", "r.json", "--html", "r.html", "--junit", "r.xml"
        done = invoked("check", "two.py", "--only", "P7", "--budget", "quick", *files)
        place.joinpath("text").write_text(done.output)
        yield place


@pytest.fixture(scope="module")
def clause(folder: Path) -> dict[str, Any]:
    """What the report says of P7."""
    report = json.loads(folder.joinpath("r.json").read_text())
    jsonschema.validate(report, schema())
    (found,) = (one for one in report["clauses"] if one["id"] == "P7")
    return dict(found)


def test_two_faults_of_a_clause_have_an_example_each(clause: dict[str, Any]) -> None:
    first, second = clause["counterexample"], clause["further"][0]
    assert "padding=(" in first["code"]
    assert clause["message"] == first["message"]
    assert "padding='same_upper'" in second["code"]
    assert second["features"][0] == "padding 'same_upper'"
    assert "a stride beyond the window's reach" in second["features"]
    assert first["message"].startswith("shape")
    assert second["message"].startswith("element")
    assert not any("same_upper" in one["code"] for one in clause["further"][1:])


def test_the_text_the_page_and_junit_show_both(folder: Path, clause: dict[str, Any]) -> None:
    second = clause["further"][0]
    heading = "P7 also deviates in another way, with padding 'same_upper'"
    text = folder.joinpath("text").read_text()
    assert heading in text
    assert "Reproduce with: cnnspec replay .cnnspec/two-P7-2.json" in text
    page = read(folder.joinpath("r.html").read_text())
    assert heading in page.text
    assert "cnnspec replay .cnnspec/two-P7-2.json" in page.text
    assert heading in folder.joinpath("r.xml").read_text()
    for shown in (text, page.text, folder.joinpath("r.xml").read_text()):
        assert " ".join(second["code"].splitlines()[-1].split()) in " ".join(shown.split())


@pytest.mark.usefixtures("folder")
def test_each_is_replayed(clause: dict[str, Any]) -> None:
    for name, example in (
        ("two-P7", clause["counterexample"]),
        ("two-P7-2", clause["further"][0]),
    ):
        done = invoked("replay", f".cnnspec/{name}.json")
        assert done.exit_code == 1
        assert f"two.py deviates from P7: {example['message']}" in done.output


def test_a_report_without_further_ones_still_fits_the_schema(folder: Path) -> None:
    report = json.loads(folder.joinpath("r.json").read_text())
    for one in report["clauses"]:
        del one["further"]
    jsonschema.validate(report, schema())


# Which cases are shown


def examples(functions: Any, clause: str) -> list[Counterexample]:
    """The counterexamples of a clause, the first one first."""
    plan = Plan(named("mine"), "general", budget="quick", only=(clause,), certify=0)
    (found,) = judge(InProcess(functions), plan).clauses
    return [one for one in (found.counterexample, *found.further) if one is not None]


def signed(operation: str, function: Any) -> dict[str, Any]:
    """A target of one operation, with the signature of the reference's."""
    function.__dict__["__signature__"] = __import__("inspect").signature(RIGHT[operation])
    return {operation: function}


def averaged(feature_map: Array, size: Any, stride: Any, **given: Any) -> Array:
    """A divisor that is off with ceil, and 'same_lower' that is refused."""
    if given.get("padding") == "same_lower":
        raise ValueError("no such padding")
    y: Array = RIGHT["average_pooling"](feature_map, size, stride, **given)
    return y * 2 if given.get("ceil") else y


def test_cases_that_raise_do_not_hide_those_that_are_wrong() -> None:
    found = examples(signed("average_pooling", averaged), "A6")
    words = [{*features_of(one.case)} for one in found]
    assert any("ceil" in some for some in words)
    # same_lower is no option that this target takes, so it is not judged
    assert not any("padding 'same_lower'" in some for some in words)


def strided(image: Array, filters: Array, *bias: Array, **given: Any) -> Array:
    """With a dilation, 'same_upper' as 'same_lower', and 'valid' that adds one."""
    padding = given.get("padding", 0)
    dilated = np.max(given.get("dilation", 1)) > 1
    if padding == "same_upper" and dilated:
        given["padding"] = "same_lower"
    y: Array = RIGHT["conv"](image, filters, *bias, **given)
    return y + 1 if padding == "valid" and dilated else y


def test_a_word_beside_a_dilation_is_asked_about() -> None:
    found = examples(signed("conv", strided), "C13")
    words = [{*features_of(one.case)} for one in found]
    assert {"padding 'same_upper'", "dilation"} in [some & words_of_c13() for some in words]
    assert {"padding 'valid'", "dilation"} in [some & words_of_c13() for some in words]


def words_of_c13() -> set[str]:
    return {"padding 'valid'", "padding 'same_upper'", "padding 'same_lower'", "dilation"}


def test_one_fault_with_a_name_has_one_example() -> None:
    (model,) = (one for one in faults() if one.id == "pooling-padding-of-zeros")
    assert len(examples({"pooling": model.make("general")}, "P7")) == 1


def test_there_are_a_few_at_the_most_and_none_twice() -> None:
    random = np.random.RandomState(0)

    def noise(feature_map: Array, size: Any, stride: Any, **given: Any) -> Array:
        y: Array = RIGHT["pooling"](feature_map, size, stride, **given)
        options = {name: one for name, one in given.items() if name == "padding" and one != 0}
        return y + 1 + random.randint(9) if options or given.get("ceil") else y

    found = examples(signed("pooling", noise), "P7")
    assert 1 <= len(found) <= MOST + 1
    inputs = {repr([(one.case[-1].plain, way_of(one))]) for one in found}
    assert len(inputs) == len(found)
    for one in found:
        varied = operation_of(one.case[-1]).varied
        assert broken(one.case[-1], "general") is None
        assert varied is not None
        assert varied.pinned(one.case[-1])


def test_what_conforms_is_not_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_given: Any) -> None:
        raise AssertionError

    monkeypatch.setattr("cnnspec.engine.further.small", never)
    assert not examples(RIGHT, "P7")


# Its parts


def test_kinds_explain_those_that_have_more() -> None:
    few, many = frozenset({"a"}), frozenset({"a", "b"})
    assert Kind("shape", few).explains(Kind("values", many))
    assert not Kind("shape", few).is_like(Kind("values", many))
    assert not Kind("shape", many).explains(Kind("shape", few))
    assert Kind("values", few).is_telling([Kind("shape", few)])
    assert not Kind("values", many).is_telling([Kind("shape", few)])
    assert not Kind("values", few).is_telling([Kind("values", few)])
    assert not Kind("gives nothing", few).is_telling([Kind("shape", few)])


X = np.zeros((4, 5, 1))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"size": 2, "stride": 1}, set[str]()),
        ({"size": 2, "stride": 1, "padding": 0, "ceil": False}, set[str]()),
        ({"size": 2, "stride": 1, "padding": ((0, 0), (0, 0))}, set[str]()),
        ({"size": 2, "stride": 2}, {"stride"}),
        ({"size": 1, "stride": 2}, {"stride", "a stride beyond the window's reach"}),
        ({"size": 2, "stride": 3, "dilation": 2}, {"stride", "dilation"}),
        ({"size": 2, "stride": 1, "padding": 1}, {"padding"}),
        ({"size": 2, "stride": 1, "padding": (1, 0)}, {"padding", "sides of different padding"}),
        (
            {"size": 2, "stride": 1, "padding": 2, "dilation": 3},
            {"padding", "dilation", "padding of the window's size or more"},
        ),
        ({"size": 2, "stride": 1, "padding": "valid", "ceil": True}, {"padding 'valid'", "ceil"}),
        ({"size": (1, 2), "stride": 1}, {"rows and columns of different size"}),
    ],
)
def test_features_are_what_is_out_of_the_ordinary(options: dict[str, Any], words: set[str]) -> None:
    assert {*features_of((call("pooling", X, **options),))} == words


def test_beside_options_a_number_becomes_a_pair() -> None:
    plain = call("pooling", X, 3, 2)
    assert not any(isinstance(one.plain["size"], tuple) for one in of_numbers(plain))
    beside = call("pooling", X, 3, 2, padding=((0, 2), (1, 1)))
    cut = [one.plain for one in of_numbers(beside)]
    assert {(1, 3), (3, 1)} <= {one["size"] for one in cut}
    assert ((0, 1), (1, 1)) in [one.get("padding") for one in cut]
    assert ((0, 2), (1, 0)) in [one.get("padding") for one in cut]
    senseless = call("pooling", X, 3, 2, padding=(1.5, 1))
    assert all(one.plain.get("padding") != 0.5 for one in of_numbers(senseless))


def test_a_window_of_padding_alone_is_never_shown() -> None:
    """Its value is left open: a call that has one blames nothing."""

    def zeros_there(feature_map: Array, size: Any, stride: Any, **given: Any) -> Array:
        y: Array = RIGHT["pooling"](feature_map, size, stride, **given)
        wrong = given.get("padding") == "same_lower"
        return np.where(np.isfinite(y), y + wrong, 0)

    for one in examples(signed("pooling", zeros_there), "P7"):
        assert np.isfinite(expected(one.case[-1], "general")).all()
        assert one.expected is not None
        assert np.isfinite(one.expected).all()


def test_a_check_from_python_has_them() -> None:
    def pooling(feature_map: Any, size: Any, stride: Any, padding: Any = 0) -> Array:
        x = np.asarray(feature_map)
        if padding == "same_upper":
            return spec.pooling(x, size, stride, padding="same_lower", edition="general") * 1.0
        wrong = isinstance(padding, int) and padding > 0
        return spec.pooling(x, size, stride, padding=padding, edition="general") + wrong

    found = quick(pooling=pooling, only="P7")["P7"]
    assert found.counterexample is not None
    assert found.further
    assert all("pooling(" in one.code for one in found.further)
