"""A layer that is built for one shape and keeps its result; it multiplies before its ReLU."""

import numpy as np


class Block:
    """A layer that keeps its input's shape from construction and stores its result."""

    def __init__(self, shape):
        self.shape, self.output = shape, None

    def forward(self, x, weight):
        if x.shape != self.shape:
            raise ValueError("the layer was built for another shape")
        self.output = np.maximum(x * weight, 0)


class Net:
    def relu(self, feature_map):
        block = Block(feature_map.shape)
        block.forward(np.asarray(feature_map, float), 1)
        return np.asarray(block.output)


net = Net()
