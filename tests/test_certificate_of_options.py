"""Certificates of options: given to what is right, and to no fault of a single setting."""

from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
from certifying import LAWS, RIGHT, certify_options, session_of, with_signature
from sampling import some

from cnnspec import reference, spec
from cnnspec.engine.judge import judge
from cnnspec.engine.plan import Plan
from cnnspec.kit.axis_settings import Offered
from cnnspec.kit.axis_windows import windows
from cnnspec.kit.calls import Unsupported
from cnnspec.kit.operation import REGISTRY, broken
from cnnspec.kit.option_axes import is_pinned
from cnnspec.kit.pace import Pace
from cnnspec.kit.taken import Taken, taken
from cnnspec.laws import option_linear, option_maxima
from cnnspec.laws.certificate import ERROR
from cnnspec.laws.options import OptionLaw, Tried
from cnnspec.operations.catalogue import faults
from cnnspec.operations.conv import option_law as conv_law
from cnnspec.report import data, page, rows
from cnnspec.spec import Array
from cnnspec.targets import in_edition, load
from cnnspec.targets.client import InProcess
from cnnspec.targets.target import named

BOOK = in_edition(spec, "general")
ADAPTERS = Path(__file__).parent / "adapters"


def offered(operation: str, forms: tuple[str, ...] = ()) -> Offered:
    """What a target can be given that takes everything, or some forms alone."""
    session = session_of("general", **{operation: RIGHT[operation]})
    known: Taken = taken(session, REGISTRY[operation])
    some_ = frozenset(one for one in known if not forms or one[1] in forms)
    return Offered(REGISTRY[operation], some_, 7, LAWS[operation].pinned)


@lru_cache
def settings(operation: str) -> list[Tried]:
    """All settings that are tried of a target that takes everything."""
    return LAWS[operation].settings(offered(operation), np.random.RandomState(0))


# What is tried


@pytest.mark.parametrize(
    ("operation", "dilations"), [("conv", 3), ("pooling", 3), ("average_pooling", 1)]
)
def test_every_setting_of_an_axis_is_tried(operation: str, dilations: int) -> None:
    """Counted by loops: of both axes, whatever the other one is."""
    pinned = LAWS[operation].pinned
    counted = {
        (n, s, t, d, before, behind)
        for n in range(1, 8)
        for s in range(1, 5)
        for t in range(1, 4)
        for d in range(1, dilations + 1)
        for before in range(3)
        for behind in range(3)
        if d * (s - 1) + 1 <= before + n + behind
    }
    tried = settings(operation)
    for axis in ("rows", "columns"):
        found = {
            (*getattr(one, axis).line, getattr(one, axis).before, getattr(one, axis).behind)
            for one in tried
            if not isinstance(one.options.get("padding"), str)
        }
        assert found <= counted
        assert pinned or found == counted
        left_open = counted - found
        assert all(len({before, behind}) for *_, before, behind in left_open)
        assert not any(before == behind == 0 for *_, before, behind in left_open)


@pytest.mark.parametrize("operation", LAWS)
def test_what_is_tried_is_valid_and_nothing_of_it_is_left_open(operation: str) -> None:
    law, random = LAWS[operation], np.random.RandomState(0)
    for one in settings(operation)[::37]:
        assert not law.pinned or (is_pinned(one.rows) and is_pinned(one.columns))
        assert broken(law.trials(one, 53, True, random).stack.first, "general") is None


@pytest.mark.parametrize("bits", [53, 24])
@pytest.mark.parametrize("operation", LAWS)
def test_the_witness_agrees_with_the_book(operation: str, bits: int) -> None:
    law, random = LAWS[operation], np.random.RandomState(1)
    for one in settings(operation)[::61]:
        trials = law.trials(one, bits, True, random)
        for call, expected in zip(trials.stack.calls(), trials.expected, strict=True):
            (_, x), *others = call.plain.items()
            if operation == "average_pooling":
                x = np.vectorize(Fraction, otypes=[object])(x)
            arrays = [value for name, value in others if name == "filters"]
            options = {name: value for name, value in others if name != "filters"}
            got = BOOK[operation](x, *arrays, **options).astype(float)
            assert np.array_equal(got, expected), call.plain
            if bits == 24:
                assert all(np.array_equal(a.astype(np.float32), a) for a in call.arrays)


