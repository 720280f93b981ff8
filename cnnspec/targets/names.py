"""The targets that are found by name: our own, the runtimes, and those of other packages."""

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importlib import metadata

BUILT_IN = {
    "reference": "cnnspec.targets.reference",
    "spec": "cnnspec.targets.specification",
    "article": "cnnspec.targets.published",
}
"""Names that stand for a module of this package; each has operations(edition)."""

EVERY_EDITION = frozenset({"reference", "spec"})
"""Those of our own that take options, if they are judged by edition general."""

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

WITH_OPTIONS = frozenset(RUNTIMES) - {"scipy-signal", "scipy-ndimage", "opencv-imgproc", "iree"}
"""The runtimes whose functions take options. So nobody imports one to learn in which edition."""

INSTEAD = {
    "tensorflow": ("tensorflow-cpu",),
    "opencv-python-headless": ("opencv-python", "opencv-contrib-python"),
}
"""Other distributions that hold the same."""

ALIKE = 0.7
"""How much a name is written like another that it may stand for, from 0 to 1."""

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
def others() -> "dict[str, metadata.EntryPoint]":
    """The targets of other packages."""
    from importlib import metadata  # here: a worker that needs none starts sooner

    return {one.name: one for one in metadata.entry_points(group=GROUP)}


def version(distribution: str) -> str:
    """The version of a distribution, or of one that holds the same; empty if there is none."""
    from importlib import metadata

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


def meant(name: str) -> list[str]:
    """The names that are likely to be meant by another: of what it is part, or is written alike."""
    from difflib import get_close_matches

    text = name.lower().replace("_", "-")
    of = [one for one, needed in RUNTIMES.items() if needed[0].lower() == text]
    longer = [one for one in RUNTIMES if len(text) > 1 and one.startswith(text)]
    known = [*BUILT_IN, *RUNTIMES, *others()]
    found = dict.fromkeys([*of, *longer, *get_close_matches(text, known, cutoff=ALIKE)])
    return [one for one in found if one != name]


def listed() -> list[tuple[str, str]]:
    """Every target that is found by name, with its version, or how to install it."""
    ours = [(name, "built in") for name in BUILT_IN]
    runtimes = [(name, about(name) or f"not installed: {install(name)}") for name in RUNTIMES]
    foreign = [
        (name, f"of {one.dist.name} {one.dist.version}" if one.dist else one.value)
        for name, one in others().items()
    ]
    return [*ours, *runtimes, *foreign]
