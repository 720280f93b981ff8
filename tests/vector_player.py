"""Plays vectors, as read from their files, on a target: the reader that sees everything."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np

from cnnspec.kit import files
from cnnspec.kit.calls import FLAGS, Argument, Call, Outcome
from cnnspec.kit.client import Client
from cnnspec.kit.exact import significand_bits
from cnnspec.kit.fault import Fault
from cnnspec.kit.rejection import ACCIDENTS, causes
from cnnspec.kit.session import difference
from cnnspec.kit.text import plain
from cnnspec.spec import Array, Edition
from cnnspec.targets.client import InProcess
from cnnspec.vectors.arrays import Data, array_from
from cnnspec.vectors.write import schema_text

SEEN = {
    "inputs unchanged": {"modified", "modified around"},
    "result fresh": {"shares", "shares earlier", "overlaps"},
    "result writable": {"read-only"},
    "earlier results unchanged": {"earlier changed"},
    "nothing printed": {"printed"},
}
"""For what a vector requires to be seen, the flags of an outcome that say it is not so."""


SCHEMA = json.loads(schema_text())


@dataclass(frozen=True)
class Step:
    """A call of a vector and what is expected of it.

    source: the earlier call whose result takes the place of the first array, or None. result,
    bound: as arrays, where elements are expected and where they may differ.
    """

    call: Call
    expected: Data
    source: int | None
    result: Array | None
    bound: Array | None


@dataclass(frozen=True)
class Vector:
    """A vector as read from its file."""

    id: str
    editions: tuple[Edition, ...]
    requires: frozenset[str]
    steps: tuple[Step, ...]

    @property
    def operations(self) -> set[str]:
        """The operations that it calls."""
        return {step.call.operation for step in self.steps}


class VectorError(ValueError):
    """Files that are no vectors; the message says where."""


def read(folder: Path, *, ours: bool = False) -> list[Vector]:
    """The vectors of a folder, in the order of its index. Raises OSError or VectorError.

    ours: they were written by us, so that they are not compared with the schema here.
    """
    index = read_json(folder / "index.json") if ours else checked(folder / "index.json", "index")
    names = [folder / f"{clause}.json" for clause in index["clauses"]]
    of_clauses = (read_json(one) if ours else checked(one, "file") for one in names)
    return [made(data, folder) for file in of_clauses for data in file["vectors"]]


def read_json(path: Path) -> Data:
    """The data of a file. Raises OSError or VectorError."""
    try:
        data: Data = files.read_json(path)
    except (ValueError, RecursionError) as error:
        raise VectorError(f"{path} is no JSON: {plain(str(error))}") from None
    return data


@cache
def validator(kind: str) -> jsonschema.Draft202012Validator:
    """What compares a file of vectors, or the index, with the schema; its errors are short."""
    return jsonschema.Draft202012Validator({**SCHEMA, "oneOf": [{"$ref": f"#/$defs/{kind}"}]})


def checked(path: Path, kind: str) -> Data:
    """The data of a file, if it is what the schema says. Raises OSError or VectorError."""
    data = read_json(path)
    try:
        validator(kind).validate(data)
    except jsonschema.ValidationError as error:
        raise VectorError(f"{path}: {error.json_path}: {plain(error.message, 200)}") from None
    except RecursionError as error:
        raise VectorError(f"{path} is no JSON: {plain(str(error))}") from None
    return data


def made(data: Data, folder: Path) -> Vector:
    """The vector that JSON describes. Raises OSError or VectorError."""
    try:
        return vector_from(data, folder)
    except (ValueError, TypeError, KeyError, IndexError, OverflowError) as error:
        raise VectorError(f"{data['id']} makes no sense: {plain(str(error))}") from None


def vector_from(data: Data, folder: Path) -> Vector:
    """The vector that JSON describes."""
    steps = [step_from(one, folder) for one in data["calls"]]
    if "at once" in data["requires"]:
        first, second = steps
        steps = [replace(first, call=replace(first.call, at_once=second.call))]
    return Vector(data["id"], tuple(data["editions"]), frozenset(data["requires"]), tuple(steps))


def step_from(data: Data, folder: Path) -> Step:
    """The call that JSON describes, and what is expected of it."""
    given, result = data["arguments"], data["expected"].get("result")
    every = {**given, **data.get("options", {}), **({"batch": True} if "batch" in data else {})}
    arguments = {
        name: argument_from(a, folder) if isinstance(a, dict) else setting(a)
        for name, a in every.items()
    }
    right = bound = None
    if result and result.keys() & {"data", "ramp", "npy"}:
        right = array_from({**result, "dtype": "float64"}, folder)
    if result and "bound" in result:
        bound = array_from({"shape": result["shape"], "data": result["bound"]}, folder)
    one = Call(data["operation"], arguments, data.get("repeat", 1))
    return Step(one, data["expected"], next(iter(given.values())).get("from"), right, bound)


def setting(value: Any) -> Any:
    """A number, word or flag, or the tuple that a list in JSON stands for."""
    return tuple(map(setting, value)) if isinstance(value, list) else value


def argument_from(data: Data, folder: Path) -> Argument:
    """The array that JSON describes; an empty one where it is to be the result of a call."""
    if "from" in data:
        return Argument(np.zeros(0))
    return Argument(array_from(data, folder), data.get("layout", "C"), data.get("slot"))


def failures(vectors: list[Vector], client: Client, edition: Edition) -> Iterator[tuple[str, str]]:
    """The id of each vector of an edition that a target fails, and why."""
    for vector in vectors:
        problem = failure(vector, client, edition) if edition in vector.editions else ""
        if problem:
            yield vector.id, problem


def failure(vector: Vector, client: Client, edition: Edition) -> str:
    """Make the calls of a vector: why it fails, or an empty string."""
    if "fresh process" in vector.requires:
        client.restart()
    outcomes: list[Outcome] = []
    for step in vector.steps:
        one = step.call
        if step.source is not None:
            value = outcomes[step.source].value
            one = one.with_arrays([np.asarray(value), *one.arrays[1:]])
        outcome = client.answer(one)
        if outcome.exception[:1] == ("Undefined",):  # a fault model that leaves this open
            return ""
        problem = wrong(step, outcome) or unlike(vector, outcome, edition)
        if problem:
            return problem
        outcomes.append(outcome)
    return wrong_cause(vector, outcomes) if "cause" in vector.requires else ""


def wrong(step: Step, outcome: Outcome) -> str:
    """How what came of a call differs from what is expected, or an empty string."""
    got, result = outcome.value, step.expected.get("result")
    if outcome.kind == "rejected" and "rejected" in step.expected:
        return ""
    if got is None:
        return f"{outcome.kind}: {outcome.message}"
    if "empty" in step.expected and not got.size:
        return ""
    if result is None:
        return "invalid input is not rejected"
    if got.shape != tuple(result.get("shape", got.shape)):
        return f"shape {got.shape} instead of {tuple(result['shape'])}"
    if "dtype" in result and not wide(got.dtype, result["dtype"]):
        return f"the result's dtype is {got.dtype}"
    if step.result is None:
        return ""
    return difference(got, step.result, step.bound) or ""


def wide(dtype: np.dtype[Any], words: str) -> bool:
    """Whether a dtype is floating and no less precise than that in words, or integer if allowed."""
    least, _, integer = words.partition(" or ")
    if dtype.kind == "f":
        return significand_bits(dtype) >= significand_bits(least)
    return bool(integer) and dtype.kind in "biu"


def unlike(vector: Vector, outcome: Outcome, edition: Edition) -> str:
    """What is seen of an outcome that a vector requires not to be, or an empty string."""
    for word, flags in SEEN.items():
        if word in vector.requires and flags & outcome.flags:
            return FLAGS[min(flags & outcome.flags)]
    if "deliberate rejection" in vector.requires and outcome.kind == "rejected":
        kinds = set(outcome.exception)
        ends = "SystemExit" in kinds
        if (ends and edition == "standard") or kinds & ACCIDENTS:
            return f"the rejection is an accident: {outcome.exception[0]}: {outcome.message}"
        if not ends and not outcome.message.strip():
            return "the rejection has no message"
    return ""


def wrong_cause(vector: Vector, outcomes: list[Outcome]) -> str:
    """Whether the second of two causes is reported, where messages tell them apart (C8)."""
    first, second, both = (causes(vector.steps[0].call.operation, outcome) for outcome in outcomes)
    if len(first) == len(second) == 1 and first != second and both == second:
        return "the second of two causes is reported"
    return ""


def killer(fault: Fault, vectors: list[Vector]) -> str | None:
    """The id of a vector that a fault model fails, or None; clauses that it breaks come first."""
    edition = fault.edition
    client = InProcess(fault.operations(edition), lambda: fault.operations(edition))
    own = [vector for vector in vectors if fault.operation in vector.operations]
    own.sort(key=lambda vector: vector.id.partition("-")[0] not in fault.clauses)
    return next((name for name, _ in failures(own, client, edition)), None)


OPERATIONS = ("conv", "relu", "pooling", "average-pooling")

BEYOND_VECTORS = {
    # results above a mebibyte, which no file of vectors holds
    *(f"{name}-large-results-share-one-buffer" for name in OPERATIONS),
    *(f"{name}-large-results-meet-in-one-place" for name in OPERATIONS),
    # a dtype that is another one on each machine
    *(f"{name}-longdouble-through-float64" for name in OPERATIONS),
    # sizes that are fractions, numbers of NumPy, or beyond what every language counts with
    "fractions-of-a-size-are-cut",
    "fractions-are-cut",
    "sizes-are-cut-to-thirty-two-bits",
    "large-sizes-are-cut-to-thirty-two-bits",
    "strides-are-cut-to-thirty-two-bits",
    "large-strides-are-cut-to-thirty-two-bits",
    "numbers-of-numpy-are-refused",
    "numbers-of-numpy-give-the-default",
    "counts-in-the-type-of-the-size",
    # what a vector cannot say: last bits from call to call, two messages beside each other, and
    # that input without elements may be refused, but not computed wrongly
    "sums-of-conv-in-turns",
    "messages-exchanged",
    "sums-of-nothing-are-not-zero",
}
"""The fault models that no vector kills, with the reasons."""
