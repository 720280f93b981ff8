"""Cases as NumPy code: what a person reads, checks by hand, and pastes."""

from collections.abc import Mapping
from keyword import iskeyword

import numpy as np

from cnnspec.engine.plan import Counterexample
from cnnspec.kit.calls import ALIAS, Argument, Call, Case
from cnnspec.kit.numerals import in_code
from cnnspec.kit.operation import operation_of
from cnnspec.spec import Array
from cnnspec.targets import by_name
from cnnspec.targets.target import Target

WRITTEN_OUT = 200
"""Arrays of up to so many elements are written out."""

FEW = 12
"""Arrays of up to so many elements that are not zero may be written one by one."""

LEAST_RANGE = 12
"""Arrays of so many elements are written as a range if they are one."""

LAYOUT_CODE = {
    "C": "{0}",
    "Fortran": "np.asfortranarray({0})",
    "first rows": "np.concatenate([{0}, {0}])[:len({0})]",
    "last rows": "np.concatenate([{0}, {0}])[len({0}):]",
    "last columns": "np.concatenate([{0}, {0}], axis=1)[:, {0}.shape[1]:]",
    "last channels": "np.concatenate([{0}, {0}], axis=-1)[..., {0}.shape[-1]:]",
    ALIAS: "{first}[np.newaxis]",
    "last axis first": "np.moveaxis(np.moveaxis({0}, -1, 0).copy(), 0, -1)",
    "flipped": "np.flip(np.flip({0}).copy())",
    "mirrored": "{0}[..., ::-1].copy()[..., ::-1]",
    "sliced": "np.pad({0}, [(0, n) for n in {0}.shape])[tuple(slice(n) for n in {0}.shape)]",
    "inner": "np.pad({0}, 1)[(slice(1, -1),) * {0}.ndim]",
    "read-only": "{0}.copy(); {0}.flags.writeable = False",
    "byte-swapped": "{0}.astype({0}.dtype.newbyteorder())",
    "unaligned": "np.frombuffer(b'-' + {0}.tobytes(), {0}.dtype, offset=1).reshape({0}.shape)",
    "broadcast": "np.broadcast_to({0}.ravel()[:1], {0}.shape)",
}
"""For each layout, code that gives it to a named array (one of equal values, for broadcast)."""


def written(array: Array) -> str:
    """An array as a NumPy expression, short where its values allow it."""
    dtype = "" if array.dtype == np.float64 else f", {dtype_code(array)}"
    flat = array.ravel()
    if array.size > 1:
        if not flat.astype(bool).any():
            return f"np.zeros({array.shape}{dtype})"
        if (flat == flat[0]).all():
            return f"np.full({array.shape}, {number(flat[0])}{dtype or ', float'})"
    if is_range(flat):
        last = int(flat[-1]) + 1
        kind = f", dtype={dtype_code(array)}" if dtype else ""
        numbers = f"{int(flat[0])}{'' if dtype else '.0'}, {last}{kind}"
        return f"np.arange({numbers}).reshape{array.shape}"
    if array.size > WRITTEN_OUT:
        return f"np.empty({array.shape}{dtype})  # not shown: {array.size} numbers"
    if not array.size:
        return f"np.zeros({array.shape}{dtype})"
    return f"np.array({nested(array)}{dtype or ', float'})"


def is_range(flat: Array) -> bool:
    """Whether numbers count up by one, and are so many that a range is shorter."""
    if flat.size < LEAST_RANGE or flat.dtype.kind not in "iuf" or not np.isfinite(flat).all():
        return False
    floats = flat.astype(float)
    small = bool((np.abs(floats) < 2**53).all())
    return small and bool((np.diff(floats) == 1).all() and floats[0] % 1 == 0)


def dtype_code(array: Array) -> str:
    """The dtype as NumPy code."""
    name = array.dtype.newbyteorder("=").name
    return "bool" if name == "bool" else f"np.{name}"


