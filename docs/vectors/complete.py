"""Plays the vectors of DIR: python complete.py DIR FILE [EDITION [WORD ...]].

FILE defines any of conv, relu, pooling and average_pooling. They take and return nested lists of
numbers, and raise an exception for invalid input. With the edition general they are called with
their options by name, and each WORD is a form that they take: pair, sides, word, batch.
"""

import inspect
import json
import runpy
import sys
from itertools import count, repeat
from math import inf
from pathlib import Path

CAN = {  # of what a vector may require
    *("hexadecimal", "ramp", "bound", "any result", "earlier result", "repeat", "defaults"),
    *("earlier results unchanged", "options", *sys.argv[4:]),
}


def nested(shape, numbers):
    return [nested(shape[1:], numbers) for _ in range(shape[0])] if shape else next(numbers)


def array(a):
    first, step, modulus = a.get("ramp", (0, 0, 1))
    numbers = a.get("data", (first + k * step % modulus for k in count()))
    return nested(a["shape"], (float.fromhex(n) if isinstance(n, str) else n for n in numbers))


def argument(a, results):
    if not isinstance(a, dict):
        return tuple(argument(one, results) for one in a) if isinstance(a, list) else a
    return array(a) if "shape" in a else results[a["from"]]


def near(got, right, bound):
    if isinstance(right, list):
        alike = isinstance(got, list) and len(got) == len(right)
        return alike and all(map(near, got, right, bound))
    both_nan = got != got and right != right
    alike = got == right or both_nan
    return alike or (isinstance(got, int | float) and abs(got - right) <= bound)


def fits(got, expected):
    result = expected.get("result")
    if isinstance(got, Exception):
        return "rejected" in expected
    if not result:  # any result will do, or one without elements
        return "result" in expected or ("empty" in expected and "[]" in repr(got))
    free = inf if set(result) == {"shape"} else 0
    bound = {"shape": result["shape"], "data": result.get("bound", repeat(free))}
    return near(got, array(result), array(bound))


def holds(vector):
    results = []
    for call in vector["calls"]:
        given = [argument(a, results) for a in call["arguments"].values()]
        options = {name: argument(a, results) for name, a in call.get("options", {}).items()}
        try:
            for _ in range(call.get("repeat", 1)):
                result = operations[call["operation"]](*given, **options)
        except Exception as error:
            result = error
        results.append(result)
    return all(map(fits, results, [call["expected"] for call in vector["calls"]]))


def takes(call):
    function = operations.get(call["operation"])
    options = call.get("options", {}).keys()
    return function and (not options or options <= inspect.signature(function).parameters.keys())


folder, operations = Path(sys.argv[1]), runpy.run_path(sys.argv[2])
edition = sys.argv[3] if len(sys.argv) > 3 else "standard"
total = failed = skipped = 0
for clause in [json.loads(file.read_text("utf-8")) for file in sorted(folder.glob("[A-Z]*.json"))]:
    for vector in [one for one in clause["vectors"] if edition in one["editions"]]:
        total += 1
        if not all(map(takes, vector["calls"])) or not CAN.issuperset(vector["requires"]):
            skipped += 1
        elif not holds(vector):
            failed += 1
            print(f"{vector['id']} fails. What does not hold: {clause['checks'][vector['check']]}")
print(f"{total} vectors, {failed} failures, {skipped} skipped")
sys.exit(failed > 0)