def test_all_pairs_of_classes_meet() -> None:
    every = offered("pooling")
    assert len({*map(str, every.pairs(np.random.RandomState(0)))}) > 500
    assert len(list(every.pairs(np.random.RandomState(0)))) == 24**2


def test_P7_two_orders_of_each_class_tell_all_sets_of_places_apart() -> None:
    """Each set with one place more or less than a window gives another result in a channel."""
    random = np.random.RandomState(0)
    for one in settings("pooling")[::29]:
        (height, width), ranks = one.extents, option_maxima.orders(one, random)
        flat = ranks.reshape(height * width, -1)
        spots = np.arange(1.0, height * width + 1).reshape(height, width, 1)
        seen = windows(spots, one.rows, one.columns, 0, one.ceil)[..., 0]
        for window in seen.swapaxes(1, 2).reshape(-1, seen.shape[1] * seen.shape[3]):
            inside = np.zeros(height * width, bool)
            inside[window[window > 0].astype(int) - 1] = True
            largest = flat[inside].max(axis=0)
            shown = (flat[inside] == largest).any(axis=1)
            assert shown.all()
            assert (flat[~inside] > largest).any(axis=1).all()


# What is right


@pytest.mark.exhaustive
@pytest.mark.parametrize("operation", LAWS)
def test_the_reference_is_certified_and_the_sentence_says_for_what(operation: str) -> None:
    found, refutation = certify_options(RIGHT[operation], operation)
    assert refutation is None
    assert found.holds
    assert found.error_probability < ERROR
    assert found.shapes == len(settings(operation))
    assert all(clause in found.sentence for clause in found.clauses)
    axes = "extent <= 7, size <= 4, stride and dilation <= 3 and padding before and after <= 2"
    if operation == "average_pooling":
        axes = axes.replace(" and dilation", "")
    assert f"at all {found.shapes:,} settings with {axes} or in words" in found.sentence
    assert "along one axis, the other plain; one for each pair of classes" in found.sentence
    assert len(found.hypotheses) >= 3


SENTENCES = {
    ("groups", "bias", "dilation", "padding"): "conv with stride computes C10 and C11 for every "
    "C-contiguous float64 image and bank of filters whose sums are exact, at all 68 settings with "
    "extent <= 3, size <= 4 and stride <= 3 along one axis, the other plain; one for each pair of "
    "classes of rows and columns; 2 channels and filters, and each C, N <= 4, if at each it is "
    "bilinear in image and filters, and depends on nothing else. Such a conv",
    ("stride", "padding", "dilation"): "conv with bias and groups computes C10, C15 and C16 for "
    "every C-contiguous float64 image, bank of filters and bias whose sums are exact, at all ",
}


@pytest.mark.parametrize("left_out", SENTENCES)
def test_the_sentence_covers_what_is_offered_and_no_more(left_out: tuple[str, ...]) -> None:
    def conv(image: Any, filters: Any, **given: Any) -> Array:
        assert not set(left_out) & set(given)
        y: Array = RIGHT["conv"](image, filters, **given)
        return y

    found, refutation = certify_options(with_signature(conv, "conv", *left_out), "conv", side=4)
    assert refutation is None
    assert found.sentence.startswith(SENTENCES[left_out]), found.sentence


def numbers_alone(image: Any, filters: Any, stride: Any = 1, padding: Any = 0) -> Array:
    """A stride and padding that are one number for both axes."""
    if isinstance(stride, tuple) or not isinstance(padding, int):
        raise TypeError("numbers")
    y: Array = RIGHT["conv"](image, filters, stride=stride, padding=padding)
    return y


def test_settings_in_forms_that_the_target_refuses_are_not_tried() -> None:
    found, refutation = certify_options(numbers_alone, "conv", side=4)
    assert refutation is None
    assert found.holds
    assert not found.declined
    axes = "padding on each side <= 2 along one axis, the other plain but for padding and stride"
    assert axes in found.sentence


