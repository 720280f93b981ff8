"""relu as it is shown to a person: numbers of both signs, and the one that an element comes of."""

import numpy as np

from cnnspec.kit.calls import Call
from cnnspec.kit.operation import call
from cnnspec.kit.working import Place, Shown, Working, brief
from cnnspec.spec import Edition


def specimen() -> Call:
    """Numbers that count up from below zero."""
    return call("relu", (np.arange(35.0) - 17).reshape(5, 7, 1))


def working(one: Call, place: Place, _edition: Edition) -> Working | None:
    """The number itself, or zero."""
    name, x = next(iter(one.arguments)), float(one.arrays[0][place])
    index = ", ".join(map(str, place))
    sign = "<=" if x <= 0 else ">"
    gives = "0" if x <= 0 else "the number itself"
    return Working(
        reads={name: (place,)},
        formula=f"feature_map[{index}] {sign} 0 gives {gives}",
        numbers="0" if x <= 0 else brief(x),
        value=0.0 if x <= 0 else x,
    )


SHOWN = Shown(specimen, working)
