"""Functions whose parameters have other names and forms, as functions that take those of the book.

The signature of such a function has the book's names, and of the parameters those that were named
to `cnnspec.adapt`. From it the verifier sees what a target offers.
"""

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import wraps
from itertools import takewhile
from typing import Any

import numpy as np

from cnnspec import spec
from cnnspec.kit.calls import Array
from cnnspec.spec.numbers import BATCH_RANK
from cnnspec.targets.conventions import Windows
from cnnspec.targets.ways import ARRAYS, Way, Ways, arguments, meant_by

Function = Callable[..., Any]

BY_PLACE = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
BY_NAME = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


def with_the_books_names(
    operation: str, function: Function, called: Function, named: Mapping[str, Ways]
) -> Function:
    """A function that takes the parameters of the book.

    function: as it was given, for its signature. called: what is called, with arrays as the book
    has them and arguments as `function` has them. named: how it takes each parameter; others are
    not offered. Raises TypeError or ValueError for what `function` does not take.
    """
    signature = signature_of(operation, named)
    fixed = [one for one in signature.parameters if one not in named]
    require_taken(operation, function, named, len(fixed))
    without_bias = leaves_out(function, named.get("bias", ()))

    def renamed(*given: Any, **others: Any) -> Any:
        bound = signature.bind(*given, **others)
        first, said = by_place(bound.arguments, fixed)
        bound.apply_defaults()
        values, windows = bound.arguments, windows_of(bound.arguments)
        if "bias" in named and values["bias"] is None and not without_bias:
            values["bias"] = np.zeros(len(values["filters"]), values["filters"].dtype)
        for parameter, ways in named.items():
            if parameter != "bias" or values["bias"] is not None:
                add(said, arguments(parameter, ways, values[parameter], windows))
        places = sorted(one for one in said if isinstance(one, int))
        return called(*first, *(said.pop(one) for one in places), **said)

    renamed.__signature__ = signature  # type: ignore[attr-defined]
    return renamed


def signature_of(operation: str, named: Mapping[str, Any]) -> inspect.Signature:
    """The book's signature, but for the parameters that are not offered.

    Size and stride of pooling stay: a function that does not name them takes them by place.
    """
    every = inspect.signature(getattr(spec, operation)).parameters
    always = (*ARRAYS, "size", "stride") if "size" in every else ARRAYS
    kept = [one for name, one in every.items() if name in always or name in named]
    return inspect.Signature([one.replace(annotation=one.empty) for one in kept])


def windows_of(values: Mapping[str, Any]) -> Windows:
    """The windows of a call, by the arguments as the book has them."""
    x: Array = values["image"] if "image" in values else values["feature_map"]
    extents = x.shape[:2] if x.ndim <= 3 else x.shape[-3:-1]  # a batch has one axis more
    size = values["filters"].shape[1:3] if "filters" in values else values["size"]
    return Windows(extents, size, values.get("stride", 1), values.get("dilation", 1))


def by_place(given: Mapping[str, Any], names: Sequence[str]) -> tuple[list[Any], dict[Any, Any]]:
    """Arguments that are given by place, and those behind one that is left out, by name."""
    first = [given[name] for name in takewhile(given.__contains__, names)]
    return first, {name: given[name] for name in names[len(first) :] if name in given}


def add(said: dict[Any, Any], more: Mapping[Any, Any]) -> None:
    """Add arguments to others; dicts of one name become one.

    Raises TypeError for a name that is said twice.
    """
    for name, value in more.items():
        known = said.get(name)
        if isinstance(known, dict) and isinstance(value, Mapping):
            said[name] = {**known, **value}
        elif name in said:
            raise TypeError(f"two parameters are named {name!r}")
        else:
            said[name] = value


def leaves_out(function: Function, ways: Ways) -> bool:
    """Whether no bias is said by leaving it out: the function has a default for it."""
    own = own_parameters(function)
    if own is None or callable(ways) or len(ways) != 1 or ways[0].holder:
        return False
    (name,) = ways[0].names
    if isinstance(name, int):
        return False  # by place: what comes after it would move
    return name in own and own[name].default is not inspect.Parameter.empty


def own_parameters(function: Function) -> Mapping[str, inspect.Parameter] | None:
    """The parameters of a function, or None where that is not known."""
    try:
        return inspect.signature(function).parameters
    except (TypeError, ValueError):
        return None


# What is refused when an adapter is built


