"""Where a result differs from what is right, element by element, and in words."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import numpy as np

from cnnspec.spec import Array


@dataclass(frozen=True, eq=False)
class Difference:
    """Two results laid over one another, from the first element on; one may be larger.

    expected, got: arrays of the same rank. allowed: how far elements may lie apart, as an array of
    the shape of expected; None if they must be equal.
    """

    expected: Array
    got: Array
    allowed: Array | None = None

    @cached_property
    def shape(self) -> tuple[int, ...]:
        """The extents that hold both."""
        return tuple(max(pair) for pair in zip(self.expected.shape, self.got.shape, strict=True))

    @cached_property
    def overlap(self) -> tuple[slice, ...]:
        """The elements that both have."""
        pairs = zip(self.expected.shape, self.got.shape, strict=True)
        return tuple(slice(min(pair)) for pair in pairs)

    @cached_property
    def missing(self) -> Array:
        """Where there should be an element, and is none."""
        return self.laid(self.expected.shape) & ~self.laid(self.got.shape)

    @cached_property
    def extra(self) -> Array:
        """Where there is an element, and should be none."""
        return self.laid(self.got.shape) & ~self.laid(self.expected.shape)

    @cached_property
    def values(self) -> Array:
        """Got less expected, in float64; 0 where only one of them has an element, or both alike."""
        found = np.zeros(self.shape)
        with np.errstate(all="ignore"):
            less = self.got[self.overlap].astype(float) - self.expected[self.overlap].astype(float)
        found[self.overlap] = np.where(self.alike, 0.0, less)
        return found

    @cached_property
    def alike(self) -> Array:
        """For the elements that both have: whether they are the same, as far as is allowed."""
        there, here = self.expected[self.overlap], self.got[self.overlap]
        with np.errstate(all="ignore"):
            alike = (there == here) | (np.isnan(there) & np.isnan(here))
            if self.allowed is not None:
                alike |= np.abs(there - here) <= self.allowed[self.overlap]
        return np.asarray(alike)

    @cached_property
    def wrong(self) -> Array:
        """Where the two differ, elements that only one of them has among them."""
        found = np.ones(self.shape, bool)
        found[self.overlap] = ~self.alike
        return found & (self.laid(self.expected.shape) | self.laid(self.got.shape))

    @cached_property
    def first(self) -> tuple[int, ...] | None:
        """The first element that is wrong, in reading order."""
        where = np.argwhere(self.wrong)
        return tuple(int(i) for i in where[0]) if len(where) else None

    def laid(self, shape: tuple[int, ...]) -> Array:
        """Which elements of the common extents a shape covers."""
        found = np.zeros(self.shape, bool)
        found[tuple(slice(n) for n in shape)] = True
        return found

    def channel(self, n: int) -> "Difference":
        """One map of results (H, W, C); an empty one where there are not so many."""
        expected, got, allowed = (
            None if a is None else a[:, :, n] if n < a.shape[2] else np.zeros((0, 0))
            for a in (self.expected, self.got, self.allowed)
        )
        assert expected is not None  # noqa: S101  for the type checker
        assert got is not None  # noqa: S101
        return Difference(expected, got, allowed)


def told(found: Difference) -> list[str]:
    """In a few words, what is wrong with a map (H, W) or maps (H, W, C)."""
    if not found.wrong.any():
        exactly = "equal to the right one" if found.allowed is None else "right, but for rounding"
        return [f"{exactly}, all {found.got.size:,} elements"]
    said = []
    if found.got.shape != found.expected.shape:
        said.append(f"shape {found.got.shape} instead of {found.expected.shape}")
    said += extents(found)
    rest = int(np.count_nonzero(~found.alike))
    if rest:
        place = places(found)
        said.append(f"{rest:,} of {found.alike.size:,} elements differ{place}")
        said += resembled(found)
    return said


def extents(found: Difference) -> Iterator[str]:
    """The rows, columns and maps that are too many or too few."""
    names = ("row", "column", "map")
    for axis, (wanted, came) in enumerate(zip(found.expected.shape, found.got.shape, strict=True)):
        count = abs(came - wanted)
        if not count:
            continue
        what = f"{count} {names[axis]}{'s' * (count > 1)} too {'many' if came > wanted else 'few'}"
        end = found.got[(slice(None),) * axis + (slice(wanted, None),)]
        zero = came > wanted and end.size and not end.any()
        yield f"{what}, {'all zero, ' if zero else ''}at the {('bottom', 'right', 'end')[axis]}"


FEW = 4
"""Rows are named by their numbers if no more than one of so many is meant."""


def places(found: Difference) -> str:
    """Where elements differ, if that is in some rows or columns alone, at a border, or in a map."""
    wrong = ~found.alike
    flat = np.asarray(wrong.any(axis=2) if wrong.ndim == 3 else wrong)
    rows, columns = np.asarray(flat.any(axis=1)), np.asarray(flat.any(axis=0))
    if wrong.ndim == 3 and wrong.shape[2] > 1:
        maps = np.flatnonzero(wrong.any(axis=(0, 1)))
        if len(maps) < wrong.shape[2]:
            return f", all in map{'s' * (len(maps) > 1)} {', '.join(map(str, maps))}"
    inside = flat[1:-1, 1:-1]
    if inside.size and not inside.any():
        return f", all in {at_border(flat)}"
    for name, hit in (("row", rows), ("column", columns)):
        numbers = np.flatnonzero(hit)
        if len(numbers) <= 3 and FEW * len(numbers) <= len(hit):
            which = ", ".join(named(int(n), len(hit)) for n in numbers)
            return f", all in {name}{'s' * (len(numbers) > 1)} {which}"
    return ", everywhere" if flat.mean() > 0.5 and flat.size > FEW else ""


def at_border(wrong: Array) -> str:
    """The fewest rows and columns at the border in which all wrong elements of a map lie."""
    sides: dict[str, tuple[int | slice, int | slice]] = {
        "the first row": (0, slice(None)),
        "the last row": (-1, slice(None)),
        "the first column": (slice(None), 0),
        "the last column": (slice(None), -1),
    }
    for count in range(1, len(sides)):
        for names in combinations(sides, count):
            rest = wrong.copy()
            for name in names:
                rest[sides[name]] = False
            if not rest.any():
                return " and ".join(names)
    return "the rows and columns at the border"


def named(number: int, count: int) -> str:
    """A row or a column by its number, and whether it is the last."""
    return f"{number} (the last)" if number == count - 1 else str(number)


FAR = 3
"""The most rows and columns by which a map is tried to be shifted."""

TURNS: dict[str, Callable[[Array], Array]] = {
    "with the opposite sign": lambda y: -y,
    "mirrored left to right": lambda y: y[:, ::-1],
    "upside down": lambda y: y[::-1],
    "turned by 180 degrees": lambda y: y[::-1, ::-1],
    "with rows and columns exchanged": lambda y: np.swapaxes(y, 0, 1),
    "with its maps in the opposite order": lambda y: y[..., ::-1] if y.ndim == 3 else -y,
    "without its signs": np.abs,
}
"""How a wrong map may resemble the right one."""


def resembled(found: Difference) -> list[str]:
    """In words, what the target's map is instead, where it is the right one shifted or turned."""
    expected, got = found.expected.astype(float), found.got.astype(float)
    if expected.size < 4 or (expected == expected.flat[0]).all():
        return []
    if not got.any():
        return ["it is all zero"]
    for words, turn in TURNS.items():
        if np.array_equal(turn(expected), got, equal_nan=True):
            return [f"it is the right one {words}"]
    if 3 * np.count_nonzero(~found.alike) < found.alike.size:
        return block(expected, got)  # what is right for the most part is not shifted
    for down, right in sorted(
        ((r, c) for r in range(-FAR, FAR + 1) for c in range(-FAR, FAR + 1)),
        key=lambda step: abs(step[0]) + abs(step[1]),
    ):
        if (down, right) != (0, 0) and is_shifted(expected, got, down, right):
            return [f"it is the right one, shifted {by(down, right)}"]
    return block(expected, got)


