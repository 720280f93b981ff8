"""OpenVINO's CPU plugin, told to compute in float32 on every machine."""

from cnnspec.targets.runtimes import openvino
from cnnspec.targets.runtimes.openvino import average_pooling, conv, dtypes, pooling, relu

openvino.core.set_property("CPU", {"INFERENCE_PRECISION_HINT": "f32"})

__all__ = ["average_pooling", "conv", "dtypes", "pooling", "relu"]
