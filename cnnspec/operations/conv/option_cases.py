"""How the calls of conv vary in their options, alone and together."""

import math
from collections.abc import Hashable, Iterable, Mapping
from itertools import product
from typing import Any

import numpy as np

from cnnspec.kit import option_aspects as kit
from cnnspec.kit.aspects import Span, spans
from cnnspec.kit.calls import Argument, Call
from cnnspec.kit.covering import Row
from cnnspec.kit.exact import grid_split
from cnnspec.kit.filling import Shape, distinct, random_for, whole
from cnnspec.kit.operation import call
from cnnspec.kit.option_aspects import Options, Random, Takes
from cnnspec.kit.option_axes import PLAIN, Drawn, Kind
from cnnspec.kit.option_features import of_windows
from cnnspec.kit.restriction import Trial
from cnnspec.kit.settings import WORDS
from cnnspec.operations.conv.left_open import questions
from cnnspec.operations.conv.options import windows_of

NAMES = ("stride", "padding", "dilation")
GROUPS = (1, "some", "as many as channels")
LONG_PIXELS, LONG_WEIGHTS = "float64, long pixels", "float64, long weights"
KIND = Kind(spans(3, 1, 2, 4, (5, 6)), dilations=(1, 2, 3), pinned=False)
BIAS_BITS = 3


def aspects(takes: Takes) -> Mapping[str, tuple[Hashable, ...]]:
    """All aspects, with the levels that the target can be given."""
    found: dict[str, tuple[Hashable, ...]] = {
        **kit.of_axes(KIND),
        "padding in words": (PLAIN, *(word for word in WORDS if takes("padding", word))),
        "channels of a group": spans(1, (2, 3), (4, 9)),
        "filters of a group": spans(1, (2, 3), (4, 9)),
        "groups": GROUPS if takes("groups", "number") else GROUPS[:1],
        "bias": (False, True) if takes("bias", "array") else (False,),
        "images": spans(0, 1, (2, 3)) if takes("batch", "mark") else spans(0),
        "dtype": (*kit.DTYPES, LONG_PIXELS, LONG_WEIGHTS),
        "layout of image": kit.LAYOUTS,
        "layout of filters": kit.LAYOUTS,
    }
    return kit.as_taken(found, NAMES, takes)


def excluded(row: Row) -> bool:
    """Whether levels make no sense together."""
    depth = row.get("channels of a group")
    if row.get("groups") == GROUPS[2] and isinstance(depth, Span) and depth.most > 1:
        return True
    return kit.excluded(KIND, row)


def made(row: Row, takes: Takes, random: Random, bits: int) -> Call | None:
    """A call that has the levels of a row."""
    axes = kit.axes_of(KIND, row, random, kit.single_in(NAMES, takes))
    if axes is None:
        return None
    groups = groups_of(row, random)
    depth = kit.span(row, "channels of a group", random)
    number = groups * kit.span(row, "filters of a group", random)
    images = kit.span(row, "images", random)
    extents = [axis.line.extent for axis in axes]
    sizes = [axis.line.size for axis in axes]
    options = settings(row, axes, takes, random)
    if options is None:
        return None
    if groups > 1:
        options["groups"] = groups
    if images:
        options["batch"] = True
    shapes = (*([images] if images else []), *extents, depth * groups), (number, *sizes, depth)
    one = filled(shapes, str(row["dtype"]), bits, random, bias=bool(row["bias"]), **options)
    one = with_fractions(one)
    for name in ("image", "filters"):
        one = one.laid_out(str(row[f"layout of {name}"]), only=name)
    return one


def groups_of(row: Row, random: Random) -> int:
    """How many groups a row has."""
    if row["groups"] == 1:
        return 1
    return random.randint(2, 6 if row["groups"] == GROUPS[2] else 4)


def settings(row: Row, axes: list[Drawn], takes: Takes, random: Random) -> dict[str, Any] | None:
    """Stride, padding and dilation, each in a form that the target takes; None if there is none."""
    word = str(row["padding in words"])
    given: dict[str, Any] = {
        "stride": [axis.line.stride for axis in axes],
        "padding": [(axis.before, axis.behind) for axis in axes],
        "dilation": [axis.line.dilation for axis in axes],
    }
    found: dict[str, Any] = {}
    for name, (rows, columns) in given.items():
        plain = {"padding": (0, 0)}.get(name, 1)
        if name == "padding" and word != PLAIN:
            found[name] = word
        elif (rows, columns) != (plain, plain):
            found[name] = kit.in_form(name, rows, columns, takes, random)
            if found[name] is None:
                return None
    return found


