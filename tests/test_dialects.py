"""Dialects: what runtimes call the parameters of the book, by worked numbers and by loops."""

from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
import pytest

from cnnspec import spec
from cnnspec.dialects import caffe, onnx, stablehlo, tensorflow, torch, tosa
from cnnspec.dialects.rules import DIVISORS, LENGTHS, PADDINGS
from cnnspec.spec.parameters import same
from cnnspec.spec.window import Axis

ROW = np.arange(1.0, 6.0).reshape(1, 5, 1)
"""1 2 3 4 5, of which pooled numbers are read off."""

Case = tuple[dict[str, Any], dict[str, Any]]
NHWC = ((0, 0), (1, 0), (0, 2), (0, 0))
NCHW = ((0, 0), (0, 0), (1, 0), (0, 2))


def conv(stride: Any = (1, 1), padding: Any = ((0, 0), (0, 0)), dilation: Any = (1, 1)) -> Any:
    """Arguments of the book's conv."""
    return {"stride": stride, "padding": padding, "dilation": dilation, "groups": 1}


CONVS: tuple[tuple[Any, dict[str, Any], dict[str, Any]], ...] = (
    (onnx.conv, {}, conv()),
    (onnx.conv, {"strides": [2, 3], "dilations": [1, 2]}, conv((2, 3), dilation=(1, 2))),
    (onnx.conv, {"pads": [0, 1, 2, 3]}, conv(padding=((0, 2), (1, 3)))),  # top left bottom right
    (onnx.conv, {"auto_pad": "SAME_LOWER"}, conv(padding="same_lower")),
    (onnx.conv, {"auto_pad": "VALID", "pads": [0] * 4}, conv(padding="valid")),
    (onnx.conv, {"group": 4}, {**conv(), "groups": 4}),
    (torch.conv2d, {}, conv()),
    (torch.conv2d, {"stride": 2, "padding": (1, 2)}, conv((2, 2), ((1, 1), (2, 2)))),
    (torch.conv2d, {"padding": "same", "dilation": 2}, conv((1, 1), "same_upper", (2, 2))),
    (torch.conv2d, {"padding": "valid", "stride": 2}, conv((2, 2), "valid")),
    (tensorflow.conv2d, {"strides": 2, "padding": "SAME"}, conv((2, 2), "same_upper")),
    (tensorflow.conv2d, {"strides": [3], "padding": "valid"}, conv((3, 3), "valid")),
    (tensorflow.conv2d, {"strides": [1, 2, 3, 1], "padding": NHWC}, conv((2, 3), ((1, 0), (0, 2)))),
    (
        tensorflow.conv2d,
        {"strides": [1, 1, 2, 3], "padding": NCHW, "data_format": "NCHW"},
        conv((2, 3), ((1, 0), (0, 2))),
    ),
    (stablehlo.convolution, {}, conv()),
    (
        stablehlo.convolution,
        {"window_strides": [2, 1], "padding": [[0, 1], [2, 3]], "rhs_dilation": [2, 2]},
        conv((2, 1), ((0, 1), (2, 3)), (2, 2)),
    ),
    (caffe.convolution, {"pad": 1, "stride": (2, 1)}, conv((2, 1), ((1, 1), (1, 1)))),
)


