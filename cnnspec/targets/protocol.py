"""The protocol between the verifier and a target: see docs/protocol.md and protocol.json.

Protocol 1 gives arrays as files, one call at a time. Protocol 2 may give them inline, behind the
line that names them, and many calls at once.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from cnnspec.kit.calls import ALIAS, FLAGS, LAYOUTS, Argument, Call, Kind, Outcome
from cnnspec.kit.numerals import Setting, coded, is_plain
from cnnspec.kit.operation import (
    REGISTRY,
    dimensions_of,
    letters,
    operation_of,
    plain_numbers,
)
from cnnspec.kit.text import plain
from cnnspec.targets.declared import parameters
from cnnspec.targets.fitting import beyond
from cnnspec.targets.wire import (
    Message,
    Packer,
    ProtocolError,
    Unpacker,
    from_line,
    number_of,
    shown,
    texts,
    truth,
)

VERSIONS = (1, 2)
STATUSES: dict[str, Kind] = {
    "ok": "returned",
    "rejected": "rejected",
    "unsupported": "unsupported",
}
INLINE_STATUSES: dict[str, Kind] = {**STATUSES, "no array": "no array"}
STATUS_OF: dict[Kind, str] = {kind: word for word, kind in INLINE_STATUSES.items()}
DTYPES = (
    *("float64", "float32", "float16", "bool"),
    *(f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)),
)
"""What the arrays of a program may hold."""

FLOATS = DTYPES[:3]

MOST_CALLS = 1_000
"""Calls in a message, at the most."""

BASES = 20
"""So many of the bases of an exception are kept."""

NAME = 100
"""Characters of a name that a target gives itself, or of an exception."""


class NotReady(ProtocolError):  # noqa: N818  it is the target's word, and no error of ours
    """A target that answers hello, but cannot be called."""

    def __init__(self, reason: str, others: tuple[str, ...] = ()) -> None:
        super().__init__(f"is not ready: {reason}")
        self.reason, self.others = reason, others


@dataclass(frozen=True)
class Offer:
    """What a target says of itself in its answer to hello.

    ops: the operations that it has.
    dtypes: of the arrays that it reads; none if it reads all.
    floats: the dtypes of floats that it takes, its own choice first; none if any will do.
    limits: the largest H, W, C, N, K, S and T that it takes.
    defaults: whether size and stride may be left out.
    parameters: the options that each operation takes.
    required: how many arguments an operation needs, where that is known.
    inline: whether arrays come behind the line, not in files.
    batch: how many calls a message may hold.
    layouts: how it can lay an array out in memory.
    flags: what it notices besides the result.
    stacks: whether it takes many calls of one form together.
    repeats: whether it makes a call many times itself, keeps arrays from call to call, and makes
    two calls at once.
    others: names of functions beside the operations.
    numpy: whether it is our worker, which takes any number, and floats wider than float64.
    """

    version: int
    ops: tuple[str, ...]
    dtypes: tuple[str, ...]
    floats: tuple[str, ...]
    name: str = ""
    limits: Mapping[str, int] = field(default_factory=dict)
    defaults: bool = False
    parameters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    required: Mapping[str, int | None] = field(default_factory=dict)
    inline: bool = False
    batch: int = 1
    layouts: frozenset[str] = frozenset({"C"})
    flags: frozenset[str] = frozenset()
    stacks: bool = False
    repeats: bool = False
    others: tuple[str, ...] = ()
    numpy: bool = False

    def lacks(self, call: Call) -> str:
        """What a call needs that the target does not offer; or nothing."""
        if call.at_once is not None and not self.repeats:
            return "two calls at once"
        for argument in call.arguments.values():
            if isinstance(argument, Argument) and argument.layout not in self.layouts:
                return "memory layouts"
        offered = self.dtypes or (() if self.numpy else DTYPES)
        for array in call.arrays if offered else ():
            if array.dtype.name not in offered:
                return "dtypes that it does not offer"
        if not self.numpy and not all(map(is_plain, plain_numbers(call))):
            return "numbers that are not whole, or take more than 32 bits"
        needed = [] if self.defaults else [one.name for one in operation_of(call).numbers]
        if not all(name in call.arguments for name in needed):
            return f"{' or '.join(needed)} left out"
        unknown = beyond(call, self.parameters)
        if unknown:
            return f"{unknown}, which it does not offer"
        for dimension, extent in dimensions_of(call).items() if self.limits else ():
            if extent > self.limits.get(dimension, extent):
                return f"{dimension} above {self.limits[dimension]}"
        return ""


# What the verifier says.


def hello(edition: str) -> Message:
    """The first request. A program answers with the version that it speaks.

    Programs of protocol 1 know `protocol` alone.
    """
    return {
        "id": 0,
        "op": "hello",
        "protocol": VERSIONS[0],
        "edition": edition,
        "protocols": list(VERSIONS),
    }


def request(number: int, call: Call, files: Iterable[Path], output: Path) -> Message:
    """The request for a call whose arrays are in files."""
    paths = map(str, files)
    arguments = {
        name: next(paths) if isinstance(argument, Argument) else argument
        for name, argument in call.arguments.items()
    }
    return {"id": number, "op": call.operation, **arguments, "output": str(output)}


def inline(call: Call, packer: Packer, keeps: bool) -> Message:
    """A call, without an id, whose arrays follow the line. keeps: whether it keeps slots."""
    message: Message = {"op": call.operation}
    for name, argument in call.arguments.items():
        if not isinstance(argument, Argument):
            flag = isinstance(argument, bool) and operation_of(call).option(name)
            message[name] = argument if flag else coded(argument)
            continue
        array = packer.add(argument.values)
        if argument.layout != "C":
            array["layout"] = argument.layout
        if argument.slot is not None and keeps:
            array["slot"] = argument.slot
        message[name] = array
    if call.repeat > 1:
        message["repeat"] = call.repeat
    if call.at_once is not None:
        message["at_once"] = inline(call.at_once, packer, keeps)
    return message


def requested(message: Message, unpacker: Unpacker) -> Call:
    """The call that `inline` wrote: the worker's side. Raises ProtocolError."""
    arguments: dict[str, Argument | Setting] = {}
    for name, given in message.items():  # in the order of the parameters
        if isinstance(given, dict) and name != "at_once" and "number" not in given:
            values = unpacker.take(given)
            arguments[name] = Argument(values, given.get("layout", "C"), given.get("slot"))
        elif name not in AROUND:
            arguments[name] = number_of(given)
    other = requested(message["at_once"], unpacker) if "at_once" in message else None
    return Call(message["op"], arguments, message.get("repeat", 1), other)


