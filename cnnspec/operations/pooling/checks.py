"""Checks of pooling, P1 to P5, in both editions."""

from collections.abc import Iterator
from contextlib import suppress
from itertools import product

import numpy as np

from cnnspec.kit import filling, window_sizes
from cnnspec.kit.calls import Case
from cnnspec.kit.check import AsVectors, check
from cnnspec.kit.drafts import Drafts, followed
from cnnspec.kit.filling import distinct
from cnnspec.kit.operation import call
from cnnspec.kit.rejection import of, rejected
from cnnspec.kit.session import Declined, Deviation, Misshapen, Session, returned, same
from cnnspec.operations.pooling import inputs, oracle
from cnnspec.spec import Array


@check(
    "P1", "pooling", witness="the table of invalid inputs", cases=of("pooling", "P1"), whole=True
)
def rank(session: Session, case: Case) -> None:
    """A map whose rank is not 3 is rejected."""
    rejected(session, case)


@check(
    "P2", "pooling", witness="the table of invalid inputs", cases=of("pooling", "P2"), whole=True
)
def window(session: Session, case: Case) -> None:
    """A window that does not fit, or a stride below 1, is rejected."""
    rejected(session, case)


BESIDE = AsVectors(left_out=True)
"""Numbers that not every language has are no vectors."""


@check(
    "P2",
    "pooling",
    witness="the table of invalid inputs",
    cases=window_sizes.no_sizes("pooling"),
    vectors=BESIDE,
)
def whole_numbers(session: Session, case: Case) -> None:
    """A fraction is no size and no stride; and no size is cut to so many bits that it fits."""
    rejected(session, case)


@check(
    "P2",
    "pooling",
    witness="the same call with plain numbers",
    cases=window_sizes.of_numpy("pooling"),
    level="strict",
    vectors=BESIDE,
    also=window_sizes.with_plain_numbers,
)
def numbers_of_numpy(session: Session, case: Case) -> None:
    """A whole number of NumPy, which knows its index, is a size and a stride as any other."""
    window_sizes.as_plain_numbers(session, case)


def small(session: Session) -> Drafts:
    """The small deterministic cases that are valid; made once for a session."""
    return session.memory.drafted("pooling", lambda: inputs.small(session.edition))


def shape_of(session: Session, case: Case) -> tuple[int, ...]:
    """The shape that P3, or P3a, gives."""
    (x,) = case[-1].arrays
    size, stride = oracle.sizes(case[-1])
    lengths = [oracle.axis(extent, size, stride, session.edition).length for extent in x.shape[:2]]
    return (*lengths, x.shape[2])


SHAPE = AsVectors(states="shape")


@check("P3", "pooling", witness="the formula", cases=small, strategy=inputs.drawn, vectors=SHAPE)
def shape(session: Session, case: Case) -> None:
    """The shape is (floor((H-S)/T) + 1, floor((W-S)/T) + 1, C)."""
    got, wanted = returned(session.remember(case[-1])), shape_of(session, case)
    if got.shape != wanted:
        raise Deviation(f"shape {got.shape} instead of {wanted}", session.expected(case[-1]), got)


@check("P3a", "pooling", witness="the formula", cases=small, strategy=inputs.drawn, vectors=SHAPE)
def published_shape(session: Session, case: Case) -> None:
    """The shape is (floor((H-S+1)/T), floor((W-S+1)/T), C)."""
    shape(session, case)


@check(
    "P3",
    "pooling",
    witness="one window",
    cases=window_sizes.huge_strides("pooling"),
    vectors=BESIDE,
)
def strides_of_any_size(session: Session, case: Case) -> None:
    """With a stride that 32 or 64 bits do not hold there is one window."""
    window_sizes.one_window(session, case)


def of_right_shape(session: Session, case: Case) -> Array:
    """The result. Raises Misshapen if its shape is wrong, which P3 judges."""
    got = returned(session.remember(case[-1]))
    if got.shape != shape_of(session, case):
        raise Misshapen("the shape is wrong (P3)")
    return got


def small_first(session: Session) -> Drafts:
    """The small cases, and some whose numbers use every bit of float64."""
    return followed(small(session), all_digits(session))


def all_digits(session: Session) -> Iterator[Case]:
    """Cases whose numbers use every bit of float64."""
    if session.bits("pooling") < 53:  # that is for Q6 to judge
        return
    for size, stride in ((2, 2), (3, 1), (1, 1), (2, 3)):
        x = filling.random_for("digits", size, stride).standard_normal((6, 7, 2))
        ranks = filling.random_for("neighbours", size, stride).permutation(x.size)
        neighbours = 1 + ranks.reshape(x.shape) * 2.0**-52
        for values_ in (x, neighbours, neighbours - 2, neighbours * 2.0**-300):
            one = call("pooling", values_, size, stride)
            if oracle.broken(one, session.edition) is None:
                yield (one,)


