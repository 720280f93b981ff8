"""Calls that a runtime and we both make, and what comes of comparing the results."""

from collections.abc import Callable
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from cnnspec import spec
from cnnspec.kit.exact import gamma, integers
from cnnspec.spec import Array, SpecError
from cnnspec.spec.parameters import layout
from cnnspec.spec.window import Axis

Random = np.random.RandomState
OPERATIONS = ("conv", "pooling", "average_pooling")


class Call(NamedTuple):
    """One call. arrays: channels last. given: the runtime's parameters; dialect: to the book's."""

    operation: str
    arrays: tuple[Array, ...]
    given: dict[str, Any]
    dialect: Callable[..., dict[str, Any]]

    @property
    def arguments(self) -> dict[str, Any] | None:
        """The book's parameters, or None where the dialect says that it has no such thing."""
        try:
            return self.dialect(**self.given)
        except ValueError:
            return None

    @property
    def axes(self) -> tuple[Axis, Axis]:
        """Its axes of rows and columns. Raises SpecError where windows do not fit."""
        named = dict(self.arguments or {})
        size = named.get("size") or self.arrays[1].shape[1:3]
        words = ("stride", "padding", "dilation", "ceil")
        more = {name: named[name] for name in words if name in named}
        return layout(self.arrays[0].shape[:2], size, **more, clause="fits")


def whole(random: Random, *shape: int) -> Array:
    """Whole numbers so small that every sum is exact in float32."""
    return random.randint(-9, 10, shape).astype(float)


def numbers(random: Random, least: int, most: int, count: int = 2) -> tuple[int, ...]:
    """Some numbers."""
    return tuple(int(one) for one in random.randint(least, most + 1, count))


def steps(random: Random, most: int) -> tuple[int, ...]:
    """Strides or dilations; ones are frequent, since most layers have them."""
    return (1, 1) if random.randint(3) == 0 else numbers(random, 1, most)


def conv_arrays(random: Random, groups: int) -> tuple[Array, ...]:
    """An image, filters and half of the time a bias."""
    depth, share = numbers(random, 1, 2)
    image = whole(random, *numbers(random, 1, 9), groups * depth)
    filters = whole(random, groups * share, *numbers(random, 1, 5), depth)
    bias = (whole(random, groups * share),) if random.randint(2) else ()
    return image, filters, *bias


def map_arrays(random: Random) -> tuple[Array, ...]:
    """A map; half of them have negative numbers alone, so that padding would win."""
    x = whole(random, *numbers(random, 1, 9), int(random.randint(1, 3)))
    return (x - 10 * random.randint(2),)


def ours(module: Any, call: Call) -> Array | None:
    """What the book or the reference computes, or None where it rejects the call."""
    arguments = call.arguments
    if arguments is None:
        return None
    try:
        computed = getattr(module, call.operation)
        return np.asarray(computed(*call.arrays, **arguments, edition="general"))
    except SpecError:
        return None


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
