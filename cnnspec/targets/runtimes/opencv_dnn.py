"""OpenCV's dnn module, which reads ONNX. It computes in float32."""

import cv2
import numpy as np
from onnx import ModelProto

from cnnspec.targets.calls import Array
from cnnspec.targets.runtimes import common, onnx_models

dtypes = ("float32",)

if common.threads():
    cv2.setNumThreads(common.threads())


def run(model: ModelProto, x: Array) -> Array:
    """Read a model, and run it."""
    net = cv2.dnn.readNetFromONNX(np.frombuffer(model.SerializeToString(), np.uint8))
    net.setInput(x)
    result = net.forward()
    if result is None:
        raise RuntimeError("OpenCV gives no result")
    return result.copy()


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
