"""What windows read along both axes, for many maps at once: a witness of settings of axes.

geometry.py says where windows start. What lies beside a map is one element behind each axis.
"""

from functools import lru_cache

import numpy as np

from cnnspec.kit.geometry import starts
from cnnspec.kit.option_axes import Drawn
from cnnspec.spec import Array

KEPT = 2**12
"""So many axes are kept, since each comes again beside others."""


@lru_cache(maxsize=KEPT)
def places(one: Drawn, ceil: bool) -> Array:
    """Where the taps of windows lie along an axis: (windows, taps). Beside it is its extent."""
    line = one.line
    first = np.array(starts(line, one.before, one.behind, ceil), dtype=int)
    found = np.add.outer(first, line.dilation * np.arange(line.size)) - one.before
    return np.where((found < 0) | (found >= line.extent), line.extent, found)


@lru_cache(maxsize=KEPT)
def counted(one: Drawn, ceil: bool, padding: bool) -> Array:
    """How many taps of each window lie along an axis. padding: whether those in it count."""
    line = one.line
    if not padding:
        return np.asarray((places(one, ceil) < line.extent).sum(axis=1))
    first = np.array(starts(line, one.before, one.behind, ceil), dtype=int)
    taps = np.add.outer(first, line.dilation * np.arange(line.size))
    return np.asarray((taps < one.before + line.extent + one.behind).sum(axis=1))


def windows(x: Array, rows: Drawn, columns: Drawn, beside: float, ceil: bool = False) -> Array:
    """The windows of maps (..., H, W, C): (..., Ho, KH, Wo, KW, C). beside: what padding holds."""
    height, width, depth = x.shape[-3:]
    wide = np.full((*x.shape[:-3], height + 1, width + 1, depth), beside, x.dtype)
    wide[..., :height, :width, :] = x
    down, right = places(rows, ceil), places(columns, ceil)
    found = wide[..., down.reshape(-1, 1), right.reshape(-1), :]
    return found.reshape(*x.shape[:-3], *down.shape, *right.shape, depth)
