"""How pooling looks through windows, and what padding may hold that wins."""

import numpy as np

from cnnspec.kit.looking import Way, Windows
from cnnspec.kit.window_looking import largest, looking
from cnnspec.spec import Array

LOWEST = "Start from minus infinity, or from a cell of the map: padding never wins."


def is_padded(windows: Windows) -> bool:
    """Whether any window could read padding."""
    return any(one.before > 0 or one.after > 0 for one in windows.laid)


def zero_where_padded(_x: Array, windows: Windows) -> float:
    """With padding the maximum starts at 0, in all windows."""
    return 0 if is_padded(windows) else -np.inf


HELD = (
    Way(
        "maximum-from-zero-with-padding",
        "With padding, the maximum starts at 0, or at the smallest number above it, in all "
        "windows, those inside the map, too.",
        LOWEST,
        zero_where_padded,
    ),
)

LOOKING = looking(largest, {"held": HELD})
