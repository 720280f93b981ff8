"""How the calls of poolings vary in their options, alone and together."""

from collections.abc import Callable, Hashable, Iterable, Mapping
from functools import partial
from itertools import product
from typing import Any

import numpy as np

from cnnspec.kit import geometry
from cnnspec.kit import option_aspects as kit
from cnnspec.kit.aspects import spans
from cnnspec.kit.calls import Call
from cnnspec.kit.covering import Row
from cnnspec.kit.filling import Shape, distinct, random_for, whole
from cnnspec.kit.left_open import Question
from cnnspec.kit.operation import call
from cnnspec.kit.option_aspects import Options, Random, Takes
from cnnspec.kit.option_axes import PLAIN, Drawn, Kind
from cnnspec.kit.option_features import of_windows
from cnnspec.kit.restriction import Trial
from cnnspec.kit.settings import WORDS
from cnnspec.kit.window_options import windows_of

SIZES = spans(2, 1, 3, 4, (5, 6))
DILATIONS = (1, 2, 3)
BITS = 7
"""Bits of the numbers of a map: every dtype holds them."""

LONG = "float64, long numbers"
LEAST_BITS, SUMS = 24, 7
"""Targets of fewer bits get no long numbers. So many bits more than these has their sum."""

UNIT = 2.0**20
"""By so much long numbers are multiplied: many lie below the -1e9 that some take for -inf."""

Alone = Mapping[str, Callable[[int], list[Call]]]


def kind_of(dilation: bool) -> Kind:
    """What axes a pooling has. dilation: whether there is such an option."""
    return Kind(SIZES, DILATIONS if dilation else DILATIONS[:1], pinned=True)


def aspects_of(dilation: bool, flags: tuple[str, ...]) -> Callable[[Takes], Any]:
    """A function that gives all aspects, with the levels that a target can be given."""

    def aspects(takes: Takes) -> Mapping[str, tuple[Hashable, ...]]:
        found: dict[str, tuple[Hashable, ...]] = {
            **kit.of_axes(kind_of(dilation)),
            "padding in words": (PLAIN, *(word for word in WORDS if takes("padding", word))),
            "channels": spans(1, (2, 3), (4, 9)),
            "images": spans(0, 1, (2, 3)) if takes("batch", "mark") else spans(0),
            "dtype": (*kit.DTYPES, LONG),
            "layout": kit.LAYOUTS,
        }
        for flag in flags:
            found[flag] = (False, True) if takes(flag, "flag") else (False,)
        options = ("padding", *(["dilation"] if dilation else []))
        return kit.as_taken(found, (*options, "size", "stride"), takes)

    return aspects


def maker(operation: str, dilation: bool, flags: tuple[str, ...]) -> Callable[..., Call | None]:
    """A function that makes a call of a row."""
    names = ("size", "stride", "padding", *(["dilation"] if dilation else []))

    def made(row: Row, takes: Takes, random: Random, bits: int) -> Call | None:
        axes = kit.axes_of(kind_of(dilation), row, random, kit.single_in(names, takes))
        options = None if axes is None else settings(row, axes, names, takes, random)
        if axes is None or options is None:
            return None
        options |= {flag: True for flag in flags if row[flag]}
        images = kit.span(row, "images", random)
        if images:
            options["batch"] = True
        extents = [axis.line.extent for axis in axes]
        shape = (*([images] if images else []), *extents, kit.span(row, "channels", random))
        one = filled(operation, shape, (str(row["dtype"]), bits), random, **options)
        return with_fractions(one).laid_out(str(row["layout"]))

    return made


def settings(
    row: Row, axes: list[Drawn], names: tuple[str, ...], takes: Takes, random: Random
) -> dict[str, Any] | None:
    """Size, stride, padding and dilation, each in a form that the target takes; or None."""
    given: dict[str, Any] = {
        "size": [axis.line.size for axis in axes],
        "stride": [axis.line.stride for axis in axes],
        "padding": [(axis.before, axis.behind) for axis in axes],
        "dilation": [axis.line.dilation for axis in axes],
    }
    found: dict[str, Any] = {}
    for name in names:
        rows, columns = given[name]
        plain: Any = {"padding": (0, 0), "dilation": 1}.get(name)
        if name == "padding" and row["padding in words"] != PLAIN:
            found[name] = str(row["padding in words"])
        elif (rows, columns) != (plain, plain):
            found[name] = kit.in_form(name, rows, columns, takes, random)
            if found[name] is None:
                return None
    return found


