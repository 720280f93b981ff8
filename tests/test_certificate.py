"""Certificates: given to what is right, and to nothing else that shows in their range."""

from collections.abc import Iterator
from fractions import Fraction
from itertools import combinations, product
from typing import Any

import numpy as np
import pytest
from certifying import certify, session_of
from hypothesis import given, settings
from hypothesis import strategies as st
from sampling import some

from cnnspec import reference, spec
from cnnspec.engine.judge import judge
from cnnspec.engine.parts import parts
from cnnspec.engine.plan import Plan
from cnnspec.kit.calls import Call, Unsupported
from cnnspec.kit.exact import gamma
from cnnspec.kit.fault import Fault
from cnnspec.kit.operation import REGISTRY
from cnnspec.kit.pace import Pace
from cnnspec.kit.session import Session
from cnnspec.kit.stack import Answer, Stack
from cnnspec.laws import bilinear, linear, maxima
from cnnspec.laws.certificate import ERROR, TOGETHER, Trials, unseen
from cnnspec.operations.average_pooling import law as average_law
from cnnspec.operations.catalogue import faults
from cnnspec.operations.conv import law as conv_law
from cnnspec.operations.pooling import law as pooling_law
from cnnspec.spec import Array, Edition
from cnnspec.targets import load
from cnnspec.targets.client import InProcess
from cnnspec.targets.target import named


def each(trials: Trials) -> Iterator[tuple[Call, Array]]:
    """Each call of some trials, with its expected result."""
    yield from zip(trials.stack.calls(), trials.expected, strict=True)


@pytest.mark.parametrize("edition", ["standard", "article"])
@pytest.mark.parametrize("name", ["reference", "spec"])
def test_what_is_right_is_certified(name: str, edition: Edition) -> None:
    session = session_of(edition, **load(name, edition))
    operations = ("conv", "pooling", *(["average_pooling"] if edition == "standard" else []))
    for operation in operations:
        found, refutation = certify(session, operation, 4, 0, 1e4)
        assert found.holds, found.sentence
        assert refutation is None
        assert found.error_probability < ERROR
        for clause in found.clauses:
            assert clause in found.sentence
        assert f"{found.shapes:,} shapes" in found.sentence


def test_C7_the_default_range_is_all_of_it() -> None:
    shapes = list(conv_law.pairs(8))
    assert len(shapes) == len(set(shapes)) == (64 + 36 + 16 + 4) * 5 * 4
    assert {filters[1] for _, filters in shapes} == {1, 3, 5, 7}
    assert all(filters[1] <= min(image[:2]) for image, filters in shapes)


def test_P4_the_default_range_is_all_of_it() -> None:
    pools = list(pooling_law.shapes(8, "standard"))
    assert len(pools) == (100 + 81 + 64 + 49) * 5 * 2
    assert {numbers for _, numbers in pools} == {
        (size, stride) for size in range(1, 5) for stride in range(1, 6)
    }
    assert len(list(pooling_law.shapes(8, "article"))) < len(pools)  # P4a rejects some


BEYOND = {
    "seam-between-strips": "it begins with 32 columns",
    "strides-are-cut-to-thirty-two-bits": "it begins with strides of 2^32",
    "large-strides-are-cut-to-thirty-two-bits": "it begins with strides of 2^32",
    "by-running-sums": "sums are exact on the grids of certificates",
    "reciprocal-in-float32": "1/n is exact up to size 2, which is all up to side 5",
}
COMPUTED = {"C6", "C7", "C9", "P3", "P4", "A3", "A4", "A5"}
VALUES = [fault for fault in faults() if set(fault.clauses) <= COMPUTED]


@pytest.mark.exhaustive
@pytest.mark.parametrize("fault", some(VALUES, 3), ids=lambda fault: fault.id)
def test_faults_of_shape_and_value_are_refuted(fault: Fault) -> None:
    session = Session(InProcess(fault.operations()), "standard")
    found, refutation = certify(session, fault.operation, 5, 0, 1e4)
    assert found.holds == (fault.id in BEYOND)
    if refutation is not None:
        assert refutation[0] in fault.clauses or fault.operation != "conv"


@settings(max_examples=40)
@given(st.sampled_from(list(conv_law.pairs(8))), st.integers(0, 99))
def test_C7_the_witness_agrees_with_the_spec(shape: tuple[Any, Any], seed: int) -> None:
    image, (number, *filters) = shape
    pairs = [(image, (n, *filters)) for n in range(1, number + 1)]
    found = list(bilinear.trials(conv_law.CONV, pairs, 53, np.random.RandomState(seed)))
    for pair, trials in zip(pairs, found, strict=True):
        assert tuple(one.shape[1:] for one in trials.stack.arrays.values()) == pair
        for call, expected in each(trials):
            assert np.array_equal(spec.conv(*call.arrays), expected)


PUBLISHED = list(pooling_law.shapes(6, "article"))


