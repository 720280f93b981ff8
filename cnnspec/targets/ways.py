"""What `parameters` of `cnnspec.adapt` may say: how a function takes each parameter of the book.

    "strides"                       the keyword strides, the value as the book has it
    "strides:pair"                  the same, in a convention
    "stride_y, stride_x"            two keywords that share the numbers of a pair
    "conv_param[stride]:number"     a key of a dict, which is the keyword conv_param
    "3:column"                      the third argument, by its place
    ["auto_pad:SAME_UPPER/SAME_LOWER/VALID", "pads:top-left-bottom-right"]
                                    the first of several that can express the value
    lambda ceil: {"mode": "full" if ceil else "valid"}
                                    any function that makes keyword arguments of the book's value

>>> way("stride", "strides:pair").arguments(2)
{'strides': (2, 2)}
>>> way("size", "pool_param[pool_height, pool_width]").arguments(3)
{'pool_param': {'pool_height': 3, 'pool_width': 3}}
"""

import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, NamedTuple

from cnnspec import spec
from cnnspec.kit.calls import Unsupported
from cnnspec.targets.conventions import CONVENTIONS, ORDERS, Windows, converted, listed

Arguments = dict[str | int, Any]
"""Arguments of a function by their names, or by their places, which are counted from 1."""

ARRAYS = ("image", "filters", "feature_map")
NO_PARAMETERS = (*ARRAYS, "batch", "edition")
"""What the book's functions take besides parameters that an adapter may name."""

TEXT = re.compile(
    r"(?:(?P<holder>\w+)\[(?P<inside>[\w\s,]+)\]|(?P<plain>[\w\s,]+))(?::(?P<how>.*))?"
)


class Way(NamedTuple):
    """One way in which a function takes a parameter.

    names: several share the numbers of one value. holder: the keyword of the dict in which they
    are; "" if they are keywords themselves.
    """

    parameter: str
    names: tuple[str | int, ...]
    holder: str
    convention: str

    @property
    def takers(self) -> tuple[str | int, ...]:
        """The arguments that get the value."""
        return (self.holder,) if self.holder else self.names

    def arguments(self, value: Any, windows: Windows | None = None) -> Arguments:
        """The arguments that say a value. Raises Unsupported."""
        found = converted(self.parameter, self.convention, value, windows)
        values = found if len(self.names) > 1 else [found]
        named = dict(zip(self.names, values, strict=True))
        return {self.holder: named} if self.holder else named


Ways = Sequence[Way] | Callable[[Any], Mapping[str, Any]]
"""How a function takes a parameter: the first way that can express the value, or a function."""


def arguments(parameter: str, ways: Ways, value: Any, windows: Windows) -> Mapping[Any, Any]:
    """The arguments that say the value of a parameter. Raises Unsupported, or TypeError."""
    if callable(ways):
        made = ways(value)
        if not isinstance(made, Mapping):
            kind = type(made).__name__
            raise TypeError(f"parameters[{parameter!r}] made a {kind}, not a dict of arguments")
        return made
    *others, last = ways
    for one in others:
        try:
            return one.arguments(value, windows)
        except Unsupported:
            continue
    return last.arguments(value, windows)


def known_parameters(operation: str) -> dict[str, inspect.Parameter]:
    """The parameters of an operation of the book that an adapter may name."""
    every = inspect.signature(getattr(spec, operation)).parameters
    return {name: one for name, one in every.items() if name not in NO_PARAMETERS}


def by_operation(
    operations: Sequence[str], parameters: Mapping[str, Any]
) -> dict[str, dict[str, Ways]]:
    """For each operation that has parameters, how its function takes those that are named.

    parameters: those of every operation that has them, and by the name of an operation those of it
    alone. Raises ValueError or TypeError, which name what is wrong.
    """
    shared = {name: one for name, one in parameters.items() if name not in spec.OPERATIONS}
    own = {name: one for name, one in parameters.items() if name in spec.OPERATIONS}
    known = {operation: known_parameters(operation) for operation in operations}
    for operation, given in own.items():
        require_operation(operation, given, operations)
        for name in given:
            require_known(name, [operation])
    for name in shared:
        require_known(name, operations)
    read = {name: ways(name, one) for name, one in shared.items()}
    found = {}
    for operation, there in known.items():
        mine = {name: ways(name, one) for name, one in own.get(operation, {}).items()}
        if there:
            found[operation] = {
                name: one for name, one in {**read, **mine}.items() if name in there
            }
    return found


