"""ONNX's ReferenceEvaluator."""

from onnx import ModelProto
from onnx.reference import ReferenceEvaluator

from cnnspec.targets.calls import Array
from cnnspec.targets.runtimes import common, onnx_models

dtypes = ("float64", "float32", "float16")


def run(model: ModelProto, x: Array) -> Array:
    """An evaluator for each call: the model is another one each time."""
    return ReferenceEvaluator(model).run(None, {"x": x})[0]


def conv(image: Array, filters: Array) -> Array:
    """Conv."""
    common.floats(dtypes, image, filters)
    return onnx_models.conv(run, image, filters)


def relu(feature_map: Array) -> Array:
    """Relu."""
    common.floats((*dtypes, "int8", "int16", "int32", "int64"), feature_map)
    return onnx_models.relu(run, feature_map)


def pooling(feature_map: Array, size: int = 2, stride: int = 2) -> Array:
    """MaxPool."""
    common.floats((*dtypes, "int8", "uint8"), feature_map)
    return onnx_models.pooling(run, feature_map, size, stride)