@settings(max_examples=40)
@given(st.sampled_from(PUBLISHED), st.sampled_from([53, 24]))
def test_P4_the_witness_agrees_with_the_spec(case: tuple[Any, tuple[int, int]], bits: int) -> None:
    editions: tuple[Edition, ...] = ("standard", "article")
    for edition in editions:
        random = np.random.RandomState(0)
        pool = maxima.both(maxima.values(random, 4096, bits))
        shape, (size, _) = case
        several = [n for other, n in PUBLISHED if (other, n[0]) == (shape, size)]
        found = maxima.trials(pooling_law.POOLING, shape, several, edition, bits, pool, random)
        for numbers, trials in zip(several, found, strict=True):
            for call, expected in each(trials):
                (x,) = call.arrays
                assert np.array_equal(spec.pooling(x, *numbers, edition=edition), expected)
                if bits == 24:
                    assert np.array_equal(x.astype(np.float32), x)


@settings(max_examples=40)
@given(st.sampled_from(list(average_law.shapes(6))), st.sampled_from([53, 24]))
def test_A4_the_witness_is_the_book_on_fractions(
    case: tuple[Any, tuple[int, int]], bits: int
) -> None:
    random = np.random.RandomState(0)
    shape, (size, stride) = case
    several = [(size, one) for one in range(1, stride + 1)]
    found = linear.trials(average_law.AVERAGE_POOLING, shape, several, bits, random)
    for numbers, trials in zip(several, found, strict=True):
        for call, expected in each(trials):
            (x,) = call.arrays
            exact = spec.average_pooling(np.vectorize(Fraction, otypes=[object])(x), *numbers)
            assert np.array_equal(exact.astype(float), expected)
            if bits == 24:
                assert np.array_equal(x.astype(np.float32), x)


def test_A4_the_sum_is_known_from_any_result_within_the_bound() -> None:
    for significand, size in product((53, 24), range(1, 8)):
        count = size**2
        largest_sum = count * 2.0 ** (linear.bits(significand, count) + 1)
        relative = gamma(count + 1, "float64" if significand == 53 else "float32")
        assert relative * Fraction(largest_sum) < Fraction(1, 2)


@pytest.mark.parametrize(
    ("shape", "size", "start"),
    [
        ((3, 4, 1), 2, (1, 1, 0)),
        ((6, 7, 3), 2, (2, 3, 1)),
        ((3, 5, 3), 3, (0, 1, 1)),
    ],
)
def test_P4_any_other_set_of_elements_is_told_apart(
    shape: tuple[int, int, int], size: int, start: tuple[int, int, int]
) -> None:
    """By the orders alone: each is shown to be one element more, or one less, than the window."""
    row, column, channel = start
    places = product(range(row, row + size), range(column, column + size), [channel])
    window = set(places)
    (orders,) = maxima.orders(shape, size, 1, np.random.RandomState(1))
    for element in np.ndindex(shape):
        other = window ^ {element}
        assert any(max(x[o] for o in other) != max(x[o] for o in window) for x in orders), element


@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_P4_every_element_of_a_window_and_every_other_one_shows(size: int) -> None:
    """Each element of a window is its largest in one order; each other one is larger in one."""
    for height, width, channels in product(range(size, size + 5), range(size, size + 5), (1, 2)):
        shape = height, width, channels
        (orders,) = maxima.orders(shape, size, 1, np.random.RandomState(height))
        for row, column in np.ndindex(height - size + 1, width - size + 1):
            inside = np.zeros(shape, bool)
            inside[row : row + size, column : column + size, channels - 1] = True
            window = orders[:, inside]
            assert len(set(window.argmax(axis=1))) == size**2
            assert (orders[:, ~inside] > window.max(axis=1)[:, np.newaxis]).any(axis=0).all()


@pytest.mark.parametrize("bits", [53, 24])
def test_P4_the_numbers_that_tell_elements_apart_differ(bits: int) -> None:
    random = np.random.RandomState(2)
    pool = maxima.both(maxima.values(random, 4096, bits))
    for count in (2, 54, 1200):
        found = maxima.chosen(pool, count, 3, random)
        assert found.shape == (3, 2, count)
        assert (np.diff(found) > 0).all()


def test_no_two_shapes_share_what_is_drawn() -> None:
    """Else the tests of a law would be no independent ones."""
    random = np.random.RandomState(0)
    pool = maxima.both(maxima.values(random, 4096, 53))
    strides = [(2, 1), (2, 2), (2, 3)]
    banks = [((6, 5, 2), (n, 3, 3, 2)) for n in (1, 2, 3)]
    families = {
        "image": bilinear.trials(conv_law.CONV, banks, 53, random),
        "mean": linear.trials(average_law.AVERAGE_POOLING, (6, 5, 3), strides, 53, random),
        "largest": maxima.trials(
            pooling_law.POOLING, (6, 5, 3), strides, "standard", 53, pool, random
        ),
    }
    for name, family in families.items():
        for one, other in combinations(family, 2):
            pairs = zip(one.stack.arrays.values(), other.stack.arrays.values(), strict=True)
            for left, right in pairs:
                if name == "largest":  # numbers come from one pool, in orders of their own
                    assert not np.array_equal(left[1], right[1])
                else:
                    assert not np.intersect1d(left[0], right[0]).size


