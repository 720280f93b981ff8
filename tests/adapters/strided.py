"""A conv with padding SAME by default, and a list of maps, one for each channel."""

import numpy as np

import cnnspec


def conv_list(channels, kernels, padding="SAME"):
    size = kernels[0][0].shape[0]
    edge = size // 2 if padding == "SAME" else 0
    maps = []
    for kernel in kernels:
        total = 0
        for channel, weights in zip(channels, kernel, strict=True):
            padded = np.pad(channel, edge)
            windows = np.lib.stride_tricks.sliding_window_view(padded, (size, size))
            total = total + (windows * weights).sum(axis=(2, 3))
        maps.append(total)
    return maps


def run(x, w):
    x = x.astype(np.result_type(x, w, np.float32 if x.dtype == w.dtype == np.float32 else float))
    if x.shape[0] != w.shape[1] or w.shape[2] != w.shape[3] or w.shape[2] > min(x.shape[1:]):
        raise ValueError("filters do not fit")
    if w.shape[2] % 2 == 0:
        raise ValueError("filters of even size")
    return conv_list(list(x), list(w.astype(x.dtype)), padding="VALID")


target = cnnspec.adapt(conv=run, image="CHW", filters="OIHW")
