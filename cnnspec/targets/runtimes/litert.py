"""LiteRT (TensorFlow Lite) on the CPU, in float32: a model of one operation, written here."""

from typing import Any

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter

from cnnspec.kit.calls import Array, Unsupported
from cnnspec.targets.conventions import converted, two
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


def padded(padding: Any) -> int:
    """Padding as one of the two words that there are."""
    word = converted("padding", "SAME/VALID", padding)
    return int(getattr(schema.Padding, word))


def as_given(maps: Array, images: Array) -> Array:
    """Maps (B, H, W, N), without the axis B if the images had none."""
    return maps if images.ndim == 4 else maps[0]


@common.takes_batches
def conv(
    image: Array,
    filters: Array,
    bias: Array | None = None,
    stride: Any = 1,
    padding: Any = "valid",
    dilation: Any = 1,
) -> Array:
    """CONV_2D of (B, H, W, C) and (N, K, K, C)."""
    common.floats(dtypes, image, filters, *([] if bias is None else [bias]))
    image, filters = common.ranked(image, filters, batch=True)
    options = schema.Conv2DOptionsT()
    options.padding = padded(padding)
    options.strideH, options.strideW = two("stride", stride)
    options.dilationHFactor, options.dilationWFactor = two("dilation", dilation)
    x, weights = common.packed(common.batched(image)), common.packed(filters)
    added = np.zeros(len(weights), np.float32) if bias is None else common.packed(bias)
    kind = (schema.BuiltinOptions.Conv2DOptions, options)
    return as_given(run(model(Operator.CONV_2D, kind, x, weights, added), x), image)


def relu(feature_map: Array) -> Array:
    """RELU."""
    common.floats(dtypes, feature_map)
    if not feature_map.size:
        raise Unsupported("arrays without elements")
    x = common.packed(feature_map)
    return run(model(Operator.RELU, (schema.BuiltinOptions.NONE, None), x), x)


@common.takes_batches
def pooling(feature_map: Array, size: Any = 2, stride: Any = 2, padding: Any = "valid") -> Array:
    """MAX_POOL_2D of (B, H, W, C)."""
    return windows(Operator.MAX_POOL_2D, feature_map, size, stride, padding)


@common.takes_batches
def average_pooling(feature_map: Array, size: Any, stride: Any, padding: Any = "valid") -> Array:
    """AVERAGE_POOL_2D of (B, H, W, C)."""
    return windows(Operator.AVERAGE_POOL_2D, feature_map, size, stride, padding)


def windows(code: int, feature_map: Array, size: Any, stride: Any, padding: Any) -> Array:
    """An operation on the windows of (B, H, W, C)."""
    common.floats(dtypes, feature_map)
    options = schema.Pool2DOptionsT()
    options.padding = padded(padding)
    options.filterHeight, options.filterWidth = two("size", size)
    options.strideH, options.strideW = two("stride", stride)
    x = common.packed(common.batched(feature_map))
    kind = (schema.BuiltinOptions.Pool2DOptions, options)
    return as_given(run(model(code, kind, x), x), feature_map)
