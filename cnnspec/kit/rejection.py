"""What the checks of invalid input share."""

from collections.abc import Callable, Iterator

import numpy as np

from cnnspec.kit.calls import LOST, Call, Case, Outcome
from cnnspec.kit.operation import NOTHING, REGISTRY, broken, operation_of
from cnnspec.kit.session import Deviation, Session, difference, returned
from cnnspec.kit.settings import BATCH
from cnnspec.spec import Array, Edition

ACCIDENTS = {"IndexError", "KeyError", "AttributeError", "AssertionError", "ZeroDivisionError"}
"""Exceptions that come from inside an implementation that did not look at its input."""


def invalid(session: Session, operation: str) -> dict[str, list[Case]]:
    """The invalid calls of an operation, by the first clause that each breaks.

    They are made once: several checks look at what comes of them.
    """
    known = session.memory.invalid
    if operation not in known:
        known[operation] = {}
        for one in REGISTRY[operation].inputs.invalid():
            edition: Edition = "general" if session.edition == "general" else "standard"
            clause = None if is_batch(session, one) else broken(one, edition)
            if clause is not None:
                same = ((call,) for call in in_both_precisions(one))
                known[operation].setdefault(clause, []).extend(same)
    return known[operation]


def is_batch(session: Session, call: Call) -> bool:
    """Whether the first array of a call is a batch to a target that takes one.

    Such a target is not asked to reject it, also in an edition that has no batches.
    """
    if not session.takes(call.operation, BATCH):
        return False
    return broken(call.changed(batch=True), "general") is None


def in_both_precisions(call: Call) -> Iterator[Call]:
    """The call; one call in four comes in float32 too, for which runtimes have other kernels."""
    yield call
    if sum(array.size for array in call.arrays) % 4 == 0:
        yield call.with_arrays([array.astype(np.float32) for array in call.arrays])


def of(operation: str, *wanted: str) -> Callable[[Session], Iterator[Case]]:
    """Invalid calls whose first broken clause is a wanted one, for `check`."""
    return lambda session: (
        case for clause in wanted for case in invalid(session, operation).get(clause, ())
    )


def allowed(call: Call, got: Array) -> bool:
    """Whether a result for invalid input is one that edition standard allows."""
    right = operation_of(call).oracle.instead(call)
    if right is None:
        return False
    return not got.size if right is NOTHING else difference(got, right) is None


def rejected(session: Session, case: Case) -> None:
    """Raise Deviation unless the call is rejected, or gives what its edition allows instead."""
    one = case[-1]
    outcome = session.remember(one)
    if outcome.kind in LOST:
        text = f"invalid input is not rejected: {outcome.message}"
        raise Deviation(text, lost=outcome.fate, accepted=True)
    if outcome.kind == "rejected":
        return
    clause = broken(one, session.edition)
    got = returned(outcome)
    if session.edition != "article" and allowed(one, got):
        return
    text = f"invalid input ({clause}) gives a result of shape {got.shape}"
    raise Deviation(text, None, got, accepted=True)


def causes(operation: str, outcome: Outcome) -> set[str]:
    """The clause that a rejection names, or else those that its message speaks of."""
    told_apart = REGISTRY[operation].roles.causes
    if outcome.clause:
        return {outcome.clause} & set(told_apart)
    text = outcome.message.lower()
    return {clause for clause, words in told_apart.items() if any(word in text for word in words)}
