"""OpenVINO's CPU plugin, which reads ONNX. Its convolutions are of float32."""

import openvino
from onnx import ModelProto

from cnnspec.targets.calls import Array
from cnnspec.targets.runtimes import common, onnx_models

dtypes = ("float32",)

core = openvino.Core()
if common.threads():
    core.set_property("CPU", {"INFERENCE_NUM_THREADS": common.threads()})


def run(model: ModelProto, x: Array) -> Array:
    """Compile a model, and run it."""
    compiled = core.compile_model(core.read_model(model.SerializeToString()), "CPU")
    return compiled([x])[0].copy()


def conv(image: Array, filters: Array) -> Array:
    """Conv."""
    common.floats(dtypes, image, filters)
    return onnx_models.conv(run, image, filters)


def relu(feature_map: Array) -> Array:
    """Relu."""
    common.floats(dtypes, feature_map)
    return onnx_models.relu(run, feature_map)


def pooling(feature_map: Array, size: int = 2, stride: int = 2) -> Array:
    """MaxPool."""
    common.floats(dtypes, feature_map)
    return onnx_models.pooling(run, feature_map, size, stride)