def test_settings_that_a_target_declines_are_told() -> None:
    def conv(image: Any, filters: Any, stride: Any = 1) -> Array:
        if np.shape(filters)[1] == 4:
            raise Unsupported("four rows")
        y: Array = RIGHT["conv"](image, filters, stride=stride)
        return y

    found, _ = certify_options(conv, "conv", side=5)
    assert found.holds
    assert f"but for {found.declined['four rows']} settings that it declines (four rows)" in (
        found.sentence
    )


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", some(["torch_functional", "onnx_style", "cs231n"], 2))
def test_worked_adapters_are_certified(name: str) -> None:
    functions = load(str(ADAPTERS / f"{name}.py"), "general")
    for operation in LAWS.keys() & functions.keys():
        found, refutation = certify_options(functions[operation], operation, side=5)
        assert refutation is None
        assert found.holds or not found.options, found.sentence


# In a run


@pytest.mark.parametrize(("certify", "budget"), [(0, "default"), (None, "quick")])
def test_there_is_none_where_none_is_asked_for(certify: int | None, budget: Any) -> None:
    plan = Plan(named("x"), "general", only=("C16",), certify=certify, budget=budget)
    assert judge(InProcess({"conv": RIGHT["conv"]}), plan).certificates == []


def test_there_is_none_for_a_clause_that_deviates() -> None:
    ignored = next(one for one in faults() if one.id == "stride-ignored").make("general")
    plan = Plan(named("x"), "general", only=("C11",), certify=2, explain=False)
    (certificate,) = judge(InProcess({"conv": ignored}), plan).certificates
    assert certificate.sentence == "not certified with options: C11 deviates"


def test_a_report_says_it_as_text_as_data_and_as_a_page() -> None:
    def relu(x: Array) -> Array:
        return reference.relu(x)

    def conv(image: Any, filters: Any, stride: Any = 1) -> Array:
        y: Array = RIGHT["conv"](image, filters, stride=stride)
        return y

    plan = Plan(named("x"), "general", only=("C11", "R2"), certify=2, explain=False)
    report = judge(InProcess({"conv": conv, "relu": relu}), plan)
    plain, with_options = report.certificates
    assert with_options.options == ("stride",)
    result = next(one for one in report.clauses if one.id == "C11")
    assert result.certified == f"certified for {with_options.shapes} settings"
    text = " ".join(" ".join(rows.certificates(report)).split())
    assert f"certified: conv with stride for {with_options.range}" in text
    found = data.as_json(report)
    schema = data.schema()
    of_certificates = {"$defs": schema["$defs"], **schema["properties"]["certificates"]}
    jsonschema.validate(found["certificates"], of_certificates)
    assert [one.get("options") for one in found["certificates"]] == [None, ["stride"]]
    assert [one["certified"] for one in page.operations(report, "")] == [
        [with_options.sentence],
        [plain.sentence],
    ]


@pytest.mark.parametrize("edition", ["general", "standard"])
def test_there_is_none_without_options(edition: Any) -> None:
    def conv(image: Array, filters: Array) -> Array:
        y: Array = reference.conv(image, filters, edition="general")
        return y

    plan = Plan(named("x"), edition, only=("C6", "C10", "C11"), certify=2, explain=False)
    assert judge(InProcess({"conv": conv}), plan).certificates == []


def test_a_slow_target_is_not_certified_and_told_why() -> None:
    plan = Plan(named("x"), "general", only=("C11",), certify=8, pace={"conv": Pace(-1)})
    report = judge(InProcess({"conv": RIGHT["conv"]}), plan)
    (certificate,) = report.certificates
    assert not certificate.holds
    assert certificate.sentence.startswith(
        "not certified with options: at the target's pace 5,396 settings take "
    )
    assert certificate.subject == "conv with bias, stride, padding, dilation and groups"


def test_a_law_is_tested_often_where_there_are_few_settings() -> None:
    found, _ = certify_options(numbers_alone, "conv", side=1)
    assert sum(found.hypotheses.values()) > 30


def test_the_laws_are_those_that_are_tested() -> None:
    assert isinstance(conv_law.CONV, OptionLaw)
    kinds = {option_maxima.MAXIMA, option_maxima.CHANNELS, option_maxima.MONOTONE}
    random = np.random.RandomState(0)
    one = settings("pooling")[500]
    assert {option_maxima.trials(one, 53, True, random).tests[-1] for _ in range(60)} == kinds
    assert option_maxima.trials(one, 53, False, random).tests == [""]
    assert option_linear.IMPULSES in {
        conv_law.BILINEAR.trials(settings("conv")[9], 53, True, random).tests[-1] for _ in range(60)
    }
