"""Which options a target takes, and in which forms, by the clauses that are about them."""

from collections.abc import Iterator
from dataclasses import dataclass

from cnnspec.kit.clauses import clauses
from cnnspec.kit.operation import REGISTRY, Operation, Option
from cnnspec.kit.session import Session
from cnnspec.kit.settings import WORDS, Form


@dataclass(frozen=True)
class Offer:
    """A parameter that a clause is about: the forms that a target takes, and those that it refuses.

    It has neither where the target does not offer the parameter.
    """

    name: str
    taken: tuple[Form, ...] = ()
    refused: tuple[Form, ...] = ()


def offers(session: Session) -> dict[str, list[Offer]]:
    """For each clause of edition general alone, what a target offers of its parameters."""
    return {
        clause: [offer(session, operation, *named) for named in parameters(operation, clause)]
        for clause, operation in of_options().items()
        if operation.name in session.offered()
    }


def of_options() -> dict[str, Operation]:
    """The clauses that edition general alone has, each with its operation."""
    return {
        one.id: REGISTRY[one.operation]
        for one in clauses().values()
        if one.editions == ("general",) and one.operation in REGISTRY
    }


def parameters(operation: Operation, clause: str) -> Iterator[tuple[str, tuple[Form, ...]]]:
    """What a clause is about: the names of parameters, each with the forms that it is about."""
    named = False
    for one in operation.options:
        forms = tuple(form for form in one.forms if clause_of(one, form) == clause)
        if forms:
            named = True
            yield one.name, forms
    if not named and operation.varied and clause in operation.varied.alone:
        yield from ((one.name, ("pair",)) for one in operation.numbers)


def clause_of(option: Option, form: Form) -> str:
    """The clause of an option in a form: words may have one of their own."""
    return option.of_words if form in WORDS and option.of_words else option.clause


def offer(session: Session, operation: Operation, name: str, forms: tuple[Form, ...]) -> Offer:
    """What a target offers of a parameter."""
    known = name in session.client.options.get(operation.name, ())
    if not known and operation.option(name):
        return Offer(name)
    refused = tuple(one for one in forms if (operation.name, name, one) in session.refused)
    return Offer(name, tuple(one for one in forms if one not in refused), refused)
