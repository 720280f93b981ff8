"""The reference: the chapters of the book once more, in compact vectorised NumPy.

The signatures are those of the book, and so are the clauses; the tests and the checks hold the one
to the other. No loop runs over pixels, and conv never copies more than a block of the image.
Python objects are computed with too, as long as they are finite.
"""

from cnnspec.reference.average_pooling import average_pooling
from cnnspec.reference.conv import conv
from cnnspec.reference.pooling import pooling
from cnnspec.reference.relu import relu
from cnnspec.reference.stack import stack

__all__ = ["average_pooling", "conv", "pooling", "relu", "stack"]
