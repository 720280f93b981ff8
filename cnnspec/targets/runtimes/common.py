"""What the runtimes' files share."""

import os
from collections.abc import Callable
from typing import TypeVar

import numpy as np

from cnnspec.kit.calls import Array, Unsupported
from cnnspec.kit.settings import BATCH

Function = TypeVar("Function", bound=Callable[..., Array])


def threads() -> int | None:
    """How many threads to use (`--threads`), or None for the runtime's own choice."""
    said = os.environ.get("CNNSPEC_THREADS")
    return int(said) if said else None


def floats(dtypes: tuple[str, ...], *arrays: Array) -> None:
    """Raise Unsupported unless all arrays are of one dtype, and that is among dtypes.

    A runtime's tensors are typed, and it does not promote them.
    """
    for array in arrays:
        if array.dtype.name not in dtypes:
            raise Unsupported(f"arrays of {array.dtype.name}")
    if len({array.dtype.name for array in arrays}) > 1:
        raise Unsupported("arrays of different dtypes")


def takes_batches(function: Function) -> Function:
    """Mark a function as one that takes (B, H, W, C) as well as (H, W, C)."""
    vars(function)[BATCH] = True
    return function


def ranked(image: Array, filters: Array, *, batch: bool = False) -> tuple[Array, Array]:
    """Image (H, W, C) and filters (N, K, K, C), with an axis of channels if there was none.

    batch: whether the image may be (B, H, W, C). Raises ValueError for other ranks, which a runtime
    would take for something else.
    """
    if image.ndim == 2 and filters.ndim == 3:
        return image[..., np.newaxis], filters[..., np.newaxis]
    if image.ndim not in ((3, 4) if batch else (3,)) or filters.ndim != 4:
        raise ValueError(f"an image of rank {image.ndim}, filters of rank {filters.ndim}")
    return image, filters


def require_maps(maps: Array) -> None:
    """Raise ValueError for what is neither (H, W, C) nor a batch (B, H, W, C)."""
    if maps.ndim not in (3, 4):
        raise ValueError(f"a map of rank {maps.ndim}")


def batched(maps: Array) -> Array:
    """(H, W, C) as (1, H, W, C), and (B, H, W, C) as it is. Raises ValueError for other ranks."""
    require_maps(maps)
    return maps[np.newaxis] if maps.ndim == 3 else maps


def rank_3(feature_map: Array) -> None:
    """Raise ValueError for a map that is not (H, W, C)."""
    if feature_map.ndim != 3:
        raise ValueError(f"a map of rank {feature_map.ndim}")


def fits(image: Array, filters: Array) -> None:
    """Raise ValueError unless ranks, channels and sizes agree: for functions of one image."""
    if (image.ndim, filters.ndim) not in ((2, 3), (3, 4)) or image.shape[2:] != filters.shape[3:]:
        raise ValueError(f"an image of the shape {image.shape}, filters of {filters.shape}")
    if not filters.size:
        raise Unsupported("filters without elements")
    if filters.shape[1] > image.shape[0] or filters.shape[2] > image.shape[1]:
        raise ValueError(f"filters of {filters.shape} on an image of {image.shape}")


def windows(feature_map: Array, size: int, stride: int) -> None:
    """Raise ValueError unless windows fit: for functions that know no size and no stride."""
    if feature_map.ndim != 3 or not 1 <= size <= min(feature_map.shape[:2]) or stride < 1:
        raise ValueError(f"windows of {size} by {stride} on a map of {feature_map.shape}")


def packed(array: Array) -> Array:
    """A contiguous array in native byte order, which may be written to."""
    return np.array(array, array.dtype.newbyteorder("="), order="C")
