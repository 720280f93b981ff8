"""What the checks of senseless options of poolings share."""

from collections.abc import Iterator, Mapping
from typing import Any

from cnnspec.kit.calls import Call
from cnnspec.kit.filling import distinct
from cnnspec.kit.operation import call

HUGE = (2**31, 2**32, 2**32 + 1)
"""Sizes and dilations at which the reach of a window passes what 32 bits count."""


def settings(dilation: bool) -> Iterator[Mapping[str, Any]]:
    """Options of which one makes no sense, for a map of 5 by 6 and windows of 2."""
    for value in (-1, -2):
        yield from ({"padding": value}, {"padding": (value, 0)}, {"padding": (0, value)})
    for place in range(4):
        four = [-1 if place == n else 1 for n in range(4)]
        yield {"padding": ((four[0], four[1]), (four[2], four[3]))}
    yield from ({"size": 8, "padding": 1}, {"size": (2, 9), "padding": 1}, {"size": (7, 2)})
    if dilation:
        yield from ({"dilation": value} for value in (0, -1, (0, 1), (1, -1), 6, (5, 1), *HUGE))


def calls(operation: str, dilation: bool) -> Iterator[Call]:
    """Calls whose options make no sense."""
    for channels in (1, 2):
        for given in settings(dilation):
            yield call(operation, distinct((5, 6, channels)), **{"size": 2, "stride": 2, **given})
