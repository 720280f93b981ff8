"""What a parameter is set to, and in which form: a number, a pair, four sides, a word, a flag."""

from typing import Any, Literal, get_args

from cnnspec.kit.calls import Argument
from cnnspec.kit.numerals import Setting

Word = Literal["valid", "same_upper", "same_lower"]
Form = Word | Literal["number", "pair", "sides", "flag", "array", "mark"]
"""Each word of padding is a form of its own. mark: what is not passed to a target, but says how
another argument is to be read."""

IN_WORDS: dict[Form, str] = {
    "number": "a number",
    "pair": "(rows, columns)",
    "sides": "((top, bottom), (left, right))",
    "valid": "'valid'",
    "same_upper": "'same_upper'",
    "same_lower": "'same_lower'",
    "flag": "True",
    "array": "an array",
    "mark": "True",
}

WORDS: tuple[Word, ...] = get_args(Word)
"""The words that padding may be."""

OF_PADDING: tuple[Form, ...] = ("number", "pair", "sides", *WORDS)

BATCH = "batch"
"""The name of a mark: the first array of a call has one axis more, that of the images."""


def form_of(setting: Argument | Setting) -> Form:
    """The form of a setting."""
    if isinstance(setting, Argument):
        return "array"
    if isinstance(setting, bool):
        return "flag"
    if isinstance(setting, str):
        return setting  # type: ignore[return-value]  # that is not asked of other words
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


def in_another_form(setting: Any) -> list[Setting]:
    """The same setting in other forms, the shortest first."""
    if not isinstance(setting, int | tuple) or isinstance(setting, bool):
        return []
    rows, columns = pair(setting)
    found: list[Setting] = [rows] if rows == columns and isinstance(rows, int) else []
    if isinstance(rows, int):
        found.append((rows, columns))
    elif rows[0] == rows[1] and columns[0] == columns[1]:
        found += [rows[0]] if rows[0] == columns[0] else []
        found.append((rows[0], columns[0]))
    found.append((pair(rows), pair(columns)))
    return [one for one in found if one != setting]