AROUND = ("id", "op", "repeat", "at_once", "bytes", "stack")
"""The keys of a call that are no arguments."""


# What a target says.


def answered(outcome: Outcome, packer: Packer) -> Message:
    """An outcome, without an id: the worker's side."""
    message: Message = {"status": STATUS_OF[outcome.kind]}
    if outcome.value is not None:
        message["result"] = packer.add(outcome.value)
    if outcome.first is not None:
        message["first"] = packer.add(outcome.first)
    if outcome.kind != "returned" or outcome.flags:
        more = {
            "reason": outcome.message,
            "exception": list(outcome.exception),
            "clause": outcome.clause,
            "raised": outcome.raised,
            "flags": sorted(outcome.flags),
        }
        message |= {key: value for key, value in more.items() if value}
    return message


def answer(line: bytes, number: int) -> Message:
    """The answer in a line. Raises ProtocolError unless it answers the request of this number."""
    message = from_line(line)
    if type(message.get("id")) is not int or message["id"] != number:
        raise ProtocolError(f"answered {shown(line)} to the request with the id {number}")
    kind_of(message, INLINE_STATUSES, shown(line))
    return message


def kind_of(message: Message, statuses: Mapping[str, Kind], where: str) -> Kind:
    """The kind of an answer. Raises ProtocolError unless its status and its reason are valid."""
    status = message.get("status")
    if not isinstance(status, str) or status not in statuses:
        raise ProtocolError(f"answered {where}; the status is one of {', '.join(STATUSES)}")
    if not isinstance(message.get("reason", ""), str):
        raise ProtocolError(f"answered {where}; the reason is a text")
    return statuses[status]


def outcome(message: Message, offer: Offer, unpacker: Unpacker | None = None) -> Outcome:
    """The outcome that an answer reports, with the result if that comes inline.

    Raises ProtocolError.
    """
    if unpacker and message.keys() <= PLAINLY and message.get("status") == "ok":
        return Outcome("returned", unpacker.take(message.get("result")))
    kind = kind_of(message, STATUSES if unpacker is None else INLINE_STATUSES, "with another")
    value = unpacker.take(message.get("result")) if unpacker and kind == "returned" else None
    several = kind == "no array" and "first" in message
    first = unpacker.take(message["first"]) if unpacker and several else None
    reason = plain(message.get("reason", ""))
    if offer.version == 1:
        return Outcome(kind, value, reason)
    exception = tuple(plain(name, NAME) for name in texts(message, "exception")[:BASES])
    flags = frozenset(texts(message, "flags")) & offer.flags
    by = clause(message), "", message.get("raised") is True, first
    return Outcome(kind, value, reason, exception, flags, *by)


PLAINLY = {"status", "result", "id", "bytes"}
"""The keys of an answer that has a result and nothing else."""

CLAUSE = re.compile(r"[A-Z][0-9]{1,3}[a-z]?")


def clause(message: Message) -> str:
    """The clause that a rejection names, or nothing. Raises ProtocolError for another thing."""
    given = message.get("clause", "")
    if not isinstance(given, str) or (given and not CLAUSE.fullmatch(given)):
        raise ProtocolError("names a clause that is none; they are called C2, P3a and the like")
    return given


