"""Examples worked by hand, small enough to check by eye; and what is rejected, with its message."""

import doctest
import re
from copy import copy
from fractions import Fraction
from importlib import import_module
from inspect import unwrap
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from cnnspec import SpecError, spec
from cnnspec.kit.windows import INVALID as INVALID_WINDOWS
from cnnspec.operations.conv.inputs import INVALID as INVALID_CONV
from cnnspec.reference.pooling import published_pooling as published_reference


@pytest.mark.parametrize("chapter", [*spec.CHAPTERS, "window", "parameters"])
def test_the_examples_of_the_book_hold(chapter: str) -> None:
    module = import_module(f"cnnspec.spec.{chapter}")
    failed, tried = doctest.testmod(module)
    assert not failed
    assert tried or chapter == "every"


@pytest.mark.parametrize("chapter", ["conv", "pooling", "average_pooling"])
def test_the_examples_of_general_functions_hold(chapter: str) -> None:
    module = import_module(f"cnnspec.spec.{chapter}")
    function = unwrap(getattr(module, f"general_{chapter}"))  # doctest sees no decorated ones
    (found,) = doctest.DocTestFinder().find(function, globs=dict(vars(module)))
    assert found.examples
    assert not doctest.DocTestRunner().run(found).failed


def same(result: Any, expected: Any) -> bool:
    """Equal in shape and in value."""
    return np.shape(result) == np.shape(expected) and bool(np.all(result == np.asarray(expected)))


def test_C7_the_filter_is_not_flipped(implementation: ModuleType) -> None:
    image = np.arange(1.0, 10).reshape(3, 3)
    filters = [[[1, 0, 0], [0, 0, 0], [0, 0, 10]]]
    assert same(implementation.conv(image, filters), [[[1 + 10 * 9]]])


def test_C6_C7_two_filters_on_two_rows_of_three(implementation: ModuleType) -> None:
    image = [[1, 2, 3, 4], [5, 6, 7, 8], [9, 10, 11, 12]]
    edges = [
        [[-1, 0, 1], [-1, 0, 1], [-1, 0, 1]],
        [[1, 1, 1], [0, 0, 0], [-1, -1, -1]],
    ]
    assert same(implementation.conv(image, edges), [[[6, -24], [6, -24]]])


def test_C7_channels_are_summed(implementation: ModuleType) -> None:
    image = [[[1, 10], [2, 20]]]
    filters = [[[[3, 1]]], [[[0, 2]]]]
    assert same(implementation.conv(image, filters), [[[13, 20], [26, 40]]])


def test_C7_a_filter_of_a_single_one_picks_a_pixel(implementation: ModuleType) -> None:
    image = np.arange(6 * 7 * 2.0).reshape(6, 7, 2)
    filters = np.eye(5 * 5 * 2).reshape(-1, 5, 5, 2)  # one filter for each i, j, ch, in their order
    picked = [image[i : i + 2, j : j + 3, ch] for i, j, ch in np.ndindex(5, 5, 2)]
    assert same(implementation.conv(image, filters), np.stack(picked, axis=2))


def test_Q7_zero_times_infinity_is_nan(implementation: ModuleType) -> None:
    image = np.array([[1.0, np.inf, 2.0], [np.nan, 3.0, 4.0]])
    result = implementation.conv(image, [[[0.0]]])
    assert np.array_equal(np.isnan(result[:, :, 0]), ~np.isfinite(image))


def test_R2_relu(implementation: ModuleType) -> None:
    assert same(implementation.relu([[[-2.0, 0], [3, -0.5]]]), [[[0, 0], [3, 0]]])


@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 0, 3), (1, 2, 3, 4)])
def test_R1_relu_takes_any_rank(implementation: ModuleType, shape: tuple[int, ...]) -> None:
    assert same(implementation.relu(-np.ones(shape)), np.zeros(shape))


def test_P3_P4_a_remainder_is_dropped(implementation: ModuleType) -> None:
    feature_map = np.array([[1, 2, 9], [3, 0, 9], [9, 9, 9]])[:, :, np.newaxis]
    assert same(implementation.pooling(feature_map, 2, 2), [[[3]]])


