"""ONNX: attributes of Conv, MaxPool, AveragePool, GlobalMaxPool and GlobalAveragePool.

pads are (top, left, bottom, right): all beginnings, then all ends. Source: the operators' pages,
https://onnx.ai/onnx/operators/. They say that windows that would start in the padding behind the
map are ignored, as the book does.
"""

from collections.abc import Sequence

from cnnspec.dialects.arguments import Arguments, Numbers, Sides, only, pair, whole, word

AUTO_PAD = {"VALID": "valid", "SAME_UPPER": "same_upper", "SAME_LOWER": "same_lower"}


def conv(
    strides: Numbers | None = None,
    pads: Sequence[int] | None = None,
    dilations: Numbers | None = None,
    group: int = 1,
    auto_pad: str = "NOTSET",
) -> Arguments:
    """Arguments of the book's conv."""
    return {
        "stride": pair("strides", strides),
        "padding": padding(pads, auto_pad),
        "dilation": pair("dilations", dilations),
        "groups": group,
    }


def max_pool(
    kernel_shape: Sequence[int],
    strides: Numbers | None = None,
    pads: Sequence[int] | None = None,
    dilations: Numbers | None = None,
    ceil_mode: int = 0,
    auto_pad: str = "NOTSET",
) -> Arguments:
    """Arguments of the book's pooling. With auto_pad, ceil_mode changes nothing."""
    return {
        "size": pair("kernel_shape", kernel_shape),
        "stride": pair("strides", strides),
        "padding": padding(pads, auto_pad),
        "dilation": pair("dilations", dilations),
        "ceil": bool(ceil_mode) and auto_pad == "NOTSET",
    }


def average_pool(
    kernel_shape: Sequence[int],
    strides: Numbers | None = None,
    pads: Sequence[int] | None = None,
    dilations: Numbers | None = None,
    ceil_mode: int = 0,
    auto_pad: str = "NOTSET",
    count_include_pad: int = 0,
) -> Arguments:
    """Arguments of the book's average_pooling. Raises ValueError for dilations."""
    found = max_pool(kernel_shape, strides, pads, dilations, ceil_mode, auto_pad)
    only("dilations of an average pooling", found.pop("dilation"), (1, 1))
    return {**found, "count_padding": bool(count_include_pad)}


def global_pool(height: int, width: int) -> Arguments:
    """Arguments of pooling and average_pooling: one window, as large as the map."""
    return {"size": (height, width), "stride": (1, 1)}


def padding(pads: Sequence[int] | None, auto_pad: str) -> str | Sides:
    """The book's padding. Raises ValueError where both say something."""
    top, left, bottom, right = whole("pads", (0, 0, 0, 0) if pads is None else pads, 4)
    if auto_pad == "NOTSET":
        return (top, bottom), (left, right)
    if top or left or bottom or right:
        raise ValueError(f"pads and auto_pad {auto_pad!r} exclude each other")
    return word("auto_pad", auto_pad, {"NOTSET": "", **AUTO_PAD})


def runtime_same(extent: int, size: int, stride: int, dilation: int = 1) -> tuple[int, int]:
    """What ONNX Runtime's Conv adds before and after an axis for SAME_UPPER.

    Where windows lie farther apart than they are long, the total is negative, and elements are cut
    off at the ends; the book, as TensorFlow, takes max(0, total). It refuses dilation with SAME.
    Source: ComputePad in ONNX Runtime, core/providers. It divides as C does, towards zero.
    """
    total = same_total(extent, size, stride, dilation)
    before = int(total / 2)
    return before, total - before


def runtime_same_lower(extent: int, size: int, stride: int, dilation: int = 1) -> tuple[int, int]:
    """What ONNX Runtime's Conv adds for SAME_LOWER: the odd element before. See runtime_same."""
    total = same_total(extent, size, stride, dilation)
    before = int((total + 1) / 2)
    return before, total - before


def same_total(extent: int, size: int, stride: int, dilation: int) -> int:
    """The padding that makes an axis ceil(n / T) long; negative where T is larger than E."""
    reach = dilation * (size - 1) + 1
    return (-(-extent // stride) - 1) * stride + reach - extent


def undilated_same(extent: int, size: int, stride: int, dilation: int = 1) -> tuple[int, int]:
    """What ONNX Runtime's MaxPool adds for SAME_UPPER: as much as without dilation.

    The result is shorter than ceil(n / T), then. Source: ComputeSizePadDilations in its
    core/providers/cpu/nn/pool_attributes.h.
    """
    del dilation
    return runtime_same(extent, size, stride)


def ceil_without_start(
    extent: int, size: int, stride: int, dilation: int = 1, before: int = 0, after: int = 0
) -> int:
    """The number of windows with ceil, where one may start in the padding behind the axis.

    Older versions of ONNX Runtime and of the operators' pages have it so (MaxPool 10, AveragePool
    10). Source: https://onnx.ai/onnx/operators/onnx__MaxPool.html, its older versions.
    """
    room = before + extent + after - dilation * (size - 1) - 1
    return -(-room // stride) + 1
