"""ONNX Runtime on the CPU. It has Conv in float32 alone, Relu and MaxPool in float64 too."""

import onnxruntime
from onnx import ModelProto

from cnnspec.targets.calls import Array
from cnnspec.targets.runtimes import common, onnx_models

dtypes = ("float32", "float64", "float16")

options = onnxruntime.SessionOptions()
options.log_severity_level = 4
if common.threads():
    options.intra_op_num_threads = common.threads()


def run(model: ModelProto, x: Array) -> Array:
    """A session for each call: the model is another one each time."""
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    return session.run(None, {"x": x})[0]


def conv(image: Array, filters: Array) -> Array:
    """Conv."""
    common.floats(("float32",), image, filters)
    return onnx_models.conv(run, image, filters)


def relu(feature_map: Array) -> Array:
    """Relu."""
    common.floats((*dtypes, "int8", "int32"), feature_map)
    return onnx_models.relu(run, feature_map)


def pooling(feature_map: Array, size: int = 2, stride: int = 2) -> Array:
    """MaxPool."""
    common.floats((*dtypes, "int8", "uint8"), feature_map)
    return onnx_models.pooling(run, feature_map, size, stride)
