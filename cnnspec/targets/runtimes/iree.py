"""IREE on the CPU: linalg operations, compiled for each shape."""

from functools import lru_cache
from typing import Any

import numpy as np
from iree import compiler, runtime

from cnnspec.kit.calls import Array, Unsupported
from cnnspec.targets.runtimes import common

dtypes = ("float64", "float32", "float16")
ELEMENT = {"float64": "f64", "float32": "f32", "float16": "f16"}

CONV = """
func.func @run(%x: {x}, %w: {w}) -> {y} {{
  %zero = arith.constant 0.0 : {element}
  %empty = tensor.empty() : {y}
  %start = linalg.fill ins(%zero : {element}) outs(%empty : {y}) -> {y}
  %y = linalg.conv_2d_nhwc_hwcf ins(%x, %w : {x}, {w}) outs(%start : {y}) -> {y}
  return %y : {y}
}}
"""
POOLING = """
func.func @run(%x: {x}) -> {y} {{
  %least = arith.constant 0x{least} : {element}
  %empty = tensor.empty() : {y}
  %start = linalg.fill ins(%least : {element}) outs(%empty : {y}) -> {y}
  %window = tensor.empty() : {w}
  %y = linalg.pooling_nhwc_max {{strides = dense<{stride}> : tensor<2xi64>}}
    ins(%x, %window : {x}, {w}) outs(%start : {y}) -> {y}
  return %y : {y}
}}
"""
AVERAGE_POOLING = """
func.func @run(%x: {x}) -> {y} {{
  %zero = arith.constant 0.0 : {element}
  %count = arith.constant {count}.0 : {element}
  %empty = tensor.empty() : {y}
  %start = linalg.fill ins(%zero : {element}) outs(%empty : {y}) -> {y}
  %window = tensor.empty() : {w}
  %total = linalg.pooling_nhwc_sum {{strides = dense<{stride}> : tensor<2xi64>}}
    ins(%x, %window : {x}, {w}) outs(%start : {y}) -> {y}
  %counts = linalg.fill ins(%count : {element}) outs(%empty : {y}) -> {y}
  %y = arith.divf %total, %counts : {y}
  return %y : {y}
}}
"""
RELU = """
func.func @run(%x: {x}) -> {x} {{
  %zero = arith.constant 0.0 : {element}
  %empty = tensor.empty() : {x}
  %zeros = linalg.fill ins(%zero : {element}) outs(%empty : {x}) -> {x}
  %y = arith.maximumf %x, %zeros : {x}
  return %y : {x}
}}
"""
FLAGS = ["--iree-llvmcpu-target-cpu=host", "--iree-input-demote-f64-to-f32=false"]
"""For this machine; and float64 stays float64."""


@lru_cache(64)
def compiled(text: str) -> Any:
    """The function of a module."""
    binary = compiler.compile_str(text, target_backends=["llvm-cpu"], extra_args=FLAGS)
    context = runtime.SystemContext(config=runtime.Config("local-task"))
    context.add_vm_module(runtime.VmModule.copy_buffer(context.instance, binary))
    return context.modules.module.run


def kind(shape: tuple[int, ...], element: str) -> str:
    """The type of a tensor."""
    return f"tensor<{'x'.join(map(str, (*shape, element)))}>"


def conv(image: Array, filters: Array) -> Array:
    """linalg.conv_2d_nhwc_hwcf."""
    common.floats(dtypes, image, filters)
    image, filters = common.ranked(image, filters)
    common.fits(image, filters)
    number, rows, cols, _ = filters.shape
    x, w = common.packed(image)[None], common.packed(filters.transpose(1, 2, 3, 0))
    element = ELEMENT[x.dtype.name]
    y = (1, x.shape[1] - rows + 1, x.shape[2] - cols + 1, number)
    types = {"x": kind(x.shape, element), "w": kind(w.shape, element), "y": kind(y, element)}
    return np.array(compiled(CONV.format(**types, element=element))(x, w).to_host()[0])


def relu(feature_map: Array) -> Array:
    """arith.maximumf with zero."""
    common.floats(dtypes, feature_map)
    if not feature_map.size:
        raise Unsupported("arrays without elements")
    x = common.packed(feature_map)
    element = ELEMENT[x.dtype.name]
    text = RELU.format(x=kind(x.shape, element), element=element)
    return np.array(compiled(text)(x).to_host()).reshape(x.shape)


def pooling(feature_map: Array, size: int = 2, stride: int = 2) -> Array:
    """linalg.pooling_nhwc_max."""
    common.floats(dtypes, feature_map)
    least = np.array(-np.inf, feature_map.dtype.newbyteorder(">")).tobytes().hex().upper()
    return windows(POOLING, feature_map, size, stride, least=least)


def average_pooling(feature_map: Array, size: int, stride: int) -> Array:
    """linalg.pooling_nhwc_sum, divided by the count."""
    common.floats(dtypes, feature_map)
    return windows(AVERAGE_POOLING, feature_map, size, stride, count=size**2)


def windows(text: str, feature_map: Array, size: int, stride: int, **constants: Any) -> Array:
    """An operation on windows, with its constants."""
    common.windows(feature_map, size, stride)
    x = common.packed(feature_map)[None]
    element = ELEMENT[x.dtype.name]
    rows, cols = ((n - size) // stride + 1 for n in x.shape[1:3])
    y = (1, rows, cols, x.shape[3])  # linalg wants an input without a remainder
    x = common.packed(x[:, : (rows - 1) * stride + size, : (cols - 1) * stride + size])
    types = {"x": kind(x.shape, element), "w": kind((size, size), element), "y": kind(y, element)}
    whole = text.format(**types, element=element, stride=stride, **constants)
    return np.array(compiled(whole)(x).to_host()[0])
