"""Rules by which what a call asks of its axes is misread, each with what a report says of it.

They come from code that people write, and from the rules in which runtimes differ (dialects.rules).
A rule is about one part of how windows lie: size, stride, dilation, padding, length, where a
window starts that lies partly before the map, or what padding holds. It holds along both axes, or
along one alone.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from cnnspec.kit.looking import NOTHING, Asked
from cnnspec.spec import Array

Step = Callable[..., Any]
"""What is done along an axis, from what is asked of it, of rows and of columns.

A step of a length gets what is done in place of what is asked of an axis, what is asked of it, and
of both; one of content gets places and the extent.
"""

Both = tuple[Asked, Asked]
"""What is asked of rows and of columns."""

Where = Callable[[Asked, Both], bool]
"""Whether a rule is about an axis, given what is asked of it and of both."""


def everywhere(_me: Asked, _both: Both) -> bool:
    """A rule for both axes, whatever is asked."""
    return True


@dataclass(frozen=True)
class Rule:
    """A misreading. part: what it is about. words: what is done.

    where: along which axes, and for which padding. pairs: whether it may stand beside another one.
    """

    part: str
    words: str
    step: Step
    where: Where = everywhere
    pairs: bool = True

    @property
    def id(self) -> str:
        """The words as a name, without what follows a colon."""
        kept = "".join(one if one.isalnum() else " " for one in self.words.partition(":")[0])
        return "-".join(kept.lower().split())


REMEDIES = {
    "size": "The first number of a size is that of rows, the second that of columns.",
    "stride": "Window i starts at i*T, by the stride of its own axis.",
    "dilation": "Tap k of a window lies D*k behind its first one, by the dilation of its own axis.",
    "padding": "Along each axis, what goes before moves the first window to a place below 0, and "
    "what goes behind makes room at the end.",
    "length": "The length is floor((n+P-E)/T) + 1; with ceil rounded up, and one less if the last "
    "window would start at or beyond n + before.",
    "start": "Only those taps count that lie in the map, each D*k behind the start of its window, "
    "though that lies below 0.",
    "content": "What lies in padding is 0 for a sum, and never wins in a maximum.",
}
"""For each part of how windows lie, what to mend."""

AXES: dict[str, Where] = {
    "": everywhere,
    ", along rows alone": lambda me, both: me is both[0],
    ", along columns alone": lambda me, both: me is both[1],
}

WITH: dict[str, Where] = {
    "": everywhere,
    ", with a stride": lambda _me, both: max(one.stride for one in both) > 1,
    ", with a dilation": lambda _me, both: max(one.dilation for one in both) > 1,
    ", with padding": lambda _me, both: is_padded(both),
    ", without padding": lambda _me, both: not is_padded(both),
    ", where the two sides of an axis are padded differently": lambda _me, both: any(
        one.before != one.after for one in both
    ),
    ", where padding is more than half of a window": lambda me, _both: (
        2 * max(me.before, me.after) > me.size
    ),
    ", with ceil": lambda me, _both: me.ceil,
    ", without ceil": lambda me, _both: not me.ceil,
    ", where the size is even": lambda me, _both: me.size % 2 == 0,
    ", where the strides of rows and columns differ": lambda _me, both: (
        both[0].stride != both[1].stride
    ),
    ", where windows are not square": lambda _me, both: both[0].size != both[1].size,
}
"""The options beside which a rule may hold."""


def is_padded(both: Both) -> bool:
    """Whether there is padding along any axis."""
    return any(one.before or one.after for one in both)


def together(one: Where, two: Where) -> Where:
    """Whether two conditions hold."""
    return lambda me, both: one(me, both) and two(me, both)


def narrowed(rules: Sequence[Rule], conditions: dict[str, Where]) -> list[Rule]:
    """Rules, and then the same under each condition."""
    return [
        replace(
            rule,
            words=rule.words + words,
            where=together(rule.where, where),
            pairs=rule.pairs and not words,
        )
        for words, where in conditions.items()
        for rule in rules
    ]


def other(me: Asked, rows: Asked, columns: Asked) -> Asked:
    """The other axis."""
    return columns if me is rows else rows


def swapped(name: str) -> Step:
    """A step that takes what the other axis has."""
    return lambda me, rows, columns: getattr(other(me, rows, columns), name)


def shared(part: str) -> list[Rule]:
    """How the two numbers of a pair are mixed up."""
    mixed: dict[str, Step] = {
        f"rows and columns of the {part} are interchanged": swapped(part),
        f"the {part} of rows is taken for both axes": lambda _me, rows, _cols: getattr(rows, part),
        f"the {part} of columns is taken for both axes": lambda _me, _rows, cols: getattr(
            cols, part
        ),
    }
    return [Rule(part, words, step) for words, step in mixed.items()]


def rules_of(part: str, steps: dict[str, Callable[[Asked], int]]) -> list[Rule]:
    """Rules of which each looks at its own axis alone."""

    def own(step: Callable[[Asked], int]) -> Step:
        return lambda me, _rows, _columns: step(me)

    return [Rule(part, words, own(step)) for words, step in steps.items()]


BY_WHAT_IS_DONE = Rule(
    "padding", "the padding of a word follows from that", lambda _me, _rows, _columns: None
)
"""Stands beside another rule: a word is made numbers by what is done, not by what is asked."""

SIZES = shared("size")

STRIDES = [
    *rules_of("stride", {"the stride has no effect": lambda _me: 1}),
    *shared("stride"),
    *rules_of(
        "stride",
        {
            "windows lie side by side, whatever the stride is": lambda me: me.size,
            "windows lie apart by the stride times the dilation": lambda me: (
                me.stride * me.dilation
            ),
            "windows lie apart by the dilation, not by the stride": lambda me: me.dilation,
            "a stride larger than the size counts as the size": lambda me: min(me.stride, me.size),
            "a stride of more than 2 counts as 2": lambda me: min(me.stride, 2),
        },
    ),
]

DILATIONS = [
    *rules_of("dilation", {"the dilation has no effect": lambda _me: 1}),
    *shared("dilation"),
    *rules_of(
        "dilation",
        {
            "a dilation of D > 1 counts as D + 1": lambda me: me.dilation + (me.dilation > 1),
            "taps lie apart by the stride": lambda me: me.stride,
            "taps lie apart by the stride times the dilation": lambda me: me.stride * me.dilation,
        },
    ),
]


# What padding holds


def edge(places: Array, extent: int) -> Array:
    """The nearest cell of the map."""
    return np.clip(places, 0, extent - 1)


def mirror(places: Array, extent: int) -> Array:
    """The cell as far from the edge on its other side; the edge is not repeated."""
    around = np.mod(places, max(2 * extent - 2, 1))
    return np.asarray(np.minimum(around, 2 * extent - 2 - around))


def mirror_with_edge(places: Array, extent: int) -> Array:
    """The same, with the edge repeated."""
    around = np.mod(places, 2 * extent)
    return np.asarray(np.minimum(around, 2 * extent - 1 - around))


def other_end(places: Array, extent: int) -> Array:
    """The map goes on at its other end."""
    return np.mod(places, extent)


def counted_from_the_end(places: Array, extent: int) -> Array:
    """Places below 0 are counted from the end, as Python does; there is nothing behind the map."""
    return np.where((places < 0) & (places >= -extent), places + extent, NOTHING)


CONTENTS = [
    Rule("content", "padding repeats the cells of the edge", edge),
    Rule("content", "padding mirrors the map, the edge not repeated", mirror),
    Rule("content", "padding mirrors the map, the edge repeated", mirror_with_edge),
    Rule("content", "padding goes on at the other end of the map", other_end),
    Rule(
        "content",
        "places below 0 are counted from the end of the map, as Python counts",
        counted_from_the_end,
    ),
]
