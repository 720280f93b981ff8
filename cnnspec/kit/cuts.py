"""How a call is made smaller: by much first, then by one."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from cnnspec.kit.calls import Argument, Call
from cnnspec.kit.operation import operation_of


def lengths(n: int) -> Iterator[int]:
    """Smaller lengths to try: one, half, one less."""
    yield from sorted({length for length in (1, n // 2, n - 2, n - 1) if 0 < length < n})


def along_axes(call: Call, most: int = 5) -> Iterator[Call]:
    """A call whose first array is shorter along one of its first axes, at either end."""
    first, *others = call.arrays
    for axis in range(min(first.ndim, most)):
        for n in lengths(first.shape[axis]):
            whole = first.shape[axis]
            for kept in (range(n), range(whole - n, whole)):
                yield call.with_arrays([first.take(kept, axis), *others])


def of_numbers(call: Call) -> Iterator[Call]:
    """A call without one of its options, or with one of its numbers smaller.

    Beside options a number may become a pair, which is smaller along one axis.
    """
    yield from without_options(call)
    for name, argument in call.arguments.items():
        if type(argument) is int:
            yield from (call.changed(**{name: n}) for n in lengths(argument))
    for name, least in least_of_pairs(call).items():
        smaller = within(call.plain.get(name, least), least)
        yield from (call.changed(**{name: one}) for one in smaller)


def least_of_pairs(call: Call) -> dict[str, int]:
    """What may be a pair in a call with options, and the least that it is along an axis."""
    operation = operation_of(call)
    if not any(one.name in call.arguments for one in operation.options):
        return {}
    options = {one.name: one.default for one in operation.options if "pair" in one.forms}
    least = {name: given for name, given in options.items() if type(given) is int}
    return dict.fromkeys((one.name for one in operation.numbers), 1) | least


def within(setting: Any, least: int) -> Iterator[Any]:
    """A number as a pair, or a pair of numbers or pairs, with one part smaller."""
    if type(setting) is int and setting > least:
        yield from ((least, setting), (setting, least))
    for place, part in enumerate(setting if isinstance(setting, tuple) else ()):
        some = within(part, least) if isinstance(part, tuple) else less(part, least)
        yield from ((*setting[:place], one, *setting[place + 1 :]) for one in some)


def less(part: Any, least: int) -> range:
    """Smaller numbers than a part of a pair."""
    return range(least, part) if type(part) is int else range(0)


def without_options(call: Call) -> Iterator[Call]:
    """A call without one of its options; what is given although it is the default stays."""
    for option in operation_of(call).options:
        given = call.arguments.get(option.name, option.default)
        if isinstance(given, Argument) or given != option.default:
            rest = {name: a for name, a in call.arguments.items() if name != option.name}
            yield replace(call, arguments=rest)


def plain_cuts(call: Call) -> Iterator[Call]:
    """A call with one axis of its first array, or one number, smaller; the rest stays."""
    yield from along_axes(call)
    yield from of_numbers(call)
