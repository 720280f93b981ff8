"""Which settings a target refuses on purpose: they are not judged, and the report says so.

Each kind is tried with a few calls. If a statement of the target raises in all of them, and it
answers the same calls without that, it is restricted. An accident (an IndexError of NumPy, say) is
none: what is computed wrongly deviates.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from cnnspec.kit.calls import Argument, Call, Outcome
from cnnspec.kit.declining import NOT_THERE
from cnnspec.kit.numerals import Setting
from cnnspec.kit.operation import REGISTRY, Operation, broken
from cnnspec.kit.preparing import prepare
from cnnspec.kit.restriction import (
    Restriction,
    Trial,
    both,
    differs,
    has,
    has_even_size,
    is_asymmetric,
    is_beyond,
    is_no_tiling,
    is_not_square,
    is_wide,
    leaves_over,
    skips,
)
from cnnspec.kit.session import Declined, Session
from cnnspec.kit.taken import as_taken
from cnnspec.spec import WITHOUT_PARAMETERS

Allowed = Callable[[Outcome], bool]
"""Whether an outcome refuses a kind of settings."""


@dataclass(frozen=True)
class Tried:
    """A kind of settings, calls that have it, and calls without it that must be answered.

    invalid: calls of the kind that are to be refused besides, and in the same way.
    """

    kind: Restriction
    with_it: list[Call]
    without: list[Call]
    refuses: Allowed
    invalid: tuple[Call, ...] = ()


def found(session: Session, operation: str) -> list[str]:
    """What a target refuses, a sentence for each kind; the session learns it."""
    if session.edition in WITHOUT_PARAMETERS:
        return []
    sentences = []
    every = [in_its_forms(session, one) for one in kinds_of(REGISTRY[operation])]
    first = (one.with_it[0] for one in every)
    prepare(session, [(call,) for call in first if takes_options(session, call)])
    for one in every:
        reason = refusal(session, one)
        if reason:
            session.restrictions.setdefault(operation, []).append(one.kind)
            sentences.append(f"{operation} refuses {one.kind.words} ({reason}): not judged so")
    session.settled.add(operation)
    return sentences


def refusal(session: Session, tried: Tried) -> str:
    """The reason that a target gives for refusing a kind of settings, or nothing."""
    reason = ""
    for call in (*tried.with_it, *tried.invalid):
        one = answered(session, call)
        if one is None or not tried.refuses(one):
            return ""
        reason = reason or one.reason
    plain = (answered(session, call) for call in tried.without)
    return reason if all(one is not None and one.value is not None for one in plain) else ""


def in_its_forms(session: Session, tried: Tried) -> Tried:
    """The same with each setting in a form that the target takes."""
    with_it, without, invalid = (
        [as_taken(session, call) for call in calls]
        for calls in (tried.with_it, tried.without, tried.invalid)
    )
    return replace(tried, with_it=with_it, without=without, invalid=tuple(invalid))


def takes_options(session: Session, call: Call) -> bool:
    """Whether the target takes each option of a call."""
    options = {one.name for one in REGISTRY[call.operation].options} & call.arguments.keys()
    return all(session.takes(call.operation, name) for name in options)


def answered(session: Session, call: Call) -> Outcome | None:
    """The outcome of a call, or None if it cannot be made."""
    if not takes_options(session, call):
        return None
    try:
        return session.outcome(call)
    except Declined:
        return None


DELIBERATE = {NOT_THERE, "SystemExit"}
"""Exceptions that are no accident, whatever raises them; the article's code ends by exit()."""


def on_purpose(outcome: Outcome) -> bool:
    """Whether a target says that it does not take a call: by a statement, or in a program."""
    said = outcome.raised or not DELIBERATE.isdisjoint(outcome.exception)
    return outcome.kind == "rejected" and (said or not outcome.exception)


def by_a_statement(outcome: Outcome) -> bool:
    """Whether code in Python says that it does not take a call; a program has `unsupported`."""
    return on_purpose(outcome) and bool(outcome.exception)


