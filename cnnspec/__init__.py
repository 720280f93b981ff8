"""cnnspec: the executable specification of a convolutional network's layers, and its verifier."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cnnspec.kit.calls import Unsupported
    from cnnspec.reference.average_pooling import average_pooling
    from cnnspec.reference.conv import conv
    from cnnspec.reference.pooling import pooling
    from cnnspec.reference.relu import relu
    from cnnspec.reference.stack import stack
    from cnnspec.spec import Layer, SpecError
    from cnnspec.targets.adapters import adapt

__version__ = "0.2.0"
__all__ = [
    "Layer",
    "SpecError",
    "Unsupported",
    "adapt",
    "average_pooling",
    "conv",
    "pooling",
    "relu",
    "stack",
]

HOME = {
    "adapt": "cnnspec.targets.adapters",
    "average_pooling": "cnnspec.reference",
    "conv": "cnnspec.reference",
    "pooling": "cnnspec.reference",
    "relu": "cnnspec.reference",
    "stack": "cnnspec.reference",
    "Layer": "cnnspec.spec",
    "SpecError": "cnnspec.spec",
    "Unsupported": "cnnspec.kit.calls",
}
"""Where each public name lives. It is imported when it is first used: pytest imports this package
in every run of everybody who has it installed, for the sake of its plugin."""


def __getattr__(name: str) -> Any:
    if name not in HOME:
        raise AttributeError(f"module 'cnnspec' has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module(HOME[name]), name)
