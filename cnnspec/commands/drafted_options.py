"""What a drafted adapter offers of stride, padding and other options, by a function's names."""

import ast
from collections.abc import Mapping
from dataclasses import dataclass

from cnnspec.kit.operation import Operation

NEUTRAL = {
    "bias": "None",
    "stride": "1",
    "padding": "0",
    "dilation": "1",
    "groups": "1",
    "ceil": "False",
    "count_padding": "False",
}
"""What an option is where a call has none, as code."""

WORDS = {"same/valid": '"valid"', "SAME/VALID": '"VALID"'}
"""Conventions of padding in words, each with that for no padding."""


@dataclass(frozen=True)
class Offered:
    """An option that a draft passes on. default: as code. convention: of `cnnspec.adapt`."""

    default: str
    convention: str = ""


def offered(operation: Operation, means: str, default: ast.expr | None) -> Offered | None:
    """How a draft takes an option; None where the operation has none of this name.

    default: that of the function, which tells in which form it takes the option.
    """
    if operation.option(means) is None or means not in NEUTRAL:
        return None
    neutral = NEUTRAL[means]
    if means == "bias":
        return Offered(neutral if default is None else ast.unparse(default))
    if means == "padding" and isinstance(default, ast.Constant) and isinstance(default.value, str):
        convention = "SAME/VALID" if default.value.isupper() else "same/valid"
        return Offered(WORDS[convention], convention)
    return Offered(f"({neutral}, {neutral})" if isinstance(default, ast.Tuple) else neutral)


def signature(operation: Operation, options: Mapping[str, Offered]) -> str:
    """The first line of a function that takes an operation's arguments and some options."""
    names = [one.name for one in operation.parameters]
    named = [f"{name}={one.default}" for name, one in options.items()]
    return f"def {operation.name}({', '.join([*names, *(['*'] if named else []), *named])}):"


def adapted_with(adapted: str, every: Mapping[str, Mapping[str, Offered]]) -> str:
    """An expression that adapts functions, with how they take their options.

    adapted: it without that; empty where no layout is to be adapted. An adapter is needed then only
    for words of padding. every: the options of each function.
    """
    in_words = any(one.convention for options in every.values() for one in options.values())
    if not adapted and in_words:
        adapted = f"cnnspec.adapt({', '.join(f'{name}={name}' for name in every)})"
    given = [f'"{name}": {told(options)}' for name, options in every.items() if options]
    if not adapted or not given or " and " in adapted:
        return adapted
    return f"{adapted[:-1]}, parameters={{{', '.join(given)}}})"


def told(options: Mapping[str, Offered]) -> str:
    """How a function takes its options, as code."""
    texts = {
        name: f"{name}:{one.convention}" if one.convention else name
        for name, one in options.items()
    }
    return "{" + ", ".join(f'"{name}": "{text}"' for name, text in texts.items()) + "}"
