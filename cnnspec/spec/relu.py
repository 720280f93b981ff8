"""relu: replace every negative number by zero, and leave the others as they are.

The name is short for rectified linear unit. Each element is treated for itself, so that the result
has the shape of the input, whatever that is.

An example:

    feature map        result
     1 -2  0  3        1 0 0 3
    -1  4 -5  2        0 4 0 2
     0 -3  6 -1        0 0 6 0
     2  2 -4  1        2 2 0 1

>>> relu([[1, -2, 0, 3], [-1, 4, -5, 2], [0, -3, 6, -1], [2, 2, -4, 1]])
array([[1., 0., 0., 3.],
       [0., 4., 0., 2.],
       [0., 0., 6., 0.],
       [2., 2., 0., 1.]])
"""

import numpy as np
import numpy.typing as npt

from cnnspec.spec.numbers import Array, numbers


def relu(feature_map: npt.ArrayLike) -> Array:
    """Replace what is negative by zero.

    Shapes: any, to the same. The result's dtype is that of Q6.

    (R1) The result has the shape of the input: rank 3 at level values, any rank at strict, empty
         ones included.
    (R2) y = x where x > 0, else 0, exactly.

    Raises SpecError whose .clause is Q6. Source: the article, section 4.
    """
    (x,) = numbers(feature_map)
    y = np.zeros(x.shape, x.dtype)  # R1
    for index in np.ndindex(x.shape):
        if not x[index] <= 0:  # R2; and so NaN stays NaN (Q7)
            y[index] = x[index]
    return y