def filled(
    operation: str, shape: Shape, numbers: tuple[str, int], random: Random, **options: Any
) -> Call:
    """A call on a map of whole numbers; most are below zero, where the dtype has such.

    numbers: a level of dtypes, and the bits of the target's significand.
    """
    level, bits = numbers
    is_long = level == LONG and bits >= LEAST_BITS
    width, unit = (min(bits - SUMS, kit.LONG), UNIT) if is_long else (BITS, 1.0)
    dtype = np.dtype(level.partition(",")[0])
    x = whole(random, shape, width - 1)
    if dtype.kind == "u":
        x = np.abs(x)
    elif random.randint(4):
        x = x - 2.0**width
    return call(operation, (x * unit).astype(dtype), **options)


def with_fractions(one: Call) -> Call:
    """The call with halves in floats: who keeps a padded copy in integers loses them."""
    (x,) = one.arrays
    return one.with_arrays([x * x.dtype.type(0.5)]) if x.dtype.kind == "f" else one


DEFAULTS = {"size": 2, "stride": 2, "padding": 0, "dilation": 1, "ceil": False}
"""What a pooling is given where an option is left out."""


def is_pinned(one: Call) -> bool:
    """Whether each window has an element of the map: what padding alone gives is left open."""
    given: dict[str, Any] = {**DEFAULTS, **one.plain}
    extents = one.arrays[0].shape[-3:-1]
    along = geometry.lines(extents, given["size"], given["stride"], given["dilation"])
    padding = geometry.padding_of(given["padding"], along)
    return all(
        geometry.all_read(line, sides, ceil=given["ceil"])
        for line, sides in zip(along, padding, strict=True)
    )


def features(one: Call) -> tuple[str, ...]:
    """What is out of the ordinary in a call."""
    given: dict[str, Any] = {**DEFAULTS, **one.plain}
    return of_windows(one, given["size"], given["stride"])


# Alone


def small(operation: str, shape: Shape, **options: Any) -> Call:
    """A small call, with numbers that belong to its shape."""
    random = random_for("alone", operation, shape, sorted(options.items(), key=str))
    return filled(operation, shape, ("float64", BITS), random, **options)


def in_order(calls: Iterable[Call]) -> list[Call]:
    """Calls that are pinned, those of few elements first."""
    return sorted((one for one in calls if is_pinned(one)), key=lambda one: one.arrays[0].size)


def pairs(operation: str) -> list[Call]:
    """Sizes and strides that differ along rows and columns."""
    sizes = list(product((1, 2, 3), repeat=2))
    found = [
        small(operation, (size[0] + 3, size[1] + 2, 1), size=size, stride=stride)
        for size, stride in product(sizes, sizes)
        if size[0] != size[1] or stride[0] != stride[1]
    ]
    return in_order([*found, small(operation, (3, 39, 1), size=(1, 3), stride=(1, 2))])


def paddings(operation: str, flags: tuple[str, ...] = ()) -> list[Call]:
    """Padding of less than the size on each side. flags: options that are tried with it, too."""
    found = list[Call]()
    for some in (dict.fromkeys(flags[:n], True) for n in range(len(flags) + 1)):
        for size, stride in ((2, 1), (2, 2), (3, 2), (3, 1)):
            for padding in (1, (1, 0), (0, 1), *product(product((0, 1), repeat=2), repeat=2)):
                given = {"size": size, "stride": stride, "padding": padding, **some}
                found.append(small(operation, (4, 5, 1), **given))
    for shape in ((37, 2, 1), (2, 37, 1)):
        found.append(small(operation, shape, size=2, stride=2, padding=1))
    return in_order(one for one in found if one.plain["padding"] != ((0, 0), (0, 0)))


def in_words(operation: str) -> list[Call]:
    """Padding by words, also where a stride is larger than a window."""
    return in_order(
        small(operation, (extent, 4, 1), size=size, stride=stride, padding=word)
        for word, size, stride in product(WORDS, (1, 2, 3), (1, 2, 3, 4))
        for extent in range(size if word == "valid" else 1, 7)
    )


def words_with_dilation(operation: str) -> list[Call]:
    """Padding by words, where windows are spread."""
    return in_order(
        small(operation, (extent, 4, 1), size=2, stride=stride, padding=word, dilation=2)
        for word, stride in product(WORDS, (1, 2))
        for extent in range(3 if word == "valid" else 1, 6)
    )


def words_with(operation: str, flag: str) -> list[Call]:
    """Padding by words, with a flag."""
    return in_order(
        small(operation, (extent, 4, 1), size=size, stride=stride, padding=word, **{flag: True})
        for word, (size, stride) in product(WORDS, ((2, 2), (3, 2), (2, 3)))
        for extent in range(size if word == "valid" else 1, 5)
    )


