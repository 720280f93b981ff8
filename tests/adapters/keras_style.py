"""Functions as Keras has them: channels last, HWIO kernels, padding as "same" or "valid"."""

from itertools import product

import numpy as np

import cnnspec


def laid_out(extent, size, stride, dilation, padding):
    """Along one axis: the number of windows, and the padding before and after."""
    reach = dilation * (size - 1) + 1
    if min(size, stride, dilation) < 1:
        raise ValueError("size, strides and dilation_rate are at least 1")
    if padding == "valid":
        if reach > extent:
            raise ValueError("the window is larger than the input")
        return (extent - reach) // stride + 1, (0, 0)
    if padding != "same":
        raise ValueError(f"padding is 'same' or 'valid', not {padding!r}")
    count = -(-extent // stride)
    total = max(0, (count - 1) * stride + reach - extent)
    return count, (total // 2, total - total // 2)


def taps(inputs, size, strides, padding, dilation_rate, fill):
    """What each tap reads, in all windows: (B, Ho, Wo, C)."""
    numbers = zip(inputs.shape[1:3], size, strides, dilation_rate, strict=True)
    (height, rows), (width, cols) = (laid_out(*one, padding) for one in numbers)
    x = np.pad(inputs.astype(float), [(0, 0), rows, cols, (0, 0)], constant_values=fill)
    for i, j in product(*map(range, size)):
        top, left = i * dilation_rate[0], j * dilation_rate[1]
        bottom = top + (height - 1) * strides[0] + 1
        right = left + (width - 1) * strides[1] + 1
        yield (i, j), x[:, top : bottom : strides[0], left : right : strides[1]]


def conv(inputs, kernel, strides=(1, 1), padding="valid", dilation_rate=(1, 1)):
    if inputs.shape[3] != kernel.shape[2]:
        raise ValueError("inputs and kernel have different numbers of channels")
    every = taps(inputs, kernel.shape[:2], strides, padding, dilation_rate, 0)
    kernel = kernel.astype(float)
    return sum(np.einsum("bhwc,cn->bhwn", seen, kernel[i, j]) for (i, j), seen in every)


def max_pool(inputs, pool_size, strides=None, padding="valid"):
    every = taps(inputs, pool_size, strides or pool_size, padding, (1, 1), -np.inf)
    return np.maximum.reduce([seen for _, seen in every])


def average_pool(inputs, pool_size, strides=None, padding="valid"):
    how = pool_size, strides or pool_size, padding, (1, 1), 0
    total = sum(seen for _, seen in taps(inputs, *how))
    return total / sum(seen for _, seen in taps(np.ones_like(inputs), *how))


target = cnnspec.adapt(
    conv=conv,
    pooling=max_pool,
    average_pooling=average_pool,
    image="NHWC",
    filters="HWIO",
    batch=True,
    parameters={
        "size": "pool_size:pair",
        "stride": "strides:pair",
        "padding": "padding:same/valid",
        "conv": {"dilation": "dilation_rate:pair"},
    },
)
