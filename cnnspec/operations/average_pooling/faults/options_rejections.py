"""Faults of average_pooling in edition general: options that make no sense are taken for others."""

from typing import Any

import numpy as np

from cnnspec import reference
from cnnspec.kit.fault import fault
from cnnspec.spec import BATCH_RANK, Array


@fault("average_pooling", "A8", remedy="Reject padding below zero.")
def padding_below_zero_is_none_in_average_pooling(
    feature_map: Any, size: Any = 2, stride: Any = 2, **given: Any
) -> Array:
    """Padding below zero is taken for none, where it is one number."""
    padding = given.get("padding", 0)
    if not isinstance(padding, str | tuple):
        given["padding"] = max(padding, 0)
    batch = np.ndim(feature_map) == BATCH_RANK
    return reference.average_pooling(
        feature_map, size, stride, batch=batch, edition="general", **given
    )
