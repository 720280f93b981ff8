"""The article's figures: the input image, and the maps of each layer."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from cnnspec.spec import Array, Layer

STAGES = {"conv": "", "relu": "ReLU", "pool": "ReLUPool"}
"""What the article's titles say of each stage, after the number of the map."""


def draw(image: Array, layers: Sequence[Layer], folder: Path) -> Iterator[Path]:
    """Write in_img.png, L1.png, L2.png, ... into a folder; yield each path once it is written.

    image: (H, W). A layer has a row of panels for each stage and a column for each map; a layer of
    one map has its stages side by side. Raises OSError where the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    yield save([[("Input Image", image)]], folder / "in_img.png")
    for number, layer in enumerate(layers, 1):
        yield save(panels(layer, number), folder / f"L{number}.png")


def panels(layer: Layer, number: int) -> list[list[tuple[str, Array]]]:
    """Title and map of each panel, row by row: `L1-Map1`, `L1-Map1ReLU`, `L1-Map1ReLUPool`."""
    rows = [
        [(f"L{number}-Map{n + 1}{stage}", maps[:, :, n]) for n in range(maps.shape[2])]
        for stage, maps in zip(STAGES.values(), layer, strict=True)
    ]
    if len(rows[0]) > 1:
        return rows
    return [[row[0] for row in rows]]


def save(rows: list[list[tuple[str, Array]]], path: Path) -> Path:
    """Draw panels of grey maps, without ticks, into a PNG file."""
    columns = len(rows[0])
    figure = Figure(figsize=(3.2 * columns, 2.6 * len(rows)), layout="constrained")
    FigureCanvasAgg(figure)  # no pyplot: it would keep every figure, and look for a display
    axes = figure.subplots(len(rows), columns, squeeze=False)
    for axis, (title, panel) in zip(axes.flat, (p for row in rows for p in row), strict=True):
        axis.imshow(panel, cmap="gray")
        axis.set_title(title)
        axis.set_xticks([])
        axis.set_yticks([])
    figure.savefig(path, bbox_inches="tight")
    return path
