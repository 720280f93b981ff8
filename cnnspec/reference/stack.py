"""stack: the reference's operations one after another."""

from collections.abc import Sequence

import numpy.typing as npt

from cnnspec import spec
from cnnspec.reference.conv import conv
from cnnspec.reference.pooling import pooling
from cnnspec.reference.relu import relu
from cnnspec.spec import Edition, Layer


def stack(
    image: npt.ArrayLike, banks: Sequence[npt.ArrayLike], *, edition: Edition = "standard"
) -> list[Layer]:
    """Chain conv, relu and pooling(..., 2, 2), one layer for each bank of filters (S1, S2).

    Shapes: image as conv's; a bank (N, K, K, C) where C is the N of the bank before.
    Raises SpecError as the operations do. Source: the article, section 6.
    """
    return spec.stack(image, banks, edition=edition, conv=conv, relu=relu, pooling=pooling)
