"""Figures of feature maps, for eyes: `from cnnspec import figures`.

Each function gives a matplotlib Figure, which a notebook shows by itself and `savefig` writes. Maps
that are compared share one scale; signed numbers and differences are centred on 0.

    figures.compare(expected, got)      # two results and their difference
    figures.feature_maps(layer)         # a layer of cnnspec.stack, or maps (H, W, C)
    figures.taps(report)                # what a wrong conv or pooling looks at
"""

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from cnnspec.spec import Layer

__all__ = ["compare", "feature_maps", "taps"]


def compare(
    expected: npt.ArrayLike,
    got: npt.ArrayLike,
    *,
    titles: tuple[str, str] = ("expected", "got"),
) -> "Figure":
    """Two results beside one another, and the second less the first.

    expected, got: real arrays (H, W) or (H, W, C), of any two shapes; a row of panels is drawn for
    each map, for the first MOST_MAPS of those that differ. The first two panels share a scale.
    Elements that only one of them has are striped. Raises ValueError for other arrays.
    """
    from cnnspec.figures import drawing

    return drawing.compared(drawing.maps(expected), drawing.maps(got), titles)


def feature_maps(layer: "Layer | npt.ArrayLike") -> "Figure":
    """The maps of a layer: a row of panels for conv, relu and pooling, a column for each map.

    layer: one of `cnnspec.stack`, or one array (H, W) or (H, W, C). The maps of a row share a
    scale. Raises ValueError for other arrays.
    """
    from cnnspec.figures import drawing
    from cnnspec.spec import Layer

    stages = layer._asdict() if isinstance(layer, Layer) else {"map": np.asarray(layer)}
    return drawing.stages({name: drawing.maps(one) for name, one in stages.items()})


def taps(found: Any) -> "Figure":
    """What one element of a wrong result looks at, as specified and by the target.

    found: a report of `cnnspec.check`, or one of its `tap_maps`. Raises ValueError if there is
    nothing to draw.
    """
    from cnnspec.figures import drawing

    every = getattr(found, "tap_maps", [found])
    drawable = [one for one in every if getattr(one, "grids", None) is not None]
    if not drawable:
        raise ValueError("there is no tap map to draw: no conv or pooling is wrong by impulses")
    return drawing.tapped(drawable)
