"""How the number of windows is miscounted. A step gets what is done along an axis, not asked."""

from collections.abc import Callable

from cnnspec.dialects import rules as dialects
from cnnspec.engine.misreading.paddings import reach
from cnnspec.engine.misreading.rules import Both, Rule, Step, other
from cnnspec.kit.looking import Asked, fitting

Length = Callable[[Asked], int]


def room(done: Asked) -> int:
    """How far a window can be moved."""
    return done.before + done.extent + done.after - reach(done)


def rounded_up(done: Asked, end: int) -> int:
    """A length that is rounded up, less a window that would start at a place or beyond it."""
    length = -(-room(done) // done.stride) + 1
    return length - ((length - 1) * done.stride >= end)


def by_dialect(rule: dialects.Length) -> Length:
    """A length as a runtime counts it."""

    def counted(done: Asked) -> int:
        axis = done.extent, done.size, done.stride, done.dilation
        return rule(*axis, done.before, done.after)

    return counted


COUNTED: dict[str, Length] = {
    **{f"the length {words}": by_dialect(rule) for words, rule in dialects.LENGTHS.items()},
    "the length is rounded up": lambda done: fitting(done._replace(ceil=True)),
    "no window starts n or more behind the start of the padding": lambda done: rounded_up(
        done, done.extent
    ),
    "a window may start in the padding behind the map": lambda done: rounded_up(
        done, done.before + done.extent + done.after
    ),
    "the length counts the padding before the map twice, and that behind it not": lambda done: (
        fitting(done._replace(after=done.before))
    ),
    "the length counts the padding behind the map twice, and that before it not": lambda done: (
        fitting(done._replace(before=done.after))
    ),
    "the length leaves the padding out": lambda done: fitting(done._replace(before=0, after=0)),
    "the length leaves the dilation out": lambda done: fitting(done._replace(dilation=1)),
    "the length counts D*S for the reach of a window": lambda done: (
        (room(done) + 1 - done.dilation) // done.stride + 1
    ),
    "the length counts D*(S-1) for the reach of a window": lambda done: (
        (room(done) + 1) // done.stride + 1
    ),
    "the length counts D*(S-1) for the reach of a window, where D > 1 and S > 1": lambda done: (
        (room(done) + (done.dilation > 1 < done.size)) // done.stride + 1
    ),
    "the length is n / T rounded up, whatever the size is": lambda done: (
        -(-done.extent // done.stride)
    ),
    "the length is n + P over T rounded up, whatever the size is": lambda done: (
        -(-(done.before + done.extent + done.after) // done.stride)
    ),
    "the length is n / T rounded down, whatever the size is": lambda done: (
        done.extent // done.stride
    ),
    "the length is that of stride 1 over the stride, rounded down": lambda done: (
        (room(done) + 1) // done.stride
    ),
    "the last window is left out": lambda done: max(fitting(done) - 1, 0),
    "there is a window more": lambda done: fitting(done) + 1,
    "the last window is left out where nothing is left over": lambda done: (
        fitting(done) - (room(done) % done.stride == 0)
    ),
    "the last window is left out where something is left over": lambda done: (
        fitting(done) - (room(done) % done.stride != 0)
    ),
}


def of_done(length: Length) -> Step:
    """A step that looks at what is done alone."""
    return lambda done, _me, _asked: length(done)


def by_the_other(name: str) -> Step:
    """A step that counts with what is asked of the other axis."""

    def counted(done: Asked, me: Asked, asked: Both) -> int:
        return fitting(done._replace(**{name: getattr(other(me, *asked), name)}))

    return counted


def start_rule_with_padding(done: Asked, _me: Asked, asked: Both) -> int:
    """As Caffe, which looks at the padding of both axes together."""
    padded = any(one.before or one.after for one in asked)
    return (
        rounded_up(done, done.before + done.extent) if padded else -(-room(done) // done.stride) + 1
    )


AS_ASKED = Rule(
    "length",
    "the length of the result is the right one",
    lambda _done, me, _asked: fitting(me),
)
"""Stands beside another rule: the result has the right length, and windows lie otherwise."""

LENGTHS = [
    *(Rule("length", words, of_done(length)) for words, length in COUNTED.items()),
    *(
        Rule(
            "length", f"the length is counted with the {name} of the other axis", by_the_other(name)
        )
        for name in ("size", "stride", "dilation", "extent")
    ),
    Rule(
        "length",
        "the length is rounded up, with the start rule only where there is padding along any axis",
        start_rule_with_padding,
    ),
    AS_ASKED,
]
