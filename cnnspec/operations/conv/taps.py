"""The tap map: by impulses, which tap of which filter meets which pixel in a target's conv.

Weights are distinct, and one pixel at a time is 1. So each element of the result is the weight of
the tap that met this pixel. If a rule gives the whole map, it serves as a summary.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from cnnspec.kit.explanation import Explanation, Grids
from cnnspec.kit.filling import random_for
from cnnspec.kit.operation import call
from cnnspec.kit.session import Session
from cnnspec.spec import Array

Place = tuple[int, ...]
"""A pixel (row, column, channel), a tap (filter, row, column, channel), an element of a result."""

Taps = dict[Place, dict[Place, Place]]
"""For each element of the result, the tap that it uses for each pixel; UNKNOWN where none fits."""

UNKNOWN: Place = ()
IMAGE, FILTERS = (6, 7, 2), (2, 3, 3, 2)
LARGEST = 2.0**60
"""A larger number is not tried as a multiple of a weight."""

NOTHING = 1e-3
"""Less than this is a rounding error, because weights are 2**16 and more."""

TURNS: dict[str, Callable[[Array], Array]] = {
    "as it is": lambda w: w,
    "rotated by 180 degrees": lambda w: w[:, ::-1, ::-1],
    "transposed": lambda w: w.swapaxes(1, 2),
    "mirrored left to right": lambda w: w[:, :, ::-1],
    "mirrored top to bottom": lambda w: w[:, ::-1],
    "turned by a quarter to the left": lambda w: np.rot90(w, 1, (1, 2)),
    "turned by a quarter to the right": lambda w: np.rot90(w, -1, (1, 2)),
    "transposed and rotated by 180 degrees": lambda w: w.swapaxes(1, 2)[:, ::-1, ::-1],
}
"""How a wrong target may turn a filter before it uses it."""


@dataclass(frozen=True)
class TapMap:
    """What was measured. shape: of the result. scale: the factor on every weight."""

    shape: Place
    taps: Taps
    scale: float = 1.0


def explained(session: Session) -> Explanation | None:
    """What a wrong conv does with its input."""
    taps = measure(session)
    if taps is None or taps == right():
        return None
    return Explanation(summary(taps), list(picture(taps)), grids(taps, telling(taps)))


def measure(session: Session) -> TapMap | None:
    """The tap map of a target's conv, or None where it gives no finite results of one shape."""
    weights = random_for("taps").permutation(2**16)[: int(np.prod(FILTERS))] + 2**16
    filters = weights.reshape(FILTERS)
    images = [np.zeros(IMAGE) for _ in range(int(np.prod(IMAGE)) + 1)]
    for place, image in enumerate(images[1:]):
        image.flat[place] = 1
    answers = [session.client.answer(call("conv", x, filters * 1.0)).value for x in images]
    results = [
        y.astype(float)
        for y in answers
        if y is not None and y.ndim == len(IMAGE) and y.dtype.kind in "biuf"
    ]
    if len(results) < len(images) or len({y.shape for y in results}) != 1:
        return None
    arrived = np.stack(results)
    if not arrived.size or not (np.abs(arrived) < LARGEST).all():  # or NaN
        return None
    arrived = arrived[1:] - arrived[0]  # less what comes without a pixel
    scale, whole = decoded(arrived, weights)
    names = {int(weight): tap for tap, weight in np.ndenumerate(filters)}
    shape = results[0].shape
    taps: Taps = {place: {} for place in np.ndindex(shape)}
    for index in np.argwhere(whole):
        which, *where = (int(i) for i in index)
        pixel = tuple(int(i) for i in np.unravel_index(which, IMAGE))
        taps[tuple(where)][pixel] = names.get(int(whole[tuple(index)]), UNKNOWN)
    return TapMap(shape, taps, scale)


def decoded(arrived: Array, weights: Array) -> tuple[float, Array]:
    """The factor on all weights, and what arrives divided by it; the factor is 1 if none fits."""
    first = arrived[np.abs(arrived) > NOTHING][:1]
    for scale in [1.0, *(first / weights[:, np.newaxis]).ravel()]:
        whole = np.rint(arrived / scale)
        near = np.abs(arrived / scale - whole) < NOTHING
        if near.all() and np.isin(whole, [0, *weights]).all():
            return float(scale), whole.astype(np.int64)
    return 1.0, np.rint(arrived).astype(np.int64)


NAMES = {
    name: turn(np.moveaxis(np.indices(FILTERS[1:3]), 0, -1)[np.newaxis])[0]
    for name, turn in TURNS.items()
}
"""For each turn, the tap (i, j) that stands in each place of the filter."""


