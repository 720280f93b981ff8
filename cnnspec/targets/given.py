"""What a program in Python gives to be judged: functions, an object, a module, or a name."""

import keyword
import os
import site
import sys
import sysconfig
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from importlib.machinery import PathFinder
from inspect import isclass, ismethod
from pathlib import Path
from types import ModuleType
from typing import Any

from cnnspec.kit.look_alikes import advice_in_python, look_alikes
from cnnspec.kit.operation import REGISTRY
from cnnspec.kit.text import plain
from cnnspec.targets import Loaded, by_name, of_holder, offered, others
from cnnspec.targets.target import Target, named

OBJECT = "target"
"""What an object that is given is called in the code that a report shows."""


ZIPPED = f"python{sys.version_info.major}{sys.version_info.minor}.zip"
"""The standard library, where it is one file."""


@dataclass(frozen=True)
class Given:
    """What is to be judged.

    there: how another process reaches it, if one can. here: what it is called in this process, with
    its functions, unless it was given by name.
    """

    there: Target | None
    here: Target | None = None
    functions: Loaded | None = None


def given(target: object, operations: Mapping[str, object]) -> Given:
    """What is given: a target, or else operations. Raises TypeError for both and for neither."""
    if target is not None and operations:
        raise TypeError("give a target or operations by their names, not both")
    if isinstance(target, str | os.PathLike):
        return Given(named(os.fsdecode(target)))
    if target is not None:
        return given_object(target)
    if not operations:
        raise TypeError('name what to judge: check(conv=f), check(net) or check("mycnn.py")')
    functions = {name: function_for(name, one) for name, one in operations.items()}
    names = {name: label(name, one) for name, one in functions.items()}
    return Given(reached_by(functions), target_of(names), Loaded(functions))


def function_for(operation: str, function: object) -> Callable[..., Any]:
    """The function that is given for an operation. Raises TypeError for anything else."""
    if operation not in REGISTRY:
        raise TypeError(f"{operation!r} is no operation; {meant(operation, REGISTRY)}")
    form = f"{operation}({', '.join(one.name for one in REGISTRY[operation].parameters)})"
    if isclass(function):
        raise TypeError(f"{operation} is a class; give a function, called as {form}")
    if not callable(function):
        kind = type(function).__name__
        raise TypeError(f"{operation} is of the type {kind}; give a function, called as {form}")
    return function


def given_object(target: object) -> Given:
    """An object or a module that has operations. Raises TypeError if it has none."""
    if isclass(target):
        name = target.__name__
        raise TypeError(f"{name} is a class; give an object of it, as in check({name}())")
    module = isinstance(target, ModuleType)
    holder = getattr(target, "target", target) if module else target  # an adapter file calls it so
    wanted = {one: one for one in REGISTRY}
    if not offered(holder, wanted):
        raise TypeError(no_operation(holder))
    functions = of_holder(holder, OBJECT, wanted)
    for name, one in functions.operations.items():
        function_for(name, one)
    there = reached_by(functions.operations)
    whole = whole_module(holder, functions) if isinstance(holder, ModuleType) and there else None
    absent = [one for one in REGISTRY if one not in functions.operations]
    if functions.about or functions.dtypes or look_alikes(functions.others, absent):
        there = None  # by the names of functions alone nobody learns that
    here = target_of({name: f"{OBJECT}.{name}" for name in functions.operations})
    return Given(whole or there, here, functions)


def no_operation(holder: object) -> str:
    """What to do with an object that has no operation."""
    kind = plain(type(holder).__name__)
    text = f"what is given is of the type {kind}, and has none of {', '.join(REGISTRY)}"
    alike = look_alikes(others(holder, set(REGISTRY)), REGISTRY)
    if alike:
        return f"{text}; {advice_in_python(alike)}"
    return f"{text}; say which operation it is, as in check({next(iter(REGISTRY))}=f)"


def meant(word: object, known: Mapping[str, object] | tuple[str, ...]) -> str:
    """Which of the known words another one may stand for."""
    close = get_close_matches(word, known, 1) if isinstance(word, str) else []
    return f"did you mean {close[0]!r}?" if close else f"there are {', '.join(known)}"


# By what names functions are reached.


def target_of(names: Mapping[str, str]) -> Target:
    """The target that consists of named functions."""
    return Target("functions", ",".join(f"{one}={name}" for one, name in names.items()))


def label(operation: str, function: object) -> str:
    """What a function is called where it was made, as far as it is known."""
    whole = getattr(function, "__qualname__", "")
    parts = whole.rpartition("<locals>.")[2].split(".") if isinstance(whole, str) else []
    good = all(one.isidentifier() and not keyword.iskeyword(one) for one in parts)
    return ".".join(parts) if parts and good and not ismethod(function) else operation


def reached_by(functions: Mapping[str, object]) -> Target | None:
    """The target by which another process reaches functions; None if there is one it cannot."""
    found = {name: reference(one) for name, one in functions.items()}
    names = {name: one for name, one in found.items() if one is not None}
    return target_of(names) if len(names) == len(functions) else None


def whole_module(module: ModuleType, functions: Loaded) -> Target | None:
    """A module as a target by its name, if its own functions are what it offers."""
    target = Target("python", module.__name__)
    own = all(
        getattr(one, "__module__", "") == module.__name__ for one in functions.operations.values()
    )
    return target if own and not by_name(target) and not target.is_file else None


def reference(function: object) -> str | None:
    """`module:name` by which a fresh Python finds a function, if it is that very function."""
    module, path = getattr(function, "__module__", None), getattr(function, "__qualname__", None)
    if not isinstance(module, str) or not isinstance(path, str) or module == "__main__":
        return None
    names = [*module.split("."), *path.split(".")]
    found: object = sys.modules.get(module)
    for part in path.split("."):
        found = getattr(found, part, None)
    known = all(one.isidentifier() for one in names) and found is function
    return f"{module}:{path}" if known and is_importable(module) else None


def is_importable(name: str) -> bool:
    """Whether a fresh Python that has our folders finds the module that is loaded here.

    A module that is being imported counts as not: if it judges itself meanwhile, so would each
    process that imports it, without end.
    """
    places: list[str] | None = [str(Path.cwd()), *sys.path]
    parts = name.split(".")
    for count in range(1, len(parts) + 1):
        full = ".".join(parts[:count])
        loaded = getattr(sys.modules.get(full), "__spec__", None)
        found = PathFinder.find_spec(full, places)
        if loaded is None or found is None or getattr(loaded, "_initializing", False):
            return False
        if real(loaded.origin) != real(found.origin):
            return False
        places = list(found.submodule_search_locations or [])
    return True


def real(origin: str | None) -> str | None:
    """Where a module comes from, whatever the path by which it was found."""
    return None if origin is None else os.path.realpath(origin)


def folders() -> tuple[str, ...]:
    """The folders from which this process imports, but for those of Python itself."""
    kinds = ("stdlib", "platstdlib", "purelib", "platlib")
    own = {os.path.realpath(sysconfig.get_path(one)) for one in kinds}
    own |= {os.path.realpath(one) for one in [*site.getsitepackages(), site.getusersitepackages()]}
    own |= {str(Path(one) / "lib-dynload") for one in own}
    places = (os.path.abspath(one) for one in sys.path if isinstance(one, str))  # noqa: PTH100
    more = (one for one in places if os.path.realpath(one) not in own and os.pathsep not in one)
    return tuple(dict.fromkeys(one for one in more if Path(one).name != ZIPPED))
