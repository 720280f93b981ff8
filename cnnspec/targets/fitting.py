"""Calls as a target takes them that lacks some options."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from cnnspec.kit.calls import Argument, Call
from cnnspec.kit.operation import REGISTRY, operation_of
from cnnspec.kit.stack import Stack

Taken = Mapping[str, Sequence[str]]
"""For each operation, the options that a target takes."""


def beyond(call: Call, taken: Taken) -> str:
    """An option of a call, with its value, that a target does not take; or nothing."""
    known = taken.get(call.operation, ())
    for one in operation_of(call).options:
        value = call.arguments.get(one.name, one.default)
        if one.name in known:
            continue
        if isinstance(value, Argument):
            return one.name
        if value != one.default:
            return f"{one.name} {value}"
    return ""


def fitted(call: Call, taken: Taken) -> Call:
    """A call without the options that a target does not take; they have their defaults."""
    if not operation_of(call).options:
        return call if call.at_once is None else replace(call, at_once=fitted(call.at_once, taken))
    known = taken.get(call.operation, ())
    left_out = {one.name for one in operation_of(call).options} - set(known)
    kept = {name: value for name, value in call.arguments.items() if name not in left_out}
    other = None if call.at_once is None else fitted(call.at_once, taken)
    return replace(call, arguments=kept, at_once=other)


def fitted_stack(calls: Stack, taken: Taken) -> Stack:
    """Calls without the options that a target does not take: see `fitted`."""
    if not REGISTRY[calls.operation].options:
        return calls
    kept = fitted(calls.first, taken).arguments
    return replace(calls, numbers={n: number for n, number in calls.numbers.items() if n in kept})
