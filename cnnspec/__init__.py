"""cnnspec: the executable specification of conv, ReLU and max pooling, and its verifier."""

from cnnspec.reference import conv, pooling, relu, stack
from cnnspec.spec import Layer, SpecError

__version__ = "0.1.0"
__all__ = ["Layer", "SpecError", "conv", "pooling", "relu", "stack"]
