"""Faults of conv in edition general: options that make no sense are taken for others."""

from typing import Any

import numpy as np

from cnnspec import reference
from cnnspec.kit.fault import fault
from cnnspec.spec import BATCH_RANK, Array


def right(image: Any, filters: Any, bias: Any, **given: Any) -> Array:
    """Conv, of a batch too."""
    batch = np.ndim(image) == BATCH_RANK
    return reference.conv(image, filters, bias, batch=batch, edition="general", **given)


@fault("conv", "C18", remedy="Reject padding below zero.")
def padding_below_zero_is_none(image: Any, filters: Any, bias: Any = None, **given: Any) -> Array:
    """Padding below zero is taken for none, where it is one number."""
    padding = given.get("padding", 0)
    if not isinstance(padding, str | tuple):
        given["padding"] = max(padding, 0)
    return right(image, filters, bias, **given)


@fault("conv", "C18", remedy="Reject a dilation below 1.")
def dilation_below_one_is_one(image: Any, filters: Any, bias: Any = None, **given: Any) -> Array:
    """A dilation below 1 is taken for 1, where it is one number."""
    dilation = given.get("dilation", 1)
    if not isinstance(dilation, tuple):
        given["dilation"] = max(dilation, 1)
    return right(image, filters, bias, **given)


@fault("conv", "C18", remedy="Compute the reach of a filter in 64 bits, or reject such a dilation.")
def dilation_in_32_bits(image: Any, filters: Any, bias: Any = None, **given: Any) -> Array:
    """A dilation is cut to 32 bits, where it is one number."""
    dilation = given.get("dilation", 1)
    if not isinstance(dilation, tuple) and dilation > 0:
        given["dilation"] = (dilation & 0xFFFFFFFF) or 1
    return right(image, filters, bias, **given)


@fault("conv", "C18", remedy="Reject a bias that has not one element for each filter.")
def bias_is_cut_or_filled_up(image: Any, filters: Any, bias: Any = None, **given: Any) -> Array:
    """A bias of another length is cut, or filled up with zeros."""
    if bias is not None:
        room = np.zeros(len(filters), np.asarray(bias).dtype)
        some = np.ravel(bias)[: len(room)]
        room[: len(some)] = some
        bias = room
    return right(image, filters, bias, **given)
