"""How the checks of rounding judge: by exact rational arithmetic, and the bound of the clause."""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from cnnspec.kit.calls import Call
from cnnspec.kit.exact import Interval, coarser, largest_share
from cnnspec.kit.session import Deviation, Session
from cnnspec.spec import Array


def within_bound(
    session: Session,
    call: Call,
    got: Array,
    intervals: Callable[[np.dtype[Any]], Iterable[Interval]],
) -> float:
    """The largest error as a share of the bound. Raises Deviation above 1.

    intervals: exact results and bounds, where roundings are those of a dtype.
    """
    if got.dtype.kind == "c":  # Q6 judges that it is complex, this its values
        if np.any(got.imag != 0):
            raise Deviation("the result has imaginary parts", session.expected(call), got)
        got = got.real
    share = largest_share(got, intervals(coarser(got, *call.arrays)))
    if share > 1:
        text = f"the largest error is {share:.3g} times the bound of any order of summation"
        raise Deviation(text, session.expected(call), got)
    return share
