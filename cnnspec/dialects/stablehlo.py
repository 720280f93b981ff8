"""StableHLO: convolution and reduce_window, with images of two spatial axes.

Source: https://openxla.org/stablehlo/spec. There is no rounding up. A mean is a reduce_window that
adds, divided by what its author chooses; what divides by the size of the window counts padding.
"""

from collections.abc import Sequence

from cnnspec.dialects.arguments import Arguments, Sides, inner, only, pair, whole

Padding = Sequence[Sequence[int]]


def convolution(  # the operation has so many parameters
    window_strides: Sequence[int] | None = None,
    padding: Padding | None = None,
    lhs_dilation: Sequence[int] | None = None,
    rhs_dilation: Sequence[int] | None = None,
    window_reversal: Sequence[bool] | None = None,
    feature_group_count: int = 1,
    batch_group_count: int = 1,
) -> Arguments:
    """Arguments of the book's conv.

    Raises ValueError for a dilation of the image (lhs), filters that are flipped, groups of a
    batch, and negative padding, which cuts off: the book has none of these.
    """
    only("lhs_dilation", pair("lhs_dilation", lhs_dilation), (1, 1))
    only("window_reversal", tuple(window_reversal or (False, False)), (False, False))
    only("batch_group_count", batch_group_count, 1)
    return {
        "stride": pair("window_strides", window_strides),
        "padding": sides(((0, 0), (0, 0)) if padding is None else padding),
        "dilation": pair("rhs_dilation", rhs_dilation),
        "groups": feature_group_count,
    }


def reduce_window(
    window_dimensions: Sequence[int],
    window_strides: Sequence[int] | None = None,
    base_dilations: Sequence[int] | None = None,
    window_dilations: Sequence[int] | None = None,
    padding: Padding | None = None,
) -> Arguments:
    """Arguments of the book's pooling, of a maximum that starts at minus infinity.

    Each has an entry for each axis of (B, H, W, C). Raises ValueError for windows over several
    images or channels, a dilation of the map (base), and negative padding.
    """
    given = {
        "size": window_dimensions,
        "stride": window_strides,
        "dilation": window_dilations,
    }
    only("base_dilations", tuple(base_dilations or (1, 1, 1, 1)), (1, 1, 1, 1))
    found: Arguments = {
        name: whole(name, inner(name, value or (1, 1, 1, 1), 1, 3), 2)
        for name, value in given.items()
    }
    pads = [list(one) for one in padding or ([0, 0],) * 4]
    return {**found, "padding": sides(inner("padding", pads, [0, 0], 3))}


def sides(padding: Padding) -> Sides:
    """[[top, bottom], [left, right]] as the book's padding."""
    rows, cols = (pair("padding", one) for one in padding)
    if min(*rows, *cols) < 0:
        raise ValueError(f"padding {padding!r:.60} is negative: the book does not cut off")
    return rows, cols


def length(
    extent: int, size: int, stride: int, dilation: int = 1, before: int = 0, after: int = 0
) -> int:
    """The number of windows: none where a window does not fit, which the book rejects."""
    room = before + extent + after - dilation * (size - 1) - 1
    return 0 if room < 0 else room // stride + 1
