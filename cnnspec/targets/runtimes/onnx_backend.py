"""Any module of the kind of onnx.backend: prepare(model) gives something to run."""

from types import ModuleType, SimpleNamespace

from onnx import ModelProto

from cnnspec.kit.calls import Array, TargetError
from cnnspec.targets.runtimes import onnx_models

dtypes = ("float32", "float64", "float16")


def target(backend: ModuleType) -> SimpleNamespace:
    """The operations of a backend. Raises TargetError if it is none."""
    if not callable(getattr(backend, "prepare", None)):
        raise TargetError(f"{backend.__name__} is no ONNX backend: it has no prepare(model)")

    def run(model: ModelProto, x: Array) -> Array:
        return backend.prepare(model, "CPU").run([x])[0]

    conv, relu, pooling, average_pooling = onnx_models.operations(
        run, of_conv=dtypes, of_relu=dtypes, of_pooling=dtypes, of_average=dtypes
    )
    return SimpleNamespace(
        conv=conv, relu=relu, pooling=pooling, average_pooling=average_pooling, dtypes=dtypes
    )
