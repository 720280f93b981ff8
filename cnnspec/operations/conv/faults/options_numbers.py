"""Faults of conv in edition general: options beside which numbers lose some of their digits."""

from typing import Any

import numpy as np

from cnnspec.kit.fault import Changes, before
from cnnspec.operations.conv.faults.options_padding import is_padded
from cnnspec.spec import Array


def in_float32(array: Array) -> Array:
    """An array with the digits of float32, in its own dtype."""
    return array.astype(np.float32).astype(array.dtype)


@before("conv", "C12", remedy="Let the padded image have the dtype of the result.")
def padded_image_in_float32(image: Array, padding: Any) -> Changes:
    """With padding, the image is copied into an array of float32."""
    return {"image": in_float32(image)} if is_padded(padding) else {}


@before("conv", "C16", remedy="Add the bias in the dtype of the result.")
def bias_in_float32(bias: Array | None) -> Changes:
    """The bias is kept in float32."""
    return {} if bias is None else {"bias": in_float32(bias)}


@before("conv", "C12", remedy="Let the padded image have the dtype of the result.")
def padded_image_in_integers(image: Array, padding: Any) -> Changes:
    """With padding, the image is copied into an array of integers."""
    return {"image": np.trunc(image)} if is_padded(padding) else {}


@before("conv", "C16", remedy="Add the bias in the dtype of the result.")
def bias_in_integers(bias: Array | None) -> Changes:
    """The bias is kept in integers: its fractions are cut."""
    return {} if bias is None else {"bias": np.trunc(bias)}
