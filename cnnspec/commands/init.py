"""`cnnspec init`: an adapter file to fill in, with a function for each operation."""

import inspect
import textwrap
from collections.abc import Iterator

from cnnspec.kit.clauses import clauses
from cnnspec.kit.operation import Operation, Parameter
from cnnspec.operations.catalogue import OPERATIONS

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
