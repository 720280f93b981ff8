"""average_pooling: what the verifier knows of it, as one value."""

from collections.abc import Sequence
from typing import Any

from cnnspec import reference, spec
from cnnspec.kit import windows
from cnnspec.kit.operation import Operation, Parameter, Roles
from cnnspec.kit.window_map import impulses
from cnnspec.kit.window_working import shown
from cnnspec.kit.working import listed
from cnnspec.operations.average_pooling import inputs, oracle
from cnnspec.operations.average_pooling.crossing import CROSSING
from cnnspec.operations.average_pooling.law import law
from cnnspec.spec import Edition


def arguments(_edition: Edition, feature_map: Any, size: int, stride: int) -> dict[str, Any]:
    """Valid arguments. Raises SpecError."""
    x, size, stride = spec.require_average_pooling(feature_map, size, stride)
    return {"feature_map": x, "size": size, "stride": stride}


def mean(values: Sequence[float]) -> float:
    """The mean of a window's numbers."""
    return sum(values) / len(values)


def in_words(numbers: list[str]) -> str:
    """The mean of some numbers, written out."""
    if len(numbers) == 1:
        return f"mean of {numbers[0]}"
    return f"({listed(numbers, ' + ')}) / {len(numbers)}"


AVERAGE_POOLING = Operation(
    name="average_pooling",
    parameters=(
        Parameter("feature_map", ("HWC",)),
        Parameter("size", letter="S"),
        Parameter("stride", letter="T"),
    ),
    roles=Roles(
        shape={"": "A3"}, values={"": "A4"}, rounding="A5", guards=windows.guards("A1", "A2")
    ),
    definition=lambda _edition: spec.average_pooling,
    reference=lambda _edition: reference.average_pooling,
    arguments=arguments,
    oracle=oracle,
    cuts=windows.cuts,
    inputs=inputs,
    law=law,
    impulses=impulses("average_pooling", oracle.axis),
    bound=oracle.bound,
    crossing=CROSSING,
    shown=shown("average_pooling", oracle.axis, in_words, mean),
    alike="(avg|average|mean)pool(ing)?",
)
