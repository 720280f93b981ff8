"""The JSON Schema of a call and its arguments, from the parameters of each operation."""

from collections.abc import Callable
from typing import Any

from cnnspec.kit.numerals import SCHEMA as NUMBER
from cnnspec.kit.operation import REGISTRY, Operation, Option
from cnnspec.kit.settings import BATCH

Schema = dict[str, Any]


INTEGER = {"type": "integer"}


PAIR = {"type": "array", "minItems": 2, "maxItems": 2, "items": INTEGER}


def of_calls(call: Schema, array: Schema, number: Schema) -> Schema:
    """The schema of a call, with the names and the arguments of all operations added.

    array, number: the schemas of arguments.
    """
    return with_operations(
        call, lambda one: {"arguments": arguments(one, array, number, options(one, array))}
    )


def of_vectors(call: Schema, array: Schema, *, complete: bool) -> Schema:
    """The same of a call that has its options apart.

    complete: whether no argument may be left out, nor be in another form than a number.
    """
    number = INTEGER if complete else {"anyOf": [INTEGER, PAIR]}

    def parts(one: Operation) -> Schema:
        given = {"arguments": arguments(one, array, number, {}, complete=complete)}
        apart = {name: any_of for name, any_of in options(one, array).items() if name != BATCH}
        return given if complete else {**given, "options": of_names(apart)}

    return with_operations(call, parts)


def with_operations(call: Schema, parts: Callable[[Operation], Schema]) -> Schema:
    """The schema of a call, in which the operation says what parts of it are."""
    by_operation = [
        {
            "if": {"properties": {"operation": {"const": one.name}}},
            "then": {"properties": parts(one)},
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
    schema = arguments(operation, array, NUMBER, options(operation, array))
    return {**schema, "properties": {**schema["properties"], **dict.fromkeys(around, True)}}


def arguments(
    operation: Operation, array: Schema, number: Schema, more: Schema, *, complete: bool = False
) -> Schema:
    """The schema of the arguments of one operation, by name. more: of its options."""
    parameters = operation.parameters
    given = {one.name: array if one.axes else number for one in parameters}
    required = [one.name for one in parameters if complete or one.default is None]
    return {**of_names({**given, **more}), "required": required}


def of_names(properties: Schema) -> Schema:
    """The schema of an object with these keys and no others."""
    return {"type": "object", "additionalProperties": False, "properties": properties}


def options(operation: Operation, array: Schema) -> Schema:
    """The schemas of the parameters of an operation that a target may lack."""
    return {one.name: option(one, array) for one in operation.options}


def option(option: Option, array: Schema) -> Schema:
    """The schema of a parameter that a target may lack."""
    if "array" in option.forms:
        return array
    return {"anyOf": [{"type": "boolean"}, NUMBER]} if "flag" in option.forms else NUMBER
