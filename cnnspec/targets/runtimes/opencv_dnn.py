"""OpenCV's dnn module, which reads ONNX. It computes in float32."""

import cv2
import numpy as np
from onnx import ModelProto

from cnnspec.kit.calls import Array, Unsupported
from cnnspec.targets.runtimes import common, onnx_models

dtypes = ("float32",)

if count := common.threads():
    cv2.setNumThreads(count)


def run(model: ModelProto, x: Array) -> Array:
    """Read a model, and run it."""
    try:
        net = cv2.dnn.readNetFromONNX(np.frombuffer(model.SerializeToString(), np.uint8))
        net.setInput(x)
        result = net.forward()
    except cv2.error as error:
        if error.code == cv2.Error.StsNotImplemented:
            raise Unsupported(str(error)) from error
        raise
    if result is None:
        raise RuntimeError("OpenCV gives no result")
    return result.copy()


conv, relu, pooling, average_pooling = onnx_models.operations(
    run, of_conv=dtypes, of_relu=dtypes, of_pooling=dtypes, of_average=dtypes
)
