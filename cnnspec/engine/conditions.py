"""Which conditions fit what is known of some calls: those that hold just where they shall."""

from collections.abc import Iterator
from itertools import combinations

import numpy as np

from cnnspec.engine.facts import RANK, Table
from cnnspec.engine.predicates import Condition, all_of, every
from cnnspec.spec import Array

SIMPLE = 4.0
"""Conditions below this cost may be parts of two together."""

PAIR = 4.0
"""How much less simple two conditions together are than both alone."""


def fitting(operation: str, known: Table, labels: Array) -> list[Condition]:
    """The conditions that hold where labels say so and nowhere else, the simplest first.

    Two together are tried only where no single one fits.
    """
    candidates = [
        (one, np.asarray(one.test(known), bool)) for one in every(operation, known, labels)
    ]
    found = [one for one, values in candidates if np.array_equal(values, labels)]
    found = found or list(together(candidates, labels))
    return sorted(found, key=lambda one: one.cost)


def together(candidates: list[tuple[Condition, Array]], labels: Array) -> Iterator[Condition]:
    """Two simple conditions that both hold just where they shall, the simplest of them."""
    simple = [(one, v) for one, v in candidates if one.cost < SIMPLE and v[labels].all()]
    simple.sort(key=lambda pair: pair[0].cost)
    masks = [(one, int.from_bytes(np.packbits(v[~labels]).tobytes(), "big")) for one, v in simple]
    least = float("inf")
    for (one, left), (other, right) in combinations(masks, 2):
        cost = one.cost + other.cost + PAIR
        if left & right or cost > least + 1 or set(one.letters) & set(other.letters):
            continue
        least = min(least, cost)
        words, tests = f"{one.words} and {other.words}", [one.test, other.test]
        yield Condition(words, cost, all_of(tests), (*one.letters, *other.letters))


def at_edge(condition: Condition, columns: Table) -> Array:
    """Of which calls a condition changes where one of its facts is changed a little."""
    own = np.asarray(condition.test(columns), bool)
    found = np.zeros_like(own)
    for letter in condition.letters:
        if letter == RANK or columns[letter].dtype.kind == "U":
            return np.ones_like(own)
        for step in (-2, -1, 1, 2):
            changed = {**columns, letter: np.maximum(1, columns[letter] + step)}
            found |= np.asarray(condition.test(changed), bool) != own
    return found
