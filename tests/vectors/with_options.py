"""Conv with a stride and padding, max pooling with ceil, on nested lists, without NumPy.

Sizes, strides and padding are numbers, or one for rows and one for columns.
"""

from typing import Any


def conv(image: Any, filters: Any, *, stride: Any = 1, padding: Any = 0) -> Any:
    """Slide each filter over the image. Raises ValueError for invalid input."""
    (down, right), (above, left) = pair(stride), pair(padding)
    if min(down, right) < 1 or min(above, left) < 0:
        raise ValueError("a stride is at least 1, and padding at least 0")
    if not isinstance(image[0][0], list):
        return conv(deep(image), [deep(one) for one in filters], stride=stride, padding=padding)
    rows, columns, depth = len(filters[0]), len(filters[0][0]), len(filters[0][0][0])
    if len(image[0][0]) != depth:
        raise ValueError("image and filters differ in their channels")
    height, width = len(image) + 2 * above, len(image[0]) + 2 * left
    around, beside = [[[0] * depth] * width] * above, [[0] * depth] * left
    padded = [*around, *([*beside, *row, *beside] for row in image), *around]
    if rows > height or columns > width:
        raise ValueError("the filters do not fit")
    return [
        [
            [value(padded, one, r, c) for one in filters]
            for c in range(0, width - columns + 1, right)
        ]
        for r in range(0, height - rows + 1, down)
    ]


def deep(image: Any) -> Any:
    """A map without channels as one of a single channel."""
    return [[[number] for number in row] for row in image]


def pair(setting: Any) -> Any:
    """One number for rows and one for columns."""
    return setting if isinstance(setting, tuple) else (setting, setting)


def value(image: Any, one: Any, r: int, c: int) -> Any:
    """What a filter gives at a place."""
    return sum(
        image[r + i][c + j][ch] * tap
        for i, row in enumerate(one)
        for j, taps in enumerate(row)
        for ch, tap in enumerate(taps)
    )


def pooling(feature_map: Any, size: Any, stride: Any, *, ceil: bool = False) -> Any:
    """Take the largest value of each window. Raises ValueError for invalid input."""
    (high, wide), (down, right) = pair(size), pair(stride)
    rows = starts(len(feature_map), high, down, ceil)
    columns = starts(len(feature_map[0]), wide, right, ceil)
    channels = len(feature_map[0][0])
    return [
        [
            [
                max(cell[ch] for row in feature_map[r : r + high] for cell in row[c : c + wide])
                for ch in range(channels)
            ]
            for c in columns
        ]
        for r in rows
    ]


def starts(extent: int, size: int, stride: int, ceil: bool) -> list[int]:
    """Where windows begin: inside, and with ceil only where the one before left something out."""
    if stride < 1 or not 1 <= size <= extent:
        raise ValueError("the window does not fit, or the stride is below 1")
    last = extent if ceil else extent - size + 1
    return [at for at in range(0, last, stride) if at - stride + size < extent]
