"""Faults of conv in edition general: options that have no effect on an image (H, W)."""

from typing import Any

import numpy as np

from cnnspec import reference
from cnnspec.kit.fault import fault
from cnnspec.spec import BATCH_RANK, Array

REMEDY = "Treat an image (H, W) as one of a single channel, then use the options as for any other."


def without(name: str, image: Array, filters: Array, **given: Any) -> Array:
    """The right result, but without an option where the image is (H, W)."""
    if np.ndim(image) == len("HW"):
        given = {other: value for other, value in given.items() if other != name}
    batch = np.ndim(image) == BATCH_RANK
    return reference.conv(image, filters, edition="general", batch=batch, **given)


@fault("conv", "C11", remedy=REMEDY)
def stride_of_grey_images_ignored(
    image: Array, filters: Array, bias: Array | None = None, **given: Any
) -> Array:
    """The stride has no effect on an image (H, W)."""
    return without("stride", image, filters, bias=bias, **given)


@fault("conv", "C12", remedy=REMEDY)
def padding_of_grey_images_ignored(
    image: Array, filters: Array, bias: Array | None = None, **given: Any
) -> Array:
    """The padding has no effect on an image (H, W)."""
    return without("padding", image, filters, bias=bias, **given)


@fault("conv", "C14", remedy=REMEDY)
def dilation_of_grey_images_ignored(
    image: Array, filters: Array, bias: Array | None = None, **given: Any
) -> Array:
    """The dilation has no effect on an image (H, W)."""
    return without("dilation", image, filters, bias=bias, **given)


@fault("conv", "C16", remedy=REMEDY)
def bias_of_grey_images_ignored(
    image: Array, filters: Array, bias: Array | None = None, **given: Any
) -> Array:
    """The bias has no effect on an image (H, W)."""
    return without("bias", image, filters, bias=bias, **given)