def up_to_zero(session: Session) -> Iterator[Case]:
    """Poolings of maps in which nothing is above zero, and zeros come first."""
    x = -(np.arange(40.0) % 3).reshape(4, 5, 2)
    for size, stride in ((2, 2), (2, 1), (3, 1)):
        one = call("pooling", x, size, stride)
        if oracle.broken(one, session.edition) is None:
            yield (one,)


ZEROS = AsVectors(more=up_to_zero)


@check(
    "P4",
    "pooling",
    witness="the book",
    cases=small_first,
    strategy=inputs.drawn,
    vectors=ZEROS,
)
def values(session: Session, case: Case) -> None:
    """Every element is the largest of its window."""
    same(of_right_shape(session, case), session.expected(case[-1]))


def doubled(session: Session) -> Iterator[Case]:
    """Maps, and the same times two."""
    for one in inputs.typical(session, "doubled"):
        yield one, one.with_arrays([one.arrays[0] * 2])


@check(
    "P4",
    "pooling",
    witness="commuting with a monotone map",
    cases=doubled,
    strategy=inputs.drawn,
)
def monotone(session: Session, case: Case) -> None:
    """Pooling follows a map that keeps the order: x to 2x here."""
    one = case[-1]
    before = of_right_shape(session, case)
    after = session.result(one.with_arrays([one.arrays[0] * 2]))
    same(after.real.astype(float), before.real.astype(float) * 2)


@check(
    "P4a",
    "pooling",
    witness="the book",
    cases=small_first,
    strategy=inputs.drawn,
    vectors=ZEROS,
)
def published_values(session: Session, case: Case) -> None:
    """Windows start below H-S-1, and what no window writes is zero."""
    values(session, case)


def failing(_session: Session) -> Iterator[Case]:
    """Calls on which the publication fails."""
    for extent, size, stride in ((5, 3, 4), (9, 3, 4), (8, 2, 5), (7, 1, 5)):
        for shape_ in ((extent, extent, 1), (extent, extent + 4, 2), (extent + 4, extent, 2)):
            one = call("pooling", distinct(shape_), size, stride)
            if oracle.broken(one, "article") == "P4a":
                yield (one,)


@check("P4a", "pooling", witness="where the publication fails", cases=failing, level="core")
def published_failure(session: Session, case: Case) -> None:
    """Where the publication writes outside its result, the call is rejected."""
    rejected(session, case)


def defaults(session: Session) -> Iterator[Case]:
    """pooling(f) and pooling(f, S)."""
    for height, width in product(range(1, 8), repeat=2):
        x = filling.filled((height, width, 1 + (height + width) % 3), "negative")
        for one in (call("pooling", x), *(call("pooling", x, size) for size in (1, 2, 3))):
            if oracle.broken(one, session.edition) is None:
                yield (one,)


def after_others(_session: Session) -> Iterator[Case]:
    """Calls without numbers after a call with another size and stride."""
    x = filling.filled((7, 7, 2), "negative", seed="defaults")
    for size, stride in ((1, 3), (3, 1), (3, 3)):
        for given in ((), (3,)):
            yield call("pooling", x, size, stride), call("pooling", x, *given)


def with_both(_session: Session, case: Case) -> Case:
    """The call with size and stride given, and one with others: a default must not follow that."""
    x, (size, stride) = case[-1].arrays[0], oracle.sizes(case[-1])
    return call("pooling", x, size, stride), call("pooling", x, 1, 3)


@check(
    "P5",
    "pooling",
    witness="size 2 and stride 2",
    cases=defaults,
    vectors=AsVectors(more=after_others),
    also=with_both,
)
def default_size_and_stride(session: Session, case: Case) -> None:
    """What is left out is 2, whatever else is given."""
    required = session.client.operations.get("pooling")
    if required is not None and required > 1 + len(case[-1].numbers):
        raise Declined("the target's pooling has no default for what is left out")
    whole, other = session.also(case, with_both)
    session.together((whole, other, case[-1]))
    wanted = session.result(whole)
    with suppress(Declined):
        session.outcome(other)
    outcome = session.outcome(case[-1])
    if "TypeError" in outcome.exception:  # wrappers hide how many arguments are required
        raise Declined("the target's pooling has no default for what is left out")
    same(returned(outcome), np.asarray(wanted))
