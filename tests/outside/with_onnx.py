"""ONNX's own reference evaluator and ONNX Runtime, with attributes drawn as ONNX has them."""

from typing import Any

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper
from onnx.reference import ReferenceEvaluator
from onnxruntime.capi.onnxruntime_pybind11_state import Fail, InvalidArgument, RuntimeException
from outside_call import OPERATIONS, Call, Random, conv_arrays, map_arrays, numbers, steps

from cnnspec import dialects
from cnnspec.spec import Array

DTYPE, OPSET, IR = "float32", 22, 10
TYPES = {"conv": "Conv", "pooling": "MaxPool", "average_pooling": "AveragePool"}


def draw(random: Random) -> Call:
    """A call of one of the three operations."""
    kind = OPERATIONS[random.randint(3)]
    given: dict[str, Any] = {"strides": steps(random, 4)}
    word = ("VALID", "SAME_UPPER", "SAME_LOWER", "NOTSET")[min(random.randint(6), 3)]
    given["auto_pad"] = word
    if kind != "average_pooling":
        given["dilations"] = steps(random, 3)
    if word == "NOTSET":
        given["pads"] = numbers(random, 0, 3, 4)
    if kind == "conv":
        given["group"] = int(random.randint(1, 4))
        return Call(kind, conv_arrays(random, given["group"]), given, dialects.onnx.conv)
    given["kernel_shape"] = numbers(random, 1, 5)
    given["ceil_mode"] = int(random.randint(2))
    if word == "NOTSET" and random.randint(4):  # what ONNX Runtime takes
        sizes = given["kernel_shape"] * 2
        given["pads"] = tuple(
            min(one, size - 1) for one, size in zip(given["pads"], sizes, strict=True)
        )
    if kind == "pooling":
        return Call(kind, map_arrays(random), given, dialects.onnx.max_pool)
    given["count_include_pad"] = int(random.randint(2))
    return Call(kind, map_arrays(random), given, dialects.onnx.average_pool)


def model(made: Call) -> Any:
    """A model of one node."""
    names = ["X", "W", "B"][: len(made.arrays)]
    node = helper.make_node(TYPES[made.operation], names, ["Y"], **made.given)
    ranks = {"X": 4, "W": 4, "B": 1}
    given = [helper.make_tensor_value_info(n, TensorProto.FLOAT, [None] * ranks[n]) for n in names]
    result = helper.make_tensor_value_info("Y", TensorProto.FLOAT, [None] * 4)
    graph = helper.make_graph([node], "one", given, [result])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR)


def feeds(made: Call) -> dict[str, Array]:
    """The arrays as ONNX has them: channels first, in a batch of one."""
    image, *others = (one.astype(DTYPE) for one in made.arrays)
    found = {"X": np.moveaxis(image, -1, 0)[None]}
    for name, one in zip("WB", others, strict=False):
        found[name] = np.moveaxis(one, -1, 1) if one.ndim == 4 else one
    return {name: np.ascontiguousarray(one) for name, one in found.items()}


def by_evaluator(made: Call) -> Array | None:
    """What ONNX's reference evaluator gives, or None where it raises anything."""
    try:
        (y,) = ReferenceEvaluator(model(made)).run(None, feeds(made))
    except Exception:  # it raises whatever NumPy does
        return None
    return last(y)


SETTINGS = onnxruntime.SessionOptions()
SETTINGS.log_severity_level = 4
SETTINGS.intra_op_num_threads = 1


def by_runtime(made: Call) -> Array | None:
    """What ONNX Runtime gives, or None where it refuses."""
    try:
        session = onnxruntime.InferenceSession(model(made).SerializeToString(), SETTINGS)
        (y,) = session.run(None, feeds(made))
    except (Fail, InvalidArgument, RuntimeException):
        return None
    return last(y)


def last(y: Any) -> Array | None:
    """A result with the channels last, or None if it is no batch of one map."""
    found = np.asarray(y)
    return np.moveaxis(found[0], 0, -1) if found.ndim == 4 and len(found) else None


EVALUATOR = f"ONNX's reference evaluator {onnx.__version__}"
RUNTIME = f"ONNX Runtime {onnxruntime.__version__}"
