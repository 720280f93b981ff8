"""Finds by impulses which pixels each element of a result looks at, for sliding windows."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np

from cnnspec.kit.explanation import Explanation, Grids
from cnnspec.kit.operation import call
from cnnspec.kit.session import Session
from cnnspec.spec import Edition

Place = tuple[int, ...]
Windows = dict[Place, frozenset[Place]]
"""For each element of the result, the pixels (row, column, channel) that it looks at."""

SHAPES = (((8, 7, 2), 2, 2), ((7, 9, 2), 3, 2), ((7, 8, 2), 2, 3))
"""Map, size and stride; the first at which the target differs is shown."""


Axis = Callable[[int, int, int, Edition], tuple[int, int]]
"""For extent, size, stride: the length of the result, and how many windows are written."""


@dataclass(frozen=True)
class WindowMap:
    """What was measured at a shape."""

    case: tuple[Place, int, int]
    shape: Place
    windows: Windows


def impulses(operation: str, axis: Axis) -> Callable[[Session], Explanation | None]:
    """A function that explains a wrong operation by the windows that it looks at."""

    def explained(session: Session) -> Explanation | None:
        found = measure(session, operation, axis)
        if found is None:
            return None
        wanted = right(found.case, axis, session.edition)
        said, lines = summary(found, wanted), list(picture(found, wanted))
        return Explanation(said, lines, grids(found, wanted))

    return explained


def measure(session: Session, operation: str, axis: Axis) -> WindowMap | None:
    """The windows of an operation where they differ from the specification's, or None."""
    for case in SHAPES:
        found = measured(session, operation, case)
        if found is not None and found != right(case, axis, session.edition):
            return found
    return None


def measured(session: Session, operation: str, case: tuple[Place, int, int]) -> WindowMap | None:
    """The windows at one shape, or None where there is no result."""
    extent, size, stride = case
    low = np.full(extent, -2.0)
    base = session.client.answer(call(operation, low, size, stride)).value
    if base is None or base.ndim != len(extent) or not base.size:
        return None
    seen: dict[Place, set[Place]] = {place: set() for place in np.ndindex(base.shape)}
    for pixel in np.ndindex(extent):
        high = low.copy()
        high[pixel] = 1
        y = session.client.answer(call(operation, high, size, stride)).value
        if y is None or y.shape != base.shape:
            return None
        for place in np.argwhere(y != base):
            seen[tuple(map(int, place))].add(pixel)
    return WindowMap(case, base.shape, {place: frozenset(p) for place, p in seen.items()})


def right(case: tuple[Place, int, int], axis: Axis, edition: Edition) -> WindowMap:
    """The windows of the specification."""
    extent, size, stride = case
    (height, rows), (width, cols) = (axis(n, size, stride, edition) for n in extent[:2])
    shape = (height, width, extent[2])
    written = Rule((size, size), (stride, stride))
    windows: Windows = dict.fromkeys(np.ndindex(shape), frozenset())
    for r, c, k in np.ndindex(rows, cols, extent[2]):
        windows[r, c, k] = written.of((r, c, k), extent)
    return WindowMap(case, shape, windows)


@dataclass(frozen=True)
class Rule:
    """Windows of one size, `step` apart, from `first` on; across all channels, or in one."""

    size: tuple[int, int]
    step: tuple[int, int]
    first: tuple[int, int] = (0, 0)
    across: bool = False

    def of(self, place: Place, extent: Place) -> frozenset[Place]:
        """The pixels of one window that lie within the map."""
        sides = [
            range(max(start, 0), max(min(start + size, n), 0))
            for start, size, n in zip(
                (step * i + f for step, i, f in zip(self.step, place, self.first, strict=False)),
                self.size,
                extent,
                strict=False,
            )
        ]
        channels = range(extent[2]) if self.across else [place[2]]
        return frozenset((r, c, k) for r, c, k in product(*sides, channels))


def rule_of(found: WindowMap) -> tuple[Rule, list[Place]] | None:
    """The rule that gives all windows, and the elements that look at nothing; None if none does."""
    fullest = max(found.windows, key=lambda place: len(found.windows[place]))
    for across in (False, True):
        for size, step in product(product(range(1, 6), repeat=2), product(range(1, 5), repeat=2)):
            for first in product((0, 1, -1), repeat=2):
                rule = Rule((size[0], size[1]), (step[0], step[1]), (first[0], first[1]), across)
                if rule.of(fullest, found.case[0]) != found.windows[fullest]:
                    continue
                predicted = {p: rule.of(p, found.case[0]) for p in found.windows}
                if all(w in (frozenset(), predicted[p]) for p, w in found.windows.items()):
                    blank = [p for p, w in found.windows.items() if not w and predicted[p]]
                    return rule, blank
    return None


def summary(found: WindowMap, wanted: WindowMap) -> list[str]:
    """In words, how the windows differ from the specification's, as far as a rule gives them."""
    _, size, stride = found.case
    said = []
    if found.shape != wanted.shape:
        said.append(f"the result is {found.shape} instead of {wanted.shape}")
    known = rule_of(found)
    if known is None:
        return said
    rule, blank = known
    if rule.size != (size, size):
        said.append(f"windows are {rule.size[0]} by {rule.size[1]} instead of {size} by {size}")
    if rule.step != (stride, stride):
        said.append(f"windows are {rule.step[0]} rows and {rule.step[1]} columns apart")
    if rule.first != (0, 0):
        said.append(f"windows are shifted by {rule.first}")
    if rule.across:
        said.append("windows reach over all channels")
    if len(blank) > sum(not window for window in wanted.windows.values()):
        said.append(
            f"{len(blank)} elements of the result look at nothing, ({blank[0][0]}, "
            f"{blank[0][1]}) of channel {blank[0][2]} first"
        )
    return said


def wrong_places(found: WindowMap, wanted: WindowMap) -> list[Place]:
    """The elements of the result that look at other pixels than the specification says."""
    nothing: frozenset[Place] = frozenset()
    return [p for p, window in found.windows.items() if window != wanted.windows.get(p, nothing)]


def grids(found: WindowMap, wanted: WindowMap, *, first: bool = False) -> Grids | None:
    """The pixels that a wrong element looks at, in one channel.

    first: of the first one, even if it looks at nothing where another one looks at something.
    """
    wrong = wrong_places(found, wanted)
    if not wrong:
        return None
    looking = [p for p in wrong if found.windows[p]]
    place = wrong[0] if first or not looking else looking[0]
    extent, size, stride = found.case
    pair = wanted.windows.get(place, frozenset()), found.windows[place]
    channel = min(k for _, _, k in pair[0] ^ pair[1])
    title = (
        f"output ({place[0]}, {place[1]}) of channel {place[2]}, of a {extent[0]} by "
        f"{extent[1]} map with size {size}, stride {stride}, looks at, in channel {channel}"
    )
    specified, target = (
        tuple(
            tuple("#" if (r, c, channel) in one else "" for c in range(extent[1]))
            for r in range(extent[0])
        )
        for one in pair
    )
    return Grids(title, specified, target)


def picture(found: WindowMap, wanted: WindowMap) -> Iterator[str]:
    """The first wrong element as lines of text."""
    drawn = grids(found, wanted, first=True)
    if drawn is None:
        return
    where, _, channel = drawn.title.rpartition(", ")
    yield where
    yield f"  {'spec':<{2 * found.case[0][1]}}  target, {channel}"
    for left, right_row in zip(drawn.specified, drawn.target, strict=True):
        yield "  " + "   ".join(" ".join(one or "." for one in row) for row in (left, right_row))
