"""Calls as JSON, each with what is expected of it."""

from fractions import Fraction
from math import inf, nextafter

from cnnspec.kit.calls import Argument, Call, call
from cnnspec.kit.exact import exact_conv, gamma, subnormal_quantum
from cnnspec.kit.filling import promoted
from cnnspec.kit.operation import NOTHING, broken, operation_of
from cnnspec.kit.session import Case
from cnnspec.spec import Edition
from cnnspec.vectors.arrays import Data, hexadecimal, written

SHAPED = {("C6", "shape"), ("R1", "shape"), ("P3", "shape"), ("P3a", "published_shape")}
"""Checks that look at the shape of a result alone, by clause and name."""

BESIDES = {("Q1", "inputs_stay"), ("Q4", "fresh"), ("Q10", "silent")}
"""Checks that look at something besides the result."""

TYPED = {("Q6", "precision"), ("Q2", "first_call")}
"""Checks that look at the dtype of a result too."""

Key = tuple[str, str]


def calls_of(case: Case, edition: Edition, check: Key) -> list[Data]:
    """The calls of a case as JSON; one that another thread makes meanwhile is a call as well."""
    if check == ("S1", "chained"):
        return chained(case, edition)
    every = [each for one in case for each in (one, one.beside) if each is not None]
    return [call_data(one, expected(one, edition, check)) for one in every]


def chained(case: Case, edition: Edition) -> list[Data]:
    """The calls of a stack, each of which takes the result of the one before."""
    image, calls = case[0].arrays[0], []
    for one in case:
        for operation, *others in (("conv", one.arrays[1]), ("relu",), ("pooling", 2, 2)):
            step = call(operation, image, *others)
            image = operation_of(step).oracle.expected(step, edition)
            calls.append(call_data(step, {"result": written(image)}))
    for before, data in enumerate(calls[1:]):
        data["arguments"][0] = {"from": before}
    return calls


def call_data(one: Call, wanted: Data) -> Data:
    """A call as JSON."""
    arguments = [argument(a) if isinstance(a, Argument) else a for a in one.arguments]
    often = {"repeat": one.repeat} if one.repeat > 1 else {}
    return {"operation": one.operation, "arguments": arguments, **often, "expected": wanted}


def argument(a: Argument) -> Data:
    """An array argument as JSON."""
    layout = {} if a.layout == "C" else {"layout": a.layout}
    slot = {} if a.slot is None else {"slot": a.slot}
    return {"dtype": a.values.dtype.name, **written(a.values), **layout, **slot}


def expected(one: Call, edition: Edition, check: Key) -> Data:
    """What may come of a call: a result, a rejection, or either."""
    clause = broken(one, edition)
    if clause is not None:
        return {"rejected": clause, **(instead(one) if edition == "standard" else {})}
    return {"result": result_of(one, edition, check)}


def result_of(one: Call, edition: Edition, check: Key) -> Data:
    """What a check expects of the result of a valid call."""
    if check in BESIDES:
        return {}
    if check[0] == "C9":
        return within_bound(one)
    result = operation_of(one).oracle.expected(one, edition)
    if check in SHAPED:
        return {"shape": list(result.shape)}
    return {**written(result), **({"dtype": least(one)} if check in TYPED else {})}


def instead(one: Call) -> Data:
    """What edition standard allows instead of rejecting a call."""
    right = operation_of(one).oracle.instead(one)
    if right is None:
        return {}
    return {"empty": True} if right is NOTHING else {"result": written(right)}


def least(one: Call) -> str:
    """The least dtype of a result, in words (Q6)."""
    whole = operation_of(one).keeps_integers and one.arrays[0].dtype.kind in "biu"
    return f"{promoted(one.arrays).name}{' or integer' if whole else ''}"


def within_bound(one: Call) -> Data:
    """The exact result of conv, rounded to float64, and how far from that a result may lie (C9).

    The bound is C9's plus what rounding the exact result changed, rounded up.
    """
    image, filters = one.arrays
    taps = int(filters[0].size)
    exact, denominator = exact_conv(image, filters)
    magnitude, _ = exact_conv(abs(image), abs(filters))
    relative, absolute = gamma(taps, image.dtype), taps * subnormal_quantum(image.dtype)
    data, bound = [], []
    for truth, size in zip(exact.flat, magnitude.flat, strict=True):
        nearest = truth / denominator  # Python divides integers correctly rounded
        rounded_off = abs(Fraction(truth, denominator) - Fraction(nearest))
        most = relative * Fraction(size, denominator) + absolute + rounded_off
        data.append(hexadecimal(nearest))
        bound.append(hexadecimal(rounded_up(most)))
    return {"shape": list(exact.shape), "data": data, "bound": bound}


def rounded_up(value: Fraction) -> float:
    """The least float64 that is no smaller."""
    nearest = float(value)
    return nearest if Fraction(nearest) >= value else nextafter(nearest, inf)
