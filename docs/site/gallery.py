"""The gallery: what each fault of values makes of Chelsea, beside the right maps."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from scipy.ndimage import maximum_filter
from templates import rendered

from cnnspec import article, reference, spec
from cnnspec.kit.clauses import EVERY, clauses
from cnnspec.kit.fault import Fault
from cnnspec.kit.operation import REGISTRY
from cnnspec.operations import catalogue
from cnnspec.spec import Array

THICKNESS = 5
"""Pixels: so large is a single number that differs, lest it vanish in a small picture."""

RED = np.array([208, 0, 0])
FAINTEST = 0.3
"""The share of red of the smallest difference."""


@dataclass(frozen=True)
class View:
    """A call on Chelsea, in words, and its right result."""

    words: str
    arguments: tuple[Any, ...]
    right: Array


@dataclass(frozen=True)
class Shown:
    """A fault on Chelsea: pictures by their names, and what differs, in words."""

    fault: Fault
    view: View
    right: str
    wrong: str
    difference: str
    words: str


@cache
def views(operation: str) -> list[View]:
    """Calls on Chelsea; a fault is shown by the first of them that it changes."""
    banks = article.filter_banks()
    image = article.chelsea()[:, :, np.newaxis]
    one, two, _ = reference.stack(image[:, :, 0], banks)
    edges = banks[0][:, :, :, np.newaxis]
    calls: dict[str, dict[str, tuple[Any, ...]]] = {
        "conv": {
            "the edge filters of layer 1": (image, edges),
            "the filters of layer 2": (one.pool, banks[1]),
            "the edge filters, on pixels from 0 to 255": (np.rint(255 * image), edges),
        },
        "relu": {
            "the edges that layer 1 found": (one.conv,),
            "these edges, from -255 to 255": (np.rint(255 * one.conv),),
        },
    }
    maps = {
        f"{what}, size {size}, stride {stride}": (values, size, stride)
        for what, values in (
            ("the edges after ReLU", one.relu),
            ("the edges before ReLU", one.conv),
            ("the maps of layer 2", two.conv),
        )
        for size, stride in ((2, 2), (3, 2), (2, 3))
    }
    found = calls.get(operation, maps)
    right = REGISTRY[operation].reference("standard")
    return [View(words, arguments, right(*arguments)) for words, arguments in found.items()]


def of_values(operation: str) -> list[Fault]:
    """The faults of an operation that break a clause of its own of level values."""
    found = (one for one in catalogue.faults() if one.operation == operation)
    of_them = (one for one in found if one.edition == "standard" and is_of_values(one))
    return sorted(of_them, key=lambda one: (one.general, not one.seen))


def is_of_values(fault: Fault) -> bool:
    """Whether a fault breaks a clause of values that is its operation's own."""
    own = (clauses()[one] for one in fault.clauses)
    return any(one.level == "values" and one.operation != EVERY for one in own)


def changed(fault: Fault) -> tuple[View, Array] | None:
    """The first view that a fault changes, and what it gives there; None if there is none."""
    for view in views(fault.operation):
        try:
            with np.errstate(all="ignore"):
                got = np.asarray(fault.make()(*view.arguments), float)
        except Exception:  # noqa: S112  a fault may fail in any way
            continue
        if got.ndim == 3 and got.size and not np.array_equal(got, view.right, equal_nan=True):
            return view, got
    return None


def grey(values: Array, right: Array) -> Array:
    """A map as grey pixels, in the scale of the right one."""
    low, high = np.nanmin(right), np.nanmax(right)
    shades = (np.nan_to_num(values, nan=high) - low) / (high - low or 1)
    return np.asarray(255 * np.clip(shades, 0, 1), np.uint8)


def red(got: Array, right: Array) -> Array:
    """Where two maps differ, in red on white, thickened; also where only one of them is."""
    size = np.full(np.maximum(got.shape, right.shape), np.inf)
    common = tuple(slice(n) for n in np.minimum(got.shape, right.shape))
    here, there = got[common], right[common]
    with np.errstate(all="ignore"):
        size[common] = np.where(equal(here, there), 0, np.abs(here - there))
    finite = np.isfinite(size)
    largest = size[finite].max(initial=0) or 1
    share = np.where(finite, np.divide(size, largest, where=finite, out=np.ones(size.shape)), 1)
    shade = maximum_filter(np.where(size != 0, FAINTEST + (1 - FAINTEST) * share, 0), THICKNESS)
    return np.asarray(255 + shade[:, :, np.newaxis] * (RED - 255.0), np.uint8)


def equal(here: Array, there: Array) -> Array:
    """Where two arrays of one shape have the same numbers; NaN equals NaN."""
    return np.asarray((here == there) | (np.isnan(here) & np.isnan(there)))


def shown(fault: Fault, folder: Path) -> Shown | None:
    """Draw a fault into a folder; None where Chelsea does not show it."""
    found = changed(fault)
    if found is None:
        return None
    view, got = found
    common = tuple(slice(n) for n in np.minimum(got.shape, view.right.shape))
    here, there = got[common], view.right[common]
    differs = ~equal(here, there)
    n = int(differs.sum((0, 1)).argmax())
    place = views(fault.operation).index(view)
    names = f"right-{place}-{n}", f"{fault.id}-wrong", f"{fault.id}-difference"
    right = view.right[:, :, n]
    save(grey(right, right), folder / f"{names[0]}.webp")
    save(grey(got[:, :, n], right), folder / f"{names[1]}.webp")
    save(red(got[:, :, n], view.right[:, :, n]), folder / f"{names[2]}.webp")
    return Shown(fault, view, *names, in_words(got, view.right, differs, here, there))


def in_words(got: Array, right: Array, differs: Array, here: Array, there: Array) -> str:
    """How much of a result differs, and by how much."""
    shape = "" if got.shape == right.shape else f"shape {got.shape}, not {right.shape}; "
    if not differs.any():
        return f"{shape}the numbers that both have are equal"
    with np.errstate(all="ignore"):
        largest = np.nanmax(np.abs(here - there), where=differs, initial=0)
    return f"{shape}{percent(differs.mean())} of the numbers differ, by up to {largest:.2g}"


def percent(share: float) -> str:
    """A share in words that do not round it to nothing or to everything."""
    if share in (0, 1):
        return f"{share:.0%}"
    return f"{min(99.9, 100 * share):.1f} %" if share > 0.001 else "less than 0.1 %"


def save(pixels: Array, path: Path) -> None:
    """Write a picture, once."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(path, quality=70)


def pages(folder: Path) -> Iterator[tuple[Path, str]]:
    """The page of each operation; the pictures go into a folder of the staged pages."""
    names = list(spec.OPERATIONS)
    yield Path("docs/gallery/index.md"), rendered("gallery.md.jinja", operations=names)
    for operation in names:
        faults = of_values(operation)
        pictures = folder / "docs/gallery" / operation
        found = {fault.id: shown(fault, pictures) for fault in faults}
        yield (
            Path(f"docs/gallery/{operation}.md"),
            rendered(
                "faults_on_chelsea.md.jinja",
                operation=operation,
                shown=[one for one in found.values() if one is not None],
                hidden=[one for one in faults if found[one.id] is None],
            ),
        )
