"""How an implementation is reached: a program, a file, a module, an object in it, or a name."""

import importlib
import importlib.util
import inspect
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial, wraps
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

from numpy import ndim

from cnnspec.kit.calls import TargetError
from cnnspec.kit.operation import REGISTRY
from cnnspec.kit.settings import BATCH
from cnnspec.targets import names
from cnnspec.targets.importing import module_of, other_module
from cnnspec.targets.target import Layout, Target
from cnnspec.targets.target import named as parsed

Operations = Mapping[str, Callable[..., Any]]

MOST_OTHERS = 100
"""The most callables that are named besides a target's operations."""


@dataclass(frozen=True)
class Options:
    """How a target is run: see `cnnspec check --help`.

    timeout: seconds that a call may take. dtype: of floats. python: the interpreter of its worker.
    layout: "auto" if operations are judged in the layouts that they take. paths: folders from which
    its worker imports, besides its own. sandbox: the words before its worker's command that put it
    into one.
    """

    timeout: float = 20.0
    in_process: bool = False
    dtype: str | None = None
    threads: int | None = None
    python: str | None = None
    layout: str | None = None
    paths: tuple[str, ...] = ()
    sandbox: tuple[str, ...] = ()

    def variables(self) -> dict[str, str]:
        """Environment variables by which libraries are told how many threads to use."""
        return {} if self.threads is None else dict.fromkeys(names.THREADS, str(self.threads))


@dataclass(frozen=True)
class Loaded:
    """A target's operations by their names, what it is, and the dtypes of floats that it takes.

    The target gets floats in the first dtype. If there is none, it takes any. others: the names of
    public callables that are defined in the same place, and are no operations.
    """

    operations: Operations
    about: str = ""
    dtypes: tuple[str, ...] = ()
    others: tuple[str, ...] = ()


class NoOperations(TargetError):  # noqa: N818  it reads as what it says
    """A target that offers no operation. others: see Loaded."""

    def __init__(self, message: str, others: tuple[str, ...]) -> None:
        super().__init__(message)
        self.others = others


def load(
    name: str,
    edition: str,
    wanted: Mapping[str, str] | None = None,
    layouts: Mapping[str, Layout] | None = None,
) -> Operations:
    """The operations that a target offers, by their names. wanted, layouts: see loaded.

    Raises TargetError.
    """
    importlib.import_module("cnnspec.operations.catalogue")  # it fills REGISTRY
    every = {one: one for one in REGISTRY}
    return loaded(name, edition, wanted or every, layouts or {}).operations


def loaded(
    name: str, edition: str, wanted: Mapping[str, str], layouts: Mapping[str, Layout]
) -> Loaded:
    """Load a target.

    name: `file.py`, `package.module`, either with `:object` behind it, or a name that
    `cnnspec targets` lists. wanted: the operations that are looked for, each with its name in the
    target. layouts: of the operations that take others than those of the book. Raises TargetError,
    whose message says what to mend.
    """
    found = as_it_is(name, edition, wanted)
    if not layouts:
        return found
    from cnnspec.targets.adapters import adapted

    made = {
        operation: adapted(function, layouts[operation]) if operation in layouts else function
        for operation, function in found.operations.items()
    }
    return replace(found, operations=made)


def as_it_is(name: str, edition: str, wanted: Mapping[str, str]) -> Loaded:
    """Load a target in its own layouts. Raises TargetError."""
    target = parsed(name)
    if target.kind == "program":
        from cnnspec.targets import executable

        functions = executable.functions(target.name, edition)
        return Loaded({one: f for one, f in functions.items() if one in wanted})
    if name in names.BUILT_IN:
        found = importlib.import_module(names.BUILT_IN[name]).operations(edition)
        return Loaded({one: found[one] for one in wanted if one in found})
    if target.kind == "functions":
        named = {one: function_of(target, one) for one in wanted if one in target.functions}
        if not named:
            raise TargetError(f"{name} names no function of {', '.join(wanted)}")
        return Loaded(named)
    if target.kind == "backend":
        from cnnspec.targets.runtimes import onnx_backend

        holder: Any = onnx_backend.target(import_module(target.name))
    elif name in names.RUNTIMES:
        holder = runtime(name)
    elif name in names.others():
        holder = executed(names.others()[name].load, name)
    else:
        holder = held_by(target)
    return of_holder(holder, name, wanted)


def of_holder(holder: Any, name: str, wanted: Mapping[str, str]) -> Loaded:
    """The target that a module or an object is. Raises TargetError if it has no operation."""
    found, more = offered(holder, wanted), others(holder, set(wanted.values()))
    for operation, own in wanted.items():
        if own != operation and operation not in found:
            raise TargetError(f"{name} has no {own}")
    if not found:
        *first, last = wanted.values()
        names_ = " and ".join(filter(None, [", ".join(first), last]))
        text = f"{name} offers none of {names_}; `cnnspec init` drafts an adapter"
        raise NoOperations(text + question(names.meant(name)), more)
    about, dtypes = getattr(holder, "about", ""), tuple(getattr(holder, "dtypes", ()))
    return Loaded(found, about, dtypes, more)


