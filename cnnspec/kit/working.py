"""How one element of a result is worked out: what is shown beside an element that is wrong."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnspec.kit.calls import Call
from cnnspec.spec import Edition

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Place = tuple[int, ...]
"""The index of an element of an array."""

MOST_TERMS = 12
"""The most terms of a sum that are written out."""


@dataclass(frozen=True)
class Working:
    """How an element comes about.

    reads: for each array argument by its name, the elements that are looked at. formula: in the
    letters of the book. numbers: the same in numbers. value: what they give.
    """

    reads: Mapping[str, tuple[Place, ...]]
    formula: str
    numbers: str
    value: float


@dataclass(frozen=True)
class Shown:
    """What shows an operation to a person.

    specimen: a call whose result shows at one look what is done wrongly. working: how an element of
    a valid call's result is worked out, in an edition; None where there is nothing to work out.
    """

    specimen: Callable[[], Call]
    working: Callable[[Call, Place, Edition], Working | None]


def listed(terms: "Sequence[str]", joined: str) -> str:
    """Terms with a sign between them; those in the middle are left out if they are many."""
    if len(terms) <= MOST_TERMS:
        return joined.join(terms)
    half = MOST_TERMS // 2
    left = f"… ({len(terms) - 2 * half} more) …"
    return joined.join([*terms[:half], left, *terms[-half:]])


def brief(value: object) -> str:
    """A number in a term; a negative one in brackets."""
    text = f"{float(value):.6g}"  # type: ignore[arg-type]
    return f"({text})" if text.startswith("-") else text


def window(
    top: int, left: int, size: "tuple[int, int]", channels: "Iterable[int]"
) -> tuple[Place, ...]:
    """The places of a window, row by row, each with its channels."""
    ks = tuple(channels)
    return tuple(
        (r, c, k)
        for r in range(top, top + size[0])
        for c in range(left, left + size[1])
        for k in ks
    )