def test_P4_windows_overlap_and_negative_values_stay(implementation: ModuleType) -> None:
    feature_map = -np.array([[1, 2, 3], [4, 5, 6]])[:, :, np.newaxis]
    assert same(implementation.pooling(feature_map, 2, 1), [[[-1], [-2]]])


def test_Q7_a_nan_anywhere_in_a_window_is_its_largest(implementation: ModuleType) -> None:
    for place in np.ndindex(2, 2):
        feature_map = np.arange(4.0).reshape(2, 2, 1)
        feature_map[place] = np.nan
        assert np.isnan(implementation.pooling(feature_map)).all()


def test_P3a_P4a_the_publication_leaves_the_last_windows_at_zero(
    implementation: ModuleType,
) -> None:
    feature_map = np.arange(1, 17).reshape(4, 4, 1)
    assert same(implementation.pooling(feature_map, edition="article"), [[[6]]])
    feature_map = np.arange(1, 26).reshape(5, 5, 1)
    published = [[[7], [0]], [[0], [0]]]
    assert same(implementation.pooling(feature_map, edition="article"), published)


@pytest.mark.parametrize("arguments", [(), (2,), (2, 2)])
def test_P5_size_and_stride_are_two(implementation: ModuleType, arguments: tuple[int]) -> None:
    feature_map = np.arange(36).reshape(6, 6, 1)
    assert same(
        implementation.pooling(feature_map, *arguments)[:, :, 0],
        [[7, 9, 11], [19, 21, 23], [31, 33, 35]],
    )


def test_P5_the_stride_does_not_follow_the_size(implementation: ModuleType) -> None:
    feature_map = np.arange(25).reshape(5, 5, 1)
    assert same(implementation.pooling(feature_map, 3)[:, :, 0], [[12, 14], [22, 24]])


def test_size_and_stride_may_be_named_and_the_edition_must_be(implementation: ModuleType) -> None:
    feature_map = np.arange(25).reshape(5, 5, 1)
    named = implementation.pooling(feature_map=feature_map, size=3, stride=1)
    assert same(named, implementation.pooling(feature_map, 3, 1))
    with pytest.raises(TypeError):
        implementation.pooling(feature_map, 3, 1, "article")
    with pytest.raises(TypeError):
        implementation.stack(feature_map, [], "article")


@pytest.mark.parametrize(
    ("edition", "pooled"),
    [("standard", [[[30, 0], [34, 0]], [[66, 0], [70, 0]]]), ("article", [[[30, 0]]])],
)
def test_S1_a_layer_takes_what_the_layer_before_gives(
    implementation: ModuleType, edition: str, pooled: list[Any]
) -> None:
    image = np.arange(81).reshape(9, 9)
    banks = [[[[2]], [[-1]]], [[[[0.5, 0]]], [[[0, 1]]]]]
    first, second = implementation.stack(image, banks, edition=edition)
    assert same(first.conv, np.stack([2 * image, -image], axis=2))
    assert same(first.relu, np.stack([2 * image, 0 * image], axis=2))
    assert same(first.pool, implementation.pooling(first.relu, 2, 2, edition=edition))
    assert same(second.conv, first.pool * [0.5, 1])
    assert same(second.relu, second.conv)
    assert same(second.pool, pooled)
    if edition == "standard":
        assert same(implementation.stack(image, banks)[-1].pool, pooled)


def test_spec_is_exact_on_fractions() -> None:
    third, seventh = Fraction(1, 3), Fraction(1, 7)
    result = spec.conv(np.array([[third]]), np.array([[[seventh]]]))
    assert result.item() == Fraction(1, 21)
    assert spec.relu(np.array([third, -seventh])).tolist() == [third, 0]
    assert spec.pooling(np.array([[[third], [seventh]]]), 1, 1).ravel().tolist() == [third, seventh]


def test_spec_is_exact_on_large_integers() -> None:
    big = 10**40
    assert spec.conv(np.array([[big]], object), np.array([[[3]]], object)).item() == 3 * big