def widths(numbers: str, bits: int, taps: int) -> tuple[int, int, int]:
    """Bits of pixels, weights and bias, so few that no sum of so many taps rounds.

    numbers: a level of dtypes. bits: of the target's significand.
    """
    first, second = grid_split(min(bits, FLOAT_BITS.get(numbers, bits)) - 1, taps)
    if numbers not in (LONG_PIXELS, LONG_WEIGHTS):
        return min(first, SMALL), min(second, SMALL), BIAS_BITS
    few = min(second, BIAS_BITS)
    long = min(first + second - few, kit.LONG)
    return (long, few, long) if numbers == LONG_PIXELS else (few, long, long)


def filled(
    shapes: tuple[tuple[int, ...], tuple[int, ...]],
    numbers: str,
    bits: int,
    random: Random,
    *,
    bias: bool = False,
    **options: Any,
) -> Call:
    """A call whose arrays hold whole numbers, so small that all sums are exact."""
    filters = shapes[1]
    dtype = np.dtype(numbers.partition(",")[0])
    pixels, weights, bias_bits = widths(numbers, bits, math.prod(filters[1:]))
    arrays = [whole(random, shapes[0], pixels), whole(random, filters, weights)]
    if dtype.kind == "u":
        arrays = [np.abs(one) for one in arrays]
    x, w = (one.astype(dtype) for one in arrays)
    if bias:
        added = whole(random, (filters[0],), bias_bits)
        added = (np.abs(added) if dtype.kind == "u" else added).astype(dtype)
        return call("conv", x, w, added, **options)
    return call("conv", x, w, **options)


def with_fractions(one: Call) -> Call:
    """The call with halves in floats, and quarters in the bias: the result is a quarter, exactly.

    Who keeps a bias, or a padded copy, in integers loses them.
    """
    if one.arrays[0].dtype.kind != "f":
        return one
    units = (0.5, 0.5, 0.25)
    return one.with_arrays([a * a.dtype.type(u) for a, u in zip(one.arrays, units, strict=False)])


FLOAT_BITS = {"float64": 53, "float32": 24}
SMALL = 6
"""Bits of a number that every dtype holds."""


# Alone: small calls in which one option is out of the ordinary, the simplest first


def small(image: Shape, filters: Shape, bits: int, *, bias: bool = False, **options: Any) -> Call:
    """A small call, with numbers that belong to its shapes."""
    random = random_for("alone", image, filters, sorted(options.items(), key=str), bias)
    return filled((image, filters), "float64", bits, random, bias=bias, **options)


def in_order(calls: Iterable[Call]) -> list[Call]:
    """Calls, those of few elements first."""
    return sorted(calls, key=lambda one: sum(array.size for array in one.arrays))


def grey(bits: int, *, bias: bool = False, **options: Any) -> Call:
    """A small call with an image (H, W)."""
    return small((5, 6), (2, 3, 3), bits, bias=bias, **options)


def sizes(bits: int) -> list[Call]:
    """Filters of all heights and widths up to 4."""
    return in_order(
        small((rows + down, columns + along, depth), (2, rows, columns, depth), bits)
        for rows, columns in product((1, 2, 3, 4), repeat=2)
        for down, along, depth in ((0, 0, 1), (1, 2, 2), (2, 1, 1))
    )


def strides(bits: int) -> list[Call]:
    """All strides up to 4, with and without elements left over; one of long rows and columns."""
    found = list[Call]()
    for rows, columns in product((1, 2, 3, 4), repeat=2):
        given: Any = rows if rows == columns else (rows, columns)
        for size, height, width in ((1, 3, 4), (3, 6, 7), (3, 7, 5), (3, 5, 8)):
            found.append(small((height, width, 1), (1, size, size, 1), bits, stride=given))
    found += [small(image, (1, 3, 3, 1), bits, stride=2) for image in ((39, 3, 1), (3, 39, 1))]
    found += [grey(bits, stride=stride) for stride in (2, (1, 3))]
    return in_order(one for one in found if one.plain["stride"] != 1)


def paddings(bits: int) -> list[Call]:
    """Padding up to 2 on each side, more than half of a filter, and its size with a dilation."""
    found = [
        small((3, 4, 1), (1, 3, 3, 1), bits, padding=padding) for padding in (1, 2, (1, 2), (2, 0))
    ]
    for top, bottom, left, right in product((0, 1, 2), repeat=4):
        four = (top, bottom), (left, right)
        found += [small((3, 4, 1), (1, 3, 3, 1), bits, padding=four)]
    found += [small((1, 1, 2), (2, 3, 3, 2), bits, padding=n) for n in (1, 2, 3)]
    found += [
        small((3, 4, 1), (1, size, size, 1), bits, padding=padding, dilation=2)
        for size, padding in product((2, 3), (2, 3, (3, 0)))
    ]
    found += [small(image, (1, 3, 3, 1), bits, padding=1) for image in ((19, 2, 1), (2, 19, 1))]
    beside: list[dict[str, Any]] = [{}, {"stride": 2}, {"dilation": 2}]
    found += [grey(bits, padding=n, **some) for n in (1, ((0, 1), (2, 0))) for some in beside]
    return found


