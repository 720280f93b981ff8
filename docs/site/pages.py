"""The generated pages: clauses, chapters of the book, checks, fault models, commands, API."""

import ast
import doctest
import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import cnnspec
import code_of_the_book
import grids
import prose
from cnnspec.kit import example
from cnnspec.kit.clauses import EVERY, clauses, stated
from cnnspec.kit.fault import Fault
from cnnspec.operations import catalogue
from cnnspec.report import public
from cnnspec.spec import CHAPTERS
from templates import rendered

CHAPTERS_PAGE = "docs/book/chapters.md"
SOME = 12
"""So many of the faults that a clause catches stand on its page."""


def pages() -> Iterator[tuple[Path, str]]:
    """Each generated page: where it stands, and its Markdown."""
    for clause in clauses():
        yield Path(f"docs/book/{clause}.md"), of_clause(clause)
    yield Path("docs/book/clauses.md"), overview()
    yield Path(CHAPTERS_PAGE), title_page()
    for chapter in (*CHAPTERS, *code_of_the_book.SMALL_PRINT):
        yield Path(f"docs/book/{chapter}.md"), of_chapter(chapter)
    yield Path("docs/reference/checks.md"), rendered("checks.md.jinja", checks=catalogue.checks())
    for operation in (one.name for one in catalogue.OPERATIONS):
        yield Path(f"docs/reference/faults/{operation}.md"), models(operation)
    names = [one.name for one in catalogue.OPERATIONS]
    yield Path("docs/reference/faults.md"), rendered("faults.md.jinja", operations=names)
    yield Path("docs/reference/commands.md"), rendered("commands.md.jinja")
    yield Path("docs/reference/api.md"), api()


def of_clause(name: str) -> str:
    """The page of a clause."""
    caught = sorted((one for one in catalogue.faults() if name in one.clauses), key=telling)
    worked = catalogue.examples()[name]
    return rendered(
        "clause.md.jinja",
        clause=clauses()[name],
        example=worked,
        picture=grids.picture(worked),
        instead=grids.instead(worked, caught),
        listings=code_of_the_book.of_clause(clauses()[name]),
        checks=[one for one in catalogue.checks() if one.clause == name],
        faults=caught[:SOME],
        count=len(caught),
        typed=typed,
    )


def telling(fault: Fault) -> tuple[bool, bool]:
    """First what was met in real code, last what any operation may have."""
    return fault.general, not fault.seen


def typed(step: doctest.Example) -> str:
    """A step of an example as a Python session shows it."""
    return "\n".join(example.typed(step))


def overview() -> str:
    """The page of all clauses, by chapter."""
    return rendered("clauses.md.jinja", clauses=clauses().values(), examples=catalogue.examples())


def title_page() -> str:
    """The title page of the book, and its chapters."""
    return rendered(
        "chapters.md.jinja",
        text=prose.of_docstring(cnnspec.spec.__doc__),
        chapters=CHAPTERS,
        small_print=code_of_the_book.SMALL_PRINT,
    )


def of_chapter(name: str) -> str:
    """A chapter: its prose, that of the functions that state its clauses, and its code."""
    module = import_module(f"cnnspec.spec.{name}")
    source = inspect.getsource(module).partition('"""\n\n')[2]
    stating = stating_clauses(module)
    for one in stating.values():  # its text stands above the code
        told = inspect.getsource(inspect.unwrap(one)).rstrip()
        source = source.replace(told, code_of_the_book.without_docstring(one))
    return rendered(
        "chapter.md.jinja",
        name=name,
        title=EVERY if name == "every" else name,
        text=prose.of_docstring(module.__doc__),
        functions={name: prose.of_docstring(one.__doc__) for name, one in stating.items()},
        source=source.strip(),
        clauses=[one for one in clauses().values() if one.operation.startswith(name)],
    )


def stating_clauses(module: ModuleType) -> dict[str, Any]:
    """The functions of a chapter whose docstrings state clauses, by name."""
    written = code_of_the_book.written(module)
    return {name: one for name, one in written if stated(inspect.getdoc(one) or "", name)}


def models(operation: str) -> str:
    """The page of the fault models of an operation."""
    found = [one for one in catalogue.faults() if one.operation == operation]
    return rendered("models.md.jinja", operation=operation, faults=found)


def api() -> str:
    """What `cnnspec` offers to programs in Python."""
    parts = {
        "cnnspec": offered(cnnspec),
        "cnnspec.figures": offered(cnnspec.figures),
        "cnnspec.report.public": [public.Report, public.Clause, public.Example, public.Standing],
        "cnnspec.article": offered(import_module("cnnspec.article")),
    }
    entries = {name: [entry(one, name) for one in ones] for name, ones in parts.items()}
    return rendered("api.md.jinja", text=prose.of_docstring(cnnspec.__doc__), entries=entries)


def offered(module: ModuleType) -> list[Any]:
    """The classes and functions that a module offers."""
    every = [getattr(module, name) for name in module.__all__]
    return [one for one in every if not inspect.ismodule(one)]


@dataclass(frozen=True)
class Entry:
    """A class or a function: how it is called, and what it says of itself."""

    kind: str
    call: str
    text: str


def entry(one: Any, module: str) -> Entry:
    """The entry of a class or a function."""
    text = prose.of_docstring(one.__doc__)
    if inspect.isclass(one):
        return Entry("class", f"{module}.{one.__name__}", text)
    (node,) = ast.parse(inspect.getsource(inspect.unwrap(one))).body
    assert isinstance(node, ast.FunctionDef)
    result = f" -> {ast.unparse(node.returns)}" if node.returns else ""
    return Entry("function", f"{module}.{node.name}({ast.unparse(node.args)}){result}", text)
