"""Kinds of settings that an implementation may take or refuse: what a call must have to be of one.

Padding on one side only, a stride that leaves elements over, a dilation together with a stride:
frameworks and courses take many options for some settings alone, and raise for the others.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from cnnspec.kit import geometry
from cnnspec.kit.calls import Argument, Call
from cnnspec.kit.geometry import Line
from cnnspec.kit.numerals import Setting

Lines = Callable[[Call], list[Line]]
"""The axes of a call, and its windows along them."""


@dataclass(frozen=True)
class Trial:
    """Calls by which it is tried which settings a target refuses.

    base: a call without options, of a map of 9 by 9, windows of 3 by 3, and a stride of 2 where it
    has one. Each window fits, also with the settings. settings: for each option, arguments by which
    it does something. lines: the axes of a call.
    """

    base: Call
    settings: Mapping[str, Mapping[str, Argument | Setting]]
    lines: Lines


@dataclass(frozen=True)
class Restriction:
    """A kind of settings. words: what it is called. has: whether a valid call is of the kind."""

    words: str
    has: Callable[[Call], bool]


def has(name: str, default: Setting | None) -> Callable[[Call], bool]:
    """Whether a call has an option, and with another value than the default."""
    return lambda call: name in call.arguments and call.arguments[name] not in (default, "valid")


def both(first: Callable[[Call], bool], second: Callable[[Call], bool]) -> Callable[[Call], bool]:
    """Whether a call is of two kinds at once."""
    return lambda call: first(call) and second(call)


def differs(name: str) -> Callable[[Call], bool]:
    """Whether a setting along rows is another one than along columns."""

    def unlike(call: Call) -> bool:
        value = call.arguments.get(name)
        return isinstance(value, tuple) and value[0] != value[1]

    return unlike


def paddings(call: Call, lines: Lines) -> geometry.Sides:
    """The padding of a call in numbers."""
    return geometry.padding_of(call.plain.get("padding", 0), lines(call))


def is_asymmetric(lines: Lines) -> Callable[[Call], bool]:
    """Whether padding in numbers is another one before an axis than behind it."""

    def unlike(call: Call) -> bool:
        word = isinstance(call.plain.get("padding"), str)
        return not word and any(a != b for a, b in paddings(call, lines))

    return unlike


def is_wide(lines: Lines, most: Callable[[int], int]) -> Callable[[Call], bool]:
    """Whether padding is more than so much of a window's size somewhere, dilation not counted."""

    def wide(call: Call) -> bool:
        axes = zip(lines(call), paddings(call, lines), strict=True)
        return any(max(ends) > most(line.size) for line, ends in axes)

    return wide


def has_even_size(lines: Lines) -> Callable[[Call], bool]:
    """Whether the size of a window is even along an axis."""
    return lambda call: any(line.size % 2 == 0 for line in lines(call))


def leaves_over(lines: Lines) -> Callable[[Call], bool]:
    """Whether the last window that fits leaves elements behind it, along some axis."""

    def over(call: Call) -> bool:
        axes = zip(lines(call), paddings(call, lines), strict=True)
        return any(
            (line.extent + sum(ends) - geometry.reach(line)) % line.stride for line, ends in axes
        )

    return over


def is_not_square(lines: Lines) -> Callable[[Call], bool]:
    """Whether a window has another size along rows than along columns."""
    return lambda call: len({line.size for line in lines(call)}) > 1


def skips(lines: Lines) -> Callable[[Call], bool]:
    """Whether a stride is larger than the window along some axis, dilation not counted."""
    return lambda call: any(line.stride > line.size for line in lines(call))


def is_no_tiling(lines: Lines) -> Callable[[Call], bool]:
    """Whether a stride is not the size of the window along some axis."""
    return lambda call: any(line.stride != line.size for line in lines(call))


def is_beyond(lines: Lines) -> Callable[[Call], bool]:
    """Whether a window reaches over more than the map along some axis, so that it needs padding."""
    return lambda call: any(geometry.reach(line) > line.extent for line in lines(call))
