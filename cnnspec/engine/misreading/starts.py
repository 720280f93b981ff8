"""How a window is misplaced that starts in the padding before the map."""

import numpy as np

from cnnspec.engine.misreading.rules import Rule
from cnnspec.spec import Array


def begun_in_the_map(places: Array, extent: int) -> Array:
    """The first tap at the first cell of the map, and none beyond the end of the window."""
    moved = moved_into_the_map(places, extent)
    outside = max(int(places.max(initial=0)), extent) + extent + 1
    return np.where(moved <= places[:, -1:], moved, outside)


def moved_into_the_map(places: Array, _extent: int) -> Array:
    """The first tap at the first cell of the map, and all others as far behind it as ever."""
    return places + np.maximum(-places[:, :1], 0)


STARTS = [
    Rule(
        "start",
        "a window that starts before the map begins with its first tap at the first cell",
        begun_in_the_map,
        pairs=False,
    ),
    Rule(
        "start",
        "a window that starts before the map is moved to its first cell as a whole",
        moved_into_the_map,
        pairs=False,
    ),
]
"""A step gets the places of taps, (length, size), and the extent."""
