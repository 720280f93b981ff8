"""Caffe: the layers Convolution and Pooling. Padding is symmetric; poolings round up.

Source: src/caffe/proto/caffe.proto and src/caffe/layers/pooling_layer.cpp of BVLC's Caffe.
"""

from cnnspec.dialects.arguments import Arguments, Numbers, around, pair, word

ROUND_MODES = {"CEIL": "up", "FLOOR": "down"}


def convolution(
    pad: Numbers = 0, stride: Numbers = 1, dilation: Numbers = 1, group: int = 1
) -> Arguments:
    """Arguments of the book's conv, whose lengths are rounded down here too."""
    return {
        "stride": pair("stride", stride),
        "padding": around("pad", pad),
        "dilation": pair("dilation", dilation),
        "groups": group,
    }


def max_pooling(
    kernel_size: Numbers, stride: Numbers = 1, pad: Numbers = 0, round_mode: str = "CEIL"
) -> Arguments:
    """Arguments of the book's pooling. See `length` for where they differ."""
    return {
        "size": pair("kernel_size", kernel_size),
        "stride": pair("stride", stride),
        "padding": around("pad", pad),
        "ceil": word("round_mode", round_mode, ROUND_MODES) == "up",
    }


def average_pooling(
    kernel_size: Numbers, stride: Numbers = 1, pad: Numbers = 0, round_mode: str = "CEIL"
) -> Arguments:
    """Arguments of the book's average_pooling. Padding counts, up to the end of the padded map."""
    return {**max_pooling(kernel_size, stride, pad, round_mode), "count_padding": True}


def length(
    extent: int, size: int, stride: int, dilation: int = 1, before: int = 0, after: int = 0
) -> int:
    """The number of windows of a pooling: rounded up, and the start rule where there is padding.

    Without padding a window may start behind the map, and reads nothing: K = 1, T = 3 gives three
    windows on five elements. (Caffe looks at the padding of both axes together.)
    """
    room = before + extent + after - dilation * (size - 1) - 1
    count = -(-room // stride) + 1
    if before + after and (count - 1) * stride >= extent + before:
        count -= 1
    return count
