"""What the checks of invalid input share."""

from collections.abc import Callable, Iterator
from itertools import product

import numpy as np

from cnnspec.kit.calls import LOST, Call, Outcome, call
from cnnspec.kit.drawing import INVALID_CONV, INVALID_POOLING
from cnnspec.kit.session import Case, Deviation, Session, difference, returned
from cnnspec.operations import oracle
from cnnspec.spec import Array

ACCIDENTS = {"IndexError", "KeyError", "AttributeError", "AssertionError", "ZeroDivisionError"}
"""Exceptions that come from inside an implementation that did not look at its input."""


Shape = tuple[int, ...]


def distinct(shape: Shape) -> Array:
    """Distinct values, so that an input that is wrongly accepted gives a result to look at."""
    return np.arange(1.0, 1 + np.prod(shape)).reshape(shape)


def invalid_convs(*wanted: str) -> Iterator[Call]:
    """Invalid conv calls whose first broken clause is wanted: the table, and all small shapes."""
    shapes = [(image, filters) for _, image, filters in INVALID_CONV]
    for image, filters in [*shapes, *odd_ranks(), *odd_channels(), *odd_filters()]:
        if 0 in filters[1:3]:  # a filter without taps: what it gives is not specified
            continue
        one = call("conv", distinct(image), distinct(filters))
        if oracle.broken(one, "standard") in wanted:
            yield from in_both_precisions(one)


def in_both_precisions(one: Call) -> Iterator[Call]:
    """A call, and one in four of them in float32 too: runtimes have other kernels for it."""
    yield one
    if sum(array.size for array in one.arrays) % 4 == 0:
        yield one.with_arrays([array.astype(np.float32) for array in one.arrays])


def odd_ranks() -> Iterator[tuple[Shape, Shape]]:
    """Images and filters of all ranks up to 5, for one and for several channels and filters."""
    for number, channels, size in ((1, 1, 3), (2, 1, 1), (1, 3, 3), (2, 3, 1), (3, 3, 3)):
        image, bank = (7, 7, channels, 2, 2), (number, size, size, channels, 2, 2)
        images = [*(image[:rank] for rank in range(6)), (1, 7, 7, channels)]
        filters = [*(bank[:rank] for rank in range(7)), (size, size), (1, *bank[:4])]
        yield from product(images, filters)


def odd_channels() -> Iterator[tuple[Shape, Shape]]:
    """Fewer and more channels."""
    for of_image, of_filters in product((1, 2, 3, 4, 5, 8), repeat=2):
        yield (5, 6, of_image), (2, 3, 3, of_filters)
        yield (3, 3, of_image), (1, 1, 1, of_filters)


def odd_filters() -> Iterator[tuple[Shape, Shape]]:
    """Filters that are not square, or even, or larger than the image in either direction."""
    for rows, cols in product((1, 2, 3, 4, 5, 6), repeat=2):
        yield (7, 8), (2, rows, cols)
        yield (7, 7, 3), (1, rows, cols, 3)
    for size, height, width in product((3, 5, 7, 9), (1, 2, 3, 4, 6, 8), (1, 2, 4, 5, 8)):
        yield (height, width), (1, size, size)
        yield (height, width, 2), (3, size, size, 2)


def invalid_poolings(*wanted: str) -> Iterator[Call]:
    """Invalid pooling calls whose broken clause is wanted: the table, and all small shapes."""
    calls = [(shape, size, stride) for _, shape, size, stride in INVALID_POOLING]
    for shape, size, stride in [*calls, *odd_maps(), *odd_windows()]:
        if isinstance(size, int) and isinstance(stride, int):
            one = call("pooling", distinct(shape), size, stride)
            if oracle.broken(one, "standard") in wanted:
                yield from in_both_precisions(one)


def odd_maps() -> Iterator[tuple[Shape, int, int]]:
    """Maps of all ranks up to 5."""
    ranks = [(), (4,), (4, 4), (4, 5), (1, 4, 4, 1), (2, 4, 5, 3), (1, 1, 4, 4, 2)]
    yield from product(ranks, (1, 2), (1, 2))


def odd_windows() -> Iterator[tuple[Shape, int, int]]:
    """Windows and strides of all kinds, on maps that are square, wide and tall."""
    shapes = [(4, 4, 1), (3, 6, 2), (6, 3, 2), (1, 5, 1), (5, 1, 1), (1, 1, 3), (7, 7, 3)]
    yield from product(shapes, (-3, -2, -1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 20), (-3, -1, 0, 1, 2, 3))


def of(calls: Callable[..., Iterator[Call]], *wanted: str) -> Callable[[Session], Iterator[Case]]:
    """Cases of one call each, for `check`."""
    return lambda _session: ((one,) for one in calls(*wanted))


def rejected(session: Session, case: Case) -> None:
    """Raise Deviation unless the call is rejected, or gives what its edition allows instead."""
    one = case[-1]
    outcome = session.outcome(one)
    if outcome.kind in LOST:
        raise Deviation(f"invalid input is not rejected: {outcome.message}", lost=True)
    if outcome.kind == "rejected":
        return
    clause = oracle.broken(one, session.edition)
    got = returned(outcome)
    if session.edition == "standard" and allowed(one, outcome):
        return
    raise Deviation(f"invalid input ({clause}) gives a result of shape {got.shape}", None, got)


def allowed(one: Call, outcome: Outcome) -> bool:
    """Whether a result for invalid input is one that edition standard allows.

    Filters that are not square or not odd may be computed, if rightly; where a filter or a window
    does not fit, a result without elements is one.
    """
    got = outcome.value
    if got is None:
        return False
    if one.operation == "pooling":
        x, size, stride = one.arrays[0], *oracle.sizes(one)
        return x.ndim == 3 and size > min(x.shape[:2]) and stride >= 1 and got.size == 0
    image, filters = one.arrays
    if (image.ndim, filters.ndim) not in ((2, 3), (3, 4)) or 0 in filters.shape[1:3]:
        return False
    if image.ndim == 3 and image.shape[2] != filters.shape[3]:
        return False
    if filters.shape[1] > image.shape[0] or filters.shape[2] > image.shape[1]:
        return got.size == 0
    four = filters if filters.ndim == 4 else filters[..., np.newaxis]
    three = image if image.ndim == 3 else image[..., np.newaxis]
    return difference(got, oracle.slid(three, four)) is None
