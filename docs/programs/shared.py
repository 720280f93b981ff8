"""A shared library as a target, through ctypes: mycnn.c in this folder, built with -shared -fPIC.

gcc -O2 -shared -fPIC -o mycnn.so docs/programs/mycnn.c
cnnspec check docs/programs/shared.py        (or: MYCNN=/where/it/is.so cnnspec check ...)
"""

import ctypes
import operator
import os

import numpy as np

library = ctypes.CDLL(os.path.abspath(os.environ.get("MYCNN", "mycnn.so")))
ARRAY = np.ctypeslib.ndpointer(np.float64, flags="C_CONTIGUOUS")
library.conv.argtypes = [ARRAY, ARRAY, ARRAY, *[ctypes.c_long] * 7]
library.relu.argtypes = [ARRAY, ARRAY, ctypes.c_long]
library.pooling.argtypes = [ARRAY, ARRAY, *[ctypes.c_long] * 5]
library.average_pooling.argtypes = library.pooling.argtypes


def doubles(array):
    """A contiguous array of float64: what the library reads. 0-d stays 0-d."""
    return np.array(array, np.float64, order="C")


def conv(image, filters, stride=1):
    x, w = doubles(image), doubles(filters)
    if x.ndim == 2 and w.ndim == 3:
        x, w = x[..., None], w[..., None]
    if (x.ndim, w.ndim) != (3, 4):
        raise ValueError("the ranks of image and filters do not agree")
    (height, width, channels), (count, rows, columns, depth) = x.shape, w.shape
    stride = operator.index(stride)
    if channels != depth:
        raise ValueError("the number of channels differs")
    if rows > height or columns > width:
        raise ValueError("the filters are larger than the image")
    if min(rows, columns, stride) < 1:
        raise ValueError("the filters are empty, or the stride is below 1")
    y = np.empty(((height - rows) // stride + 1, (width - columns) // stride + 1, count))
    stride = min(stride, height + width)  # a long holds it
    library.conv(x, w, y, height, width, channels, count, rows, columns, stride)
    return y


def relu(feature_map):
    x = doubles(feature_map)
    y = np.empty_like(x)
    library.relu(x, y, x.size)
    return y


def pooling(feature_map, size=2, stride=2):
    return windows(library.pooling, feature_map, size, stride)


def average_pooling(feature_map, size, stride):
    return windows(library.average_pooling, feature_map, size, stride)


def windows(operation, feature_map, size, stride):
    x = doubles(feature_map)
    if x.ndim != 3:
        raise ValueError("the rank of the map is not 3")
    size, stride = operator.index(size), operator.index(stride)
    height, width, channels = x.shape
    if not (1 <= size <= min(height, width) and stride >= 1):
        raise ValueError("the window does not fit, or the stride is below 1")
    y = np.empty(((height - size) // stride + 1, (width - size) // stride + 1, channels))
    operation(x, y, height, width, channels, size, min(stride, height + width))  # a long holds it
    return y
