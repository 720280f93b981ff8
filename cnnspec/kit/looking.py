"""How an operation looks through windows: what a call asks of each axis, and what is done there.

Conv and the poolings share it. Where a target is wrong, the engine sends impulses through it, which
tell the cells that each window reads, and seeks a layout of windows that reads the same.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from cnnspec.kit import geometry
from cnnspec.kit.calls import Call
from cnnspec.spec import Array

NOTHING = -1
"""The place of a tap that reads no cell of the map."""


class Asked(NamedTuple):
    """What a call asks of an axis. word: padding in words; before and after are its numbers."""

    extent: int
    size: int
    stride: int
    dilation: int
    before: int
    after: int
    word: str = ""
    ceil: bool = False


class Laid(NamedTuple):
    """How windows lie along an axis; before is below 0 where the first starts within the map."""

    size: int
    stride: int
    dilation: int
    before: int
    after: int
    length: int


def fitting(asked: Asked) -> int:
    """How many windows there are. Raises ValueError where none fits."""
    line = geometry.Line(asked.extent, asked.size, asked.stride, asked.dilation)
    if asked.before + asked.extent + asked.after < geometry.reach(line):
        raise ValueError("a window does not fit")
    return len(geometry.starts(line, asked.before, asked.after, asked.ceil))


def as_asked(asked: Asked) -> Laid:
    """The windows that the book lays."""
    return Laid(*asked[1:6], fitting(asked))


Content = Callable[[Array, int], Array]
"""What stands in padding: for places and the extent, the places of the map that are read there."""


def nothing(places: Array, _extent: int) -> Array:
    """Padding is never read."""
    return np.full_like(places, NOTHING)


Moving = Callable[[Array, int], Array]
"""Where taps lie in place of where they should: for their places and the extent."""


def as_they_lie(places: Array, _extent: int) -> Array:
    """Taps lie where the layout of windows says."""
    return places


def reads(
    laid: Laid, extent: int, content: Content = nothing, moving: Moving = as_they_lie
) -> Array:
    """For each window and tap the place of the map that is read, or NOTHING: (length, size)."""
    starts = np.arange(laid.length) * laid.stride - laid.before
    places = moving(np.add.outer(starts, np.arange(laid.size) * laid.dilation), extent)
    padded = (places >= -laid.before) & (places < extent + laid.after)
    inside = (places >= 0) & (places < extent)
    return np.where(inside, places, np.where(padded, content(places, extent), NOTHING))


Choice = Callable[..., Any]
"""How a part of an operation that is not about places is computed, as the operation defines it."""


@dataclass(frozen=True)
class Way:
    """A way to be wrong. words: what is computed instead. remedy: what to mend."""

    id: str
    words: str
    remedy: str
    step: Choice


@dataclass(frozen=True)
class Windows:
    """Where both axes read, how they are laid, and what is chosen besides."""

    asked: tuple[Asked, Asked]
    laid: tuple[Laid, Laid]
    reads: tuple[Array, Array]
    chosen: Mapping[str, Way] = field(default_factory=dict)


Seen = tuple[Array, Array]
"""For rows and for columns, what impulses show: an operation defines the form."""


@dataclass(frozen=True, eq=False)
class Looking:
    """How an operation looks through windows.

    asked: what a call asks of rows and of columns. impulses: the same settings with arrays whose
    result tells what each window reads. seen: what it tells; None where windows are no product of
    rows and columns. shown: what places along rows and columns look like in the same form.
    besides: in words, what else impulses show that is not as asked. made: the result of a call,
    (Ho, Wo, C), from what windows read. ways: for each part that is not about places, the ways in
    which it may be wrong.
    """

    asked: Callable[[Call], tuple[Asked, Asked]]
    impulses: Callable[[Call], Call]
    seen: Callable[[Call, Array], Seen | None]
    shown: Callable[[Call, tuple[Array, Array]], Seen]
    besides: Callable[[Call, Array], list[str]]
    made: Callable[[Call, Windows], Array]
    ways: Mapping[str, tuple[Way, ...]] = field(default_factory=dict)