@pytest.mark.parametrize(("function", "given", "wanted"), CONVS)
def test_conv_in_each_dialect(function: Any, given: Any, wanted: Any) -> None:
    assert function(**given) == wanted
    filters = np.ones((4, 3, 2, 4 // wanted["groups"]))
    assert spec.conv(np.ones((9, 9, 4)), filters, **function(**given)).shape[2] == 4


def pooling(size: Any, stride: Any, padding: Any = ((0, 0), (0, 0)), **more: Any) -> Any:
    """Arguments of the book's poolings."""
    return {"size": size, "stride": stride, "padding": padding, **more}


PLAIN = {"dilation": (1, 1), "ceil": False}
POOLINGS: tuple[tuple[Any, dict[str, Any], dict[str, Any]], ...] = (
    (onnx.max_pool, {"kernel_shape": [2, 3]}, pooling((2, 3), (1, 1), **PLAIN)),
    (
        onnx.max_pool,
        {"kernel_shape": [3, 3], "strides": [2, 1], "pads": [0, 0, 1, 1], "ceil_mode": 1},
        pooling((3, 3), (2, 1), ((0, 1), (0, 1)), dilation=(1, 1), ceil=True),
    ),
    (  # with auto_pad, nothing is rounded up
        onnx.max_pool,
        {"kernel_shape": [2, 2], "strides": [2, 2], "ceil_mode": 1, "auto_pad": "VALID"},
        pooling((2, 2), (2, 2), "valid", **PLAIN),
    ),
    (torch.max_pool2d, {"kernel_size": 3}, pooling((3, 3), (3, 3), **PLAIN)),
    (
        torch.max_pool2d,
        {"kernel_size": (3, 2), "stride": 1, "padding": 1, "dilation": 2, "ceil_mode": True},
        pooling((3, 2), (1, 1), ((1, 1), (1, 1)), dilation=(2, 2), ceil=True),
    ),
    (
        tensorflow.max_pool2d,
        {"ksize": 2, "strides": [1, 2, 2, 1], "padding": "SAME"},
        pooling((2, 2), (2, 2), "same_upper"),
    ),
    (
        stablehlo.reduce_window,
        {"window_dimensions": [1, 3, 2, 1], "window_strides": [1, 2, 1, 1], "padding": NHWC},
        pooling((3, 2), (2, 1), ((1, 0), (0, 2)), dilation=(1, 1)),
    ),
    (
        tosa.max_pool2d,
        {"kernel": [3, 3], "stride": [2, 2], "pad": [1, 0, 2, 1]},
        pooling((3, 3), (2, 2), ((1, 0), (2, 1))),
    ),
    (caffe.max_pooling, {"kernel_size": 3}, pooling((3, 3), (1, 1), ceil=True)),
    (
        caffe.max_pooling,
        {"kernel_size": 3, "stride": 2, "pad": 1, "round_mode": "FLOOR"},
        pooling((3, 3), (2, 2), ((1, 1), (1, 1)), ceil=False),
    ),
)


@pytest.mark.parametrize(("function", "given", "wanted"), POOLINGS)
def test_max_pooling_in_each_dialect(function: Any, given: Any, wanted: Any) -> None:
    assert function(**given) == wanted
    assert spec.pooling(np.ones((9, 9, 2)), **function(**given)).max() == 1


AVERAGES: tuple[tuple[Any, dict[str, Any], dict[str, Any]], ...] = (
    (
        onnx.average_pool,
        {"kernel_shape": [2, 2], "dilations": [1, 1], "count_include_pad": 1},
        pooling((2, 2), (1, 1), ceil=False, count_padding=True),
    ),
    (torch.avg_pool2d, {"kernel_size": 2}, pooling((2, 2), (2, 2), ceil=False, count_padding=True)),
    (
        torch.avg_pool2d,
        {"kernel_size": 2, "stride": 1, "count_include_pad": False},
        pooling((2, 2), (1, 1), ceil=False, count_padding=False),
    ),
    (
        tensorflow.avg_pool2d,
        {"ksize": [2, 2], "strides": 1, "padding": "SAME"},
        pooling((2, 2), (1, 1), "same_upper"),
    ),
    (
        tosa.avg_pool2d,
        {"kernel": [2, 2], "stride": [1, 1], "pad": [0, 1, 0, 1]},
        pooling((2, 2), (1, 1), ((0, 1), (0, 1))),
    ),
    (
        caffe.average_pooling,
        {"kernel_size": 2, "pad": 1},
        pooling((2, 2), (1, 1), ((1, 1), (1, 1)), ceil=True, count_padding=True),
    ),
)


@pytest.mark.parametrize(("function", "given", "wanted"), AVERAGES)
def test_average_pooling_in_each_dialect(function: Any, given: Any, wanted: Any) -> None:
    assert function(**given) == wanted
    assert spec.average_pooling(np.ones((9, 9, 2)), **function(**given)).max() == 1


def test_a_global_pooling_is_one_window() -> None:
    x = np.arange(12.0).reshape(3, 4, 1)
    assert spec.pooling(x, **onnx.global_pool(3, 4)).tolist() == [[[11]]]
    assert spec.average_pooling(x, **onnx.global_pool(3, 4)).tolist() == [[[5.5]]]


def test_tosa_has_no_groups() -> None:
    wanted = {"stride": (2, 2), "padding": ((1, 0), (0, 1)), "dilation": (1, 1)}
    assert tosa.conv2d(pad=[1, 0, 0, 1], stride=[2, 2], dilation=[1, 1]) == wanted


# What each dialect gives on 1 2 3 4 5


def test_worked_numbers() -> None:
    ceil: dict[str, Any] = {"ceil_mode": True}
    pooled = spec.pooling(ROW, **torch.max_pool2d((1, 2), (1, 3), (0, 1), **ceil))
    assert pooled.ravel().tolist() == [1, 4]  # a window at 5 would start in the padding behind
    mean = spec.average_pooling(ROW, **torch.avg_pool2d((1, 2), (1, 2), **ceil))
    assert mean.ravel().tolist() == [1.5, 3.5, 5]
    mean = spec.average_pooling(ROW, **caffe.average_pooling((1, 2), (1, 2), (0, 1)))
    assert mean.ravel().tolist() == [0.5, 2.5, 4.5]
    mean = spec.average_pooling(ROW, **tosa.avg_pool2d([1, 3], [1, 2], [0, 0, 1, 1]))
    assert mean.ravel().tolist() == [1.5, 3, 4.5]
    mean = spec.average_pooling(ROW, **tensorflow.avg_pool2d([1, 2], 2, "SAME"))
    assert mean.ravel().tolist() == [1.5, 3.5, 5]
    lower = spec.pooling(ROW, **onnx.max_pool([1, 2], [1, 2], auto_pad="SAME_LOWER"))
    assert lower.ravel().tolist() == [1, 3, 5]


# What the book cannot say, and what makes no sense

SENSELESS: tuple[tuple[Callable[..., Any], dict[str, Any], str], ...] = (
    (onnx.conv, {"pads": [1, 1]}, "pads has 4 whole numbers"),
    (onnx.conv, {"pads": [1, 1, 1, 1.5]}, "pads has 4 whole numbers"),
    (onnx.conv, {"pads": 1}, "pads has 4 whole numbers"),
    (onnx.conv, {"pads": [1, 0, 0, 0], "auto_pad": "SAME_UPPER"}, "exclude each other"),
    (onnx.conv, {"auto_pad": "SAME"}, "auto_pad is one of NOTSET, VALID, SAME_UPPER, SAME_LOWER"),
    (onnx.conv, {"strides": [1, 1, 1]}, "strides has 2 whole numbers"),
    (onnx.average_pool, {"kernel_shape": [2, 2], "dilations": [2, 1]}, "dilations of an average"),
    (torch.conv2d, {"padding": "same", "stride": 2}, "'same' goes with stride 1"),
    (torch.conv2d, {"padding": "SAME"}, "padding is one of valid, same"),
    (torch.avg_pool2d, {"kernel_size": 2, "divisor_override": 3}, "divisor_override is 3"),
    (tensorflow.conv2d, {"strides": [2, 1, 1, 1], "padding": "SAME"}, "of images and channels"),
    (tensorflow.conv2d, {"strides": 1, "padding": [[0, 0], [1, 1]]}, "each of four axes"),
    (tensorflow.conv2d, {"strides": 1, "padding": NCHW}, "of images and channels"),
    (tensorflow.conv2d, {"strides": 1, "padding": "FULL"}, "padding is one of VALID, SAME"),
    (
        tensorflow.conv2d,
        {"strides": [1] * 4, "padding": "SAME", "data_format": "HWC"},
        "data_format is NHWC or NCHW",
    ),
    (tensorflow.avg_pool2d, {"ksize": 2, "strides": 1, "padding": NHWC}, "SAME or VALID"),
    (stablehlo.convolution, {"lhs_dilation": [2, 1]}, "lhs_dilation is"),
    (stablehlo.convolution, {"window_reversal": [True, False]}, "window_reversal is"),
    (stablehlo.convolution, {"batch_group_count": 2}, "batch_group_count is 2"),
    (stablehlo.convolution, {"padding": [[-1, 0], [0, 0]]}, "negative"),
    (stablehlo.reduce_window, {"window_dimensions": [1, 2, 2, 2]}, "of images and channels"),
    (
        stablehlo.reduce_window,
        {"window_dimensions": [1, 2, 2, 1], "base_dilations": [1, 2, 1, 1]},
        "base_dilations is",
    ),
    (tosa.max_pool2d, {"kernel": [2, 2], "stride": [1, 1], "pad": [1, 1]}, "pad has 4"),
    (caffe.max_pooling, {"kernel_size": 2, "round_mode": "ceil"}, "round_mode is one of CEIL"),
)


@pytest.mark.parametrize(("function", "given", "message"), SENSELESS)
def test_what_the_book_cannot_say_is_refused(function: Any, given: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        function(**given)


# Rules of one axis, against the book's window and against loops

AXES = [(n, s, t, d) for n, s, t, d in product(range(1, 10), range(1, 6), range(1, 5), (1, 2, 3))]


def test_same_of_tensorflow_is_the_books() -> None:
    for extent, size, stride, dilation in AXES:
        axis = Axis(extent, size, stride, dilation=dilation)
        assert tensorflow.same(extent, size, stride, dilation) == same(axis, "same_upper", "")


def test_same_of_onnx_runtime_differs_where_windows_lie_apart() -> None:
    for extent, size, stride, dilation in AXES:
        axis = Axis(extent, size, stride, dilation=dilation)
        for function, name in (
            (onnx.runtime_same, "same_upper"),
            (onnx.runtime_same_lower, "same_lower"),
        ):
            sides = function(extent, size, stride, dilation)
            assert sum(sides) >= 0 or stride > axis.reach
            assert (sides == same(axis, name, "")) == (sum(sides) >= 0)
    assert onnx.runtime_same(5, 1, 3) == (0, -1)
    assert onnx.runtime_same_lower(5, 1, 3) == (0, -1)
    assert onnx.runtime_same(4, 1, 4) == (-1, -2)  # the window reads the second element
    assert onnx.runtime_same_lower(4, 1, 4) == (-1, -2)
    assert tensorflow.same(4, 1, 4) == (0, 0)  # the window reads the first


def test_same_without_dilation_gives_too_few() -> None:
    assert onnx.undilated_same(5, 3, 1, 2) == (1, 1)
    assert Axis(5, 3, before=1, after=1, dilation=2).length == 3
    assert tensorflow.same(5, 3, 1, 2) == (2, 2)


def test_half_of_the_window_gives_one_too_many_for_even_sizes() -> None:
    for size in range(1, 6):
        before, after = torch.half(7, size, 1)
        assert Axis(7, size, before=before, after=after).length == 7 + (size % 2 == 0)


def starts(extent: int, reach: int, stride: int, before: int, after: int) -> list[int]:
    """By a loop: where windows start, until one reaches the end of the padded axis."""
    found = [-before]
    while found[-1] + reach < extent + after:
        found.append(found[-1] + stride)
    return found


def test_numbers_of_windows() -> None:
    for (extent, size, stride, dilation), before, after in product(AXES, (0, 1, 2), (0, 1, 2)):
        given = extent, size, stride, dilation, before, after
        plain = Axis(extent, size, stride, before, after, dilation)
        if plain.room < 0:
            assert stablehlo.length(*given) == 0
            assert onnx.runtime_length(*given) == (-plain.room < stride)
            continue
        found = starts(extent, plain.reach, stride, before, after)
        fitting = [start for start in found if start + plain.reach <= extent + after]
        assert LENGTHS["rounds down"](*given) == len(fitting)
        assert stablehlo.length(*given) == onnx.runtime_length(*given) == len(fitting)
        assert onnx.ceil_without_start(*given) == len(found)
        ruled = len(found) - (found[-1] >= extent)
        assert plain._replace(ceil=True).length == ruled
        assert caffe.length(*given) == (ruled if before + after else len(found))
        if len(fitting) < len(found):
            with pytest.raises(ValueError, match="over"):
                tosa.length(*given)
        else:
            assert tosa.length(*given) == plain.length
    assert caffe.length(5, 1, 3) == 3
    assert Axis(5, 1, 3, ceil=True).length == 2


def test_divisors_are_counted() -> None:
    for (extent, size, stride, _), before, after in product(AXES[::3], (0, 1, 2), (0, 1, 2)):
        axis = Axis(extent, size, stride, before, after, ceil=True)
        if axis.room < 0:
            continue
        for i in range(axis.length):
            given = extent, size, i * stride - before, before, after
            reads = len(axis.reads(i))
            if reads:  # a window of padding alone is left open
                assert DIVISORS["divides by the elements of the map"](*given) == reads
            assert DIVISORS["counts padding in the divisor"](*given) == axis.counts(i)
            assert DIVISORS["divides by the size of the window"](*given) == size


def test_every_rule_is_a_function_of_numbers() -> None:
    for padding in PADDINGS.values():
        assert len(padding(6, 3, 1, 1)) == 2
    for length in LENGTHS.values():
        assert length(5, 3, 2, 1, 0, 0) == 2
    for divisor in DIVISORS.values():
        assert divisor(5, 3, 0, 0, 0) == 3
