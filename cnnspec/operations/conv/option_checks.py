"""The check of C18: options of conv that make no sense."""

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

import numpy as np

from cnnspec.kit.calls import Call, Case
from cnnspec.kit.check import check
from cnnspec.kit.filling import distinct
from cnnspec.kit.operation import call
from cnnspec.kit.rejection import rejected
from cnnspec.kit.session import Session
from cnnspec.kit.taken import as_taken

HUGE = (2**31, 2**32, 2**32 + 1)
"""Dilations at which the reach of a filter passes what 32 bits count."""


def settings() -> Iterator[Mapping[str, Any]]:
    """Options of which one makes no sense, for an image of 5 by 6 and filters of 3 by 3."""
    for name in ("stride", "dilation"):
        for value in (0, -1, -2):
            yield from ({name: value}, {name: (value, 1)}, {name: (1, value)})
    yield from ({"groups": value} for value in (0, -1, 3))
    for value in (-1, -2):
        yield from ({"padding": value}, {"padding": (value, 0)}, {"padding": (0, value)})
    for place in range(4):
        four = [-1 if place == n else 1 for n in range(4)]
        yield {"padding": ((four[0], four[1]), (four[2], four[3]))}
    yield from ({"dilation": value} for value in (3, (3, 1), (1, 3), *HUGE, (1, HUGE[2])))
    yield {"dilation": 3, "padding": 0, "stride": 2}


def calls() -> Iterator[Call]:
    """Calls whose options make no sense."""
    image, filters = distinct((5, 6, 4)), distinct((4, 3, 3, 4))
    for given in settings():
        if "groups" not in given:
            yield call("conv", image, filters, **given)
    for groups, channels, number, depth in (
        (0, 4, 4, 4),
        (-1, 4, 4, 4),
        (2, 4, 3, 2),
        (3, 4, 3, 1),
        (3, 6, 4, 2),
        (2, 3, 2, 1),
    ):
        x, w = distinct((5, 6, channels)), distinct((number, 3, 3, depth))
        yield call("conv", x, w, groups=groups)
    for length, number in product((0, 1, 2, 3, 5), (2, 4)):
        if length != number:
            yield call("conv", image, filters[:number], distinct((length,)))
    yield call("conv", image, filters, np.ones((4, 1)))
    yield from beyond(image, filters)


def beyond(image: Any, filters: Any) -> Iterator[Call]:
    """Filters that do not fit into the image and its padding."""
    wide = np.ones((2, 8, 3, 4))
    yield call("conv", image, wide)
    yield call("conv", image, wide, padding=1)
    yield call("conv", image, wide, padding=((0, 2), (0, 0)))
    yield call("conv", image[:2], filters)
    yield call("conv", image[:, :2], filters, padding=((1, 1), (0, 0)))


def senseless(session: Session) -> Iterator[Case]:
    """The calls, in forms that the target takes."""
    yield from ((as_taken(session, one),) for one in calls())


@check(
    "C18",
    "conv",
    witness="the table of options that make no sense",
    cases=senseless,
    whole=True,
)
def senseless_options(session: Session, case: Case) -> None:
    """Options that make no sense are rejected, or what does not fit gives no elements."""
    rejected(session, case)
