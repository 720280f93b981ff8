"""How conv looks through windows: impulses, and the result from what windows read."""

from typing import Any

import numpy as np

from cnnspec.kit.calls import Argument, Call
from cnnspec.kit.looking import NOTHING, Asked, Looking, Seen, Way, Windows
from cnnspec.kit.settings import pair
from cnnspec.operations.conv.options import padding_of
from cnnspec.spec import Array


def asked(call: Call) -> tuple[Asked, Asked]:
    """What a call asks of rows and of columns."""
    image, filters = call.arrays[:2]
    given = call.plain
    setting = given.get("padding", 0)
    ends = padding_of(call) if "padding" in given else ((0, 0), (0, 0))
    extents = zip(image.shape, filters.shape[1:3], strict=False)
    several = zip(
        extents, pair(given.get("stride", 1)), pair(given.get("dilation", 1)), ends, strict=True
    )
    word = setting if isinstance(setting, str) else ""
    rows, columns = (Asked(n, k, t, d, *end, word) for (n, k), t, d, end in several)
    return rows, columns


def impulses(call: Call) -> Call:
    """The pixels are 1, 2, 3 and so on, and a filter for each tap has one weight, which is 1.

    So each element of the result is the number of the pixel that this tap reads, and 0 for none.
    Each group has such filters for its first channel, and then one for each further channel.
    """
    image, filters = call.arrays[:2]
    _, height, width, depth = filters.shape
    groups = int(call.plain.get("groups", 1))
    own = np.zeros((height * width + depth - 1, height, width, depth))
    for n, (i, j) in enumerate(np.ndindex(height, width)):
        own[n, i, j, 0] = 1
    for k in range(1, depth):
        own[height * width + k - 1, height // 2, width // 2, k] = 1
    bank = np.tile(own, (groups, 1, 1, 1))
    pixels = np.arange(1.0, image.size + 1).reshape(image.shape)
    made = call.changed(image=Argument(pixels), filters=Argument(bank))
    return made.changed(bias=Argument(np.zeros(len(bank)))) if "bias" in call.arguments else made


def pixels_read(call: Call, y: Array) -> Array | None:
    """Row, column and channel of the pixel behind each element, or NOTHING: (3, Ho, Wo, N)."""
    image, filters = call.arrays[:2]
    if y.ndim != image.ndim or y.shape[2] != len(filters) or not np.isfinite(y).all():
        return None
    number = y - 1
    if not ((number == np.rint(number)) & (number >= -1) & (number < image.size)).all():
        return None
    places = np.unravel_index(np.maximum(number, 0).astype(int), image.shape)
    return np.where(number < 0, NOTHING, np.stack(places))


def seen(call: Call, y: Array) -> Seen | None:
    """The row that each tap of each window reads, (Ho, KH), and the column: (Wo, KW)."""
    places = pixels_read(call, y)
    if places is None or not y.size:
        return None
    height, width = call.arrays[1].shape[1:3]
    taps = places[:2, ..., : height * width].reshape(2, *y.shape[:2], height, width)
    rows, columns = taps[0].max(axis=(1, 3)), taps[1].max(axis=(0, 2))
    reads = (rows != NOTHING)[:, np.newaxis, :, np.newaxis] & (columns != NOTHING)[:, np.newaxis]
    both = np.broadcast_arrays(rows[:, np.newaxis, :, np.newaxis], columns[:, np.newaxis])
    product = np.where(reads, np.stack(both), NOTHING)
    return (rows, columns) if np.array_equal(product, taps) else None


def shown(_call: Call, places: tuple[Array, Array]) -> Seen:
    """What is seen where windows read some places: one axis hides the other if it reads nothing."""
    rows, columns = places
    return (
        np.where((columns != NOTHING).any(), rows, NOTHING),
        np.where((rows != NOTHING).any(), columns, NOTHING),
    )


def besides(call: Call, y: Array) -> list[str]:
    """The first map that is made of another channel than is asked."""
    places = pixels_read(call, y)
    if places is None:
        return []
    groups, number = int(call.plain.get("groups", 1)), len(call.arrays[1])
    depth = call.arrays[1].shape[3]
    channels = places[2].max(axis=(0, 1))
    for n, one in enumerate(channels):
        weight = int(call.arrays[1][n].any(axis=(0, 1)).argmax())
        asked_ = n * groups // number * depth + weight
        if one not in (NOTHING, asked_):
            which = f"map {n} of {number} in {groups} groups"
            return [f"{which} reads channel {one} of the image where channel {asked_} is asked"]
    return []


def made(call: Call, windows: Windows) -> Array:
    """The result from what windows read."""
    image, filters = call.arrays[:2]
    given = call.plain
    x = np.pad(image.astype(kind_of(image)), ((0, 1), (0, 1), (0, 0)))  # NOTHING is the last place
    rows, columns = windows.reads
    groups = int(given.get("groups", 1))
    number, depth = len(filters), filters.shape[3]
    first = [n * groups // number * depth for n in range(number)]
    channels = [list(range(one, one + depth)) for one in first]
    if "groups" in windows.chosen:
        channels = [windows.chosen["groups"].step(n, number, groups, depth) for n in range(number)]
    y = np.zeros((len(rows), len(columns), number), np.result_type(x, kind_of(filters)))
    for n, weights in enumerate(filters.astype(kind_of(filters))):
        for i, j in np.ndindex(*weights.shape[:2]):
            pixels = x[rows[:, i]][:, columns[:, j]][..., channels[n]]
            y[..., n] += pixels @ weights[i, j]
    return biased(y, given, windows)


def biased(y: Array, given: dict[str, Any], windows: Windows) -> Array:
    """A result with its bias, which is added in a way of its own, or to each map."""
    bias = given.get("bias")
    if bias is None:
        return y
    way = windows.chosen.get("bias")
    added = bias if way is None else way.step(bias, y, given["filters"])
    return np.asarray(y + np.asarray(added, y.dtype))


def kind_of(array: Array) -> np.dtype[Any]:
    """The dtype in which numbers are multiplied: integers have no room to spare."""
    return array.dtype if array.dtype.kind == "f" else np.dtype(np.int64)


BLOCKS = "Filter n reads block floor(n*G/N) of the channels: those from this times C/G on."


GROUPS = (
    Way(
        "block-of-a-filter-by-the-groups-in-turn",
        "Filter n reads block n mod G.",
        BLOCKS,
        lambda n, _number, groups, depth: [n % groups * depth + k for k in range(depth)],
    ),
    Way(
        "first-block-unless-groups-are-single-channels",
        "Where a group has several channels, each filter reads the first block.",
        BLOCKS,
        lambda n, number, groups, depth: [
            (n * groups // number if depth == 1 else 0) + k for k in range(depth)
        ],
    ),
    Way(
        "channels-of-a-block-in-reverse",
        "With groups, the weights of a filter meet the channels of its block in reverse.",
        BLOCKS,
        lambda n, number, groups, depth: [
            n * groups // number * depth + (depth - 1 - k if groups > 1 else k)
            for k in range(depth)
        ],
    ),
    Way(
        "first-channel-of-a-block-by-the-group",
        "Group g reads the channels from g on, not from g*C/G on.",
        BLOCKS,
        lambda n, number, groups, depth: [n * groups // number + k for k in range(depth)],
    ),
    Way(
        "channels-of-a-block-by-the-filters-of-a-group",
        "Group g reads the channels from g*N/G on, around the end.",
        BLOCKS,
        lambda n, number, groups, depth: [
            (n * groups // number * (number // groups) + k) % (groups * depth) for k in range(depth)
        ],
    ),
    Way(
        "channels-a-group-apart",
        "Group g reads the channels g, g + G, g + 2*G and so on.",
        BLOCKS,
        lambda n, number, groups, depth: [k * groups + n * groups // number for k in range(depth)],
    ),
    Way(
        "channels-a-group-apart-in-turn",
        "Filter n reads the channels n mod G, n mod G + G and so on.",
        BLOCKS,
        lambda n, _number, groups, depth: [k * groups + n % groups for k in range(depth)],
    ),
)

EACH = "Add b[n] once to each element of map n."
BIASES = (
    Way("bias-of-no-effect", "The bias has no effect.", EACH, lambda b, _y, _w: 0 * b),
    Way("bias-twice", "The bias is added twice.", EACH, lambda b, _y, _w: 2 * b),
    Way(
        "bias-for-each-tap",
        "The bias is added once for each tap of a filter.",
        EACH,
        lambda b, _y, w: b * (w.shape[1] * w.shape[2]),
    ),
    Way(
        "bias-for-each-weight",
        "The bias is added once for each weight of a filter.",
        EACH,
        lambda b, _y, w: b * (w.shape[1] * w.shape[2] * w.shape[3]),
    ),
    Way(
        "bias-for-each-row-of-a-filter",
        "The bias is added once for each row of a filter.",
        EACH,
        lambda b, _y, w: b * w.shape[1],
    ),
    Way(
        "bias-of-the-next-map",
        "Map n gets the bias of map n + 1, and the last map that of the first.",
        EACH,
        lambda b, _y, _w: np.roll(b, -1),
    ),
    Way(
        "bias-of-the-map-before",
        "Map n gets the bias of map n - 1, and the first map that of the last.",
        EACH,
        lambda b, _y, _w: np.roll(b, 1),
    ),
    Way(
        "bias-by-columns",
        "Column j gets b[j mod N], and each map the same.",
        EACH,
        lambda b, y, _w: np.resize(b, y.shape[1])[np.newaxis, :, np.newaxis],
    ),
    Way(
        "bias-by-rows",
        "Row i gets b[i mod N], and each map the same.",
        EACH,
        lambda b, y, _w: np.resize(b, y.shape[0])[:, np.newaxis, np.newaxis],
    ),
    Way(
        "last-bias-for-all",
        "All maps get the last bias.",
        EACH,
        lambda b, _y, _w: np.full_like(b, b[-1]),
    ),
    Way(
        "mean-of-the-bias-for-all",
        "All maps get the mean of the bias.",
        EACH,
        lambda b, _y, _w: np.full(len(b), np.mean(b)),
    ),
    Way(
        "bias-below-zero-left-out",
        "A bias below zero has no effect.",
        EACH,
        lambda b, _y, _w: np.maximum(b, 0),
    ),
)

LOOKING = Looking(asked, impulses, seen, shown, besides, made, {"groups": GROUPS, "bias": BIASES})
