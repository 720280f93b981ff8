"""Compares what two implementations made of the same calls: a target and a model, say."""

import numpy as np

from cnnspec.kit.calls import Call, Case, Outcome
from cnnspec.kit.clauses import ARGUMENTS_ALONE, DELIBERATE, DTYPE
from cnnspec.kit.exact import unit_roundoff
from cnnspec.kit.incidents import OBSERVED
from cnnspec.kit.operation import larger, operation_of, plain_numbers
from cnnspec.kit.rejection import ACCIDENTS, causes
from cnnspec.spec import Array

ROUNDINGS = 16
"""Two results are close if they differ by at most this many roundings of the largest sum.

A mean, for example, can be computed in several ways, which differ by a few roundings of its sum.
"""

PLAIN = ""
"""The topic of the probes that every model must agree on; the others are clauses."""

OPTIONS = "options"
"""The topic of the probes in which options vary, on which models of options must agree."""

DTYPES = (ARGUMENTS_ALONE, DTYPE)
"""Clauses under which a result must have the same dtype too."""


def same(case: Case, left: list[Outcome], right: list[Outcome], clause: str) -> bool:
    """Whether two implementations did the same, in all that a clause or a plain probe compares."""
    return all(same_outcome(*three, clause) for three in zip(case, left, right, strict=True))


def same_outcome(call: Call, left: Outcome, right: Outcome, clause: str) -> bool:
    """Whether two outcomes of a call are the same: in flags, message and value, if these count."""
    if seen(left, clause) != seen(right, clause):
        return False
    if left.value is not None and right.value is not None:
        kinds = left.value.dtype, right.value.dtype
        if clause in DTYPES and kinds[0] != kinds[1] and {kind.kind for kind in kinds} == {"f"}:
            return False
        if equal(left.value, right.value):
            return True
        return close(left.value, right.value, largest_sum(call))
    order = operation_of(call).roles.order
    if left.kind == right.kind == "rejected" and clause and clause in (order, DELIBERATE):
        if clause == order:
            return causes(call.operation, left) == causes(call.operation, right)
        accidents = [bool(ACCIDENTS & set(made.exception[:1])) for made in (left, right)]
        return accidents[0] == accidents[1]
    empty = [made.value is None or not made.value.size for made in (left, right)]
    return all(empty) and "rejected" in (left.kind, right.kind)


def seen(outcome: Outcome, clause: str) -> set[str]:
    """The flags of an outcome that break a clause; those about an earlier result count as one."""
    flags = {flag for flag in outcome.flags if OBSERVED[flag] == clause}
    return {"earlier" if "earlier" in flag else flag for flag in flags}


def largest_sum(call: Call) -> float:
    """The largest magnitude that a number may reach while a result is computed."""
    x, *filters = (np.abs(np.nan_to_num(a.astype(float))) for a in call.arrays)
    sizes = [float(larger(n)) ** 2 for n in plain_numbers(call)[:1]]
    return float(x.max(initial=0) * [*(w.sum() for w in filters), *sizes, 1.0][0])


def equal(left: Array, right: Array) -> bool:
    """Whether two results have the same shape and numbers."""
    return np.array_equal(left, right, equal_nan=left.dtype.kind == "f")


def close(left: Array, right: Array, largest: float) -> bool:
    """Whether two results are the same but for some roundings of the largest sum."""
    if left.shape != right.shape:
        return False
    if equal(left, right):
        return True
    kinds = [a.dtype for a in (left, right) if a.dtype.kind == "f"]
    if len(kinds) < 2:
        return False
    roundoff = float(max(unit_roundoff(kind) for kind in kinds))
    finite = np.isfinite(left) & np.isfinite(right)
    odd = (left == right) | (np.isnan(left) & np.isnan(right))
    size = max(float(np.abs(right[finite]).max(initial=0)), largest)
    near = np.abs(left - right) <= ROUNDINGS * roundoff * size
    return bool((odd | (finite & near)).all())
