"""How far a result may lie from what a call shall give, whatever its numbers are.

Where every sum is exact, not at all. Elsewhere the bound of the clause of rounding allows it, and
what is expected, which NumPy computes in float64, may be rounded too.
"""

from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from cnnspec.kit.calls import Argument, Call
from cnnspec.kit.exact import (
    FLOATS_BY_BITS,
    is_held,
    lowest_unit,
    significand_bits,
    subnormal_quantum,
    unit_roundoff,
)
from cnnspec.kit.filling import promoted
from cnnspec.kit.history import elements
from cnnspec.kit.operation import operation_of
from cnnspec.kit.session import Declined, Session
from cnnspec.spec import Array


class Allowance(NamedTuple):
    """How far each element may lie from what is expected; most is None if all must be equal.

    rounded: whether sums are rounded, so that the clause of rounding judges.
    """

    most: Array | None
    rounded: bool = False


@np.errstate(all="ignore")
def allowance(session: Session, call: Call) -> Allowance:
    """What is allowed for a valid call.

    Raises Declined where nothing is promised, since sums overflow or have too many terms, or since
    a target that computes with narrower floats rounds the numbers first.
    """
    operation, computed = operation_of(call), precision(session, call)
    if computed == np.float64 and not operation.roles.rounding:
        return Allowance(None)
    finite = [magnitudes(a) for a in call.arrays]
    if computed != np.float64 and not all(is_held(a, computed.name) for a in finite):
        raise Declined(f"numbers that {computed} does not hold")
    if not operation.roles.rounding:
        return Allowance(None)
    terms = terms_of(call)
    if terms * float(unit_roundoff(computed)) >= 1:
        raise Declined(f"{terms} roundings in {computed} have no error bound")
    plain, added = apart(call)
    products = float(np.prod([magnitudes(a).max(initial=0) for a in plain]))
    surely = terms * products + sum(magnitudes(a).max(initial=0) for a in added)
    if is_exact(call, computed, surely):
        return Allowance(session.bound(call))
    sizes = session.expected(call.with_arrays(finite))
    largest = float(sizes.max(initial=0)) * (terms if operation.bound else 1)
    if is_exact(call, computed, largest):
        return Allowance(session.bound(call))
    if not largest <= float(np.finfo(computed).max):
        raise Declined("its sums may overflow")
    relative = gamma_of(terms, unit_roundoff(computed)) + gamma_of(terms, unit_roundoff("float64"))
    quantum = float(subnormal_quantum(computed))
    return Allowance(relative * (1 + 2.0**-20) * sizes + 2 * terms * quantum, rounded=True)


def is_exact(call: Call, computed: np.dtype[Any], largest: float) -> bool:
    """Whether no sum is rounded. largest: how large one may be, its terms without their signs."""
    plain, added = apart(call)
    units = [lowest_unit(a) for a in added if a.any()]
    unit = min([float(np.prod([lowest_unit(a) for a in plain])), *units])
    wide = unit * 2.0 ** significand_bits(computed)
    normal = unit >= float(subnormal_quantum(computed))
    return normal and largest < wide and largest <= float(np.finfo(computed).max)


def magnitudes(array: Array) -> Array:
    """The magnitudes of finite numbers, and zeros for others."""
    return np.where(np.isfinite(array), np.abs(array.astype(float)), 0)


def apart(call: Call) -> tuple[list[Array], list[Array]]:
    """The arrays whose elements are multiplied, and those that are added."""
    operation, arrays = operation_of(call), list[tuple[str, Array]]()
    for name, argument in call.arguments.items():
        if isinstance(argument, Argument):
            arrays.append((name, argument.values))
    added = [values for name, values in arrays if operation.option(name) is not None]
    return [values for name, values in arrays if operation.option(name) is None], added


def gamma_of(terms: int, unit: Fraction) -> float:
    """The relative error that so many roundings can reach (C9)."""
    return float(terms * unit / (1 - terms * unit))


def terms_of(call: Call) -> int:
    """How many roundings make up one element of a result, at most."""
    crossing = operation_of(call).crossing
    return crossing.terms(call) if crossing else elements(call)


def precision(session: Session, call: Call) -> np.dtype[Any]:
    """The floats with which a target computes: those that it is given, or gives, if narrower."""
    given = significand_bits(session.client.dtype or "float64")
    bits = min(session.bits(call.operation), given, significand_bits(promoted(call.arrays)))
    return np.dtype(FLOATS_BY_BITS.get(bits, "float64"))
