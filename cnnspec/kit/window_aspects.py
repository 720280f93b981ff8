"""How the sizes of calls with a sliding window vary: a map, size and stride."""

from typing import Any

from cnnspec.kit.aspects import SQUARE, Crossing, Sizes, is_oblong, spans
from cnnspec.kit.filling import Shape

EXTENTS = spans(1, (2, 4), (5, 16), (17, 64), (65, 300), (301, 1_500))
LESS, EQUAL, MORE = range(1, 4)
"""Strides beside the size: less than it but above 1, equal to it, more than it."""

SIZES = {
    "rows": EXTENTS,
    "columns": EXTENTS,
    "channels": spans(1, 2, 3, (4, 7), 8, (9, 15), 16, (17, 40), (41, 256), 0),
    "size": spans(2, 1, 3, (4, 7), (8, 16), (17, 40)),
    "stride": spans(EQUAL, 0, LESS, MORE),
    "rest of rows": spans(0, 1),
    "rest of columns": spans(0, 1),
    SQUARE: spans(0, 1),
}
"""rows, columns: of the result. stride: 0 for 1, or beside the size. rest: whether rows or columns
are left over behind the last window."""

COARSE = {
    "rows": spans((1, 4), (5, 33), (34, 300)),
    "columns": spans((1, 4), (5, 33), (34, 300)),
    "channels": spans(1, (2, 7), 8, (9, 40)),
    "size": spans(2, 1, 3, (4, 12)),
    "stride": spans(EQUAL, 0, LESS, MORE),
    "rest of rows": spans(0, 1),
    "rest of columns": spans(0, 1),
    SQUARE: spans(0, 1),
}
"""The same for the quick budget."""


def excluded(sizes: Sizes) -> bool:
    """Whether sizes make no sense together: rests with stride 1, strides beside a size of 1."""
    stride, size = sizes.get("stride"), sizes.get("size", 40)
    if is_oblong(sizes):
        return True
    if stride == 0:
        return bool(sizes.get("rest of rows") or sizes.get("rest of columns"))
    return (stride == LESS and size < LEAST_WITH_LESS) or (stride == EQUAL and size == 1)


LEAST_WITH_LESS = 3
"""The least size beside which there is a stride between it and 1."""


def stride_of(sizes: Sizes) -> int:
    """The stride."""
    more = sizes["rows"] % 3 if sizes["stride"] == MORE else 0
    return least_stride(sizes["stride"], sizes["size"]) + more


def least_stride(stride: int, size: int) -> int:
    """The least stride that stands so beside a size."""
    return {0: 1, LESS: (size + 1) // 2, EQUAL: size, MORE: size + 1}[stride]


def shaped(sizes: Sizes) -> tuple[list[Shape], Sizes]:
    """The shape of the map, and its size and stride."""
    stride = stride_of(sizes)
    rest = 1 + stride // 3 if stride > 2 else 1
    extents = [
        (sizes[name] - 1) * stride + sizes["size"] + sizes[f"rest of {name}"] * rest
        for name in ("rows", "columns")
    ]
    return [(*extents, sizes["channels"])], {"size": sizes["size"], "stride": stride}


def work(sizes: Sizes) -> int:
    """The comparisons of a call, at least, and the elements of its map."""
    rows, cols, channels, size = (
        max(sizes.get(n, 1), 1) for n in ("rows", "columns", "channels", "size")
    )
    step = least_stride(sizes.get("stride", 0), size)
    return max(
        rows * cols * channels * size**2, (rows * step + size) * (cols * step + size) * channels
    )


def crossing(**more: Any) -> Crossing:
    """How the calls of an operation with a sliding window vary. more: its numbers, and sums."""
    return Crossing(sizes=SIZES, coarse=COARSE, excluded=excluded, shaped=shaped, work=work, **more)
