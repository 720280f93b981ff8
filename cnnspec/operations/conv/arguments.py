"""Valid arguments of conv, as its fault models get them."""

from typing import Any

import numpy as np

from cnnspec import spec
from cnnspec.kit.settings import pair, sides
from cnnspec.spec import Edition


def arguments(edition: Edition, image: Any, filters: Any, **options: Any) -> dict[str, Any]:
    """Valid arguments, with an axis of channels; in edition general all options. SpecError.

    Stride and dilation are (rows, columns), padding is ((top, bottom), (left, right)) or a word.
    """
    if edition == "general":
        return of_general(image, filters, **options)
    x, w = spec.require_conv(image, filters)
    if x.ndim == 2:
        x, w = x[:, :, np.newaxis], w[:, :, :, np.newaxis]
    return {"image": x, "filters": w}


def of_general(
    image: Any,
    filters: Any,
    bias: Any = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> dict[str, Any]:
    """The arguments of edition general. Raises SpecError."""
    x = spec.require_general_conv(image, filters, bias, stride, padding, dilation, groups)
    return {
        "image": x.image,
        "filters": x.filters,
        "bias": x.bias,
        "stride": pair(stride),
        "padding": padding if isinstance(padding, str) else sides(padding),
        "dilation": pair(dilation),
        "groups": groups,
    }
