"""average_pooling: what the verifier knows of it, as one value."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from cnnspec import reference, spec
from cnnspec.kit import windows
from cnnspec.kit.operation import Operation, Parameter, Roles
from cnnspec.kit.window_arguments import arguments_in_general
from cnnspec.kit.window_map import impulses
from cnnspec.kit.window_working import shown
from cnnspec.kit.working import listed
from cnnspec.operations.average_pooling import inputs, option_cases, option_law, oracle
from cnnspec.operations.average_pooling.crossing import CROSSING
from cnnspec.operations.average_pooling.law import law
from cnnspec.operations.average_pooling.looking import LOOKING
from cnnspec.operations.average_pooling.options import LAWS, OPTIONS
from cnnspec.spec import Edition


def arguments(
    edition: Edition, feature_map: Any, size: Any, stride: Any, **options: Any
) -> dict[str, Any]:
    """Valid arguments; in edition general all options. Raises SpecError."""
    if edition == "general":
        given = {"padding": 0, "ceil": False, "count_padding": False, **options}
        require = spec.require_general_average_pooling
        return arguments_in_general(require, feature_map, size, stride, **given)
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
        shape={"": "A3"},
        values={"": "A4"},
        rounding="A5",
        guards=windows.guards("A1", "A2"),
        guards_with=windows.guards_with("A1", "A2"),
    ),
    definition=lambda edition: partial(spec.average_pooling, edition=edition),
    reference=lambda edition: partial(reference.average_pooling, edition=edition),
    arguments=arguments,
    oracle=oracle,
    cuts=windows.cuts,
    inputs=inputs,
    law=law,
    option_law=option_law.law,
    impulses=impulses("average_pooling", oracle.axis),
    bound=oracle.bound,
    crossing=CROSSING,
    shown=shown("average_pooling", oracle.axis, in_words, mean),
    options=OPTIONS,
    laws=LAWS,
    varied=option_cases.OPTIONS,
    looking=LOOKING,
    alike="(avg|average|mean)pool(ing)?",
)