def nested(array: Array) -> str:
    """The elements as nested lists."""
    if array.ndim == 0:
        return number(array[()])
    return "[" + ", ".join(nested(part) for part in array) + "]"


def number(value: object) -> str:
    """A number as Python code."""
    real = np.asarray(value)
    if real.dtype.kind == "f":
        plain = float(real)
        if np.isnan(plain):
            return "np.nan"
        if np.isinf(plain):
            return "np.inf" if plain > 0 else "-np.inf"
        if plain == int(plain) and abs(plain) < 1e15:
            return "-0.0" if plain == 0 and np.signbit(plain) else str(int(plain))
        return repr(plain)
    return str(real.item())


def assignments(name: str, array: Array) -> list[str]:
    """Statements that make an array of a name; single elements of zeros where that is shorter."""
    flat, whole = array.ravel(), f"{name} = {written(array)}"
    nonzero = np.flatnonzero(~(flat == 0))
    negative_zeros = flat.dtype.kind == "f" and np.signbit(flat[flat == 0]).any()
    if nonzero.size > FEW or negative_zeros:
        return [whole]
    lines = [f"{name} = {written(np.zeros_like(array))}"]
    for place in nonzero:
        index = ", ".join(str(int(i)) for i in np.unravel_index(place, array.shape))
        lines.append(f"{name}[{index}] = {number(flat[place])}")
    shorter = array.size > WRITTEN_OUT or sum(map(len, lines)) < len(whole)
    return lines if shorter else [whole]


def call_code(call: Call, function: str | None = None, first: str = "") -> tuple[list[str], str]:
    """Statements that make the arguments of a call, and the call.

    function: the name of what is called, if it is not the operation's. first: what is given as its
    first argument, if that is there already.
    """
    lines: list[str] = []
    arguments: list[str] = []
    for name, argument in call.arguments.items():
        if first and not arguments:
            arguments.append(first)
            continue
        if not isinstance(argument, Argument):
            named = operation_of(call).option(name) is not None
            arguments.append(f"{name}={in_code(argument)}" if named else in_code(argument))
            continue
        made = assignments(name, argument.values)
        if argument.slot and argument.values.size:
            made[-1] += "  # the same array object as before, filled anew"
        lines += made
        if argument.layout != "C":
            other = next(iter(call.arguments))
            lines.append(f"{name} = {LAYOUT_CODE[argument.layout].format(name, first=other)}")
        arguments.append(name)
    return lines, f"{function or call.operation}({', '.join(arguments)})"


def names_here(target: Target | None) -> Mapping[str, str]:
    """The names of a target's functions, if it lives in the process that judged it."""
    return target.functions if target is not None and target.lives_here else {}


def case_code(case: Case, target: Target | None = None) -> list[str]:
    """The calls of a case as statements; the last one is what was judged.

    target: if it lives in the process that judged it, its functions have the names they have there.
    """
    lines = []
    names = names_here(target)
    for i, one in enumerate(case):
        made, code = call_code(one, names.get(one.operation))
        often = f"  # {one.repeat} times in a row" if one.repeat > 1 else ""
        if one.at_once is not None:
            often = "  # in two threads at once"
        lines += [*made, f"{'got = ' if i == len(case) - 1 else ''}{code}{often}"]
    return lines


def chain_code(chain: Case, target: Target | None = None) -> list[str]:
    """The calls of a chain as statements: each takes the result of the one before."""
    lines = []
    names = names_here(target)
    for i, one in enumerate(chain):
        made, code = call_code(one, names.get(one.operation), "got" if i else "")
        lines += [*made, f"got = {code}"]
    return lines


def example_code(example: Counterexample, target: Target | None = None) -> list[str]:
    """The calls that a counterexample shows, as statements; the last one is what was judged."""
    if example.chain:
        return chain_code(example.chain, target)
    return case_code(example.case, target)


