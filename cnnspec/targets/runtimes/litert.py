"""LiteRT (TensorFlow Lite) on the CPU, in float32: a model of one operation, written here."""

from typing import Any

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter

from cnnspec.kit.calls import Array, Unsupported
from cnnspec.targets.runtimes import common

dtypes = ("float32",)
Operator = schema.BuiltinOperator


def tensor(shape: tuple[int, ...], buffer: int) -> Any:
    """A tensor of the model; buffer 0 holds nothing."""
    made = schema.TensorT()
    made.shape, made.type, made.buffer = list(shape), schema.TensorType.FLOAT32, buffer
    return made


def model(code: int, options: tuple[int, Any], x: Array, *constants: Array) -> bytes:
    """A model of one operation on x and constants."""
    operator, kind, graph = schema.OperatorT(), schema.OperatorCodeT(), schema.SubGraphT()
    kind.builtinCode, kind.deprecatedBuiltinCode, kind.version = code, code, 1
    inputs = list(range(1 + len(constants)))
    operator.inputs, operator.outputs = inputs, [len(inputs)]
    operator.builtinOptionsType, operator.builtinOptions = options
    graph.tensors = [tensor(x.shape, 0)]
    graph.tensors += [tensor(a.shape, 1 + i) for i, a in enumerate(constants)]
    graph.tensors += [tensor((1,) * x.ndim, 0)]
    graph.inputs, graph.outputs, graph.operators = [0], operator.outputs, [operator]
    made = schema.ModelT()
    made.version, made.subgraphs, made.operatorCodes = 3, [graph], [kind]
    made.buffers = [schema.BufferT() for _ in inputs]
    for buffer, constant in zip(made.buffers[1:], constants, strict=True):
        buffer.data = np.frombuffer(constant.tobytes(), np.uint8)
    builder = flatbuffers.Builder()
    builder.Finish(made.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def run(content: bytes, x: Array) -> Array:
    """An interpreter for each call: the model is another one each time."""
    interpreter = Interpreter(model_content=content, num_threads=common.threads())
    interpreter.allocate_tensors()
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], x)
    interpreter.invoke()
    return interpreter.get_tensor(interpreter.get_output_details()[0]["index"])


def conv(image: Array, filters: Array) -> Array:
    """CONV_2D of (1, H, W, C) and (N, K, K, C)."""
    common.floats(dtypes, image, filters)
    image, filters = common.ranked(image, filters)
    options = schema.Conv2DOptionsT()
    options.padding, options.strideW, options.strideH = schema.Padding.VALID, 1, 1
    x, weights = common.packed(image)[None], common.packed(filters)
    bias = np.zeros(len(weights), np.float32)
    kind = (schema.BuiltinOptions.Conv2DOptions, options)
    return run(model(Operator.CONV_2D, kind, x, weights, bias), x)[0]


def relu(feature_map: Array) -> Array:
    """RELU."""
    common.floats(dtypes, feature_map)
    if not feature_map.size:
        raise Unsupported("arrays without elements")
    x = common.packed(feature_map)
    return run(model(Operator.RELU, (schema.BuiltinOptions.NONE, None), x), x)


def pooling(feature_map: Array, size: int = 2, stride: int = 2) -> Array:
    """MAX_POOL_2D of (1, H, W, C)."""
    return windows(Operator.MAX_POOL_2D, feature_map, size, stride)


def average_pooling(feature_map: Array, size: int, stride: int) -> Array:
    """AVERAGE_POOL_2D of (1, H, W, C)."""
    return windows(Operator.AVERAGE_POOL_2D, feature_map, size, stride)


def windows(code: int, feature_map: Array, size: int, stride: int) -> Array:
    """An operation on the windows of (1, H, W, C)."""
    common.floats(dtypes, feature_map)
    common.rank_3(feature_map)
    options = schema.Pool2DOptionsT()
    options.padding = schema.Padding.VALID
    options.filterWidth = options.filterHeight = size
    options.strideW = options.strideH = stride
    x = common.packed(feature_map)[None]
    kind = (schema.BuiltinOptions.Pool2DOptions, options)
    return run(model(code, kind, x), x)[0]
