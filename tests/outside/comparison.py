"""Two results compared: equal where nothing is rounded, else each within the bound of C9 or A5."""

from fractions import Fraction
from typing import NamedTuple

import numpy as np
from outside_call import Call

from cnnspec import spec
from cnnspec.kit.exact import gamma, integers
from cnnspec.spec import Array


class Comparison(NamedTuple):
    """verdict: same, both reject, we reject, they reject, shape or values.

    Of "same" besides: how many elements are equal, within the bound, and left open.
    """

    verdict: str
    exact: int = 0
    bounded: int = 0
    open: int = 0


def compared(call: Call, we: Array | None, they: Array | None, dtype: str) -> Comparison:
    """Their result against ours. dtype: of their numbers, whose roundings the bound allows.

    Where a sum is rounded, or divided by what is no power of two, each is compared with the exact
    result, and may differ from it by C9's bound, or A5's.
    """
    they = None if they is None or not they.size else they  # an empty axis says as much (C18)
    if we is None or they is None:
        both = "both reject" if they is None else "we reject"
        return Comparison(both if we is None else "they reject")
    if we.shape != they.shape:
        return Comparison("shape")
    if call.operation == "conv" and all(map(is_whole, call.arrays)):
        same = np.array_equal(we, they)
        return Comparison("same", we.size) if same else Comparison("values")
    left = np.zeros(we.shape[:2], bool) if call.operation == "conv" else alone(call)
    opened = int(left.sum()) * we.shape[2]
    if call.operation == "pooling":
        same = bool((they == we)[~left].all())
        return Comparison("same" if same else "values", we.size - opened, 0, opened)
    terms = terms_of(call)
    truth = exact_conv(call) if call.operation == "conv" else exact_means(call)
    given = (we, "float64"), (they, dtype)
    if not all(within(one, kind, *truth, terms, left) for one, kind in given):
        return Comparison("values")
    bounded = int(((terms > 0) & ~left).sum()) * we.shape[2]
    return Comparison("same", we.size - opened - bounded, bounded, opened)


def is_whole(numbers_: Array) -> bool:
    """Whether all numbers are whole and small, so that no sum of theirs is rounded."""
    return bool((numbers_ == np.round(numbers_)).all() and np.abs(numbers_).max(initial=0) < 100)


def alone(call: Call) -> Array:
    """Which windows read padding alone: their value is left open."""
    rows, cols = call.axes
    heights, widths = ([len(a.reads(i)) for i in range(a.length)] for a in (rows, cols))
    return np.asarray(np.outer(heights, widths) == 0)


def terms_of(call: Call) -> Array:
    """How many roundings make up an element of each place; 0 where there is none."""
    arguments, (x, *others), (rows, cols) = call.arguments or {}, call.arrays, call.axes
    if call.operation == "conv":
        taps = int(np.prod(others[0].shape[1:])) + len(others[1:])
        return np.full((rows.length, cols.length), taps)
    padded = arguments.get("count_padding")
    heights, widths = (
        [a.counts(i) if padded else len(a.reads(i)) for i in range(a.length)] for a in (rows, cols)
    )
    count = np.outer(heights, widths)
    exact = (count & (count - 1) == 0) if is_whole(x) else np.zeros(count.shape, bool)
    return np.where(exact, 0, count + 1)


as_fractions = np.vectorize(Fraction, otypes=[object])


def exact_means(call: Call) -> tuple[Array, Array]:
    """The exact means, and those of the magnitudes, as fractions."""
    named = {**(call.arguments or {}), "edition": "general"}
    x = as_fractions(call.arrays[0])
    return spec.average_pooling(x, **named), spec.average_pooling(np.abs(x), **named)


def exact_conv(call: Call) -> tuple[Array, Array]:
    """The exact conv, and that of the magnitudes, as fractions; computed with whole numbers."""
    (x, x_unit), (w, w_unit), *bias = (integers(one) for one in call.arrays)
    unit, named = x_unit * w_unit, {**(call.arguments or {}), "edition": "general"}
    pairs = [(x, w), (np.abs(x), np.abs(w))]
    exact, magnitude = (as_fractions(spec.conv(*pair, **named)) / unit for pair in pairs)
    for b, b_unit in bias:
        exact, magnitude = (
            exact + as_fractions(b) / b_unit,
            magnitude + abs(as_fractions(b) / b_unit),
        )
    return exact, magnitude


def within(
    result: Array, dtype: str, exact: Array, magnitude: Array, terms: Array, left: Array
) -> bool:
    """Whether each element lies within the bound, and is exact where nothing is rounded."""
    for i, j in zip(*np.nonzero(~left), strict=True):
        relative = gamma(int(terms[i, j]), dtype)
        for truth, size, found in zip(exact[i, j], magnitude[i, j], result[i, j], strict=True):
            if not np.isfinite(found) or abs(Fraction(float(found)) - truth) > relative * size:
                return False
    return True
