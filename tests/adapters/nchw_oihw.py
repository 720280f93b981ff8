"""A network library's layout: a batch of one, channels first, filters OIHW, and a bias."""

import numpy as np

import cnnspec


def conv2d(x, weight, bias):  # x NCHW, weight OIHW, bias (O,): not ours to change
    _, _, height, width = x.shape
    outputs, _, rows, cols = weight.shape
    y = np.zeros((1, outputs, height - rows + 1, width - cols + 1))
    for i in range(rows):
        for j in range(cols):
            part = x[0, :, i : i + y.shape[2], j : j + y.shape[3]]
            y[0] += (weight[:, :, None, None, i, j] * part).sum(axis=1)
    return y + bias[:, None, None]


def run(x, w):
    if x.shape[1] != w.shape[1] or min(w.shape[2:]) < 1:
        raise ValueError("channels do not match")
    if w.shape[2] > x.shape[2] or w.shape[3] > x.shape[3]:
        raise ValueError("the kernel is larger than the input")
    return conv2d(x.astype(float), w.astype(float), np.zeros(len(w)))


target = cnnspec.adapt(conv=run, image="NCHW", filters="OIHW")
