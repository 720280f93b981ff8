"""pooling: what the verifier knows of it, as one value."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from cnnspec import reference, spec
from cnnspec.kit import windows
from cnnspec.kit.operation import Operation, Parameter, Roles
from cnnspec.kit.window_arguments import arguments_in_general
from cnnspec.kit.window_map import impulses
from cnnspec.kit.window_working import shown
from cnnspec.kit.working import listed
from cnnspec.operations.pooling import inputs, option_cases, option_law, oracle
from cnnspec.operations.pooling.crossing import CROSSING
from cnnspec.operations.pooling.law import law
from cnnspec.operations.pooling.looking import LOOKING
from cnnspec.operations.pooling.options import LAWS, OPTIONS
from cnnspec.spec import Edition


def arguments(
    edition: Edition, feature_map: Any, size: Any = 2, stride: Any = 2, **options: Any
) -> dict[str, Any]:
    """Valid arguments; in edition general all options. Raises SpecError."""
    if edition == "general":
        given = {"padding": 0, "dilation": 1, "ceil": False, **options}
        require = spec.require_general_pooling
        return arguments_in_general(require, feature_map, size, stride, **given)
    x, size, stride, *_ = oracle.required(edition)(feature_map, size, stride)
    return {"feature_map": x, "size": size, "stride": stride}


def largest(values: Sequence[float]) -> float:
    """The largest of a window's numbers; NaN if one of them is."""
    return float(np.max(values))


def in_words(numbers: list[str]) -> str:
    """The largest of some numbers, written out."""
    return f"largest of {listed(numbers, ', ')}"


POOLING = Operation(
    name="pooling",
    parameters=(
        Parameter("feature_map", ("HWC",)),
        Parameter("size", letter="S", default=2),
        Parameter("stride", letter="T", default=2),
    ),
    roles=Roles(
        shape={"standard": "P3", "general": "P3", "article": "P3a"},
        values={"standard": "P4", "general": "P4", "article": "P4a"},
        guards=windows.guards("P1", "P2"),
        guards_with=windows.guards_with("P1", "P2"),
    ),
    definition=lambda edition: partial(spec.pooling, edition=edition),
    reference=lambda edition: partial(reference.pooling, edition=edition),
    arguments=arguments,
    oracle=oracle,
    cuts=windows.cuts,
    inputs=inputs,
    law=law,
    option_law=option_law.law,
    impulses=impulses("pooling", oracle.axis),
    keeps_integers=True,
    crossing=CROSSING,
    shown=shown("pooling", oracle.axis, in_words, largest),
    options=OPTIONS,
    laws=LAWS,
    varied=option_cases.OPTIONS,
    looking=LOOKING,
    alike="(max)?pool(ing)?",
)