def outcomes(message: Message, content: bytearray, count: int, offer: Offer) -> list[Outcome]:
    """The outcomes of a message of `count` calls. Raises ProtocolError."""
    unpacker = Unpacker(content)
    made = [outcome(one, offer, unpacker) for one in answers(message, count)]
    unpacker.finish()
    return made


def answers(message: Message, count: int) -> list[Message]:
    """The answers to `count` calls or stacks. Raises ProtocolError."""
    given = message.get("answers")
    if not isinstance(given, list) or len(given) != count:
        raise ProtocolError(f"answers {count} calls with no list of {count} answers")
    if not all(isinstance(one, dict) for one in given):
        raise ProtocolError("answers a call with no object")
    return given


def offer(message: Message) -> Offer:
    """What a program offers by its answer to hello. Raises ProtocolError."""
    if message["status"] != "ok":
        raise NotReady(plain(str(message.get("reason", message["status"]))), others(message))
    version = message.get("protocol")
    if type(version) is not int or version not in VERSIONS:
        spoken = " and ".join(map(str, VERSIONS))
        raise ProtocolError(f"speaks protocol {version!r:.40}; this cnnspec speaks {spoken}")
    later = version > 1  # then unknown words are no error
    ops = known(message, "ops", tuple(REGISTRY), later)
    dtypes = known(message, "dtypes", DTYPES, later) if "dtypes" in message or not later else ()
    floats = tuple(one for one in texts(message, "floats") if one in FLOATS) if later else ()
    defaults = message.get("defaults", False)
    if not isinstance(message.get("name", ""), str) or not isinstance(defaults, bool):
        raise ProtocolError("says a name that is no text, or defaults other than true and false")
    required = {
        name: len(one.arrays) + (0 if defaults else len(one.numbers))
        for name, one in REGISTRY.items()
    }
    basis = Offer(
        version,
        tuple(one for one in REGISTRY if one in ops),
        dtypes,
        floats or tuple(one for one in FLOATS if one in dtypes),
        plain(message.get("name", ""), NAME),
        limits(message, later),
        defaults,
        parameters(message) if later else {},
        {one: required[one] for one in ops},
    )
    return more(basis, message) if later else basis


def more(basis: Offer, message: Message) -> Offer:
    """What protocol 2 adds to an offer. Raises ProtocolError."""
    arrays, batch = message.get("arrays", "files"), message.get("batch", 1)
    if arrays not in ("files", "inline"):
        raise ProtocolError(f"wants arrays as {arrays!r:.40}; they come as files or inline")
    if type(batch) is not int or not 1 <= batch <= MOST_CALLS:
        raise ProtocolError(f"says a batch of {batch!r:.40}; it is 1 to {MOST_CALLS}")
    inline = arrays == "inline"
    return replace(
        basis,
        inline=inline,
        batch=batch if inline else 1,
        layouts=frozenset({"C", *({*LAYOUTS, ALIAS} & {*texts(message, "layouts")})}),
        flags=frozenset(one for one in texts(message, "flags") if one in FLAGS),
        stacks=truth(message, "stacks") and inline and batch > 1,
        repeats=truth(message, "repeats") and inline,
        numpy=truth(message, "numpy") and inline,
        others=others(message),
        required={**basis.required, **required(message, basis.ops)},
    )


def others(message: Message) -> tuple[str, ...]:
    """The names of functions beside the operations. Raises ProtocolError."""
    return tuple(plain(one, NAME) for one in texts(message, "others"))


def required(message: Message, ops: tuple[str, ...]) -> dict[str, int | None]:
    """How many arguments operations require, where a message says it. Raises ProtocolError."""
    given = message.get("required", {})
    if not isinstance(given, dict) or not all(
        n is None or (type(n) is int and 0 <= n < MOST_CALLS) for n in given.values()
    ):
        raise ProtocolError("says of required something else than numbers of arguments")
    return {one: given[one] for one in ops if one in given}


def limits(message: Message, later: bool) -> dict[str, int]:
    """The largest dimensions that a program takes. Raises ProtocolError."""
    given = message.get("limits", {})
    if isinstance(given, dict) and later:
        given = {k: v for k, v in given.items() if k in letters()}
    if not isinstance(given, dict) or not all(
        k in letters() and type(v) is int and v > 0 for k, v in given.items()
    ):
        raise ProtocolError(
            f"has the limits {given!r:.80}; some of {', '.join(letters())}, from 1 on"
        )
    return given


def known(message: Message, key: str, words: tuple[str, ...], later: bool) -> tuple[Any, ...]:
    """The known words of a list; a later version may use others. Raises ProtocolError."""
    given = texts(message, key, needed=True)
    found = tuple(one for one in given if one in words)
    if not found or (not later and len(found) < len(given)):
        raise ProtocolError(f"offers the {key} {list(given)!r:.200}; some of {', '.join(words)}")
    return found
