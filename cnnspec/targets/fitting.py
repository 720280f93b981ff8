"""Calls as a target takes them that lacks some options."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from cnnspec.kit.calls import Argument, Call
from cnnspec.kit.operation import operation_of
from cnnspec.kit.stack import Stack

Taken = Mapping[str, Sequence[str]]
"""For each operation, the options that a target takes."""


def beyond(call: Call, taken: Taken) -> str:
    """The name of an option of a call that a target does not take; or nothing."""
    known = taken.get(call.operation, ())
    for one in operation_of(call).options:
        value = call.arguments.get(one.name, one.default)
        if one.name not in known and (isinstance(value, Argument) or value != one.default):
            return one.name
    return ""


def fitted(call: Call, taken: Taken) -> Call:
    """A call without the options that a target does not take; they have their defaults."""
    lacking = left_out(call, taken)
    kept = {name: value for name, value in call.arguments.items() if name not in lacking}
    if call.at_once is not None:
        return replace(call, arguments=kept, at_once=fitted(call.at_once, taken))
    return replace(call, arguments=kept) if lacking else call


def left_out(call: Call, taken: Taken) -> set[str]:
    """The options of a call that a target does not take."""
    options = {one.name for one in operation_of(call).options} & call.arguments.keys()
    return options - set(taken.get(call.operation, ()))


def fitted_stack(calls: Stack, taken: Taken) -> Stack:
    """Calls without the options that a target does not take: see `fitted`."""
    lacking = left_out(calls.first, taken)
    kept = {name: number for name, number in calls.numbers.items() if name not in lacking}
    return replace(calls, numbers=kept) if lacking else calls
