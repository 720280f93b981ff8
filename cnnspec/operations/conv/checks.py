"""Checks of conv, C1 to C9."""

from collections.abc import Iterator
from functools import partial
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from cnnspec.kit import filling
from cnnspec.kit.calls import Call, Case
from cnnspec.kit.check import AsVectors, always, check
from cnnspec.kit.drafts import Drafts, followed
from cnnspec.kit.exact import Interval
from cnnspec.kit.filling import distinct
from cnnspec.kit.operation import call
from cnnspec.kit.rejection import causes, of, rejected
from cnnspec.kit.rounding import in_its_precision, within_bound
from cnnspec.kit.session import Declined, Deviation, Misshapen, Session, returned, same
from cnnspec.operations.conv import inputs, oracle
from cnnspec.operations.conv.drawing import conv_call
from cnnspec.spec import Array

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy


@check("C1", "conv", witness="the table of invalid inputs", cases=of("conv", "C1"), whole=True)
def ranks(session: Session, case: Case) -> None:
    """Ranks that do not agree are rejected."""
    rejected(session, case)


@check("C2", "conv", witness="the table of invalid inputs", cases=of("conv", "C2"), whole=True)
def channel_counts(session: Session, case: Case) -> None:
    """More or fewer channels than the filters have are rejected."""
    rejected(session, case)


@check("C3", "conv", witness="the table of invalid inputs", cases=of("conv", "C3"), whole=True)
def square(session: Session, case: Case) -> None:
    """Filters that are not square are rejected (standard: or computed rightly)."""
    rejected(session, case)


@check("C4", "conv", witness="the table of invalid inputs", cases=of("conv", "C4"), whole=True)
def odd(session: Session, case: Case) -> None:
    """Filters of even size are rejected (standard: or computed rightly)."""
    rejected(session, case)


@check("C5", "conv", witness="the table of invalid inputs", cases=of("conv", "C5"), whole=True)
def fits(session: Session, case: Case) -> None:
    """A filter larger than the image is rejected (standard: or gives no elements)."""
    rejected(session, case)


def small(session: Session) -> Drafts:
    """The small deterministic cases; made once for a session, since two clauses share them."""
    return session.memory.drafted("conv", lambda: inputs.small(session.bits("conv")))


@check(
    "C6",
    "conv",
    witness="the formula",
    cases=small,
    strategy=inputs.drawn,
    vectors=AsVectors(states="shape"),
)
def shape(session: Session, case: Case) -> None:
    """The shape of the result is (H-K+1, W-K+1, N)."""
    got = returned(session.remember(case[-1]))
    image, filters = case[-1].arrays
    size = filters.shape[1]
    wanted = (image.shape[0] - size + 1, image.shape[1] - size + 1, len(filters))
    if got.shape != wanted:
        raise Deviation(f"shape {got.shape} instead of {wanted}", session.expected(case[-1]), got)


def structured(session: Session) -> Drafts:
    """Small convs first, then those that invite shortcuts."""
    others = inputs.structured(session.bits("conv"))
    return followed(small(session), ((one,) for one in others))


def wider(_session: Session) -> Iterator[Case]:
    """Convs with more columns, channels and filters, and one shape with two contents."""
    for image, filters in (
        ((3, 40), (1, 3, 3)),
        ((40, 3), (2, 3, 3)),
        ((3, 4, 4), (5, 3, 3, 4)),
        ((3, 4, 9), (1, 3, 3, 9)),
        ((9, 8), (1, 7, 7)),
    ):
        first, second = (conv_call(image, filters, seed=seed) for seed in ("one", "other"))
        yield first, second


@check(
    "C7",
    "conv",
    witness="the book on exact grids",
    cases=structured,
    strategy=inputs.drawn,
    vectors=AsVectors(more=wider),
)
def values(session: Session, case: Case) -> None:
    """Every element equals the sum of the formula, to the bit."""
    same(of_right_shape(session, case), session.expected(case[-1]))


