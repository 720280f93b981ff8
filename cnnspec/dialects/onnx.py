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
    """What ONNX Runtime adds before and after an axis for SAME_UPPER.

    Where windows lie farther apart than they reach, the total is negative, and elements are cut off
    at the ends; the book, as TensorFlow, takes max(0, total). Its Conv refuses dilation with SAME.
    Source: ComputePad in its core/providers; docs/outside.md measures it.
    """
    total = same_total(extent, size, stride, dilation)
    before = toward_zero(total, 2)
    return before, total - before


def runtime_same_lower(extent: int, size: int, stride: int, dilation: int = 1) -> tuple[int, int]:
    """What ONNX Runtime adds for SAME_LOWER: the odd element before. See runtime_same."""
    total = same_total(extent, size, stride, dilation)
    before = toward_zero(total + 1, 2)
    return before, total - before


def same_total(extent: int, size: int, stride: int, dilation: int) -> int:
    """The padding that makes an axis ceil(n / T) long; negative where windows lie apart."""
    reach = dilation * (size - 1) + 1
    return (-(-extent // stride) - 1) * stride + reach - extent


def toward_zero(number: int, divisor: int) -> int:
    """A quotient of whole numbers as C computes it."""
    return -(-number // divisor) if number < 0 else number // divisor


def undilated_same(extent: int, size: int, stride: int, dilation: int = 1) -> tuple[int, int]:
    """What ONNX Runtime's MaxPool adds for SAME_UPPER: as much as without dilation.

    The result is shorter than ceil(n / T), then. Source: ComputeSizePadDilations in its
    core/providers/cpu/nn/pool_attributes.h; docs/outside.md measures it.
    """
    del dilation
    return runtime_same(extent, size, stride)


def runtime_length(
    extent: int, size: int, stride: int, dilation: int = 1, before: int = 0, after: int = 0
) -> int:
    """The number of windows of ONNX Runtime's poolings without ceil.

    Its quotient is cut towards zero. So there is a window where one does not fit by less than a
    stride, which the book rejects. Source: docs/outside.md measures it.
    """
    room = before + extent + after - dilation * (size - 1) - 1
    return max(toward_zero(room, stride) + 1, 0)


def ceil_without_start(
    extent: int, size: int, stride: int, dilation: int = 1, before: int = 0, after: int = 0
) -> int:
    """The number of windows with ceil, where one may start in the padding behind the axis.

    Source: the pages of MaxPool 12 and AveragePool 11, which do not have the start rule yet, and
    older versions of ONNX Runtime's pool_attributes.h.
    """
    room = before + extent + after - dilation * (size - 1) - 1
    return -(-room // stride) + 1
