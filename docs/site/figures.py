"""The six figures of the article, drawn from the stack."""

from pathlib import Path

from cnnspec import article, reference
from cnnspec.article import figures

FOLDER = Path("docs/figures")


def draw(folder: Path) -> None:
    """Draw figure-1.png to figure-6.png into a folder of the staged pages."""
    image = article.chelsea()
    layers = reference.stack(image, article.filter_banks())
    first, second, third = (figures.panels(layer, n) for n, layer in enumerate(layers, 1))
    drawn = [[[("Input Image", image)]], *([row] for row in first), second, third]
    (folder / FOLDER).mkdir(parents=True, exist_ok=True)
    for number, rows in enumerate(drawn, 1):
        figures.save(rows, folder / FOLDER / f"figure-{number}.png")
