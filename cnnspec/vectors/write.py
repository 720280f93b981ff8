"""Writes the vectors: for each clause a file of calls and what is expected of them."""

import json
from collections.abc import Callable, Iterator
from importlib import resources
from pathlib import Path

import cnnspec
from cnnspec.article import golden
from cnnspec.kit.calls import Argument, Case
from cnnspec.kit.check import Check
from cnnspec.kit.clauses import clauses
from cnnspec.kit.operation import REGISTRY, Operation, operation_of
from cnnspec.kit.schemas import of_vectors
from cnnspec.kit.settings import BATCH, form_of
from cnnspec.operations.catalogue import checks
from cnnspec.spec import WITHOUT_PARAMETERS, Edition
from cnnspec.vectors.arrays import Data
from cnnspec.vectors.cases import chosen, room
from cnnspec.vectors.expect import calls_of

FORMAT = 2
"""The version: 2 has the arguments of a call by name."""

CHELSEA = "chelsea"
"""The folder of the .npy files."""


def write(folder: Path, say: Callable[[str], None] = lambda _text: None) -> dict[str, int]:
    """Write every file into a folder. Returns the number of vectors of each clause.

    say: is told what is being done. Raises OSError where the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    counts = {}
    every = written_clauses()
    for number, clause in enumerate(every, 1):
        say(f"vectors of {clause}, {number} of {len(every)} clauses")
        vectors = vectors_of(clause)
        counts[clause] = len(vectors)
        (folder / f"{clause}.json").write_text(file_text(clause, vectors), encoding="utf-8")
    (folder / CHELSEA).mkdir(exist_ok=True)
    for step in golden_steps():
        (folder / npy(step.name)).write_bytes((golden.directory() / step.file).read_bytes())
    (folder / "schema.json").write_text(schema_text(), encoding="utf-8")
    index = {
        "format": FORMAT,
        "cnnspec": cnnspec.__version__,
        "total": sum(counts.values()),
        "clauses": counts,
    }
    (folder / "index.json").write_text(json.dumps(index, indent=1) + "\n", encoding="utf-8")
    return counts


def written_clauses() -> list[str]:
    """The clauses that have vectors, in reading order: those that an edition is judged by."""
    return [id_ for id_ in clauses() if written_editions(id_)]


def written_editions(clause: str) -> list[Edition]:
    """The editions of a clause's vectors: general is that of clauses of options alone.

    What holds in it of other clauses, vectors of standard say already.
    """
    every = clauses()[clause].editions
    return [one for one in every if one in WITHOUT_PARAMETERS] or [*every]


def schema_text() -> str:
    """The JSON Schema of a file of vectors."""
    text = resources.files("cnnspec.vectors").joinpath("schema.json").read_text(encoding="utf-8")
    schema = json.loads(text)
    definitions = schema["$defs"]
    about = definitions["file"]["properties"]["operation"]
    about["enum"] = list(dict.fromkeys(one.operation for one in clauses().values()))
    for name, array, complete in (
        ("call", {"anyOf": [{"$ref": "#/$defs/argument"}, {"$ref": "#/$defs/from"}]}, False),
        ("plain call", {"$ref": "#/$defs/plain array"}, True),
    ):
        definitions[name] = of_vectors(definitions[name], array, complete=complete)
    arguments = definitions["call"]["properties"]["arguments"]
    arguments["description"] = ", ".join(map(signature, REGISTRY.values()))
    return json.dumps(schema, indent=1, ensure_ascii=False) + "\n"


def signature(operation: Operation) -> str:
    """An operation and its parameters as code."""
    return f"{operation.name}({', '.join(one.name for one in operation.parameters)})"


def file_text(clause: str, vectors: list[Data]) -> str:
    """The file of a clause, a vector a line."""
    stated = clauses()[clause]
    head = {
        "format": FORMAT,
        "clause": clause,
        "operation": stated.operation,
        "text": stated.text,
        "checks": {one.name: one.doc for one in checks() if one.clause == clause},
    }
    start = json.dumps(head, indent=1, ensure_ascii=False).removesuffix("\n}")
    lines = ",\n".join(json.dumps(one, separators=(",", ":")) for one in vectors)
    return f'{start},\n "vectors": [\n{lines}\n]\n}}\n'


def vectors_of(clause: str) -> list[Data]:
    """The vectors of a clause; one that is the same in several editions is one vector."""
    found: dict[str, Data] = {}
    for edition in written_editions(clause):
        for one in checks(edition):
            for requires, calls in rows(one, edition) if one.clause == clause else ():
                rest = {"level": one.level, "requires": requires, "calls": calls}
                key = json.dumps([one.name, rest])
                vector = found.setdefault(key, {"check": one.name, "editions": [], **rest})
                if edition not in vector["editions"]:
                    vector["editions"].append(edition)
    return [{"id": f"{clause}-{n:04}", **one} for n, one in enumerate(found.values(), 1)]


def rows(check: Check, edition: Edition) -> Iterator[tuple[list[str], list[Data]]]:
    """For each case of a check what it requires, and its calls."""
    if check.vectors.goldens:
        yield from layers_of_chelsea(edition)
        return
    for case in () if check.vectors.left_out else chosen(check, edition):
        calls = calls_of(case, edition, check)
        results = [each["expected"].get("result", {}) for each in calls]
        if all(len(result.get("data", ())) <= room(check) for result in results):
            yield required(check, case) + parameters(calls) + notations(calls), calls


def required(check: Check, case: Case) -> list[str]:
    """What a reader must do and see, in words that schema.json explains."""
    words = list(check.vectors.requires(case))
    arrays = [a for each in case for a in each.arguments.values() if isinstance(a, Argument)]
    doing = {
        "layout": any(a.layout != "C" for a in arrays),
        "one object": any(a.slot is not None for a in arrays),
        "at once": any(each.at_once is not None for each in case),
        "defaults": any(len(e.numbers) < len(operation_of(e).numbers) for e in case),
    }
    return words + [word for word, needed in doing.items() if needed]


def parameters(calls: list[Data]) -> list[str]:
    """What a target must take besides its own arguments, and in which forms."""
    options = [each.get("options", {}) for each in calls]
    settings = [a for each in calls for a in (each["arguments"] | each.get("options", {})).values()]
    forms = {form_of(a) for a in settings if isinstance(a, str | tuple)}
    found = {
        "options": any(options),
        "pair": "pair" in forms,
        "sides": "sides" in forms,
        "word": any(isinstance(a, str) for a in settings),
        BATCH: any(BATCH in each for each in calls),
    }
    return [word for word, there in found.items() if there]


def notations(calls: list[Data]) -> list[str]:
    """The notations that a reader must understand, besides plainly written calls."""
    every = [a for e in calls for a in (e["arguments"] | e.get("options", {})).values()]
    given = [a for a in every if isinstance(a, dict)]
    results = [e["expected"]["result"] for e in calls if "result" in e["expected"]]
    written = [*given, *results]
    found = {
        "hexadecimal": any(isinstance(n, str) for a in written for n in a.get("data", [])[:1]),
        "ramp": any("ramp" in a for a in written),
        "npy": any("npy" in a for a in written),
        "bound": any("bound" in result for result in results),
        "any result": any(not result.keys() & {"data", "ramp", "npy"} for result in results),
        "earlier result": any("from" in a for a in given),
        "repeat": any("repeat" in each for each in calls),
    }
    return [word for word, there in found.items() if there]


def golden_steps() -> Iterator[golden.Step]:
    """The files of the exact track."""
    return (step for step in golden.plan() if step.track == "exact")


def npy(name: str) -> str:
    """Where a golden is, from the folder of the vectors."""
    return f"{CHELSEA}/{name.rpartition('/')[2]}.npy"


def layers_of_chelsea(edition: Edition) -> Iterator[tuple[list[str], list[Data]]]:
    """Each operation of the stack on Chelsea, from stored files to a stored file (S2)."""
    for step in golden_steps():
        if step.operation != "input" and step.edition in (None, edition):
            operation, files = REGISTRY[step.operation], iter(step.inputs)
            arguments = {
                one.name: {"dtype": "float64", **stored(next(files))} if one.axes else one.default
                for one in operation.parameters
            }
            call = {"operation": step.operation, "arguments": arguments}
            calls = [{**call, "expected": {"result": stored(step.name)}}]
            yield notations(calls), calls


def stored(name: str) -> Data:
    """A golden as JSON."""
    return {"shape": list(golden.load(golden.directory(), name).shape), "npy": npy(name)}