def wide_with_dilation(operation: str) -> list[Call]:
    """Padding of the size or more, which is less than half of what a spread window spans."""
    return in_order(
        small(operation, shape, size=2, stride=stride, padding=padding, dilation=dilation)
        for padding, dilation in ((2, 2), (2, 3), (3, 3), (((2, 0), (0, 2)), 2))
        for stride, shape in product((1, 2), ((3, 4, 1), (4, 3, 1)))
    )


def dilations(operation: str) -> list[Call]:
    """Dilations up to 3, and one of 5."""
    every = [one if one[0] != one[1] else one[0] for one in product((1, 2, 3), repeat=2)]
    found = [
        small(operation, (height, width, 1), size=2, stride=stride, dilation=dilation)
        for dilation, stride in product(every, (1, 2))
        for height, width in ((4, 5), (6, 4))
        if dilation != 1
    ]
    return in_order([*found, small(operation, (8, 9, 1), size=2, stride=1, dilation=5)])


def ceils(operation: str) -> list[Call]:
    """Lengths that are rounded up: with and without a window that starts in the padding."""
    return in_order(
        small(operation, (height, 5, 1), size=size, stride=stride, ceil=True, **padded)
        for size, stride in product((1, 2, 3), (1, 2, 3, 4))
        for padded in ({}, {"padding": 1})
        for height in range(size, 8)
        if size > len(padded)
    )


def ceils_of_columns(operation: str) -> list[Call]:
    """Widths that are rounded up: without padding, and with some at one end."""
    ends = (0, 0), (1, 0), (0, 1)
    return in_order(
        small(
            operation,
            (1, width, 1),
            size=(1, size),
            stride=(1, stride),
            ceil=True,
            **({"padding": ((0, 0), columns)} if any(columns) else {}),
        )
        for size, stride, columns in product((2, 3), (2, 3), ends)
        for width in range(size, 6)
    )


def ceils_with_unlike_sides(operation: str) -> list[Call]:
    """Lengths that are rounded up, with padding at one end of rows and at the other of columns."""
    return in_order(
        small(operation, (height, 4, 1), size=2, stride=stride, ceil=True, padding=padding)
        for padding in (((1, 0), (0, 1)), ((0, 1), (1, 0)))
        for stride, height in product((2, 3), (3, 4))
    )


def ceils_beyond_padding(operation: str, **flags: bool) -> list[Call]:
    """Lengths that are rounded up along one axis, whose last window reaches beyond the padding."""
    along = [
        (shape, padding)
        for ends in ((0, 1), (1, 0), (1, 2), (2, 1))
        for n in (4, 5)
        for shape, padding in (((n, 3, 1), (ends, (0, 0))), ((3, n, 1), ((0, 0), ends)))
    ]
    return in_order(
        small(operation, shape, size=3, stride=stride, padding=padding, ceil=True, **flags)
        for stride in (2, 3)
        for shape, padding in along
    )


def batches(operation: str, *names: str) -> list[Call]:
    """One map and several; then beside padding, and beside the options of those names."""
    beside = [{"padding": 1}, *({name: 2 if name == "dilation" else True} for name in names)]
    shapes = (3, 4, 4, 2), (3, 5, 5, 2)
    return in_order(
        small(operation, (images, 4, 5, channels), size=size, stride=2, batch=True)
        for images, channels, size in (*product((1, 2, 3), (1, 2, 3), (1, 2, 3)), (6, 1, 2))
    ) + in_order(
        small(operation, shape, size=size, stride=2, batch=True, **given)
        for shape, size, given in product(shapes, (2, 3), beside)
    )


def options_of(
    operation: str,
    alone: Alone,
    *,
    dilation: bool = False,
    flags: tuple[str, ...],
    left_open: Callable[[], Mapping[str, Question]],
) -> Options:
    """How the options of a pooling vary, and what their clauses leave open."""
    return Options(
        aspects=aspects_of(dilation, flags),
        excluded=partial(kit.excluded, kind_of(dilation)),
        made=maker(operation, dilation, flags),
        alone=alone,
        pinned=is_pinned,
        features=features,
        left_open=left_open,
        trial=partial(trial, operation, dilation, flags),
    )


def trial(operation: str, dilation: bool, flags: tuple[str, ...]) -> Trial:
    """Calls by which it is tried what a target refuses."""
    settings: dict[str, dict[str, Any]] = {"padding": {"padding": 1}}
    if dilation:
        settings["dilation"] = {"dilation": 2}
    settings |= {flag: {flag: True} for flag in flags}
    return Trial(call(operation, distinct((9, 9, 2)), size=3, stride=2), settings, windows_of)
