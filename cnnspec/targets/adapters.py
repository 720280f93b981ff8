"""Turns implementations of other shapes into targets: layouts of images, filters and results."""

from collections.abc import Callable
from functools import wraps
from types import SimpleNamespace
from typing import Any

import numpy as np

from cnnspec.kit.calls import Array, Unsupported
from cnnspec.spec import OPERATIONS

IMAGE_LAYOUTS = ("HWC", "CHW", "NHWC", "NCHW", "HW")
FILTER_LAYOUTS = ("NKKC", "OIHW", "HWIO", "IOHW", "matrix", "NKK", "KK")


def adapt(
    *,
    image: str = "HWC",
    filters: str = "NKKC",
    result: str | None = None,
    **operations: Callable[..., Any],
) -> SimpleNamespace:
    """A target made of functions that take and give other layouts.

    operations: the functions by the names of the operations, as in adapt(conv=f, relu=g). They are
    called as these are: conv(image, filters), relu(feature_map), pooling(feature_map, size,
    stride), average_pooling(feature_map, size, stride). They get their arrays in the layouts that
    are named, and give an array (or nested lists, or a list of maps) in the layout `result`, by
    default that of the image. The target does not offer an operation that is left out.

    image, result: HWC; CHW; NHWC and NCHW, a batch of one; HW, one channel and no axis for it.
    filters: NKKC; OIHW (= NCKK); HWIO (= KKCN); IOHW; matrix, (C*K*K, N) with the rows in the order
    C, K, K; NKK, one channel; KK, one filter of one channel.

    Raises ValueError for an unknown layout, TypeError for an unknown operation.
    The functions raise `cnnspec.Unsupported` for what they cannot express; such cases are not
    judged.
    """
    given = result or image
    for layout, known in (
        (image, IMAGE_LAYOUTS),
        (given, IMAGE_LAYOUTS),
        (filters, FILTER_LAYOUTS),
    ):
        if layout not in known:
            raise ValueError(f"{layout!r} is no layout; there are {', '.join(known)}")
    for name in operations:
        if name not in OPERATIONS:
            raise TypeError(f"{name!r} is no operation; there are {', '.join(OPERATIONS)}")

    def adapted(function: Callable[..., Any]) -> Callable[..., Array]:
        def called(x: Array, *others: Any, **named: Any) -> Array:
            arguments = [filters_to(filters, a) if isinstance(a, np.ndarray) else a for a in others]
            return image_from(given, function(image_to(image, x), *arguments, **named))

        @wraps(function)  # so that it takes the optional numbers that the function takes
        def checked(x: Array, *others: Any, **named: Any) -> Array:
            if not others and image != "HWC" and x.ndim != 3:  # any rank is valid here
                raise Unsupported("an array whose rank is not 3")
            return called(*with_channels(x, *others), **named)

        return checked

    return SimpleNamespace(**{name: adapted(function) for name, function in operations.items()})


def with_channels(x: Array, *others: Any) -> tuple[Any, ...]:
    """The arguments, with an axis of channels added. Raises ValueError if ranks do not agree."""
    if not others or not isinstance(others[0], np.ndarray):
        return x, *others
    w, *rest = others
    if w.ndim != x.ndim + 1:
        raise ValueError(f"an image of rank {x.ndim} with filters of rank {w.ndim}")
    if x.ndim == 2:  # one channel, its axis left out
        x, w = x[..., np.newaxis], w[..., np.newaxis]
    return x, w, *rest


def image_to(layout: str, image: Array) -> Array:
    """A map (H, W, C) in another layout. Raises ValueError for another rank."""
    if layout == "HWC":
        return image
    if image.ndim != 3:
        raise ValueError(f"an image of rank {image.ndim} where (H, W, C) is expected")
    if layout == "HW":
        if image.shape[2] != 1:
            raise Unsupported("more than one channel")
        return image[:, :, 0]
    channels_first = np.ascontiguousarray(np.moveaxis(image, 2, 0))
    one = {"CHW": channels_first, "NHWC": image, "NCHW": channels_first}[layout]
    return one if layout == "CHW" else one[np.newaxis]


def image_from(layout: str, result: Any) -> Array:
    """A map in some layout as (H, W, C). Raises ValueError for another rank."""
    array = np.asarray(result)
    rank = {"HW": 2, "HWC": 3, "CHW": 3, "NHWC": 4, "NCHW": 4}[layout]
    if layout == "HWC":
        return array
    if array.ndim != rank or (rank == 4 and len(array) != 1):
        raise ValueError(f"the result has the shape {array.shape}, which is not {layout}")
    if layout == "HW":
        return array[:, :, np.newaxis]
    one = array[0] if rank == 4 else array
    return one if layout.endswith("HWC") else np.moveaxis(one, 0, 2)


def filters_to(layout: str, filters: Array) -> Array:
    """Filters (N, K, K, C) in another layout. Raises ValueError for another rank."""
    if layout == "NKKC":
        return filters
    if filters.ndim != 4:
        raise ValueError(f"filters of rank {filters.ndim} where (N, K, K, C) is expected")
    if layout in ("NKK", "KK") and filters.shape[3] != 1:
        raise Unsupported("more than one channel")
    if layout == "NKK":
        return filters[..., 0]
    if layout == "KK":
        if len(filters) != 1:
            raise Unsupported("more than one filter")
        return filters[0, :, :, 0]
    if layout == "matrix":
        return filters.transpose(3, 1, 2, 0).reshape(-1, len(filters))
    order = {"OIHW": (0, 3, 1, 2), "HWIO": (1, 2, 3, 0), "IOHW": (3, 0, 1, 2)}[layout]
    return np.ascontiguousarray(filters.transpose(order))
