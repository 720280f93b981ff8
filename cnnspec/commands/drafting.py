"""Drafts an adapter for somebody's own functions and classes, from what their names say.

The file is read and not run. What its names do not say is left open, for the user to fill in.
"""

import ast
import keyword
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cnnspec.commands.drafted_options import NEUTRAL, Offered, adapted_with, offered, signature
from cnnspec.kit.files import read
from cnnspec.kit.look_alikes import look_alikes
from cnnspec.kit.operation import REGISTRY, Operation

Definition = ast.FunctionDef | ast.ClassDef
Given = tuple[str, ast.expr | None]
"""A parameter, and its default."""

MEANINGS = {
    "bias": r"b|bias(es)?",
    "stride": r"s|strides?|step|stride_?[hwxy]|s[hw]",
    "padding": r"p|pad(ding)?(_?[hwxy])?",
    "dilation": r"dilations?|dilation_rate",
    "groups": r"groups?",
    "ceil": r"ceil(_?mode)?",
    "count_padding": r"count_(include_)?pad(ding)?",
    "count": r"(n|num|number_of)_?(filters?|kernels?|outputs?|f)|out_?(channels?|c|depth|features)"
    r"|filters|c_?out|n_?out",
    "channels": r"in_?(channels?|c|depth|features)|(n|num)_?(channels?|c|inputs?)|channels?"
    r"|input_?(depth|channels?)|c_?in|depth",
    "size": r"k|f|ksize|size|(kernel|filter|pool|window|block)(_?(size|shape))?|hh|ww|k[hw]"
    r"|(pool|kernel|filter|window)_?(h|w|height|width|rows|cols)",
    "mode": r"mode|method|type|pool_?(mode|type)",
    "activation": r"activation|act|nonlinearity",
    "shape": r"input_?(shape|size|dim)|in_?shape|shape",
}
"""What parameters mean that have such names."""

NUMBERED = re.compile(r".*(param|params|parameters|config|cfg)")
"""Names of dictionaries that hold parameters."""

WEIGHTS = re.compile(r"w|weights?|filters?|kernels?", re.IGNORECASE)
BIAS = re.compile(MEANINGS["bias"], re.IGNORECASE)
RUNS = ("forward", "__call__", "call", "apply", "run")
"""Methods that compute, as layers have them."""

WINDOWS = {**NEUTRAL, "activation": "None"}
"""What such parameters get, where they are no options of the operation."""

COUNT_FIRST = {
    "bias": "np.zeros(len(filters))",
    "count": "len(filters)",
    "channels": "filters.size // len(filters) // filters.shape[2] ** 2",
    "size": "filters.shape[2]",
}
"""What others get of filters (N, K, K, C) or (N, C, K, K)."""

COUNT_LAST = {
    "bias": "np.zeros(filters.shape[-1])",
    "count": "filters.shape[-1]",
    "channels": "filters.shape[2]",
    "size": "filters.shape[0]",
}
"""What they get of filters (K, K, C, N)."""

MODES = {"pooling": ("max",), "average_pooling": ("average", "avg", "mean")}
"""Words by which a function of several kinds of pooling is told which one is wanted."""


class DraftError(ValueError):
    """A file for which no adapter can be drafted; the message says why."""


@dataclass
class Draft:
    """An adapter: the lines of each function, and for each operation what computes it.

    module: the name under which the file is imported. of_filters: what parameters get of filters.
    options: those that the function of each operation passes on. left: questions that the user has
    to answer.
    """

    file: Path
    module: str
    of_filters: Mapping[str, str]
    lines: dict[str, list[str]] = field(default_factory=dict)
    used: dict[str, str] = field(default_factory=dict)
    options: dict[str, dict[str, Offered]] = field(default_factory=dict)
    left: list[str] = field(default_factory=list)


def draft(file: Path, of_filters: Mapping[str, str] = COUNT_FIRST) -> Draft:
    """Draft an adapter for what a file defines. Raises OSError or DraftError."""
    try:
        tree = ast.parse(read(file))
    except (SyntaxError, ValueError, RecursionError) as error:
        raise DraftError(f"{file} is not Python: {error}") from None
    if "." in file.stem:
        raise DraftError(f"{file} cannot be imported: give it a name without a dot")
    made = Draft(file, name_of(file.stem), of_filters)
    for operation, definition in chosen(tree).items():
        made.lines[operation] = list(function(made, REGISTRY[operation], definition))
        made.used[operation] = definition.name
        code = "\n".join(made.lines[operation][1:])
        for number in REGISTRY[operation].numbers:
            if not re.search(rf"(?<!\w){number.name}\b(?!=)", code):
                open_ = f"{definition.name} takes no {number.name}: decline others than its own"
                made.left.append(f"{open_}, by cnnspec.Unsupported")
    if not made.lines:
        raise DraftError(f"{file} defines nothing that looks like {' or '.join(REGISTRY)}")
    return made


def name_of(stem: str) -> str:
    """A name under which a file can be imported, whatever it is called."""
    name = re.sub(r"\W", "_", stem)
    return name if name.isidentifier() and not keyword.iskeyword(name) else f"my_{name}"


