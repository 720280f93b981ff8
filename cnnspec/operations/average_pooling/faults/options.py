"""Faults of average_pooling in edition general: its options, alone and beside others."""

from collections.abc import Callable
from typing import Any

import numpy as np

from cnnspec.kit import geometry, misread_batch, misread_padding, misread_windows
from cnnspec.kit.fault import Changes, after, before
from cnnspec.kit.misread_padding import Two
from cnnspec.kit.misread_windows import Given, moved_back
from cnnspec.spec import Array

NAME = "average_pooling"

misread_padding.register_numbers(NAME, "A6")
misread_windows.register_words(NAME, "A6", dilated=False)
misread_batch.register(NAME, "A7")
for _one in (*misread_windows.PAIRS, *misread_windows.CEILS, *misread_windows.PADDED):
    _one.register(NAME, "A6", dilated=False)


# What the sum is divided by


class Counts:
    """How many cells of each window along an axis are of a kind.

    real: in the map. before, behind: in the padding before it and behind it. beyond: behind that.
    """

    def __init__(self, line: geometry.Line, first: int, last: int, starts: range) -> None:
        places = np.add.outer(np.array(starts, int), np.arange(line.size)) - first
        end = line.extent
        self.before = (places < 0).sum(axis=1)
        self.real = ((places >= 0) & (places < end)).sum(axis=1)
        self.behind = ((places >= end) & (places < end + last)).sum(axis=1)
        self.beyond = (places >= end + last).sum(axis=1)

    @property
    def inside(self) -> Array:
        """In the map or in its padding."""
        return np.asarray(self.before + self.real + self.behind)

    @property
    def all(self) -> Array:
        """All cells."""
        return np.asarray(self.inside + self.beyond)


Counted = Callable[[Counts], Array]


def counts_of(given: Given) -> tuple[Counts, Counts]:
    """The cells along rows and along columns."""
    rows, cols = (
        Counts(line, *ends, starts)
        for line, ends, starts in zip(given.along, given.sides, given.starts(), strict=True)
    )
    return rows, cols


def divided(y: Array, given: Given, count: bool, rows: Counted, cols: Counted) -> Array:
    """A result whose sums are divided by other counts. count: whether the right ones are padded."""
    both = counts_of(given)
    right = np.outer(*(one.inside if count else one.real for one in both))
    wrong = np.outer(rows(both[0]), cols(both[1]))
    with np.errstate(all="ignore"):
        factor = np.where(right == wrong, 1, right / np.maximum(wrong, 1))
        return np.asarray(y * factor[:, :, np.newaxis].astype(y.dtype), y.dtype)


def real(one: Counts) -> Array:
    """Those in the map."""
    return np.asarray(one.real)


def inside(one: Counts) -> Array:
    """Those in the map or in its padding."""
    return one.inside


def every(one: Counts) -> Array:
    """All."""
    return one.all


Step = Callable[[Array, Given, bool], Array]


def registered(remedy: str, seen: str = "") -> Callable[[Step], Step]:
    """A decorator that registers a step on a result, which gets what is Given and count_padding."""

    def register(step: Step) -> Step:
        def own(
            y: Array,
            feature_map: Array,
            size: Two,
            stride: Two,
            padding: Any,
            ceil: bool,
            count_padding: bool,
        ) -> Array:
            given = Given(feature_map, size, stride, padding, (1, 1), ceil)
            return step(y, given, count_padding)

        own.__name__, own.__doc__ = step.__name__, step.__doc__
        after(NAME, "A6", remedy=remedy, seen=seen)(own)
        return step

    return register


@registered("Without count_padding, divide by the number of elements in the map.")
def padding_always_counts(y: Array, given: Given, count: bool) -> Array:
    """Padding counts, whatever count_padding says."""
    return divided(y, given, count, inside, inside)


@registered("With count_padding, divide by the number of elements in the padded map.")
def padding_never_counts(y: Array, given: Given, count: bool) -> Array:
    """Padding does not count: count_padding has no effect."""
    return divided(y, given, count, real, real)


@registered("With count_padding, padding counts; without it, it does not.")
def padding_counts_the_wrong_way_round(y: Array, given: Given, count: bool) -> Array:
    """Padding counts without count_padding, and does not count with it."""
    kind = real if count else inside
    return divided(y, given, count, kind, kind)


@registered(
    "What lies beyond the padded map never counts.",
    seen="microsoft/onnxruntime#16203, robertknight/rten#1456, sonos/tract#2851",
)
def cells_beyond_count_with_padding(y: Array, given: Given, count: bool) -> Array:
    """With count_padding, what a window of ceil reads beyond the padded map counts, too."""
    return divided(y, given, count, every, every) if count else y


@registered("What lies beyond the map never counts.", seen="apple/coremltools#2844")
def cells_beyond_count_without_padding(y: Array, given: Given, count: bool) -> Array:
    """Without count_padding, what a window of ceil reads beyond the end counts."""

    def counted(one: Counts) -> Array:
        return np.asarray(one.real + one.beyond)

    return y if count else divided(y, given, count, counted, counted)