def block(expected: Array, got: Array) -> list[str]:
    """The same of what is not zero alone, if that is a part of the maps: of a blot on white."""
    corners = [np.argwhere(one != 0) for one in (expected, got)]
    if not all(len(one) for one in corners):
        return []
    (top, bottom), (first, last) = ((c.min(axis=0), c.max(axis=0) + 1) for c in corners)
    seen, wanted = (
        one[tuple(slice(int(a), int(b)) for a, b in zip(low, high, strict=True))]
        for one, low, high in ((got, first, last), (expected, top, bottom))
    )
    moved = [int(n) for n in (first - top)[:2]]
    if np.array_equal(seen, wanted) and any(moved):
        return [f"what is not zero is shifted {by(*moved)}"]
    for words, turn in TURNS.items():
        if wanted.size > 1 and np.array_equal(turn(wanted), seen):
            shifted = f", and shifted {by(*moved)}" if any(moved) else ""
            return [f"what is not zero is {words}{shifted}"]
    return []


def is_shifted(expected: Array, got: Array, down: int, right: int) -> bool:
    """Whether a map is another one, moved, in nearly all of its elements."""
    here, there = [slice(None)] * expected.ndim, [slice(None)] * expected.ndim
    for axis, step in enumerate((down, right)):
        extent = min(expected.shape[axis], got.shape[axis])
        here[axis] = slice(max(step, 0), max(extent + min(step, 0), 0))
        there[axis] = slice(max(-step, 0), max(extent - max(step, 0), 0))
    seen, wanted = got[tuple(here)], expected[tuple(there)]
    if seen.shape != wanted.shape or seen.size < found_enough(got) or (seen == seen.flat[0]).all():
        return False
    return bool(np.array_equal(seen, wanted, equal_nan=True))


def found_enough(got: Array) -> int:
    """The fewest elements by which a map is known again."""
    return max(8, got.size // 3)


def by(down: int, right: int) -> str:
    """A shift in words."""
    parts = []
    if down:
        parts.append(f"{abs(down)} row{'s' * (abs(down) > 1)} {'down' if down > 0 else 'up'}")
    if right:
        way = "to the right" if right > 0 else "to the left"
        parts.append(f"{abs(right)} column{'s' * (abs(right) > 1)} {way}")
    return " and ".join(parts)
