"""What the clauses leave open, or what invalid input does: observed and shown, never judged."""

from collections.abc import Iterator
from contextlib import suppress

import numpy as np

from cnnspec.kit.calls import LOST, Call, Outcome, call
from cnnspec.kit.rejection import allowed
from cnnspec.kit.session import Declined, Session
from cnnspec.operations import oracle
from cnnspec.spec import Array

AGAIN = 4
"""How often a call is made: memory that was never written shows by results that change."""

QUIET_NAN = np.array([0x7FF9234000000000], np.uint64).view(np.float64)[0]


def ones(*shape: int) -> Array:
    """An array of ones."""
    return np.ones(shape)


QUESTIONS: dict[str, Call] = {
    "K > H and W": call("conv", ones(3, 3), ones(1, 7, 7)),
    "K > W alone": call("conv", ones(9, 5), ones(1, 7, 7)),
    "K even": call("conv", ones(6, 7), np.arange(4.0).reshape(1, 2, 2)),
    "filters not square": call("conv", ones(6, 7), np.arange(15.0).reshape(1, 3, 5)),
    "channels differ": call("conv", ones(5, 5, 3), ones(1, 3, 3, 2)),
    "no filters": call("conv", ones(5, 5), ones(0, 3, 3)),
    "no channels": call("conv", ones(5, 5, 0), ones(1, 3, 3, 0)),
    "empty image": call("conv", ones(0, 0), ones(1, 1, 1)),
    "S > H and W": call("pooling", ones(3, 3, 1), 5, 1),
    "S > W alone": call("pooling", ones(7, 3, 1), 5, 2),
    "S = 0": call("pooling", ones(4, 4, 1), 0, 2),
    "T = 0": call("pooling", ones(4, 4, 1), 2, 0),
    "T < 0": call("pooling", ones(4, 4, 1), 2, -1),
    "empty map": call("pooling", ones(0, 0, 1), 2, 2),
    "relu of no elements": call("relu", ones(0, 3, 2)),
    "relu(-0.0)": call("relu", np.full((1, 1, 1), -0.0)),
    "max of 0.0 and -0.0": call("pooling", np.array([[[0.0], [-0.0]], [[-0.0], [-0.0]]]), 2, 2),
    "max of -0.0 and 0.0": call("pooling", np.array([[[-0.0], [-0.0]], [[-0.0], [0.0]]]), 2, 2),
    "sum of -0.0": call("conv", np.full((1, 1), -0.0), ones(1, 1, 1)),
    "payload of NaN in relu": call("relu", np.full((1, 1, 1), QUIET_NAN)),
}
"""Each kind of behaviour, and the call that shows it."""


def observe(session: Session) -> dict[str, str]:
    """What the target does, in a few words for each question about an operation that it offers."""
    return {
        name: "; ".join(answers(session, one))
        for name, one in QUESTIONS.items()
        if one.operation in session.offered()
    }


def answers(session: Session, one: Call) -> Iterator[str]:
    """What comes of a call, and whether it is another thing when it is made again."""
    try:
        first = session.outcome(one)
    except Declined as reason:
        yield f"declined: {reason}"
        return
    yield in_words(one, first)
    if first.kind in LOST:
        return
    others = []
    with suppress(Declined):  # a target may decline what it did not decline before
        others += [session.outcome(one) for _ in range(AGAIN)]
        session.restart()
        others.append(session.outcome(one))
    if any(different(first, other) for other in others):
        yield "another result each time"


def different(left: Outcome, right: Outcome) -> bool:
    """Whether two outcomes of one call differ."""
    if left.value is None or right.value is None:
        return left.kind != right.kind
    return left.value.shape != right.value.shape or left.value.tobytes() != right.value.tobytes()


def in_words(one: Call, outcome: Outcome) -> str:
    """An outcome in a few words."""
    got = outcome.value
    if outcome.kind == "rejected":
        return f"raises {outcome.exception[0]}" if outcome.exception else "rejected"
    if outcome.kind == "crashed":
        return outcome.message.partition(" (")[0].removeprefix("the target ")
    if got is None:
        return "hangs" if outcome.kind == "hung" else outcome.message
    if not got.size:
        return f"empty {got.shape}"
    if oracle.broken(one, "standard") is None:
        return number(got)
    return "computed" if allowed(one, outcome) else f"shape {got.shape}: {number(got)}"


def number(got: Array) -> str:
    """The first element: of NaN, whether its bits are those that were given."""
    first = got.ravel()[0]
    if np.isnan(first):
        kept = first.tobytes() == QUIET_NAN.astype(got.dtype).tobytes()
        return "payload kept" if kept else "payload changed"
    return str(first.item())
