"""The outside check of ourselves: `python tests/outside/measure.py`; a part's name is for it alone.

It compares the reference and the book with ONNX's node tests, and with 10,000 calls each of
PyTorch, TensorFlow, ONNX's reference evaluator and ONNX Runtime. It prints what docs/outside.md
says, and ends with status 1 if PyTorch, TensorFlow or a node test gives another result, or if no
formula explains a difference.
"""

import importlib
import os
import sys
from collections import Counter
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from comparison import Comparison, compared
from foretold import UNEXPLAINED, Kind, explained
from outside_call import Call, Random, ours
from smaller import smallest

from cnnspec import reference, spec
from cnnspec.spec import Array

CALLS = int(os.environ.get("CNNSPEC_CALLS", "10000"))
PARTS = ("nodes", "pytorch", "tensorflow", "evaluator", "runtime")


class Runtime(NamedTuple):
    """Whom we compare with. trusted: whether a difference of values or shapes is a failure."""

    name: str
    call: Callable[[Call], Array | None]
    draw: Callable[[Random], Call]
    dtype: str
    kinds: tuple[Kind, ...]
    trusted: bool


class Difference(NamedTuple):
    """In which way results differ, and the sentence that explains it."""

    operation: str
    verdict: str
    says: str


def runtime_of(part: str) -> Runtime:
    """The runtime of a part. What is not installed is not imported for the others."""
    if part in ("pytorch", "tensorflow"):
        module = importlib.import_module(f"with_{part}")
        name = f"{module.NAME} {module.VERSION}"
        return Runtime(name, module.call, module.draw, module.DTYPE, module.KINDS, trusted=True)
    import onnx_kinds
    import with_onnx

    if part == "evaluator":
        found = with_onnx.EVALUATOR, with_onnx.by_evaluator
        return Runtime(*found, with_onnx.draw, with_onnx.DTYPE, onnx_kinds.EVALUATOR, trusted=False)
    found = with_onnx.RUNTIME, with_onnx.by_runtime
    return Runtime(*found, with_onnx.draw, with_onnx.DTYPE, onnx_kinds.RUNTIME, trusted=False)


def difference(runtime: Runtime, call: Call) -> tuple[Comparison, Difference | None]:
    """One call, compared."""
    they = runtime.call(call)
    found = compared(call, ours(reference, call), they, runtime.dtype)
    if found.verdict in ("same", "both reject"):
        return found, None
    says = explained(runtime.kinds, call, they)
    return found, Difference(call.operation, found.verdict, says)


def measured(runtime: Runtime) -> tuple[Counter[str], Counter[Difference], dict[Difference, Call]]:
    """All calls: counts of verdicts and elements, of differences, and the first of each."""
    random, total = np.random.RandomState(0), Counter[str]()
    differences, firsts = Counter[Difference](), dict[Difference, Call]()
    for _ in range(CALLS):
        call = runtime.draw(random)
        found, differs = difference(runtime, call)
        total[found.verdict] += 1
        total.update({name: getattr(found, name) for name in ("exact", "bounded", "open")})
        total["book"] += not np.array_equal(*both(call), equal_nan=True)
        if differs:
            differences[differs] += 1
            firsts.setdefault(differs, call)
    return total, differences, firsts


def both(call: Call) -> tuple[Any, Any]:
    """What the book and the reference give; of a rejection, nothing."""
    one, other = (ours(module, call) for module in (spec, reference))
    return np.zeros(0) if one is None else one, np.zeros(0) if other is None else other


def main(part: str) -> int:
    """Print what comes of a part; return how many calls differ that should not."""
    if part == "nodes":
        return int(importlib.import_module("onnx_node_cases").main())
    runtime = runtime_of(part)
    with np.errstate(all="ignore"):
        total, differences, firsts = measured(runtime)
        print(f"\n## {runtime.name}: {CALLS} calls\n")
        print(
            f"- {total['same']} agree: {total['exact']} elements equal, {total['bounded']} within"
        )
        print(f"  A5's bound, {total['open']} left open (windows of padding alone)")
        print(f"- {total['both reject']} are rejected by both")
        print(
            f"- {sum(differences.values())} differ, {total['shape'] + total['values']} of them in"
        )
        print(f"  shape or values; the book and the reference in {total['book']} calls")
        print("\n| calls | operation | what differs | the smallest input |\n|---|---|---|---|")
        for one, count in sorted(differences.items(), key=lambda pair: (pair[0], -pair[1])):
            shown = example(runtime, one, firsts[one])
            print(f"| {count} | {one.operation} | {one.verdict}: {one.says} | {shown} |")
    wrong = total["shape"] + total["values"] if runtime.trusted else 0
    lost = sum(count for one, count in differences.items() if one.says == UNEXPLAINED)
    return wrong + lost + total["book"]


def example(runtime: Runtime, differs: Difference, call: Call) -> str:
    """The smallest call that differs so, with both results of its first channel."""
    small = smallest(call, lambda one: difference(runtime, one)[1] == differs)
    given = ", ".join(f"{name}={value!r}" for name, value in small.given.items())
    they, we = runtime.call(small), ours(reference, small)
    image = small.arrays[0].shape[:2]
    plain = all(np.array_equal(one.ravel(), np.arange(1.0, one.size + 1)) for one in small.arrays)
    filters = (
        f", filters {small.arrays[1].shape[1]}x{small.arrays[1].shape[2]}"
        if small.arrays[1:]
        else ""
    )
    values = "1, 2, ..." if plain else small.arrays[0][..., 0].tolist()
    return f"{image[0]}x{image[1]} {values}{filters}, {given}: {shown(they)}, ours {shown(we)}"


def shown(result: Array | None) -> str:
    """The first channel of a result."""
    if result is None or not result.size:
        return "rejected"
    return str(np.round(result[..., 0].astype(float), 3).tolist())


if __name__ == "__main__":
    sys.exit(1 if sum(main(part) for part in sys.argv[1:] or PARTS) else 0)
