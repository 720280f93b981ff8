"""pooling: what the verifier knows of it, as one value."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from cnnspec import reference, spec
from cnnspec.kit import windows
from cnnspec.kit.operation import Operation, Parameter, Roles
from cnnspec.kit.window_map import impulses
from cnnspec.kit.window_working import shown
from cnnspec.kit.working import listed
from cnnspec.operations.pooling import inputs, oracle
from cnnspec.operations.pooling.crossing import CROSSING
from cnnspec.operations.pooling.law import law
from cnnspec.spec import Edition


def arguments(edition: Edition, feature_map: Any, size: int = 2, stride: int = 2) -> dict[str, Any]:
    """Valid arguments. Raises SpecError."""
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
    ),
    definition=lambda edition: partial(spec.pooling, edition=edition),
    reference=lambda edition: partial(reference.pooling, edition=edition),
    arguments=arguments,
    oracle=oracle,
    cuts=windows.cuts,
    inputs=inputs,
    law=law,
    impulses=impulses("pooling", oracle.axis),
    keeps_integers=True,
    crossing=CROSSING,
    shown=shown("pooling", oracle.axis, in_words, largest),
    alike="(max)?pool(ing)?",
)
