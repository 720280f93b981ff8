"""TensorFlow: conv2d, max_pool2d and avg_pool2d of tf.nn, and Keras's words.

Source: "Notes on padding" of https://www.tensorflow.org/api_docs/python/tf/nn. Poolings ignore what
is padded, and nothing is rounded up.
"""

from collections.abc import Sequence
from typing import Any

from cnnspec.dialects.arguments import Arguments, Numbers, Pair, Sides, inner, pair, whole, word

WORDS = {"VALID": "valid", "SAME": "same_upper"}
CHANNELS = {"NHWC": 3, "NCHW": 1}
"""The axis of channels in each data_format."""

Padding = str | Sequence[Sequence[int]]


def conv2d(
    strides: Numbers,
    padding: Padding,
    data_format: str = "NHWC",
    dilations: Numbers | None = None,
    groups: int = 1,
) -> Arguments:
    """Arguments of the book's conv.

    tf.nn.conv2d has no groups: it divides the image's channels by those of the filters. Keras has.
    """
    return {
        "stride": axes("strides", strides, data_format),
        "padding": sides(padding, data_format),
        "dilation": axes("dilations", dilations, data_format),
        "groups": groups,
    }


def max_pool2d(
    ksize: Numbers, strides: Numbers, padding: Padding, data_format: str = "NHWC"
) -> Arguments:
    """Arguments of the book's pooling."""
    return {
        "size": axes("ksize", ksize, data_format),
        "stride": axes("strides", strides, data_format),
        "padding": sides(padding, data_format),
    }


def avg_pool2d(
    ksize: Numbers, strides: Numbers, padding: str, data_format: str = "NHWC"
) -> Arguments:
    """Arguments of the book's average_pooling. Raises ValueError for padding that is no word."""
    if not isinstance(padding, str):
        raise ValueError(f"padding of avg_pool2d is SAME or VALID, not {padding!r:.60}")  # noqa: TRY004
    return max_pool2d(ksize, strides, padding, data_format)


def axes(name: str, value: Any, data_format: str) -> Pair:
    """A number, [number], [rows, columns] or one for each of the four axes."""
    if not isinstance(value, Sequence) or len(value) == 2:
        return pair(name, value)
    if len(value) == 1:
        return pair(name, value[0])
    rows, cols = whole(name, inner(name, value, 1, channels(data_format)), 2)
    return rows, cols


def sides(padding: Padding, data_format: str) -> str | Sides:
    """The book's padding, of a word or of [[0, 0], [top, bottom], [left, right], [0, 0]]."""
    if isinstance(padding, str):
        return word("padding", padding.upper(), WORDS)
    pairs = [list(one) for one in padding]
    rows, cols = inner("padding", pairs, [0, 0], channels(data_format))
    return pair("padding", rows), pair("padding", cols)


def channels(data_format: str) -> int:
    """The axis of channels. Raises ValueError for a format that there is not."""
    if data_format not in CHANNELS:
        raise ValueError(f"data_format is NHWC or NCHW, not {data_format!r:.60}")
    return CHANNELS[data_format]


def same(extent: int, size: int, stride: int, dilation: int = 1) -> tuple[int, int]:
    """What SAME adds before and after an axis: the odd element after, as the book's same_upper.

    It is a rule of its own for those who are asked for SAME_LOWER.
    """
    reach = dilation * (size - 1) + 1
    total = max((-(-extent // stride) - 1) * stride + reach - extent, 0)
    return total // 2, total - total // 2
