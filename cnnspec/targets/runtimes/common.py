"""What the runtimes' files share."""

import os

import numpy as np

from cnnspec.targets.calls import Array, Unsupported


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


def packed(array: Array) -> Array:
    """A contiguous array in native byte order, which may be written to."""
    return np.array(array, array.dtype.newbyteorder("="), order="C")