def chosen(tree: ast.Module) -> dict[str, Definition]:
    """What computes each operation: what is called like it, or looks like it, or takes a mode."""
    defined = {one.name: one for one in tree.body if isinstance(one, Definition)}
    names = {one: one for one in REGISTRY if one in defined}
    names |= look_alikes(defined, [one for one in REGISTRY if one not in names])
    shared = names.get("pooling", "")
    if shared and "average_pooling" not in names and has_mode(defined[shared]):
        names["average_pooling"] = shared
    return {one: defined[names[one]] for one in REGISTRY if one in names}


def has_mode(definition: Definition) -> bool:
    """Whether a function or a class has a parameter for the kind of pooling."""
    every = [one.arg for one in ast.walk(definition) if isinstance(one, ast.arg)]
    return any(meaning(name) == "mode" for name in every)


def function(made: Draft, operation: Operation, definition: Definition) -> Iterator[str]:
    """The lines of an operation. What names do not say is noted in the draft."""
    arrays = [one.name for one in operation.arrays]
    options = made.options.setdefault(operation.name, {})
    call = f"{made.module}.{definition.name}"
    if isinstance(definition, ast.ClassDef):
        lines = [*layer(made, operation, definition, call)]
    else:
        given = ", ".join(arguments(made, operation, definition, arrays, definition))
        lines = [f"    return {call}({given}){first(definition)}"]
    yield signature(operation, options)
    yield from lines


def layer(made: Draft, operation: Operation, definition: ast.ClassDef, call: str) -> Iterator[str]:
    """The lines that make a layer of a class, give it its weights, and run it."""
    image, *banks = (one.name for one in operation.arrays)
    methods = {one.name: one for one in definition.body if isinstance(one, ast.FunctionDef)}
    start, run = methods.get("__init__"), next((methods[n] for n in RUNS if n in methods), None)
    by_name = start is not None and bool(banks) and takes_weights(start)
    own = banks if by_name else []
    given = arguments(made, operation, start, own, definition) if start else []
    yield f"    layer = {call}({', '.join(given)})"
    if banks and not by_name:
        kept = list(weights(definition))
        yield from kept
        if not kept:
            made.left.append(f"where does {definition.name} keep its weights? set them to filters")
    if run is None:
        made.left.append(f"which method of {definition.name} computes?")
        yield f"    return layer.forward({image})"
    else:
        given = arguments(made, operation, run, [image], definition)
        yield f"    return layer.{run.name}({', '.join(given)}){first(run)}"


def takes_weights(start: ast.FunctionDef) -> bool:
    """Whether a constructor is given the weights themselves, and not their number and size."""
    names = [name for name, _ in parameters(start)]
    sized = any(
        meaning(name) in ("size", "count") and not WEIGHTS.fullmatch(name) for name in names
    )
    return not sized and any(WEIGHTS.fullmatch(name) for name in names)


def weights(definition: ast.ClassDef) -> Iterator[str]:
    """Statements that set the weights of a layer to the filters, and its bias to zero."""
    for place, name in dict.fromkeys(assigned(definition)):
        if WEIGHTS.fullmatch(name):
            yield f"    {place} = filters"
        elif BIAS.fullmatch(name):
            yield f"    {place} = np.zeros_like({place})"


def assigned(definition: ast.ClassDef) -> Iterator[tuple[str, str]]:
    """What a constructor assigns to, as code of a layer, each with its last name."""
    for node in ast.walk(definition):
        places = node.targets if isinstance(node, ast.Assign) else []
        places = [node.target] if isinstance(node, ast.AnnAssign) else places
        value = node.value if isinstance(node, ast.Assign | ast.AnnAssign) else None
        if isinstance(value, ast.Name) and meaning(value.id) in ("count", "size"):
            continue  # the number of the filters, and not the filters
        each = [one.elts if isinstance(one, ast.Tuple) else [one] for one in places]
        for target in (target for one in each for target in one):
            code = re.sub(r"^self\b", "layer", ast.unparse(target))
            if not code.startswith("layer."):
                continue
            if isinstance(target, ast.Attribute):
                yield code, target.attr
            elif isinstance(target, ast.Subscript) and isinstance(target.slice, ast.Constant):
                yield code, str(target.slice.value)


def parameters(function: ast.FunctionDef) -> list[Given]:
    """The parameters of a function with their defaults, those of a method without self."""
    every = function.args
    places = [one.arg for one in (*every.posonlyargs, *every.args)]
    missing: list[ast.expr | None] = [None] * (len(places) - len(every.defaults))
    named = zip((one.arg for one in every.kwonlyargs), every.kw_defaults, strict=True)
    found = [*zip(places, [*missing, *every.defaults], strict=True), *named]
    return found[1:] if places[:1] in (["self"], ["cls"]) else found


def meaning(name: str) -> str:
    """What a parameter means, by its name; empty where that is not known."""
    known = (m for m, names in MEANINGS.items() if re.fullmatch(names, name, re.IGNORECASE))
    return next(known, "")


