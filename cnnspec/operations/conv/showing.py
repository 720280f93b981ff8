"""conv as it is shown to a person: one pixel that is 1, and the sum behind an element."""

import numpy as np

from cnnspec.kit.calls import Call
from cnnspec.kit.operation import call
from cnnspec.kit.working import Place, Shown, Working, brief, listed, window
from cnnspec.spec import Edition


def specimen() -> Call:
    """A single pixel under a filter of nine numbers: the result is the filter, rotated."""
    image = np.zeros((8, 9))
    image[3, 4] = 1
    return call("conv", image, np.arange(1.0, 10.0).reshape(1, 3, 3))


@np.errstate(all="ignore")
def working(one: Call, place: Place, _edition: Edition) -> Working | None:
    """The sum of products behind an element (r, c, n)."""
    image, filters = one.arrays
    r, c, n = place
    names = list(one.arguments)
    flat = image.ndim == 2
    height, width = filters.shape[1:3]
    pixels = window(r, c, (height, width), range(1 if flat else image.shape[2]))
    taps: tuple[Place, ...] = tuple((n, p[0] - r, p[1] - c, p[2]) for p in pixels)
    if flat:
        pixels, taps = tuple(p[:2] for p in pixels), tuple(t[:3] for t in taps)
    products = [(image[p], filters[t]) for p, t in zip(pixels, taps, strict=True)]
    axis = "" if flat else ", k"
    terms = [f"{brief(x)} · {brief(w)}" for x, w in products if float(x) * float(w) != 0]
    zeros = len(products) - len(terms)
    return Working(
        reads={names[0]: pixels, names[1]: taps},
        formula=f"sum of image[{r}+i, {c}+j{axis}] · filters[{n}, i, j{axis}] over i, j{axis}",
        numbers=listed(terms or ["0"], " + ")
        + (f" + {zeros} more of 0" if zeros and terms else ""),
        value=float(sum(float(x) * float(w) for x, w in products)),
    )


SHOWN = Shown(specimen, working)
