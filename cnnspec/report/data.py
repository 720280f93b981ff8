"""A Report as JSON (schema.json says how), and cases that can be replayed from it."""

import base64
import json
import zlib
from dataclasses import asdict
from importlib import resources
from typing import Any

from cnnspec.engine.causes import Cause, causes
from cnnspec.engine.impulses import TapMap
from cnnspec.engine.layouts import adapter
from cnnspec.engine.plan import ClauseResult, Counterexample
from cnnspec.engine.report import Report
from cnnspec.engine.suggestion import Diagnosis, Separation
from cnnspec.engine.verdict import Standing, missing, standing
from cnnspec.kit import npy, pace
from cnnspec.kit.aspects import Met
from cnnspec.kit.calls import Argument, Call, Case
from cnnspec.kit.certificate import Certificate
from cnnspec.kit.clauses import LEVELS
from cnnspec.kit.numerals import SCHEMA as NUMBER
from cnnspec.kit.numerals import Setting, coded, decoded
from cnnspec.kit.operation import REGISTRY
from cnnspec.kit.schemas import of_calls
from cnnspec.report.literal import example_code, snippet, written
from cnnspec.spec import Array
from cnnspec.targets.target import Target

FORMAT = 2
"""The version: 2 has the arguments of a call by name."""

LARGEST = 2**27
"""Bytes of all arrays in a file."""


def as_json(report: Report) -> dict[str, Any]:
    """The report as plain data."""
    return {
        "format": FORMAT,
        "target": str(report.target),
        "edition": report.edition,
        "level": report.level,
        "seed": report.seed,
        "budget": report.budget,
        "pace": pace.written(report.pace),
        "about": report.about,
        "dtype": report.dtype,
        "layouts": {o: asdict(one) for o, one in report.target.layouts},
        "adapter": adapter(report.target, report.adapted),
        "operations": report.operations,
        "isolated": report.isolated,
        "verdict": report.verdict,
        "levels": [standing_as_json(standing(report, level)) for level in LEVELS],
        "missing": list(missing(report)),
        "causes": [cause_as_json(one) for one in causes(report)],
        "hints": report.hints,
        "problems": report.problems,
        "stale": report.stale,
        "seconds": round(report.seconds, 3),
        "diagnosis": [diagnosis_as_json(one) for one in report.diagnosis],
        "separations": [separation_as_json(one) for one in report.separations],
        "tap_maps": [tap_map_as_json(one) for one in report.tap_maps],
        "pairs": [met_as_json(one) for one in report.pairs],
        "certificates": [certificate_as_json(one) for one in report.certificates],
        "clauses": [clause_as_json(one, report.target) for one in report.clauses],
        **({"observed": report.observed} if report.edition == "general" else {}),
    }


def standing_as_json(found: Standing) -> dict[str, Any]:
    """How a target stands at a level, as plain data."""
    return {
        "level": found.level,
        "judged": found.judged,
        "deviating": [one.id for one in found.deviating],
        "in_part": [one.id for one in (*found.part, *found.cut)],
    }


def cause_as_json(cause: Cause) -> dict[str, Any]:
    """Clauses that break for the same reason, as plain data."""
    return {
        "clauses": [{"id": one.id, "level": one.level} for one in cause.results],
        "operation": cause.operation,
        "faults": [one.fault for one in cause.diagnosis],
    }


def certificate_as_json(certificate: Certificate) -> dict[str, Any]:
    """A certificate, or why there is none, as plain data."""
    options = {"options": list(certificate.options)} if certificate.options else {}
    return {
        "operation": certificate.operation,
        **options,
        "clauses": list(certificate.clauses),
        "holds": certificate.holds,
        "sentence": certificate.sentence,
        "shapes": certificate.shapes,
        "evaluations": certificate.evaluations,
        "declined": dict(sorted(certificate.declined.items())),
        "hypotheses": dict(sorted(certificate.hypotheses.items())),
        "error_probability": certificate.error_probability,
        "seconds": round(certificate.seconds, 3),
    }


LISTED = 200
"""The most combinations that are listed."""


def met_as_json(met: Met) -> dict[str, Any]:
    """Which levels of aspects met in calls, as plain data."""
    return {
        "operation": met.operation,
        "aspects": met.strength,
        "count": met.count,
        "met": met.count - len(met.left),
        "left": [{n: str(level) for n, level in sorted(one)} for one in met.left[:LISTED]],
    }


def diagnosis_as_json(diagnosis: Diagnosis) -> dict[str, Any]:
    """A diagnosis as plain data."""
    return {
        "fault": diagnosis.fault,
        "condition": diagnosis.condition,
        "sentence": diagnosis.sentence,
        "agreement": diagnosis.agreement,
        "remedy": diagnosis.remedy,
        "operation": diagnosis.operation,
        "clauses": list(diagnosis.clauses),
    }


