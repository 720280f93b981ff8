"""What is out of the ordinary in a call with options, as words.

Words of several calls are compared as sets: of two calls that deviate, the one that has all the
words of the other, and more, may deviate for the same reason.
"""

from typing import Any

from cnnspec.kit import geometry
from cnnspec.kit.calls import Argument, Call
from cnnspec.kit.operation import operation_of
from cnnspec.kit.settings import pair, sides

AXES = 2
"""Rows and columns."""


def options_set(call: Call) -> list[str]:
    """The options that are not as they are where nothing is said; a word stands for itself."""
    found = []
    for option in operation_of(call).options:
        given = call.arguments.get(option.name, option.default)
        if isinstance(given, str):
            found.append(f"{option.name} {given!r}")
        elif isinstance(given, Argument) or not alike(given, option.default):
            found.append(option.name)
    return found


def alike(given: Any, default: Any) -> bool:
    """Whether a setting, in any of its forms, is the default."""
    if not isinstance(given, tuple):
        return bool(given == default)
    return all(alike(one, default) for one in given)


def of_windows(call: Call, size: Any, stride: Any) -> tuple[str, ...]:
    """The options that are set, and how windows lie by them. size, stride: numbers or pairs."""
    given = call.plain
    dilation, padding = given.get("dilation", 1), given.get("padding", 0)
    along = geometry.lines((0,) * AXES, size, stride, dilation)
    found = options_set(call)
    if pair(stride) != (1, 1) and "stride" not in found:
        found.append("stride")
    if any(one.stride > geometry.reach(one) for one in along):
        found.append("a stride beyond the window's reach")
    for name, setting in (("size", size), ("stride", stride), ("dilation", dilation)):
        rows, columns = pair(setting)
        if rows != columns:
            found.append(f"rows and columns of different {name}")
    return (*found, *([] if isinstance(padding, str) else of_padding(padding, along)))


def of_padding(padding: Any, along: list[geometry.Line]) -> list[str]:
    """How padding in numbers lies."""
    ends = sides(padding)
    found = []
    if len({n for both in ends for n in both}) > 1:
        found.append("sides of different padding")
    if any(max(both) >= line.size for both, line in zip(ends, along, strict=True) if any(both)):
        found.append("padding of the window's size or more")
    return found
