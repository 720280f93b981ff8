"""Smaller calls that still differ in the same way."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from outside_call import Call

Still = Callable[[Call], bool]


def smallest(call: Call, still: Still) -> Call:
    """Take the first smaller call that still differs, until there is none."""
    while True:
        found = next((one for one in smaller(call) if one.arguments and still(one)), None)
        if found is None:
            return call
        call = found


def smaller(call: Call) -> Iterator[Call]:
    """Calls with a row, a column, a channel or a bias less, smaller numbers, and plain values."""
    x, *others = call.arrays
    if call.operation == "conv":
        yield from smaller_conv(call)
    elif x.shape[2] > 1:
        yield call._replace(arrays=(x[:, :, :1],))
    for axis in (0, 1):
        if x.shape[axis] > 1:
            yield call._replace(arrays=(np.delete(x, -1, axis), *others))
    for name, value in call.given.items():
        for less in lower(value, 0 if name in ("pads", "padding") else 1):
            yield call._replace(given={**call.given, name: less})
    plain = tuple(np.arange(1.0, one.size + 1).reshape(one.shape) for one in call.arrays)
    if any(not np.array_equal(*pair) for pair in zip(plain, call.arrays, strict=True)):
        yield call._replace(arrays=plain)


def smaller_conv(call: Call) -> Iterator[Call]:
    """Without a bias, of one channel and one filter, with filters of fewer rows and columns."""
    x, w, *bias = call.arrays
    named = "groups" if "groups" in call.given else "group"
    if bias:
        yield call._replace(arrays=(x, w))
    if x.shape[2] > 1 or len(w) > 1:
        one = {**call.given, named: 1}
        yield call._replace(
            arrays=(x[:, :, :1], w[:1, :, :, :1], *[b[:1] for b in bias]), given=one
        )
    for axis in (1, 2):
        if w.shape[axis] > 1:
            yield call._replace(arrays=(x, np.delete(w, -1, axis), *bias))


def lower(value: Any, least: int) -> Iterator[Any]:
    """A number, or one of several, less by one."""
    if isinstance(value, tuple):
        for i, one in enumerate(value):
            if one > least:
                yield (*value[:i], one - 1, *value[i + 1 :])
    elif isinstance(value, list):
        for i, one in enumerate(value):
            for less in lower(tuple(one), 0):
                yield [*value[:i], list(less), *value[i + 1 :]]
    elif isinstance(value, int) and value > 0:
        yield type(value)(value - 1)
