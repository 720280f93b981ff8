"""A class that draws its weights at construction, and returns (out, cache)."""

import numpy as np

import cnnspec


class Conv:  # not ours to change
    def __init__(self, n_filters, size, depth):
        self.params = {"W": np.random.rand(size, size, depth, n_filters)}

    def forward(self, x):
        w = self.params["W"]
        size = w.shape[0]
        rows, cols = x.shape[0] - size + 1, x.shape[1] - size + 1
        out = np.zeros((rows, cols, w.shape[3]))
        for r in range(rows):
            for c in range(cols):
                window = x[r : r + size, c : c + size, :, None].astype(float)
                out[r, c] = (window * w).sum(axis=(0, 1, 2))
        return out, (x, w)


def run(x, w):
    if w.shape[0] != w.shape[1] or w.shape[0] < 1 or w.shape[2] != x.shape[2]:
        raise ValueError("this layer has square filters of the image's depth")
    if w.shape[0] > min(x.shape[:2]):
        raise ValueError("the filter is larger than the image")
    layer = Conv(w.shape[3], w.shape[0], w.shape[2])
    layer.params["W"] = w
    return layer.forward(x)[0]


target = cnnspec.adapt(conv=run, filters="HWIO")
