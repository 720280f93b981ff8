"""pooling: what the verifier knows of it, as one value."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from cnnspec import reference, spec
from cnnspec.kit.calls import Argument, Call
from cnnspec.kit.cuts import plain_cuts
from cnnspec.kit.operation import Operation, Parameter, Roles
from cnnspec.operations.pooling import inputs, oracle, taps
from cnnspec.operations.pooling.law import law
from cnnspec.spec import Array, Edition


def cuts(one: Call) -> Iterator[Call]:
    """A call with one dimension or number smaller, or the window and the map together."""
    yield from plain_cuts(one)
    if len(one.numbers) == 2:
        (size, stride), (x,) = one.numbers, one.arrays
        if x.ndim > 1 and size > 1 and min(x.shape[:2]) > 1:
            yield replace(one, arguments=(Argument(x[:-1, :-1]), size - 1, stride))


def arguments(
    edition: Edition, feature_map: Any, size: int = 2, stride: int = 2
) -> tuple[Array, int, int]:
    """Valid arguments. Raises SpecError."""
    x, size, stride, *_ = oracle.required(edition)(feature_map, size, stride)
    return x, size, stride


POOLING = Operation(
    name="pooling",
    parameters=(
        Parameter("feature_map", ("HWC",)),
        Parameter("size", letter="S", default=2),
        Parameter("stride", letter="T", default=2),
    ),
    roles=Roles(
        shape={"standard": "P3", "article": "P3a"}, values={"standard": "P4", "article": "P4a"}
    ),
    definition=lambda edition: partial(spec.pooling, edition=edition),
    reference=lambda edition: partial(reference.pooling, edition=edition),
    arguments=arguments,
    oracle=oracle,
    cuts=cuts,
    inputs=inputs,
    law=law,
    impulses=taps.explained,
    keeps_integers=True,
)
