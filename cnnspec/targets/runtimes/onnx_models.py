"""ONNX models of one operation each, for every consumer of ONNX.

Filters are a constant of the model, as in a trained network; shapes are those of the input.
"""

from collections.abc import Callable

import numpy as np
from onnx import checker, helper, numpy_helper
from onnx.onnx_ml_pb2 import ModelProto, NodeProto

from cnnspec.kit.calls import Array
from cnnspec.targets.runtimes import common

OPSET, IR_VERSION = 17, 8
"""Old enough for every consumer, new enough for all of Conv, Relu, MaxPool and AveragePool."""

Run = Callable[[ModelProto, Array], Array]
"""Runs a model of one input, x, and one output, y."""


def model(node: NodeProto, x: Array, *constants: Array, names: tuple[str, ...] = ()) -> ModelProto:
    """A model of one node from x to y. Raises onnx.checker.ValidationError."""
    kind = helper.np_dtype_to_tensor_dtype(x.dtype)
    given = helper.make_tensor_value_info("x", kind, x.shape)
    result = helper.make_tensor_value_info("y", kind, [None] * x.ndim)
    initial = [numpy_helper.from_array(a, name) for a, name in zip(constants, names, strict=True)]
    graph = helper.make_graph([node], "cnnspec", [given], [result], initial)
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)])
    made.ir_version = IR_VERSION
    checker.check_model(made)
    return made


def channels_first(x: Array) -> Array:
    """(H, W, C) as (1, C, H, W)."""
    return common.packed(np.moveaxis(x, -1, 0)[np.newaxis])


def conv(run: Run, image: Array, filters: Array) -> Array:
    """Conv, by a consumer."""
    image, filters = common.ranked(image, filters)
    x, w = channels_first(image), common.packed(np.moveaxis(filters, -1, 1))
    node = helper.make_node("Conv", ["x", "w"], ["y"], kernel_shape=w.shape[2:])
    return np.moveaxis(np.asarray(run(model(node, x, w, names=("w",)), x))[0], 0, -1)


def relu(run: Run, feature_map: Array) -> Array:
    """Relu, by a consumer."""
    x = common.packed(feature_map)
    return np.asarray(run(model(helper.make_node("Relu", ["x"], ["y"]), x), x))


def pooling(run: Run, feature_map: Array, size: int, stride: int) -> Array:
    """MaxPool, by a consumer."""
    return windows("MaxPool", run, feature_map, size, stride)


def average_pooling(run: Run, feature_map: Array, size: int, stride: int) -> Array:
    """AveragePool, by a consumer."""
    return windows("AveragePool", run, feature_map, size, stride)


def windows(kind: str, run: Run, feature_map: Array, size: int, stride: int) -> Array:
    """An operation on windows, by a consumer."""
    common.rank_3(feature_map)
    x = channels_first(feature_map)
    shape = {"kernel_shape": [size, size], "strides": [stride, stride]}
    made = model(helper.make_node(kind, ["x"], ["y"], **shape), x)
    return np.moveaxis(np.asarray(run(made, x))[0], 0, -1)


Dtypes = tuple[str, ...]
Function = Callable[..., Array]


def operations(
    run: Run, *, of_conv: Dtypes, of_relu: Dtypes, of_pooling: Dtypes, of_average: Dtypes
) -> tuple[Function, Function, Function, Function]:
    """conv, relu, pooling and average_pooling by a consumer, each for the dtypes that it has."""

    def its_conv(image: Array, filters: Array) -> Array:
        common.floats(of_conv, image, filters)
        return conv(run, image, filters)

    def its_relu(feature_map: Array) -> Array:
        common.floats(of_relu, feature_map)
        return relu(run, feature_map)

    def its_pooling(feature_map: Array, size: int = 2, stride: int = 2) -> Array:
        common.floats(of_pooling, feature_map)
        return pooling(run, feature_map, size, stride)

    def its_average_pooling(feature_map: Array, size: int, stride: int) -> Array:
        common.floats(of_average, feature_map)
        return average_pooling(run, feature_map, size, stride)

    return its_conv, its_relu, its_pooling, its_average_pooling
