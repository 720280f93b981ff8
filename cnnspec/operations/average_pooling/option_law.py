"""The law of average_pooling with options: each element is a sum, divided by what counts."""

from collections.abc import Sequence

import numpy as np

from cnnspec.kit.axis_settings import Offered
from cnnspec.kit.axis_windows import counted, windows
from cnnspec.kit.filling import Shape
from cnnspec.kit.taken import Taken
from cnnspec.kit.text import enumerated
from cnnspec.laws import linear
from cnnspec.laws.certificate import Random, in_precision
from cnnspec.laws.option_linear import Linear
from cnnspec.laws.options import OptionLaw, Tried, across_axes, along_axes, flagged, law_of_options
from cnnspec.spec import Array

FLAGS = ("ceil", "count_padding")
CHANNELS = 2


def settings(offered: Offered, random: Random) -> list[Tried]:
    """Every setting of an axis, and pairs of classes, with each flag and without."""
    several = [*along_axes(offered, random), *across_axes(offered, random)]
    return [
        Tried(both.rows, both.columns, {**options, **flags}, CHANNELS)
        for both, options in several
        for flags in flagged(offered, both, *FLAGS)
    ]


def shapes(one: Tried) -> dict[str, Shape]:
    """The shape of the map."""
    return {"feature_map": (*one.extents, one.channels)}


def size(one: Tried) -> int:
    """How many elements a window has at the most."""
    rows, columns = one.sizes
    return rows * columns


def sums(one: Tried, arrays: Sequence[Array]) -> Array:
    """The sum of each window: padding adds nothing."""
    seen = windows(arrays[0], one.rows, one.columns, 0, one.ceil)
    return np.asarray(seen.sum(axis=(-4, -2)))


def counts(one: Tried) -> Array:
    """How many elements of each window count: (Ho, Wo, 1)."""
    padding = bool(one.options.get("count_padding", False))
    rows, columns = (counted(axis, one.ceil, padding) for axis in (one.rows, one.columns))
    return np.multiply.outer(rows, columns)[..., np.newaxis]


def also(known: Taken) -> str:
    """What is tried beside settings of axes, in words."""
    flags = [flag for flag in FLAGS if (flag, "flag") in known]
    words = " (words without ceil)" if "ceil" in flags else ""
    return f"; each with {enumerated(flags)} and without{words}" if flags else ""


AVERAGE = Linear(
    operation="average_pooling",
    shapes=shapes,
    widths=lambda one, significand: [linear.bits(significand, size(one))],
    chance=lambda one, significand: linear.chance_of_agreement(significand, size(one)),
    sums=sums,
    counts=counts,
    plural=("maps",),
)

AVERAGE_POOLING = OptionLaw(
    operation="average_pooling",
    pinned=True,
    settings=settings,
    trials=AVERAGE.trials,
    error=AVERAGE.error,
    also=also,
    inputs=lambda significand, _known: (
        f"every C-contiguous float64 map of {CHANNELS} channels whose sums "
        f"are exact{in_precision(significand)}"
    ),
    law=lambda _known: (
        "gives for each element of its result, times the count of its window and rounded to a "
        "whole number, a sum of whole multiples of the map's elements"
    ),
    strength="Such an operation that deviates anywhere there is certified with a probability "
    "below {error:.1g}.",
)

law = law_of_options(AVERAGE_POOLING)
