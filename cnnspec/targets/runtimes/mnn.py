"""MNN's expressions, on the CPU, in float32."""

import MNN.expr as expr
import numpy as np

from cnnspec.kit.calls import Array
from cnnspec.targets.runtimes import common

dtypes = ("float32",)


def variable(array: Array) -> expr.Var:
    """A variable of MNN's own layout for images, with the values of an (N, C, H, W) array."""
    packed = common.packed(array)
    plain = expr.const(packed, list(packed.shape), expr.NCHW)
    return expr.convert(plain, expr.NC4HW4)


def array(variable: expr.Var) -> Array:
    """The (H, W, C) map in a variable."""
    plain = expr.convert(variable, expr.NCHW)
    return np.array(plain.read(), np.float32).reshape(plain.shape)[0].transpose(1, 2, 0)


def conv(image: Array, filters: Array) -> Array:
    """expr.conv2d."""
    common.floats(dtypes, image, filters)
    image, filters = common.ranked(image, filters)
    w = common.packed(filters.transpose(0, 3, 1, 2))
    weights = expr.const(w, list(w.shape), expr.NCHW)
    bias = expr.const(np.zeros(len(w), np.float32), [len(w)], expr.NCHW)
    return array(expr.conv2d(variable(image.transpose(2, 0, 1)[None]), weights, bias))


def relu(feature_map: Array) -> Array:
    """expr.relu."""
    common.floats(dtypes, feature_map)
    x = common.packed(feature_map)
    y = expr.relu(expr.const(x, list(x.shape), expr.NCHW), 0.0)
    return np.array(y.read(), np.float32).reshape(y.shape)


def pooling(feature_map: Array, size: int = 2, stride: int = 2) -> Array:
    """expr.max_pool."""
    common.floats(dtypes, feature_map)
    common.rank_3(feature_map)
    x = variable(feature_map.transpose(2, 0, 1)[None])
    return array(expr.max_pool(x, [size, size], [stride, stride]))


def average_pooling(feature_map: Array, size: int, stride: int) -> Array:
    """expr.avg_pool."""
    common.floats(dtypes, feature_map)
    common.rank_3(feature_map)
    x = variable(feature_map.transpose(2, 0, 1)[None])
    return array(expr.avg_pool(x, [size, size], [stride, stride]))
