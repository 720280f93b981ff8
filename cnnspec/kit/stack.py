"""Many calls of one form: of the same operation, shapes, dtypes and numbers."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from numpy import broadcast_to, empty

from cnnspec.kit.calls import Argument, Array, Call, Outcome
from cnnspec.kit.numerals import Setting


@dataclass(eq=False)
class Stack:
    """Plain calls of one form.

    arrays: by their names, each with those of all calls along a first axis. numbers: by their
    names, the same for all calls.
    """

    operation: str
    arrays: Mapping[str, Array]
    numbers: Mapping[str, Setting]

    def __len__(self) -> int:
        return len(next(iter(self.arrays.values())))

    def call(self, place: int) -> Call:
        """One of the calls."""
        arrays = {name: Argument(values[place, ...]) for name, values in self.arrays.items()}
        return Call(self.operation, {**arrays, **self.numbers})

    @cached_property
    def first(self) -> Call:
        """The first of the calls, which has the form of all."""
        return self.call(0)

    def calls(self) -> list[Call]:
        """All calls, one after another."""
        return [self.call(place) for place in range(len(self))]

    @property
    def room(self) -> int:
        """The most bytes of all results together that are read."""
        return len(self) * self.first.room


def repeated(call: Call, count: int) -> Stack:
    """One call, made so many times. Its layouts and slots are left out."""
    arrays = {
        name: broadcast_to(a.values, (count, *a.values.shape))
        for name, a in call.arguments.items()
        if isinstance(a, Argument)
    }
    numbers = {name: a for name, a in call.arguments.items() if not isinstance(a, Argument)}
    return Stack(call.operation, arrays, numbers)


Answer = Array | Sequence[Outcome]
"""What came of a stack: the results along a first axis, if all are alike; else all outcomes."""


def outcomes(answer: Answer) -> Sequence[Outcome]:
    """The outcomes of a stack, one for each call."""
    if isinstance(answer, Sequence):
        return answer
    return [Outcome("returned", value=value) for value in answer]


class Answering(Protocol):
    """Something that makes calls together."""

    def answers(self, calls: list[Call]) -> list[Outcome]:
        """The outcomes of calls; none if they cannot be made together."""


def in_turn(client: Answering, stacks: Sequence[Stack]) -> list[Answer]:
    """What comes of stacks if their calls are made as any others; nothing if they cannot be."""
    made = client.answers([call for stack in stacks for call in stack.calls()])
    rest = iter(made)
    return [answer([next(rest) for _ in range(len(stack))]) for stack in stacks if made]


def within(stacks: Sequence[Stack], most: int) -> Iterator[list[Stack]]:
    """Stacks in their order, as many together as have no more calls than `most`, or one alone."""
    some, count = list[Stack](), 0
    for stack in stacks:
        if some and count + len(stack) > most:
            yield some
            some, count = [], 0
        some.append(stack)
        count += len(stack)
    if some:
        yield some


def answer(made: Sequence[Outcome]) -> Answer:
    """Outcomes as one array, if each has a result of one shape and dtype, and nothing else."""
    first = made[0].value
    if first is None:
        return made
    for one in made:
        value = one.value
        if value is None or one.flags or (value.shape, value.dtype) != (first.shape, first.dtype):
            return made
    return stacked([one.value for one in made if one.value is not None])


def stacked(arrays: Sequence[Array]) -> Array:
    """Arrays of one shape and dtype along a first axis."""
    together = empty((len(arrays), *arrays[0].shape), arrays[0].dtype)
    for place, array in enumerate(arrays):
        together[place] = array
    return together
