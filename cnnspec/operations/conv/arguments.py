"""Valid arguments of conv, as its fault models get them."""

from typing import Any

import numpy as np

from cnnspec import spec
from cnnspec.spec import Array, Edition


def arguments(_edition: Edition, image: Any, filters: Any) -> tuple[Array, Array]:
    """Valid arguments, with an axis of channels. Raises SpecError."""
    x, w = spec.require_conv(image, filters)
    return (x, w) if x.ndim == 3 else (x[:, :, np.newaxis], w[:, :, :, np.newaxis])
