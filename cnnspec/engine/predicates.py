"""The conditions that a diagnosis knows: small predicates of a call in words, simplest first."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import permutations, product

import numpy as np

from cnnspec.engine.facts import (
    DTYPE,
    LAYOUT,
    RANK,
    RESULT,
    Facts,
    Table,
    Value,
    difference,
    extent,
    extents,
    larger,
    of,
    product_of,
    sides,
    smaller,
    table,
)
from cnnspec.kit.operation import REGISTRY
from cnnspec.spec import Array

Test = Callable[[Table], Array]
"""Of which calls a condition holds."""

MULTIPLES = (3, 4, 8, 16, 32)

THRESHOLDS = 12
"""So many thresholds of a gap are tried at once; questions make the gap smaller."""


@dataclass(frozen=True)
class Condition:
    """A predicate of calls. cost: how far it is from simple. letters: the facts it looks at.

    family: the same for those that differ in a threshold alone.
    """

    words: str
    cost: float
    test: Test
    letters: tuple[str, ...]
    family: str = ""

    def holds(self, facts: Facts) -> bool:
        """Whether it holds of one call."""
        return bool(self.test(table([facts]))[0])


@dataclass(frozen=True)
class Term:
    """A number that a condition may be about. cost: how far it is from simple."""

    words: str
    cost: float
    value: Value
    letters: tuple[str, ...]

    def against(self, sign: str, n: int, cost: float) -> Condition:
        """The condition that it is equal, larger, or smaller."""
        value, compare = self.value, SIGNS[sign]
        words = f"{self.words} {sign} {n}"
        family = f"{self.words} {sign}" if sign in (">=", "<=") else ""
        test: Test = lambda t: compare(value(t), n)  # noqa: E731  with its type
        return Condition(words, self.cost + cost, test, self.letters, family)

    def modulo(self, m: int, rest: int, words: str, cost: float, sign: bool = True) -> Condition:
        """The condition that it leaves a rest, or another one."""
        value = self.value
        return Condition(
            f"{self.words} {words}",
            self.cost + cost,
            lambda t: (value(t) % m == rest) == sign,
            self.letters,
        )


SIGNS: dict[str, Callable[[Array, Array | int], Array]] = {
    "=": np.equal,
    "differs from": np.not_equal,
    ">": np.greater,
    ">=": np.greater_equal,
    "<=": np.less_equal,
}


def terms(operation: str) -> list[Term]:
    """The numbers that conditions of an operation are about."""
    found = [
        Term(one, 2.0 if one in RESULT else 0.0, extent(one), (one,)) for one in extents(operation)
    ]
    first = tuple(REGISTRY[operation].arrays[0].axes[-1])
    if len(first) > 1:
        a, b = first[:2]
        found.append(Term(f"the larger of {a} and {b}", 3, larger(a, b), (a, b)))
        found.append(Term(f"the smaller of {a} and {b}", 3, smaller(a, b), (a, b)))
        found += [times((a, b), 3), times(first, 3), times(RESULT, 4)]
    for other in REGISTRY[operation].arrays[1:]:
        letters = tuple(other.axes[-1])
        found += [times(letters[1:], 4), times(letters, 4)]
    return found


def times(letters: tuple[str, ...], cost: float) -> Term:
    """The product of some extents."""
    return Term(" * ".join(letters), cost, product_of(letters), tuple(dict.fromkeys(letters)))


# Families of conditions. Each gets its term, and the values that it has where the condition shall
# hold, and where it shall not.


def equal(term: Term, yes: Array, no: Array) -> Iterator[Condition]:
    """The term has one value on one side."""
    for sign, values in (("=", yes), ("differs from", no)):
        if len(values) and (values == values[0]).all():
            n = int(values[0])
            yield term.against(sign, n, (n != 1) + (sign != "="))


def parity(term: Term, _yes: Array, _no: Array) -> Iterator[Condition]:
    """The term is odd, or even."""
    yield term.modulo(2, 1, "is odd", 1.5)
    yield term.modulo(2, 0, "is even", 1.5)


def thresholds(term: Term, yes: Array, no: Array) -> Iterator[Condition]:
    """The term is large, or small. Where the sides overlap, it may be one of two conditions."""
    if not len(yes) or not len(no):
        return
    low, high = (yes.min(), yes.max()) if overlap(yes, no) else (no.max() + 1, no.min() - 1)
    for n in spread(low, yes.min()):
        yield term.against(">=", n, 2)
    for n in reversed(spread(yes.max(), high)):
        yield term.against("<=", n, 2)


def overlap(yes: Array, no: Array) -> bool:
    """Whether neither side lies beyond the other."""
    return bool(no.max() >= yes.min() and no.min() <= yes.max())


def spread(low: int, high: int) -> list[int]:
    """A few whole numbers from low to high, both of them too, denser near the lower one."""
    if high - low < THRESHOLDS:
        return list(range(int(low), int(high) + 1))
    steps = np.unique(np.geomspace(1, high - low, THRESHOLDS - 1).round())
    return [int(low), *(int(low + step) for step in steps)]


def multiples(term: Term, _yes: Array, _no: Array) -> Iterator[Condition]:
    """The term is a multiple, or none."""
    for m in MULTIPLES:
        yield term.modulo(m, 0, f"is a multiple of {m}", 2.5)
        yield term.modulo(m, 0, f"is no multiple of {m}", 2.75, sign=False)


FAMILIES = (equal, parity, thresholds, multiples)


# Conditions of two extents, and of what is no extent.


def comparisons(operation: str) -> Iterator[Condition]:
    """Two extents compared: those of one array, or two numbers, are the simplest."""
    one = REGISTRY[operation]
    near = [set(array.axes[-1][:2]) for array in one.arrays]
    near.append({number.letter for number in one.numbers})
    for a, b in permutations(extents(operation), 2):
        cost = 2.0 if {a, b} in near else 4.0 if {a, b} == {*RESULT} else 5.0
        for sign in ("=", "differs from", ">", ">="):
            if sign.startswith(">") or a < b:
                yield compared(a, sign, b, cost + (sign == ">="))


def compared(a: str, sign: str, b: str, cost: float) -> Condition:
    """One extent compared with another."""
    compare = SIGNS[sign]
    return Condition(f"{a} {sign} {b}", cost, lambda t: compare(t[a], t[b]), (a, b))


def divisions(operation: str) -> Iterator[Condition]:
    """The sides of the first array divide by a number, or windows leave a remainder."""
    letters = [number.letter for number in REGISTRY[operation].numbers]
    for letter in letters:
        for less in ("", *(one for one in letters if one != letter)):
            yield from by(letter, sides(operation), less)


def by(letter: str, sides_: tuple[str, ...], less: str) -> Iterator[Condition]:
    """Each side, or both, divide by a number. less: what is subtracted before, if anything."""

    def divides(side: str) -> Test:
        value = difference(side, less) if less else extent(side)
        return lambda t: np.asarray(value(t) % np.maximum(t[letter], 1) == 0)

    names = [f"{side} - {less}" if less else side for side in sides_]
    letters = (*sides_, letter, *filter(None, [less]))
    tests = [*map(divides, sides_)]
    cost = 3.5 if less else 3.0
    for name, test in zip(names, tests, strict=True):
        yield Condition(f"{letter} divides {name}", cost, test, letters)
        yield Condition(f"{letter} does not divide {name}", cost, neither(test), letters)
    if len(sides_) > 1:
        words = " and ".join(names)
        both = all_of(tests)
        yield Condition(f"{letter} divides {words}", cost + 1, both, letters)
        yield Condition(f"{letter} does not divide both {words}", cost + 1, neither(both), letters)


def neither(test: Test) -> Test:
    """The contrary of a condition."""
    return lambda t: ~test(t)


def all_of(tests: list[Test]) -> Test:
    """Several conditions together."""
    return lambda t: np.asarray(np.all([test(t) for test in tests], axis=0))


def any_of(tests: list[Test]) -> Test:
    """At least one of several conditions."""
    return lambda t: np.asarray(np.any([test(t) for test in tests], axis=0))


def leaves(letter: str, rest: int) -> Test:
    """An extent is odd (rest 1) or even (0)."""
    return lambda t: t[letter] % 2 == rest


def of_both_sides(operation: str) -> Iterator[Condition]:
    """Of the first two axes one is odd, or both are, or even."""
    both = sides(operation)
    if len(both) > 1:
        for word, rest in (("odd", 1), ("even", 0)):
            tests = [leaves(letter, rest) for letter in both]
            yield Condition(f"{' or '.join(both)} is {word}", 2.5, any_of(tests), both)
            yield Condition(f"{' and '.join(both)} are {word}", 2.5, all_of(tests), both)


def kinds(operation: str, yes: Table) -> Iterator[Condition]:
    """What is no extent: the rank of the first array, dtypes, layouts. yes: where it shall hold."""
    first = REGISTRY[operation].arrays[0]
    for rank in {len(form) for form in first.axes} if len(first.axes) > 1 else ():
        yield fact(RANK, rank, f"the {first.name} has rank {rank}")
    names = [of(kind, one.name) for one in REGISTRY[operation].arrays for kind in (DTYPE, LAYOUT)]
    for name in (DTYPE, LAYOUT, *(names if len(REGISTRY[operation].arrays) > 1 else ())):
        for value in sorted(set(yes[name].tolist())):
            yield fact(name, value, f"the {name} is {value}")
    yield Condition("the dtype is one of integers", 1.5, lambda t: integers(t[DTYPE]), (DTYPE,))
    yield Condition("the layout is not C", 1.5, lambda t: t[LAYOUT] != "", (LAYOUT,))


def fact(name: str, value: str | int, words: str) -> Condition:
    """A fact has a value."""
    cost = 1.0 if name in (RANK, DTYPE, LAYOUT) else 1.25
    return Condition(words, cost, lambda t: np.asarray(t[name] == value), (name,))


def integers(dtypes: Array) -> Array:
    """Which of some dtypes, by their names, are of whole numbers alone."""
    known = [[np.dtype(one.split()[-1]).kind in "biu" for one in d.split(" and ")] for d in dtypes]
    return np.array([all(one) for one in known])


def every(operation: str, known: Table, labels: Array) -> Iterator[Condition]:
    """Conditions that may fit: all, or those with values that suggest themselves."""
    yield from kinds(operation, {name: column[labels] for name, column in known.items()})
    for term, family in product(terms(operation), FAMILIES):
        values = term.value(known)
        yield from family(term, values[labels], values[~labels])
    yield from comparisons(operation)
    yield from of_both_sides(operation)
    yield from divisions(operation)
