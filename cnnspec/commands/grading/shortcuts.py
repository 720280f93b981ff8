"""Libraries that do the work of a submission: a hint for the teacher, found without running it.

Looked at is what the operations reach: their own lines, and the functions, classes and constants
that they use. A library that only loads a picture, or draws one, is not named.
"""

import ast
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from cnnspec.commands import drafting
from cnnspec.commands.grading.sources import Source, bound
from cnnspec.kit.text import plain

LIBRARIES = frozenset(
    {
        "ai_edge_litert",
        "autograd",
        "caffe",
        "caffe2",
        "chainer",
        "cnnspec",
        "cupy",
        "cv2",
        "flax",
        "haiku",
        "iree",
        "jax",
        "keras",
        "mlx",
        "MNN",
        "mxnet",
        "ncnn",
        "onnx",
        "onnxruntime",
        "openvino",
        "paddle",
        "PIL",
        "scipy",
        "skimage",
        "sklearn",
        "tensorflow",
        "tflite_runtime",
        "theano",
        "tinygrad",
        "torch",
        "torchvision",
    }
)
"""Packages that have the layers, or convolve, by the names that they are imported by."""

BY_NAME = frozenset(
    {"__import__", "exec", "eval", "import_module", "importlib.import_module", "sys.modules"}
)
"""What reaches a library by a text, or one that is loaded already."""

MOST = 12
"""The most shortcuts that are named."""


def found(source: Source, others: list[Source], wanted: Collection[str]) -> list[str]:
    """The shortcuts of the file that is judged, and of those beside it that it imports.

    wanted: the operations that are judged.
    """
    starts = {one for one in (*wanted, "target") if one in bound(source.tree)}
    starts |= {one.name for one in drafting.chosen(source.tree).values()}
    texts = list(reached(source, starts))
    stems = {one.path.stem: one for one in others if one is not source}
    open_, seen = [source], {source.path.stem}
    while open_:
        for name in imported(open_.pop().tree):
            if name in stems and name not in seen:
                seen.add(name)
                open_.append(stems[name])
                texts += reached(stems[name], own_names(stems[name], wanted))
    return list(dict.fromkeys(texts))[:MOST]


def own_names(source: Source, wanted: Collection[str]) -> set[str]:
    """The names that a file makes, and the operations that it imports."""
    return {
        name
        for name, one in bound(source.tree).items()
        if name in wanted or not isinstance(one, ast.Import | ast.ImportFrom)
    }


def reached(source: Source, starts: set[str]) -> Iterator[str]:
    """The shortcuts of some names of a module, and of all that they use."""
    known, libraries = bound(source.tree), dict(of_libraries(source.tree))
    stars = [one for one in libraries.values() if one.endswith(".*")]
    seen, open_ = set[str](), sorted(starts, reverse=True)
    while open_:
        name = open_.pop()
        if name in seen:
            continue
        seen.add(name)
        if name in libraries and name in starts:
            yield said(name, libraries[name], known[name], source.path)
        elif name in known and not isinstance(known[name], ast.Import | ast.ImportFrom):
            yield from inside(name, known[name], libraries, source.path)
            open_ += sorted(used(known[name]))
    yield from (f"everything of {one.removesuffix('.*')} is imported" for one in stars)


def inside(
    name: str, statement: ast.stmt, libraries: Mapping[str, str], path: Path
) -> Iterator[str]:
    """The shortcuts in the lines of one definition."""
    for node in ast.walk(statement):
        if isinstance(node, ast.Import | ast.ImportFrom):
            for _, library in of_statement(node):
                yield said(name, library, node, path)
        elif isinstance(node, ast.Name) and node.id in libraries and isinstance(node.ctx, ast.Load):
            yield said(name, libraries[node.id], node, path)
        elif isinstance(node, ast.Attribute | ast.Name) and ast.unparse(node) in BY_NAME:
            yield said(name, f"{ast.unparse(node)}, which may reach any module", node, path)


def said(name: str, library: str, node: ast.AST, path: Path) -> str:
    """One shortcut in words."""
    line = f", line {getattr(node, 'lineno', 0)}" if path.suffix.lower() == ".py" else ""
    return plain(f"{name} uses {library} ({path.name}{line})")


def used(statement: ast.stmt) -> set[str]:
    """The names that a statement uses."""
    return {one.id for one in ast.walk(statement) if isinstance(one, ast.Name)}


def of_libraries(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """The names that imports of a module bind to libraries, each with what it is."""
    for node in tree.body:
        for one in ast.walk(node) if not isinstance(node, ast.FunctionDef | ast.ClassDef) else ():
            if isinstance(one, ast.Import | ast.ImportFrom):
                yield from of_statement(one)


def of_statement(node: ast.Import | ast.ImportFrom) -> Iterator[tuple[str, str]]:
    """The names that an import binds to libraries, each with what it is."""
    for one in node.names:
        whole = one.name
        if isinstance(node, ast.ImportFrom):
            whole = f"{node.module or ''}.{one.name}" if not node.level else ""
        if whole.partition(".")[0] in LIBRARIES:
            yield one.asname or one.name.partition(".")[0], whole


def imported(tree: ast.Module) -> set[str]:
    """The first names of the modules that a module imports."""
    names = set[str]()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {one.name.partition(".")[0] for one in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {(node.module or "").partition(".")[0]}
            names |= {one.name for one in node.names} if not node.module else set()
    return names
