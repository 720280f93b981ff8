"""The calls that were made on a target: those that a deviation may depend on."""

from collections import deque
from dataclasses import dataclass, field
from itertools import chain

import numpy as np

from cnnspec.kit.calls import Argument, Call
from cnnspec.kit.stack import Stack

REMEMBERED = 256
"""The most calls that are kept of a kind."""

SMALL, LARGEST = 4_096, 2**20
"""Elements of a call up to which it is small, and up to which it is kept at all."""


@dataclass
class History:
    """What is kept of the calls that were made.

    last: the last small ones. firsts: the first of each shape. large: for each operation, the last
    large one.
    """

    last: deque[Call | Stack] = field(default_factory=lambda: deque(maxlen=REMEMBERED))
    firsts: dict[object, Call] = field(default_factory=dict)
    large: dict[str, Call] = field(default_factory=dict)

    def note(self, call: Call) -> None:
        """Keep a call, and forget an earlier one where there are too many."""
        size = elements(call)
        if size > SMALL:
            if size <= LARGEST:
                self.large[call.operation] = call
            return
        self.last.append(call)
        if len(self.firsts) < REMEMBERED:
            self.firsts.setdefault(shapes_of(call), call)

    def note_stack(self, stack: Stack) -> None:
        """Keep the calls of a stack, which are small."""
        self.last.append(stack)
        if len(self.firsts) < REMEMBERED:
            first = stack.call(0)
            self.firsts.setdefault(shapes_of(first), first)

    def calls(self) -> tuple[Call, ...]:
        """All that are kept, the last ones last."""
        last = [one.calls() if isinstance(one, Stack) else (one,) for one in self.last]
        return (*self.large.values(), *self.firsts.values(), *list(chain(*last))[-REMEMBERED:])


def elements(call: Call) -> int:
    """How many elements the arrays of a call have."""
    return sum(array.size for array in call.arrays)


def shapes_of(call: Call) -> tuple[object, ...]:
    """The operation of a call, the shapes and dtypes of its arrays, and its numbers."""
    numbers = ((name, a) for name, a in call.arguments.items() if not isinstance(a, Argument))
    return (call.operation, *((a.shape, a.dtype.char) for a in call.arrays), *numbers)


def alike(left: Call, right: Call) -> bool:
    """Whether two calls are the same, element by element."""
    if shapes_of(left) != shapes_of(right):
        return False
    pairs = zip(left.arrays, right.arrays, strict=True)
    return all(np.array_equal(a, b, equal_nan=a.dtype.kind == "f") for a, b in pairs)
