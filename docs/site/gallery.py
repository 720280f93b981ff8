"""The gallery: what each fault of values makes of Chelsea, beside the right maps."""

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
from itertools import repeat
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from scipy.ndimage import maximum_filter

from cnnspec import article, reference, spec
from cnnspec.kit.clauses import EVERY, clauses
from cnnspec.kit.fault import Fault
from cnnspec.kit.operation import REGISTRY
from cnnspec.operations import catalogue
from cnnspec.spec import Array
from templates import rendered

THICKNESS = 5
"""Pixels: so large is a single number that differs, lest it vanish in a small picture."""

RED = np.array([208, 0, 0])
ROUNDING = 1e-12
"""Relative: numbers of right programs never lie so far apart on Chelsea."""

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
            "the edge filters, on Chelsea turned by 90 degrees": (np.rot90(image), edges),
        },
        "relu": {
            "the edges that layer 1 found": (one.conv,),
            "these edges, from -255 to 255": (np.rint(255 * one.conv),),
            "these edges, turned by 90 degrees": (np.rot90(one.conv),),
        },
    }
    maps = {
        f"{what}, size {size}, stride {stride}": (values, size, stride)
        for what, values in (
            ("the edges after ReLU", one.relu),
            ("the edges before ReLU", one.conv),
            ("the maps of layer 2", two.conv),
            ("the edges turned by 90 degrees", np.rot90(one.conv)),
        )
        for size, stride in ((2, 2), (3, 2), (2, 3), (1, 1))
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
            got = made(fault, view.arguments)
        except Exception:  # noqa: S112  a fault may fail in any way
            continue
        if got.ndim == 3 and got.size:
            here, there = common(got, view.right)
            if got.shape != view.right.shape or not equal(here, there, slack(fault, view)).all():
                return view, got
    return None


def made(fault: Fault, arguments: tuple[Any, ...]) -> Array:
    """What a fault gives; one with a memory is called before, on mirrored arrays."""
    faulty = fault.make()
    with np.errstate(all="ignore"):
        if fault.stateful:
            faulty(*(one[:, ::-1] if isinstance(one, np.ndarray) else one for one in arguments))
        return np.asarray(faulty(*arguments), float)


def slack(fault: Fault, view: View) -> float:
    """How far numbers may lie apart that differ by rounding alone; 0 if a fault is about that."""
    rounding = REGISTRY[fault.operation].roles.rounding
    if not rounding or rounding in fault.clauses:
        return 0.0
    return ROUNDING * float(np.abs(view.right).max())


def common(got: Array, right: Array) -> tuple[Array, Array]:
    """The part of two maps that both have."""
    place = tuple(slice(n) for n in np.minimum(got.shape, right.shape))
    return got[place], right[place]


def equal(here: Array, there: Array, slack: float) -> Array:
    """Where two arrays of one shape have the same numbers; NaN equals NaN."""
    with np.errstate(all="ignore"):
        near = (here == there) | (np.abs(here - there) <= slack)
    return np.asarray(near | (np.isnan(here) & np.isnan(there)))


def grey(values: Array, right: Array) -> Array:
    """A map as grey pixels, in the scale of the right one."""
    low, high = np.nanmin(right), np.nanmax(right)
    shades = (np.nan_to_num(values, nan=high) - low) / (high - low or 1)
    return np.asarray(255 * np.clip(shades, 0, 1), np.uint8)


def red(got: Array, right: Array, slack: float) -> Array:
    """Where two maps differ, in red on white, thickened; also where only one of them is."""
    size = np.full(np.maximum(got.shape, right.shape), np.inf)
    here, there = common(got, right)
    with np.errstate(all="ignore"):
        apart = np.where(equal(here, there, slack), 0, np.abs(here - there))
    size[: len(apart), : len(apart[0])] = apart
    finite = np.isfinite(size)
    largest = size[finite].max(initial=0) or 1
    share = np.where(finite, np.divide(size, largest, where=finite, out=np.ones(size.shape)), 1)
    shade = maximum_filter(np.where(size != 0, FAINTEST + (1 - FAINTEST) * share, 0), THICKNESS)
    return np.asarray(255 + shade[:, :, np.newaxis] * (RED - 255.0), np.uint8)


def shown(fault: Fault, folder: Path) -> Shown | None:
    """Draw a fault into a folder; None where Chelsea does not show it."""
    found = changed(fault)
    if found is None:
        return None
    view, got = found
    allowed = slack(fault, view)
    differs = ~equal(*common(got, view.right), allowed)
    n = int(differs.sum((0, 1)).argmax())
    place = views(fault.operation).index(view)
    names = f"right-{place}-{n}", f"{fault.id}-wrong", f"{fault.id}-difference"
    wrong, right = got[:, :, n], view.right[:, :, n]
    save(grey(right, right), folder / f"{names[0]}.webp")
    save(grey(wrong, right), folder / f"{names[1]}.webp")
    save(red(wrong, right, allowed), folder / f"{names[2]}.webp")
    return Shown(fault, view, *names, in_words(got, view.right, differs))


def in_words(got: Array, right: Array, differs: Array) -> str:
    """How much of a result differs, and by how much."""
    shape = "" if got.shape == right.shape else f"shape {got.shape}, not {right.shape}; "
    if not differs.any():
        return f"{shape}the numbers that both have are equal"
    here, there = common(got, right)
    with np.errstate(all="ignore"):
        largest = np.nanmax(np.abs(here - there), where=differs, initial=0)
    return f"{shape}{percent(differs.mean())} of the numbers differ, by up to {largest:.3g}"


def percent(share: float) -> str:
    """A share in words that do not round it to nothing or to everything."""
    if share in (0, 1):
        return f"{share:.0%}"
    return f"{min(99.9, 100 * share):.1f} %" if share > 0.001 else "less than 0.1 %"


def save(pixels: Array, path: Path) -> None:
    """Write a picture, once."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(path, quality=70, method=0)


def pages(folder: Path) -> Iterator[tuple[Path, str]]:
    """The page of each operation; the pictures go into a folder of the staged pages."""
    names = list(spec.OPERATIONS)
    yield Path("docs/gallery/index.md"), rendered("gallery.md.jinja", operations=names)
    with ProcessPoolExecutor() as pool:
        texts = pool.map(page, names, repeat(folder))
        for name, text in zip(names, texts, strict=True):
            yield Path(f"docs/gallery/{name}.md"), text


def page(operation: str, folder: Path) -> str:
    """The page of an operation; its pictures are drawn."""
    faults = of_values(operation)
    found = {one.id: shown(one, folder / "docs/gallery" / operation) for one in faults}
    return rendered(
        "faults_on_chelsea.md.jinja",
        operation=operation,
        shown=[one for one in found.values() if one is not None],
        hidden=[one for one in faults if found[one.id] is None],
    )