def function_of(target: Target, operation: str) -> Callable[..., Any]:
    """The function that is named for an operation. Raises TargetError."""
    module, colon, path = target.functions[operation].partition(":")
    if not colon:
        raise TargetError(f"{module} is a function of the process that judged it, and no other's")
    found: Any = import_module(module)
    for part in path.split("."):
        found = getattr(found, part, None)
    if not callable(found):
        raise TargetError(f"{module} has no function {path}")
    function: Callable[..., Any] = found
    return function


def in_edition(module: ModuleType, edition: str) -> Operations:
    """The public functions of a module of ours, in an edition."""
    found: dict[str, Callable[..., Any]] = {}
    for name in module.__all__:
        function = getattr(module, name)
        if inspect.isfunction(function):
            differs = "edition" in inspect.signature(function).parameters
            found[name] = partial(function, edition=edition) if differs else function
            if edition == "general" and differs:
                found[name] = taking_batches(found[name])
    return found


def taking_batches(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of ours that tells a batch by its rank, as one does that takes batches."""

    @wraps(function)
    def called(first: Any, *others: Any, **named: Any) -> Any:
        batch = ndim(first) == len("BHWC")
        return function(first, *others, **named, **({BATCH: True} if batch else {}))

    called.__dict__[BATCH] = True
    return called


def runtime(name: str) -> Any:
    """A runtime's module. Raises TargetError if the runtime is not installed."""
    missing = [one for one in names.RUNTIMES[name] if not names.version(one)]
    if missing:
        raise TargetError(f"{name} is not installed: {names.install(name)}")
    place = f"cnnspec.targets.runtimes.{name.replace('-', '_')}"
    module = executed(lambda: importlib.import_module(place), name)
    module.about = names.about(name)
    return module


def held_by(target: Target) -> Any:
    """What holds the operations of a target: a file, a module, or an object in one of them."""
    place, path = target.place, target.path
    holder: Any = import_file(Path(place)) if target.is_file else import_module(place)
    for part in filter(None, path.split(".")):
        try:
            holder = getattr(holder, part)
        except AttributeError:
            raise TargetError(f"{place} has no {path}") from None
    if inspect.isclass(holder):
        holder = make(holder, target.name)
    if not path and hasattr(holder, "target"):  # an adapter file calls it so
        holder = holder.target
    return holder


def by_name(target: Target) -> bool:
    """Whether it takes cnnspec to reach a target, since no statement imports it."""
    if target.is_file:
        return other_module(Path(target.place)) is not None
    known = (names.BUILT_IN, names.RUNTIMES, names.others())
    return target.kind != "python" or any(target.name in listed for listed in known)


def offered(holder: Any, wanted: Mapping[str, str]) -> dict[str, Callable[..., Any]]:
    """The wanted operations that a module or an object has."""
    named = {operation: called(getattr(holder, own, None)) for operation, own in wanted.items()}
    return {operation: f for operation, f in named.items() if f is not None}


def called(value: Any) -> Callable[..., Any] | None:
    """What is called for an operation: the thing itself, or the method `forward` of a layer."""
    function = value if callable(value) else getattr(value, "forward", None)
    return function if callable(function) else None


def others(holder: Any, known: set[str]) -> tuple[str, ...]:
    """Public callables that a module or an object defines itself, but for those that are known.

    An adapter says what it has: it has no others.
    """
    if isinstance(holder, SimpleNamespace):
        return ()
    if isinstance(holder, ModuleType):
        own = {
            n for n, v in vars(holder).items() if getattr(v, "__module__", "") == holder.__name__
        }
    else:
        own = {n for one in type(holder).__mro__[:-1] for n in vars(one)}
    public = sorted(n for n in own - known if not n.startswith("_"))
    return tuple(n for n in public if callable(getattr(holder, n, None)))[:MOST_OTHERS]


def import_file(path: Path) -> ModuleType:
    """Import a file by its path, with its folder importable as if it were run."""
    if not path.is_file():
        raise TargetError(f"there is no file {path}{did_you_mean(str(path))}")
    found = module_of(path)
    if found is None:
        raise TargetError(f"{path} is not a Python file")
    module, execute = found
    executed(execute, str(path))
    return module


def did_you_mean(name: str) -> str:
    """A question that names what is likely to be meant by a target that is not there."""
    from difflib import get_close_matches

    path, beside = Path(name.partition(":")[0]), dict[str, str]()
    with suppress(OSError, ValueError):  # a folder that cannot be read, a name that none has
        beside = {one.stem: str(one) for one in path.parent.glob("*.py")}
    files = get_close_matches(path.name.removesuffix(".py"), beside, cutoff=names.ALIKE)
    is_file = path.suffix == ".py"
    return question([*([] if is_file else names.meant(name)), *(beside[one] for one in files)])


def question(found: Sequence[str]) -> str:
    """A question that names what may be meant; nothing if nothing may be."""
    return f"; did you mean {' or '.join(found)}?" if found else ""


def import_module(name: str) -> ModuleType:
    """Import a module by its name, from the current folder too."""
    if not all(part.isidentifier() for part in name.split(".")):
        text = f"{name} is neither a file, nor a module, nor a built-in name"
        raise TargetError(text + did_you_mean(name))
    sys.path.insert(0, str(Path.cwd()))
    try:
        found = importlib.util.find_spec(name)
    except (ImportError, ValueError):
        found = None
    if found is None:
        text = f"there is no module {name}; `cnnspec targets` lists the built-in names"
        raise TargetError(text + did_you_mean(name))
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
    """The last file and line outside of our own code that an exception came through."""
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
