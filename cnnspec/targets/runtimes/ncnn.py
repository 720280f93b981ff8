"""ncnn on the CPU, in float32: a net of one layer, read from text."""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import ncnn
import numpy as np

from cnnspec.kit.calls import Array, Unsupported
from cnnspec.targets.conventions import converted, two
from cnnspec.targets.runtimes import common

dtypes = ("float32",)

SAME = {"same_upper": -233, "same_lower": -234}
"""What a convolution takes for a padding at the left that is to be worked out."""

FULL, VALID = 0, 1
MODES = {"valid": VALID, "same_upper": 2, "same_lower": 3}
"""The modes of padding of a pooling. Full rounds lengths up, valid rounds them down."""


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


def layer(kind: str, settings: Mapping[int, Any]) -> str:
    """The line of a layer, with the numbers of its parameters."""
    return f"{kind} y 1 1 x y {' '.join(f'{key}={value}' for key, value in settings.items())}"


def conv(
    image: Array,
    filters: Array,
    bias: Array | None = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Array:
    """Convolution; with groups ConvolutionDepthWise."""
    common.floats(dtypes, image, filters, *([] if bias is None else [bias]))
    image, filters = common.ranked(image, filters)
    number, rows, cols, _ = filters.shape
    weights = common.packed(filters.transpose(0, 3, 1, 2))
    steps = two("stride", stride), two("dilation", dilation)
    settings = {0: number, 1: cols, 11: rows, 5: int(bias is not None), 6: weights.size}
    settings |= {3: steps[0][1], 13: steps[0][0], 2: steps[1][1], 12: steps[1][0]}
    settings |= dict(zip((4, 15, 14, 16), padding_of_conv(padding), strict=True))
    kind = "Convolution"
    if groups != 1:
        kind, settings[7] = "ConvolutionDepthWise", groups
    added = b"" if bias is None else common.packed(bias).tobytes()
    maps = run(
        layer(kind, settings), image.transpose(2, 0, 1), bytes(4) + weights.tobytes() + added
    )
    return maps.transpose(1, 2, 0)


def padding_of_conv(padding: Any) -> tuple[int, ...]:
    """Padding at the left, right, top and bottom; a word is a number below zero."""
    if isinstance(padding, str):
        return (0,) * 4 if padding == "valid" else (SAME[padding],) * 4
    left, right, top, bottom = converted("padding", "left-right-top-bottom", padding)
    if min(left, right, top, bottom) < 0:
        raise Unsupported("padding below zero, which stands for a word")
    return left, right, top, bottom


def relu(feature_map: Array) -> Array:
    """ReLU."""
    common.floats(dtypes, feature_map)
    if feature_map.ndim != 3:
        raise Unsupported("an array whose rank is not 3")
    return run("ReLU y 1 1 x y", feature_map)


def pooling(
    feature_map: Array, size: Any = 2, stride: Any = 2, padding: Any = 0, ceil: bool = False
) -> Array:
    """Pooling of type 0, the maximum."""
    return windows({0: 0}, feature_map, size, stride, padding, ceil)


def average_pooling(
    feature_map: Array,
    size: Any,
    stride: Any,
    padding: Any = 0,
    ceil: bool = False,
    count_padding: bool = False,
) -> Array:
    """Pooling of type 1, the average."""
    kind = {0: 1, 6: int(count_padding)}
    return windows(kind, feature_map, size, stride, padding, ceil)


def windows(
    kind: Mapping[int, Any], feature_map: Array, size: Any, stride: Any, padding: Any, ceil: bool
) -> Array:
    """Pooling of a type."""
    common.floats(dtypes, feature_map)
    common.rank_3(feature_map)
    sizes, strides = two("size", size), two("stride", stride)
    settings = {**kind, 1: sizes[1], 11: sizes[0], 2: strides[1], 12: strides[0]}
    if isinstance(padding, str):
        settings[5] = MODES[padding]
        if ceil:
            raise Unsupported("a word of padding together with ceil")
    else:
        sides = converted("padding", "left-right-top-bottom", padding)
        settings |= dict(zip((3, 14, 13, 15), sides, strict=True))
        settings[5] = FULL if ceil else VALID
    return run(layer("Pooling", settings), feature_map.transpose(2, 0, 1)).transpose(1, 2, 0)
