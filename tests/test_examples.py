"""Examples worked by hand, small enough to check by eye; and what is rejected, with its message."""

from fractions import Fraction
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from cnnspec import SpecError, spec
from cnnspec.strategies import INVALID_CONV, INVALID_POOLING


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


@pytest.mark.parametrize("edition", ["standard", "article"])
@pytest.mark.parametrize(("clause", "shape", "size", "stride"), INVALID_POOLING)
def test_P1_P2_pooling_rejects(
    implementation: ModuleType,
    clause: str,
    shape: tuple[int, ...],
    size: object,
    stride: object,
    edition: str,
) -> None:
    with pytest.raises(SpecError) as caught:
        implementation.pooling(np.ones(shape), size, stride, edition=edition)
    assert caught.value.clause == clause


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
            with pytest.raises(SpecError) as caught:
                operation(*arguments)
            assert caught.value.clause == "Q6"


def test_Q3_Q10_what_is_no_array_is_rejected(implementation: ModuleType) -> None:
    with pytest.raises(SpecError, match="not an array") as caught:
        implementation.relu([[1.0], [1.0, 2.0]])
    assert caught.value.clause == "Q6"


def test_an_unknown_edition_is_an_error(implementation: ModuleType) -> None:
    with pytest.raises(ValueError, match="edition is 'standard' or 'article'"):
        implementation.pooling(np.ones((2, 2, 1)), edition="articel")
