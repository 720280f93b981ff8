"""The code of the book: which functions realise a clause, and where in them it stands."""

import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from importlib import import_module
from textwrap import dedent
from types import ModuleType

from cnnspec.kit.clauses import EVERY, Clause
from cnnspec.spec import CHAPTERS
from cnnspec.spec.window import Axis

SMALL_PRINT = ("window", "parameters", "numbers")
"""The modules that chapters share. They state no clauses, and realise some."""

SHARED = ("require_windows", "require_layout", "layout", "pair")
"""Functions that get the ids of clauses as arguments; the last two, those of edition general."""


@dataclass(frozen=True)
class Listing:
    """A function of the book without its docstring; `lines` are those of the clause, from 1."""

    name: str
    file: str
    text: str
    lines: list[int]


def modules() -> list[ModuleType]:
    """The modules of the book."""
    return [import_module(f"cnnspec.spec.{name}") for name in (*CHAPTERS, *SMALL_PRINT)]


def functions() -> dict[str, Listing]:
    """Each function of the book by its name, no line of it marked yet."""
    return {
        name: Listing(name, f"cnnspec/spec/{path(module)}", without_docstring(one), [])
        for module in modules()
        for name, one in written(module)
    }


def written(module: ModuleType) -> Iterator[tuple[str, object]]:
    """The functions of a module by name, and the methods of its axis: Axis.length."""
    for name, one in vars(module).items():
        if inspect.isfunction(inspect.unwrap(one)) and one.__module__ == module.__name__:
            yield name, one
    if module is import_module(Axis.__module__):
        for name, one in vars(Axis).items():
            function = one.fget if isinstance(one, property) else one
            if inspect.isfunction(function) and function.__module__ == module.__name__:
                yield f"Axis.{name}", function


def without_docstring(function: object) -> str:
    """The source of a function, its docstring left out."""
    text = dedent(inspect.getsource(inspect.unwrap(function)))  # type: ignore[arg-type]
    return re.sub(r'\n +""".*?"""(?=\n)', "", text, count=1, flags=re.DOTALL).rstrip()


def of_clause(clause: Clause) -> list[Listing]:
    """The functions that name a clause beside their code, and those that they check by.

    Where none does, the operation that the clause is about, or nothing. The function of edition
    general stands in its chapter as general_conv and so on.
    """
    all_of_them = functions()
    word = re.compile(rf"\b{clause.id}\b")
    found = [one for one in all_of_them.values() if word.search(one.text)]
    general = clause.editions == ("general",)
    if not found and clause.operation != EVERY:
        found = [all_of_them[f"general_{clause.operation}" if general else clause.operation]]
    for name in SHARED if general else SHARED[:2]:
        if any(f" {name}(" in one.text for one in found):
            found.append(all_of_them[name])
    return [replace(one, lines=marked(one.text, word)) for one in found]


def marked(text: str, word: re.Pattern[str]) -> list[int]:
    """The lines of a text in which a word stands."""
    return [n for n, line in enumerate(text.splitlines(), 1) if word.search(line)]


def path(module: ModuleType) -> str:
    """The file of a module of the book."""
    return f"{module.__name__.rpartition('.')[2]}.py"
