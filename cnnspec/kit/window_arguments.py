"""Valid arguments of poolings in edition general, as fault models get them."""

from collections.abc import Callable
from typing import Any

from cnnspec.kit.settings import pair, sides


def arguments_in_general(
    require: Callable[..., Any], feature_map: Any, size: Any, stride: Any, **options: Any
) -> dict[str, Any]:
    """Valid arguments with all options. Raises SpecError.

    Size, stride and dilation are (rows, columns), padding is ((top, bottom), (left, right)) or a
    word. require: the function of the book that checks them.
    """
    counting = {"count_padding": options.pop("count_padding")} if "count_padding" in options else {}
    x, _, _ = require(feature_map, size, stride, **options)
    padding = options["padding"]
    found = {
        "feature_map": x,
        "size": pair(size),
        "stride": pair(stride),
        **options,
        **counting,
        "padding": padding if isinstance(padding, str) else sides(padding),
    }
    return found | ({"dilation": pair(options["dilation"])} if "dilation" in options else {})
