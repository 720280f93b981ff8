"""JAX on the CPU: jax.lax and jax.nn, with float64 enabled."""

import os
from typing import Any

import jax
import numpy as np

from cnnspec.kit.calls import Array
from cnnspec.targets.conventions import sides, two
from cnnspec.targets.runtimes import common

dtypes = ("float64", "float32", "float16")
WORDS = {"same_upper": "SAME", "same_lower": "SAME_LOWER", "valid": "VALID"}
"""What jax.lax calls the words of padding."""

if common.threads() == 1:
    os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
jax.config.update("jax_enable_x64", True)
jax.config.update("jax_platforms", "cpu")


def padded(padding: Any) -> Any:
    """Padding as a word of jax.lax, or as a pair for rows and one for columns."""
    return WORDS[padding] if isinstance(padding, str) else sides("padding", padding)


@common.takes_batches
def conv(
    image: Array,
    filters: Array,
    stride: Any = 1,
    padding: Any = "valid",
    dilation: Any = 1,
    groups: int = 1,
) -> Array:
    """lax.conv_general_dilated of (B, H, W, C) and (K, K, C, N). It has no bias."""
    common.floats(dtypes, image, filters)
    image, filters = common.ranked(image, filters, batch=True)
    maps = jax.lax.conv_general_dilated(
        common.packed(common.batched(image)),
        common.packed(filters.transpose(1, 2, 3, 0)),
        two("stride", stride),
        padded(padding),
        rhs_dilation=two("dilation", dilation),
        dimension_numbers=("NHWC", "HWIO", "NHWC"),
        feature_group_count=groups,
    )
    return np.array(maps if image.ndim == 4 else maps[0])


def relu(feature_map: Array) -> Array:
    """jax.nn.relu."""
    return np.array(jax.nn.relu(common.packed(feature_map)))


@common.takes_batches
def pooling(
    feature_map: Array, size: Any = 2, stride: Any = 2, padding: Any = "valid", dilation: Any = 1
) -> Array:
    """lax.reduce_window with the maximum."""
    common.floats(dtypes, feature_map)
    least = feature_map.dtype.type(-np.inf)
    return np.array(over_windows(feature_map, jax.lax.max, least, size, stride, padding, dilation))


@common.takes_batches
def average_pooling(
    feature_map: Array,
    size: Any,
    stride: Any,
    padding: Any = "valid",
    count_padding: bool = False,
) -> Array:
    """lax.reduce_window with the sum, divided by the count, as Flax does it."""
    common.floats(dtypes, feature_map)
    zero, add = feature_map.dtype.type(0), jax.lax.add
    total = over_windows(feature_map, add, zero, size, stride, padding, 1)
    if count_padding or (not isinstance(padding, str) and padding == 0) or padding == "valid":
        rows, columns = two("size", size)
        return np.array(total / (rows * columns))
    ones = np.ones_like(feature_map)
    return np.array(total / over_windows(ones, add, zero, size, stride, padding, 1))


def over_windows(
    maps: Array, reduced: Any, start: Any, size: Any, stride: Any, padding: Any, dilation: Any
) -> Any:
    """A reduction of the windows of (H, W, C) or (B, H, W, C)."""
    common.require_maps(maps)
    images = (1,) * (maps.ndim - 3)
    whole = padded(padding)
    if not isinstance(whole, str):
        whole = [*((0, 0),) * len(images), *whole, (0, 0)]
    return jax.lax.reduce_window(
        common.packed(maps),
        start,
        reduced,
        (*images, *two("size", size), 1),
        (*images, *two("stride", stride), 1),
        whole,
        window_dilation=(*images, *two("dilation", dilation), 1),
    )
