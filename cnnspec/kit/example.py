"""Worked examples: for each clause, one that a reader can follow by hand.

An example is prose and code as in a Python session. `cnnspec explain` and the pages of the site
show it, a test runs it on the book, and so the numbers in it are those that the book computes.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from doctest import NORMALIZE_WHITESPACE, DocTestParser, DocTestRunner
from doctest import Example as Step
from inspect import cleandoc
from typing import Any

import numpy as np

from cnnspec import spec

Place = Any
"""What stands between the brackets of an array of two axes: np.s_[0:3, 1:4]."""

OFFERED = (*spec.OPERATIONS, "stack", "SpecError")
"""Names of the book that the code of an example may use. NumPy is np."""


@dataclass(frozen=True)
class Panel:
    """An array of an example, drawn as a grid of numbers.

    shows: an expression in the names of the example, of an array (rows, columns). title: what
    stands above it. sign: what stands before it, as between two numbers. mark: the part of it that
    stands out, if any.
    """

    shows: str
    title: str
    sign: str = ""
    mark: Place = None


@dataclass(frozen=True)
class Example:
    """The worked example of a clause.

    title: what the clause is about, in a few words. text: prose in Markdown, and code after `>>>`.
    picture: the last panel is the result. formula: the sentence of the clause in LaTeX, if it is a
    formula.
    """

    clause: str
    title: str
    text: str
    picture: tuple[Panel, ...]
    formula: str = ""

    @property
    def parts(self) -> list[str | Step]:
        """Prose and steps of code in turn."""
        parts = DocTestParser().parse(self.text)
        return [one for one in parts if not isinstance(one, str) or one.strip()]

    @property
    def imports(self) -> list[str]:
        """The statements that the code needs before it can be pasted."""
        code = "\n".join(one.source for one in self.parts if isinstance(one, Step))
        own = re.findall(r"import (\w+)", code)
        used = set(re.findall(r"(?<![\w.])\w+", code)) - set(own)
        names = [name for name in OFFERED if name in used]
        lines = ["import numpy as np"] if "np." in code else []
        return [*lines, f"from cnnspec.spec import {', '.join(names)}"] if names else lines


def typed(step: Step) -> list[str]:
    """A step as a Python session shows it: the code after its prompts, and what it gives."""
    first, *more = step.source.splitlines()
    return [f">>> {first}", *(f"... {line}" for line in more), *step.want.splitlines()]


REGISTRY: dict[str, Example] = {}
"""Every example by the id of its clause."""


def example(
    clause: str, title: str, text: str, picture: Iterable[Panel], formula: str = ""
) -> None:
    """Register the worked example of a clause. Raises ValueError where it has one already."""
    if clause in REGISTRY:
        raise ValueError(f"{clause} has two examples")
    REGISTRY[clause] = Example(clause, title, cleandoc(text), tuple(picture), formula)


def run(one: Example, instead: Mapping[str, Any] | None = None) -> tuple[dict[str, Any], str]:
    """Run the code of an example; return its names, and what it gives otherwise than it says.

    instead: operations that take the place of those of the book.
    """
    names = {name: getattr(spec, name) for name in OFFERED} | {"np": np} | dict(instead or {})
    test = DocTestParser().get_doctest(one.text, names, one.clause, None, 0)
    found: list[str] = []
    with np.errstate(all="ignore"):
        DocTestRunner(verbose=False, optionflags=NORMALIZE_WHITESPACE).run(
            test, out=found.append, clear_globs=False
        )
    return test.globs, "".join(found)


def array(panel: Panel, names: dict[str, Any]) -> np.ndarray[Any, Any]:
    """The array of a panel, (rows, columns). Raises what its expression raises."""
    with np.errstate(all="ignore"):
        return np.atleast_2d(eval(panel.shows, dict(names)))  # noqa: S307  our own text
