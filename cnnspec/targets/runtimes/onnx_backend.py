"""Any module of the kind of onnx.backend: prepare(model) gives something to run."""

from types import ModuleType, SimpleNamespace

from onnx import ModelProto

from cnnspec.targets.calls import Array, TargetError
from cnnspec.targets.runtimes import common, onnx_models


def target(backend: ModuleType) -> SimpleNamespace:
    """The three operations of a backend. Raises TargetError if it is none."""
    if not callable(getattr(backend, "prepare", None)):
        raise TargetError(f"{backend.__name__} is no ONNX backend: it has no prepare(model)")

    def run(model: ModelProto, x: Array) -> Array:
        return backend.prepare(model, "CPU").run([x])[0]

    def conv(image: Array, filters: Array) -> Array:
        common.floats(("float32", "float64", "float16"), image, filters)
        return onnx_models.conv(run, image, filters)

    def relu(feature_map: Array) -> Array:
        common.floats(("float32", "float64", "float16"), feature_map)
        return onnx_models.relu(run, feature_map)

    def pooling(feature_map: Array, size: int = 2, stride: int = 2) -> Array:
        common.floats(("float32", "float64", "float16"), feature_map)
        return onnx_models.pooling(run, feature_map, size, stride)

    return SimpleNamespace(
        conv=conv, relu=relu, pooling=pooling, dtypes=("float32", "float64", "float16")
    )
