"""Faults of longdouble, where it is wider than float64."""

from typing import Any

import numpy as np

from cnnspec.kit.fault import Function
from cnnspec.operations.every.faults import for_every_operation
from cnnspec.operations.every.wide import IS_WIDE
from cnnspec.spec import Array


def longdouble_through_float64(right: Function) -> Function:
    """A longdouble is computed in float64, and the result is longdouble again."""

    def faulty(*arguments: Any, **named: Any) -> Array:
        wide = any(getattr(a, "dtype", None) == np.longdouble for a in arguments)
        if not wide:
            return np.asarray(right(*arguments, **named))
        narrow = [a.astype(float) if isinstance(a, np.ndarray) else a for a in arguments]
        return np.asarray(right(*narrow, **named)).astype(np.longdouble)

    return faulty


if IS_WIDE:
    for_every_operation("Q6", remedy="Compute in the dtype of the inputs (numpy.result_type).")(
        longdouble_through_float64
    )
