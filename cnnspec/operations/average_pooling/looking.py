"""How average_pooling looks through windows, and by what it may divide."""

from collections.abc import Callable

import numpy as np

from cnnspec.dialects import rules
from cnnspec.kit.looking import Way, Windows, reads
from cnnspec.kit.window_looking import counts, divided, looking, mean
from cnnspec.spec import Array

DIVISOR = (
    "Divide by the number of cells in the map; with count_padding by that in the padded map, never "
    "by cells beyond it."
)
Divisors = tuple[Array, Array, Array]
"""The cells of the map, those of the padded map and all, of each window (Ho, Wo)."""


def by_dialect(rule: rules.Divisor) -> Callable[[Windows], Array]:
    """For each window, the product of what a runtime counts along rows and along columns."""

    def counted(windows: Windows) -> Array:
        rows, columns = (
            np.array(
                [
                    rule(asked.extent, laid.size, i * laid.stride - laid.before, *laid[3:5])
                    for i in range(laid.length)
                ],
                int,
            )
            for asked, laid in zip(windows.asked, windows.laid, strict=True)
        )
        return np.outer(rows, columns)

    return counted


def registered() -> list[Way]:
    """A way for each rule of a runtime: always, and where count_padding is given or is not."""
    found = []
    for words, rule in rules.DIVISORS.items():
        counted = by_dialect(rule)
        for when, where in WHEN.items():
            name = "-".join(f"{words} {when}".split()).replace(",", "")

            def step(
                count: bool,
                windows: Windows,
                real: Array,
                inside: Array,
                _every: Array,
                counted: Callable[[Windows], Array] = counted,
                where: Callable[[bool, Windows], bool] = where,
            ) -> Array:
                return counted(windows) if where(count, windows) else inside if count else real

            sentence = f"{words[:1].upper()}{words[1:]}{when and ' '}{when}."
            found.append(Way(name, sentence, DIVISOR, step))
    return found


WHEN: dict[str, Callable[[bool, Windows], bool]] = {
    "": lambda _count, _windows: True,
    "with count_padding": lambda count, _windows: count,
    "without count_padding": lambda count, _windows: not count,
    "with padding in words": lambda _count, windows: bool(windows.asked[0].word),
    "with ceil": lambda _count, windows: windows.asked[0].ceil,
    "without ceil": lambda _count, windows: not windows.asked[0].ceil,
    "with ceil and without count_padding": lambda count, windows: (
        windows.asked[0].ceil and not count
    ),
    "with ceil and count_padding": lambda count, windows: windows.asked[0].ceil and count,
}


def mixed(rows: int, columns: int) -> Callable[..., Array]:
    """Along rows and along columns other cells count without count_padding.

    rows, columns: 0 for those of the map, 1 for the padded map, 2 for all.
    """

    def step(count: bool, windows: Windows, _real: Array, inside: Array, _every: Array) -> Array:
        return inside if count else mixed_counts(windows, rows, columns)

    return step


def mixed_counts(windows: Windows, rows: int, columns: int) -> Array:
    """The product of two kinds of counts."""
    both = [counts(one) for one in zip(windows.asked, windows.laid, strict=True)]
    return np.outer(both[0][rows], both[1][columns])


def of_the_first(
    count: bool, _windows: Windows, real: Array, inside: Array, _every: Array
) -> Array:
    """The count of the first window for all."""
    right = inside if count else real
    return np.full_like(right, right.flat[0]) if right.size else right


def of_the_last(count: bool, _windows: Windows, real: Array, inside: Array, _every: Array) -> Array:
    """The count of the last window for all."""
    right = inside if count else real
    return np.full_like(right, right.flat[-1]) if right.size else right


def the_other(count: bool, _windows: Windows, real: Array, inside: Array, _every: Array) -> Array:
    """What counts without count_padding counts with it, and the other way round."""
    return real if count else inside


OTHERS = (
    Way(
        "divides-by-padding-the-wrong-way-round",
        "Padding counts without count_padding, and does not count with it.",
        DIVISOR,
        the_other,
    ),
    Way(
        "divides-by-the-size-along-columns",
        "Without count_padding, all columns of a window count, and the rows in the map alone.",
        DIVISOR,
        mixed(0, 2),
    ),
    Way(
        "divides-by-the-size-along-rows",
        "Without count_padding, all rows of a window count, and the columns in the map alone.",
        DIVISOR,
        mixed(2, 0),
    ),
    Way(
        "divides-by-padding-along-columns",
        "Without count_padding, columns in the padding count, and rows in the map alone.",
        DIVISOR,
        mixed(0, 1),
    ),
    Way(
        "divides-by-padding-along-rows",
        "Without count_padding, rows in the padding count, and columns in the map alone.",
        DIVISOR,
        mixed(1, 0),
    ),
    Way(
        "divides-by-the-count-of-the-first-window",
        "All sums are divided by the count of the first window.",
        DIVISOR,
        of_the_first,
    ),
    Way(
        "divides-by-the-count-of-the-last-window",
        "All sums are divided by the count of the last window.",
        DIVISOR,
        of_the_last,
    ),
)


def edge_where_it_counts(count: bool, windows: Windows) -> tuple[Array, Array]:
    """What windows read if padding that counts repeats the cells of the edge."""
    if not count:
        return windows.reads
    rows, columns = (
        reads(laid, asked.extent, lambda places, extent: np.clip(places, 0, extent - 1))
        for asked, laid in zip(windows.asked, windows.laid, strict=True)
    )
    return rows, columns


HELD = (
    Way(
        "padding-that-counts-repeats-the-edge",
        "With count_padding, padding repeats the cells of the edge, that of words, too.",
        "Padding adds nothing to the sum, though it may count.",
        edge_where_it_counts,
    ),
)

LOOKING = looking(mean, {"divisor": (*registered(), *OTHERS), "held": HELD}, divided)
