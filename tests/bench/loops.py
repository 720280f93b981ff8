"""The article's way to compute, as a yardstick of speed: a NumPy call or more for each pixel.

Like the publication it keeps a whole image for each channel of each filter, writes around the
window's middle, and computes the bounds of each window anew with NumPy's 16-bit numbers.
"""

import numpy as np

from cnnspec.spec import Array


def conv_channel(image: Array, one: Array) -> Array:
    size = one.shape[0]
    middle = np.zeros(image.shape)
    inner = [np.arange(size / 2, extent - size / 2 + 1).astype(np.uint16) for extent in image.shape]
    for r in inner[0]:
        for c in inner[1]:
            window = image[
                r - np.uint16(np.floor(size / 2)) : r + np.uint16(np.ceil(size / 2)),
                c - np.uint16(np.floor(size / 2)) : c + np.uint16(np.ceil(size / 2)),
            ]
            middle[r, c] = np.sum(window * one)
    edge = size // 2
    return middle[edge : image.shape[0] - edge, edge : image.shape[1] - edge]


def conv(image: Array, filters: Array) -> Array:
    if image.ndim == 2:
        image, filters = image[:, :, np.newaxis], filters[:, :, :, np.newaxis]
    channels = range(image.shape[2])
    maps = [sum(conv_channel(image[:, :, ch], one[:, :, ch]) for ch in channels) for one in filters]
    return np.stack(maps, axis=2)


def relu(feature_map: Array) -> Array:
    result = np.zeros(feature_map.shape)
    for index in np.ndindex(feature_map.shape):
        result[index] = np.max([feature_map[index], 0])
    return result


def pooling(feature_map: Array, size: int, stride: int) -> Array:
    height, width, channels = feature_map.shape
    result = np.zeros(((height - size + 1) // stride, (width - size + 1) // stride, channels))
    for ch in range(channels):
        for i, r in enumerate(np.arange(0, height - size - 1, stride)):
            for j, c in enumerate(np.arange(0, width - size - 1, stride)):
                result[i, j, ch] = np.max(feature_map[r : r + size, c : c + size, ch])
    return result


def stack(image: Array, banks: list[Array]) -> Array:
    for filters in banks:
        image = pooling(relu(conv(image, filters)), 2, 2)
    return image
