"""The options that poolings share, and the law of each: a plainer call that gives the same."""

from dataclasses import replace
from typing import Any

import numpy as np

from cnnspec.kit import geometry
from cnnspec.kit.calls import Argument, Call
from cnnspec.kit.settings import pair


def last_map(call: Call) -> Call:
    """The last map of a batch alone."""
    x = call.arguments["feature_map"]
    if "batch" not in call.arguments or not isinstance(x, Argument) or not len(x.values):
        return call
    return call.without("batch").changed(feature_map=replace(x, values=x.values[-1]))


def other_maps(call: Call) -> list[Call]:
    """The other maps of a batch, each alone."""
    x = call.arguments["feature_map"]
    if last_map(call) is call or not isinstance(x, Argument):
        return []
    alone = call.without("batch")
    return [alone.changed(feature_map=replace(x, values=one)) for one in x.values[:-1]]


def windows_of(call: Call) -> list[geometry.Line]:
    """The axes of a call, and its windows along them."""
    given: dict[str, Any] = {"size": 2, "stride": 2, "dilation": 1, **call.plain}
    first = 1 if given.get("batch") else 0
    extents = call.arrays[0].shape[first : first + 2]
    return geometry.lines(extents, given["size"], given["stride"], given["dilation"])


def padding_of(call: Call) -> geometry.Sides:
    """The padding of a call in numbers."""
    return geometry.padding_of(call.plain.get("padding", 0), windows_of(call))


def without_ceil(call: Call) -> Call:
    """The windows that lie in the map as a whole."""
    return call.without("ceil") if call.plain.get("ceil") else call


def without_dilation(call: Call) -> Call:
    """Windows of the same size side by side."""
    return call.without("dilation")


def with_low_numbers_around(call: Call) -> Call:
    """A map with numbers around it that are lower than any of its own."""
    (x,) = call.arrays
    if not x.size:
        return call
    return with_numbers_around(call, x.min() - 1 if x.dtype.kind in "if" else x.min())


def with_numbers_around(call: Call, number: Any) -> Call:
    """A map with a number around it instead of padding."""
    x = call.arguments["feature_map"]
    if "padding" not in call.arguments or not isinstance(x, Argument):
        return call
    before = [(0, 0)] if call.plain.get("batch") else []
    around = np.pad(x.values, [*before, *padding_of(call), (0, 0)], constant_values=number)
    return call.without("padding").changed(feature_map=replace(x, values=around, slot=None))


def in_numbers(call: Call) -> Call:
    """Padding that is a word, in numbers."""
    if not isinstance(call.plain.get("padding"), str):
        return call
    return call.changed(padding=padding_of(call))


def with_a_window_more(call: Call) -> list[Call]:
    """Padding in numbers and a stride more behind: a word may hide that the stride is wrong."""
    return [] if in_numbers(call) is call else [wider(call)]


def on_a_longer_map(call: Call) -> list[Call]:
    """No ceil, and a map so long that its last window fits: without it wrong padding may hide.

    Its numbers differ, and lie below zero where there are such: among equal ones it may hide, too.
    """
    x = call.arguments["feature_map"]
    if "ceil" not in call.arguments or not isinstance(x, Argument) or not x.values.size:
        return []
    axes = zip(windows_of(call), padding_of(call), strict=True)
    more = [(0, lacking(line, *ends)) for line, ends in axes]
    images = [(0, 0)] if call.plain.get("batch") else []
    shape = np.pad(x.values, [*images, *more, (0, 0)]).shape
    first = 0 if x.values.dtype.kind in "ub" else -RAMP
    longer = np.resize(np.arange(first, first + RAMP), shape).astype(x.values.dtype)
    return [call.without("ceil").changed(feature_map=replace(x, values=longer, slot=None))]


RAMP = 100
"""So many numbers in a row are held by every dtype."""


def lacking(line: geometry.Line, before: int, after: int) -> int:
    """How many elements an axis lacks for one window more."""
    left = (before + line.extent + after - geometry.reach(line)) % line.stride
    return line.stride - left


def wider(call: Call) -> Call:
    """A call with a stride more of padding behind, so that there is a window more."""
    (top, bottom), (left, right) = padding_of(call)
    rows, columns = pair(call.plain.get("stride", 2))
    return call.changed(padding=((top, bottom + rows), (left, right + columns)))


def with_square_windows(call: Call) -> Call:
    """Windows and strides that are alike along both axes."""
    given = {name: call.plain.get(name) for name in ("size", "stride")}
    alike = {name: min(pair(n)) for name, n in given.items() if isinstance(n, tuple)}
    return call.changed(**alike) if alike else call
