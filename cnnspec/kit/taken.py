"""Calls in the forms that a target takes."""

from cnnspec.kit.calls import Call
from cnnspec.kit.operation import Operation, operation_of
from cnnspec.kit.session import Session
from cnnspec.kit.settings import Form, form_of, in_another_form

Taken = frozenset[tuple[str, Form]]
"""Which names the target takes in which form."""

OF_NUMBERS: tuple[Form, ...] = ("number", "pair")
"""The forms of a size or a stride that every target has."""


def taken(session: Session, operation: Operation) -> Taken:
    """The names and forms that a target takes: options, and numbers that may be pairs."""
    names = {one.name: one.forms for one in operation.options}
    options = {
        (name, form)
        for name, forms in names.items()
        for form in forms
        if session.takes(operation.name, name, form)
    }
    numbers = {
        (one.name, form)
        for one in operation.numbers
        for form in OF_NUMBERS
        if (operation.name, one.name, form) not in session.refused
    }
    return frozenset(options | numbers)


def as_taken(session: Session, one: Call) -> Call:
    """The same call with each setting in a form that the target takes, as far as there is one.

    Flags are given in any case: a target's own default may be another one, and is its own affair.
    """
    for option in operation_of(one).options:
        flag = option.forms == ("flag",) and session.takes(one.operation, option.name, "flag")
        if flag and option.default is not None and option.name not in one.arguments:
            one = one.changed(**{option.name: option.default})
    for name, setting in one.arguments.items():
        if (one.operation, name, form_of(setting)) in session.refused:
            known = operation_of(one).option(name)
            forms = set(known.forms if known else OF_NUMBERS)
            forms -= {form for form in forms if (one.operation, name, form) in session.refused}
            able = [other for other in in_another_form(setting) if form_of(other) in forms]
            one = one.changed(**{name: able[0]}) if able else one
    return one
