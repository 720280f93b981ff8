"""What the runtimes' files share."""

import os

import numpy as np

from cnnspec.kit.calls import Array, Unsupported


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


def ranked(image: Array, filters: Array) -> tuple[Array, Array]:
    """Image (H, W, C) and filters (N, K, K, C), with an axis of channels if there was none.

    Raises ValueError for other ranks, which a runtime would take for something else.
    """
    if image.ndim == 2 and filters.ndim == 3:
        return image[..., np.newaxis], filters[..., np.newaxis]
    if (image.ndim, filters.ndim) != (3, 4):
        raise ValueError(f"an image of rank {image.ndim}, filters of rank {filters.ndim}")
    return image, filters


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