def larger(session: Session) -> Iterator[Case]:
    """A few larger convs, with one huge pixel, which shows FFT and Winograd."""
    bits = session.bits("conv")
    for image, filters in (
        ((20, 23), (2, 3, 3)),
        ((33, 30, 3), (4, 5, 5, 3)),
        ((40, 41), (1, 11, 11)),
        ((26, 27, 16), (9, 3, 3, 16)),
        ((64, 70, 2), (3, 7, 7, 2)),
    ):
        one = conv_call(image, filters, "float64", bits - 8, "larger")
        image_values = one.arrays[0]
        image_values[image[0] // 2, image[1] // 2] *= 2.0**8
        yield (one,)


@check(
    "C7",
    "conv",
    witness="NumPy's one-dimensional correlate on exact grids",
    cases=larger,
    vectors=AsVectors(room=1_000),
)
def correlate(session: Session, case: Case) -> None:
    """Larger convs equal NumPy's correlation of their channels, laid out in a line, to the bit."""
    image, filters = (a.astype(float) for a in case[-1].arrays)
    if image.ndim == 2:
        image, filters = image[..., np.newaxis], filters[..., np.newaxis]
    channels = range(image.shape[2])
    maps = [sum(in_line(image[..., c], one[..., c]) for c in channels) for one in filters]
    same(of_right_shape(session, case), np.stack(maps, axis=2))


def in_line(channel: Array, weights: Array) -> Array:
    """The correlation of a channel (H, W) with weights (K, K), both laid out in a line.

    The weights lie in that line as far apart as the elements that they meet; windows that reach
    around the end of a row are left out.
    """
    (height, width), size = channel.shape, len(weights)
    rows, cols = height - size + 1, width - size + 1
    line = np.zeros((size, width))
    line[:, :size] = weights
    reach = (size - 1) * width + size
    along = np.correlate(channel.ravel(), line.ravel()[:reach], "valid")
    return np.pad(along, (0, size - 1)).reshape(rows, width)[:, :cols]


def of_right_shape(session: Session, case: Case) -> Array:
    """The result. Raises Misshapen if its shape is wrong, which C6 judges."""
    got = returned(session.remember(case[-1]))
    image, filters = case[-1].arrays
    size = filters.shape[1]
    if got.shape != (image.shape[0] - size + 1, image.shape[1] - size + 1, len(filters)):
        raise Misshapen("the shape is wrong (C6)")
    return got


def pairs(_session: Session) -> Iterator[Case]:
    """Calls that break one clause each, and then calls that break two; the last is judged."""
    alone = {
        "C2": call("conv", distinct((7, 7, 3)), distinct((2, 3, 3, 2))),
        "C3": call("conv", distinct((7, 7)), distinct((2, 3, 5))),
        "C4": call("conv", distinct((7, 7)), distinct((2, 4, 4))),
    }
    both = {
        ("C2", "C3"): call("conv", distinct((7, 7, 3)), distinct((2, 3, 5, 2))),
        ("C2", "C4"): call("conv", distinct((7, 7, 3)), distinct((2, 4, 4, 2))),
        ("C3", "C4"): call("conv", distinct((7, 7)), distinct((2, 2, 4))),
    }
    for (first, second), one in both.items():
        yield alone[first], alone[second], one


@check(
    "C8",
    "conv",
    witness="the clauses that the rejections name, or their words",
    cases=pairs,
    vectors=AsVectors(requires=always("cause")),
)
def order(session: Session, case: Case) -> None:
    """Of two causes the first is reported, where the target's messages tell them apart."""
    first, second, both = (causes("conv", session.outcome(one)) for one in case)
    if len(first) != 1 or len(second) != 1 or first == second or len(both) != 1:
        raise Declined("the messages do not tell the causes apart")
    if both == second:
        raise Deviation(f"{both.pop()} is reported, though {first.pop()} fails too and comes first")


def alone(_session: Session) -> Iterator[Case]:
    """Pairs of calls that break one clause each."""
    calls = {
        "C2": (((7, 7, 3), (2, 3, 3, 2)), ((5, 6, 1), (1, 3, 3, 4))),
        "C3": (((7, 7), (2, 3, 5)), ((6, 7, 2), (3, 3, 1, 2))),
        "C4": (((7, 7), (2, 4, 4)), ((6, 7, 2), (3, 2, 2, 2))),
    }
    for first, second in combinations(calls, 2):
        for one, other in zip(calls[first], calls[second], strict=True):
            yield tuple(call("conv", distinct(x), distinct(w)) for x, w in (one, other))


@check(
    "C8",
    "conv",
    witness="the clauses that the rejections name, or their words",
    cases=alone,
    vectors=AsVectors(left_out=True),  # C2, C3 and C4 have these calls
)
def not_exchanged(session: Session, case: Case) -> None:
    """What is reported of two causes, each alone, is not the other one each time."""
    broken = [oracle.broken(one, session.edition) for one in case]
    said = [causes("conv", session.outcome(one)) for one in case]
    if not all(len(one) == 1 for one in said) or said[0] == said[1]:
        raise Declined("the messages do not tell the causes apart")
    first, second = (next(iter(one)) for one in said)
    if [first, second] == broken[::-1]:
        text = f"where only {broken[0]} fails, {first} is reported, and the other way round"
        raise Deviation(text)


def rounding(_session: Session) -> Iterator[Case]:
    """General floats of ordinary and of very different sizes, and sums that nearly cancel."""
    shapes = (
        ((4, 5), (1, 3, 3)),
        ((6, 6, 3), (2, 3, 3, 3)),
        ((7, 6), (2, 5, 5)),
        ((3, 3), (2, 1, 1)),
    )
    for (image, filters), dtype in ((s, d) for s in shapes for d in ("float64", "float32")):
        random = filling.random_for("rounding", image, dtype)
        x, w = random.standard_normal(image), random.standard_normal(filters)
        yield (call("conv", x.astype(dtype), w.astype(dtype)),)
        spread = np.exp2(random.randint(-20, 21, image))
        yield (call("conv", (x * spread).astype(dtype), w.astype(dtype)),)
        flat = np.ones(filters)
        yield (call("conv", (x * spread).astype(dtype), flat.astype(dtype)),)
        yield (call("conv", (1 + x / 1000).astype(dtype), (w - w.mean()).astype(dtype)),)
        for place, size in ((0, 1e9), (-1, 1e15), (x.size // 2, 1e6)):
            huge = x.copy()
            huge.flat[place] *= size
            yield (call("conv", huge.astype(dtype), w.astype(dtype)),)
    yield (
        call(
            "conv",
            *(
                filling.random_for("many", n).standard_normal((12, 12) if n == 2 else (1, 11, 11))
                for n in (2, 3)
            ),
        ),
    )


def within(call: Call) -> Iterator[Interval]:
    """The exact result of a call, and C9's bound."""
    image, filters = call.arrays
    return oracle.intervals(image, filters, image.dtype)


def general(_session: Session) -> "SearchStrategy[Case]":
    """Convs of general floats."""
    from cnnspec.operations.conv.strategies import general_convs

    return general_convs()


@check(
    "C9",
    "conv",
    witness="exact rational arithmetic",
    cases=rounding,
    strategy=general,
    vectors=AsVectors(bounded=within),
)
def rounding_error(session: Session, case: Case) -> float:
    """The error stays within the bound that any order of summation keeps."""
    one = in_its_precision(session, case[-1])
    got = of_right_shape(session, (one,))
    image, filters = one.arrays
    return within_bound(session, one, got, partial(oracle.intervals, image, filters))