def words(bits: int) -> list[Call]:
    """Padding by words, at all extents up to 7 and strides up to 4; then with a dilation.

    The padding of an even filter has an odd rest with no stride and dilation, too.
    """
    plain = in_order(
        small((extent, 4, 1), (1, size, 3, 1), bits, padding=word, stride=stride)
        for word, size, stride in product(WORDS, (1, 3), (1, 2, 3, 4))
        for extent in range(size if word == "valid" else 1, 8)
    )
    spread = in_order(
        small((extent, 5, 1), (1, size, 2, 1), bits, padding=word, stride=stride, dilation=dilation)
        for word, (size, dilation), stride in product(WORDS, ((3, 2), (2, 3)), (1, 2))
        for extent in range(dilation * (size - 1) + 1 if word == "valid" else 1, 6)
    )
    even = [
        small((4, extent, 1), (1, size, size, 1), bits, padding=word)
        for word, size, extent in product(WORDS, (2, 4), (4, 5))
    ]
    return [*plain, *spread, *even, *(grey(bits, padding=word, stride=2) for word in WORDS)]


def dilations(bits: int) -> list[Call]:
    """Dilations up to 3, and one of 5."""
    found = list[Call]()
    for rows, columns in product((1, 2, 3), repeat=2):
        given: Any = rows if rows == columns else (rows, columns)
        for height, width in ((7, 7), (8, 9), (10, 7)):
            found.append(small((height, width, 1), (1, 3, 3, 1), bits, dilation=given))
    found += [small((12, 13, 1), (1, 3, 3, 1), bits, dilation=5), grey(bits, dilation=2)]
    return in_order(one for one in found if one.plain["dilation"] != 1)


def groups(bits: int) -> list[Call]:
    """Groups of all sizes, up to as many as there are channels, with one filter or several."""
    return in_order(
        small((3, 4, several * depth), (several * share, 3, 3, depth), bits, groups=several)
        for several, depth, share in product((2, 3, 4), (1, 2, 3), (1, 2, 3))
    )


def biases(bits: int) -> list[Call]:
    """A bias for one filter and for several."""
    found = [
        small((height, 4, depth), (number, 3, 3, depth), bits, bias=True)
        for height, depth, number in product((3, 5), (1, 2), (1, 2, 3, 5))
    ]
    return in_order([*found, grey(bits, bias=True), grey(bits, bias=True, stride=2, padding=1)])


def batches(bits: int) -> list[Call]:
    """One image and several, with one channel and several; then beside each other option."""
    many = 6, 3, 1, 1
    single: list[dict[str, Any]] = [{"stride": 2}, {"padding": 1}, {"padding": 1, "dilation": 2}]
    beside = [(True, 2, {}), (False, 1, {"groups": 2}), *((False, 2, one) for one in single)]
    return in_order(
        small((images, height, 4, depth), (number, 3, 3, depth), bits, batch=True)
        for images, height, depth, number in (*product((1, 2, 3), (3, 4), (1, 2), (1, 2)), many)
    ) + [
        small((3, 4, 5, 2), (2, 3, 3, depth), bits, batch=True, bias=bias, **options)
        for bias, depth, options in beside
    ]


def features(one: Call) -> tuple[str, ...]:
    """What is out of the ordinary in a call."""
    return of_windows(one, one.arrays[1].shape[1:3], one.plain.get("stride", 1))


def trial() -> Trial:
    """Calls by which it is tried what a target refuses."""
    image, filters = distinct((9, 9, 4)), distinct((4, 3, 3, 4))
    return Trial(
        call("conv", image, filters),
        {
            "stride": {"stride": 2},
            "padding": {"padding": 1},
            "dilation": {"dilation": 2},
            "groups": {"groups": 2, "filters": Argument(distinct((4, 3, 3, 2)))},
            "bias": {"bias": Argument(distinct((4,)))},
        },
        windows_of,
    )


OPTIONS = Options(
    aspects=aspects,
    trial=trial,
    excluded=excluded,
    made=made,
    alone={
        "C10": sizes,
        "C11": strides,
        "C12": paddings,
        "C13": words,
        "C14": dilations,
        "C15": groups,
        "C16": biases,
        "C17": batches,
    },
    features=features,
    left_open=questions,
)