def snippet(example: Counterexample, target: Target) -> str:
    """A program that shows the deviation. It needs only NumPy and the target."""
    lines = ["import numpy as np", "", *imports(example.chain or example.case, target), ""]
    code = example_code(example, target)
    if example.accepted:
        *before, judged = code
        lines += [
            *before,
            "try:",
            f"    {judged}",
            "except (Exception, SystemExit):",
            "    pass",
            "else:",
            f"    raise AssertionError({example.message!r})",
        ]
    elif example.expected is not None:
        lines += [
            *code,
            f"expected = {written(example.expected)}",
            "print(got)",
            "print(expected)",
            "assert np.shape(got) == expected.shape, (np.shape(got), expected.shape)",
            "assert np.array_equal(got, expected, equal_nan=True)",
        ]
    else:
        lines += [*code, f"# {example.message}", "print(np.shape(got), got)"]
    return "\n".join(lines) + "\n"


def pasted(example: Counterexample, target: Target) -> list[str]:
    """Statements that show a deviation where there is no file to replay, without comments."""
    lines = ["import numpy as np", *imports(example.chain or example.case, target)]
    lines += example_code(example, target)
    if example.expected is not None and is_written(example.expected):
        lines.append(f"expected = {written(example.expected)}")
        lines.append("assert np.array_equal(got, expected, equal_nan=True)")
    return lines


def is_written(array: Array) -> bool:
    """Whether an array is small enough to be written out, if nothing else shortens it."""
    return array.size <= WRITTEN_OUT


def has_options(call: Call) -> bool:
    """Whether a call has an option, so that it is one of edition general."""
    return any(one.name in call.arguments for one in operation_of(call).options)


def imports(case: Case, target: Target) -> list[str]:
    """Statements that fetch the target's operations; none if it lives where they are pasted."""
    operations = sorted({one.operation for one in case})
    own = target.wanted(operations)
    if target.lives_here:
        return []
    if target.kind == "functions":
        return [line for one in operations for line in fetched(one, target.functions[one])]
    if by_name(target):
        renamed = f", {own!r}" if target.names else ""
        edition = "general" if any(map(has_options, case)) else "standard"
        text = f'target = load({str(target)!r}, "{edition}"{renamed})'
        lines = ["from cnnspec.targets import load", text]
        return [*lines, *(f'{o} = target["{o}"]' for o in operations)]
    lines, module = [], target.place
    if target.is_file:
        folder, _, file = target.place.rpartition("/")
        lines = ["import sys", f"sys.path.insert(0, {folder or '.'!r})"]
        module = file.removesuffix(".py")
        if not module.isidentifier() or iskeyword(module):
            return run_by_path(target, {o: own[o] for o in operations})
        if not target.path:
            lines += [f"import {module}", f'target = getattr({module}, "target", {module})']
            return [*lines, *(f"{o} = target.{own[o]}" for o in operations)]
    if not target.path:
        names = (f"{own[o]} as {o}" if own[o] != o else o for o in operations)
        return [*lines, f"from {module} import {', '.join(names)}"]
    first = target.path.partition(".")[0]
    taken = [f"{o} = {target.path}.{own[o]}" for o in operations]
    return [*lines, f"from {module} import {first}", *taken]


def run_by_path(target: Target, own: Mapping[str, str]) -> list[str]:
    """Statements that fetch operations from a file whose name no import can name: my-cnn.py."""
    found = f"mine.{target.path}" if target.path else 'getattr(mine, "target", mine)'
    return [
        "import runpy",
        "from types import SimpleNamespace",
        f"mine = SimpleNamespace(**runpy.run_path({target.place!r}))",
        f"target = {found}",
        *(f"{operation} = target.{name}" for operation, name in own.items()),
    ]


def fetched(operation: str, function: str) -> list[str]:
    """Statements that fetch a function, `module:name`, as an operation."""
    module, _, path = function.partition(":")
    first, _, rest = path.partition(".")
    if rest:
        return [f"from {module} import {first}", f"{operation} = {path}"]
    return [f"from {module} import {path}" + (f" as {operation}" if path != operation else "")]
