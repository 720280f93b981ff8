"""What a call shows counts, whichever check made it: a wrong result of a plain call is an incident.

A call is plain if it is valid, of native float32 or float64 in C order, and its numbers are finite
and normal. What is out of the ordinary is left to the clause that is about it.
"""

from typing import NamedTuple

import numpy as np

from cnnspec.kit.allowance import allowance
from cnnspec.kit.calls import LOST, Argument, Call, Outcome
from cnnspec.kit.clauses import DIMENSIONS, DTYPE, clauses
from cnnspec.kit.history import SMALL, elements
from cnnspec.kit.incidents import Place, own_level
from cnnspec.kit.operation import broken, dimensions_of, is_empty, operation_of, option_clause
from cnnspec.kit.session import Declined, Deviation, Session, difference, returned
from cnnspec.spec import Array

ORDINARY = 64
"""Up to so large, a dimension is ordinary: a call that is refused breaks the clause of values."""

CHECK, OF_OPTIONS = "pairs_of_aspects", "pairs_of_options"
"""The check of the clauses of values that judges any call."""

NATIVE = ({np.dtype("float32")}, {np.dtype("float64")})
"""The dtypes of the arrays of a plain call."""


def is_native(call: Call) -> bool:
    """Whether all arrays are native floats of one dtype."""
    return {a.dtype for a in call.arrays} in NATIVE


def has_subnormal(array: Array) -> bool:
    """Whether an array of floats has subnormal numbers."""
    if array.dtype.kind != "f":
        return False
    return bool(((array != 0) & (np.abs(array) < np.finfo(array.dtype).tiny)).any())


def is_plain(call: Call) -> bool:
    """Whether a call is plain, its validity left aside."""
    if call.at_once is not None or not is_native(call):
        return False
    if any(a.layout != "C" for a in call.arguments.values() if isinstance(a, Argument)):
        return False
    return all(np.isfinite(a).all() and not has_subnormal(a) for a in call.arrays)


class Wrong(NamedTuple):
    """An outcome that is wrong, and how. rounded: whether its sums are rounded."""

    outcome: Outcome
    deviation: Deviation
    rounded: bool = False


def wrong(session: Session, call: Call, outcome: Outcome) -> Wrong | None:
    """How the outcome of a valid call is wrong, or None if it is right.

    Raises Declined where nothing is promised, and where input without elements is refused.
    """
    try:
        got = returned(outcome)
    except Deviation as deviation:
        if outcome.kind == "rejected" and is_empty(call):
            raise Declined("input without elements is refused, which is left open") from None
        allowance(session, call)
        return Wrong(outcome, deviation)
    wanted = session.expected(call)
    if difference(got, wanted) is None:  # then what is allowed need not be worked out
        return None
    allowed = allowance(session, call)
    text = difference(got, wanted, allowed.most)
    return Wrong(outcome, Deviation(text, wanted, got), allowed.rounded) if text else None


def place_of(session: Session, call: Call, found: Wrong) -> Place:
    """The clause that is broken by a plain call whose outcome is wrong."""
    roles, largest = operation_of(call).roles, max(dimensions_of(call).values(), default=0)
    if is_empty(call) or (found.outcome.value is None and largest > ORDINARY):
        return DIMENSIONS, own_level(DIMENSIONS)
    clause = session.clause_of(call, found.outcome)
    rounded = found.rounded and clause in roles.values.values()
    clause = roles.rounding if rounded else clause
    return clause, own_level(clause)


def notice(session: Session, call: Call, outcome: Outcome) -> None:
    """Note a plain call whose outcome is wrong, if a clause about something else is being judged.

    A clause of the operation itself judges its own calls: one of defaults, say.
    """
    clause, check = session.incidents.judging
    own = not clause or clauses()[clause].operation == call.operation
    if own or check == CHECK or operation_of(call).roles.computed & session.failed:
        return
    if outcome.kind in LOST or elements(call) > SMALL or session.memory.is_known(call, outcome):
        return
    if is_plain(call) and broken(call, session.edition) is None and not option_clause(call):
        judge(session, call, outcome)


def judge(session: Session, call: Call, outcome: Outcome) -> str:
    """The clause that the outcome of a call breaks, or nothing; it is noted.

    The call is plain, but for its dtypes.
    """
    try:
        found = wrong(session, call, outcome)
    except Declined:
        return ""
    if found is None:
        return ""
    if not is_native(call):
        return of_dtype(session, call, found)
    broken_, level = place_of(session, call, found)
    session.incidents.add(broken_, (call,), found.deviation.message, level, CHECK)
    return broken_


def of_dtype(session: Session, call: Call, found: Wrong) -> str:
    """The clause that is broken by a wrong outcome of float16 or integers; it is noted.

    It is that of dtypes, unless the same numbers in float64 have a wrong outcome, too.
    """
    plainer = call.with_arrays([array.astype(np.float64) for array in call.arrays])
    clause = judge(session, plainer, session.surely(plainer))
    if clause:
        return clause
    session.incidents.add(DTYPE, (call,), found.deviation.message, own_level(DTYPE), CHECK)
    return DTYPE


def require_plain(session: Session, call: Call, words: str) -> None:
    """Raise Declined where the target gets a plain call wrong: a deviation has that cause.

    That breaks the clause of values, and is noted. words: what the call is, beside another.
    """
    clause = judge(session, call, session.surely(call))
    if clause:
        raise Declined(f"the call deviates {words}, too ({clause})")
