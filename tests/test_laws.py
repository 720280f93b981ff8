"""Algebraic laws on exact grids: they hold bit for bit, and share no code with what they judge."""

from types import ModuleType

import drawing
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnspec.spec import Array

ConvInputs = tuple[Array, Array]
PoolingInputs = tuple[Array, int, int]

# Sums of two arrays need a bit to spare: the grid is that of float32, the arithmetic float64's.
conv_inputs = drawing.conv_inputs("float32").map(
    lambda pair: (pair[0].astype(float), pair[1].astype(float))
)
with_channels = conv_inputs.filter(lambda pair: pair[0].ndim == 3)


@settings(max_examples=50)
@given(conv_inputs, st.integers(-9, 9))
def test_C7_conv_is_linear_in_the_image(
    implementation: ModuleType, pair: ConvInputs, scale: int
) -> None:
    image, filters = pair
    other = np.roll(image, 1, axis=0)[::-1]
    conv = implementation.conv
    both = conv(image * scale + other, filters)
    assert np.array_equal(both, conv(image, filters) * scale + conv(other, filters))


@settings(max_examples=50)
@given(conv_inputs, st.integers(-9, 9))
def test_C7_conv_is_linear_in_the_filters(
    implementation: ModuleType, pair: ConvInputs, scale: int
) -> None:
    image, filters = pair
    other = filters[::-1] - filters[:, ::-1]
    conv = implementation.conv
    both = conv(image, filters * scale + other)
    assert np.array_equal(both, conv(image, filters) * scale + conv(image, other))


@settings(max_examples=50)
@given(with_channels)
def test_C7_conv_adds_the_channels(implementation: ModuleType, pair: ConvInputs) -> None:
    image, filters = pair
    parts = [
        implementation.conv(image[:, :, ch], filters[:, :, :, ch]) for ch in range(image.shape[2])
    ]
    assert np.array_equal(implementation.conv(image, filters), sum(parts))


@settings(max_examples=50)
@given(conv_inputs, st.data())
def test_C7_conv_follows_a_translation(
    implementation: ModuleType, pair: ConvInputs, data: st.DataObject
) -> None:
    image, filters = pair
    size = filters.shape[1]
    top = data.draw(st.integers(0, image.shape[0] - size))
    left = data.draw(st.integers(0, image.shape[1] - size))
    whole = implementation.conv(image, filters)
    assert np.array_equal(implementation.conv(image[top:, left:], filters), whole[top:, left:])


@settings(max_examples=50)
@given(conv_inputs, st.data())
def test_C7_strips_give_the_rows_of_the_whole(
    implementation: ModuleType, pair: ConvInputs, data: st.DataObject
) -> None:
    image, filters = pair
    whole = implementation.conv(image, filters)
    cut = data.draw(st.integers(0, len(whole) - 1))
    size = filters.shape[1]
    strips = [image[: cut + size - 1], image[cut:]] if cut else [image]
    rows = [implementation.conv(strip, filters) for strip in strips]
    assert np.array_equal(np.concatenate(rows), whole)


@settings(max_examples=50)
@given(conv_inputs)
def test_C7_an_impulse_returns_the_filter_turned(
    implementation: ModuleType, pair: ConvInputs
) -> None:
    filters = pair[1]
    size, depth = filters.shape[1], filters.shape[3:]
    image = np.zeros((2 * size - 1, 2 * size - 1, *depth))
    image[size - 1, size - 1] = 1
    response = implementation.conv(image, filters)
    summed = filters.sum(axis=3) if depth else filters
    assert np.array_equal(response, np.moveaxis(summed[:, ::-1, ::-1], 0, 2))


@settings(max_examples=50)
@given(conv_inputs)
def test_C7_transposed_inputs_give_the_transposed_result(
    implementation: ModuleType, pair: ConvInputs
) -> None:
    image, filters = pair
    transposed = implementation.conv(image.swapaxes(0, 1), filters.swapaxes(1, 2))
    assert np.array_equal(transposed, implementation.conv(image, filters).swapaxes(0, 1))


@settings(max_examples=50)
@given(drawing.feature_maps())
def test_R2_relu_splits_a_number_by_sign(implementation: ModuleType, feature_map: Array) -> None:
    relu = implementation.relu
    assert np.array_equal(relu(feature_map) - relu(-feature_map), feature_map)


@settings(max_examples=50)
@given(drawing.pooling_inputs())
def test_P4_relu_and_pooling_commute(implementation: ModuleType, inputs: PoolingInputs) -> None:
    feature_map, size, stride = inputs
    relu, pooling = implementation.relu, implementation.pooling
    before = pooling(relu(feature_map), size, stride)
    assert np.array_equal(before, relu(pooling(feature_map, size, stride)))


@settings(max_examples=50)
@given(drawing.feature_maps(), st.integers(1, 3), st.integers(1, 3))
def test_P4_pooling_composes(
    implementation: ModuleType, feature_map: Array, first: int, second: int
) -> None:
    side = first * second
    feature_map = np.tile(feature_map, (side, side, 1))
    pooling = implementation.pooling
    twice = pooling(pooling(feature_map, first, first), second, second)
    assert np.array_equal(twice, pooling(feature_map, side, side))


@pytest.mark.parametrize("edition", ["standard", "article"])
@settings(max_examples=50)
@given(drawing.pooling_inputs())
def test_P4_each_channel_is_pooled_for_itself(
    implementation: ModuleType, edition: str, inputs: PoolingInputs
) -> None:
    feature_map, size, _ = inputs
    whole = implementation.pooling(feature_map, size, 2, edition=edition)
    for ch in range(feature_map.shape[2]):
        alone = implementation.pooling(feature_map[:, :, [ch]], size, 2, edition=edition)
        assert np.array_equal(whole[:, :, [ch]], alone)


@settings(max_examples=50)
@given(drawing.pooling_inputs())
def test_P4_pooling_follows_monotone_maps(
    implementation: ModuleType, inputs: PoolingInputs
) -> None:
    feature_map, size, stride = inputs
    pooled = implementation.pooling(feature_map, size, stride)
    assert np.array_equal(implementation.pooling(feature_map * 4, size, stride), pooled * 4)
    ranks = np.unique(feature_map, return_inverse=True)[1].reshape(feature_map.shape)
    values = np.unique(feature_map)
    by_rank = implementation.pooling(ranks, size, stride).astype(int)
    assert np.array_equal(values[by_rank], pooled)
