"""ONNX's ReferenceEvaluator."""

from onnx import ModelProto
from onnx.reference import ReferenceEvaluator

from cnnspec.kit.calls import Array
from cnnspec.targets.runtimes import onnx_models

dtypes = ("float64", "float32", "float16")


def run(model: ModelProto, x: Array) -> Array:
    """An evaluator for each call: the model is another one each time."""
    return ReferenceEvaluator(model).run(None, {"x": x})[0]


conv, relu, pooling, average_pooling = onnx_models.operations(
    run,
    of_conv=dtypes,
    of_relu=(*dtypes, "int8", "int16", "int32", "int64"),
    of_pooling=(*dtypes, "int8", "uint8"),
    of_average=dtypes,
)
