"""The law of conv with options: it is bilinear in image and filters, and the bias is added."""

from collections.abc import Iterator, Sequence
from itertools import cycle, product

import numpy as np

from cnnspec.kit.axis_settings import Offered
from cnnspec.kit.axis_windows import windows
from cnnspec.kit.filling import Shape
from cnnspec.kit.geometry import Line
from cnnspec.kit.numerals import Setting
from cnnspec.kit.option_axes import Drawn
from cnnspec.kit.settings import Form
from cnnspec.kit.taken import Taken
from cnnspec.laws import bilinear
from cnnspec.laws.certificate import Random, in_precision
from cnnspec.laws.option_linear import Linear
from cnnspec.laws.options import OptionLaw, Tried, across_axes, along_axes, law_of_options
from cnnspec.spec import Array

MOST = 4
"""The most channels and filters."""

ORDINARY = 2
"""So many channels and filters are at each setting of an axis."""

PLAIN = Drawn(Line(4, 3, 1, 1), 0, 0), Drawn(Line(3, 2, 1, 1), 0, 0)
"""The axes beside which there are channels, filters and groups of every number."""

BIAS: tuple[str, Form] = ("bias", "array")
"""The bias, in the form that it has."""

Depths = tuple[int, int, dict[str, Setting], bool]
"""Channels, filters, groups as an argument, and whether there is a bias."""


def settings(offered: Offered, random: Random) -> list[Tried]:
    """Every setting of an axis; pairs of classes, with groups and a bias in turn; each of these."""
    alone = [
        Tried(both.rows, both.columns, options, ORDINARY, ORDINARY)
        for both, options in along_axes(offered, random)
    ]
    every = [*depths(offered)]
    pairs = [
        Tried(both.rows, both.columns, {**options, **groups}, channels, filters, bias)
        for (both, options), (channels, filters, groups, bias) in zip(
            across_axes(offered, random), cycle(every), strict=False
        )
    ]
    deep = [
        Tried(*PLAIN, groups, channels, filters, bias) for channels, filters, groups, bias in every
    ]
    return [*alone, *pairs, *deep]


def depths(offered: Offered) -> Iterator[Depths]:
    """Channels, filters and each number of groups that divides both, with a bias and without."""
    most = MOST if offered.takes("groups", "number") else 1
    biases = (False, True) if offered.takes(*BIAS) else (False,)
    several = range(1, MOST + 1)
    for groups, channels, filters in product(range(1, most + 1), several, several):
        if channels % groups == filters % groups == 0:
            given: dict[str, Setting] = {"groups": groups} if groups > 1 else {}
            yield from ((channels, filters, given, bias) for bias in biases)


def groups_of(one: Tried) -> int:
    """The number of groups."""
    groups = one.options.get("groups", 1)
    assert isinstance(groups, int)  # noqa: S101  for the type checker
    return groups


def shapes(one: Tried) -> dict[str, Shape]:
    """The shapes of image, filters and bias."""
    found: dict[str, Shape] = {
        "image": (*one.extents, one.channels),
        "filters": (one.filters, *one.sizes, one.channels // groups_of(one)),
    }
    return found | ({"bias": (one.filters,)} if one.bias else {})


def terms(one: Tried) -> int:
    """How many products, and biases, are summed for one element."""
    rows, columns = one.sizes
    return rows * columns * one.channels // groups_of(one) + one.bias


def widths(one: Tried, significand: int) -> list[int]:
    """The bits of the numbers in image, filters and bias."""
    found = bilinear.grid(significand, terms(one))
    return [*found, *([min(found)] if one.bias else [])]


def sums(one: Tried, arrays: Sequence[Array]) -> Array:
    """The results in whole numbers: each group of filters on its own channels, and the bias."""
    image, filters, *bias = arrays
    seen, groups = windows(image, one.rows, one.columns, 0), groups_of(one)
    parts = (
        zip(np.split(seen, groups, axis=-1), np.split(filters, groups, axis=1), strict=True)
        if groups > 1
        else [(seen, filters)]
    )
    y = np.concatenate([np.einsum("tricjd,tnijd->trcn", *part) for part in parts], axis=-1)
    return y + bias[0][:, np.newaxis, np.newaxis] if bias else y


def also(known: Taken) -> str:
    """What is tried beside settings of axes, in words."""
    groups = (
        " with each number of groups that divides both" if ("groups", "number") in known else ""
    )
    bias = ", with a bias and without" if BIAS in known else ""
    return f"; {ORDINARY} channels and filters, and each C, N <= {MOST}{groups}{bias}"


def inputs(significand: int, known: Taken) -> str:
    """What is claimed of the arrays."""
    arrays = "image, bank of filters and bias" if BIAS in known else "image and bank of filters"
    return f"every C-contiguous float64 {arrays} whose sums are exact{in_precision(significand)}"


BILINEAR = Linear(
    operation="conv",
    shapes=shapes,
    widths=widths,
    chance=lambda one, significand: bilinear.chance_of_agreement(significand, terms(one)),
    sums=sums,
    counts=lambda _one: np.ones(1),
    plural=("images", "banks"),
)

CONV = OptionLaw(
    operation="conv",
    pinned=False,
    settings=settings,
    trials=BILINEAR.trials,
    error=BILINEAR.error,
    also=also,
    inputs=inputs,
    law=lambda known: (
        "is bilinear in image and filters"
        + (", but for the bias that it adds" if BIAS in known else "")
    ),
    strength="Such a conv that deviates anywhere there is certified with a probability below "
    "{error:.1g}.",
)

law = law_of_options(CONV)