@dataclass(frozen=True)
class Rule:
    """How all elements of a result use their taps. The defaults are the specification's rule.

    turn: what is done to the filters. first, step, spread: the window of element (r, c) begins at
    step * (r, c) + first, and its pixels lie `spread` apart. channels: for each channel of the
    image, the channel of the filter; -1 for none. maps: for each map, its filter; -1 for none.
    used: the taps (i, j) that are used at all. axes: the order of the result's axes.
    """

    turn: str = "as it is"
    first: tuple[int, int] = (0, 0)
    step: int = 1
    spread: int = 1
    channels: tuple[int, ...] = (0, 1)
    maps: tuple[int, ...] = (0, 1)
    used: frozenset[Place] = frozenset(np.ndindex(FILTERS[1:3]))
    axes: tuple[int, int, int] = (0, 1, 2)

    def of(self, place: Place) -> dict[Place, Place]:
        """The taps of one element of the result."""
        r, c, n = (place[self.axes.index(axis)] for axis in range(3))
        found: dict[Place, Place] = {}
        if n >= len(self.maps) or self.maps[n] < 0:
            return found
        for i, j, k in product(range(FILTERS[1]), range(FILTERS[2]), range(IMAGE[2])):
            row = self.step * r + self.first[0] + self.spread * i
            col = self.step * c + self.first[1] + self.spread * j
            tap = tuple(int(t) for t in NAMES[self.turn][i, j])
            inside = 0 <= row < IMAGE[0] and 0 <= col < IMAGE[1]
            if inside and self.channels[k] >= 0 and tap in self.used:
                found[row, col, k] = (self.maps[n], *tap, self.channels[k])
        return found


def right() -> TapMap:
    """The map of the specification."""
    shape = (IMAGE[0] - FILTERS[1] + 1, IMAGE[1] - FILTERS[2] + 1, FILTERS[0])
    return TapMap(shape, {place: Rule().of(place) for place in np.ndindex(shape)})


AXES = {
    (0, 1, 2): "rows, columns, maps",
    (1, 0, 2): "columns, rows, maps",
    (2, 0, 1): "maps, rows, columns",
}


def rule_of(found: TapMap) -> tuple[Rule, list[Place]] | None:
    """The rule that gives a map, and the elements that nothing writes; None if no rule does."""
    fullest = max(found.taps, key=lambda place: len(found.taps[place]))
    used = frozenset(
        tap[1:3] for taps in found.taps.values() for tap in taps.values() if tap != UNKNOWN
    )
    for axes in AXES:
        maps = maps_of(found, axes.index(2))
        base = Rule(channels=channels_of(found), maps=maps, used=used, axes=axes)
        for step, spread, turn in product((1, 2), (1, 2), TURNS):
            for row, col in product(range(-2, 3), repeat=2):
                rule = replace(base, turn=turn, first=(row, col), step=step, spread=spread)
                if rule.of(fullest) != found.taps[fullest]:
                    continue
                predicted = {place: rule.of(place) for place in found.taps}
                if all(found.taps[p] in ({}, predicted[p]) for p in predicted):
                    return rule, [p for p in predicted if predicted[p] and not found.taps[p]]
    return None


def channels_of(found: TapMap) -> tuple[int, ...]:
    """For each channel of the image, the channel of the filter that it meets; -1 for none."""
    met: dict[int, int] = {}
    for taps in found.taps.values():
        met.update({pixel[2]: tap[3] for pixel, tap in taps.items() if tap})
    return tuple(met.get(channel, -1) for channel in range(IMAGE[2]))


def maps_of(found: TapMap, axis: int) -> tuple[int, ...]:
    """For each map, the filter that it uses; -1 for none."""
    used: dict[int, int] = {}
    for place, taps in found.taps.items():
        for tap in filter(None, taps.values()):
            used[place[axis]] = tap[0]
    return tuple(used.get(n, -1) for n in range(found.shape[axis]))


def summary(found: TapMap) -> list[str]:
    """In words, how a map differs from the specification's, as far as a rule gives it."""
    known = rule_of(found)
    if known is None:
        return []
    rule, blank = known
    said = []
    if rule.turn != "as it is":
        said.append(f"each filter is {rule.turn}")
    if rule.step != 1:
        said.append(f"windows are {rule.step} pixels apart")
    if rule.spread != 1:
        said.append(f"the taps of a filter are {rule.spread} pixels apart")
    if rule.first != (0, 0):
        said.append(f"windows are shifted by {rule.first}")
    if rule.axes != (0, 1, 2):
        said.append(f"the axes of the result are {AXES[rule.axes]}")
    unread = sorted(Rule().used - rule.used)
    if unread:
        said.append(f"filter taps {', '.join(map(str, unread))} are not used")
    said += listed("channel", "meets channel {} of the filter", rule.channels)
    said += listed("map", "is made with filter {}", rule.maps)
    wanted = right().shape
    if found.shape != wanted:
        said.append(f"the result is {found.shape} instead of {wanted}")
    said += unwritten(found.shape, blank)
    if found.scale != 1:
        said.append(f"everything is multiplied by {found.scale:.6g}")
    return said


