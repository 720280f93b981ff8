"""Functions with the names, the order and the forms that PyTorch's functional interface has."""

from itertools import product
from operator import index

import numpy as np

import cnnspec


def pair(value):
    rows, cols = value if isinstance(value, tuple) else (value, value)
    return index(rows), index(cols)


class Windows:
    """Along one axis: how many windows there are, and how far the last reaches beyond the end."""

    def __init__(self, extent, size, stride, padding, dilation, ceil_mode):
        reach = dilation * (size - 1) + 1
        room = extent + 2 * padding - reach
        if min(size, stride, dilation) < 1 or padding < 0 or room < 0:
            raise ValueError("the window does not fit, or its numbers make no sense")
        self.count = room // stride + 1
        if ceil_mode:
            self.count = -(-room // stride) + 1
            if (self.count - 1) * stride >= extent + padding:  # the last starts beyond the end
                self.count -= 1
        self.size, self.stride, self.dilation, self.padding = size, stride, dilation, padding
        self.behind = max(0, (self.count - 1) * stride + reach - extent - padding)

    def of_tap(self, i):
        first = i * self.dilation
        return slice(first, first + (self.count - 1) * self.stride + 1, self.stride)


def axes(x, size, stride, padding, dilation=1, ceil_mode=False):
    numbers = zip(*map(pair, (size, stride, padding, dilation)), strict=True)
    return [Windows(n, *one, ceil_mode) for n, one in zip(x.shape[2:], numbers, strict=True)]


def padded(x, rows, cols, fill):
    around = [(0, 0), (0, 0), (rows.padding, rows.behind), (cols.padding, cols.behind)]
    return np.pad(x, around, constant_values=fill)


def taps(x, rows, cols):
    """What each tap reads of a padded map, in all windows: (B, C, Ho, Wo)."""
    for i, j in product(range(rows.size), range(cols.size)):
        yield (i, j), x[:, :, rows.of_tap(i), cols.of_tap(j)]


def conv2d(input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    outputs, depth = weight.shape[:2]
    if groups < 1 or outputs % groups or input.shape[1] != depth * groups:
        raise ValueError("channels, filters and groups do not agree")
    if bias is not None and bias.shape != (outputs,):
        raise ValueError("the bias has another shape")
    rows, cols = axes(input, weight.shape[2:], stride, padding, dilation)
    y = np.zeros((len(input), outputs, rows.count, cols.count))
    share = outputs // groups
    for (i, j), seen in taps(padded(input.astype(float), rows, cols, 0), rows, cols):
        for g in range(groups):
            maps = slice(g * share, (g + 1) * share)
            part = seen[:, g * depth : (g + 1) * depth]
            y[:, maps] += np.einsum("bchw,nc->bnhw", part, weight[maps, :, i, j])
    return y if bias is None else y + bias[:, None, None]


def max_pool2d(input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False):
    stride = kernel_size if stride is None else stride
    rows, cols = axes(input, kernel_size, stride, padding, dilation, ceil_mode)
    x = padded(input.astype(float), rows, cols, -np.inf)
    return np.maximum.reduce([seen for _, seen in taps(x, rows, cols)])


def avg_pool2d(input, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True):
    stride = kernel_size if stride is None else stride
    rows, cols = axes(input, kernel_size, stride, padding, 1, ceil_mode)
    total = sum(seen for _, seen in taps(padded(input.astype(float), rows, cols, 0), rows, cols))
    cells = padded(np.ones_like(input, float), rows, cols, 0)
    if count_include_pad:  # what lies in the padding counts, and nothing beyond it
        _, _, height, width = input.shape
        cells[:, :, : height + 2 * rows.padding, : width + 2 * cols.padding] = 1
    with np.errstate(invalid="ignore"):  # a window of padding alone
        return total / sum(seen for _, seen in taps(cells, rows, cols))


target = cnnspec.adapt(
    conv=conv2d,
    pooling=max_pool2d,
    average_pooling=avg_pool2d,
    image="NCHW",
    filters="OIHW",
    batch=True,
    parameters={
        "size": "kernel_size:pair",
        "stride": "stride:pair",
        "padding": "padding:pair",
        "dilation": "dilation:pair",
        "groups": "groups",
        "bias": "bias",
        "ceil": "ceil_mode",
        "count_padding": "count_include_pad",
    },
)
