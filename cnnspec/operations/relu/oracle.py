"""What a valid relu shall give, and whether a call is valid at all."""

import numpy as np

from cnnspec import spec
from cnnspec.kit.calls import Call
from cnnspec.spec import Array, Edition, SpecError


def broken(call: Call, _edition: Edition) -> str | None:
    """The clause that rejects a call, or None where it is valid."""
    try:
        spec.numbers(*call.arrays)
    except SpecError as error:
        return error.clause
    return None


def expected(call: Call, _edition: Edition) -> Array:
    """What a valid call gives, as float64."""
    x = np.asarray(call.arrays[0], np.float64)
    return np.where(x <= 0, 0.0, x)


def work(call: Call) -> int:
    """How many comparisons a call takes."""
    return int(call.arrays[0].size)


def instead(_call: Call) -> Array | None:
    """Nothing is allowed for invalid input."""
    return None