def in_any_way(outcome: Outcome) -> bool:
    """Whether a call is rejected: compiled libraries raise what no statement of Python does."""
    return outcome.kind == "rejected"


def kinds_of(operation: Operation) -> Iterator[Tried]:
    """All kinds that are tried of an operation; one without options is tried with float32 alone."""
    varied = operation.varied
    if varied is not None and varied.trial is not None:
        yield from kinds(operation, varied.trial())
    else:
        yield of_float32(next(iter(operation.inputs.first())))


def kinds(operation: Operation, trial: Trial) -> Iterator[Tried]:
    """All kinds of settings that are tried, the simple ones first.

    Whoever takes a stride of the window's size alone is tried with that. A kind that was found is
    not found again, since its calls are declined.
    """
    if "filters" in trial.base.arguments:
        yield from without_channels(operation, trial)
    yield of_float32(trial.base)
    numbers = [one.name for one in operation.numbers]
    if "size" in numbers:
        yield of_other_strides(trial)
    strides = (STRIDE, SIZE) if "stride" in numbers else (STRIDE,)
    for stride in strides:
        yield of_leftovers(trial, stride)
    bases = [trial.base.changed(stride=stride) for stride in strides] if numbers else [trial.base]
    for base in bases:
        yield from of_whole(operation, replace(trial, base=near_to(base)))
    for base in bases:
        yield from of_one(operation, trial, near_to(base))
    for base in bases:
        yield from of_two(operation, replace(trial, base=base))


STRIDE, SIZE = 2, 3
"""The stride and the size of the windows in a trial."""


def near_to(base: Call) -> Call:
    """The same call with a stride of 1, if it has one that is not the window's size."""
    return base.changed(stride=1) if base.plain.get("stride") == STRIDE else base


WHOLE: dict[str, tuple[Setting, ...]] = {
    "stride": (2, 3),
    "padding": (1, 2),
    "dilation": (2, 3),
    "ceil": (True,),
    "count_padding": (True,),
}
"""Values of options, beside their defaults."""


def of_whole(operation: Operation, trial: Trial) -> Iterator[Tried]:
    """An option that is there for its default alone, as a signature like a framework's has it."""
    near = trial.base
    for name, values in WHOLE.items():
        if operation.option(name) is not None:
            calls = [checked(near.changed(**{name: value})) for value in values]
            yield Tried(other_than_default(operation, name), calls, [near], by_a_statement)
    if operation.option("groups") is not None:
        calls = [checked(in_groups(near, groups)) for groups in (2, 4)]
        # filters of all channels: who forgets the groups when it counts channels takes these
        kind, all_channels = other_than_default(operation, "groups"), near.changed(groups=2)
        yield Tried(kind, calls, [near], by_a_statement, (all_channels,))


def other_than_default(operation: Operation, name: str) -> Restriction:
    """Any value of an option but its default; words are forms of their own."""
    option = operation.option(name)
    assert option is not None  # noqa: S101  for the type checker
    other = has(name, option.default)
    words = name if isinstance(option.default, bool) else f"any {name} but {option.default}"
    return Restriction(words, lambda call: other(call) and not isinstance(call.plain[name], str))


def of_two(operation: Operation, trial: Trial) -> Iterator[Tried]:
    """Two options together, each of which is taken alone."""
    defaults = {one.name: one.default for one in operation.options}
    for first, second in combinations(trial.settings, 2):
        kind = both(has(first, defaults[first]), has(second, defaults[second]))
        each = [trial.base.changed(**trial.settings[name]) for name in (first, second)]
        calls = [each[0].changed(**trial.settings[second])]
        if kind(calls[0]):
            yield tried(f"{first} together with {second}", kind, calls, each)


def of_other_strides(trial: Trial) -> Tried:
    """A stride that is not the window's size; windows fit into the maps without a rest."""
    base = trial.base
    calls = [base.changed(stride=1), base, smaller(base, 2, 2).changed(stride=4)]
    kind = is_no_tiling(trial.lines)
    return tried("a stride other than the size", kind, calls, [base.changed(stride=SIZE)])


