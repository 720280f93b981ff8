"""Operators as ONNX has them: pads with all that is before first, or a word as auto_pad."""

from itertools import product

import numpy as np

import cnnspec


class Axis:
    """Along one axis: the pads, and where windows start in the padded map."""

    def __init__(self, extent, size, stride, dilation, before, after, ceil_mode):
        reach = dilation * (size - 1) + 1
        room = before + extent + after - reach
        if min(size, stride, dilation) < 1 or min(before, after, room) < 0:
            raise ValueError("the window does not fit, or its numbers make no sense")
        self.starts = [*range(0, room + (stride if ceil_mode else 1), stride)]
        if ceil_mode and self.starts[-1] >= before + extent:
            self.starts.pop()
        self.before, self.after, self.extent = before, after, extent
        self.beyond = max(0, self.starts[-1] + reach - (before + extent + after))
        self.size, self.dilation = size, dilation

    def of_tap(self, i):
        return [start + i * self.dilation for start in self.starts]


def axes(X, kernel_shape, strides, dilations, pads, auto_pad, ceil_mode=0):
    found = []
    for k, extent in enumerate(X.shape[2:]):
        size, stride, dilation = kernel_shape[k], strides[k], dilations[k]
        before, after = pads[k], pads[k + 2]
        if auto_pad in ("SAME_UPPER", "SAME_LOWER"):
            if stride < 1:
                raise ValueError("strides are at least 1")
            last = (-(-extent // stride) - 1) * stride
            total = max(0, last + dilation * (size - 1) + 1 - extent)
            before, after = total // 2, total - total // 2
            if auto_pad == "SAME_LOWER":
                before, after = after, before
        found.append(Axis(extent, size, stride, dilation, before, after, ceil_mode))
    return found


def padded(X, rows, cols, value):
    around = [(axis.before, axis.after + axis.beyond) for axis in (rows, cols)]
    return np.pad(X.astype(float), [(0, 0), (0, 0), *around], constant_values=value)


def taps(x, rows, cols):
    """What each tap reads of a padded map, in all windows: (B, C, Ho, Wo)."""
    for i, j in product(range(rows.size), range(cols.size)):
        yield (i, j), x[:, :, rows.of_tap(i)][..., cols.of_tap(j)]


ONES, ZEROS = (1, 1), (0, 0, 0, 0)


def Conv(X, W, B=None, *, auto_pad="NOTSET", dilations=ONES, group=1, pads=ZEROS, strides=ONES):
    if group < 1 or len(W) % group or X.shape[1] != W.shape[1] * group:
        raise ValueError("channels, filters and group do not agree")
    if B is not None and B.shape != (len(W),):
        raise ValueError("B has another shape")
    rows, cols = axes(X, W.shape[2:], strides, dilations, pads, auto_pad)
    y = np.zeros((len(X), len(W), len(rows.starts), len(cols.starts)))
    for (i, j), seen in taps(padded(X, rows, cols, 0), rows, cols):
        for n, weights in enumerate(W[..., i, j]):
            first = len(weights) * (n * group // len(W))  # the first channel of its group
            for channel, weight in enumerate(weights, first):
                y[:, n] += seen[:, channel] * weight
    return y if B is None else y + B[:, None, None]


def MaxPool(
    X, *, kernel_shape, auto_pad="NOTSET", ceil_mode=0, dilations=ONES, pads=ZEROS, strides=ONES
):
    rows, cols = axes(X, kernel_shape, strides, dilations, pads, auto_pad, ceil_mode)
    x = padded(X, rows, cols, -np.inf)
    return np.maximum.reduce([seen for _, seen in taps(x, rows, cols)])


def AveragePool(
    X,
    *,
    kernel_shape,
    auto_pad="NOTSET",
    ceil_mode=0,
    count_include_pad=0,
    pads=ZEROS,
    strides=ONES,
):
    rows, cols = axes(X, kernel_shape, strides, ONES, pads, auto_pad, ceil_mode)
    cells = padded(np.ones_like(X), rows, cols, 0)
    if count_include_pad:  # what lies in the pads counts, and nothing beyond them
        height, width = (axis.before + axis.extent + axis.after for axis in (rows, cols))
        cells[:, :, :height, :width] = 1
    total = sum(seen for _, seen in taps(padded(X, rows, cols, 0), rows, cols))
    with np.errstate(invalid="ignore"):  # a window of padding alone
        return total / sum(seen for _, seen in taps(cells, rows, cols))


target = cnnspec.adapt(
    conv=Conv,
    pooling=MaxPool,
    average_pooling=AveragePool,
    image="NCHW",
    filters="OIHW",
    batch=True,
    parameters={
        "size": "kernel_shape:pair",
        "stride": "strides:pair",
        "padding": ["auto_pad:SAME_UPPER/SAME_LOWER/VALID", "pads:top-left-bottom-right"],
        "ceil": "ceil_mode",
        "conv": {"bias": "B", "dilation": "dilations:pair", "groups": "group"},
        "pooling": {"dilation": "dilations:pair"},
        "average_pooling": {"count_padding": "count_include_pad"},
    },
)