def require_operation(operation: str, given: Any, operations: Sequence[str]) -> None:
    """Raise for parameters of an operation that is not adapted, or that are no dict."""
    if operation not in operations:
        raise ValueError(f"parameters has {operation!r}, and no function is given for it")
    if not isinstance(given, Mapping):
        raise TypeError(f"parameters[{operation!r}] is a dict of parameters, not {given!r:.60}")


def require_known(name: str, operations: Sequence[str]) -> None:
    """Raise ValueError for a parameter that none of the operations has."""
    there = list(dict.fromkeys(one for each in operations for one in known_parameters(each)))
    if name in there:
        return
    if name == "batch":
        raise ValueError("batch is no parameter, but an option: adapt(..., batch=True)")
    others = [one for one in spec.OPERATIONS if name in known_parameters(one)]
    of = " and ".join(operations)
    hint = f"; it belongs to {' and '.join(others)}" if others else meant_by(str(name), there)
    has = f"there are {', '.join(there)}" if there else "there is none"
    raise ValueError(f"{name!r} is no parameter of {of}; {has}{hint}")


def ways(parameter: str, given: Any) -> Ways:
    """How a function takes a parameter, as `adapt` was told it. Raises ValueError, TypeError."""
    if callable(given):
        function: Callable[[Any], Mapping[str, Any]] = given
        return function
    several = [given] if isinstance(given, str) else given
    if not isinstance(several, Sequence) or not several:
        forms = "a text as 'strides:pair', a list of them or a function"
        raise TypeError(f"parameters[{parameter!r}] is {forms}, not {given!r:.60}")
    return [way(parameter, one) for one in several]


def way(parameter: str, text: Any) -> Way:
    """What a text says. Raises ValueError, TypeError."""
    where = f"parameters[{parameter!r}] = {text!r:.80}"
    if not isinstance(text, str):
        raise TypeError(f"{where}: it is a text, as 'strides:pair'")
    found = TEXT.fullmatch(text.strip())
    listing = found and (found["inside"] or found["plain"])
    names = [one.strip() for one in listing.split(",")] if listing else []
    if not found or not all(one.isidentifier() or one.isdecimal() for one in names):
        forms = "'name', 'name:convention', 'one, other' or 'dict[name]'"
        raise ValueError(f"{where}: it has the form {forms}")
    convention = (found["how"] or "").strip()
    if convention and convention not in CONVENTIONS.get(parameter, {}):
        known = listed(parameter)
        has = f"there are {known}" if known else f"{parameter} has none"
        near = meant_by(convention, [*CONVENTIONS.get(parameter, {})])
        raise ValueError(f"{where}: {convention!r} is no convention; {has}{near}")
    if len(names) > 1:
        convention = split(where, parameter, len(names), convention)
    holder = found["holder"] or ""
    places = [int(one) if one.isdecimal() and not holder else one for one in names]
    return Way(parameter, tuple(places), holder, convention)


def split(where: str, parameter: str, count: int, convention: str) -> str:
    """The convention of a value that several names share. Raises ValueError if there is none."""
    plain = {2: "pair", 4: "top-bottom-left-right"}.get(count, "")
    convention = convention or plain
    fits = convention == "pair" if count == 2 else count == 4 and convention in ORDERS
    if not fits or convention not in CONVENTIONS.get(parameter, {}):
        raise ValueError(f"{where}: {count} names cannot share a value of {parameter}")
    return convention


def meant_by(name: str, known: Sequence[str]) -> str:
    """A question about the known name that is nearest to another, or nothing."""
    near = get_close_matches(name, known, 1)
    return f"; did you mean {near[0]}?" if near else ""