def of_leftovers(trial: Trial, stride: int) -> Tried:
    """A stride after which elements are left over."""
    base = trial.base.changed(stride=stride)
    calls = [smaller(base, 1, 1), smaller(base, 0, 1)]
    return tried("a stride that leaves elements over", leaves_over(trial.lines), calls, [base])


def of_one(operation: Operation, trial: Trial, near: Call) -> Iterator[Tried]:
    """Kinds of settings of one option. near: a call of stride 1, or of the window's size."""
    yield tried(
        "padding that differs before and behind",
        is_asymmetric(trial.lines),
        [near.changed(padding=four) for four in (((1, 0), (1, 0)), ((0, 1), (0, 1)))],
        [near.changed(padding=((1, 1), (1, 1)))],
    )
    yield from of_windows(trial, near)
    yield from of_wide_padding(trial, near)
    yield from of_words(operation, trial, near)
    known = {*(one.name for one in operation.options), *(one.name for one in operation.numbers)}
    for name in (one for one in PAIRED if one in known):
        calls = [near.changed(**{name: two}) for two in PAIRED[name]]
        alike = near.changed(**{name: (2, 2) if name != "padding" else (1, 1)})
        yield tried(f"{name} that differs along rows and columns", differs(name), calls, [alike])
    if "groups" in trial.settings:
        base = trial.base
        yield tried(
            "groups of several channels", several, [in_groups(base, 2)], [in_groups(base, 4)]
        )


def of_windows(trial: Trial, near: Call) -> Iterator[Tried]:
    """Kinds of windows, beside a map and a stride."""
    lines = trial.lines
    if "filters" in near.arguments:
        yield tried("filters of even size", has_even_size(lines), [two_by_two(near)], [near])
        flat = [cut_filters(near, 1, 3), cut_filters(near, 3, 1)]
        yield tried("filters that are not square", is_not_square(lines), flat, [near])
    fitting = near.changed(stride=SIZE)
    skipping = [smaller(near, n, n).changed(stride=stride) for n, stride in ((2, 4), (1, 5))]
    yield tried("a stride larger than a window", skips(lines), skipping, [fitting])
    padded = near.changed(padding=1)
    beyond = [smaller(padded, 7, 0), smaller(padded, 0, 7)]
    yield tried("windows larger than the map itself", is_beyond(lines), beyond, [padded])


def without_channels(operation: Operation, trial: Trial) -> Iterator[Tried]:
    """Whether conv refuses an image (H, W): unpacking a shape of three numbers raises as well."""
    image, filters = trial.base.arrays
    flat = trial.base.with_arrays([image[..., 0].copy(), filters[..., 0].copy()])
    deep = trial.base.with_arrays([image[..., :1].copy(), filters[..., :1].copy()])
    words = "an image (H, W) without channels"
    yield Tried(Restriction(words, is_flat), [checked(flat)], [deep], in_any_way)
    plain = flat.without("stride")
    for name, setting in trial.settings.items():
        option = operation.option(name)
        if option is not None and "filters" not in setting:
            kind = both(is_flat, has(name, option.default))
            each = [deep.without("stride").changed(**setting), plain]
            yield tried(f"{words} together with {name}", kind, [plain.changed(**setting)], each)


def is_flat(call: Call) -> bool:
    """Whether the map of a call has no axis of channels."""
    return call.arrays[0].ndim == FLAT


def of_float32(base: Call) -> Tried:
    """Whether arrays of float32 are refused on purpose, where those of float64 are taken."""
    narrow = base.with_arrays([array.astype(np.float32) for array in base.arrays])
    wide = base.with_arrays([array.astype(np.float64) for array in base.arrays])
    return tried("arrays of float32", is_float32, [narrow], [wide])


