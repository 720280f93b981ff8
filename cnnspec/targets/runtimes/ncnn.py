"""ncnn on the CPU, in float32: a net of one layer, read from text."""

import tempfile
from pathlib import Path

import ncnn
import numpy as np

from cnnspec.kit.calls import Array, Unsupported
from cnnspec.targets.runtimes import common

dtypes = ("float32",)


def run(layer: str, x: Array, weights: bytes = b"") -> Array:
    """The output of a net of one layer for a (C, H, W) map. Raises RuntimeError."""
    if not x.size:
        raise Unsupported("arrays without elements")
    net = ncnn.Net()
    if common.threads():
        net.opt.num_threads = common.threads()
    with tempfile.TemporaryDirectory() as folder:
        param, model = Path(folder, "net.param"), Path(folder, "net.bin")
        param.write_text(f"7767517\n2 2\nInput x 0 1 x\n{layer}\n")
        model.write_bytes(weights)
        if net.load_param(str(param)) or net.load_model(str(model)):
            raise RuntimeError("ncnn cannot load the layer")
    packed = common.packed(x)  # which a Mat does not keep alive
    extractor = net.create_extractor()
    extractor.input("x", ncnn.Mat(packed).clone())
    status, y = extractor.extract("y")
    result = np.array(y)
    if status or result.ndim != x.ndim:
        raise RuntimeError(f"ncnn's status is {status}, its result {result.shape}")
    return result


def conv(image: Array, filters: Array) -> Array:
    """Convolution."""
    common.floats(dtypes, image, filters)
    image, filters = common.ranked(image, filters)
    number, rows, cols, _ = filters.shape
    weights = common.packed(filters.transpose(0, 3, 1, 2))
    layer = f"Convolution y 1 1 x y 0={number} 1={cols} 11={rows} 5=0 6={weights.size}"
    maps = run(layer, image.transpose(2, 0, 1), bytes(4) + weights.tobytes())
    return maps.transpose(1, 2, 0)


def relu(feature_map: Array) -> Array:
    """ReLU."""
    common.floats(dtypes, feature_map)
    if feature_map.ndim != 3:
        raise Unsupported("an array whose rank is not 3")
    return run("ReLU y 1 1 x y", feature_map)


def pooling(feature_map: Array, size: int = 2, stride: int = 2) -> Array:
    """Pooling of type 0, the maximum."""
    return windows(0, feature_map, size, stride)


def average_pooling(feature_map: Array, size: int, stride: int) -> Array:
    """Pooling of type 1, the average."""
    return windows(1, feature_map, size, stride)


def windows(kind: int, feature_map: Array, size: int, stride: int) -> Array:
    """Pooling of a type, without a border."""
    common.floats(dtypes, feature_map)
    common.rank_3(feature_map)
    layer = f"Pooling y 1 1 x y 0={kind} 1={size} 2={stride} 5=1"
    return run(layer, feature_map.transpose(2, 0, 1)).transpose(1, 2, 0)
