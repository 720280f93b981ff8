"""TOSA: CONV2D, MAX_POOL2D and AVG_POOL2D. pad is [top, bottom, left, right].

Source: https://www.mlplatform.org/tosa/tosa_spec.html. Only elements of the map count in a mean,
padding does not. Nothing may be left over behind the last window.
"""

from collections.abc import Sequence

from cnnspec.dialects.arguments import Arguments, Sides, pair, whole


def conv2d(pad: Sequence[int], stride: Sequence[int], dilation: Sequence[int]) -> Arguments:
    """Arguments of the book's conv; without groups."""
    return {
        "stride": pair("stride", stride),
        "padding": sides(pad),
        "dilation": pair("dilation", dilation),
    }


def max_pool2d(kernel: Sequence[int], stride: Sequence[int], pad: Sequence[int]) -> Arguments:
    """Arguments of the book's pooling."""
    return {
        "size": pair("kernel", kernel),
        "stride": pair("stride", stride),
        "padding": sides(pad),
    }


def avg_pool2d(kernel: Sequence[int], stride: Sequence[int], pad: Sequence[int]) -> Arguments:
    """Arguments of the book's average_pooling."""
    return max_pool2d(kernel, stride, pad)


def sides(pad: Sequence[int]) -> Sides:
    """[top, bottom, left, right] as the book's padding."""
    top, bottom, left, right = whole("pad", pad, 4)
    return (top, bottom), (left, right)


def length(
    extent: int, size: int, stride: int, dilation: int = 1, before: int = 0, after: int = 0
) -> int:
    """The number of windows. Raises ValueError where elements are left over behind the last.

    The book leaves them unread. Source: idiv_check in the specification's formulas of OH and OW.
    """
    room = before + extent + after - dilation * (size - 1) - 1
    if room % stride:
        raise ValueError(f"a stride of {stride} leaves {room % stride} of {room} elements over")
    return room // stride + 1
