"""The checks of Q2 and Q4 that are about options: a call after others with options.

A target may keep tables, buffers or layers, by the shape of a map and not by the stride as well.
Or it keeps the memory of a result, but only where there is a stride, say.
"""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from cnnspec.kit.calls import Argument, Call, Case
from cnnspec.kit.check import AsVectors, check
from cnnspec.kit.numerals import Setting
from cnnspec.kit.operation import Operation, broken, option_clause
from cnnspec.kit.restriction import Trial
from cnnspec.kit.session import Session
from cnnspec.kit.taken import as_taken
from cnnspec.operations.every.behaviour import OF_MEMORY, flagged
from cnnspec.operations.every.blame import can_be_asked
from cnnspec.operations.every.state import after_look_alikes
from cnnspec.operations.every.typical import for_each

Settings = dict[str, Argument | Setting]

ASYMMETRIC: tuple[Settings, ...] = (
    {"padding": ((1, 0), (1, 0))},
    {"padding": ((0, 1), (0, 1))},
)
"""Padding by which a map gets as large as by the other."""

WORDS: tuple[Settings, ...] = (
    {"padding": "same_upper", "stride": 2},
    {"padding": "same_lower", "stride": 2},
)
PAIRS: tuple[Settings, ...] = ({"stride": (1, 2)}, {"stride": (2, 1)})


def in_turn(operation: Operation, trial: Trial) -> Iterator[Call]:
    """Calls that differ in their options, each from the next, and hardly in anything else.

    Some are of the same shapes, some have the same shape when they are padded, or the same product
    of stride and dilation.
    """
    base = trial.base
    near = base.changed(stride=1) if "stride" in base.arguments else base
    single = {name: base.changed(**given) for name, given in trial.settings.items()}
    yield from (base, near.changed(stride=2), near)
    for name in ("stride", "dilation", "ceil", "count_padding"):
        if name in single:
            yield single[name]
    yield base
    yield from (near.changed(**given) for given in (*PAIRS, *ASYMMETRIC))
    yield near
    yield shorter(near, 2).changed(padding=1)
    yield from (shorter(near, 1).changed(**given) for given in WORDS)
    if "ceil" in single:
        yield from (shorter(one, 1) for one in (base, single["ceil"]))
    if "count_padding" in single:
        padded = base.changed(padding=1)
        yield from (padded, padded.changed(count_padding=True))
    if "bias" in single:
        bias = single["bias"].arrays[-1]
        yield from (single["bias"], base.changed(bias=Argument(np.flip(bias).copy())), base)
    if "groups" in single:
        yield from (single["groups"], base)


def shorter(call: Call, less: int) -> Call:
    """A call whose map has so many rows and columns less."""
    x, *others = call.arrays
    return call.with_arrays([x[:-less, :-less].copy(), *others])


@for_each
def turns(session: Session, operation: Operation) -> Iterator[Case]:
    """Each call after the one before; those alone that the target can be given."""
    varied = operation.varied
    if varied is None or varied.trial is None:
        return
    calls = [as_taken(session, one) for one in in_turn(operation, varied.trial())]
    able = [
        one
        for one in calls
        if broken(one, session.edition) is None and can_be_asked(session, (one,))
    ]
    if any(map(option_clause, able)):
        yield from pairwise(able)


@check(
    "Q2",
    witness="what the call shall give",
    cases=turns,
    whole=True,
    editions=("general",),
    vectors=AsVectors(left_out=True),
)
def after_other_options(session: Session, case: Case) -> None:
    """A result is right after a call with other options, of the same shapes or nearly so."""
    after_look_alikes(session, case)


LARGER = 15
"""Rows of a map from which a 3 by 3 filter of stride 2 makes 7, as it does from 9 without one."""


def kept_results(trial: Trial) -> Iterator[Case]:
    """Calls with each option twice; plain ones after a stride that gives as large a result."""
    base, stride = trial.base, trial.settings.get("stride")
    for given in trial.settings.values():
        yield (base.changed(**given),) * 2
    if stride:
        x, *others = base.arrays
        larger = np.resize(x, (LARGER, LARGER, *x.shape[2:]))
        yield base.with_arrays([larger, *others]).changed(**stride), base, base


@for_each
def with_options(session: Session, operation: Operation) -> Iterator[Case]:
    """The calls of `kept_results` that the target can be given."""
    varied = operation.varied
    if varied is None or varied.trial is None:
        return
    for case in kept_results(varied.trial()):
        calls = tuple(as_taken(session, one) for one in case)
        valid = all(broken(one, session.edition) is None for one in calls)
        if valid and can_be_asked(session, calls[:1]):
            yield calls


@check(
    "Q4",
    witness="NumPy's memory and flags",
    cases=with_options,
    whole=True,
    editions=("general",),
    vectors=AsVectors(left_out=True),
)
def fresh_with_options(session: Session, case: Case) -> None:
    """A result with options is fresh, and stays as it is."""
    flagged(session, case, *OF_MEMORY)
