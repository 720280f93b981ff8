"""The JSON Schema of a call and its arguments, from the parameters of each operation."""

from typing import Any

from cnnspec.kit.numerals import SCHEMA as NUMBER
from cnnspec.kit.operation import REGISTRY, Operation, Option

Schema = dict[str, Any]


INTEGER = {"type": "integer"}


def of_calls(
    call: Schema, array: Schema, *, complete: bool = False, number: Schema = INTEGER
) -> Schema:
    """The schema of a call, with the names and the arguments of all operations added.

    array, number: the schemas of arguments. complete: whether nothing may be left out.
    """
    by_operation = [
        {
            "if": {"properties": {"operation": {"const": one.name}}},
            "then": {"properties": {"arguments": arguments(one, array, complete, number)}},
        }
        for one in REGISTRY.values()
    ]
    properties = {**call["properties"], "operation": {"enum": list(REGISTRY)}}
    return {**call, "properties": properties, "allOf": by_operation}


def of_requests(protocol: Schema) -> Schema:
    """The schema of the protocol's lines, with all operations and their arguments added."""
    array = {"anyOf": [{"$ref": "#/$defs/path"}, {"$ref": "#/$defs/array"}]}
    request = protocol["$defs"]["request"]
    known = {
        **request,
        "properties": {**request["properties"], "op": {"enum": list(REGISTRY)}},
        "allOf": [
            {
                "if": {"properties": {"op": {"const": one.name}}},
                "then": of_arguments(one, array, request["properties"]),
            }
            for one in REGISTRY.values()
        ],
    }
    return {**protocol, "$defs": {**protocol["$defs"], "request": known}}


def of_arguments(operation: Operation, array: Schema, around: Schema) -> Schema:
    """The schema of a request of one operation. around: its keys that are no arguments."""
    schema = arguments(operation, array, complete=False, number=NUMBER)
    return {**schema, "properties": {**schema["properties"], **dict.fromkeys(around, True)}}


def arguments(operation: Operation, array: Schema, complete: bool, number: Schema) -> Schema:
    """The schema of the arguments of one operation, by name."""
    parameters = operation.parameters
    options = {one.name: option(one, array) for one in operation.options}
    return {
        "type": "object",
        "additionalProperties": False,
        "required": [one.name for one in parameters if complete or one.default is None],
        "properties": {one.name: array if one.axes else number for one in parameters} | options,
    }


def option(option: Option, array: Schema) -> Schema:
    """The schema of a parameter that a target may lack."""
    if "array" in option.forms:
        return array
    return {"anyOf": [{"type": "boolean"}, NUMBER]} if "flag" in option.forms else NUMBER
