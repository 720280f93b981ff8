"""How a call is made smaller: by much first, then by one."""

from collections.abc import Iterator
from dataclasses import replace

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
    """A call without one of its options, or with one of its numbers smaller."""
    yield from without_options(call)
    for name, argument in call.arguments.items():
        if type(argument) is int:
            yield from (call.changed(**{name: n}) for n in lengths(argument))


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
