"""`cnnspec init`: an adapter to fill in, or one that is drafted for a file of the user's own."""

import inspect
import textwrap
from collections.abc import Iterator
from pathlib import Path

from cnnspec.commands import drafting
from cnnspec.engine.judge import first_calls
from cnnspec.engine.layouts import built
from cnnspec.engine.plan import Plan
from cnnspec.engine.report import blank
from cnnspec.kit.calls import TargetError
from cnnspec.kit.clauses import clauses
from cnnspec.kit.operation import Operation, Parameter
from cnnspec.kit.session import Session
from cnnspec.operations.catalogue import OPERATIONS
from cnnspec.targets import Options
from cnnspec.targets.client import opened
from cnnspec.targets.target import named

ADAPTER = Path("cnnspec_adapter.py")
"""Where an adapter is written, if nothing else is said."""

PATIENCE = 5.0
"""Seconds that a call of a draft may take; the import of what it is for, six times as long."""

HEAD = '''"""Makes my implementation a target of cnnspec: fill in, then `cnnspec check {file}`.

A target offers any of the functions below; delete those that you have not.

If yours takes other layouts, let cnnspec.adapt convert them:
    target = cnnspec.adapt(conv=mycnn.conv, image="NCHW", filters="OIHW")
If yours keeps its weights in an object, make one and set them:
    layer = mycnn.Conv(len(filters), filters.shape[1])
    layer.weight = filters
    return layer.forward(image)
A bias, if yours wants one, is zero. What yours cannot express, decline; it is not judged then:
    if image.ndim == 2: raise cnnspec.Unsupported("images without a channel axis")
    if stride != size: raise cnnspec.Unsupported("stride other than size")
"""

import cnnspec

# import mycnn  # your own code
'''


def init(file: Path, options: Options | None = None) -> Iterator[str]:
    """Write an adapter. What was done, in lines.

    file: of the user's own, for which one is drafted into ADAPTER, or the adapter to write.
    options: how a draft is run. Raises OSError or DraftError.
    """
    options = options or Options(timeout=PATIENCE)
    if file == ADAPTER or not file.exists():
        with file.open("x", encoding="utf-8") as out:
            out.write(adapter(str(file)))
        yield f"wrote {file}; fill it in, then: cnnspec check {file}"
        return
    made = drafting.draft(file)
    with ADAPTER.open("x", encoding="utf-8") as out:
        out.write(drafting.text(made))
    adapted, problems = tried(made, options)
    other = drafting.draft(file, drafting.COUNT_LAST)
    if problems and other.lines != made.lines:
        ADAPTER.write_text(drafting.text(other), encoding="utf-8")
        again, fewer = tried(other, options)
        if len(fewer) < len(problems):
            made, adapted, problems = other, again, fewer
    ADAPTER.write_text(drafting.text(made, adapted), encoding="utf-8")
    for operation, name in made.used.items():
        taken = ", ".join(made.options[operation])
        offers = f", with {taken}: they are judged too" if taken else ""
        yield f"{operation} is computed by {made.module}.{name}{offers}"
    yield from (f"in another layout: {one}" for one in [adapted] if one)
    yield from (f"open: {one}" for one in [*made.left, *problems])
    yield f"wrote {ADAPTER}; look it through, then: cnnspec check {ADAPTER}"


def tried(made: drafting.Draft, options: Options) -> tuple[str, list[str]]:
    """An expression that adapts a draft to the layouts that it takes, and what does not run.

    What does not run yet is adapted to the layout of the others.
    """
    seen = blank(Plan(named(str(ADAPTER))))
    try:
        with opened(seen.target, seen.edition, options) as client:
            first_calls(Session(client, seen.edition), seen, lambda _text, _part: None)
    except TargetError as error:
        return "", [str(error)]
    if not seen.adapted:
        return "", seen.problems
    shared = next(iter(seen.adapted.values()))
    layouts = {one: seen.adapted.get(one, shared) for one in made.lines}
    return built({one: one for one in layouts}, layouts), seen.problems[1:]


def adapter(file: str) -> str:
    """The text of the file. file: its name."""
    functions = ("\n".join(function(one)) + "\n" for one in OPERATIONS)
    return "\n\n".join([HEAD.format(file=file), *functions])


def function(operation: Operation) -> Iterator[str]:
    """The lines of the function of an operation."""
    yield f"def {operation.name}({', '.join(map(parameter, operation.parameters))}):"
    definition = operation.definition("standard")
    text = inspect.getdoc(getattr(definition, "func", definition)) or ""  # a partial has one
    shape = clauses()[operation.roles.of("standard")[0]].text
    yield f'    """{text.splitlines()[0]}'
    yield ""
    for array in operation.arrays:
        yield f"    {array.name}: {' or '.join(map(axes, array.axes))}"
    yield from textwrap.wrap(shape, 92, initial_indent="    ", subsequent_indent="    ")
    yield '    """'
    yield f'    raise cnnspec.Unsupported("{operation.name} is not filled in")'


def parameter(parameter: Parameter) -> str:
    """A parameter as code."""
    return parameter.name if parameter.default is None else f"{parameter.name}={parameter.default}"


def axes(letters: str) -> str:
    """The axes of an array: (H, W, C)."""
    return f"({', '.join(letters)})"