def require_taken(
    operation: str, function: Function, named: Mapping[str, Ways], fixed: int
) -> None:
    """Raise for what cannot be called: names that the function does not take, or that it lacks.

    fixed: how many arguments come first, by place.
    """
    if "size" in named and "stride" not in named:
        raise ValueError(f"{operation}: parameters names size, and no stride; name both or neither")
    texts = {name: ways for name, ways in named.items() if not callable(ways)}
    require_different(operation, texts)
    placed = fixed + require_places(operation, texts, fixed)
    own = own_parameters(function)
    if own is None:
        return
    by_place = [name for name, one in own.items() if one.kind in BY_PLACE]
    by_name = [name for name, one in own.items() if one.kind in BY_NAME]
    taken = [one for one in by_name if one not in by_place[:placed]]
    anything = any(one.kind == inspect.Parameter.VAR_KEYWORD for one in own.values())
    for one in every_way(texts):
        for taker in one.takers:
            if not isinstance(taker, int) and taker not in taken and not anything:
                raise TypeError(not_taken(operation, function, one, taker, taken))
    if len(texts) == len(named):  # what a function makes is not known before it is called
        require_all(operation, function, texts, placed)


def not_taken(operation: str, function: Function, one: Way, name: str, taken: Sequence[str]) -> str:
    """What to say of a name that a function does not take."""
    takes = f"it takes {', '.join(taken)}" if taken else "it takes arrays alone"
    where = f"{operation}: parameters gives {one.parameter} to {name!r}"
    own = [*(own_parameters(function) or {}).values()]
    if any(parameter.name == name for parameter in own if parameter.kind is BY_PLACE[0]):
        place = 1 + [parameter.name for parameter in own].index(name)
        return f"{where}, which {name_of(function)} takes by place alone: name it '{place}'"
    return f"{where}, which {name_of(function)} does not take; {takes}{meant_by(name, taken)}"


def require_different(operation: str, texts: Mapping[str, Sequence[Way]]) -> None:
    """Raise ValueError where two parameters go to one argument, or to one key of a dict."""
    seen: dict[tuple[str, str | int], str] = {}
    for parameter, ways in texts.items():
        for taker in ((one.holder, name) for one in ways for name in one.names):
            other = seen.setdefault(taker, parameter)
            if other != parameter:
                text = f"parameters gives {other} and {parameter} to {taker[1]!r}"
                raise ValueError(f"{operation}: {text}")


def require_places(operation: str, texts: Mapping[str, Sequence[Way]], fixed: int) -> int:
    """How many parameters go by place.

    Raises ValueError for places that do not follow one another, after those of the arrays.
    """
    places = {
        taker: one.parameter
        for one in every_way(texts)
        for taker in one.takers
        if isinstance(taker, int)
    }
    for right, taker in enumerate(sorted(places), fixed + 1):
        if taker != right:
            text = f"parameters gives {places[taker]} to place {taker}"
            raise ValueError(f"{operation}: {text}; the first place that is free is {right}")
    return len(places)


def require_all(
    operation: str, function: Function, texts: Mapping[str, Sequence[Way]], placed: int
) -> None:
    """Raise TypeError where a function needs an argument that it would not get.

    placed: how many arguments it gets by place.
    """
    takers = {taker for one in every_way(texts) for taker in one.takers}
    own = own_parameters(function) or {}
    needed = [name for name, one in own.items() if one.kind in (*BY_PLACE, *BY_NAME)]
    lacking = [
        name
        for place, name in enumerate(needed)
        if own[name].default is inspect.Parameter.empty
        and name not in takers
        and (place >= placed or own[name].kind is inspect.Parameter.KEYWORD_ONLY)
    ]
    if lacking:
        text = f"{name_of(function)} needs {' and '.join(lacking)}, which parameters does not name"
        raise TypeError(f"{operation}: {text}")


def every_way(texts: Mapping[str, Sequence[Way]]) -> Iterator[Way]:
    """The ways of all parameters."""
    return (one for ways in texts.values() for one in ways)


def name_of(function: Function) -> str:
    """What a function is called in a message."""
    return str(getattr(function, "__name__", "the function"))


# What the book requires, as a guard


def guarded_in_general(operation: str, function: Function, batch: bool) -> Function:
    """A function that rejects first what edition general does not allow."""
    require = getattr(spec, f"require_general_{operation}", None)
    if require is None:  # relu: all is valid
        return function
    signature, asked = inspect.signature(function), inspect.signature(require).parameters

    @wraps(function)
    def checked(*given: Any, **others: Any) -> Any:
        bound = signature.bind(*given, **others)
        bound.apply_defaults()
        x, *values = ((name, one) for name, one in bound.arguments.items() if name in asked)
        require(one_image(x[1]) if batch else x[1], **dict(values))
        return function(*given, **others)

    return checked


def one_image(x: Array) -> Array:
    """The first image of a batch, or one of its shape where it has none; no batch as it is."""
    if x.ndim != BATCH_RANK:
        return x
    return x[0] if len(x) else np.zeros(x.shape[1:], x.dtype)
