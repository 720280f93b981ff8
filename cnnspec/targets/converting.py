"""A target that gets its floats in one dtype."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from numpy import array_equal, dtype, errstate, finfo

from cnnspec.kit.calls import Array, Call, Outcome
from cnnspec.kit.client import Client, Meanwhile, nothing
from cnnspec.kit.stack import Answer, Stack, in_turn

WIDEST = "float64"
"""Whoever asks for it has a target that takes no other floats."""


class Converting:
    """A client that converts wider floats to `dtype`, if that changes no number.

    To float64 it converts all floats. Calls with numbers that would change are unsupported, and so
    are not judged.
    """

    def __init__(self, client: Client, dtype: str) -> None:
        self.client, self.dtype = client, dtype
        self.unseen, self.about, self.dtypes = client.unseen, client.about, client.dtypes
        self.others, self.isolated = client.others, client.isolated

    @property
    def operations(self) -> Mapping[str, int | None]:
        """Those of the client."""
        return self.client.operations

    @property
    def options(self) -> Mapping[str, Sequence[str]]:
        """Those of the client."""
        return self.client.options

    @property
    def timeout(self) -> float:
        """Seconds that a call may take."""
        return self.client.timeout

    @property
    def inline(self) -> bool:
        """Whether arrays go to the client in its messages."""
        return self.client.inline

    @property
    def gone(self) -> bool:
        """Whether the client could not be started again."""
        return self.client.gone

    @property
    def losses(self) -> int:
        """How often the client gave no answer."""
        return self.client.losses

    @property
    def seconds_lost(self) -> float:
        """How long was waited in vain."""
        return self.client.seconds_lost

    @property
    def spent(self) -> float:
        """The processor time that the client has used."""
        return self.client.spent

    @property
    def queued(self) -> float:
        """How long was waited for a processor."""
        return self.client.queued

    def answer(self, call: Call) -> Outcome:
        """Make a call with its floats converted."""
        given = converted(call, self.dtype)
        return self.unsupported() if given is None else self.client.answer(given)

    def answers(self, calls: list[Call], meanwhile: Meanwhile = nothing) -> list[Outcome]:
        """Make calls with their floats converted."""
        given = [converted(one, self.dtype) for one in calls]
        possible = [one for one in given if one is not None]
        outcomes = self.client.answers(possible, meanwhile) if possible else []
        if len(outcomes) < len(possible):
            return []
        rest = iter(outcomes)
        return [self.unsupported() if one is None else next(rest) for one in given]

    def stacked(self, calls: list[Stack]) -> list[Answer]:
        """Make the calls of stacks with their floats converted."""
        given = []
        for one in calls:
            arrays = {name: cast(values, self.dtype) for name, values in one.arrays.items()}
            held = {name: values for name, values in arrays.items() if values is not None}
            if len(held) < len(arrays):  # perhaps some of the calls can be made
                return in_turn(self, calls)
            given.append(replace(one, arrays=held))
        return self.client.stacked(given)

    def unsupported(self) -> Outcome:
        """What is said of numbers that are not to be had in the dtype."""
        return Outcome("unsupported", message=f"numbers that {self.dtype} does not hold")

    def said(self) -> str:
        """What the target wrote to standard error."""
        return self.client.said()

    def restart(self) -> bool:
        """Begin anew."""
        return self.client.restart()

    def close(self) -> None:
        """End it."""
        self.client.close()


def converted(call: Call, to: str) -> Call | None:
    """The same call with its floats in a dtype, or None if that changes a number."""
    other = call.at_once and converted(call.at_once, to)
    if call.at_once is not None and other is None:
        return None
    arrays = []
    for array in call.arrays:
        values = cast(array, to)
        if values is None:
            return None
        arrays.append(values)
    return replace(call.with_arrays(arrays), at_once=other)


def cast(values: Array, to: str) -> Array | None:
    """Floats in a narrower dtype, or in float64; None where that changes a number."""
    more = finfo(to).nmant - finfo(values.dtype).nmant if values.dtype.kind == "f" else 0
    if more >= 0:
        return values.astype(to) if more and to == WIDEST else values
    with errstate(all="ignore"):
        cast = values.astype(dtype(to))
    return cast if array_equal(cast.astype(values.dtype), values, equal_nan=True) else None
