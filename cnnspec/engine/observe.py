"""What the clauses leave open, or what invalid input does: observed and shown, never judged."""

from collections.abc import Callable, Iterator
from contextlib import suppress

import numpy as np

from cnnspec.kit.calls import LOST, Call, Outcome
from cnnspec.kit.filling import QUIET_NAN
from cnnspec.kit.operation import REGISTRY, broken
from cnnspec.kit.rejection import allowed
from cnnspec.kit.session import Declined, Session, returned
from cnnspec.spec import Array

AGAIN = 4
"""How often a call is repeated: results that change show memory that was never written."""


def questions() -> dict[str, Call]:
    """Each kind of behaviour, and the call that shows it."""
    return {
        name: one
        for operation in REGISTRY.values()
        for name, one in operation.inputs.questions().items()
    }


def observe(session: Session) -> dict[str, str]:
    """What the target does, in a few words for each question about an operation that it offers."""
    return {
        name: "; ".join(answers(session, one))
        for name, one in questions().items()
        if one.operation in session.offered()
    }


def in_words(call: Call, outcome: Outcome) -> str:
    """An outcome in a few words."""
    text = unanswered(outcome)
    if text:
        return text
    got = returned(outcome)
    if broken(call, "standard") is None:
        return number(got)
    return "computed" if allowed(call, got) else f"shape {got.shape}: {number(got)}"


InWords = Callable[[Call, Outcome], str]
"""Says an outcome of a call in a few words."""


def answers(session: Session, call: Call) -> Iterator[str]:
    """The outcome of a call in words, or why it is declined."""
    try:
        yield from made(session, call, in_words, restarts=True)
    except Declined as reason:
        yield f"declined: {reason}"


def made(session: Session, call: Call, in_words: InWords, *, restarts: bool) -> Iterator[str]:
    """The outcome of a call in words, and whether it changes when the call is made again.

    restarts: whether it is made once more by a target that was started anew. Raises Declined.
    """
    first = session.outcome(call)
    yield in_words(call, first)
    if first.kind in LOST:
        return
    others = []
    with suppress(Declined):  # a target may decline what it did not decline before
        others += [session.outcome(call) for _ in range(AGAIN)]
        if restarts:
            session.restart()
            others.append(session.outcome(call))
    if any(different(first, other) for other in others):
        yield "another result each time"


def different(left: Outcome, right: Outcome) -> bool:
    """Whether two outcomes of one call differ."""
    if left.value is None or right.value is None:
        return left.kind != right.kind
    return left.value.shape != right.value.shape or left.value.tobytes() != right.value.tobytes()


def unanswered(outcome: Outcome) -> str:
    """In words, an outcome without a result, or with one that has no elements; or nothing."""
    got = outcome.value
    if outcome.kind == "rejected":
        return f"raises {outcome.exception[0]}" if outcome.exception else "rejected"
    if outcome.kind == "crashed":
        return f"died of {outcome.signal}" if outcome.signal else "ended its process"
    if got is None:
        return outcome.fate or outcome.message
    return "" if got.size else f"empty {got.shape}"


def number(got: Array) -> str:
    """The first element in words. For NaN: whether its bits are those of the input."""
    first = got.ravel()[0]
    if np.isnan(first):
        kept = first.tobytes() == QUIET_NAN.astype(got.dtype).tobytes()
        return "payload kept" if kept else "payload changed"
    return str(first.item())
