"""What a target makes of what the clauses of options leave open: observed, never judged."""

from collections.abc import Collection
from contextlib import suppress
from dataclasses import replace

from cnnspec.engine.observe import InWords, made, unanswered
from cnnspec.kit.calls import Call, Outcome
from cnnspec.kit.left_open import Question
from cnnspec.kit.operation import REGISTRY, operation_of
from cnnspec.kit.session import Declined, Session, nothing, returned
from cnnspec.kit.settings import form_of
from cnnspec.kit.taken import as_taken


def left_open() -> dict[str, Question]:
    """Everything that the clauses of options leave open, by a name."""
    return {
        name: one
        for operation in REGISTRY.values()
        if operation.varied
        for name, one in operation.varied.left_open().items()
    }


def observed(session: Session, only: Collection[str] = ()) -> dict[str, str]:
    """What a target does, in a few words for each question about options that it offers.

    only: the clauses whose questions are asked, all if there are none. After a call that hangs no
    other is made.
    """
    asking, found = replace(session.anew(), notice=nothing), dict[str, str]()
    hung = asking.lost["hung"]
    for name, question in left_open().items():
        call = as_taken(asking, question.call)
        wanted = not only or question.clause in only
        if wanted and is_offered(asking, call) and asking.lost["hung"] == hung:
            with suppress(Declined):  # it takes the option, and not this value
                found[name] = "; ".join(made(asking, call, said(question), restarts=False))
    return found


def is_offered(session: Session, call: Call) -> bool:
    """Whether a target offers the operation of a call, and each option in the form that it has."""
    options = {one.name for one in operation_of(call).options} & call.arguments.keys()
    taken = (session.takes(call.operation, n, form_of(call.arguments[n])) for n in options)
    return session.offers(call.operation) and all(taken) and not session.refusal(call)


def said(question: Question) -> InWords:
    """How the outcomes of a question are said."""

    def in_words(_call: Call, outcome: Outcome) -> str:
        text = unanswered(outcome)
        return text or question.says(returned(outcome))

    return in_words
