"""Parameters of runtimes as pairs: rows and columns, before and after."""

import operator
from collections.abc import Sequence
from typing import Any

Arguments = dict[str, Any]
"""Keyword arguments of conv, pooling or average_pooling of the book."""

Pair = tuple[int, int]
Sides = tuple[Pair, Pair]
"""Padding as ((top, bottom), (left, right))."""

Numbers = int | Sequence[int]
Words = dict[str, str]
"""A runtime's words for padding, and the book's."""


def whole(name: str, values: Any, count: int) -> tuple[int, ...]:
    """So many whole numbers. Raises ValueError for anything else, naming it."""
    try:
        found = tuple(operator.index(value) for value in values)
    except TypeError:
        found = ()
    if len(found) != count:
        raise ValueError(f"{name} has {count} whole numbers, not {values!r:.60}")
    return found


def pair(name: str, value: Any, default: Numbers = 1) -> Pair:
    """A number for both axes, or one for rows and one for columns; None is the default."""
    given = default if value is None else value
    if isinstance(given, int):
        return given, given
    rows, cols = whole(name, given, 2)
    return rows, cols


def around(name: str, value: Any) -> Sides:
    """Symmetric padding: a number, or one for rows and one for columns."""
    rows, cols = pair(name, value, 0)
    return (rows, rows), (cols, cols)


def inner(name: str, values: Any, neutral: Any, channels: int) -> tuple[Any, Any]:
    """What a parameter of rank 4 says of rows and columns.

    neutral: what it says of images and channels. channels: the axis of channels, 1 or 3. Raises
    ValueError where it says something else of them.
    """
    try:
        four = list(values)
    except TypeError:
        four = []
    if len(four) != 4:
        raise ValueError(f"{name} has an entry for each of four axes, not {values!r:.60}")
    beside = four[0], four.pop(channels)
    if any(one != neutral for one in beside):
        raise ValueError(f"{name} is {values!r:.60}: of images and channels it is {neutral}")
    return four[1], four[2]


def only(name: str, value: Any, expected: Any) -> None:
    """Raises ValueError where a parameter that the book does not have is used."""
    if value is not None and value != expected:
        raise ValueError(f"{name} is {value!r:.60}: the book has {expected!r} alone")


def word(name: str, value: str, words: Words) -> str:
    """The book's word for a runtime's. Raises ValueError for one that there is not."""
    if value not in words:
        raise ValueError(f"{name} is one of {', '.join(words)}, not {value!r:.60}")
    return words[value]