def arguments(
    made: Draft,
    operation: Operation,
    function: ast.FunctionDef,
    arrays: list[str],
    scope: Definition,
) -> Iterator[str]:
    """What a function is given, as code. arrays: those of ours that it takes. scope: see value."""
    left = list(arrays)
    by_name = {one.arg for one in function.args.kwonlyargs}
    for name, default in parameters(function):
        if left and default is None and name not in by_name:
            bank = "filters" in left and bool(WEIGHTS.fullmatch(name))
            yield left.pop(left.index("filters") if bank else 0)
            continue
        code = value(made, operation, (name, default), scope)
        if default is not None:
            if code is not None and is_needed(operation, name, default, code):
                yield f"{name}={code}"
            continue
        if code is None:
            made.left.append(f"what is {name} of {function.name}?")
        yield f"{name}={code}" if name in by_name else code or "None"


def is_needed(operation: Operation, name: str, default: ast.expr, code: str) -> bool:
    """Whether an argument that has a default must be given."""
    means = meaning(name)
    if means in ("mode", *(one.name for one in operation.numbers)):
        return True
    return means in WINDOWS and ast.unparse(default) != code


def value(made: Draft, operation: Operation, one: Given, scope: Definition) -> str | None:
    """What a parameter gets, as code; None where that is not known.

    scope: the function or the class in which it is used.
    """
    name, default = one
    if NUMBERED.fullmatch(name.lower()):
        return dictionary(made, operation, name, scope)
    means, arrays = meaning(name), [one.name for one in operation.arrays]
    option = offered(operation, means, default)
    if option is not None and (means != "bias" or isinstance(scope, ast.FunctionDef)):
        made.options[operation.name].setdefault(means, option)
        zeros = made.of_filters["bias"] if means == "bias" and default is None else ""
        return f"{zeros} if {means} is None else {means}" if zeros else means
    if means in [one.name for one in operation.numbers]:
        return f"({means}, {means})" if isinstance(default, ast.Tuple) else means
    if means == "mode" and operation.name in MODES:
        return repr(mode(operation, scope))
    if means == "shape":
        return f"{arrays[0]}.shape"
    code = {**WINDOWS, **(made.of_filters if len(arrays) > 1 else {})}.get(means)
    return f"({code}, {code})" if code and isinstance(default, ast.Tuple) else code


def dictionary(made: Draft, operation: Operation, name: str, scope: Definition) -> str:
    """A dictionary with the entries that are taken out of one."""
    keys = dict.fromkeys(entries(name, scope))
    given = {key: value(made, operation, (key, None), scope) for key in keys}
    return "{" + ", ".join(f'"{key}": {code}' for key, code in given.items()) + "}"


def entries(name: str, scope: Definition) -> Iterator[str]:
    """The keys by which code looks into a dictionary: d["stride"], d.get("stride")."""
    for node in ast.walk(scope):
        holder: ast.expr | None = None
        key: ast.expr | None = None
        if isinstance(node, ast.Subscript):
            holder, key = node.value, node.slice
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
            holder, key = node.func.value, node.args[0]
        if isinstance(holder, ast.Name) and holder.id == name and isinstance(key, ast.Constant):
            yield str(key.value)


def mode(operation: Operation, scope: Definition) -> str:
    """The word for a kind of pooling that code has, or the usual one."""
    constants = {one.value for one in ast.walk(scope) if isinstance(one, ast.Constant)}
    known = MODES[operation.name]
    return next((word for word in known if word in constants), known[0])


def first(function: ast.FunctionDef) -> str:
    """Code that takes the first result, of a function that always returns several."""
    values = [one.value for one in ast.walk(function) if isinstance(one, ast.Return) and one.value]
    return "[0]" if values and all(isinstance(one, ast.Tuple) for one in values) else ""


def text(made: Draft, adapted: str = "") -> str:
    """The adapter as a file. adapted: an expression that adapts its functions to other layouts."""
    adapted = adapted_with(adapted, made.options)
    title = f"Makes {made.file.name} a target of cnnspec: look it through, fill in what is open."
    lines = [f'"""{title}"""', "", *imports(made, adapted)]
    lines += [f"# open: {one}" for one in made.left]
    for function in made.lines.values():
        lines += ["", "", *function]
    lines += ["", "", f"target = {adapted}"] if adapted else []
    return "\n".join(lines) + "\n"


def imports(made: Draft, adapted: str) -> Iterator[str]:
    """Statements that import what the adapter uses; also a file of an odd name or place."""
    elsewhere, odd = made.file.parent != Path(), made.module != made.file.stem
    code = [*(line for function in made.lines.values() for line in function)]
    yield from ["import importlib"] * odd
    yield from ["import sys"] * elsewhere
    yield from [""] * (odd or elsewhere)
    yield from ["import numpy as np"] * any("np." in line for line in code)
    yield from ["import cnnspec"] * bool(adapted)
    if elsewhere:
        yield f"sys.path.insert(0, {str(made.file.parent.absolute())!r})"
    if odd:
        yield f"{made.module} = importlib.import_module({made.file.stem!r})"
    else:
        yield f"import {made.module}"
