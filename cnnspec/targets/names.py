"""The targets that are found by name: our own, the runtimes, and those of other packages."""

from functools import cache
from importlib import metadata

BUILT_IN = {
    "reference": "cnnspec.targets.reference",
    "spec": "cnnspec.targets.specification",
    "article": "cnnspec.targets.published",
}
"""Names that stand for a module of this package; each has operations(edition)."""

RUNTIMES: dict[str, tuple[str, ...]] = {
    "scipy-signal": ("scipy",),
    "scipy-ndimage": ("scipy",),
    "pytorch": ("torch",),
    "tensorflow": ("tensorflow",),
    "jax": ("jax", "jaxlib"),
    "onnxruntime": ("onnxruntime", "onnx"),
    "onnx-reference": ("onnx",),
    "openvino": ("openvino", "onnx"),
    "openvino-f32": ("openvino", "onnx"),
    "opencv-dnn": ("opencv-python-headless", "onnx"),
    "opencv-imgproc": ("opencv-python-headless",),
    "tinygrad": ("tinygrad",),
    "paddle": ("paddlepaddle",),
    "mnn": ("MNN",),
    "ncnn": ("ncnn",),
    "litert": ("ai-edge-litert",),
    "iree": ("iree-base-compiler", "iree-base-runtime"),
}
"""Runtimes, each with the distributions that it needs; the first of them is the runtime itself.

The module of each is in cnnspec/targets/runtimes, and an extra of this package installs it.
"""

INSTEAD = {
    "tensorflow": ("tensorflow-cpu",),
    "opencv-python-headless": ("opencv-python", "opencv-contrib-python"),
}
"""Other distributions that hold the same."""

GROUP = "cnnspec.targets"
"""The entry points of other packages: name = "package.module:object"."""

THREADS = (
    "CNNSPEC_THREADS",
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "TF_NUM_INTRAOP_THREADS",
    "TF_NUM_INTEROP_THREADS",
)
"""Environment variables that say how many threads to use; the first one is for our adapters."""


@cache
def others() -> dict[str, metadata.EntryPoint]:
    """The targets of other packages."""
    return {one.name: one for one in metadata.entry_points(group=GROUP)}


def version(distribution: str) -> str:
    """The version of a distribution, or of one that holds the same; empty if there is none."""
    for name in (distribution, *INSTEAD.get(distribution, ())):
        try:
            return metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return ""


def about(name: str) -> str:
    """A runtime's distribution and version; empty if it is not installed."""
    first = RUNTIMES[name][0]
    return f"{first} {version(first)}" if all(map(version, RUNTIMES[name])) else ""


def install(name: str) -> str:
    """The command that installs a runtime."""
    return f"pip install {' '.join(RUNTIMES[name])}"


def listed() -> list[tuple[str, str]]:
    """Every target that is found by name, with its version, or how to install it."""
    ours = [(name, "built in") for name in BUILT_IN]
    runtimes = [(name, about(name) or f"not installed: {install(name)}") for name in RUNTIMES]
    foreign = [
        (name, f"of {one.dist.name} {one.dist.version}" if one.dist else one.value)
        for name, one in others().items()
    ]
    return [*ours, *runtimes, *foreign]
