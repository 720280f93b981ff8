"""Rows that were made before, and are kept in known_rows.json: to make them takes a second.

They are those of the first seed, of quick and of default. `python -m
cnnspec.operations.every.known_rows` writes them anew, after a change of aspects; a test holds them
to the code.
"""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple
from zlib import crc32

from cnnspec.kit.covering import Aspects, Row, Table

FILE = Path(__file__).with_name("known_rows.json")
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
"""A level by its place among those of its aspect."""


class Known(NamedTuple):
    """The rows of each table of an operation. combinations: how many meet in those of the last."""

    rows: list[list[Row]]
    combinations: int


@cache
def content() -> Mapping[str, Any]:
    """What the file holds."""
    return dict(json.loads(FILE.read_text()))


def known(operation: str, thorough: bool, tables: Sequence[Aspects]) -> Known | None:
    """The rows of an operation that were made before; None if its aspects have changed since."""
    kept = content().get(f"{operation}, {'default' if thorough else 'quick'}")
    if kept is None or kept["aspects"] != mark(tables):
        return None
    pairs = zip(tables, kept["rows"], strict=True)
    rows = [[read(varied, text) for text in texts] for varied, texts in pairs]
    return Known(rows, kept["combinations"])


def mark(tables: Sequence[Aspects]) -> int:
    """A number that changes with the aspects and their levels."""
    return crc32(repr([[*varied.items()] for varied in tables]).encode())


def read(varied: Aspects, text: str) -> Row:
    """A row from its text."""
    levels = zip(varied.items(), text, strict=True)
    return {name: levels_[DIGITS.index(digit)] for (name, levels_), digit in levels}


def written(varied: Aspects, row: Row) -> str:
    """A row as text."""
    return "".join(DIGITS[list(levels).index(row[name])] for name, levels in varied.items())


def entry(tables: Sequence[Table], rows: Sequence[Sequence[Row]]) -> dict[str, Any]:
    """What the file holds of one operation."""
    pairs = zip(tables, rows, strict=True)
    return {
        "aspects": mark([table.aspects for table in tables]),
        "combinations": len(tables[-1].every),
        "rows": [[written(table.aspects, row) for row in made] for table, made in pairs],
    }


def write() -> None:
    """Write the file anew."""
    from cnnspec.operations.catalogue import OPERATIONS
    from cnnspec.operations.every import rows

    made = {
        f"{operation.name}, {'default' if thorough else 'quick'}": entry(
            tables, rows.computed(operation, tables, 0)
        )
        for operation in OPERATIONS
        for thorough in (False, True)
        if (tables := rows.tables_of(operation, thorough, 2))
    }
    FILE.write_text(json.dumps(made, indent=0) + "\n")


if __name__ == "__main__":
    write()
