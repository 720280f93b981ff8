"""Calls as JSON, each with what is expected of it."""

from collections.abc import Iterable
from fractions import Fraction
from math import inf, nextafter

import numpy as np

from cnnspec.kit.calls import Argument, Call, Case
from cnnspec.kit.check import AsVectors, Check
from cnnspec.kit.exact import Interval, significand_bits
from cnnspec.kit.filling import promoted
from cnnspec.kit.operation import NOTHING, broken, operation_of
from cnnspec.kit.settings import BATCH
from cnnspec.spec import Array, Edition
from cnnspec.vectors.arrays import Data, hexadecimal, written


def calls_of(case: Case, edition: Edition, check: Check) -> list[Data]:
    """The calls of a case as JSON, and with them those that another thread makes meanwhile."""
    states = check.vectors
    if states.chain is not None:
        return chained(states.chain(case, edition), edition, states)
    every = [each for one in case for each in (one, one.at_once) if each is not None]
    return [call_data(one, expected(one, edition, states)) for one in every]


def chained(calls: list[Call], edition: Edition, states: AsVectors) -> list[Data]:
    """Calls as JSON, each of which takes the result of the one before."""
    made = [call_data(one, expected(one, edition, states)) for one in calls]
    for before, data in enumerate(made[1:]):
        first = next(iter(data["arguments"]))
        data["arguments"][first] = {"from": before}
    return made


def call_data(call: Call, wanted: Data) -> Data:
    """A call as JSON: what every target takes, then options that are not the default."""
    given = {
        name: argument(a) if isinstance(a, Argument) else a for name, a in call.arguments.items()
    }
    defaults = {one.name: one.default for one in operation_of(call).options}
    arguments = {name: a for name, a in given.items() if name not in defaults}
    options = {
        name: given[name]
        for name, default in defaults.items()
        if name in given and name != BATCH and given[name] != default
    }
    more = {"options": options, BATCH: BATCH in given, "repeat": call.repeat}
    nothing: Data = {"options": {}, BATCH: False, "repeat": 1}
    said = {key: value for key, value in more.items() if value != nothing[key]}
    return {"operation": call.operation, "arguments": arguments, **said, "expected": wanted}


def argument(a: Argument) -> Data:
    """An array argument as JSON."""
    layout = {} if a.layout == "C" else {"layout": a.layout}
    slot = {} if a.slot is None else {"slot": a.slot}
    return {"dtype": a.values.dtype.name, **written(a.values), **layout, **slot}


def expected(call: Call, edition: Edition, states: AsVectors) -> Data:
    """What may come of a call: a result, a rejection, or either."""
    clause = broken(call, edition)
    if clause is not None:
        return {"rejected": clause, **({} if edition == "article" else instead(call))}
    return {"result": result_of(call, edition, states)}


def result_of(call: Call, edition: Edition, states: AsVectors) -> Data:
    """What is stated of the result of a valid call."""
    if states.states == "nothing":
        return {}
    operation = operation_of(call)
    result = operation.oracle.expected(call, edition)
    if states.states == "shape":
        return {"shape": list(result.shape)}
    if states.bounded is not None:
        return within_bounds(result.shape, states.bounded(call))
    dtype = {"dtype": least(call)} if states.dtype else {}
    if operation.bound is None:
        return {**written(result), **dtype}
    bits = significand_bits(promoted(call.arrays))
    return {**with_bound(result, operation.bound(call, bits)), **dtype}


def with_bound(result: Array, bound: Array) -> Data:
    """A result, with the bound of its error if that is more than a subnormal number."""
    if (bound < np.finfo(float).tiny).all():
        return written(result)
    return {
        "shape": list(result.shape),
        "data": [hexadecimal(value) for value in result.flat],
        "bound": [hexadecimal(value) for value in bound.flat],
    }


def instead(call: Call) -> Data:
    """What editions other than article allow instead of rejecting a call."""
    right = operation_of(call).oracle.instead(call)
    if right is None:
        return {}
    return {"empty": True} if right is NOTHING else {"result": written(right)}


def least(call: Call) -> str:
    """The least dtype of a result, in words (Q6)."""
    whole = operation_of(call).keeps_integers and call.arrays[0].dtype.kind in "biu"
    return f"{promoted(call.arrays).name}{' or integer' if whole else ''}"


def within_bounds(shape: tuple[int, ...], intervals: Iterable[Interval]) -> Data:
    """Exact results, rounded to float64, and how far from that a result may lie.

    The bound is the allowed error plus the error of rounding the exact result, rounded up.
    """
    data, bound = [], []
    for exact, allowed in intervals:
        nearest = exact.numerator / exact.denominator  # Python divides integers correctly rounded
        data.append(hexadecimal(nearest))
        bound.append(hexadecimal(rounded_up(allowed + abs(exact - Fraction(nearest)))))
    return {"shape": list(shape), "data": data, "bound": bound}


def rounded_up(value: Fraction) -> float:
    """The least float64 that is no smaller."""
    nearest = float(value)
    return nearest if Fraction(nearest) >= value else nextafter(nearest, inf)
