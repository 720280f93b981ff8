"""Fault models that poolings share: sizes and strides in pairs, words, and lengths rounded up."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from cnnspec.kit import geometry, misread_padding
from cnnspec.kit.fault import Changes, after, before
from cnnspec.kit.geometry import Line, Sides
from cnnspec.kit.misread_padding import Two
from cnnspec.spec import Array

NONE: Sides = ((0, 0), (0, 0))


class Given(NamedTuple):
    """The arguments of a pooling."""

    x: Array
    size: Two
    stride: Two
    padding: Any
    dilation: Two
    ceil: bool

    @property
    def along(self) -> list[Line]:
        """The lines of rows and columns."""
        return geometry.lines(self.x.shape[:2], self.size, self.stride, self.dilation)

    @property
    def sides(self) -> Sides:
        """The padding in numbers."""
        return geometry.padding_of(self.padding, self.along)

    @property
    def is_padded(self) -> bool:
        """Whether there is padding."""
        return self.sides != NONE

    def starts(self) -> list[range]:
        """Where windows start in the padded map along each axis."""
        both = zip(self.along, self.sides, strict=True)
        return [geometry.starts(line, *ends, self.ceil) for line, ends in both]

    def windows(self, inside: float, beyond: float) -> Array:
        """All windows, (Ho, Wo, C, SH, SW). inside, beyond: what is in padding and behind it."""
        padded = geometry.around(self.x, self.sides, inside)
        return geometry.windows(padded, self.along, self.starts(), beyond)


Step = Callable[..., Any]


@dataclass(frozen=True)
class Shared:
    """A step that poolings share. It gets what is Given; one after the result gets that first."""

    step: Step
    kind: str
    remedy: str
    seen: str = ""

    def register(self, operation: str, clause: str, *, dilated: bool) -> None:
        """Register it for an operation. dilated: whether that has a dilation."""
        adder, maker = MAKERS[self.kind, dilated]
        own = maker(self.step)
        own.__name__ = f"{operation}_{self.step.__name__}"
        own.__doc__ = self.step.__doc__
        adder(operation, clause, remedy=self.remedy, seen=self.seen)(own)


def before_of_both(step: Step) -> Step:
    """A step of an operation without a dilation."""

    def own(feature_map: Array, size: Two, stride: Two, padding: Any, ceil: bool) -> Changes:
        made: Changes = step(Given(feature_map, size, stride, padding, (1, 1), ceil))
        return made

    return own


def before_of_dilated(step: Step) -> Step:
    """A step of an operation with a dilation."""

    def own(
        feature_map: Array, size: Two, stride: Two, padding: Any, dilation: Two, ceil: bool
    ) -> Changes:
        made: Changes = step(Given(feature_map, size, stride, padding, dilation, ceil))
        return made

    return own


def after_of_both(step: Step) -> Step:
    """A step on the result of an operation without a dilation."""

    def own(
        y: Array, feature_map: Array, size: Two, stride: Two, padding: Any, ceil: bool
    ) -> Array:
        return np.asarray(step(y, Given(feature_map, size, stride, padding, (1, 1), ceil)))

    return own


def after_of_dilated(step: Step) -> Step:
    """A step on the result of an operation with a dilation."""

    def own(
        y: Array,
        feature_map: Array,
        size: Two,
        stride: Two,
        padding: Any,
        dilation: Two,
        ceil: bool,
    ) -> Array:
        return np.asarray(step(y, Given(feature_map, size, stride, padding, dilation, ceil)))

    return own


MAKERS: dict[tuple[str, bool], tuple[Any, Callable[[Step], Step]]] = {
    ("before", False): (before, before_of_both),
    ("before", True): (before, before_of_dilated),
    ("after", False): (after, after_of_both),
    ("after", True): (after, after_of_dilated),
}

PAIRS: list[Shared] = []
CEILS: list[Shared] = []
PADDED: list[Shared] = []
"""Steps that round up where there is padding, without being asked to."""


def noted(kept: list[Shared], kind: str, remedy: str, seen: str = "") -> Callable[[Step], Step]:
    """A decorator that adds a step to a list."""

    def note(step: Step) -> Step:
        kept.append(Shared(step, kind, remedy, seen))
        return step

    return note


def register_words(operation: str, clause: str, *, dilated: bool) -> None:
    """Register how words are misread. clause: that of padding in words."""
    more = misread_padding.DILATED if dilated else []
    for one in (*misread_padding.WORDS, *more):
        step = misread_padding.named(word_misread(one.step), operation, one)
        step.__name__ = step.__name__.removeprefix(f"{operation}_")
        shared = Shared(step, "before", one.remedy, one.seen)
        shared.register(operation, clause, dilated=dilated)


def word_misread(misread: misread_padding.InWords) -> Step:
    """A step in which a word is misread."""

    def step(given: Given) -> Changes:
        if not isinstance(given.padding, str):
            return {}
        args = given.padding, given.x.shape[:2], given.size, given.stride, given.dilation
        return misread_padding.padded_or_cut(
            "feature_map", given.x, misread_padding.by_word(misread, *args)
        )

    return step


# Sizes and strides in pairs


@noted(PAIRS, "before", remedy="The first number of a size is that of rows.")
def sizes_exchanged(given: Given) -> Changes:
    """The sizes of a window along rows and along columns are exchanged."""
    return {"size": given.size[::-1]}


@noted(
    PAIRS, "before", remedy="A window has as many columns as the second number of its size says."
)
def size_of_rows_for_both(given: Given) -> Changes:
    """A window has as many columns as rows."""
    return {"size": (given.size[0], given.size[0])}


@noted(PAIRS, "before", remedy="A window has as many rows as the first number of its size says.")
def size_of_columns_for_both(given: Given) -> Changes:
    """A window has as many rows as columns."""
    return {"size": (given.size[1], given.size[1])}


@noted(PAIRS, "before", remedy="The first number of a stride is that of rows.")
def strides_exchanged(given: Given) -> Changes:
    """The strides along rows and along columns are exchanged."""
    return {"stride": given.stride[::-1]}


@noted(PAIRS, "before", remedy="Move windows along columns by the second number of the stride.")
def stride_of_rows_for_both(given: Given) -> Changes:
    """Windows move along columns by the stride of rows."""
    return {"stride": (given.stride[0], given.stride[0])}


@noted(PAIRS, "before", remedy="Move windows along rows by the first number of the stride.")
def stride_of_columns_for_both(given: Given) -> Changes:
    """Windows move along rows by the stride of columns."""
    return {"stride": (given.stride[1], given.stride[1])}


@noted(PAIRS, "before", remedy="A window that is not square moves by the stride, like others.")
def stride_of_the_size_unless_square(given: Given) -> Changes:
    """Windows that are not square move by their size."""
    return {"stride": given.size} if given.size[0] != given.size[1] else {}


# Lengths that are rounded up


@noted(CEILS, "before", remedy="With ceil, round the length up.")
def ceil_ignored(_given: Given) -> Changes:
    """Ceil has no effect: the length is rounded down."""
    return {"ceil": False}


@noted(CEILS, "before", remedy="With ceil, round the length up where there is padding, too.")
def ceil_ignored_with_padding(given: Given) -> Changes:
    """With padding, ceil has no effect."""
    return {"ceil": False} if given.is_padded else {}


@noted(PADDED, "before", remedy="Round the length down unless ceil is asked for.")
def always_ceil_with_padding(given: Given) -> Changes:
    """With padding, the length is rounded up, whatever ceil says."""
    return {"ceil": True} if given.is_padded else {}


def lengths(given: Given, *, ceil: bool) -> list[int]:
    """The lengths of a result, with ceil or without; with it, any last window counts."""
    found = []
    for line, ends in zip(given.along, given.sides, strict=True):
        room = line.extent + sum(ends) - geometry.reach(line)
        found.append((-(-room // line.stride) if ceil else room // line.stride) + 1)
    return found


@noted(CEILS, "after", remedy="With ceil, round the number of columns up, too.")
def ceil_along_rows_alone(y: Array, given: Given) -> Array:
    """With ceil, the number of rows is rounded up, and that of columns down."""
    return y[:, : max(lengths(given, ceil=False)[1], 0)] if given.ceil else y


@noted(
    CEILS,
    "after",
    remedy="Leave out a last window that starts at or beyond n + before.",
)
def ceil_without_the_start_rule(y: Array, given: Given) -> Array:
    """With ceil, there is a last window even where it starts behind the map: it gives 0."""
    if not given.ceil:
        return y
    rows, cols = lengths(given, ceil=True)
    return np.pad(y, ((0, max(rows - len(y), 0)), (0, max(cols - y.shape[1], 0)), (0, 0)))


@noted(
    CEILS,
    "after",
    remedy="A last window counts if it starts before n + before, not before n.",
)
def start_rule_without_the_padding(y: Array, given: Given) -> Array:
    """With ceil, no window starts n or more behind the start of the padding."""
    if not given.ceil:
        return y
    down = lengths(given, ceil=False)
    counts = [
        max(-(-line.extent // line.stride), n) for line, n in zip(given.along, down, strict=True)
    ]
    return y[: counts[0], : counts[1]]


@noted(
    CEILS,
    "after",
    remedy="Compute the last window, which reaches beyond the end, from what there is.",
)
def last_window_of_ceil_left_zero(y: Array, given: Given) -> Array:
    """With ceil, what is computed from windows that reach beyond the end stays zero."""
    if given.ceil:
        rows, cols = (max(n, 0) for n in lengths(given, ceil=False))
        y[rows:], y[:, cols:] = 0, 0
    return y


def moved_back(given: Given) -> tuple[Any, Any] | None:
    """For each axis where windows start, if the last lies in the padded map as a whole; or None."""
    room = [
        line.extent + sum(ends) - geometry.reach(line)
        for line, ends in zip(given.along, given.sides, strict=True)
    ]
    if not given.ceil or min(room) < 0:
        return None
    rows, cols = (
        [min(n, most) for n in one] for one, most in zip(given.starts(), room, strict=True)
    )
    return rows, cols
