"""Who the reference is measured against: each makes a call without arguments, ready to be timed.

What a library needs once (tensors in its own layout, a session) is made before the clock starts.
"""

import importlib.util
import itertools
from collections.abc import Callable

import numpy as np
from scipy import signal

from cnnspec import reference
from cnnspec.spec import Array

Call = Callable[[], Array]
THREADS = 2


def missing(*modules: str) -> str:
    """Why a rival is left out, or nothing."""
    absent = [name for name in modules if importlib.util.find_spec(name) is None]
    return f"{', '.join(absent)} not installed" if absent else ""


def by_reference(image: Array, filters: Array) -> Call:
    return lambda: reference.conv(image, filters)


def by_scipy(image: Array, filters: Array) -> Call:
    channels = range(image.shape[2])
    planes = [np.ascontiguousarray(image[:, :, ch]) for ch in channels]

    def call() -> Array:
        maps = [
            sum(signal.correlate2d(planes[ch], one[:, :, ch], "valid") for ch in channels)
            for one in filters
        ]
        return np.stack(maps, axis=2)

    return call


def by_pytorch(image: Array, filters: Array) -> Call:
    import torch
    from torch.nn import functional

    torch.set_num_threads(THREADS)
    x = torch.from_numpy(np.ascontiguousarray(image.transpose(2, 0, 1)))[None]
    w = torch.from_numpy(np.ascontiguousarray(filters.transpose(0, 3, 1, 2)))

    def call() -> Array:
        with torch.inference_mode():
            return np.moveaxis(functional.conv2d(x, w)[0].numpy(), 0, -1)

    return call


def by_onnxruntime(image: Array, filters: Array) -> Call:
    import onnxruntime
    from onnx import helper

    from cnnspec.targets.runtimes import onnx_models

    x = onnx_models.channels_first(image)
    w = np.ascontiguousarray(filters.transpose(0, 3, 1, 2))
    node = helper.make_node("Conv", ["x", "w"], ["y"], kernel_shape=w.shape[2:])
    model = onnx_models.model(node, x, w, names=("w",))
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = THREADS
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    return lambda: np.moveaxis(session.run(None, {"x": x})[0][0], 0, -1)


def pytorch_stack(image: Array, banks: list[Array]) -> Call:
    """conv, relu and pooling of the standard edition, layer upon layer."""
    import torch
    from torch.nn import functional

    torch.set_num_threads(THREADS)
    x = torch.from_numpy(image)[None, None]
    four = [bank.reshape(*bank.shape[:3], -1) for bank in banks]
    weights = [torch.from_numpy(np.ascontiguousarray(w.transpose(0, 3, 1, 2))) for w in four]

    def call() -> Array:
        maps = x
        with torch.inference_mode():
            for w in weights:
                maps = functional.max_pool2d(functional.relu(functional.conv2d(maps, w)), 2, 2)
        return np.moveaxis(maps[0].numpy(), 0, -1)

    return call


RIVALS: dict[str, tuple[Callable[[Array, Array], Call], tuple[str, ...], tuple[str, ...]]] = {
    "reference": (by_reference, (), ("float64", "float32")),
    "PyTorch": (by_pytorch, ("torch",), ("float64", "float32")),
    "ONNX Runtime": (by_onnxruntime, ("onnx", "onnxruntime"), ("float32",)),
    "SciPy": (by_scipy, (), ("float64", "float32")),
}
"""A rival's call, the modules that it needs, and the dtypes that it computes conv in."""


def small_numbers(shape: tuple[int, ...], dtype: str, seed: int = 0) -> Array:
    """Whole numbers so small that no sum of the benchmarks is rounded, in float32 either."""
    return np.random.RandomState(seed).randint(-2, 3, shape).astype(dtype)


WORK = 2**29
"""Products of the largest conv that is timed."""
ROOM = 2**26
"""Elements of the largest image or result."""


def grid() -> list[tuple[int, int, int, int]]:
    """Sides, channels, numbers and sizes of filters, as far as WORK and ROOM allow."""
    cells = itertools.product((64, 512, 4096), (1, 8, 64), (1, 8, 64), (1, 3, 11))
    return [
        (side, channels, number, size)
        for side, channels, number, size in cells
        if side**2 * channels * number * size**2 <= WORK and side**2 * max(channels, number) <= ROOM
    ]
