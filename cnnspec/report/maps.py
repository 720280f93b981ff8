"""Chelsea's maps as pictures for a page: the right ones, the target's, and their difference."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np

from cnnspec.engine.pictures import Picture
from cnnspec.figures.colours import (
    Kind,
    data_uri,
    indices,
    kind_of,
    png,
    smaller,
    span,
)
from cnnspec.figures.difference import Difference, told
from cnnspec.spec import Array

WIDEST = 240
"""Larger maps are made smaller until they have at most so many columns."""

SPARSE = 0.02
"""Where less of a large map is wrong, each wrong element is drawn three pixels wide and high."""

NEAR = (20, 30)
"""Rows and columns of a close-up."""


@dataclass(frozen=True)
class Image:
    """A picture. title: above it. alt: what it shows, for those who do not see it."""

    title: str
    alt: str
    uri: str
    kind: Kind = "grey"


@dataclass(frozen=True)
class Map:
    """One map of a step: three pictures. near: three of a part of it, where something is wrong."""

    title: str
    whole: list[Image]
    said: list[str] = field(default_factory=list)
    near: list[Image] = field(default_factory=list)
    where: str = ""


@dataclass(frozen=True)
class Step:
    """What an operation made of the maps before it.

    right: whether it is what it should be. said: what is wrong. open: whether it is the first of
    its operation that is wrong. kind, most: the scale that the
    first two pictures of each map share; apart: that of the differences.
    """

    operation: str
    title: str
    right: bool
    said: list[str]
    kind: Kind = "grey"
    most: float = 0.0
    apart: float = 0.0
    open: bool = False
    maps: list[Map] = field(default_factory=list)


def steps(pictures: list[Picture]) -> dict[int, list[Step]]:
    """The steps of each layer of the stack."""
    layers: dict[int, list[Step]] = {}
    shown: set[str] = set()
    for one in pictures:
        if one.layer:
            made = step(one)
            opened = not made.right and made.operation not in shown
            shown |= {made.operation} if opened else set()
            layers.setdefault(one.layer, []).append(replace(made, open=opened))
    if layers and not shown:  # a page shows a cat at once, whatever it says
        first = min(layers)
        layers[first][0] = replace(layers[first][0], open=True)
    return layers


def step(picture: Picture) -> Step:
    """One step, with a map for each filter."""
    shape = " by ".join(map(str, picture.expected.shape))
    title = f"{picture.operation}, {shape}"
    if picture.got is None:
        return Step(picture.operation, title, False, [picture.problem])
    found = Difference(picture.expected, picture.got, picture.allowed)
    kind = kind_of(found.expected, found.got)
    ends = span(kind, found.expected, found.got)
    apart = span("difference", found.values)
    channels = [found.channel(n) for n in range(min(found.shape[2], found.expected.shape[2] + 1))]
    first = next((n for n, one in enumerate(channels) if one.wrong.any()), -1)
    maps = [
        one_map(one, f"map {n}", title, kind, ends, apart, near=n == first)
        for n, one in enumerate(channels)
    ]
    wrong = bool(found.wrong.any())
    most = apart[1] if found.values.any() else 0.0
    return Step(picture.operation, title, not wrong, told(found), kind, ends[1], most, maps=maps)


def one_map(
    found: Difference,
    name: str,
    title: str,
    kind: Kind,
    ends: tuple[float, float],
    apart: tuple[float, float],
    *,
    near: bool,
) -> Map:
    """The pictures of a map. near: whether a part of it is shown close up."""
    factor = max(1, -(-found.shape[1] // WIDEST), -(-found.shape[0] // (2 * WIDEST)))
    whole = [
        image(f"{name}, {what}", f"{title}, {name}, {alt}", *shrunk, own, limits)
        for what, alt, shrunk, own, limits in views(found, factor, kind, ends, apart)
    ]
    said = told(found) if found.wrong.any() else []
    if not near:
        return Map(name, whole, said)
    rows, columns = closer(found)
    part = cut(found, rows, columns)
    close = [
        image(f"{what}, close up", f"{title}, {name}, close up, {alt}", *shrunk, own, limits)
        for what, alt, shrunk, own, limits in views(part, 1, kind, ends, apart)
    ]
    where = f"rows {rows.start} to {rows.stop - 1}, columns {columns.start} to {columns.stop - 1}"
    return Map(name, whole, said, close, where)


View = tuple[str, str, tuple[Array, Array], Kind, tuple[float, float]]


def views(
    found: Difference,
    factor: int,
    kind: Kind,
    ends: tuple[float, float],
    apart: tuple[float, float],
) -> Iterator[View]:
    """What is right, what the target gave, and the difference, each laid out on one canvas."""
    for what, alt, values in (
        ("right", "as it should be", found.expected),
        ("target", "the target's", found.got),
    ):
        absent = ~found.laid(values.shape)
        room = np.zeros(found.shape)
        room[tuple(slice(n) for n in values.shape)] = values
        yield what, alt, smaller(room, factor, absent, largest=False), kind, ends
    absent = found.missing | found.extra
    said = f"the difference: {'; '.join(told(found))}"
    shrunk = smaller(found.values, factor, absent, largest=True)
    if factor > 1:  # a single row that is not there stays to be seen
        shrunk = shrunk[0], smaller_mask(absent, factor)
    if found.wrong.mean() < SPARSE and min(found.shape) > WIDEST // 4:
        shrunk = thicker(shrunk[0]), shrunk[1]
    yield "difference", said, shrunk, "difference", apart


def thicker(values: Array) -> Array:
    """Each element becomes that of its neighbours which is furthest from 0; NaN is the furthest."""
    padded = np.pad(values, 1)
    rows, columns = values.shape
    near = np.stack([padded[r : r + rows, c : c + columns] for r in range(3) for c in range(3)])
    far = np.nan_to_num(np.abs(near), nan=np.inf)
    return np.asarray(np.take_along_axis(near, far.argmax(axis=0)[np.newaxis], 0)[0])


def smaller_mask(mask: Array, factor: int) -> Array:
    """A mask made smaller: a block is set if one of its elements is."""
    values, _ = smaller(mask.astype(float), factor, np.zeros(mask.shape, bool), largest=True)
    return values > 0


def image(
    title: str, alt: str, values: Array, absent: Array, kind: Kind, ends: tuple[float, float]
) -> Image:
    """A picture of a map."""
    return Image(title, alt, data_uri(png(indices(values, kind, ends, absent), kind)), kind)


def closer(found: Difference) -> tuple[slice, slice]:
    """The part around the largest difference, or around what is too much or too little."""
    sizes = np.where(found.wrong, np.nan_to_num(np.abs(found.values), nan=np.inf), -1.0)
    one_sided = found.missing | found.extra
    where = np.argwhere(one_sided)[-1:] if one_sided.any() else np.argwhere(sizes == sizes.max())
    return tuple(  # type: ignore[return-value]
        slice(first, first + min(most, extent))
        for first, most, extent in (
            (max(0, min(int(at) - most // 2, extent - most)), most, extent)
            for at, most, extent in zip(where[0], NEAR, found.shape, strict=True)
        )
    )


def cut(found: Difference, rows: slice, columns: slice) -> Difference:
    """A part of two results."""
    expected, got, allowed = (
        None if a is None else a[rows, columns] for a in (found.expected, found.got, found.allowed)
    )
    assert expected is not None  # noqa: S101  for the type checker
    assert got is not None  # noqa: S101
    return Difference(expected, got, allowed)
