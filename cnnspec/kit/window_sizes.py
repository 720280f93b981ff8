"""Sizes and strides out of the ordinary: fractions, numbers of NumPy, and very large ones.

Left open are 2.0, which is whole and no integer, and whether True, which is 1, may be refused.
"""

from collections.abc import Callable, Iterator
from itertools import product
from math import inf, nan

import numpy as np

from cnnspec.kit.calls import LOST, Case
from cnnspec.kit.numerals import Number
from cnnspec.kit.operation import call
from cnnspec.kit.session import Declined, Deviation, Session, difference, returned
from cnnspec.spec import Array

HUGE = (2**31, 2**31 + 1, 2**32, 2**32 + 1, 2**32 + 2, 2**32 + 3, 2**63, 2**64 + 2)
"""Numbers that 32 or 64 bits cannot hold; cut to so many, some are sizes that fit."""

NARROW = (np.uint8, np.int16)
"""Types of NumPy in which ordinary arithmetic may overflow: a target need not take them."""

Cases = Callable[[Session], Iterator[Case]]


def grid(height: int, width: int, channels: int = 2) -> Array:
    """A map of small whole numbers, all different in a row."""
    shape = (height, width, channels)
    return (np.arange(float(np.prod(shape))) * 7 % 61 - 30).reshape(shape)


def no_sizes(operation: str) -> Cases:
    """Fractions, NaN and infinities as size and as stride, and sizes that are far too large."""
    fractions: tuple[tuple[Number, Number], ...] = (
        *((2.5, 2), (2, 1.5), (1.5, 1), (2, 0.5), (2.5, 2.5), (3, 2.9), (0.5, 1)),
        *((nan, 2), (2, nan), (inf, 2), (2, inf)),
    )

    def made(_session: Session) -> Iterator[Case]:
        for x in (grid(4, 4, 1), grid(5, 7), grid(6, 5, 3), grid(8, 8, 1)):
            yield from ((call(operation, x, *sizes),) for sizes in fractions)
            yield from ((call(operation, x, size, 1),) for size in HUGE)
        yield (call(operation, grid(5, 7), 2**32 + 2, 2**32 + 2),)

    return made


def huge_strides(operation: str) -> Cases:
    """Strides beyond 32 and 64 bits: one window lies in the map."""

    def made(_session: Session) -> Iterator[Case]:
        for stride, (shape, size) in product(HUGE, (((5, 4, 2), 2), ((3, 3, 1), 1))):
            yield (call(operation, grid(*shape), size, stride),)

    return made


def one_window(session: Session, case: Case) -> None:
    """Raise Deviation for a result of a wrong shape. Wrong numbers break the clause of values.

    Declined is a target that rejects such a stride, or does not survive it: there may be a limit.
    """
    one = case[-1]
    outcome = session.outcome(one)
    if outcome.kind == "rejected" or outcome.kind in LOST:
        raise Declined("so large a stride is not taken")
    got, wanted = returned(outcome), session.expected(one)
    if got.shape != wanted.shape:
        raise Deviation(f"shape {got.shape} instead of {wanted.shape}", wanted, got)
    text = session.difference(one, got)
    if text:
        session.incidents.add(session.clause_of(one, outcome), case, text)


def of_numpy(operation: str) -> Cases:
    """Sizes and strides that are whole numbers of NumPy, of all widths, and True."""

    def made(_session: Session) -> Iterator[Case]:
        for x in (grid(6, 7), grid(5, 4, 1)):
            yield from ((call(operation, x, *given),) for given in ((True, 2), (2, True)))
        for kind in (np.int64, np.int32, *NARROW):
            for size, stride in ((2, 2), (3, 1), (1, 3), (2, 3)):
                yield (call(operation, grid(6, 7), kind(size), kind(stride)),)
            yield (call(operation, grid(6, 7), kind(2), 2),)
            yield from ((call(operation, grid(7, 6), 2, kind(n)),) for n in (2, 3))
            for stride in (1, 2, 3):
                yield (call(operation, grid(17, 18), kind(16), kind(stride)),)
                yield (call(operation, grid(20, 16, 1), kind(16), kind(stride)),)

    return made


def with_plain_numbers(_session: Session, case: Case) -> Case:
    """The same call with plain numbers."""
    one = case[-1]
    names = [name for name, a in one.arguments.items() if isinstance(a, (np.integer, bool))]
    return (one.changed(**{name: int(one.plain[name]) for name in names}),)


def as_plain_numbers(session: Session, case: Case) -> None:
    """Raise Deviation unless a call with numbers of NumPy gives what plain ones give.

    The book takes them: they are whole, and know their index. Where the plain call deviates, or is
    not taken, that has another cause. True or a narrow type may be rejected, and is not misread.
    """
    one, (plain,) = case[-1], session.also(case, with_plain_numbers)
    wanted = session.outcome(plain)
    if wanted.value is None or session.difference(plain, wanted.value):
        raise Declined("the call with plain numbers deviates, too")
    outcome = session.outcome(one)
    narrow = any(isinstance(number, (*NARROW, bool)) for number in one.numbers)
    if outcome.kind == "rejected" and narrow:
        raise Declined("so narrow a type of numbers is not taken")
    if outcome.value is None:
        what = outcome.reason or outcome.kind
        raise Deviation(f"numbers of NumPy are not taken as size or stride: {what}")
    text = difference(outcome.value, wanted.value, session.bound(plain))
    if text:
        raise Deviation(text, session.expected(plain), outcome.value)
