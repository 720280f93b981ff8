"""The law of an operation with options whose results are maxima, each over a fixed set of places.

At each setting two orders of each class of pixels tell all such sets apart. Each order is in a
channel of its own, so that one evaluation has them all.
"""

from functools import lru_cache

import numpy as np

from cnnspec.kit.axis_windows import windows
from cnnspec.kit.filling import random_for
from cnnspec.kit.geometry import Line
from cnnspec.kit.stack import Stack
from cnnspec.laws.certificate import Random, Trials
from cnnspec.laws.maxima import EXPONENTS, POOL, values
from cnnspec.laws.options import Tried
from cnnspec.spec import Array

MAXIMA, CHANNELS, MONOTONE = "maxima of two maps", "channels in another order", "monotone maps"
TESTS = (MAXIMA, CHANNELS, MONOTONE)
OPERATION = "pooling"
DOWN = 60
"""Powers of two over which numbers spread that lie far below zero."""


def error(_one: Tried, _significand: int) -> float:
    """No set is taken for another."""
    return 0.0


@lru_cache(maxsize=2**8)
def classes(line: Line) -> int:
    """The fewest classes of pixels along an axis so that a window has at most one of each."""
    taps = range(0, line.size * line.dilation, line.dilation)
    able = (
        n for n in range(line.size, taps[-1] + 2) if len({tap % n for tap in taps}) == line.size
    )
    return min(next(able), line.extent)


def trials(one: Tried, significand: int, tested: bool, random: Random) -> Trials:
    """All orders of a setting in one call. tested: whether a law is tested, too."""
    ranks = orders(one, random)
    x = numbered(ranks, significand, random)
    maps, test = [x], TESTS[random.randint(len(TESTS))] if tested else ""
    if test == MONOTONE:
        maps.append(np.floor(ranks / 5.0) - 9)
    elif test:
        other = x[..., random.permutation(x.shape[-1])]
        maps += [other, np.maximum(x, other)] if test == MAXIMA else [other]
    given = np.stack(maps)
    seen = windows(given, one.rows, one.columns, -np.inf, one.ceil)
    tests = [""] * (len(maps) - 1) + [test]
    stack = Stack(OPERATION, {"feature_map": given}, one.options)
    return Trials(stack, seen.max(axis=(-4, -2)), tests)


def orders(one: Tried, random: Random) -> Array:
    """Orders of the pixels, each in a channel of its own: every pixel's rank.

    A window has at most one pixel of each class. In two orders the pixels of a class are above all
    others: in one they grow along the rows and columns, in the other they fall. The other pixels
    are in a random order.
    """
    along = (one.rows.line, one.columns.line)
    tops, ranks = on_top(*one.extents, *(classes(line) for line in along))
    count = one.extents[0] * one.extents[1]
    others = random.random_sample((count, tops.shape[-1])).argsort(axis=0)
    return np.asarray(np.where(tops, ranks, others.reshape(tops.shape)))


@lru_cache(maxsize=2**12)
def on_top(height: int, width: int, down: int, right: int) -> tuple[Array, Array]:
    """For each order which pixels are above all others, and the ranks that they have.

    down, right: classes along the rows and the columns.
    """
    row, column = np.indices((height, width))
    own = row % down * right + column % right
    tops = np.repeat(own[..., np.newaxis] == np.arange(down * right), 2, axis=-1)
    count, place = height * width, np.arange(height * width).reshape(height, width, 1)
    falls = np.arange(tops.shape[-1]) % 2
    return tops, np.where(falls, 2 * count - 1 - place, count + place)


def numbered(ranks: Array, significand: int, random: Random) -> Array:
    """Numbers in place of ranks.

    Every other channel has numbers that are lower than any by which padding may be filled. The rest
    has numbers of all magnitudes, and at half of the settings neighbouring floats.
    """
    count = 2 * ranks.shape[0] * ranks.shape[1]
    wide, low = pools(significand, max(count, POOL))
    step = len(wide) // count
    start = random.randint(len(wide) - step * (count - 1))
    found: Array = low[start + step * ranks]
    first = ranks[..., ::2]
    near = 1 + first * 2.0 ** (1 - significand)
    found[..., ::2] = near if random.randint(2) else wide[start + step * first]
    return found


@lru_cache(maxsize=4)
def pools(significand: int, count: int) -> tuple[Array, Array]:
    """Numbers in order: of all magnitudes, and such as lie far below zero."""
    random = random_for("pools", significand, count)
    least, most = EXPONENTS.get(significand, (-4, 4))
    bits = 2 ** (significand - 2)
    odd = random.randint(bits // 2, bits, count, dtype=np.int64) * 2.0 + 1
    powers = random.randint(max(least, most - DOWN), most + 1, count)
    return values(random, count, significand), np.sort(-np.ldexp(odd, powers))
