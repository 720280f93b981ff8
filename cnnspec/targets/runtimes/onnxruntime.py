"""ONNX Runtime on the CPU: Conv in float32 alone, AveragePool in float16 too, others in float64."""

import onnxruntime
from onnx import ModelProto
from onnxruntime.capi.onnxruntime_pybind11_state import NotImplemented as NoKernel

from cnnspec.kit.calls import Array, Unsupported
from cnnspec.targets.runtimes import common, onnx_models

dtypes = ("float32", "float64", "float16")

options = onnxruntime.SessionOptions()
options.log_severity_level = 4
if common.threads():
    options.intra_op_num_threads = common.threads()


def run(model: ModelProto, x: Array) -> Array:
    """A session for each call: the model is another one each time."""
    try:
        session = onnxruntime.InferenceSession(
            model.SerializeToString(), options, providers=["CPUExecutionProvider"]
        )
        return session.run(None, {"x": x})[0]
    except NoKernel as error:
        raise Unsupported(str(error)) from error


conv, relu, pooling, average_pooling = onnx_models.operations(
    run,
    of_conv=("float32",),
    of_relu=(*dtypes, "int8", "int32"),
    of_pooling=(*dtypes, "int8", "uint8"),
    of_average=("float32", "float16"),
)
