"""What a file of a submission defines, without running it; a notebook as the file it amounts to."""

import ast
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cnnspec.kit import files
from cnnspec.kit.text import plain

MOST = 2**24
"""Bytes of a file with code, and of a notebook, which has its pictures in it."""

MAGIC = re.compile(r"\s*[%!?]")
"""How a line begins that is a notebook's own, and no Python."""

ANOTHER = re.compile(r"\s*%%(?!(time|timeit|capture|prun)\b)")
"""How a cell begins that is in another language, or is written to a file."""


class SourceError(ValueError):
    """A file that is not what its name says; the message says why."""


@dataclass(frozen=True)
class Source:
    """A file with code. notes: what of it was left out."""

    path: Path
    text: str
    tree: ast.Module
    notes: tuple[str, ...] = ()


def read(path: Path) -> Source:
    """Read a file with code. Raises OSError or SourceError."""
    if path.is_symlink():
        raise SourceError(f"{path.name} is a link, and is not followed")
    content = files.read(path, MOST)
    if path.suffix.lower() == ".ipynb":
        return of_notebook(path, content)
    try:
        return Source(path, "", ast.parse(content))
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise SourceError(f"{path.name} is not Python: {said(error)}") from None


def said(error: BaseException) -> str:
    """What is wrong with code that is none."""
    if isinstance(error, SyntaxError):
        return plain(f"{error.msg}, line {error.lineno}")
    return plain(str(error)) if isinstance(error, ValueError) else "it is nested too deeply"


def of_notebook(path: Path, content: bytes) -> Source:
    """The code of a notebook. Raises SourceError.

    Each statement may fail by itself, as a cell does: a picture that is not there, a plot or an
    install is no reason not to judge the functions.
    """
    found, notes = list[ast.stmt](), list[str]()
    for number, text in enumerate(cells(path, content), 1):
        try:
            found += ast.parse(text).body
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            notes.append(f"cell {number} of code is left out, it is not Python: {said(error)}")
    future = [one for one in found if is_future(one)]
    rest = [tolerant(one) for one in found if not is_future(one)]
    lines = [ast.unparse(ast.fix_missing_locations(one)) for one in (*future, *rest)]
    code = "\n\n\n".join(lines) + "\n"
    return Source(path, code, ast.Module(found, []), tuple(notes))


def is_future(statement: ast.stmt) -> bool:
    """Whether a statement has to stand first."""
    return isinstance(statement, ast.ImportFrom) and statement.module == "__future__"


def tolerant(statement: ast.stmt) -> ast.stmt:
    """A statement that may fail; a function or a class as it is."""
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        return statement
    handler = ast.ExceptHandler(ast.Name("Exception", ast.Load()), None, [ast.Pass()])
    return ast.Try([statement], [handler], [], [])


def cells(path: Path, content: bytes) -> Iterator[str]:
    """The cells of code of a notebook, without the lines that are no Python. Raises SourceError."""
    try:
        data: Any = json.loads(content)
        listed = data["cells"] if "cells" in data else data["worksheets"][0]["cells"]
        code = [one for one in listed if one["cell_type"] == "code"]
        texts = ["".join(one["source"] if "source" in one else one["input"]) for one in code]
    except (ValueError, TypeError, LookupError, RecursionError):
        raise SourceError(f"{path.name} is not a notebook") from None
    for text in texts:
        another = ANOTHER.match(text)
        yield "" if another else "\n".join("" if MAGIC.match(t) else t for t in text.splitlines())


def bound(tree: ast.Module) -> dict[str, ast.stmt]:
    """The names that a module has once it is run, each with the last statement that makes it."""
    found: dict[str, ast.stmt] = {}
    for statement in statements(tree.body):
        found |= dict.fromkeys(made_by(statement), statement)
    return found


def statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements of a module, those under `if` and `try` too; not those of its main program."""
    for one in body:
        if isinstance(one, ast.If) and "__name__" in ast.unparse(one.test):
            continue
        yield one
        if isinstance(one, ast.If | ast.Try | ast.With):
            for part in ("body", "orelse", "finalbody"):
                yield from statements(getattr(one, part, []))
            for handler in getattr(one, "handlers", []):
                yield from statements(handler.body)


def made_by(statement: ast.stmt) -> Iterator[str]:
    """The names that a statement makes."""
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield statement.name
    elif isinstance(statement, ast.Import | ast.ImportFrom):
        yield from (one.asname or one.name.partition(".")[0] for one in statement.names)
    elif isinstance(statement, ast.Assign):
        yield from (n.id for t in statement.targets for n in ast.walk(t) if isinstance(n, ast.Name))
    elif isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
        yield statement.target.id
