"""Calls that are made several times, for targets that do not repeat a call themselves."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice

from cnnspec.kit.calls import Call, Outcome
from cnnspec.targets.server import same


def apart(calls: Iterable[Call]) -> list[Call]:
    """Calls, each as often as it says."""
    return [
        one if one.repeat == 1 else replace(one, repeat=1)
        for one in calls
        for _ in range(one.repeat)
    ]


def joined(calls: Iterable[Call], outcomes: Iterable[Outcome]) -> Iterator[Outcome]:
    """One outcome for each call, of those that `apart` made of it."""
    rest = iter(outcomes)
    return (as_one(list(islice(rest, one.repeat))) for one in calls)


def as_one(outcomes: Sequence[Outcome]) -> Outcome:
    """The outcome of a call that was made again: the first, or one that differs from it."""
    first, *others = outcomes
    for one in others:
        if "differs" in one.flags or not same(one, first):
            return replace(one, flags=one.flags | {"differs"})
    return first
