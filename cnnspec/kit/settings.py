"""What a parameter is set to, and in which form: a number, a pair, four sides, a word, a flag."""

from typing import Any, Literal

from cnnspec.kit.calls import Argument
from cnnspec.kit.numerals import Setting

Form = Literal["number", "pair", "sides", "word", "flag", "array", "mark"]
"""mark: what is not passed to a target, but says how another argument is to be read."""

IN_WORDS: dict[Form, str] = {
    "number": "a number",
    "pair": "(rows, columns)",
    "sides": "((top, bottom), (left, right))",
    "word": "a word",
    "flag": "True",
    "array": "an array",
    "mark": "True",
}

WORDS = ("valid", "same_upper", "same_lower")
"""The words that padding may be."""

BATCH = "batch"
"""The name of a mark: the first array of a call has one axis more, that of the images."""


def form_of(setting: Argument | Setting) -> Form:
    """The form of a setting."""
    if isinstance(setting, Argument):
        return "array"
    if isinstance(setting, bool):
        return "flag"
    if isinstance(setting, str):
        return "word"
    if isinstance(setting, tuple):
        return "sides" if any(isinstance(one, tuple) for one in setting) else "pair"
    return "number"


def pair(setting: Any) -> tuple[int, int]:
    """A number for rows and one for columns."""
    rows, columns = setting if isinstance(setting, tuple) else (setting, setting)
    return rows, columns


def sides(setting: Any) -> tuple[tuple[int, int], tuple[int, int]]:
    """Padding that is no word, as ((top, bottom), (left, right))."""
    rows, columns = pair(setting)
    return pair(rows), pair(columns)


def shortest(setting: Any) -> Any:
    """The same setting in its shortest form: one number where all are alike."""
    if not isinstance(setting, tuple):
        return setting
    parts = tuple(map(shortest, setting))
    one, other = parts
    if one == other and not isinstance(one, tuple):
        return one
    return parts if not any(isinstance(part, tuple) for part in parts) else setting
