"""The article's program from start to end: `cnnspec run`."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from cnnspec import article, reference, spec
from cnnspec.article import figures, golden
from cnnspec.spec import Array, Edition, Layer, SpecError

Show = Callable[[str], None]


class TooSmallError(ValueError):
    """An image that the three layers do not fit; the message says which size they need."""


def run(path: Path | None, edition: Edition, out: Path, seed: int, show: Show) -> bool:
    """Run the three layers on an image file, or on Chelsea, and draw the figures.

    show takes one line of text at a time. Returns False where the result is not the goldens'.
    Raises ImageError, TooSmallError, GoldenError or OSError, each with a message for the user.
    """
    image = article.read_image(path) if path else article.chelsea()
    banks = article.filter_banks(seed)
    side = smallest_side(banks, edition)
    if min(image.shape) < side:
        raise TooSmallError(
            f"{path} is {image.shape[0]} by {image.shape[1]} pixels; the three layers of edition "
            f"{edition} need at least {side} by {side}"
        )
    out.mkdir(parents=True, exist_ok=True)
    show(f"{path or 'Chelsea'} in grey, {image.shape[0]} by {image.shape[1]}; edition {edition}")
    layers = run_layers(image, banks, edition, show)
    conforms = compare(path, layers, edition, seed, show)
    for figure in figures.draw(image, layers, out):
        show(f"wrote {figure}")
    return conforms


def run_layers(image: Array, banks: list[Array], edition: Edition, show: Show) -> list[Layer]:
    """The stack on the reference, each step shown as the article's program does."""
    layers = []
    for number, filters in enumerate(banks, 1):
        show(f"\nWorking with conv layer {number}")
        names = ", ".join(f"Filter {n + 1}" for n in range(len(filters)))
        layers += spec.stack(
            image,
            [filters],
            edition=edition,
            conv=shown(names, reference.conv, show),
            relu=shown("ReLU", reference.relu, show),
            pooling=shown("Pooling", reference.pooling, show),
        )
        show(f"End of conv layer {number}")
        image = layers[-1].pool
    return layers


def shown(name: str, operation: Callable[..., Array], show: Show) -> Callable[..., Array]:
    """The operation, which then shows the shape, range and time of its result."""

    def operate(*args: Any, **options: Any) -> Array:
        start = time.perf_counter()
        maps = operation(*args, **options)
        milliseconds = 1000 * (time.perf_counter() - start)
        extent = f"{maps.min():.4g} to {maps.max():.4g}"
        show(f"  {name:<28} {maps.shape!s:<16} {extent:<22} {milliseconds:6.1f} ms")
        return maps

    return operate


def compare(
    path: Path | None, layers: list[Layer], edition: Edition, seed: int, show: Show
) -> bool:
    """Compare a run with the goldens, if there are any for it. Returns False if it differs."""
    show("")
    if path or seed:
        show("goldens: none for this run; they are of Chelsea with --seed 0")
        return True
    folder = golden.directory()
    share = golden.compare(layers, edition, folder)
    differing = golden.compare_exact(edition, folder)
    verdict = "match" if share <= 1 else "DO NOT MATCH"
    show(f"goldens: these layers {verdict}, largest rounding error {share:.2f} of what C9 allows")
    exact = "equal bit for bit" if not differing else f"DIFFER: {', '.join(differing)}"
    show(f"goldens: the exact track's maps, computed beside, {exact}")
    return share <= 1 and not differing


def smallest_side(banks: list[Array], edition: Edition) -> int:
    """The side of the smallest square image that the stack accepts."""
    side = 1
    while not accepts(side, banks, edition):
        side += 1
    return side


def accepts(side: int, banks: list[Array], edition: Edition) -> bool:
    """Whether the stack accepts a square image."""
    try:
        reference.stack(np.zeros((side, side)), banks, edition=edition)
    except SpecError:
        return False
    return True
