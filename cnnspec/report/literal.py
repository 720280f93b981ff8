"""Cases as NumPy code: what a person reads, checks by hand, and pastes."""

from itertools import product

import numpy as np

from cnnspec.engine.plan import Counterexample
from cnnspec.kit.calls import ALIAS, Argument, Call, Case
from cnnspec.kit.operation import operation_of
from cnnspec.kit.session import difference
from cnnspec.spec import Array
from cnnspec.targets import by_name
from cnnspec.targets.target import Target

WRITTEN_OUT = 200
"""Arrays of up to so many elements are written out."""

LEAST_RANGE = 12
"""Arrays of so many elements are written as a range if they are one."""

WIDEST = 100
"""Wider grids are not shown side by side."""

LAYOUT_CODE = {
    "C": "{0}",
    "Fortran": "np.asfortranarray({0})",
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
    """Statements that make an array of a name: zeros and single elements where most are zero."""
    flat = array.ravel()
    nonzero = np.flatnonzero(~(flat == 0))
    if array.size > WRITTEN_OUT and nonzero.size <= 12:
        lines = [f"{name} = {written(np.zeros_like(array))}"]
        for place in nonzero:
            index = ", ".join(str(int(i)) for i in np.unravel_index(place, array.shape))
            lines.append(f"{name}[{index}] = {number(flat[place])}")
        return lines
    return [f"{name} = {written(array)}"]


def call_code(call: Call, function: str | None = None) -> tuple[list[str], str]:
    """Statements that make the arguments of a call, and the call."""
    lines, arguments = [], []
    for name, argument in call.arguments.items():
        if not isinstance(argument, Argument):
            optional = any(one.name == name for one in operation_of(call).optional)
            arguments.append(f"{name}={argument}" if optional else str(argument))
            continue
        made = assignments(name, argument.values)
        if argument.slot and argument.values.size:
            made[-1] += "  # the same array object as before, filled anew"
        lines += made
        if argument.layout != "C":
            first = next(iter(call.arguments))
            lines.append(f"{name} = {LAYOUT_CODE[argument.layout].format(name, first=first)}")
        arguments.append(name)
    return lines, f"{function or call.operation}({', '.join(arguments)})"


def case_code(case: Case, target: Target | None = None) -> list[str]:
    """The calls of a case as statements; the last one is what was judged.

    target: if it lives in the process that judged it, its functions have the names they have there.
    """
    lines = []
    names = target.functions if target is not None and target.lives_here else {}
    for i, one in enumerate(case):
        made, code = call_code(one, names.get(one.operation))
        often = f"  # {one.repeat} times in a row" if one.repeat > 1 else ""
        if one.at_once is not None:
            often = "  # in two threads at once"
        lines += [*made, f"{'got = ' if i == len(case) - 1 else ''}{code}{often}"]
    return lines


def snippet(example: Counterexample, target: Target) -> str:
    """A program that shows the deviation. It needs only NumPy and the target."""
    lines = ["import numpy as np", "", *imports(example.case, target), ""]
    code = case_code(example.case, target)
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
    lines = ["import numpy as np", *imports(example.case, target)]
    lines += case_code(example.case, target)
    if example.expected is not None and is_written(example.expected):
        lines.append(f"expected = {written(example.expected)}")
        lines.append("assert np.array_equal(got, expected, equal_nan=True)")
    return lines


def is_written(array: Array) -> bool:
    """Whether an array is small enough to be written out, if nothing else shortens it."""
    return array.size <= WRITTEN_OUT


def imports(case: Case, target: Target) -> list[str]:
    """Statements that fetch the target's operations; none if it lives where they are pasted."""
    operations = sorted({one.operation for one in case})
    own = target.wanted(operations)
    if target.lives_here:
        return []
    if target.kind == "functions":
        return [line for one in operations for line in fetched(one, target.functions[one])]
    if by_name(target):
        lines = ["from cnnspec.targets import load", f'target = load({str(target)!r}, "standard")']
        return [*lines, *(f'{o} = target["{o}"]' for o in operations)]
    lines, module = [], target.place
    if target.is_file:
        folder, _, file = target.place.rpartition("/")
        lines = ["import sys", f"sys.path.insert(0, {folder or '.'!r})"]
        module = file.removesuffix(".py")
        if not target.path:
            lines += [f"import {module}", f'target = getattr({module}, "target", {module})']
            return [*lines, *(f"{o} = target.{own[o]}" for o in operations)]
    if not target.path:
        names = (f"{own[o]} as {o}" if own[o] != o else o for o in operations)
        return [*lines, f"from {module} import {', '.join(names)}"]
    first = target.path.partition(".")[0]
    taken = [f"{o} = {target.path}.{own[o]}" for o in operations]
    return [*lines, f"from {module} import {first}", *taken]


def fetched(operation: str, function: str) -> list[str]:
    """Statements that fetch a function, `module:name`, as an operation."""
    module, _, path = function.partition(":")
    first, _, rest = path.partition(".")
    if rest:
        return [f"from {module} import {first}", f"{operation} = {path}"]
    return [f"from {module} import {path}" + (f" as {operation}" if path != operation else "")]


def side_by_side(expected: Array, got: Array) -> list[str]:
    """Expected and got as grids, map by map. A star marks each difference, an arrow the first."""
    if max(expected.size, got.size) > WRITTEN_OUT or expected.ndim != 3 or got.ndim != 3:
        return []
    lines = []
    first = True
    for n in range(max(expected.shape[2], got.shape[2])):
        grids = [
            a[:, :, n] if n < a.shape[2] else a[:, :, :0].sum(axis=2)[:0] for a in (expected, got)
        ]
        left = [[number(v) for v in row] for row in grids[0]]
        right = [[number(v) for v in row] for row in grids[1]]
        for r, c in product(*map(range, grids[1].shape)):
            inside = r < len(left) and c < len(left[r])
            if not inside or difference(grids[1][r : r + 1, c], grids[0][r : r + 1, c]):
                right[r][c] = ("> " if first else "") + right[r][c] + " *"
                first = False
        blocks = [columns(left), columns(right)]
        if max((len(row) for block in blocks for row in block), default=0) > WIDEST:
            return []
        width = max([len("expected"), *map(len, blocks[0])])
        lines.append(f"map {n}: {'expected':<{width}}    got")
        for i in range(max(map(len, blocks))):
            cells = [block[i] if i < len(block) else "" for block in blocks]
            lines.append(f"       {cells[0]:<{width}}    {cells[1]}".rstrip())
    return lines


def columns(rows: list[list[str]]) -> list[str]:
    """Rows of cells in columns of one width."""
    width = max((len(cell) for row in rows for cell in row), default=0)
    return ["  ".join(f"{cell:>{width}}" for cell in row) for row in rows]
