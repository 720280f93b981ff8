"""OpenCV's filter2D, dilate and blur, of which the inside is kept."""

import cv2
import numpy as np

from cnnspec.kit.calls import Array, Unsupported
from cnnspec.targets.runtimes import common

dtypes = ("float64", "float32")

if count := common.threads():
    cv2.setNumThreads(count)


def conv(image: Array, filters: Array) -> Array:
    """filter2D, channel by channel, summed."""
    common.floats(dtypes, image, filters)
    image, filters = common.ranked(image, filters)
    common.fits(image, filters)
    return np.stack([inside(image, one) for one in filters], axis=-1)


def inside(image: Array, array: Array) -> Array:
    """The correlation with one filter, where it lies within the image."""
    total = sum(
        cv2.filter2D(common.packed(image[..., c]), -1, common.packed(array[..., c]))
        for c in range(image.shape[2])
    )
    rows, cols = (n // 2 for n in array.shape[:2])
    height, width = (n - k + 1 for n, k in zip(image.shape[:2], array.shape[:2], strict=True))
    return np.asarray(total)[rows : rows + height, cols : cols + width]


def pooling(feature_map: Array, size: int = 2, stride: int = 2) -> Array:
    """dilate, taken where a window begins, channel by channel."""
    common.floats(dtypes, feature_map)
    common.windows(feature_map, size, stride)
    if not feature_map.shape[2]:
        raise Unsupported("no channels")
    window, first = np.ones((size, size), np.uint8), size // 2
    whole = np.stack(
        [cv2.dilate(common.packed(one), window) for one in np.moveaxis(feature_map, 2, 0)], axis=-1
    )
    height, width = (n - size + 1 for n in feature_map.shape[:2])
    return whole[first : first + height : stride, first : first + width : stride]


def average_pooling(feature_map: Array, size: int, stride: int) -> Array:
    """blur, of windows that begin at an element, channel by channel."""
    common.floats(dtypes, feature_map)
    common.windows(feature_map, size, stride)
    if not feature_map.shape[2]:
        raise Unsupported("no channels")
    window, begin = (size, size), (0, 0)
    whole = np.stack(
        [
            cv2.blur(common.packed(one), window, anchor=begin)
            for one in np.moveaxis(feature_map, 2, 0)
        ],
        axis=-1,
    )
    height, width = (n - size + 1 for n in feature_map.shape[:2])
    return whole[:height:stride, :width:stride]
