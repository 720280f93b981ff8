"""JAX on the CPU: jax.lax and jax.nn, with float64 enabled."""

import os

import jax
import numpy as np

from cnnspec.kit.calls import Array
from cnnspec.targets.runtimes import common

dtypes = ("float64", "float32", "float16")

if common.threads() == 1:
    os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
jax.config.update("jax_enable_x64", True)
jax.config.update("jax_platforms", "cpu")


def conv(image: Array, filters: Array) -> Array:
    """lax.conv_general_dilated of (1, H, W, C) and (K, K, C, N)."""
    common.floats(dtypes, image, filters)
    image, filters = common.ranked(image, filters)
    maps = jax.lax.conv_general_dilated(
        common.packed(image)[None],
        common.packed(filters.transpose(1, 2, 3, 0)),
        (1, 1),
        "VALID",
        dimension_numbers=("NHWC", "HWIO", "NHWC"),
    )
    return np.array(maps[0])


def relu(feature_map: Array) -> Array:
    """jax.nn.relu."""
    return np.array(jax.nn.relu(common.packed(feature_map)))


def pooling(feature_map: Array, size: int = 2, stride: int = 2) -> Array:
    """lax.reduce_window with the maximum."""
    common.floats(dtypes, feature_map)
    window, strides = (size, size, 1), (stride, stride, 1)
    least = feature_map.dtype.type(-np.inf)
    x = common.packed(feature_map)
    return np.array(jax.lax.reduce_window(x, least, jax.lax.max, window, strides, "VALID"))


def average_pooling(feature_map: Array, size: int, stride: int) -> Array:
    """lax.reduce_window with the sum, divided by the count, as Flax does it."""
    common.floats(dtypes, feature_map)
    window, strides = (size, size, 1), (stride, stride, 1)
    zero = feature_map.dtype.type(0)
    x = common.packed(feature_map)
    total = jax.lax.reduce_window(x, zero, jax.lax.add, window, strides, "VALID")
    return np.array(total / size**2)
