"""The executable specification of a convolutional network's layers, and its verifier.

Is this convolution right?

    import cnnspec

    report = cnnspec.check(conv=f)  # also relu=, pooling=, average_pooling=, or an object
    print(report)  # which clause it breaks, the smallest input that shows it, the likely bug
    assert report  # it conforms

`f(image, filters)` gets (H, W, C) with (N, K, K, C), or both without the axis of channels. A
function with other layouts becomes such a one by `adapt`, and raises `Unsupported` for what it
cannot express. `check` says where the functions run, and what else can be asked.

`conv`, `relu`, `pooling`, `average_pooling` and `stack` compute what is specified. They raise
`SpecError`, which names the clause that forbids the input.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cnnspec import figures
    from cnnspec.in_python import check
    from cnnspec.kit.calls import TargetError, Unsupported
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
    "TargetError",
    "Unsupported",
    "adapt",
    "average_pooling",
    "check",
    "conv",
    "figures",
    "pooling",
    "relu",
    "stack",
]

HOME = {
    "adapt": "cnnspec.targets.adapters",
    "average_pooling": "cnnspec.reference",
    "check": "cnnspec.in_python",
    "conv": "cnnspec.reference",
    "figures": "cnnspec.figures",
    "pooling": "cnnspec.reference",
    "relu": "cnnspec.reference",
    "stack": "cnnspec.reference",
    "Layer": "cnnspec.spec",
    "SpecError": "cnnspec.spec",
    "TargetError": "cnnspec.kit.calls",
    "Unsupported": "cnnspec.kit.calls",
}
"""Where each public name lives. It is imported when it is first used: pytest imports this package
in every run of everybody who has it installed, for the sake of its plugin."""


def __getattr__(name: str) -> Any:
    if name not in HOME:
        raise AttributeError(f"module 'cnnspec' has no attribute {name!r}")
    import importlib

    home = importlib.import_module(HOME[name])
    return home if name == "figures" else getattr(home, name)


def __dir__() -> list[str]:
    """What a user needs."""
    return ["__version__", *__all__]