@registered("With count_padding, cells behind the padding do not count, whatever its sides are.")
def cells_beyond_count_where_padding_differs(y: Array, given: Given, count: bool) -> Array:
    """With count_padding and rows that are padded differently, cells behind them count, too."""
    (before_, behind), _ = given.sides
    unlike = count and 0 < behind != before_
    return divided(y, given, count, every, inside) if unlike else y


@registered("Count the elements along columns, too.")
def real_rows_counted_alone(y: Array, given: Given, count: bool) -> Array:
    """Without count_padding, only along rows are the elements in the map counted."""
    return y if count else divided(y, given, count, real, inside)


@registered("Padding behind the map counts as that before it does.")
def padding_before_counts_alone(y: Array, given: Given, count: bool) -> Array:
    """With count_padding, only the padding before the map counts."""

    def counted(one: Counts) -> Array:
        return np.asarray(one.before + one.real)

    return divided(y, given, count, counted, counted) if count else y


@registered("Padding before the map counts as that behind it does.")
def padding_behind_counts_alone(y: Array, given: Given, count: bool) -> Array:
    """With count_padding, only the padding behind the map counts."""

    def counted(one: Counts) -> Array:
        return np.asarray(one.real + one.behind)

    return divided(y, given, count, counted, counted) if count else y


@registered(
    "Each side has padding of its own, also where it is counted.",
    seen="ROCm/AMDMIGraphX#5007",
)
def padding_behind_counted_by_that_before(y: Array, given: Given, count: bool) -> Array:
    """With count_padding, no more cells behind the map count than there is padding before it."""
    if not count:
        return y
    rows, cols = (first for first, _ in given.sides)

    def limited(most: int) -> Counted:
        return lambda one: np.asarray(one.before + one.real + np.minimum(one.behind, most))

    return divided(y, given, count, limited(rows), limited(cols))


# What is summed


@before(NAME, "A6", remedy="Padding adds nothing to the sum.")
def padding_of_the_edge_in_the_sum(
    feature_map: Array, padding: Any, ceil: bool, count_padding: bool
) -> Changes:
    """With count_padding, padding repeats the elements of the edge."""
    if isinstance(padding, str) or ceil or not count_padding or not feature_map.size:
        return {}
    around = np.pad(feature_map, (*padding, (0, 0)), mode="edge")
    return {"feature_map": around, "padding": 0, "count_padding": False}


@registered("The last window starts T behind the one before, and has what there is.")
def last_window_of_the_mean_moved_back(y: Array, given: Given, count: bool) -> Array:
    """With ceil, the last window is moved back until it lies in the padded map as a whole."""
    places = moved_back(given)
    if places is None:
        return y
    padded = geometry.around(given.x, given.sides, 0)
    sums = geometry.windows(padded, given.along, list(places), 0).sum(axis=(3, 4))
    rows, cols = (
        Counts(line, *ends, starts)
        for line, ends, starts in zip(given.along, given.sides, places, strict=True)
    )
    number = np.outer(*((one.inside if count else one.real) for one in (rows, cols)))
    moved = sums / np.maximum(number, 1)[:, :, np.newaxis]
    back = [np.array(was) != np.array(now) for was, now in zip(given.starts(), places, strict=True)]
    changed = np.logical_or.outer(*back)[:, :, np.newaxis]
    return np.where(changed, moved, y).astype(y.dtype)


# Beside other options: right wherever one of them is plain


@registered("With ceil, padding counts where count_padding says so.")
def padding_never_counts_with_ceil(y: Array, given: Given, count: bool) -> Array:
    """With ceil, padding does not count, whatever count_padding says."""
    return divided(y, given, count, real, real) if given.ceil else y


@registered("Padding of which the sides differ counts where count_padding says so.")
def padding_counts_where_it_differs(y: Array, given: Given, count: bool) -> Array:
    """Padding of which the two sides of an axis differ counts, whatever count_padding says."""
    differs = any(first != last for first, last in given.sides)
    return divided(y, given, count, inside, inside) if differs else y


@registered("Count the elements of each window, with a stride, too.")
def count_of_the_first_window_with_a_stride(y: Array, given: Given, count: bool) -> Array:
    """Where windows do not overlap, all sums are divided by the count of the first window."""
    apart = all(t >= s for t, s in zip(given.stride, given.size, strict=True))
    if count or not given.is_padded or not apart or not y.size:
        return y

    def first(one: Counts) -> Array:
        return np.full_like(one.real, one.real[0])

    return divided(y, given, count, first, first)


@before(NAME, "A6", remedy="Pad with ceil, too.")
def average_padding_ignored_with_ceil(padding: Any, ceil: bool) -> Changes:
    """With ceil, padding in numbers has no effect."""
    return {"padding": 0} if ceil and not isinstance(padding, str) else {}
