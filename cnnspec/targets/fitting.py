"""Calls as a target takes them that lacks optional numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from cnnspec.kit.calls import Call
from cnnspec.kit.operation import REGISTRY, operation_of
from cnnspec.kit.stack import Stack


def beyond(call: Call, taken: Mapping[str, Sequence[str]]) -> str:
    """An optional number of a call, with its value, that a target does not take; or nothing.

    taken: the optional numbers that the target takes, for each operation.
    """
    known = taken.get(call.operation, ())
    for one in operation_of(call).optional:
        value = call.arguments.get(one.name, one.default)
        if one.name not in known and value != one.default:
            return f"{one.name} {value}"
    return ""


def fitted(call: Call, taken: Mapping[str, Sequence[str]]) -> Call:
    """A call without the optional numbers that a target does not take; they have their defaults."""
    if not operation_of(call).optional:
        return call if call.at_once is None else replace(call, at_once=fitted(call.at_once, taken))
    known = taken.get(call.operation, ())
    left_out = {one.name for one in operation_of(call).optional} - set(known)
    kept = {name: value for name, value in call.arguments.items() if name not in left_out}
    other = None if call.at_once is None else fitted(call.at_once, taken)
    return replace(call, arguments=kept, at_once=other)


def fitted_stack(calls: Stack, taken: Mapping[str, Sequence[str]]) -> Stack:
    """Calls without the optional numbers that a target does not take: see `fitted`."""
    if not REGISTRY[calls.operation].optional:
        return calls
    kept = fitted(calls.first, taken).arguments
    return replace(calls, numbers={n: number for n, number in calls.numbers.items() if n in kept})
