"""The code of the book: which functions realise a clause, and where in them it stands."""

import inspect
import re
from dataclasses import dataclass, replace
from importlib import import_module
from types import ModuleType

from cnnspec.kit.clauses import EVERY, Clause
from cnnspec.spec import CHAPTERS


@dataclass(frozen=True)
class Listing:
    """A function of the book without its docstring; `lines` are those of the clause, from 1."""

    name: str
    file: str
    text: str
    lines: list[int]


def modules() -> list[ModuleType]:
    """The modules of the book."""
    return [import_module(f"cnnspec.spec.{name}") for name in (*CHAPTERS, "window", "numbers")]


def functions() -> dict[str, Listing]:
    """Each function of the book by its name, no line of it marked yet."""
    return {
        name: Listing(name, f"cnnspec/spec/{path(module)}", without_docstring(one), [])
        for module in modules()
        for name, one in vars(module).items()
        if inspect.isfunction(inspect.unwrap(one)) and one.__module__ == module.__name__
    }


def without_docstring(function: object) -> str:
    """The source of a function, its docstring left out."""
    text = inspect.getsource(inspect.unwrap(function))  # type: ignore[arg-type]
    return re.sub(r'\n +""".*?"""(?=\n)', "", text, count=1, flags=re.DOTALL).rstrip()


def of_clause(clause: Clause) -> list[Listing]:
    """The functions that name a clause beside their code, and those that they check by.

    Where none does, the operation that the clause is about, or nothing.
    """
    all_of_them = functions()
    word = re.compile(rf"\b{clause.id}\b")
    found = [one for one in all_of_them.values() if word.search(one.text)]
    if not found and clause.operation != EVERY:
        found = [all_of_them[clause.operation]]
    shared = all_of_them["require_windows"]  # which gets the ids of clauses as arguments
    if any("require_windows(" in one.text for one in found) and shared not in found:
        found.append(shared)
    return [replace(one, lines=marked(one.text, word)) for one in found]


def marked(text: str, word: re.Pattern[str]) -> list[int]:
    """The lines of a text in which a word stands."""
    return [n for n, line in enumerate(text.splitlines(), 1) if word.search(line)]


def path(module: ModuleType) -> str:
    """The file of a module of the book."""
    return f"{module.__name__.rpartition('.')[2]}.py"
