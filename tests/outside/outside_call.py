"""Calls that a runtime and we both make, and arrays for them."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from cnnspec.spec import Array, SpecError
from cnnspec.spec.parameters import layout
from cnnspec.spec.window import Axis

Random = np.random.RandomState
OPERATIONS = ("conv", "pooling", "average_pooling")


class Call(NamedTuple):
    """One call. arrays: channels last. given: the runtime's parameters; dialect: to the book's."""

    operation: str
    arrays: tuple[Array, ...]
    given: dict[str, Any]
    dialect: Callable[..., dict[str, Any]]

    @property
    def arguments(self) -> dict[str, Any] | None:
        """The book's parameters, or None where the dialect says that it has no such thing."""
        try:
            return self.dialect(**self.given)
        except ValueError:
            return None

    @property
    def axes(self) -> tuple[Axis, Axis]:
        """Its axes of rows and columns. Raises SpecError where windows do not fit."""
        named = dict(self.arguments or {})
        size = named.get("size") or self.arrays[1].shape[1:3]
        words = ("stride", "padding", "dilation", "ceil")
        more = {name: named[name] for name in words if name in named}
        return layout(self.arrays[0].shape[:2], size, **more, clause="fits")


def whole(random: Random, *shape: int) -> Array:
    """Whole numbers so small that every sum is exact in float32."""
    return random.randint(-9, 10, shape).astype(float)


def numbers(random: Random, least: int, most: int, count: int = 2) -> tuple[int, ...]:
    """Some numbers."""
    return tuple(int(one) for one in random.randint(least, most + 1, count))


def steps(random: Random, most: int) -> tuple[int, ...]:
    """Strides or dilations; ones are frequent, since most layers have them."""
    return (1, 1) if random.randint(3) == 0 else numbers(random, 1, most)


def conv_arrays(random: Random, groups: int) -> tuple[Array, ...]:
    """An image, filters and half of the time a bias."""
    depth, share = numbers(random, 1, 2)
    image = whole(random, *numbers(random, 1, 9), groups * depth)
    filters = whole(random, groups * share, *numbers(random, 1, 5), depth)
    bias = (whole(random, groups * share),) if random.randint(2) else ()
    return image, filters, *bias


def map_arrays(random: Random) -> tuple[Array, ...]:
    """A map; half of them have negative numbers alone, so that padding would win."""
    x = whole(random, *numbers(random, 1, 9), int(random.randint(1, 3)))
    return (x - 10 * random.randint(2),)


def ours(module: Any, call: Call) -> Array | None:
    """What the book or the reference computes, or None where it rejects the call."""
    arguments = call.arguments
    if arguments is None:
        return None
    try:
        computed = getattr(module, call.operation)
        return np.asarray(computed(*call.arrays, **arguments, edition="general"))
    except SpecError:
        return None