def listed(what: str, does: str, mapped: tuple[int, ...]) -> list[str]:
    """In words, which channels or maps are left out or meet another one than their own."""
    return [
        f"{what} {i} is left out" if j < 0 else f"{what} {i} {does.format(j)}"
        for i, j in enumerate(mapped)
        if i != j
    ]


def unwritten(shape: Place, blank: list[Place]) -> list[str]:
    """In words, the rows and columns of the result that are not written."""
    if not blank:
        return []
    empty = np.zeros(shape, bool)
    empty[tuple(np.array(blank).T)] = True
    rows = [int(r) for r in np.flatnonzero(empty.all(axis=(1, 2)))]
    cols = [int(c) for c in np.flatnonzero(empty.all(axis=(0, 2)))]
    rest = empty.copy()
    rest[rows], rest[:, cols] = False, False
    said = [f"row {r} of the result is not written" for r in rows]
    said += [f"column {c} of the result is not written" for c in cols]
    return [*said, *(["other elements of the result are not written"] if rest.any() else [])]


def first_wrong(found: TapMap) -> Place | None:
    """The first element of the result that uses other taps than the specification says."""
    wanted = right().taps
    return next((p for p in wanted if found.taps.get(p) not in (None, wanted[p])), None)


def telling(found: TapMap) -> Place | None:
    """The first wrong element that uses anything; else the first one."""
    wanted = right().taps
    uses = (p for p in wanted if found.taps.get(p) and found.taps[p] != wanted[p])
    return next(uses, first_wrong(found))


def grids(found: TapMap, place: Place | None) -> Grids | None:
    """The taps that an element uses, pixel by pixel."""
    if place is None:
        return None
    used, got = right().taps[place], found.taps[place]
    pixels = list({*used, *got})
    rows, cols = ([p[axis] for p in pixels] for axis in (0, 1))
    channel = min(p[2] for p in pixels if used.get(p) != got.get(p))
    where = f"output ({place[0]}, {place[1]}) of map {place[2]}"
    title = (
        f"{where}: taps that the pixels from ({min(rows)}, {min(cols)}) meet, in channel {channel}"
    )
    specified, target = (
        tuple(
            tuple(name(taps.get((r, c, channel))) for c in range(min(cols), max(cols) + 1))
            for r in range(min(rows), max(rows) + 1)
        )
        for taps in (used, got)
    )
    return Grids(title, specified, target)


def picture(found: TapMap) -> Iterator[str]:
    """The first wrong element as lines of text."""
    place = first_wrong(found)
    drawn = grids(found, place)
    if place is None or drawn is None:
        return
    yield difference(place, right().taps[place], found.taps[place])
    yield f"{drawn.title.partition(': ')[2]}:"
    specified, target = (
        ["  ".join(cell or " . " for cell in row) for row in grid]
        for grid in (drawn.specified, drawn.target)
    )
    yield f"  {'spec':<{len(specified[0])}}    target"
    for left, right_row in zip(specified, target, strict=True):
        yield f"  {left}    {right_row}"


def difference(place: Place, used: dict[Place, Place], got: dict[Place, Place]) -> str:
    """One pixel of an element that meets another tap than it should."""
    where = f"output ({place[0]}, {place[1]}) of map {place[2]}"
    pixel = min(p for p in {*used, *got} if used.get(p) != got.get(p))
    at = f"pixel ({pixel[0]}, {pixel[1]}) of channel {pixel[2]}"
    if pixel not in got:
        return f"{where} does not use {at}"
    if got[pixel] == UNKNOWN:
        return f"{where} uses {at} by something that is no tap"
    said = f"{where} uses filter tap {told(got[pixel], place, pixel)} for {at}"
    spec = told(used[pixel], place, pixel) if pixel in used else "none"
    return f"{said} where the spec uses {spec}"


def told(tap: Place, place: Place, pixel: Place) -> str:
    """A tap in words, with its channel and filter if they differ from those of pixel and map."""
    channel = f" of channel {tap[3]}" if tap[3] != pixel[2] else ""
    return f"({tap[1]}, {tap[2]}){channel}" + (f" of filter {tap[0]}" if tap[0] != place[2] else "")


def name(tap: Place | None) -> str:
    """A tap in a picture; nothing where there is none."""
    if tap is None:
        return ""
    return f"{tap[1]},{tap[2]}" if tap else " ? "
