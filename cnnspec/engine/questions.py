"""Fresh calls of chosen extents, by which conditions are told apart."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product

import numpy as np

from cnnspec.engine.facts import Facts, Table, facts_of
from cnnspec.kit.calls import ALIAS, Argument, Call
from cnnspec.kit.fault import base
from cnnspec.kit.filling import random_for
from cnnspec.kit.operation import REGISTRY, broken, dimensions_of, operation_of
from cnnspec.kit.session import Session
from cnnspec.spec import Array, SpecError

WORK = 300_000
"""The most steps of a question."""

MOST_SECONDS = 0.12
"""The most seconds that the target may take for a question, as far as is known."""

BASES = 4
"""So many probes of each side are varied."""

RANDOM = 30
"""So many variations of a probe change several extents at once."""

KNOWN = 8
"""So many values that other probes have are tried for an extent alone."""

FLOATS = ("float64", "float32", "float16")

DRAWN = 400
"""So many extents are drawn at once to part two conditions."""

LARGE = 40
"""Extents that are drawn are no larger."""


@dataclass(frozen=True, eq=False)
class Question:
    """A call that may be asked, and its facts.

    base, letters: it is like that call, with these extents. side: that of the call.
    """

    base: Call
    letters: Mapping[str, int]
    facts: Facts
    side: bool

    @cached_property
    def key(self) -> tuple[object, ...]:
        """What tells it from other questions."""
        return (self.side, *sorted((name, str(value)) for name, value in self.facts.items()))

    @cached_property
    def call(self) -> Call:
        """The call, with numbers like those of its base."""
        return shaped(self.base, self.letters, resized)


def shaped(
    call: Call, letters: Mapping[str, int], fill: Callable[[Array, list[int]], Array]
) -> Call:
    """A call like another, with other extents. fill: makes an array of another shape of one."""
    operation = operation_of(call)
    given = dict(call.arguments)
    for parameter in operation.parameters:
        old = given.get(parameter.name)
        if isinstance(old, Argument):
            forms = (one for one in parameter.axes if len(one) == old.values.ndim)
            shape = [letters[one] for one in next(forms, parameter.axes[-1])]
            given[parameter.name] = replace(old, values=fill(old.values, shape), slot=None)
        elif old is not None:
            given[parameter.name] = letters[parameter.letter]
    return replace(call, arguments=given)


def blank(values: Array, shape: list[int]) -> Array:
    """Zeros of another shape, which need no memory."""
    return np.broadcast_to(np.zeros(1, values.dtype), shape)


def resized(values: Array, shape: list[int]) -> Array:
    """An array of another shape, which holds the same numbers in another order."""
    random = random_for("question", shape, values.shape)
    size = int(np.prod(shape))
    flat = random.permutation(values.ravel()) if values.size else np.zeros(1, values.dtype)
    return np.resize(flat, size).reshape(shape).astype(values.dtype)


def variable(call: Call) -> bool:
    """Whether a call can be varied: it has its forms' ranks, and no array is part of another."""
    operation = operation_of(call)
    ranks = [{len(form) for form in one.axes} for one in operation.arrays]
    if any(one.name in call.arguments for one in operation.options):
        return False
    fits = all(a.ndim in known for a, known in zip(call.arrays, ranks, strict=True))
    layouts = {a.layout for a in call.arguments.values() if isinstance(a, Argument)}
    return fits and ALIAS not in layouts and call.repeat == 1 and call.at_once is None


def variations(call: Call, known: Mapping[str, list[int]]) -> Iterator[dict[str, int]]:
    """Other extents for a call: one changed a little or much, then several at once.

    known: values of each extent that other probes have.
    """
    own = dimensions_of(call)
    for letter, n in own.items():
        others = [*spread(known.get(letter, [])), *own.values()]
        for value in dict.fromkeys((n - 2, n - 1, n + 1, n + 2, n // 2, 2 * n, 3 * n, *others)):
            if value > 0:
                yield own | {letter: value}
    random = random_for("variations", sorted(own.items()))
    for _ in range(RANDOM):
        drawn = dict(own)
        for letter in own:
            if random.randint(2):
                drawn[letter] = drawn_extent(random, known.get(letter, []))
        yield drawn


def spread(values: list[int]) -> list[int]:
    """A few of some values, the first and the last of them too."""
    places = np.linspace(0, len(values) - 1, min(KNOWN, len(values))).astype(int)
    return [values[place] for place in places]


def recast(call: Call) -> Iterator[Call]:
    """The call with one of its arrays, or all, in another dtype of floats that holds the same."""
    given = {n: a for n, a in call.arguments.items() if isinstance(a, Argument)}
    choices = [{name} for name in given] if len(given) > 1 else []
    for names, dtype in product([*choices, set(given)], FLOATS):
        with np.errstate(all="ignore"):
            new = {n: replace(given[n], values=given[n].values.astype(dtype)) for n in names}
        if all(np.array_equal(a.values, given[n].values) for n, a in new.items()):
            yield call.changed(**new)


def drawings(call: Call, letters: Collection[str]) -> Table:
    """The facts of calls like one, with extents of all sizes that are drawn for some letters."""
    own = dimensions_of(call)
    random = random_for("drawings", sorted(own.items()))
    drawn = {
        letter: np.exp(random.uniform(0, np.log(2 * LARGE), DRAWN)).astype(int)
        for letter in sorted(letters)
        if letter in own
    }
    return {name: np.full(DRAWN, value) for name, value in facts_of(call).items()} | drawn


def drawn_extent(random: np.random.RandomState, known: list[int]) -> int:
    """An extent: one of those known, or one that is drawn, small ones more often."""
    if known and random.randint(2):
        return int(known[random.randint(len(known))])
    return int(np.exp(random.uniform(0, np.log(LARGE))))


def like(
    session: Session, call: Call, known: Mapping[str, list[int]], side: bool
) -> Iterator[Question]:
    """Questions like a call: variations of it, and the same in other dtypes."""
    seen = set()
    for letters in variations(call, known):
        extents = tuple(letters.values())
        made = extents not in seen and question(session, call, letters, side)
        seen.add(extents)
        if made:
            yield made
    for other in recast(call):
        made = question(session, other, dimensions_of(other), side)
        if made:
            yield made


LARGEST = 2**20
"""The largest extent of a question."""


def question(
    session: Session, call: Call, letters: Mapping[str, int], side: bool
) -> Question | None:
    """A question with some extents, or None where it is invalid or takes long."""
    if max(letters.values(), default=0) > LARGEST:
        return None
    made = shaped(call, letters, blank)
    operation = operation_of(made)
    if broken(made, session.edition) is not None or operation.oracle.work(made) > WORK:
        return None
    if session.timing.seconds(made) > MOST_SECONDS:
        return None
    try:
        right = base(made.operation, session.edition)(**made.plain)
    except SpecError:
        return None
    return Question(call, letters, facts_of(made, right), side)


def few(calls: list[Call]) -> list[Call]:
    """A few small calls, of different ranks, dtypes and layouts if there are."""
    chosen: dict[object, list[Call]] = {}
    for one in sorted(calls, key=lambda call: REGISTRY[call.operation].oracle.work(call)):
        facts = facts_of(one)
        chosen.setdefault((facts["rank"], facts["dtype"], facts["layout"]), []).append(one)
    spread = [
        group[len(group) * (2 * place + 1) // (2 * BASES)]
        for place in range(BASES)
        for group in chosen.values()
    ]
    return list(dict.fromkeys(spread))[: BASES * min(len(chosen), 3)]
