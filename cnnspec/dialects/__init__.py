"""How runtimes call the parameters of the book: one module a dialect.

Each function takes a runtime's own parameters, by its own names and defaults, and returns the
keyword arguments of the book's conv, pooling or average_pooling that mean the same:

>>> onnx.conv(strides=[2, 2], pads=[0, 1, 2, 3])
{'stride': (2, 2), 'padding': ((0, 2), (1, 3)), 'dilation': (1, 1), 'groups': 1}

Numbers come as pairs, one for rows and one for columns, so that the book takes them for edition
general. What the book cannot say raises ValueError. Arrays and their layouts are not touched.

Where a runtime computes something else than the book, a function of one axis says what: how much it
pads, how many windows there are, or by what a sum is divided. `rules` lists them by name.
"""

from cnnspec.dialects import caffe, onnx, rules, stablehlo, tensorflow, torch, tosa

__all__ = ["caffe", "onnx", "rules", "stablehlo", "tensorflow", "torch", "tosa"]
