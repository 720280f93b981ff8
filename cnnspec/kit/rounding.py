"""How the checks of rounding judge: by exact rational arithmetic, and the bound of the clause."""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from cnnspec.kit.calls import Call
from cnnspec.kit.exact import FLOATS_BY_BITS, Interval, coarser, largest_share, significand_bits
from cnnspec.kit.session import Declined, Deviation, Session
from cnnspec.spec import Array


def in_its_precision(session: Session, call: Call) -> Call:
    """A call with its numbers rounded to the dtype in which the target computes, if it is narrower.

    A target that gives float32 for float64 rounds its input first; that is no error of its sums.
    Raises Declined for numbers that are too large for it.
    """
    bits = session.bits(call.operation)
    if bits not in FLOATS_BY_BITS or all(significand_bits(a.dtype) <= bits for a in call.arrays):
        return call
    with np.errstate(all="ignore"):
        arrays = [a.astype(FLOATS_BY_BITS[bits]) for a in call.arrays]
    if not all(np.isfinite(a).all() for a in arrays):
        raise Declined(f"numbers that {FLOATS_BY_BITS[bits]} does not hold")
    return call.with_arrays(arrays)


def within_bound(
    session: Session,
    call: Call,
    got: Array,
    intervals: Callable[[np.dtype[Any]], Iterable[Interval]],
) -> float:
    """The largest error as a share of the bound. Raises Deviation above 1.

    intervals: exact results and bounds, where roundings are those of a dtype. A result that is less
    precise than the operation's other ones is judged by their precision.
    """
    if got.dtype.kind == "c":  # Q6 judges that it is complex, this its values
        if np.any(got.imag != 0):
            raise Deviation("the result has imaginary parts", session.expected(call), got)
        got = got.real
    precision = coarser(got, *call.arrays)
    least = min(session.bits(call.operation), *(significand_bits(a.dtype) for a in call.arrays))
    if significand_bits(precision) < least:
        precision = np.dtype(FLOATS_BY_BITS[least])
    share = largest_share(got, intervals(precision))
    if share > 1:
        text = f"the largest error is {share:.3g} times the bound of any order of summation"
        raise Deviation(text, session.expected(call), got)
    return share
