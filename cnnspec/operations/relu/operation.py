"""relu: what the verifier knows of it, as one value."""

from typing import Any

import numpy as np

from cnnspec import reference, spec
from cnnspec.kit.cuts import plain_cuts
from cnnspec.kit.operation import Operation, Parameter, Roles
from cnnspec.laws.pointwise import pointwise
from cnnspec.operations.relu import inputs, oracle
from cnnspec.operations.relu.crossing import CROSSING
from cnnspec.operations.relu.showing import SHOWN
from cnnspec.spec import Array, Edition


def arguments(_edition: Edition, feature_map: Any) -> dict[str, Array]:
    """Valid arguments. Raises SpecError."""
    (x,) = spec.numbers(feature_map)
    return {"feature_map": x}


def rectified(x: Array) -> Array:
    """The relu of an array."""
    return np.where(x <= 0, x.dtype.type(0), x)


RELU = Operation(
    name="relu",
    parameters=(Parameter("feature_map", ("HWC",)),),
    roles=Roles(shape={"": "R1"}, values={"": "R2"}),
    definition=lambda _edition: spec.relu,
    reference=lambda _edition: reference.relu,
    arguments=arguments,
    oracle=oracle,
    cuts=plain_cuts,
    inputs=inputs,
    law=pointwise("relu", rectified),
    keeps_integers=True,
    crossing=CROSSING,
    shown=SHOWN,
    alike="relu|rectif(y|ied|ier)(linear)?(unit)?",
)
