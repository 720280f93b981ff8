"""ONNX models of one operation each, for every consumer of ONNX.

Filters and bias are constants of the model, as in a trained network; shapes are those of the input.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from onnx import checker, helper, numpy_helper
from onnx.onnx_ml_pb2 import ModelProto, NodeProto

from cnnspec.kit.calls import Array
from cnnspec.targets.conventions import converted, two
from cnnspec.targets.runtimes import common

OPSET, IR_VERSION = 22, 10
"""The first opset whose poolings say where the last window starts if lengths are rounded up."""

Run = Callable[[ModelProto, Array], Array]
"""Runs a model of one input, x, and one output, y."""

Attributes = dict[str, Any]


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
    """(H, W, C) as (1, C, H, W), and a batch (B, H, W, C) as (B, C, H, W)."""
    return common.packed(np.moveaxis(common.batched(x), -1, 1))


def as_given(y: Array, x: Array) -> Array:
    """A result (B, N, H, W) with channels last, and without the axis B if x had none."""
    maps = np.moveaxis(np.asarray(y), 1, -1)
    return maps if x.ndim == 4 else maps[0]


def pads(padding: Any) -> Attributes:
    """The attribute that says a padding: a word as a word, so that the consumer works it out."""
    if isinstance(padding, str):
        return {"auto_pad": converted("padding", "SAME_UPPER/SAME_LOWER/VALID", padding)}
    return {"pads": converted("padding", "top-left-bottom-right", padding)}


def conv(
    run: Run, image: Array, filters: Array, bias: Array | None, attributes: Attributes
) -> Array:
    """Conv, by a consumer."""
    image, filters = common.ranked(image, filters, batch=True)
    x, w = channels_first(image), common.packed(np.moveaxis(filters, -1, 1))
    constants = [w] if bias is None else [w, common.packed(bias)]
    names = ("w", "b")[: len(constants)]
    node = helper.make_node("Conv", ["x", *names], ["y"], kernel_shape=w.shape[2:], **attributes)
    return as_given(run(model(node, x, *constants, names=names), x), image)


def relu(run: Run, feature_map: Array) -> Array:
    """Relu, by a consumer."""
    x = common.packed(feature_map)
    return np.asarray(run(model(helper.make_node("Relu", ["x"], ["y"]), x), x))


def windows(
    kind: str, run: Run, feature_map: Array, padding: Any, ceil: bool, attributes: Attributes
) -> Array:
    """An operation on windows, by a consumer."""
    attributes = {**attributes, **pads(padding), "ceil_mode": int(ceil)}
    x = channels_first(feature_map)
    made = model(helper.make_node(kind, ["x"], ["y"], **attributes), x)
    return as_given(run(made, x), feature_map)


Dtypes = tuple[str, ...]
Function = Callable[..., Array]


def operations(
    run: Run, *, of_conv: Dtypes, of_relu: Dtypes, of_pooling: Dtypes, of_average: Dtypes
) -> tuple[Function, Function, Function, Function]:
    """conv, relu, pooling and average_pooling by a consumer, each for the dtypes that it has."""

    @common.takes_batches
    def its_conv(
        image: Array,
        filters: Array,
        bias: Array | None = None,
        stride: Any = 1,
        padding: Any = 0,
        dilation: Any = 1,
        groups: int = 1,
    ) -> Array:
        common.floats(of_conv, image, filters, *([] if bias is None else [bias]))
        steps = {"strides": two("stride", stride), "dilations": two("dilation", dilation)}
        return conv(run, image, filters, bias, {**steps, **pads(padding), "group": groups})

    def its_relu(feature_map: Array) -> Array:
        common.floats(of_relu, feature_map)
        return relu(run, feature_map)

    @common.takes_batches
    def its_pooling(
        feature_map: Array,
        size: Any = 2,
        stride: Any = 2,
        padding: Any = 0,
        dilation: Any = 1,
        ceil: bool = False,
    ) -> Array:
        common.floats(of_pooling, feature_map)
        sizes = {"kernel_shape": two("size", size), "strides": two("stride", stride)}
        given = {**sizes, "dilations": two("dilation", dilation)}
        return windows("MaxPool", run, feature_map, padding, ceil, given)

    @common.takes_batches
    def its_average_pooling(
        feature_map: Array,
        size: Any,
        stride: Any,
        padding: Any = 0,
        ceil: bool = False,
        count_padding: bool = False,
    ) -> Array:
        common.floats(of_average, feature_map)
        sizes = {"kernel_shape": two("size", size), "strides": two("stride", stride)}
        given = {**sizes, "count_include_pad": int(count_padding)}
        return windows("AveragePool", run, feature_map, padding, ceil, given)

    return its_conv, its_relu, its_pooling, its_average_pooling
