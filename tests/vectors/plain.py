"""Conv, relu, pooling and average_pooling on nested lists of numbers, without NumPy."""

from typing import Any


def shape(values: Any) -> list[int]:
    """The lengths of the axes; what comes after an axis of length zero is not known."""
    return [len(values), *(shape(values[0]) if values else [])] if isinstance(values, list) else []


def conv(image: Any, filters: Any) -> Any:
    """Slide each filter over the image. Raises ValueError for invalid input."""
    of_image, of_filters = shape(image), shape(filters)
    if (len(of_image), len(of_filters)) not in ((2, 3), (3, 4)):
        raise ValueError("the ranks of image and filters do not agree")
    if len(of_image) == 2:
        image = [[[pixel] for pixel in row] for row in image]
        filters = [[[[tap] for tap in row] for row in one] for one in filters]
    height, width, channels = shape(image)
    _, rows, size, depth = shape(filters)
    if channels != depth:
        raise ValueError("image and filters differ in their channels")
    if rows != size or size % 2 == 0 or size > min(height, width):
        raise ValueError("filters are square, of odd size, and fit into the image")
    return [
        [
            [
                sum(
                    image[r + i][c + j][ch] * one[i][j][ch]
                    for i in range(size)
                    for j in range(size)
                    for ch in range(channels)
                )
                for one in filters
            ]
            for c in range(width - size + 1)
        ]
        for r in range(height - size + 1)
    ]


def relu(feature_map: Any) -> Any:
    """Replace what is negative by zero, in lists of any depth."""
    if isinstance(feature_map, list):
        return [relu(part) for part in feature_map]
    return 0 if feature_map <= 0 else feature_map


def pooling(feature_map: Any, size: int = 2, stride: int = 2) -> Any:
    """Take the largest value of each window. Raises ValueError for invalid input."""
    return windows(feature_map, size, stride, largest)


def average_pooling(feature_map: Any, size: int, stride: int) -> Any:
    """Take the mean of each window. Raises ValueError for invalid input."""
    return windows(feature_map, size, stride, lambda values: sum(values) / (size * size))


def windows(feature_map: Any, size: int, stride: int, of: Any) -> Any:
    """What `of` makes of each window's values. Raises ValueError for invalid input."""
    if len(shape(feature_map)) != 3:
        raise ValueError("a feature map has rank 3")
    height, width, channels = shape(feature_map)
    if not 1 <= size <= min(height, width) or stride < 1:
        raise ValueError("the window does not fit, or the stride is below 1")
    return [
        [
            [
                of(row[c + j][ch] for row in feature_map[r : r + size] for j in range(size))
                for ch in range(channels)
            ]
            for c in range(0, width - size + 1, stride)
        ]
        for r in range(0, height - size + 1, stride)
    ]


def largest(values: Any) -> Any:
    """The largest of some numbers, or NaN where one of them is."""
    known = list(values)
    return next((value for value in known if value != value), max(known))
