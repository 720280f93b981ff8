"""Rules in which runtimes differ from one another, along one axis, by what a report says of them.

PADDINGS: extent, size, stride, dilation -> (before, after).
LENGTHS: extent, size, stride, dilation, before, after -> how many windows.
DIVISORS: extent, size, start, before, after -> how many elements of a window count. start: where
the window starts, counted from the axis' first element; it is negative in the padding before.

>>> PADDINGS["pads as TensorFlow's SAME"](5, 2, 1, 1)
(0, 1)
>>> LENGTHS["rounds up without the start rule"](5, 2, 3, 1, 1, 1)
3
>>> DIVISORS["divides by the size of the window"](5, 3, 3, 0, 0)
3
"""

from collections.abc import Callable

from cnnspec.dialects import caffe, onnx, stablehlo, tensorflow, torch, tosa

Padding = Callable[[int, int, int, int], tuple[int, int]]
Length = Callable[[int, int, int, int, int, int], int]
Divisor = Callable[[int, int, int, int, int], int]


def real(extent: int, size: int, start: int, before: int, after: int) -> int:
    """Elements of the axis: ONNX with count_include_pad = 0, TensorFlow, TOSA."""
    del before, after
    return min(start + size, extent) - max(start, 0)


def inside(extent: int, size: int, start: int, before: int, after: int) -> int:
    """Those of the axis and of its padding: PyTorch's count_include_pad, Caffe."""
    del before
    return min(start + size, extent + after) - start


def whole_window(extent: int, size: int, start: int, before: int, after: int) -> int:
    """All of the window, also beyond the padded axis, where ceil lets it reach."""
    del extent, start, before, after
    return size


def floor(extent: int, size: int, stride: int, dilation: int, before: int, after: int) -> int:
    """The number of windows that fit, as the book's without ceil."""
    room = before + extent + after - dilation * (size - 1) - 1
    return room // stride + 1


PADDINGS: dict[str, Padding] = {
    "pads as TensorFlow's SAME": tensorflow.same,
    "pads as ONNX Runtime's SAME_UPPER: less than nothing where windows lie apart": (
        onnx.runtime_same
    ),
    "pads as ONNX Runtime's SAME_LOWER: less than nothing where windows lie apart": (
        onnx.runtime_same_lower
    ),
    "pads as if there was no dilation": onnx.undilated_same,
    "pads half of the window on both sides": torch.half,
}

LENGTHS: dict[str, Length] = {
    "rounds down": floor,
    "rounds up without the start rule": onnx.ceil_without_start,
    "rounds up, with the start rule only where there is padding": caffe.length,
    "computes a window that does not fit by less than a stride": onnx.runtime_length,
    "gives no windows where none fits": stablehlo.length,
    "refuses elements that are left over": tosa.length,
}

DIVISORS: dict[str, Divisor] = {
    "divides by the elements of the map": real,
    "counts padding in the divisor": inside,
    "divides by the size of the window": whole_window,
}
