"""In which forms a target takes its options: each is tried with a value that changes nothing.

What is refused even then is no deviation: it is not offered, and the report says so. The same holds
for a form that an adapter takes for that value alone, since it cannot express another.
"""

from collections.abc import Iterator

import numpy as np

from cnnspec.kit.calls import Argument, Call
from cnnspec.kit.numerals import Setting
from cnnspec.kit.operation import REGISTRY, Operation
from cnnspec.kit.preparing import prepare
from cnnspec.kit.session import Declined, Session
from cnnspec.kit.settings import IN_WORDS, WORDS, Form
from cnnspec.spec import WITHOUT_PARAMETERS


def refused(session: Session, operation: str) -> list[str]:
    """What a target takes in no form, or not in all, as one sentence; the session learns it."""
    if session.edition in WITHOUT_PARAMETERS:
        return []
    known, forms = REGISTRY[operation], dict[str, list[str]]()
    asked = [
        (name, form, call)
        for name, form, call in probes(known, base_of(session, known))
        if not known.option(name) or session.takes(operation, name)
    ]
    prepare(session, [(call,) for _, _, call in asked])
    for name, form, call in asked:
        if not answers(session, call) or cannot_say(session, call, name, form):
            session.refused.add((operation, name, form))
            forms.setdefault(name, []).append(IN_WORDS[form])
    if not forms:
        return []
    settings = "; ".join(f"{name} as {', '.join(words)}" for name, words in forms.items())
    return [f"{operation} refuses {settings}: not judged so"]


def base_of(session: Session, operation: Operation) -> Call:
    """A plain call that a target answers; it may refuse a stride that leaves elements over."""
    simple = [one for one in operation.inputs.first() if one.arrays[0].ndim == len("HWC")]
    fitting = [operation.varied.trial().base] if operation.varied and operation.varied.trial else []
    return next((one for one in (*simple, *fitting) if answers(session, one)), simple[0])


def answers(session: Session, call: Call) -> bool:
    """Whether there is a result of a call."""
    try:
        return session.outcome(call).value is not None
    except Declined:
        return False


TELLING: dict[str, dict[Form, Setting]] = {
    "padding": {"number": 1, "pair": (0, 1), "sides": ((0, 1), (0, 0))},
    "stride": {"pair": (1, 2)},
    "dilation": {"pair": (1, 2)},
    "size": {"pair": (1, 2)},
}
"""Values that no shorter form can express; of padding, such as a word cannot."""


def cannot_say(session: Session, call: Call, name: str, form: Form) -> bool:
    """Whether a target declines a form for a value that does something, and has another form."""
    value = TELLING.get(name, {}).get(form)
    if value is None or not has_another(session, call.operation, name, form):
        return False
    base = unit(call)
    try:
        session.outcome(base.changed(**{name: value}))
    except Declined:
        return True
    return False


def has_another(session: Session, operation: str, name: str, form: Form) -> bool:
    """Whether a setting may be given in another form that was not refused so far."""
    option = REGISTRY[operation].option(name)
    forms = option.forms if option else ("number", "pair")
    return any((operation, name, one) not in session.refused for one in forms if one != form)


def unit(call: Call) -> Call:
    """A call on a map that is large enough for each telling value, and with a stride of 1."""
    first, *others = call.arrays
    wide = call.with_arrays([np.resize(first, (6, 6, *first.shape[2:])), *others])
    numbers = {one.name: 1 for one in REGISTRY[call.operation].numbers if one.name == "stride"}
    sizes = {one.name: 2 for one in REGISTRY[call.operation].numbers if one.name == "size"}
    return wide.changed(**numbers, **sizes)


def probes(operation: Operation, base: Call) -> Iterator[tuple[str, Form, Call]]:
    """For each option and form a call that gives what a plain one gives."""
    for option in operation.options:
        for form in option.forms:
            own = of_one_tap(operation, base) if form in WORDS else base
            yield option.name, form, with_default(own, option.name, option.default, form)
    for number in operation.numbers:
        value = base.plain[number.name]
        yield number.name, "pair", base.changed(**{number.name: (value, value)})


def of_one_tap(operation: Operation, call: Call) -> Call:
    """A call whose filters or windows have one tap, so that no word pads."""
    if operation.numbers:
        return call.changed(**dict.fromkeys((one.name for one in operation.numbers), 1))
    image, filters = call.arrays
    return call.with_arrays([image, filters[:, :1, :1]])


def with_default(call: Call, name: str, default: Setting | None, form: Form) -> Call:
    """A call with an option in a form and its default value."""
    if form == "array":  # a bias of zeros
        filters = call.arrays[1]
        return call.changed(**{name: Argument(np.zeros(len(filters), filters.dtype))})
    if form == "mark":
        first, *others = call.arrays
        return call.with_arrays([first[np.newaxis], *others]).changed(**{name: True})
    values: dict[Form, Setting | None] = {
        "pair": (default, default),
        "sides": ((default, default), (default, default)),
    }
    values |= {word: word for word in WORDS}
    value = values.get(form, default)
    assert value is not None  # noqa: S101  for the type checker
    return call.changed(**{name: value})
