"""Checks of average_pooling, A1 to A5."""

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from cnnspec.kit import filling, window_sizes, windows
from cnnspec.kit.calls import Call, Case
from cnnspec.kit.check import AsVectors, check
from cnnspec.kit.drafts import Drafts, followed
from cnnspec.kit.exact import Interval
from cnnspec.kit.filling import FLOATS
from cnnspec.kit.operation import call
from cnnspec.kit.rejection import of, rejected
from cnnspec.kit.rounding import in_its_precision, within_bound
from cnnspec.kit.session import Deviation, Misshapen, Session, difference, returned
from cnnspec.operations.average_pooling import inputs, oracle
from cnnspec.operations.average_pooling.inputs import NAME
from cnnspec.spec import Array

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

TABLE = "the table of invalid inputs"


@check("A1", NAME, witness=TABLE, cases=of(NAME, "A1"), whole=True)
def rank(session: Session, case: Case) -> None:
    """A map whose rank is not 3 is rejected."""
    rejected(session, case)


@check("A2", NAME, witness=TABLE, cases=of(NAME, "A2"), whole=True)
def window(session: Session, case: Case) -> None:
    """A window that does not fit, or a stride below 1, is rejected."""
    rejected(session, case)


BESIDE = AsVectors(left_out=True)
"""Numbers that not every language has are no vectors."""


@check("A2", NAME, witness=TABLE, cases=window_sizes.no_sizes(NAME), vectors=BESIDE)
def whole_numbers(session: Session, case: Case) -> None:
    """A fraction is no size and no stride; and no size is cut to so many bits that it fits."""
    rejected(session, case)


@check(
    "A2",
    NAME,
    witness="the same call with plain numbers",
    cases=window_sizes.of_numpy(NAME),
    level="strict",
    vectors=BESIDE,
    also=window_sizes.with_plain_numbers,
)
def numbers_of_numpy(session: Session, case: Case) -> None:
    """A whole number of NumPy, which knows its index, is a size and a stride as any other."""
    window_sizes.as_plain_numbers(session, case)


def small(session: Session) -> Drafts:
    """The small deterministic cases; made once for a session, since two clauses share them."""
    return session.memory.drafted(NAME, lambda: inputs.small(session.bits(NAME)))


def shape_of(case: Case) -> tuple[int, ...]:
    """The shape that A3 gives."""
    (x,), (size, stride) = case[-1].arrays, oracle.sizes(case[-1])
    rows, cols = (windows.count(extent, size, stride) for extent in x.shape[:2])
    return rows, cols, x.shape[2]


@check(
    "A3",
    NAME,
    witness="the formula",
    cases=small,
    strategy=inputs.drawn,
    vectors=AsVectors(states="shape"),
)
def shape(session: Session, case: Case) -> None:
    """The shape is (floor((H-S)/T) + 1, floor((W-S)/T) + 1, C)."""
    got, wanted = returned(session.remember(case[-1])), shape_of(case)
    if got.shape != wanted:
        raise Deviation(f"shape {got.shape} instead of {wanted}", session.expected(case[-1]), got)


@check(
    "A3",
    NAME,
    witness="one window",
    cases=window_sizes.huge_strides(NAME),
    vectors=BESIDE,
)
def strides_of_any_size(session: Session, case: Case) -> None:
    """With a stride that 32 or 64 bits do not hold there is one window."""
    window_sizes.one_window(session, case)


def of_right_shape(session: Session, case: Case) -> Array:
    """The result. Raises Misshapen if its shape is wrong, which A3 judges."""
    got = returned(session.remember(case[-1]))
    if got.shape != shape_of(case):
        raise Misshapen("the shape is wrong (A3)")
    return got


def on_grids(session: Session) -> Drafts:
    """The small cases, and maps that invite shortcuts."""
    others = inputs.structured(session.bits(NAME))
    return followed(small(session), ((one,) for one in others))


@check("A4", NAME, witness="sums in NumPy on exact grids", cases=on_grids, strategy=inputs.drawn)
def values(session: Session, case: Case) -> None:
    """Every element is the mean of its window: exactly for counts of 2^k, else within A5."""
    session.require(case[-1], of_right_shape(session, case))


def larger(session: Session) -> Iterator[Case]:
    """A few larger maps."""
    for shape_, size, stride in (((20, 23, 2), 4, 2), ((33, 30, 3), 5, 3), ((40, 41, 1), 8, 1)):
        x = inputs.grid(shape_, size, "float64", session.bits(NAME), "larger")
        yield (call(NAME, x, size, stride),)


@check("A4", NAME, witness="products with matrices of ones", cases=larger, strategy=inputs.drawn)
def products(session: Session, case: Case) -> None:
    """The sums of windows are a product: the map between a matrix for its rows and its columns."""
    one = case[-1]
    (x,), (size, stride) = one.arrays, oracle.sizes(one)
    got = of_right_shape(session, case)
    height, width, _ = x.shape
    rows, cols, _ = shape_of(case)
    down, across = chosen(rows, height, size, stride), chosen(cols, width, size, stride)
    sums = np.tensordot(np.tensordot(down, x.astype(float), (1, 0)), across, (1, 1))
    wanted = np.moveaxis(sums, 2, 1) / size**2
    text = difference(got, wanted, session.bound(one))
    if text:
        raise Deviation(text, wanted, got)


def chosen(length: int, extent: int, size: int, stride: int) -> Array:
    """A matrix (length, extent): 1 where a window of the result reads an element, else 0."""
    first = stride * np.arange(length)[:, np.newaxis]
    place = np.arange(extent)
    return ((first <= place) & (place < first + size)).astype(float)


def rounding(_session: Session) -> Iterator[Case]:
    """General floats of ordinary and of very different sizes, and sums that nearly cancel."""
    for (shape_, size), dtype in (
        (one, dtype)
        for one in (((5, 6, 2), 2), ((6, 5, 1), 3), ((8, 7, 2), 5), ((9, 9, 1), 7), ((3, 3, 3), 1))
        for dtype in FLOATS
    ):
        random = filling.random_for("rounding", NAME, shape_, dtype)
        x = random.standard_normal(shape_)
        spread = x * np.exp2(random.randint(-20, 21, shape_))
        for values_ in (x, spread, 1 + x / 1000, x - x.mean(), np.full(shape_, 0.1)):
            yield (call(NAME, values_.astype(dtype), size, 1),)


def within(call: Call) -> Iterator[Interval]:
    """The exact result of a call, and A5's bound."""
    return oracle.intervals(call, call.arrays[0].dtype)


def general(_session: Session) -> "SearchStrategy[Case]":
    """Average poolings of general floats."""
    from cnnspec.operations.average_pooling.strategies import general_averages

    return general_averages()


@check(
    "A5",
    NAME,
    witness="exact rational arithmetic",
    cases=rounding,
    strategy=general,
    vectors=AsVectors(bounded=within),
)
def rounding_error(session: Session, case: Case) -> float:
    """The error stays within the bound that any order of summation keeps."""
    one = in_its_precision(session, case[-1])
    got = of_right_shape(session, (one,))
    return within_bound(session, one, got, partial(oracle.intervals, one))