def refuses_float32(session: Session, operation: str) -> str:
    """The reason that a target gives for refusing arrays of float32 on purpose, or nothing."""
    tried = of_float32(next(iter(REGISTRY[operation].inputs.first())))
    return refusal(session, in_its_forms(session, tried))


def is_float32(call: Call) -> bool:
    """Whether an array of a call is of float32, in any order of bytes."""
    return any(array.dtype.newbyteorder("=") == np.float32 for array in call.arrays)


FLAT = 2
"""The rank of an image without channels."""


def of_wide_padding(trial: Trial, near: Call) -> Iterator[Tried]:
    """Padding that is large beside a window; compiled libraries reject it."""
    for words, most, padding in (
        ("padding of more than half of a window", lambda size: size // 2, 2),
        ("padding as large as a window", lambda size: size - 1, 3),
    ):
        wide = [one.changed(padding=padding) for one in (near, smaller(near, 1, 2))]
        kind = Restriction(words, is_wide(trial.lines, most))
        yield Tried(kind, wide, [near.changed(padding=padding - 1)], in_any_way)


def of_words(operation: Operation, trial: Trial, near: Call) -> Iterator[Tried]:
    """Padding in words together with what changes its amount."""
    even = has_even_size(trial.lines)
    for word in ("same_upper", "same_lower"):
        plain = near.changed(padding=word)

        def named(call: Call, word: str = word) -> bool:
            return call.plain.get("padding") == word

        kind = Restriction(f"padding as '{word}' with even sizes", both(named, even))
        yield Tried(kind, [two_by_two(plain)], [plain], in_any_way)
        for name, setting in BESIDE_WORDS.items():
            option = operation.option(name)
            if option is not None:
                beside = both(named, has(name, option.default))
                together = Restriction(f"padding as '{word}' together with {name}", beside)
                yield Tried(together, [plain.changed(**{name: setting})], [plain], in_any_way)


BESIDE_WORDS = {"stride": 2, "dilation": 2, "ceil": True}
"""Options that change how much padding a word means, or by which it might."""


def two_by_two(call: Call) -> Call:
    """A call with windows, or filters, of 2 by 2."""
    if "size" in call.arguments:
        return call.changed(size=2)
    return cut_filters(call, 2, 2)


def cut_filters(call: Call, rows: int, columns: int) -> Call:
    """A call of conv whose filters have so many rows and columns."""
    image, filters = call.arrays
    return call.with_arrays([image, np.ascontiguousarray(filters[:, :rows, :columns])])


PAIRED = {
    "stride": ((1, 2), (2, 1)),
    "dilation": ((1, 2), (2, 1)),
    "padding": ((0, 1), (1, 0)),
    "size": ((1, 3), (3, 1)),
}
"""Pairs that are tried."""


def tried(words: str, kind: Callable[[Call], bool], calls: list[Call], plain: list[Call]) -> Tried:
    """A kind that is refused on purpose, if at all. Only valid calls are made."""
    return Tried(Restriction(words, kind), list(map(checked, calls)), plain, on_purpose)


def checked(call: Call) -> Call:
    """A call that is valid, or else the list of kinds is wrong."""
    assert broken(call, "general") is None, call.plain  # noqa: S101  a slip of ours
    return call


def smaller(call: Call, rows: int, columns: int) -> Call:
    """A call whose map has so many rows and columns less."""
    x, *others = call.arrays
    height, width = x.shape[0] - rows, x.shape[1] - columns
    return call.with_arrays([x[:height, :width].copy(), *others])


def in_groups(call: Call, groups: int) -> Call:
    """A call of conv with groups."""
    image, filters = call.arrays
    part = np.ascontiguousarray(filters[..., : image.shape[-1] // groups])
    given = call.arguments["filters"]
    assert isinstance(given, Argument)  # noqa: S101  for the type checker
    return call.changed(groups=groups, filters=replace(given, values=part))


def several(call: Call) -> bool:
    """Whether there are several groups, and several channels in each."""
    groups = call.plain.get("groups", 1)
    return bool(groups > 1 and call.arrays[1].shape[-1] > 1)