def separation_as_json(separation: Separation) -> dict[str, Any]:
    """Where an operation fails, as plain data."""
    return {
        "operation": separation.operation,
        "does": separation.does,
        "condition": separation.condition.words,
        "sentence": separation.sentence,
        "agreement": separation.agreement,
        "clauses": list(separation.clauses),
    }


def tap_map_as_json(found: TapMap) -> dict[str, Any]:
    """What an operation does with its input, as plain data."""
    return {
        "operation": found.operation,
        "clauses": list(found.clauses),
        "summary": found.summary,
        "picture": found.picture,
    }


def clause_as_json(result: ClauseResult, target: Target) -> dict[str, Any]:
    """What is said of one clause, as plain data."""
    example = result.counterexample
    return {
        "id": result.id,
        "level": result.level,
        "status": result.status,
        "examples": result.examples,
        "message": result.message,
        "counterexample": None if example is None else example_as_json(example, target),
        "further": [further_as_json(one, target) for one in result.further],
        "max_bound_share": result.max_bound_share,
        "declined": dict(sorted(result.declined.items())),
        "known": result.known,
        "certified": result.certified,
        "seconds": round(result.seconds, 3),
    }


def example_as_json(example: Counterexample, target: Target) -> dict[str, Any]:
    """A counterexample as plain data, with its arrays to the bit."""
    return {
        "check": example.check,
        "message": example.message,
        "code": "\n".join(example_code(example, target)),
        "snippet": snippet(example, target),
        "expected": None if example.expected is None else written(example.expected),
        "got": None if example.got is None else written(example.got),
        "calls": [call_as_json(one) for one in example.case],
    }


def further_as_json(example: Counterexample, target: Target) -> dict[str, Any]:
    """A further counterexample of a clause as plain data."""
    return {**example_as_json(example, target), "features": list(example.features)}


def call_as_json(call: Call) -> dict[str, Any]:
    """A call as plain data."""
    return {
        "operation": call.operation,
        "arguments": {
            name: {"layout": a.layout, "slot": a.slot, "npy": packed(a.values)}
            if isinstance(a, Argument)
            else coded(a)
            for name, a in call.arguments.items()
        },
        "repeat": call.repeat,
        "at_once": None if call.at_once is None else call_as_json(call.at_once),
    }


def packed(array: Array) -> str:
    """A .npy file, compressed by zlib, in base64."""
    return base64.b64encode(zlib.compress(npy.to_bytes(array), 9)).decode("ascii")


class FormatError(ValueError):
    """Data that is not what its schema says; the message says where."""


def unpacked(text: str) -> Array:
    """The array of `packed`. Raises FormatError for anything else, or one that is too large."""
    try:
        unzip = zlib.decompressobj()
        content = unzip.decompress(base64.b64decode(text, validate=True), LARGEST)
        if not unzip.eof:
            raise FormatError("an array is too large, or not whole")
        return npy.from_bytes(content)
    except (ValueError, zlib.error) as error:
        raise FormatError(f"an array is not to be read: {error}") from None


def call_from_json(data: dict[str, Any]) -> Call:
    """The call that `call_as_json` wrote. Raises FormatError."""
    given = data["arguments"]
    names = [name for name in REGISTRY[data["operation"]].names if name in given]
    other = data["at_once"]
    return Call(
        data["operation"],
        {name: argument_from_json(given[name]) for name in names},
        data["repeat"],
        None if other is None else call_from_json(other),
    )


def argument_from_json(data: Any) -> Argument | Setting:
    """The argument that `call_as_json` wrote. Raises FormatError."""
    if not isinstance(data, dict) or "number" in data:
        try:
            return decoded(data)
        except ValueError as error:
            raise FormatError(f"a number is not to be read: {error}") from None
    return Argument(unpacked(data["npy"]), data["layout"], data["slot"])


def case_from_json(data: list[dict[str, Any]]) -> Case:
    """The case of a counterexample. Raises FormatError."""
    case, size = [], 0
    for one in data:
        case.append(call_from_json(one))
        size += sum(array.nbytes for array in case[-1].arrays)
        if size > LARGEST:
            raise FormatError(f"its arrays have more than {LARGEST} bytes")
    return tuple(case)


def checked(content: Any, kind: str) -> Any:
    """The data itself, if it fits the schema of a kind. Raises FormatError."""
    import jsonschema

    of_kind = {**schema(), "$ref": f"#/$defs/{kind}"}
    for key in ("type", "additionalProperties", "required", "properties"):
        of_kind.pop(key)
    error = jsonschema.exceptions.best_match(
        jsonschema.Draft202012Validator(of_kind).iter_errors(content)
    )
    if error is not None:
        raise FormatError(f"{error.json_path}: {error.message}")
    return content


def schema() -> dict[str, Any]:
    """The JSON Schema of a report."""
    text = resources.files("cnnspec.report").joinpath("schema.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(
        text.replace('["every operation"]', json.dumps([*REGISTRY]))
    )
    definitions = loaded["$defs"]
    definitions["call"] = of_calls(definitions["call"], {"$ref": "#/$defs/array"}, NUMBER)
    return loaded
