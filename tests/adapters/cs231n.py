"""The layers of a well-known course, in plain loops: parameters in a dict, (out, cache) as result.

They reject nothing themselves, and so a guard does.
"""

import numpy as np

import cnnspec


def conv_forward_naive(x, w, b, conv_param):  # x NCHW, w OIHW, b (O,)
    stride, pad = conv_param["stride"], conv_param["pad"]
    images, _, height, width = x.shape
    outputs, _, rows, cols = w.shape
    around = np.pad(x.astype(float), ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    out_height = 1 + (height + 2 * pad - rows) // stride
    out_width = 1 + (width + 2 * pad - cols) // stride
    out = np.zeros((images, outputs, out_height, out_width))
    for n in range(images):
        for f in range(outputs):
            for i in range(out_height):
                for j in range(out_width):
                    top, left = i * stride, j * stride
                    window = around[n, :, top : top + rows, left : left + cols]
                    out[n, f, i, j] = np.sum(window * w[f]) + b[f]
    return out, (x, w, b, conv_param)


def max_pool_forward_naive(x, pool_param):
    rows, cols = pool_param["pool_height"], pool_param["pool_width"]
    stride = pool_param["stride"]
    images, channels, height, width = x.shape
    out_height, out_width = 1 + (height - rows) // stride, 1 + (width - cols) // stride
    out = np.zeros((images, channels, out_height, out_width))
    for n in range(images):
        for c in range(channels):
            for i in range(out_height):
                for j in range(out_width):
                    top, left = i * stride, j * stride
                    out[n, c, i, j] = np.max(x[n, c, top : top + rows, left : left + cols])
    return out, (x, pool_param)


target = cnnspec.adapt(
    conv=conv_forward_naive,
    pooling=max_pool_forward_naive,
    image="NCHW",
    filters="OIHW",
    first=True,
    batch=True,
    guard=True,
    parameters={
        "conv": {
            "bias": "b",
            "stride": "conv_param[stride]:number",
            "padding": "conv_param[pad]:number",
        },
        "pooling": {
            "size": "pool_param[pool_height, pool_width]",
            "stride": "pool_param[stride]:number",
        },
    },
)
