"""How an implementation is reached: a file, a module, an object in it, or a built-in name."""

import importlib
import importlib.util
import inspect
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from cnnspec.targets.calls import OPERATIONS, TargetError

Operations = Mapping[str, Callable[..., Any]]
BUILT_IN = {
    "reference": "cnnspec.targets.reference",
    "spec": "cnnspec.targets.specification",
    "article": "cnnspec.targets.published",
}
"""Names that stand for a module of this package; each has operations(edition)."""


def load(name: str, edition: str) -> Operations:
    """The operations that a target offers, by their names.

    name: `file.py`, `package.module`, either with `:object` behind it, or a name of BUILT_IN.
    Raises TargetError, whose message says what to mend.
    """
    if name in BUILT_IN:
        operations: Operations = importlib.import_module(BUILT_IN[name]).operations(edition)
        return operations
    place, _, path = name.partition(":")
    holder: Any = import_file(Path(place)) if place.endswith(".py") else import_module(place)
    for part in filter(None, path.split(".")):
        try:
            holder = getattr(holder, part)
        except AttributeError:
            raise TargetError(f"{place} has no {path}") from None
    if inspect.isclass(holder):
        holder = make(holder, name)
    if not path and hasattr(holder, "target"):  # what an adapter file makes of other functions
        holder = holder.target
    found = offered(holder)
    if not found:
        raise TargetError(
            f"{name} offers none of conv, relu and pooling; "
            "`cnnspec init` writes an adapter file to fill in"
        )
    return found


def offered(holder: Any) -> dict[str, Callable[..., Any]]:
    """Those of the three operations that a module or an object has."""
    named = {operation: getattr(holder, operation, None) for operation in OPERATIONS}
    return {operation: f for operation, f in named.items() if callable(f)}


def import_file(path: Path) -> ModuleType:
    """Import a file by its path, with its folder importable as if it were run."""
    if not path.is_file():
        raise TargetError(f"there is no file {path}")
    sys.path.insert(0, str(path.parent.resolve()))
    specification = importlib.util.spec_from_file_location(path.stem, path)
    loader = specification.loader if specification else None
    if specification is None or loader is None:
        raise TargetError(f"{path} is not a Python file")
    module = importlib.util.module_from_spec(specification)
    sys.modules[path.stem] = module
    executed(lambda: loader.exec_module(module), str(path))
    return module


def import_module(name: str) -> ModuleType:
    """Import a module by its name, from the current folder too."""
    if not all(part.isidentifier() for part in name.split(".")):
        raise TargetError(f"{name} is neither a file, nor a module, nor a built-in name")
    sys.path.insert(0, str(Path.cwd()))
    try:
        found = importlib.util.find_spec(name)
    except (ImportError, ValueError):
        found = None
    if found is None:
        names = ", ".join(BUILT_IN)
        raise TargetError(f"there is no module {name}; the built-in names are {names}")
    module: ModuleType = executed(lambda: importlib.import_module(name), name)
    return module


def make(holder: type, name: str) -> Any:
    """An instance of a class, made without arguments."""
    return executed(holder, f"{name}()")


def executed(step: Callable[[], Any], name: str) -> Any:
    """Run a target's own code while it is loaded. Raises TargetError whatever that raises."""
    try:
        return step()
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # SystemExit too: a script that ends when it is imported
        where = location(error)
        text = f"{type(error).__name__}: {error}".rstrip(": ")
        raise TargetError(f"{name} cannot be imported: {text}{where}") from error


def location(error: BaseException) -> str:
    """File and line where an exception was raised, but for our own code."""
    trace = error.__traceback__
    places = []
    while trace is not None:
        places.append((trace.tb_frame.f_code.co_filename, trace.tb_lineno))
        trace = trace.tb_next
    own = str(Path(__file__).parent)
    foreign = [p for p in places if not p[0].startswith((own, "<frozen"))]
    return f" ({foreign[-1][0]}, line {foreign[-1][1]})" if foreign else ""


def required_arguments(function: Callable[..., Any]) -> int | None:
    """How many positional arguments a function needs, or None where that is not known."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return None
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return sum(p.kind in positional and p.default is p.empty for p in parameters)
