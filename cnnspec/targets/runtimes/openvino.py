"""OpenVINO's CPU plugin, which reads ONNX. Its convolutions are of float32."""

import openvino
from onnx import ModelProto

from cnnspec.kit.calls import Array
from cnnspec.targets.runtimes import common, onnx_models

dtypes = ("float32",)

core = openvino.Core()
if common.threads():
    core.set_property("CPU", {"INFERENCE_NUM_THREADS": common.threads()})


def run(model: ModelProto, x: Array) -> Array:
    """Compile a model, and run it."""
    compiled = core.compile_model(core.read_model(model.SerializeToString()), "CPU")
    return compiled([x])[0].copy()


conv, relu, pooling, average_pooling = onnx_models.operations(
    run, of_conv=dtypes, of_relu=dtypes, of_pooling=dtypes, of_average=dtypes
)