@pytest.mark.parametrize(("clause", "image", "filters"), INVALID_CONV)
def test_C1_C2_C3_C4_C5_C8_conv_rejects(
    implementation: ModuleType, clause: str, image: tuple[int, ...], filters: tuple[int, ...]
) -> None:
    with pytest.raises(SpecError) as caught:
        implementation.conv(np.ones(image), np.ones(filters))
    assert caught.value.clause == clause
    wording = {
        "C2": "Error: Number of channels in both image and filter must match.",
        "C3": "Error: Filter must be a square matrix. I.e. number of rows and columns must match.",
        "C4": "Error: Filter must have an odd size. I.e. number of rows and columns must be odd.",
    }
    assert str(caught.value).startswith(wording.get(clause, ""))
    assert str(caught.value).endswith(f"[{clause}]")


@pytest.mark.parametrize(
    ("image", "filters", "said"),
    [
        ((5, 6, 3), (2, 3, 3), "an image of rank 3 with filters of rank 3"),
        ((5, 6, 3), (2, 3, 3, 1), "The image has 3, the filters 1"),
        ((7, 8), (2, 3, 5), "It is 3 by 5"),
        ((7, 8), (2, 4, 4), "It is 4 by 4"),
        ((4, 7), (1, 5, 5), "a 5 by 5 filter does not fit into a 4 by 7 image"),
    ],
)
def test_a_rejection_names_the_sizes(
    implementation: ModuleType, image: tuple[int, ...], filters: tuple[int, ...], said: str
) -> None:
    with pytest.raises(SpecError, match=said):
        implementation.conv(np.ones(image), np.ones(filters))


@pytest.mark.parametrize(
    ("shape", "size", "stride", "said"),
    [
        ((4, 9), 2, 2, "a feature map has rank 3 .*, not 2"),
        ((4, 9, 1), 2.5, 1, "whole numbers, not 2.5 and 1"),
        ((4, 9, 1), 5, 1, "a window of size 5 in a 4 by 9 map"),
        ((4, 9, 1), 2, 0, "a stride of 0; it is at least 1"),
    ],
)
def test_a_rejection_by_pooling_names_the_sizes(
    implementation: ModuleType, shape: tuple[int, ...], size: object, stride: object, said: str
) -> None:
    with pytest.raises(SpecError, match=said):
        implementation.pooling(np.ones(shape), size, stride)


def test_a_rejection_survives_a_copy_as_it_travels_between_processes() -> None:
    error = copy(SpecError("C1", "ranks"))
    assert (error.clause, error.message, str(error)) == ("C1", "ranks", "ranks [C1]")
    assert repr(error) == "SpecError('C1', 'ranks')"


@pytest.mark.parametrize("edition", ["standard", "article"])
@pytest.mark.parametrize(("problem", "shape", "size", "stride"), INVALID_WINDOWS)
def test_P1_P2_pooling_rejects(
    implementation: ModuleType,
    problem: str,
    shape: tuple[int, ...],
    size: object,
    stride: object,
    edition: str,
) -> None:
    with pytest.raises(SpecError) as caught:
        implementation.pooling(np.ones(shape), size, stride, edition=edition)
    assert caught.value.clause == {"rank": "P1", "fit": "P2"}[problem]


@pytest.mark.parametrize(("problem", "shape", "size", "stride"), INVALID_WINDOWS)
def test_A1_A2_average_pooling_rejects(
    implementation: ModuleType, problem: str, shape: tuple[int, ...], size: object, stride: object
) -> None:
    with pytest.raises(SpecError) as caught:
        implementation.average_pooling(np.ones(shape), size, stride)
    assert caught.value.clause == {"rank": "A1", "fit": "A2"}[problem]


def test_A3_A4_a_mean_of_each_window_and_a_remainder_is_dropped(
    implementation: ModuleType,
) -> None:
    feature_map = np.array([[1, 2, 9], [3, 0, 9], [9, 9, 9]])[:, :, np.newaxis]
    assert same(implementation.average_pooling(feature_map, 2, 2), [[[1.5]]])
    assert same(implementation.average_pooling(feature_map, 3, 1), [[[51 / 9]]])
    assert same(implementation.average_pooling(feature_map, 1, 2)[..., 0], [[1, 9], [9, 9]])


def test_A4_windows_overlap_and_channels_stay_apart(implementation: ModuleType) -> None:
    feature_map = np.array([[[1, 10], [2, -20], [3, 30]], [[4, 40], [5, -50], [6, 60]]])
    means = [[[3, -5], [4, 5]]]
    assert same(implementation.average_pooling(feature_map, 2, 1), means)


