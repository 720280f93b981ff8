"""The options of conv, and the law of each: another call that gives the same, or all of it."""

from dataclasses import replace
from typing import Any

import numpy as np

from cnnspec.kit import geometry
from cnnspec.kit.calls import Argument, Call
from cnnspec.kit.operation import Law, Option
from cnnspec.kit.settings import OF_PADDING, pair
from cnnspec.spec import Array

OPTIONS = (
    Option("bias", None, "C16", ("array",)),
    Option("stride", 1, "C11", ("number", "pair")),
    Option("padding", 0, "C12", OF_PADDING, of_words="C13"),
    Option("dilation", 1, "C14", ("number", "pair")),
    Option("groups", 1, "C15", ("number",)),
    Option("batch", False, "C17", ("mark",)),
)


def last_image(call: Call) -> Call:
    """The last image of a batch alone."""
    image = call.arguments["image"]
    if "batch" not in call.arguments or not isinstance(image, Argument) or not len(image.values):
        return call
    return call.without("batch").changed(image=replace(image, values=image.values[-1]))


def other_images(call: Call) -> list[Call]:
    """The other images of a batch, each alone."""
    image = call.arguments["image"]
    if last_image(call) is call or not isinstance(image, Argument):
        return []
    alone = call.without("batch")
    return [alone.changed(image=replace(image, values=one)) for one in image.values[:-1]]


def in_numbers(call: Call) -> Call:
    """Padding that is a word, in numbers."""
    if not isinstance(call.plain.get("padding"), str):
        return call
    return call.changed(padding=padding_of(call))


def without_groups(call: Call) -> Call:
    """Filters with zeros where a filter of a group does not look."""
    groups = call.plain.get("groups", 1)
    if groups == 1:
        return call.without("groups")
    filters = call.arrays[1]
    number, depth = len(filters), filters.shape[-1]
    whole = np.zeros((*filters.shape[:-1], depth * groups), filters.dtype)
    for n in range(number):
        first = n * groups // number * depth
        whole[n, ..., first : first + depth] = filters[n]
    return with_filters(call.without("groups"), whole)


def without_dilation(call: Call) -> Call:
    """Filters with zeros between their taps."""
    if "dilation" not in call.arguments:
        return call
    filters = call.arrays[1]
    bank = filters[..., np.newaxis] if filters.ndim == len("NKK") else filters
    wide = geometry.spread(bank, call.plain["dilation"]).astype(filters.dtype)
    plainer = in_numbers(call).without("dilation")
    return with_filters(plainer, wide.reshape(*wide.shape[:3], *filters.shape[3:]))


def side_by_side(call: Call) -> list[Call]:
    """The same filters with taps side by side: their size, or the stride, may be what is wrong."""
    if "dilation" not in call.arguments:
        return []
    near = in_numbers(call).without("dilation")
    return [near, near.without("stride")]


def with_a_window_more(call: Call) -> list[Call]:
    """Padding in numbers and a stride more behind: a word may hide that the stride is wrong."""
    if in_numbers(call) is call:
        return []
    (top, bottom), (left, right) = padding_of(call)
    rows, columns = pair(call.plain.get("stride", 1))
    return [call.changed(padding=((top, bottom + rows), (left, right + columns)))]


def without_padding(call: Call) -> Call:
    """An image with zeros around it."""
    image = call.arguments["image"]
    if "padding" not in call.arguments or not isinstance(image, Argument):
        return call
    around = np.pad(image.values, [*axes_before(call), *padding_of(call), *axes_behind(call)])
    return call.without("padding").changed(image=replace(image, values=around, slot=None))


def axes_before(call: Call) -> list[tuple[int, int]]:
    """Nothing is added along the axis of a batch."""
    return [(0, 0)] if call.plain.get("batch") else []


def axes_behind(call: Call) -> list[tuple[int, int]]:
    """Nothing is added along the axis of channels."""
    return [(0, 0)] * (call.arrays[0].ndim - len(axes_before(call)) - len(("rows", "columns")))


def windows_of(call: Call) -> list[geometry.Line]:
    """The axes of a call, and its filters along them."""
    image, filters = call.arrays[:2]
    first = len(axes_before(call))
    given: dict[str, Any] = {"stride": 1, "dilation": 1, **call.plain}
    sizes = filters.shape[1], filters.shape[2]
    extents = image.shape[first : first + 2]
    return geometry.lines(extents, sizes, given["stride"], given["dilation"])


def padding_of(call: Call) -> geometry.Sides:
    """The padding of a call in numbers."""
    return geometry.padding_of(call.plain["padding"], windows_of(call))


def without_stride(call: Call) -> Call:
    """The whole result."""
    return in_numbers(call).without("stride") if "stride" in call.arguments else call


def without_bias(call: Call) -> Call:
    """Nothing is added."""
    return call.without("bias")


def odd_and_square(call: Call) -> Call:
    """The largest square filters of odd size that lie in the upper left of those given."""
    filters = call.arrays[1]
    size = min(filters.shape[1:3])
    size -= 1 - size % 2
    if not size or filters.shape[1:3] == (size, size):
        return call
    return with_filters(call, filters[:, :size, :size])


def with_filters(call: Call, filters: Array) -> Call:
    """The call with other filters."""
    given = call.arguments["filters"]
    assert isinstance(given, Argument)  # noqa: S101  for the type checker
    return call.changed(filters=replace(given, values=filters, slot=None))


LAWS = (
    Law("C17", last_image, other_images),
    Law("C13", in_numbers, with_a_window_more),
    Law("C15", without_groups),
    Law("C14", without_dilation, side_by_side),
    Law("C12", without_padding),
    Law("C11", without_stride),
    Law("C16", without_bias),
    Law("C10", odd_and_square),
)
"""In the order in which options are taken away."""
