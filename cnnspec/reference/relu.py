"""relu, vectorised."""

import numpy as np
import numpy.typing as npt

from cnnspec.spec import Array, numbers


def relu(feature_map: npt.ArrayLike) -> Array:
    """Replace what is negative by zero (R1, R2).

    Shapes: any, to the same. The result's dtype is that of Q6.
    Raises SpecError whose .clause is Q6. Source: the article, section 4.
    """
    (x,) = numbers(feature_map)
    result = np.empty(x.shape, x.dtype)
    np.maximum(x, x.dtype.type(0), out=result)
    return result
