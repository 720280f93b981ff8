"""Valid arguments of conv, as its fault models get them."""

from typing import Any

import numpy as np

from cnnspec import spec
from cnnspec.spec import Array, Edition


def arguments(_edition: Edition, image: Any, filters: Any) -> dict[str, Array]:
    """Valid arguments, with an axis of channels. Raises SpecError."""
    x, w = spec.require_conv(image, filters)
    if x.ndim == 2:
        x, w = x[:, :, np.newaxis], w[:, :, :, np.newaxis]
    return {"image": x, "filters": w}
