"""Calls as a target takes them that lacks some options."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from cnnspec.kit.calls import Argument, Call
from cnnspec.kit.operation import Option, operation_of
from cnnspec.kit.stack import Stack

Taken = Mapping[str, Sequence[str]]
"""For each operation, the options that a target takes."""


def beyond(call: Call, taken: Taken) -> str:
    """The name of an option of a call that a target does not take; or nothing."""
    for one in lacking(call, taken):
        value = call.arguments[one.name]
        if isinstance(value, Argument) or value != one.default:
            return one.name
    return ""


def fitted(call: Call, taken: Taken) -> Call:
    """A call without the options that a target does not take; they have their defaults."""
    beside = call.at_once and fitted(call.at_once, taken)
    names = {one.name for one in lacking(call, taken)}
    if not names and beside is call.at_once:
        return call
    kept = {name: value for name, value in call.arguments.items() if name not in names}
    return replace(call, arguments=kept, at_once=beside)


def lacking(call: Call, taken: Taken) -> list[Option]:
    """The options of a call that a target does not take."""
    given, operation = call.arguments, operation_of(call)
    if given.keys() <= operation.needed:  # nearly always, and soon told
        return []
    known = taken.get(call.operation, ())
    return [one for one in operation.options if one.name in given and one.name not in known]


def fitted_stack(calls: Stack, taken: Taken) -> Stack:
    """Calls without the options that a target does not take: see `fitted`."""
    names = {one.name for one in lacking(calls.first, taken)}
    kept = {name: number for name, number in calls.numbers.items() if name not in names}
    return replace(calls, numbers=kept) if names else calls
