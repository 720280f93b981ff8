"""Edition general: targets that offer options are judged by them, and by no other."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

import cnnspec
from cnnspec import reference, spec
from cnnspec.cli import main
from cnnspec.engine.judge import judge
from cnnspec.engine.plan import Plan
from cnnspec.engine.report import Report
from cnnspec.kit.exact import significand_bits
from cnnspec.kit.operation import REGISTRY, broken, expected
from cnnspec.kit.session import difference
from cnnspec.kit.settings import form_of, in_another_form
from cnnspec.operations.every.options import calls_of
from cnnspec.spec import Array
from cnnspec.targets import in_edition
from cnnspec.targets.client import InProcess
from cnnspec.targets.target import named

OF_CONV = ("C10", "C11", "C12", "C13", "C14", "C15", "C16", "C17", "C18")
OF_POOLINGS = ("P6", "P7", "P8", "P9", "P10", "P11", "A6", "A7", "A8")


def judged(functions: Any, *only: str, level: Any = "core") -> Report:
    effort: Any = {"budget": "quick", "certify": 0, "explain": False}
    plan = Plan(named("mine"), "general", level, only=only, **effort)
    return judge(InProcess(functions), plan)


def statuses(report: Report) -> dict[str, str]:
    return {one.id: one.status for one in report.clauses}


def failing(report: Report) -> list[str]:
    return [one.id for one in report.clauses if one.status == "fail"]


@pytest.mark.parametrize("ours", [spec, reference], ids=["spec", "reference"])
def test_ours_conform_and_all_pairs_of_options_are_met(ours: Any) -> None:
    report = judged(in_edition(ours, "general"), *OF_CONV, *OF_POOLINGS)
    assert statuses(report) == dict.fromkeys([*OF_CONV, *OF_POOLINGS], "pass")
    met = {one.operation: len(one.left) for one in report.pairs if "options" in one.operation}
    assert met == {f"options of {name}": 0 for name in ("conv", "pooling", "average_pooling")}
    assert min(one.count for one in report.pairs if "options" in one.operation) > 1_500


@pytest.mark.exhaustive
def test_the_reference_conforms_strictly() -> None:
    report = judged(in_edition(reference, "general"), level="strict")
    assert report.verdict == "conforms"
    assert set(statuses(report).values()) == {"pass"}


def test_the_oracle_gives_what_the_book_gives() -> None:
    for operation in (one for one in REGISTRY.values() if one.varied):
        book = operation.definition("general")
        forms = {one.name: one.forms for one in operation.options}
        sizes: dict[str, Any] = {one.name: ("number", "pair") for one in operation.numbers}
        known = frozenset((name, form) for name, some in (forms | sizes).items() for form in some)
        for made in calls_of(operation, known, 1, 53):
            assert made is not None
            assert broken(made, "general") is None
            got, wanted = book(**made.plain), expected(made, "general")
            assert got.shape == wanted.shape
            assert np.isfinite(wanted).all()  # what padding alone gives is left open
            bits = min(53, significand_bits(got.dtype))
            bound = operation.bound(made, bits) if operation.bound else None
            assert difference(got, wanted, bound) is None, made.plain


def test_a_law_gives_another_call_of_the_same_result() -> None:
    """Without an option, a call gives the same, or what the option takes a part of."""
    kept = {"C12", "C13", "C14", "C15"}
    for operation in (one for one in REGISTRY.values() if one.varied):
        assert operation.varied is not None
        for law in operation.laws:
            alone = operation.varied.alone.get(law.clause)
            for made in alone(53)[::7] if alone else ():
                other = law.without(made)
                assert broken(other, "general") is None, (law.clause, made.plain)
                if law.clause in kept:
                    same = np.array_equal(expected(made, "general"), expected(other, "general"))
                    assert same, (law.clause, made.plain)


# What is offered


def strided(image: Any, filters: Any, stride: int = 1, padding: int = 0) -> Array:
    """As a student writes it: numbers alone."""
    x, w = np.asarray(image, float), np.asarray(filters, float)
    if x.ndim == 2 and w.ndim == 3:
        x, w = x[..., None], w[..., None]
    if (x.ndim, w.ndim) != (3, 4) or x.shape[2] != w.shape[3]:
        raise ValueError("ranks or channels")
    if padding < 0 or stride < 1:
        raise ValueError("stride or padding")
    x = np.pad(x, ((padding, padding), (padding, padding), (0, 0)))
    rows = (x.shape[0] - w.shape[1]) // stride + 1
    columns = (x.shape[1] - w.shape[2]) // stride + 1
    if rows < 1 or columns < 1:
        raise ValueError("the filter does not fit")
    y = np.zeros((rows, columns, len(w)))
    for r, c, n in np.ndindex(y.shape):
        top, left = r * stride, c * stride
        y[r, c, n] = (x[top : top + w.shape[1], left : left + w.shape[2]] * w[n]).sum()
    return y


def test_what_is_not_offered_is_neither_passed_nor_failed() -> None:
    report = judged({"conv": strided}, *OF_CONV)
    found = statuses(report)
    assert failing(report) == []
    assert [one for one in OF_CONV if found[one] == "pass"] == ["C10", "C11", "C12", "C18"]
    assert {one.id: one.lacks for one in report.clauses if one.lacks} == {
        "C14": ("dilation of conv",),
        "C15": ("groups of conv",),
        "C16": ("bias of conv",),
        "C17": ("batch of conv",),
    }
    assert report.verdict == "conforms"
    (hint,) = [one for one in report.hints if "refuses" in one]
    assert hint.startswith("conv refuses stride as (rows, columns); padding as (rows, columns)")


def test_a_function_that_takes_any_name_offers_none() -> None:
    def any_name(image: Any, filters: Any, **_named: Any) -> Array:
        return strided(image, filters)

    assert set(statuses(judged({"conv": any_name}, "C11", "C12")).values()) == {"absent"}


def keywords() -> list[tuple[str, str, str]]:
    """Each option with its operation and its clause."""
    return [
        (operation.name, option.name, option.clause)
        for operation in REGISTRY.values()
        for option in operation.options
        if option.name != "batch"
    ]


@pytest.mark.parametrize(("operation", "option", "clause"), keywords())
def test_a_keyword_without_an_effect_deviates(operation: str, option: str, clause: str) -> None:
    right = in_edition(reference, "general")[operation]
    default = next(one for one in REGISTRY[operation].options if one.name == option).default

    def without(first: Any, *others: Any, **named: Any) -> Array:
        result: Array = right(first, *others, **{**named, option: default})
        return result

    without.__dict__["__signature__"] = __import__("inspect").signature(right)
    assert failing(judged({operation: without}, clause)) == [clause]


def test_where_only_pairs_are_taken_pairs_are_judged() -> None:
    def paired(image: Any, filters: Any, stride: Any = (1, 1)) -> Array:
        rows, columns = stride
        return reference.conv(image, filters, stride=(rows, columns), edition="general")

    report = judged({"conv": paired}, "C11")
    assert statuses(report) == {"C11": "pass"}
    assert report.clauses[0].examples > 30


@pytest.mark.parametrize(
    ("setting", "others"),
    [
        (2, [(2, 2), ((2, 2), (2, 2))]),
        ((1, 2), [((1, 1), (2, 2))]),
        (((1, 1), (2, 2)), [(1, 2)]),
        (((1, 1), (1, 1)), [1, (1, 1)]),
        (((0, 1), (2, 2)), []),
        ("valid", []),
        (True, []),
    ],
)
def test_other_forms_of_a_setting(setting: Any, others: list[Any]) -> None:
    assert in_another_form(setting) == others
    assert all(form_of(one) != form_of(setting) for one in others)


# The edition


FILE = "from cnnspec.reference import conv as right\ndef conv(image, filters{more}):\n"


@pytest.mark.parametrize(("more", "edition"), [("", "standard"), (", stride=1", "general")])
def test_the_edition_is_general_where_an_option_is_offered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, more: str, edition: str
) -> None:
    monkeypatch.chdir(tmp_path)
    given = ", stride=stride, edition='general'" if more else ""
    Path("mine.py").write_text(
        FILE.format(more=more) + f"    return right(image, filters{given})\n"
    )
    arguments = ["check", "mine.py", "--budget", "quick", "--only", "C1,C6"]
    result = CliRunner().invoke(main, arguments)
    assert f"edition {edition}" in result.output
    pinned = CliRunner().invoke(main, [*arguments, "--edition", "standard"])
    assert "edition standard" in pinned.output


def test_in_python_too() -> None:
    report = cnnspec.check(conv=strided, budget="quick", only=("C10", "C11", "C14"))
    assert report
    assert "edition general" in str(report)


# Two conditions together: each is wrong only where two options meet


def wrong_where(first: str, second: str) -> Any:
    right = in_edition(reference, "general")["conv"]

    def conv(image: Any, filters: Any, **named: Any) -> Array:
        y: Array = right(image, filters, **named)
        odd = [is_odd(named, name) for name in (first, second)]
        return y + 1 if all(odd) else y

    conv.__dict__["__signature__"] = __import__("inspect").signature(right)
    conv.__dict__["batch"] = True
    return conv


def is_odd(named: dict[str, Any], name: str) -> bool:
    plain: Any = {"padding": 0}.get(name, 1)
    value = named.get(name, None if name == "bias" else plain)
    return value is not None if name == "bias" else value != plain


NAMES = ("bias", "stride", "padding", "dilation", "groups")


@pytest.mark.parametrize(
    ("first", "second"), [("stride", "padding"), ("padding", "dilation"), ("bias", "groups")]
)
def test_what_two_options_break_together_is_found(first: str, second: str) -> None:
    report = judged({"conv": wrong_where(first, second)}, *OF_CONV[1:7])
    clauses = {one.name: one.clause for one in REGISTRY["conv"].options}
    assert failing(report)
    assert set(failing(report)) <= {clauses[first], clauses[second], "C13"}


def test_who_takes_batches_need_not_reject_one_where_there_are_none() -> None:
    plan = Plan(named("mine"), "standard", "core", budget="quick", only=("C1", "P1", "A1"))
    report = judge(InProcess(in_edition(reference, "general")), plan)
    assert statuses(report) == dict.fromkeys(("C1", "P1", "A1"), "pass")


def test_padding_on_the_other_side_is_not_blamed_on_ceil() -> None:
    """A map that was made small has equal numbers, among which wrong padding does not show."""

    def pooling(
        feature_map: Array, size: Any, stride: Any, *, padding: Any = 0, ceil: bool = False
    ) -> Array:
        if isinstance(padding, tuple) and isinstance(padding[0], tuple):
            padding = tuple((behind, before) for before, behind in padding)
        given = {"padding": padding, "ceil": ceil, "edition": "general"}
        return reference.pooling(feature_map, size, stride, **given)

    report = judged({"pooling": pooling})
    assert failing(report) == ["P7"]
