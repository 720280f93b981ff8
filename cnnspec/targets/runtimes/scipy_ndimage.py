"""SciPy's ndimage: correlate, maximum_filter and uniform_filter, of which the inside is kept."""

import numpy as np
from scipy import ndimage

from cnnspec.kit.calls import Array
from cnnspec.targets.runtimes import common


def conv(image: Array, filters: Array) -> Array:
    """Every filter over every pixel; the result is where it lies within the image."""
    image, filters = common.ranked(image, filters)
    common.fits(image, filters)
    return np.stack([inside(image, one) for one in filters], axis=-1)


def inside(image: Array, array: Array) -> Array:
    """The correlation with one filter, of all channels."""
    total = 0
    for channel in range(image.shape[2]):
        whole = ndimage.correlate(image[..., channel], array[..., channel], mode="constant")
        total = total + whole
    rows, cols = (n // 2 for n in array.shape[:2])
    height, width = (n - k + 1 for n, k in zip(image.shape[:2], array.shape[:2], strict=True))
    return np.asarray(total)[rows : rows + height, cols : cols + width]


def pooling(feature_map: Array, size: int = 2, stride: int = 2) -> Array:
    """The maximum around every pixel, taken where a window begins."""
    common.windows(feature_map, size, stride)
    first = size // 2
    whole = ndimage.maximum_filter(feature_map, (size, size, 1), mode="constant", cval=-np.inf)
    height, width = (n - size + 1 for n in feature_map.shape[:2])
    return whole[first : first + height : stride, first : first + width : stride]


def average_pooling(feature_map: Array, size: int, stride: int) -> Array:
    """The mean around every pixel, taken where a window begins."""
    common.windows(feature_map, size, stride)
    first = size // 2
    whole = ndimage.uniform_filter(feature_map, (size, size, 1), mode="constant")
    height, width = (n - size + 1 for n in feature_map.shape[:2])
    return whole[first : first + height : stride, first : first + width : stride]
