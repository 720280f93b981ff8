"""How the calls of relu vary."""

from math import prod

from cnnspec.kit.aspects import SQUARE, Crossing, Sizes, spans
from cnnspec.kit.contents import OF_MAPS, of_a_map
from cnnspec.kit.filling import Shape

EXTENTS = spans(1, (2, 4), (5, 16), (17, 64), (65, 300), (301, 2_500))

SIZES = {
    "rows": EXTENTS,
    "columns": EXTENTS,
    "channels": spans(1, 2, 3, (4, 7), 8, (9, 15), 16, (17, 63), 64, (65, 256), 0),
    "rank": spans(3, 1, 2, 4),
    SQUARE: spans(0, 1),
}

COARSE = {
    "rows": spans((1, 4), (5, 33), (34, 300)),
    "columns": spans((1, 4), (5, 33), (34, 300)),
    "channels": spans(1, (2, 7), 8, (9, 40)),
    "rank": spans(3, 2),
    SQUARE: spans(0, 1),
}


def work(sizes: Sizes) -> int:
    """The elements of a map."""
    return prod(max(sizes.get(name, 1), 1) for name in ("rows", "columns", "channels"))


def shaped(sizes: Sizes) -> tuple[list[Shape], Sizes]:
    """A map of a rank: rows alone, without channels, with them, or two such maps."""
    shape = (sizes["rows"], sizes["columns"], sizes["channels"])
    return [(2, *shape) if sizes["rank"] == 4 else shape[: sizes["rank"]]], {}


CROSSING = Crossing(
    sizes=SIZES, coarse=COARSE, shaped=shaped, work=work, numbers=OF_MAPS, filled=of_a_map
)