@pytest.mark.parametrize(
    ("pace", "timeout", "most"),
    [(Pace(), 20.0, TOGETHER), (Pace(), 0.3, 10), (Pace(-2), 20.0, 66), (Pace(-2), 0.1, 1)],
)
def test_a_slow_target_gets_small_messages(pace: Pace, timeout: float, most: int) -> None:
    asked: list[int] = []

    class Watched(InProcess):
        def stacked(self, calls: list[Stack]) -> list[Answer]:
            asked.append(sum(map(len, calls)))
            return super().stacked(calls)

    client = Watched({"conv": reference.conv})
    client.timeout = timeout
    session = Session(client, "standard")
    session.timing.paces["conv"] = pace
    found, _ = certify(session, "conv", 5, 0, 1e4)
    assert found.holds
    assert most <= max(asked) < most + 20


def test_C7_a_bilinear_fault_passes_one_point_as_rarely_as_is_said() -> None:
    """With few bits the bound is large enough to be seen: 2 * 2**-b is not exceeded."""
    random = np.random.RandomState(0)
    bits, image, filters = 10, (3, 3), (1, 3, 3)
    pixels, weights = bilinear.grid(bits, 9)
    passed = 0
    for _ in range(4000):
        x = random.randint(-(2**pixels), 2**pixels + 1, image)
        w = random.randint(-(2**weights), 2**weights + 1, filters)
        passed += int((x * w[0]).sum() == (x * w[0]).sum() - x[0, 0] * w[0, 0, 0])
    assert 0 < passed / 4000 < bilinear.chance_of_agreement(bits, 9)


def test_what_a_target_declines_is_named() -> None:
    def conv(image: Array, filters: Array) -> Array:
        if np.ndim(image) == 2:
            raise Unsupported("images without a channel axis")
        return reference.conv(image, filters)

    found, _ = certify(session_of(conv=conv), "conv", 3, 0, 1e4)
    assert found.holds
    assert "images without a channel axis" in found.sentence
    assert found.shapes + found.declined.total() == len(list(conv_law.pairs(3)))


def test_a_target_that_declines_everything_or_is_slow_is_not_certified() -> None:
    def never(*_arguments: Array) -> Array:
        raise Unsupported("anything")

    found, _ = certify(session_of(conv=never), "conv", 3, 0, 1e4)
    assert not found.holds
    assert "declines every shape" in found.sentence
    found, _ = certify(session_of(conv=reference.conv), "conv", 8, 0, 0.0)
    assert not found.holds
    assert "within 0 s" in found.sentence


@pytest.mark.exhaustive
def test_a_refutation_becomes_a_deviation_of_its_clause() -> None:
    def conv(image: Array, filters: Array) -> Array:
        y = reference.conv(image, filters)
        rare = np.shape(image) == (8, 5, 3) and np.shape(filters) == (4, 5, 5, 3)
        return -y if rare else y

    plan = Plan(named("rare"), only=("C6", "C7"), certify=8)
    report = judge(InProcess({"conv": conv}), plan)
    (value,) = [one for one in report.clauses if one.id == "C7"]
    assert value.status == "fail"
    assert value.counterexample is not None
    assert value.counterexample.case[-1].arrays[0].shape == (8, 5, 3)
    (certificate,) = report.certificates
    assert certificate.sentence == "not certified: C7 deviates"
    assert report.verdict == "deviates"


def test_there_is_no_certificate_for_a_clause_that_deviates() -> None:
    fault = next(fault for fault in faults() if fault.id == "filter-rotated")
    plan = Plan(named("flipped"), only=("C6", "C7", "R2"), certify=3)
    report = judge(InProcess(fault.operations()), plan)
    sentences = [one.sentence for one in report.certificates]
    assert sentences[0] == "not certified: C7 deviates"
    assert report.certificates[1].holds
    assert (
        judge(
            InProcess(fault.operations()), Plan(named("none"), only=("R2",), certify=0)
        ).certificates
        == []
    )


def test_the_confidence_is_what_it_says() -> None:
    assert (1 - unseen(500)) ** 500 == pytest.approx(0.01, rel=0.02)


def test_what_takes_longest_is_certified_first_and_told_in_the_order_of_operations() -> None:
    """So that no process has nothing to do at the end."""
    names = ["pooling", "average_pooling", "conv", "relu"]
    plan = Plan(named("reference"), certify=2)
    last = [one.certified[0].operation.name for one in parts(plan) if one.certified]
    assert last == names
    report = judge(InProcess({name: getattr(reference, name) for name in names}), plan)
    assert [one.operation for one in report.certificates] == list(REGISTRY)
    assert all(one.holds for one in report.certificates)