def test_P4a_windows_are_two_by_two_by_default() -> None:
    feature_map = np.arange(30.0).reshape(5, 6, 1)
    for published in (spec.published_pooling, published_reference):
        assert same(published(feature_map), spec.pooling(feature_map, 2, 2, edition="article"))


def test_A4_average_pooling_has_no_defaults(implementation: ModuleType) -> None:
    with pytest.raises(TypeError):
        implementation.average_pooling(np.ones((4, 4, 1)), 2)


def test_A4_the_book_is_exact_on_fractions() -> None:
    thirds = np.array([[[Fraction(1, 3)], [Fraction(1, 7)]], [[Fraction(1)], [Fraction(2)]]])
    assert spec.average_pooling(thirds, 2, 1).item() == Fraction(73, 84)


def test_Q7_a_nan_or_infinity_anywhere_in_a_window_reaches_its_mean(
    implementation: ModuleType,
) -> None:
    for place in np.ndindex(2, 2):
        for value in (np.nan, np.inf, -np.inf):
            feature_map = np.arange(4.0).reshape(2, 2, 1)
            feature_map[place] = value
            got = implementation.average_pooling(feature_map, 2, 1)
            assert np.array_equal(got, [[[value]]], equal_nan=True)


@pytest.mark.parametrize("height", [5, 9])
def test_P4a_rejects_where_the_publication_fails(implementation: ModuleType, height: int) -> None:
    with pytest.raises(SpecError, match="published pooling fails") as caught:
        implementation.pooling(np.ones((height, 7, 1)), 3, 4, edition="article")
    assert caught.value.clause == "P4a"
    assert implementation.pooling(np.ones((height, 7, 1)), 3, 4).shape == (
        (height - 3) // 4 + 1,
        2,
        1,
    )


def test_P4a_a_window_that_is_never_written_does_not_fail(implementation: ModuleType) -> None:
    result = implementation.pooling(np.ones((5, 4, 1)), 3, 4, edition="article")
    assert result.shape == (0, 0, 1)
    assert implementation.pooling(np.ones((5, 5, 0)), 3, 4, edition="article").shape == (0, 0, 0)


@pytest.mark.parametrize(
    ("image", "filters", "shape"),
    [
        ((3, 3), (1, 3, 3), (1, 1, 1)),
        ((1, 1), (1, 1, 1), (1, 1, 1)),
        ((4, 5, 1), (1, 1, 1, 1), (4, 5, 1)),
        ((4, 5), (0, 3, 3), (2, 3, 0)),
        ((4, 5, 0), (2, 3, 3, 0), (2, 3, 2)),
    ],
)
def test_C6_valid_neighbours_of_the_invalid(
    implementation: ModuleType, image: tuple[int, ...], filters: tuple[int, ...], shape: object
) -> None:
    assert implementation.conv(np.ones(image), np.ones(filters)).shape == shape


def test_Q6_what_is_not_a_real_number_is_rejected(implementation: ModuleType) -> None:
    for values in (
        np.ones((1, 1, 1), complex),
        np.full((1, 1, 1), "a"),
        np.ones((1, 1, 1), "m8[s]"),
        np.array([[[None]]]),
        np.array([[["a"]]], object),
    ):
        calls = {
            implementation.relu: (values,),
            implementation.pooling: (values, 1, 1),
            implementation.conv: (values[0], values),
        }
        for operation, arguments in calls.items():
            with pytest.raises(SpecError, match=re.escape(f"not {values.dtype}")) as caught:
                operation(*arguments)
            assert caught.value.clause == "Q6"


def test_Q3_Q10_what_is_no_array_is_rejected(implementation: ModuleType) -> None:
    with pytest.raises(SpecError, match="not an array") as caught:
        implementation.relu([[1.0], [1.0, 2.0]])
    assert caught.value.clause == "Q6"


@pytest.mark.parametrize("edition", ["articel", "standart"])
def test_an_unknown_edition_is_an_error(implementation: ModuleType, edition: str) -> None:
    with pytest.raises(ValueError, match=f"edition is one of .*'general', not '{edition}'"):
        implementation.pooling(np.ones((2, 2, 1)), edition=edition)
