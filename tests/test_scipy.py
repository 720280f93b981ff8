"""Witnesses that share no code with ours: SciPy's correlate and maximum_filter."""

from types import ModuleType

import drawing
import numpy as np
from hypothesis import given
from scipy import ndimage, signal

from cnnspec import reference
from cnnspec.spec import Array


@given(drawing.conv_inputs())
def test_C7_signal_correlate(implementation: ModuleType, pair: tuple[Array, Array]) -> None:
    image, filters = pair
    maps = [
        # method: FFT would round; mode: valid, since an image is never smaller than the filter
        signal.correlate(image, one, mode="valid", method="direct").reshape(
            image.shape[0] - len(one) + 1, image.shape[1] - len(one) + 1
        )
        for one in filters
    ]
    assert np.array_equal(implementation.conv(image, filters), np.stack(maps, axis=2))


@given(drawing.conv_inputs())
def test_C7_ndimage_correlate(implementation: ModuleType, pair: tuple[Array, Array]) -> None:
    image, filters = pair
    # ndimage.correlate drops weights below 2.2e-16: scaled by a power of two, they are whole
    scale = float(2**40)
    half = filters.shape[1] // 2
    inside = slice(half, -half or None)
    depth = image.shape[2] // 2 if image.ndim == 3 else ...
    maps = [
        ndimage.correlate(image, one * scale, mode="constant")[inside, inside, ...]
        for one in filters
    ]
    if image.ndim == 3:
        maps = [one[:, :, depth] for one in maps]
    assert np.array_equal(implementation.conv(image, filters) * scale, np.stack(maps, axis=2))


@given(drawing.pooling_inputs())
def test_P4_maximum_filter(implementation: ModuleType, inputs: tuple[Array, int, int]) -> None:
    feature_map, size, stride = inputs
    maxima = ndimage.maximum_filter(feature_map, (size, size, 1))
    rows, cols = (extent - size + 1 for extent in feature_map.shape[:2])
    # ndimage writes the maximum of a window where its middle is, not where it begins
    begin = slice(size // 2, size // 2 + rows, stride), slice(size // 2, size // 2 + cols, stride)
    assert np.array_equal(implementation.pooling(feature_map, size, stride), maxima[begin])


def test_S1_the_stack_on_scipy() -> None:
    random = np.random.RandomState(7)
    image = random.randint(-99, 99, (50, 47)).astype(float)
    banks = [random.randint(-9, 9, shape).astype(float) for shape in ((2, 3, 3), (3, 5, 5, 2))]
    layers = reference.stack(image, banks)
    maps = image[:, :, np.newaxis]
    for layer, bank in zip(layers, banks, strict=True):
        filters = bank if bank.ndim == 4 else bank[..., np.newaxis]
        valid = [signal.correlate(maps, one, mode="valid", method="direct") for one in filters]
        conv = np.concatenate(valid, axis=2)
        rectified = np.where(conv > 0, conv, 0)
        maps = ndimage.maximum_filter(rectified, (2, 2, 1))[1::2, 1::2]
        assert np.array_equal(layer.conv, conv)
        assert np.array_equal(layer.relu, rectified)
        assert np.array_equal(layer.pool, maps)
